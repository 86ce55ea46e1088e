//! Steps of one task.

use super::{Capacity, above, outcome, own, save, told};
use crate::{App, domain, views::TaskView};
use authz::Action;
use axum::extract::State;
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, Hand, Line, TaskId};
use register::MediaState;
use serde::Deserialize;
use task_records::{Comment, CommentRow, Done, Task, TaskKind, TaskRow, TaskState};
use utoipa::ToSchema;

/// The task as it is now, and who comes to it when.
pub(super) async fn at_hand(app: &App, caller: &Caller, id: TaskId) -> Result<(TaskRow, Hand), Problem> {
    let row = app.store.tasks.row(id).await?;
    Ok((row, Hand { by: caller.member, at: app.clock.now() }))
}

/// Adds a line to the thread.
fn saying(app: &App, task: &Task, line: Comment) -> impl Fn() -> Result<Change, Problem> {
    let (tasks, line) = (app.store.tasks.clone(), CommentRow::new(task.id, line));
    move || Ok(tasks.say(Change::new(), &line))
}

/// 签收: the owner takes the task on; 报到: who was called has arrived; after a task was sent back: takes it up again.
#[utoipa::path(post, path = "/v1/tasks/{task}/sign", tag = "tasks", operation_id = "signTask",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn sign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let capacity = own(&app, &caller, &row).await?;
    let new = row.stepped(Done::Signed, hand.at)?;
    let progress = app.store.tasks.progress(&row).await?;
    let activity = told(&capacity, hand, &new, Done::Signed.slug());
    // It answers a warning, and is seen in the thread.
    let line = Comment { done: Some(Done::Signed), ..domain::said(None, hand) };
    save(&app, (saying(&app, &row, line), activity), (&row, &new, progress), (once, hand)).await
}

/// Reports progress, as the owner of a task that is not split.
#[utoipa::path(post, path = "/v1/tasks/{task}/progress", tag = "tasks", operation_id = "reportTask",
    request_body = domain::Report, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn report(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(report): Json<domain::Report>,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let capacity = own(&app, &caller, &row).await?;
    let (new, line) = domain::reported(&row, report, hand)?;
    for (n, id) in line.evidence.iter().enumerate() {
        let media = app.store.media(*id).await?;
        let known = media.is_some_and(|media| {
            let theirs = media.uploader == hand.by || media.organization == row.organization;
            media.state == MediaState::Ready && theirs
        });
        if !known {
            let (zh, en) = ("没有这个已上传的文件", "there is no such completed upload");
            return Err(domain::field(format!("/evidence/{n}"), zh, en).into());
        }
    }
    let activity = told(&capacity, hand, &new, Done::Reported.slug()).stating("percent", line.percent);
    let activity = activity.stating("evidence", &line.evidence);
    save(&app, (saying(&app, &row, line), activity), (&row, &new, new.progress), (once, hand)).await
}

/// Hands a task in for review; of a whistle task: it is done, and waits to be rated. What was split is handed in once all
/// its parts are done, anything else at 100 per cent.
#[utoipa::path(post, path = "/v1/tasks/{task}/submit", tag = "tasks", operation_id = "submitTask",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let capacity = own(&app, &caller, &row).await?;
    // What is done stays done, and a task is split once: this cannot become untrue.
    let children = if row.split { app.store.tasks.children(id).await? } else { Vec::new() };
    let mut open = children.iter().map(|child| child.share.state).filter(|state| *state != TaskState::Withdrawn);
    let new = domain::submitted(&row, open.all(|state| state == TaskState::Done), hand)?;
    let progress = if new.split { app.store.tasks.progress(&row).await? } else { new.progress };
    let activity = told(&capacity, hand, &new, Done::Submitted.slug());
    save(&app, (|| Ok(Change::new()), activity), (&row, &new, progress), (once, hand)).await
}

/// What is decided about a task that was handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskDecision)]
pub(crate) struct Decision {
    /// Whether it is done.
    accept: bool,
    /// Why; needed where it is not.
    #[schema(value_type = Option<String>)]
    reason: Option<Line<500>>,
}

/// Accepts a task that was handed in, or sends it back: as who answers for its parent or in an office of the organisation
/// that issued it, and never as its owner.
#[utoipa::path(post, path = "/v1/tasks/{task}/decision", tag = "tasks", operation_id = "decideTask",
    request_body = Decision, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Decision { accept, reason }): Json<Decision>,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let capacity = above(&app, &caller, &row, Action::DecideTask).await?;
    let new = domain::decided(&row, accept, reason.as_ref(), hand)?;
    let done = if accept { Done::Accepted } else { Done::Returned };
    let progress = app.store.tasks.progress(&row).await?;
    let activity = outcome(told(&capacity, hand, &new, done.slug()), &new).stating("reason", &reason);
    let line = Comment { done: Some(done), ..domain::said(reason, hand) };
    save(&app, (saying(&app, &row, line), activity), (&row, &new, progress), (once, hand)).await
}

/// What the caller thinks of what was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskRating)]
pub(crate) struct Rating {
    #[schema(minimum = 1, maximum = 5)]
    stars: u8,
    #[schema(value_type = Option<String>)]
    note: Option<Line<500>>,
}

/// 评价: rates what came of a whistle task, as the organisation that called; with that it is done.
#[utoipa::path(post, path = "/v1/tasks/{task}/rating", tag = "tasks", operation_id = "rateTask",
    request_body = Rating, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn rate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Rating { stars, note }): Json<Rating>,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let capacity = above(&app, &caller, &row, Action::CallWhistle).await?;
    if caller.member == row.owner {
        return Err(ErrorCode::OwnCase.into());
    }
    let new = domain::rated(&row, stars, hand)?;
    let activity = outcome(told(&capacity, hand, &new, Done::Rated.slug()), &new).stating("stars", stars);
    let line = Comment { done: Some(Done::Rated), ..domain::said(note, hand) };
    save(&app, (saying(&app, &row, line), activity), (&row, &new, new.progress), (once, hand)).await
}

/// Why a task is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskReason)]
pub(crate) struct Why {
    /// Everybody who sees the task reads it.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Withdraws a task with everything below it that is not done: as who answers for its parent or in an office of the
/// organisation that issued it. Large trees are withdrawn in steps; what a request does not reach, the same request again
/// does, or a job.
#[utoipa::path(post, path = "/v1/tasks/{task}/withdraw", tag = "tasks", operation_id = "withdrawTask",
    request_body = Why, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let (row, hand) = at_hand(&app, &caller, id).await?;
    let action = if row.kind == TaskKind::Whistle { Action::CallWhistle } else { Action::CreateTask };
    let capacity: Capacity = above(&app, &caller, &row, action).await?;
    let new = row.stepped(Done::Withdrawn, hand.at)?;
    let progress = app.store.tasks.progress(&row).await?;
    let activity = told(&capacity, hand, &new, Done::Withdrawn.slug()).stating("reason", &reason);
    let line = Comment { done: Some(Done::Withdrawn), ..domain::said(Some(reason), hand) };
    save(&app, (saying(&app, &row, line), activity), (&row, &new, progress), (once, hand)).await
}
