//! HTTP in, HTTP out: one task, from issuing to its end.

mod steps;

use crate::{
    App, bills, boards,
    domain::{self, NewPart, NewTask},
    lists,
    store::Store,
    views::{Rollup, TaskView},
};
use authz::{Action, Scope};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Change, Once, Tries};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply, document, finish};
use kernel::{ErrorCode, Hand, TaskId};
use serde::Deserialize;
use std::collections::BTreeSet;
use task_records::{Done, Task, TaskKind, TaskRow, roll_up};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) =
        OpenApiRouter::with_openapi(document("tasks", "任务：下达、细化、进度、审核、吹哨报到、预警、微账单、看板"))
            .routes(routes!(create, lists::list))
            .routes(routes!(read))
            .routes(routes!(split))
            .routes(routes!(rollup))
            .routes(routes!(steps::sign))
            .routes(routes!(steps::report))
            .routes(routes!(steps::submit))
            .routes(routes!(steps::decide))
            .routes(routes!(steps::rate))
            .routes(routes!(steps::withdraw))
            .routes(routes!(lists::comment, lists::thread))
            .routes(routes!(lists::mine))
            .routes(routes!(bills::mine))
            .routes(routes!(boards::board))
            .routes(routes!(boards::ranking, boards::rank))
            .with_state(app)
            .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// In what capacity somebody acts: in an office, or as who answers for the task or its parent.
#[derive(Debug, Clone)]
pub(crate) enum Capacity {
    Office(Scope),
    Oneself,
}

impl Capacity {
    fn actor(&self, hand: Hand) -> Actor {
        match self {
            Self::Office(scope) => Actor::person(hand.by, scope.role().slug()),
            Self::Oneself => Actor::oneself(hand.by),
        }
    }
}

/// An activity about `task`.
pub(crate) fn told(capacity: &Capacity, hand: Hand, task: &Task, what: &str) -> Activity {
    let kind = format!("task.{what}");
    Activity::new(hand.at, capacity.actor(hand), &kind, task.organization, task.id.to_string())
}

/// `activity`, by which `task` was accepted, sent back or rated, with what scores follow from.
pub(crate) fn outcome(activity: Activity, task: &Task) -> Activity {
    activity.stating("owner", task.owner).stating("kind", task.kind).stating("dueAt", task.due_at)
}

/// Whether the caller may see `task`: as who answers for it or its parent, in an office of its organisation, or in one of
/// the organisation that called for it.
pub(crate) async fn seen(app: &App, caller: &Caller, task: &Task) -> Result<Capacity, Problem> {
    if caller.member == task.owner || Some(caller.member) == task.parent_owner {
        return Ok(Capacity::Oneself);
    }
    let node = app.store.node(task.organization).await?;
    let refusal = match (caller.may(Action::ReadTask, &node.path), task.caller) {
        (Ok(scope), _) => return Ok(Capacity::Office(scope)),
        (Err(refusal), None) => return Err(refusal.into()),
        (Err(refusal), Some(_)) => refusal,
    };
    let calling = app.store.node(task.issuer).await?;
    caller.may(Action::ReadTask, &calling.path).map(Capacity::Office).map_err(|_| refusal.into())
}

/// Finishes what an earlier request left to do, for somebody who may do something with `task`: the same request again goes
/// on where the first one stopped, and is answered as the first one was.
async fn go_on(app: &App, task: &TaskRow) -> Result<(), Problem> {
    if task.rollup.is_some() {
        app.store.tasks.settle(task, app.clock.now(), Store::MOST).await?;
    }
    Ok(())
}

/// Lets only who answers for `task` go on; to others it is forbidden, or not there.
pub(crate) async fn own(app: &App, caller: &Caller, task: &TaskRow) -> Result<Capacity, Problem> {
    if caller.member == task.owner {
        go_on(app, task).await?;
        return Ok(Capacity::Oneself);
    }
    seen(app, caller, task).await?;
    Err(ErrorCode::Forbidden.into())
}

/// Lets who answers for the parent of `task` go on, or who may do `action` where it was issued; never its owner, where the
/// action needs another person.
pub(crate) async fn above(app: &App, caller: &Caller, task: &TaskRow, action: Action) -> Result<Capacity, Problem> {
    let other = caller.member != task.owner || !action.needs_another_person();
    if Some(caller.member) == task.parent_owner && other {
        go_on(app, task).await?;
        return Ok(Capacity::Oneself);
    }
    if caller.member == task.owner && !other {
        return Err(ErrorCode::OwnCase.into());
    }
    let issuer = app.store.node(task.issuer).await?;
    let scope = caller.may(action, &issuer.path)?;
    go_on(app, task).await?;
    Ok(Capacity::Office(scope))
}

/// Times that a step is taken on a task which a job looked at meanwhile.
const TRIES: u32 = 3;

