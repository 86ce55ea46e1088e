//! Lists of tasks, one's own, and the thread of a task.

use crate::{
    App, domain,
    routes::{seen, told},
    store,
    views::Summary,
};
use authz::Action;
use axum::extract::State;
use dynamo::{Change, Found};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Hand, Limit, Line, OrgId, Page, TaskId};
use serde::Deserialize;
use task_records::{Comment, CommentRow, Listed, TaskKind, TaskState};
use utoipa::{IntoParams, ToSchema};

/// Which tasks are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The organisation; those below it are included, unless it is asked what it called for.
    organization: OrgId,
    /// Whether whistle tasks are asked for that the organisation itself called for, whoever they are for.
    #[serde(default)]
    called: bool,
    /// Only tasks of this kind.
    #[param(inline)]
    kind: Option<TaskKind>,
    /// Only tasks in this state; without it, those that are not done with.
    #[param(inline)]
    state: Option<TaskState>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Tasks of an organisation and those below it, by organisation and time, what is below first; or what it called for, latest first.
#[utoipa::path(get, path = "/v1/tasks", tag = "tasks", params(Wanted), security(("token" = [])),
    operation_id = "listTasks",
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let name = if wanted.called { "called-tasks" } else { "tasks" };
    let page = Paging::of(name, wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(wanted.organization).await?;
    caller.may_below(Action::ReadTask, &node.path, wanted.called || node.kind.has_members())?;
    let filter = store::filter(wanted.kind, wanted.state);
    let found = if wanted.called {
        app.store.calls(node.id, filter, page.place()).await?
    } else {
        app.store.list(&node.path, wanted.state.is_none_or(TaskState::is_open), filter, page.place()).await?
    };
    listed(&app, found, &page).await
}

/// Whose tasks are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Mine {
    /// Whether those are asked for that are done with.
    #[serde(default)]
    past: bool,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Tasks that one answers for, the one due first at the top.
#[utoipa::path(get, path = "/v1/me/tasks", tag = "tasks", params(Mine), security(("token" = [])),
    operation_id = "myTasks",
    responses((status = 200, body = Page<Summary>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(mine): Query<Mine>) -> Result<Reply, Problem> {
    let page = Paging::of("my-tasks", mine.limit, mine.cursor.as_deref())?;
    let found = app.store.of_person(caller.member, !mine.past, page.place()).await?;
    listed(&app, found, &page).await
}

/// A page of summaries with the progress and colours of this moment.
async fn listed(app: &App, found: Found<Listed>, page: &Paging) -> Result<Reply, Problem> {
    let (now, progress) = (app.clock.now(), app.store.tasks.progress_of(&found.items).await?);
    let of = |task: Listed| {
        let progress = progress.get(&task.id).copied().unwrap_or_default();
        Summary::of(task, progress, now)
    };
    Reply::ok(&page.holding(found.items.into_iter().map(of).collect(), found.after))
}

/// What somebody says about a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewTaskComment)]
pub(crate) struct Said {
    #[schema(value_type = String)]
    text: Line<500>,
}

/// Comments on a task; whoever may see it may.
#[utoipa::path(post, path = "/v1/tasks/{task}/comments", tag = "tasks", operation_id = "commentOnTask",
    request_body = Said, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 201, body = Comment), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn comment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Said { text }): Json<Said>,
) -> Result<Reply, Problem> {
    let row = app.store.tasks.row(id).await?;
    let capacity = seen(&app, &caller, &row).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let comment = domain::said(Some(text), hand);
    let activity = told(&capacity, hand, &row, "commented").stating("comment", comment.id);
    let reply = Reply::created(format!("/v1/tasks/{id}/comments"), &comment)?;
    let change = app.store.tasks.say(Change::new(), &CommentRow::new(id, comment));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// The thread of a task: what was reported, decided and said, latest first.
#[utoipa::path(get, path = "/v1/tasks/{task}/comments", tag = "tasks", operation_id = "readTaskComments",
    params(("task" = TaskId, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<Comment>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn thread(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("task-comments", limit, cursor.as_deref())?;
    let row = app.store.tasks.row(id).await?;
    seen(&app, &caller, &row).await?;
    let (after, size) = page.place();
    let found = app.store.tasks.thread(id, after, size).await?;
    let items = found.items.into_iter().map(|row| row.comment).collect();
    Reply::ok(&page.holding(items, found.after))
}
