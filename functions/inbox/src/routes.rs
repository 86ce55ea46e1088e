//! HTTP in, HTTP out: notices, to-dos and settings of one's own.

mod mailbox;
mod outbox;
mod robots;

use crate::{App, domain, duties::Todos, store::Inbox};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor};
use http_api::{
    Caller, Idempotency, IfMatch, Json, Paging, Path, Problem, ProblemBody, Query, Reply, document, finish,
};
use jiff::Timestamp;
use kernel::{NoticeId, Page};
use notices::{Notice, NoticeSettings, SettingsRow, WantedChannel};
use register::Member;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.inbox.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("inbox", "通知、待办、提醒方式、群机器人与投递失败"))
        .routes(routes!(list))
        .routes(routes!(unread))
        .routes(routes!(read))
        .routes(routes!(read_all))
        .routes(routes!(todos))
        .routes(routes!(settings, change_settings))
        .routes(routes!(mailbox::read, mailbox::name, mailbox::remove))
        .routes(routes!(mailbox::confirm))
        .routes(routes!(robots::list))
        .routes(routes!(robots::set, robots::remove))
        .routes(routes!(outbox::dead_letters))
        .routes(routes!(outbox::resend))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// A notice as its reader sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notice)]
struct NoticeView {
    /// Its id.
    id: NoticeId,
    /// What it is about, as `<record>.<past participle>`.
    kind: String,
    /// One line.
    title: String,
    /// A few sentences.
    body: String,
    /// The record it is about: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The article of the rule that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it was not read yet.
    unread: bool,
}

impl From<(Notice, bool)> for NoticeView {
    fn from((notice, unread): (Notice, bool)) -> Self {
        let id = notice.id();
        let Notice { kind, title, body, subject, article, at, .. } = notice;
        Self { id, kind, title, body, subject, article, at, unread }
    }
}

/// Which notices are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those that were not read yet.
    #[serde(default)]
    unread: bool,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// One's own notices, latest first.
#[utoipa::path(get, path = "/v1/me/notices", tag = "inbox", params(Wanted), security(("token" = [])),
    operation_id = "myNotices",
    responses((status = 200, body = Page<NoticeView>), (status = "4XX", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Query(wanted): Query<Wanted>) -> Result<Reply, Problem> {
    let name = if wanted.unread { "unread-notices" } else { "notices" };
    let page = Paging::of(name, wanted.limit, wanted.cursor.as_deref())?;
    let found = if wanted.unread {
        app.inbox.unread(caller.member, page.place()).await?
    } else {
        app.inbox.notices(caller.member, page.place()).await?
    };
    Reply::ok(&page.holding(found.items.into_iter().map(NoticeView::from).collect(), found.after))
}

/// How many notices are unread.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Unread {
    /// How many, up to 99.
    count: usize,
    /// Whether there are more than 99.
    more: bool,
}

/// How many of one's own notices are unread; counting ends at 99.
#[utoipa::path(get, path = "/v1/me/notices/unread", tag = "inbox", security(("token" = [])),
    operation_id = "countUnreadNotices",
    responses((status = 200, body = Unread), (status = "4XX", body = ProblemBody)))]
async fn unread(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let (found, most) = (app.inbox.count_unread(caller.member).await?, usize::from(Inbox::COUNTED));
    Reply::ok(&Unread { count: found.min(most), more: found > most })
}

/// Says that one has read a notice. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/notices/{notice}/read", tag = "inbox", params(("notice" = NoticeId, Path)),
    security(("token" = [])), operation_id = "readNotice",
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<NoticeId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let change = app.inbox.read(caller.member, id).await?;
    Ok(app.inbox.ledger.commit(change, [], once.as_ref(), Reply::nothing().into_answer()).await?.into())
}

/// Up to where somebody has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadUpTo {
    /// The last notice that was on the screen.
    up_to: NoticeId,
}

/// Whether everything is read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadSoFar {
    /// Whether there are more than one request reads; send another one.
    more: bool,
}

/// Says that one has read all notices up to one, ninety at a time.
#[utoipa::path(post, path = "/v1/me/notices/read", tag = "inbox", request_body = ReadUpTo, security(("token" = [])),
    operation_id = "readNotices",
    responses((status = 200, body = ReadSoFar), (status = "4XX", body = ProblemBody)))]
async fn read_all(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(ReadUpTo { up_to }): Json<ReadUpTo>,
) -> Result<Reply, Problem> {
    let (change, more) = app.inbox.read_up_to(caller.member, up_to).await?;
    let reply = Reply::ok(&ReadSoFar { more })?;
    if change.is_empty() {
        return Ok(reply);
    }
    Ok(app.inbox.ledger.commit(change, [], once.as_ref(), reply.into_answer()).await?.into())
}

/// What one has to do, the duty that is due first at the top, each once, with the day and the article that it comes from: tasks,
/// minutes and dues of one's own, and what waits at the organisations in which one holds an office. Nothing of it is kept: a duty is
/// gone with the step that does it, whoever does it.
#[utoipa::path(get, path = "/v1/me/todos", tag = "inbox", security(("token" = [])), operation_id = "myTodos",
    responses((status = 200, body = Todos), (status = "4XX", body = ProblemBody)))]
async fn todos(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    Reply::ok(&app.desk.todos(&caller, app.clock.now()).await?)
}

/// How one wants to hear what one is told.
#[utoipa::path(get, path = "/v1/me/notice-settings", tag = "inbox", security(("token" = [])),
    operation_id = "myNoticeSettings",
    responses((status = 200, body = NoticeSettings), (status = "4XX", body = ProblemBody)))]
async fn settings(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    let row = app.inbox.settings(caller.member).await?;
    Ok(Reply::ok(&row.settings)?.version(row.version))
}

/// Says how one wants to hear what one is told. The inbox is always there.
#[utoipa::path(put, path = "/v1/me/notice-settings", tag = "inbox", request_body = NoticeSettings,
    security(("token" = [])), operation_id = "changeMyNoticeSettings",
    params(("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = NoticeSettings), (status = "4XX", body = ProblemBody)))]
async fn change_settings(
    State(app): State<App>,
    caller: Caller,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(given): Json<NoticeSettings>,
) -> Result<Reply, Problem> {
    let old = app.inbox.settings(caller.member).await?;
    version.require(old.version)?;
    let mails = given.channels.contains(&WantedChannel::Email);
    let confirmed = mails && app.inbox.mailbox(caller.member).await?.is_some_and(|row| row.is_confirmed());
    let new = SettingsRow::new(caller.member, domain::settings(given, confirmed)?, old.version + 1);
    let member: Member = app.people.person(caller.member, dynamo::Read::Eventual).await?;
    let (now, actor) = (app.clock.now(), Actor::oneself(caller.member));
    let activity = Activity::of_account(now, actor, "notice-settings.changed", member.organization, member.id)
        .between(&json!(old.settings), &json!(new.settings));
    let reply = Reply::ok(&new.settings)?.version(new.version);
    let change = app.inbox.keep_settings(&new);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
