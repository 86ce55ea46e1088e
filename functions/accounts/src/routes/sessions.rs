//! Sessions: one per device.

use crate::{
    App,
    domain::{Account, Presented, Session},
    store::{Decision, own_activity},
    tokens::{RefreshToken, Tokens},
};
use axum::extract::State;
use dynamo::{Activity, Actor, Read};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, Page, SessionId};
use register::Member;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a session is renewed by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Renewal {
    /// The `refreshToken` of the last answer.
    #[schema(value_type = String)]
    refresh_token: Line<200>,
}

/// Renews a session: the refresh token is exchanged for the next pair of tokens, once.
///
/// A client that lost the answer asks again within a minute and gets the same successor, as long as nobody used that one.
/// Any older token ends the session, because somebody else has it. It takes no `Idempotency-Key`; the token is one.
#[utoipa::path(post, path = "/v1/sessions/refresh", tag = "accounts", request_body = Renewal,
    responses((status = 200, body = Tokens), (status = "4XX", body = ProblemBody)))]
pub(super) async fn refresh(State(app): State<App>, Json(request): Json<Renewal>) -> Result<Reply, Problem> {
    let token = RefreshToken::read(&app.vault, &request.refresh_token).ok_or(ErrorCode::SessionEnded)?;
    let now = app.clock.now();
    let (account, person) =
        tokio::join!(app.store.account(token.member), app.store.people.person(token.member, Read::Eventual));
    let (account, person) = (account?.ok_or(ErrorCode::SessionEnded)?, person?);
    if !person.state.is_current() {
        return Err(ErrorCode::SessionEnded.into());
    }
    let (app, token, person) = (&app, &token, &person);
    let decide = |account| renew(app, account, token, person, now);
    let answer = app.store.change(token.member, Some(account), None, decide).await?;
    // An ended session is written down like any other change, and only then refused.
    if answer.body.is_empty() { Err(ErrorCode::SessionEnded.into()) } else { Ok(answer.into()) }
}

/// What a genuine refresh token does to its account.
async fn renew(
    app: &App,
    mut account: Account,
    token: &RefreshToken,
    person: &Member,
    now: Timestamp,
) -> Result<Decision, Problem> {
    if account.is_suspended() {
        return Err(ErrorCode::AccountSuspended.into());
    }
    let session = account.session(token.session, now)?;
    let (next, renewed) = match session.presented(&token.hash(), now) {
        Presented::Present => {
            let next = RefreshToken::new(token.member, token.session).map_err(Problem::internal)?;
            let sealed = next.sealed(&app.vault).map_err(Problem::internal)?;
            let renewed = session.renewed(next.hash(), sealed, now);
            (next, Some(renewed))
        }
        Presented::Before(successor) => (token.unsealed(&app.vault, &successor).map_err(Problem::internal)?, None),
        Presented::Superseded => {
            tracing::warn!(session = %token.session, "a superseded refresh token was presented; the session ends");
            app.count("SessionRevoked");
            account.end(token.session)?;
            // Nobody knows who held the token.
            let activity = Activity { actor: Actor::job("accounts"), ..own_activity("session.revoked", person, now) };
            let activity = activity.stating("session", token.session).stating("reason", "refresh-token-reused");
            return Ok(Decision::change(account, activity, Reply::nothing().into_answer()));
        }
    };
    let tokens = app.issuer.tokens(&account, renewed.as_ref().unwrap_or(session), &next, now).await?;
    let answer = Reply::ok(&tokens)?.into_answer();
    Ok(match renewed {
        None => Decision::nothing(answer),
        Some(renewed) => {
            account.keep(token.session, renewed, now);
            // Not an activity: nothing changes but the token, every quarter of an hour.
            Decision { account: Some(account), activities: Vec::new(), spent: None, answer }
        }
    })
}

/// A session as its person sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(super) struct SessionView {
    pub(super) id: SessionId,
    /// What the person called the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    device: Option<Line<60>>,
    /// When they signed in, in UTC.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last renewed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    refreshed_at: Timestamp,
    /// When it ends unless it is renewed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether the second factor was proved in it.
    second_factor: bool,
    /// Whether this request was made in it.
    current: bool,
}

impl SessionView {
    /// The sessions of `account` that have not ended, the latest sign-in first.
    pub(super) fn all(account: &Account, current: SessionId, now: Timestamp) -> Vec<Self> {
        let live = account.sessions.iter().rev().filter(|(_, session)| now < session.expires_at);
        live.map(|(id, Session { device, created_at, refreshed_at, expires_at, second_factor, .. })| Self {
            id: *id,
            device: device.clone(),
            created_at: *created_at,
            refreshed_at: *refreshed_at,
            expires_at: *expires_at,
            second_factor: *second_factor,
            current: *id == current,
        })
        .collect()
    }
}

/// One's own sessions, the latest sign-in first; ten at most.
#[utoipa::path(get, path = "/v1/me/sessions", tag = "accounts", operation_id = "listSessions", security(("token" = [])),
    responses((status = 200, body = Page<SessionView>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let account = app.store.own(caller.member).await?;
    Reply::ok(&Page { items: SessionView::all(&account, caller.session, app.clock.now()), next: None })
}

/// Ends one of one's own sessions, on whichever device it is.
#[utoipa::path(delete, path = "/v1/me/sessions/{session}", tag = "accounts", params(("session" = SessionId, Path)),
    security(("token" = [])), responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
    once: Idempotency,
) -> Result<Reply, Problem> {
    ended(&app, &caller, session, once).await
}

/// Signs out: ends the session that the request is made in.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "accounts", security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn sign_out(State(app): State<App>, caller: Caller, once: Idempotency) -> Result<Reply, Problem> {
    ended(&app, &caller, caller.session, once).await
}

async fn ended(app: &App, caller: &Caller, id: SessionId, Idempotency(once): Idempotency) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let (account, person) =
        tokio::join!(app.store.own(caller.member), app.store.people.person(caller.member, Read::Eventual));
    let (account, person) = (account?, person?);
    let person = &person;
    let decide = |mut account: Account| async move {
        account.end(id)?;
        let activity = own_activity("session.ended", person, now).stating("session", id);
        Ok(Decision::change(account, activity, Reply::nothing().into_answer()))
    };
    Ok(app.store.change(caller.member, Some(account), once.as_ref(), decide).await?.into())
}
