//! Setting a password.

use super::proven_by_code;
use crate::{
    App,
    domain::{Account, Password, Phc, Purpose, check_password},
    hasher::Verdict,
    network::Network,
    store::{Decision, Spent, own_activity},
};
use axum::extract::State;
use dynamo::Read;
use http_api::{Caller, Json, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, Refusal, SixDigits, Text};
use register::Member;
use serde::Deserialize;
use utoipa::ToSchema;

/// A new password, and what proves that it is its owner who sets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The password so far.
    current: Option<Password>,
    /// Or a code that was sent to one's phone for this purpose.
    code: Option<SixDigits>,
    /// The `challenge` that the request for the code was answered with.
    #[schema(value_type = Option<String>)]
    challenge: Option<Line<64>>,
    /// 10 to 128 characters, not a common password, not one's own name or phone number.
    new: Password,
}

/// Why somebody may set the password.
enum Leave {
    /// It is what they ask for already.
    Done,
    /// They know the present one, or there is none and they have just signed in.
    Granted,
    /// They have the phone.
    Code(Spent),
}

/// Sets one's password, by the present one or by a code. Without a password so far neither is needed within a quarter of
/// an hour after signing in. All other sessions end.
///
/// It takes no `Idempotency-Key`, since a hash of a request with passwords in it is not kept: repeated, it finds the new
/// password in place and says so.
#[utoipa::path(put, path = "/v1/me/password", tag = "accounts", request_body = NewPassword, security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn set(
    State(app): State<App>,
    caller: Caller,
    network: Network,
    Json(request): Json<NewPassword>,
) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let (account, person) =
        tokio::join!(app.store.own(caller.member), app.store.people.person(caller.member, Read::Eventual));
    let (account, person) = (account?, person?);
    let phone = person.open_phone(&app.vault).map_err(Problem::internal)?;
    check_password(&request.new, person.name.reveal(), &phone)?;

    let spent = match leave(&app, &caller, &account, &person, &network, &request, now).await? {
        Leave::Done => return Ok(Reply::nothing()),
        Leave::Granted => None,
        Leave::Code(spent) => Some(spent),
    };
    let (before, hash) = (account.password.clone(), app.hasher.hash(&request.new).await?);
    let (before, hash, spent, person, caller) = (&before, &hash, &spent, &person, &caller);
    let decide = |mut account: Account| async move {
        // What was proved was proved about the password of then.
        if account.password != *before {
            return Err(ErrorCode::Conflict.into());
        }
        account.password = Some(hash.clone());
        let sessions = account.sessions.len();
        account.sessions.retain(|id, _| *id == caller.session);
        let ended = sessions - account.sessions.len();
        let method = if spent.is_some() { "code" } else { "password" };
        let activity =
            own_activity("password.changed", person, now).stating("method", method).stating("sessionsEnded", ended);
        let answer = Reply::nothing().into_answer();
        Ok(Decision { spent: spent.clone(), ..Decision::change(account, activity, answer) })
    };
    Ok(app.store.change(caller.member, Some(account), None, decide).await?.into())
}

async fn leave(
    app: &App,
    caller: &Caller,
    account: &Account,
    person: &Member,
    network: &Network,
    request: &NewPassword,
    now: Timestamp,
) -> Result<Leave, Problem> {
    match (&request.current, &request.code, &account.password) {
        (Some(current), None, Some(stored)) => {
            app.throttle.within_session(caller.session).await?;
            if app.hasher.compare(current, Some(stored)).await? != Verdict::Wrong {
                return Ok(Leave::Granted);
            }
            already(app, request, stored).await
        }
        (None, Some(code), _) => {
            app.throttle.within_session(caller.session).await?;
            let challenge = request.challenge.as_ref();
            let login = &person.phone_index;
            match proven_by_code(app, login, Purpose::Password, challenge, code, network, now).await? {
                Some(spent) => Ok(Leave::Code(spent)),
                None => Err(ErrorCode::WrongCredentials.into()),
            }
        }
        (None, None, None) if account.session(caller.session, now)?.is_fresh(now) => Ok(Leave::Granted),
        (None, None, None) => Err(not_fresh().into()),
        (Some(_), None, None) => Err(ErrorCode::WrongCredentials.into()),
        (None, None, Some(_)) | (Some(_), Some(_), _) => {
            let text = Text::of("请填写原密码或短信验证码，二者选一", "send either the present password or a code");
            Err(Refusal::field("/current", text).into())
        }
    }
}

/// A wrong password whose successor is in place: the request was done before and its answer was lost.
async fn already(app: &App, request: &NewPassword, stored: &Phc) -> Result<Leave, Problem> {
    match app.hasher.compare(&request.new, Some(stored)).await? {
        Verdict::Right { .. } => Ok(Leave::Done),
        Verdict::Wrong => Err(ErrorCode::WrongCredentials.into()),
    }
}

/// What only somebody who has just signed in may do.
pub(super) fn not_fresh() -> Refusal {
    let text = Text::of(
        "登录已超过 15 分钟，请重新登录后再操作",
        "sign in again first: this is possible for 15 minutes after signing in",
    );
    Refusal::new(ErrorCode::Forbidden).because(text)
}
