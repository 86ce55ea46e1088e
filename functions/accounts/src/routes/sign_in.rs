//! Signing in.

use super::proven_by_code;
use crate::{
    App,
    devices::Device,
    domain::{Account, NewSecret, Password, Phc, Purpose, Session},
    hasher::Verdict,
    network::Network,
    store::{Decision, Spent, own_activity},
    tokens::{RefreshToken, Tokens},
};
use axum::extract::State;
use dynamo::Read;
use http_api::{Json, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, Phone, Refusal, SessionId, SixDigits, Text};
use serde::Deserialize;
use utoipa::ToSchema;
use vault::{Place, Vault};

/// Who signs in, and what proves it: a password or a code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignIn {
    phone: Phone,
    password: Option<Password>,
    /// The code that was sent to the phone.
    code: Option<SixDigits>,
    /// The `challenge` that the request for the code was answered with.
    #[schema(value_type = Option<String>)]
    challenge: Option<Line<64>>,
    /// The code of the second factor, where the account has one.
    totp: Option<SixDigits>,
    /// What the person calls the device.
    #[schema(value_type = Option<String>)]
    device: Option<Line<60>>,
    /// The `deviceToken` of an earlier sign-in on this device.
    #[schema(value_type = Option<String>)]
    device_token: Option<Line<160>>,
}

/// How somebody proved who they are.
enum Proof {
    /// By the password with this hash, which may be due for a new one.
    Password { stored: Phc, renewed: Option<Phc> },
    /// By a code.
    Code(Spent),
}

impl Proof {
    fn method(&self) -> &'static str {
        match self {
            Self::Password { .. } => "password",
            Self::Code(_) => "code",
        }
    }
}

/// Opens a session on a device.
///
/// It takes no `Idempotency-Key`, since an answer with tokens is not kept: repeated with the password it opens another
/// session and the first one lapses unused; a code works once, so that after a lost answer another one has to be asked for.
#[utoipa::path(post, path = "/v1/sessions", tag = "accounts", request_body = SignIn,
    responses((status = 201, body = Tokens), (status = "4XX", body = ProblemBody)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    network: Network,
    Json(request): Json<SignIn>,
) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let login = app.vault.index("phone", request.phone.reveal());
    let known = request.device_token.as_ref().and_then(|token| Device::known(&app.vault, &login, token, now));
    let owner = app.store.people.by_phone(&app.vault, &request.phone).await?;
    // Nobody's phone costs what a known one costs: one reads where nothing is.
    let member = owner.unwrap_or_else(|| nobody(&login));

    let (account, proof) = match (&request.password, &request.code) {
        (Some(password), None) => {
            app.throttle.guess(&login, &network, known.as_ref().map(|device| device.name.as_str())).await?;
            let account = app.store.account(member).await?;
            let stored = account.as_ref().and_then(|account| account.password.clone());
            let verdict = app.hasher.compare(password, stored.as_ref()).await?;
            let (Verdict::Right { renewed }, Some(stored)) = (verdict, stored) else { return Err(wrong()) };
            (account, Proof::Password { stored, renewed })
        }
        (None, Some(code)) => {
            app.throttle.enter(&login, &network, known.as_ref().map(|device| device.name.as_str())).await?;
            let challenge = request.challenge.as_ref();
            let spent = proven_by_code(&app, &login, Purpose::SignIn, challenge, code, &network, now).await?;
            let account = app.store.account(member).await?;
            (account, Proof::Code(spent.filter(|_| owner.is_some()).ok_or_else(wrong)?))
        }
        _ => {
            let text = Text::of("请填写密码或短信验证码，二者选一", "send either a password or a code");
            return Err(Refusal::field("/password", text).into());
        }
    };
    let person = app.store.people.person(member, Read::Eventual).await?;
    if !person.state.is_current() {
        return Err(wrong());
    }

    let device = known.map_or_else(|| Device::new(now), Ok).map_err(Problem::internal)?;
    let (app, request, person, proof, device, login) = (&app, &request, &person, &proof, &device, &login);
    let decide = |account: Account| async move {
        let session = SessionId::new(now);
        let refresh = RefreshToken::new(member, session).map_err(Problem::internal)?;
        let new = account.version == 0;
        let mut account = admitted(&app.vault, account, proof, request.totp.as_ref(), now)?;
        let opened = Session::new(refresh.hash(), account.has_second_factor(), request.device.clone(), now);
        let mut tokens = app.issuer.tokens(&account, &opened, &refresh, now).await?;
        tokens.device_token = Some(device.token(&app.vault, login));
        let kind = if new { "account.opened" } else { "session.opened" };
        let activity = own_activity(kind, person, now)
            .stating("session", session)
            .stating("method", proof.method())
            .stating("secondFactor", opened.second_factor);
        account.keep(session, opened, now);
        let spent = match proof {
            Proof::Code(spent) => Some(spent.clone()),
            Proof::Password { .. } => None,
        };
        let answer = Reply::created(format!("/v1/me/sessions/{session}"), &tokens)?.into_answer();
        Ok(Decision { spent, ..Decision::change(account, activity, answer) })
    };
    Ok(app.store.change(member, account, None, decide).await?.into())
}

