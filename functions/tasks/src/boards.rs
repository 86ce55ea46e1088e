//! 挂图作战: how the organisations below a root task are getting on, and, where a manager says so, in which order.
//!
//! A board is made when it is read, from one query over the tree, which is bounded, and the sums of the root's parts.
//! Persons are never on it.

use crate::{
    App, domain,
    routes::{Capacity, told},
    store::RankingRow,
};
use authz::Action;
use axum::extract::State;
use dynamo::Read;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ErrorCode, Hand, Line, OrgId, TaskId, shanghai_day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use task_records::{Child, Colour, Listed, Part, TaskRow, TaskState, roll_up};
use utoipa::ToSchema;

/// The wall map of a root task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskBoard)]
struct Board {
    task: TaskId,
    #[schema(value_type = String)]
    title: Line<100>,
    colour: Colour,
    /// In basis points.
    progress: u16,
    /// By the organisation that the parts of the root were issued to, in the order of their ids.
    organizations: Vec<Place>,
    /// Whether a change somewhere in the tree is not in the figures yet.
    pending: bool,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// An organisation on the map.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskBoardPlace)]
struct Place {
    organization: OrgId,
    /// The worst of what is open.
    colour: Colour,
    /// Of its parts of the root by their weights, in basis points.
    progress: u16,
    /// Tasks that are not split and not done with.
    open: u32,
    /// Those of them whose limit is over.
    late: u32,
    /// Tasks that are not split and done.
    done: u32,
}

/// The organisations of a board: `parts` are those of the root, `tree` is all of it.
fn places(root: TaskId, parts: &[Child], tree: &[Listed], now: Timestamp) -> Vec<Place> {
    let counts = |child: &&Child| child.share.state != TaskState::Withdrawn;
    let mut by_place: BTreeMap<OrgId, (Place, Vec<Part>)> = BTreeMap::new();
    let mut place_of = BTreeMap::new();
    for child in parts.iter().filter(counts) {
        let organization = child.share.organization;
        place_of.insert(child.share.task, organization);
        let place = Place { organization, colour: Colour::Green, progress: 0, open: 0, late: 0, done: 0 };
        by_place.entry(organization).or_insert((place, Vec::new())).1.push(child.share.part(child.sum));
    }
    for leaf in tree.iter().filter(|task| !task.split && task.id != root) {
        let top = leaf.above.get(1).copied().unwrap_or(leaf.id);
        let Some((place, _)) = place_of.get(&top).and_then(|organization| by_place.get_mut(organization)) else {
            continue;
        };
        place.colour = place.colour.max(leaf.course.colour(leaf.progress, now));
        place.open += u32::from(leaf.course.state.is_open());
        place.late += u32::from(leaf.course.is_late(now));
        place.done += u32::from(leaf.course.state == TaskState::Done);
    }
    let summed = |(place, parts): (Place, Vec<Part>)| Place { progress: roll_up(parts).progress, ..place };
    by_place.into_values().map(summed).collect()
}

/// The root task of a board.
async fn root(app: &App, id: TaskId) -> Result<TaskRow, Problem> {
    let row = app.store.tasks.row(id).await?;
    if row.above.is_empty() && !row.is_whistle() { Ok(row) } else { Err(ErrorCode::NotFound.into()) }
}

/// What is on the board of `row`, and the progress of the whole.
async fn drawn(app: &App, row: &TaskRow, now: Timestamp) -> Result<(Vec<Place>, u16), Problem> {
    let parts = app.store.tasks.children(row.id).await?;
    let tree = app.store.tree(row.id).await?;
    let whole = roll_up(parts.iter().map(|child| child.share.part(child.sum))).progress;
    Ok((places(row.id, &parts, &tree, now), if row.split { whole } else { row.progress }))
}

/// The wall map of a root task: colour, progress and counts by organisation, as of now.
#[utoipa::path(get, path = "/v1/boards/{task}", tag = "tasks", operation_id = "readBoard",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = Board), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn board(State(app): State<App>, caller: Caller, Path(id): Path<TaskId>) -> Result<Reply, Problem> {
    let row = root(&app, id).await?;
    if caller.member != row.owner {
        caller.may(Action::ReadTask, &app.store.node(row.organization).await?.path)?;
    }
    let now = app.clock.now();
    let pending = app.store.tasks.is_pending(id).await?;
    let (organizations, progress) = drawn(&app, &row, now).await?;
    let colour = row.colour(progress, now);
    let title = row.title.clone();
    Reply::ok(&Board { task: id, title, colour, progress, organizations, pending, as_of: now })
}