/// Makes `change`, of which `new` comes out with `progress`, and rolls it up. Where only a job told somebody of the task
/// since it was read, which does not count as a change, the step is taken all the same.
pub(crate) async fn save(
    app: &App,
    (change, activity): (impl Fn() -> Result<Change, Problem>, Activity),
    (old, new, progress): (&TaskRow, &Task, u16),
    (once, hand): (Option<Once>, Hand),
) -> Result<Reply, Problem> {
    let (tasks, ledger) = (&app.store.tasks, &app.store.ledger);
    let answer = Reply::ok(&TaskView::of(new, progress, hand.at))?.version(new.version).into_answer();
    let activity = activity.stating("version", new.version);
    let (mut read, mut tries) = (old.clone(), Tries::new(TRIES));
    let answer = loop {
        let change = tasks.change(change()?, &read, new, (progress, hand.at));
        match ledger.commit(change, [activity.clone()], once.as_ref(), answer.clone()).await {
            Err(error) if error.is_conflict() && tries.again() => {
                read = tasks.row(new.id).await?;
                if read.version != old.version {
                    return Err(error.into());
                }
            }
            outcome => break outcome?,
        }
    };
    if new.concerns_others(old) || old.rollup.is_some() {
        // What was asked for is done. What is left is marked, and whoever comes next finishes it.
        let row = TaskRow { task: new.clone(), ..old.clone() };
        if let Err(error) = tasks.settle(&row, hand.at, Store::MOST).await {
            tracing::warn!(task = %new.id, %error, "a roll-up is left to whoever comes next");
        }
    }
    Ok(answer.into())
}

/// Issues a task to an organisation and a person, or calls a department by a whistle task.
#[utoipa::path(post, path = "/v1/tasks", tag = "tasks", operation_id = "createTask", request_body = NewTask,
    security(("token" = [])),
    responses((status = 201, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewTask>,
) -> Result<Reply, Problem> {
    let place = app.store.node(new.organization).await?;
    let scope = match (new.kind, new.caller) {
        (TaskKind::Whistle, Some(calling)) => {
            let calling = app.store.node(calling).await?.path;
            let scope = caller.may(Action::CallWhistle, &calling)?;
            domain::within_call(&calling, &place.path)?;
            scope
        }
        _ => caller.may(Action::CreateTask, &place.path)?,
    };
    let owner = app.store.person(new.owner).await?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let task = domain::issued(new, &place, owner.as_ref(), hand)?;
    let activity = told(&Capacity::Office(scope), hand, &task, Done::Issued.slug())
        .stating("kind", task.kind)
        .stating("title", &task.title)
        .stating("owner", task.owner)
        .stating("dueAt", task.due_at)
        .stating("version", task.version);
    let location = format!("/v1/tasks/{}", task.id);
    let reply = Reply::created(location, &TaskView::of(&task, 0, hand.at))?.version(task.version);
    let row = TaskRow::new(task, place.path, 0, hand.at, false);
    let change = app.store.tasks.enter(Change::new(), &row);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// A task, for its organisation, who issued it, and who answers for it or its parent.
#[utoipa::path(get, path = "/v1/tasks/{task}", tag = "tasks", operation_id = "readTask",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<TaskId>) -> Result<Reply, Problem> {
    let row = app.store.tasks.row(id).await?;
    seen(&app, &caller, &row).await?;
    let progress = app.store.tasks.progress(&row).await?;
    // Progress and colour change while the version does not, so that there is no entity tag here.
    Reply::ok(&TaskView::of(&row, progress, app.clock.now()).warned(row.warning.as_ref()))
}

/// How a task is split.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskSplit)]
struct Split {
    /// At most 40; their weights total 100.
    parts: Vec<NewPart>,
}

/// Splits a task among owners below, as who answers for it or in an office of its organisation. Once, and before it has
/// any progress.
#[utoipa::path(post, path = "/v1/tasks/{task}/split", tag = "tasks", operation_id = "splitTask", request_body = Split,
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = TaskView<'_>), (status = "4XX", body = ProblemBody)))]
async fn split(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Split { parts }): Json<Split>,
) -> Result<Reply, Problem> {
    let (row, hand) = steps::at_hand(&app, &caller, id).await?;
    let place = app.store.node(row.organization).await?;
    let capacity = if caller.member == row.owner {
        Capacity::Oneself
    } else {
        Capacity::Office(caller.may(Action::CreateTask, &place.path)?)
    };
    // More than a split may have is refused by the rule; nothing is read for them.
    let named = parts.iter().take(100);
    let (places, owners) = named.map(|part| (part.organization, part.owner)).unzip::<_, _, BTreeSet<_>, BTreeSet<_>>();
    let named = app.store.named(places, owners).await?;
    let (new, made) = domain::split(&row, &place, parts, (&named.0, &named.1), hand)?;
    let ids: Vec<_> = made.iter().map(|(part, _)| part.id).collect();
    let activity = told(&capacity, hand, &new, Done::Split.slug()).stating("parts", ids);
    let change = || Ok(app.store.split(&made, (new.root, hand.at))?);
    save(&app, (change, activity), (&row, &new, 0), (once, hand)).await
}

/// What the parts of a task come to, counted as it is asked.
#[utoipa::path(get, path = "/v1/tasks/{task}/rollup", tag = "tasks", operation_id = "rollUpTask",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = Rollup), (status = "4XX", body = ProblemBody)))]
async fn rollup(State(app): State<App>, caller: Caller, Path(id): Path<TaskId>) -> Result<Reply, Problem> {
    let tasks = &app.store.tasks;
    let row = tasks.row(id).await?;
    seen(&app, &caller, &row).await?;
    let pending = tasks.is_pending(row.root).await?;
    let stored = tasks.sum(row.parent(), id).await?;
    let children = tasks.children(id).await?;
    let sum = if row.split {
        roll_up(children.iter().map(|child| child.share.part(child.sum)))
    } else {
        task_records::Sum {
            progress: row.progress,
            leaves: 1,
            done: u32::from(row.state == task_records::TaskState::Done),
            version: row.version,
        }
    };
    Reply::ok(&Rollup::of(&row, (sum, &children), stored.as_ref(), (pending, app.clock.now())))
}
