//! HTTP in, HTTP out: one's own e-mail address.

use crate::App;
use axum::extract::State;
use dynamo::{Activity, Actor, Read};
use http_api::{Caller, Idempotency, Json, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Refusal, SixDigits, Text};
use notices::{MailAddress, MailboxRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault::random_digits;

/// One's own e-mail address as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Mailbox)]
struct MailboxView {
    /// Its first character and its host.
    address: String,
    /// Whether the code that was sent to it was typed; before, nothing else is sent to it.
    confirmed: bool,
    /// Until when the code that was sent is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    code_until: Option<Timestamp>,
}

impl From<&MailboxRow> for MailboxView {
    fn from(row: &MailboxRow) -> Self {
        let code_until = row.code.as_ref().map(|code| code.until);
        Self { address: row.masked.clone(), confirmed: row.is_confirmed(), code_until }
    }
}

fn wrong_code() -> Refusal {
    let text = Text::of(
        "验证码不正确或已失效，可重新填写邮箱获取",
        "the code is wrong or no longer good; name the address again",
    );
    Refusal::field("/code", text)
}

async fn named(app: &App, caller: &Caller) -> Result<MailboxRow, Problem> {
    let row = app.inbox.mailbox(caller.member).await?.filter(MailboxRow::is_named);
    Ok(row.ok_or(ErrorCode::NotFound)?)
}

/// The e-mail address that one has named.
#[utoipa::path(get, path = "/v1/me/mailbox", tag = "inbox", security(("token" = [])), operation_id = "myMailbox",
    responses((status = 200, body = MailboxView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn read(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let row = named(&app, &caller).await?;
    Reply::ok(&MailboxView::from(&row))
}

/// An e-mail address as its owner names it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewMailbox {
    address: MailAddress,
}

/// Names the address to which one wants e-mail, in the place of another. A code is sent to it within a minute or two; once it
/// is typed, the channel can be chosen. Once a minute, five times a day.
#[utoipa::path(put, path = "/v1/me/mailbox", tag = "inbox", request_body = NewMailbox, security(("token" = [])),
    operation_id = "nameMyMailbox",
    responses((status = 200, body = MailboxView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn name(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewMailbox { address }): Json<NewMailbox>,
) -> Result<Reply, Problem> {
    if !app.mails {
        let text = Text::of("本平台未开通邮件提醒", "this installation sends no e-mail");
        return Err(Refusal::field("/address", text).into());
    }
    let (old, now) = (app.inbox.mailbox(caller.member).await?, app.clock.now());
    if let Some(seconds) = MailboxRow::wait(old.as_ref(), now) {
        return Err(Refusal::new(ErrorCode::TooManyAttempts).retry_after(seconds).into());
    }
    let member = app.people.person(caller.member, Read::Eventual).await?;
    let digits = random_digits().map_err(Problem::internal)?;
    let row = MailboxRow::named(&app.vault, caller.member, (&address, &digits), old.as_ref(), now);
    let row = row.map_err(Problem::internal)?;
    let message = row.message(&digits, (member.organization, member.path), now);
    let actor = Actor::oneself(caller.member);
    let activity = Activity::of_account(now, actor, "mailbox.named", member.organization, member.id);
    let reply = Reply::ok(&MailboxView::from(&row))?;
    let change = app.inbox.keep_mailbox(&row, Some(&message));
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// The code that came with the message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TypedCode {
    code: SixDigits,
}

/// Confirms one's own address with the code that was sent to it: five tries within half an hour.
#[utoipa::path(post, path = "/v1/me/mailbox/confirmation", tag = "inbox", request_body = TypedCode,
    security(("token" = [])), operation_id = "confirmMyMailbox",
    responses((status = 200, body = MailboxView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(TypedCode { code }): Json<TypedCode>,
) -> Result<Reply, Problem> {
    let old = named(&app, &caller).await?;
    if old.is_confirmed() {
        return Err(ErrorCode::IllegalTransition.into());
    }
    let now = app.clock.now();
    let row = old.typed(&app.vault, &code, now).ok_or_else(wrong_code)?;
    if !row.is_confirmed() {
        app.inbox.ledger.carry_out(app.inbox.keep_mailbox(&row, None), []).await?;
        return Err(wrong_code().into());
    }
    let member = app.people.person(caller.member, Read::Eventual).await?;
    let actor = Actor::oneself(caller.member);
    let activity = Activity::of_account(now, actor, "mailbox.confirmed", member.organization, member.id);
    let reply = Reply::ok(&MailboxView::from(&row))?;
    let change = app.inbox.keep_mailbox(&row, None);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Forgets one's own address. Nothing is sent to it any more.
#[utoipa::path(delete, path = "/v1/me/mailbox", tag = "inbox", security(("token" = [])),
    operation_id = "removeMyMailbox", responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let row = named(&app, &caller).await?;
    let member = app.people.person(caller.member, Read::Eventual).await?;
    let (now, actor) = (app.clock.now(), Actor::oneself(caller.member));
    let activity = Activity::of_account(now, actor, "mailbox.removed", member.organization, member.id);
    let change = app.inbox.keep_mailbox(&row.taken_back(), None);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), Reply::nothing().into_answer()).await?.into())
}