/// The order of organisations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskRanking)]
struct Ranking {
    task: TaskId,
    items: Vec<Ranked>,
    /// The last day on which it is shown.
    #[schema(value_type = String, format = Date)]
    until: Date,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// An organisation in the order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskRank)]
struct Ranked {
    /// Those with the same progress share a rank, and the next ones are left out.
    rank: usize,
    organization: OrgId,
    /// In basis points.
    progress: u16,
}

/// Organisations by their progress, the one that is furthest first; ties share a rank.
fn ranked(mut places: Vec<Place>) -> Vec<Ranked> {
    places.sort_by_key(|place| (std::cmp::Reverse(place.progress), place.organization));
    let rank = |place: &Place| 1 + places.iter().filter(|other| other.progress > place.progress).count();
    let of = |place: &Place| Ranked { rank: rank(place), organization: place.organization, progress: place.progress };
    places.iter().map(of).collect()
}

/// Organisations in the order of their progress, where a manager turned that on. Never persons.
#[utoipa::path(get, path = "/v1/boards/{task}/ranking", tag = "tasks", operation_id = "readRanking",
    params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = Ranking), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn ranking(State(app): State<App>, caller: Caller, Path(id): Path<TaskId>) -> Result<Reply, Problem> {
    let row = root(&app, id).await?;
    caller.may(Action::ShowRanking, &app.store.node(row.organization).await?.path)?;
    let now = app.clock.now();
    let shown = app.store.ranking(id, Read::Eventual).await?;
    let shown = shown.filter(|ranking| ranking.shown && shanghai_day(now) <= ranking.until);
    let until = shown.ok_or(ErrorCode::RankingOff)?.until;
    let (places, _) = drawn(&app, &row, now).await?;
    Reply::ok(&Ranking { task: id, items: ranked(places), until, as_of: now })
}

/// Whether organisations are ranked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskRankingSwitch)]
pub(crate) struct Switch {
    shown: bool,
    /// The last day on which it is shown, at most a year from today.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// What was said about the ranking of a board.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskRankingState)]
struct Switched {
    shown: bool,
    #[schema(value_type = String, format = Date)]
    until: Date,
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Turns the ranking of a board on until a day, or off. Off is what it is when nobody says anything.
#[utoipa::path(put, path = "/v1/boards/{task}/ranking", tag = "tasks", operation_id = "showRanking",
    request_body = Switch, params(("task" = TaskId, Path)), security(("token" = [])),
    responses((status = 200, body = Switched), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn rank(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Idempotency(once): Idempotency,
    Json(Switch { shown, until, reason }): Json<Switch>,
) -> Result<Reply, Problem> {
    let row = root(&app, id).await?;
    let scope = caller.may(Action::ShowRanking, &app.store.node(row.organization).await?.path)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let today = shanghai_day(hand.at);
    let last = today.saturating_add(1.year());
    if !(today..=last).contains(&until) {
        let (zh, en) = (format!("应在今天至 {last} 之间"), format!("must lie between today and {last}"));
        return Err(domain::field("/until", zh, en).into());
    }
    let old = app.store.ranking(id, Read::Consistent).await?;
    let what = if shown { "ranking-shown" } else { "ranking-hidden" };
    let activity = told(&Capacity::Office(scope), hand, &row, what).stating("until", until).stating("reason", &reason);
    let reply = Reply::ok(&Switched { shown, until, reason: reason.clone() })?;
    let change = app.store.rank(old.as_ref(), RankingRow::new(id, (shown, until, reason), hand.by, hand.at));
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_a_rank() {
        let place = |n: u8, progress| Place {
            organization: OrgId::from_bytes(u64::from(n), [n; 10]),
            colour: Colour::Green,
            progress,
            open: 0,
            late: 0,
            done: 0,
        };
        let ranked = ranked(vec![place(1, 100), place(2, 900), place(3, 900), place(4, 50)]);
        let ranks: Vec<_> = ranked.iter().map(|ranked| (ranked.rank, ranked.progress)).collect();
        assert_eq!(ranks, [(1, 900), (1, 900), (3, 100), (4, 50)]);
    }
}