/// An id that no person has, another one for each login.
fn nobody(login: &str) -> MemberId {
    let mut bytes = [0; 10];
    bytes.iter_mut().zip(login.bytes()).for_each(|(byte, letter)| *byte = letter);
    MemberId::from_bytes(0, bytes)
}

fn wrong() -> Problem {
    ErrorCode::WrongCredentials.into()
}

/// The account of somebody whose first factor was right, once the rest is right too.
///
/// That an account is suspended, or has a second factor, is told only to who has the first one.
fn admitted(
    vault: &Vault,
    mut account: Account,
    proof: &Proof,
    totp: Option<&SixDigits>,
    now: Timestamp,
) -> Result<Account, Problem> {
    if let Proof::Password { stored, renewed } = proof {
        // It may have been changed while this request was on its way.
        if account.password.as_ref() != Some(stored) {
            return Err(wrong());
        }
        account.password = Some(renewed.as_ref().unwrap_or(stored).clone());
    }
    if account.has_second_factor() {
        let totp = totp.ok_or(ErrorCode::SecondFactorRequired)?;
        use_second_factor(vault, &mut account, totp, now)?;
    }
    if account.is_suspended() { Err(ErrorCode::AccountSuspended.into()) } else { Ok(account) }
}

/// Where the secret of a second factor is sealed for.
pub(super) fn second_factor_place(member: &str) -> Place<'_> {
    Place { table: "accounts", record: member, field: "secondFactor" }
}

/// The time step of a code of the account's second factor, confirmed or not; it is later than `after`.
///
/// # Errors
/// [`ErrorCode::WrongCredentials`] when there is none, or no second factor.
pub(super) fn step_of(
    vault: &Vault,
    account: &Account,
    after: Option<u64>,
    totp: &SixDigits,
    now: Timestamp,
) -> Result<u64, Problem> {
    let factor = account.second_factor.as_ref().ok_or_else(wrong)?;
    let id = account.member.to_string();
    let base32 = vault.unseal(&second_factor_place(&id), &factor.secret).map_err(Problem::internal)?;
    NewSecret::read(&base32).map_err(Problem::internal)?.step_of(totp, after, now).ok_or_else(wrong)
}

/// Takes a code of the account's second factor; it does for no second time.
///
/// # Errors
/// As [`step_of`], and when the code or a later one was used before.
pub(super) fn use_second_factor(
    vault: &Vault,
    account: &mut Account,
    totp: &SixDigits,
    now: Timestamp,
) -> Result<(), Problem> {
    let last = account.second_factor.as_ref().and_then(|factor| factor.last_step);
    let step = step_of(vault, account, last, totp, now)?;
    if let Some(factor) = &mut account.second_factor {
        factor.last_step = Some(step);
    }
    Ok(())
}
