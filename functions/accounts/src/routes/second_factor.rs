//! The second factor.

use super::{
    password::not_fresh,
    sign_in::{second_factor_place, step_of, use_second_factor},
};
use crate::{
    App,
    domain::{Account, NewSecret, SecondFactor},
    store::{Decision, own_activity},
};
use axum::extract::State;
use dynamo::Read;
use http_api::{Caller, Json, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, Refusal, SixDigits, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A secret for an authenticator app; it is shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SecondFactorSecret)]
struct Enrolment {
    /// For typing in, base32.
    secret: String,
    /// For a QR code: `otpauth://totp/…`.
    uri: String,
}

/// Begins to set up a second factor. It counts once a code of it is confirmed; asked again before that, there is another
/// secret. Possible within a quarter of an hour after signing in.
///
/// It takes no `Idempotency-Key`: a secret is not kept among answers.
#[utoipa::path(post, path = "/v1/me/second-factor", tag = "accounts", security(("token" = [])),
    responses((status = 201, body = Enrolment), (status = "4XX", body = ProblemBody)))]
pub(super) async fn enrol(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let (account, person) =
        tokio::join!(app.store.own(caller.member), app.store.people.person(caller.member, Read::Eventual));
    let (account, person) = (account?, person?);
    let secret = NewSecret::generate(&person.phone_masked).map_err(Problem::internal)?;
    let enrolment = Enrolment { secret: secret.base32(), uri: secret.uri().map_err(Problem::internal)? };
    let id = caller.member.to_string();
    let sealed = app.vault.seal(&second_factor_place(&id), &enrolment.secret).map_err(Problem::internal)?;
    let (caller, person, sealed, enrolment) = (&caller, &person, &sealed, &enrolment);
    let decide = |mut account: Account| async move {
        if account.has_second_factor() {
            let text =
                Text::of("已启用双重验证，更换请先由安全管理员重置", "there is a second factor; ask for a reset first");
            return Err(Refusal::new(ErrorCode::IllegalTransition).because(text).into());
        }
        if !account.session(caller.session, now)?.is_fresh(now) {
            return Err(not_fresh().into());
        }
        account.second_factor = Some(SecondFactor { secret: sealed.clone(), confirmed: false, last_step: None });
        let activity = own_activity("second-factor.requested", person, now);
        let answer = Reply::created("/v1/me/second-factor".to_owned(), enrolment)?.into_answer();
        Ok(Decision::change(account, activity, answer))
    };
    Ok(app.store.change(caller.member, Some(account), None, decide).await?.into())
}

/// A code of the second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SecondFactorCode)]
pub(super) struct Confirmation {
    code: SixDigits,
}

/// Proves the second factor in this session: confirms one that is being set up, or brings a session up that began without.
///
/// The offices that were withheld count with the next request; the access token stays as it is, because offices are not in
/// it. It takes no `Idempotency-Key`: repeated with the code that was just accepted, it says so.
#[utoipa::path(post, path = "/v1/me/second-factor/confirmations", tag = "accounts", request_body = Confirmation,
    security(("token" = [])), responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<Confirmation>,
) -> Result<Reply, Problem> {
    app.throttle.within_session(caller.session).await?;
    let now = app.clock.now();
    let (account, person) =
        tokio::join!(app.store.own(caller.member), app.store.people.person(caller.member, Read::Eventual));
    let (account, person) = (account?, person?);
    let (app, caller, person, request) = (&app, &caller, &person, &request);
    let decide = |mut account: Account| async move {
        let answer = Reply::nothing().into_answer();
        let last = account.second_factor.as_ref().and_then(|factor| factor.last_step);
        if account.session(caller.session, now)?.second_factor
            && step_of(&app.vault, &account, None, &request.code, now).ok() == last
        {
            // The request was done before and its answer was lost.
            return Ok(Decision::nothing(answer));
        }
        use_second_factor(&app.vault, &mut account, &request.code, now)?;
        let mut kind = "second-factor.passed";
        if let Some(factor) = account.second_factor.as_mut().filter(|factor| !factor.confirmed) {
            factor.confirmed = true;
            kind = "second-factor.enrolled";
        }
        if let Some(session) = account.sessions.get_mut(&caller.session) {
            session.second_factor = true;
        }
        let activity = own_activity(kind, person, now).stating("session", caller.session);
        Ok(Decision::change(account, activity, answer))
    };
    Ok(app.store.change(caller.member, Some(account), None, decide).await?.into())
}
