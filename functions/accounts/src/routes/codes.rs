//! One-time codes.

use crate::{
    App,
    devices::Device,
    domain::{Code, Purpose},
    network::Network,
    sender::Sender,
    store,
};
use axum::extract::State;
use dynamo::Answer;
use http_api::{Json, Problem, ProblemBody, Reply};
use jiff::SignedDuration;
use kernel::{ErrorCode, Line, Phone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vault::{random_digits, random_text};

/// Where a code is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CodeRequest {
    phone: Phone,
    /// What it is for.
    #[serde(default)]
    purpose: Purpose,
    /// The `deviceToken` of an earlier sign-in on this device.
    #[schema(value_type = Option<String>)]
    device_token: Option<Line<160>>,
}

/// What is said whether the phone is known or not.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CodeAnswer {
    /// To be sent back with the code. A client that stays in its network may leave it out.
    challenge: String,
    /// How long the code is good, in seconds.
    #[schema(example = 300)]
    expires_in: i64,
    /// After how many seconds another may be asked for.
    #[schema(example = 60)]
    resend_in: i64,
}

/// Sends a one-time code to a phone, if the register knows it. The answer is the same if it does not.
///
/// Repeated, it sends another code: at most one a minute, and ten a day for a known device or from one network; after ten
/// to one phone the pauses grow to a quarter of an hour. It takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/sign-in-codes", tag = "accounts", request_body = CodeRequest,
    responses((status = 202, body = CodeAnswer), (status = "4XX", body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(super) async fn send(
    State(app): State<App>,
    network: Network,
    Json(request): Json<CodeRequest>,
) -> Result<Reply, Problem> {
    if matches!(app.sender, Sender::Nobody) {
        return Err(ErrorCode::CodesUnavailable.into());
    }
    let now = app.clock.now();
    let login = app.vault.index("phone", request.phone.reveal());
    let known = request.device_token.and_then(|token| Device::known(&app.vault, &login, &token, now));
    let pace = app.throttle.send(&login, &network, known.as_ref().map(|device| device.name.as_str())).await?;
    let owner = app.store.people.by_phone(&app.vault, &request.phone).await?;

    let digits = random_digits().map_err(Problem::internal)?;
    let serial = random_text::<12>().map_err(Problem::internal)?;
    let hash = store::code_hash(&app.vault, &serial, &digits);
    let code = Code { serial, hash, expires_at: now + SignedDuration::from_secs(Code::SECONDS), count: 0 };
    let challenge = store::challenge(&app.vault, &login, request.purpose, &network);
    let body = CodeAnswer { challenge, expires_in: Code::SECONDS, resend_in: pace.wait(now) };
    let answer = Answer { status: 202, location: None, etag: None, body: json!(body).to_string(), replayed: false };
    // Kept before it is sent, and for nobody's phone too: then it is a code that nobody ever hears of.
    let answer = app.store.keep_code(&login, &body.challenge, code, &pace, answer).await?;

    let sending = async {
        if owner.is_none() {
            return;
        }
        match app.sender.send(&request.phone, &digits).await {
            Ok(()) => app.count("CodeSent"),
            Err(cause) => {
                // Not told to the client: only a known phone can get here.
                app.count("CodeNotSent");
                tracing::error!(%cause, "a code could not be sent");
            }
        }
    };
    tokio::join!(sending, tokio::time::sleep(app.sender.at_least()));
    Ok(answer.into())
}
