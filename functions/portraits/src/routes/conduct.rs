//! Merits and faults: filed by an officer, answered by the member, confirmed by another officer.

use super::{Asked, of_branches, paged, told};
use crate::{
    App,
    domain::{ConductDecision, ConductItem, ConductReply, ConductState, NewConductItem, Rules},
};
use authz::Action;
use axum::extract::State;
use dynamo::Actor;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ConductId, OrgId, Page};
use notices::Notice;

/// Files a merit or a fault of a member, with evidence. The member is told and can answer for five working days; after that
/// somebody else confirms it, or it does not count.
#[utoipa::path(post, path = "/v1/conduct-items", tag = "portraits", operation_id = "fileConductItem",
    request_body = NewConductItem, security(("token" = [])),
    responses((status = 201, body = ConductItem), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewConductItem>,
) -> Result<Reply, Problem> {
    let (_, branch) = app.store.member(new.member).await?;
    let scope = caller.may_for(Action::FileConduct, new.member, &branch.path)?;
    let hand = app.hand(&caller);
    let item = new.filed(branch.id, Rules::get()?, hand)?;
    // Whom it is about and what it says stay in its record: the trace is read by others, before the member could answer.
    let activity = told(Actor::person(hand.by, scope.role().slug()), hand, "conduct.filed", branch.id, item.id)
        .stating("replyUntil", item.reply_until);
    let body =
        format!("内容和依据请在“我的日常行为”中查看。{}前您可以说明情况或申辩，期满后由他人认定。", item.reply_until);
    let notice = Notice::new(hand.at, item.member, "conduct.filed", &format!("conduct/{}", item.id))
        .saying("有一条关于您的日常行为记录", body)
        .about(item.id.to_string());
    let change = app.store.notices.post(app.store.file_item(&item), &notice);
    let reply = Reply::created(format!("/v1/conduct-items/{}", item.id), &item)?.version(item.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// What was filed about oneself, the latest first.
#[utoipa::path(get, path = "/v1/me/conduct-items", tag = "portraits", operation_id = "myConductItems", params(Asked),
    security(("token" = [])), responses((status = 200, body = Page<ConductItem>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let page = Paging::of("my-conduct-items", asked.limit, asked.cursor.as_deref())?;
    paged(&page, app.store.items_about(caller.member, page.place()).await?)
}

/// What was filed about members of a branch, the latest first. Each of the members sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/conduct-items", tag = "portraits",
    operation_id = "listConductItems", params(("organization" = OrgId, Path), Asked), security(("token" = [])),
    responses((status = 200, body = Page<ConductItem>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(asked): Query<Asked>,
) -> Result<Reply, Problem> {
    let page = Paging::of("conduct-items", asked.limit, asked.cursor.as_deref())?;
    let branch = app.store.node(id).await?;
    let scope = caller.may(Action::FileConduct, &branch.path)?;
    of_branches(&branch)?;
    let found = app.store.items(id, page.place()).await?;
    let members: Vec<_> = found.items.iter().map(|item| item.member).collect();
    app.seen(&caller, members, (&scope, id), "conduct").await?;
    paged(&page, found)
}

/// Answers what was filed about oneself, as long as there is time for it.
#[utoipa::path(post, path = "/v1/conduct-items/{item}/reply", tag = "portraits", operation_id = "replyToConductItem",
    request_body = ConductReply, params(("item" = ConductId, Path)), security(("token" = [])),
    responses((status = 200, body = ConductItem), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn reply(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConductId>,
    Idempotency(once): Idempotency,
    Json(said): Json<ConductReply>,
) -> Result<Reply, Problem> {
    let (old, hand) = (app.store.item(id).await?, app.hand(&caller));
    let new = old.replied(said, Rules::get()?, hand)?;
    let activity =
        told(Actor::oneself(hand.by), hand, "conduct.replied", new.branch, id).stating("version", new.version);
    let reply = Reply::ok(&new)?.version(new.version);
    let change = app.store.change_item(&new, old.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Confirms a merit or fault after the time for an answer, as somebody else than who filed it and than its member; or drops it.
/// Confirmed, it counts in the next night.
#[utoipa::path(post, path = "/v1/conduct-items/{item}/decision", tag = "portraits", operation_id = "decideConductItem",
    request_body = ConductDecision, params(("item" = ConductId, Path)), security(("token" = [])),
    responses((status = 200, body = ConductItem), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConductId>,
    Idempotency(once): Idempotency,
    Json(decision): Json<ConductDecision>,
) -> Result<Reply, Problem> {
    let old = app.store.item(id).await?;
    let branch = app.store.node(old.branch).await?;
    let scope = caller.may_for(Action::ConfirmConduct, old.member, &branch.path)?;
    let hand = app.hand(&caller);
    let new = old.decided(decision, Rules::get()?, hand)?;
    let activity = told(Actor::person(hand.by, scope.role().slug()), hand, "conduct.decided", branch.id, id)
        .stating("state", new.state)
        .stating("version", new.version);
    // What counts is told, since scores follow from the trace; what was dropped stays in its record.
    let activity = if new.state == ConductState::Confirmed {
        activity
            .stating("kind", new.kind)
            .stating("member", new.member)
            .stating("on", new.on)
            .stating("filedOn", kernel::shanghai_day(new.filed_at))
    } else {
        activity
    };
    let notice = Notice::new(hand.at, new.member, "conduct.decided", &format!("conduct/{id}/decided"))
        .saying("关于您的日常行为记录有了认定结果", "结果和理由请在“我的日常行为”中查看；计分后有异议的，可以申诉。")
        .about(id.to_string());
    let change = app.store.notices.post(app.store.change_item(&new, old.version), &notice);
    let reply = Reply::ok(&new)?.version(new.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
