//! HTTP in, HTTP out: moving, merging and dissolving organisations.

use super::{Changed, activity, open};
use crate::{
    App,
    domain::{self, Relocation},
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor, Once};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::civil::Date;
use kernel::{ErrorCode, Line, OrgId, Refusal, Text, shanghai_day};
use register::{Appointment, Node, StarState};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// Organisations that one move takes along at most: they share a transaction, which has room for a hundred actions.
const MOVED: u16 = 80;
/// Appointments and applications for stars that end with their organisation at most, for the same reason.
const ENDED: usize = 30;

/// Where an organisation is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Move {
    /// What it will stand directly below.
    parent: OrgId,
    /// The day of the decision.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    decision: Line<100>,
}

/// Moves an organisation with all below it. Lists of members follow within minutes.
#[utoipa::path(post, path = "/v1/organizations/{organization}/move", tag = "organizations", operation_id = "moveOrganization",
    request_body = Move, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn relocate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(Move { parent, on, reason, decision }): Json<Move>,
) -> Result<Reply, Problem> {
    let row = app.tree.row(id).await?;
    let scope = caller.may(Action::RestructureOrganization, &row.node.path)?;
    let parent = app.tree.row(parent).await?.node;
    caller.may(Action::FoundOrganization, &parent.path)?;
    open(&row.node)?;
    if row.pending.is_some() {
        let zh = "党员名册仍在跟进上一次调整，请几分钟后再试";
        let en = "the register is still following the last move; try again in a few minutes";
        return Err(Refusal::new(ErrorCode::Conflict).because(Text::of(zh, en)).retry_after(60).into());
    }
    let rows = app.tree.moving(&row, MOVED).await?.ok_or(ErrorCode::MoveTooLarge)?;
    let now = app.clock.now();
    let old: Vec<Node> = rows.iter().map(|row| row.node.clone()).collect();
    let relocation = Relocation { node: &row.node, parent: &parent, on };
    let new = domain::relocate(relocation, &old, now, shanghai_day(now))?;
    let moved = new.first().ok_or(ErrorCode::Conflict)?;

    let with: Vec<_> = new.iter().skip(1).map(|node| node.id).collect();
    let mut activity = activity(&caller, &scope, "organization.moved", id, now);
    activity.before = json!({ "path": row.node.path, "parent": row.node.path.parent() });
    activity.after = json!({
        "path": moved.path,
        "parent": parent.id,
        "on": on,
        "reason": reason,
        "decision": decision,
        "with": with,
    });
    let change = app.tree.relocate(&row, &rows, &new, &parent);
    let reply = Reply::ok(&Changed { node: moved, warnings: Vec::new() })?.version(moved.version);
    Ok(app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Into which organisation another one is merged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Merger {
    /// Of the same kind.
    into: OrgId,
    /// The day of the decision, the last one of its officers.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    decision: Line<100>,
}

/// Merges an organisation that members and organisations have left, and whose dues are settled, into another one. A star review that
/// it takes part in ends with it.
#[utoipa::path(post, path = "/v1/organizations/{organization}/merge", tag = "organizations", operation_id = "mergeOrganization",
    request_body = Merger, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn merge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(Merger { into, on, reason, decision }): Json<Merger>,
) -> Result<Reply, Problem> {
    Box::pin(close(&app, &caller, id, Some(into), Dissolution { on, reason, decision }, once)).await
}

/// That an organisation is to be dissolved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Dissolution {
    /// The day of the decision, the last one of its officers.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    decision: Line<100>,
}

/// Dissolves an organisation that members and organisations have left, and whose dues are settled. A star review that it takes part
/// in ends with it.
#[utoipa::path(post, path = "/v1/organizations/{organization}/dissolution", tag = "organizations", operation_id = "dissolveOrganization",
    request_body = Dissolution, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn dissolve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(dissolution): Json<Dissolution>,
) -> Result<Reply, Problem> {
    Box::pin(close(&app, &caller, id, None, dissolution, once)).await
}

/// What the trace tells when `actor` closed the organisation `old`, which is `new` since then, and ended appointments with it; with
/// reason and decision.
pub(crate) fn closed(
    actor: &Actor,
    (old, new): (&Node, &Node),
    ended: &[Appointment],
    (reason, decision): (&Line<500>, &Line<100>),
) -> Vec<Activity> {
    let kind = if new.merged_into.is_some() { "organization.merged" } else { "organization.dissolved" };
    let tell = |kind, subject: String| Activity::new(new.updated_at, actor.clone(), kind, new.id, subject);
    let organization = tell(kind, new.id.to_string())
        .between(&json!(old), &json!(new))
        .stating("reason", reason)
        .stating("decision", decision);
    let offices = ended.iter().map(|held| {
        let mut activity = tell("officer.ended", held.holder.to_string());
        activity.before = json!({ "appointment": held.id, "role": held.role, "from": held.from });
        activity.after = json!({ "until": new.closed_on, "reason": reason });
        activity
    });
    [organization].into_iter().chain(offices).collect()
}

/// Closes an organisation: the name is free again, officers leave, what is open of star reviews ends, the record stays.
async fn close(
    app: &App,
    caller: &Caller,
    id: OrgId,
    into: Option<OrgId>,
    Dissolution { on, reason, decision }: Dissolution,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let old = app.tree.row(id).await?;
    let scope = caller.may(Action::RestructureOrganization, &old.node.path)?;
    let into = match into {
        Some(into) => Some(app.tree.row(into).await?.node),
        None => None,
    };
    if let Some(into) = &into {
        caller.may(Action::RestructureOrganization, &into.path)?;
    }
    open(&old.node)?;
    let now = app.clock.now();
    let new = domain::closing(&old.node, into.as_ref(), on, now, shanghai_day(now))?;
    // The counters before what they count: whatever comes after is noticed when the change is made.
    let (below, (appointments, counted), stars) =
        tokio::try_join!(app.tree.below(id), app.tree.offices_of(id), Box::pin(app.tree.stars_of(&old.node)))?;
    let (moving, organization, member, came) = tokio::try_join!(
        app.tree.is_moving(&old.node, now),
        app.tree.any_below(id),
        app.tree.any_member(&old.node.path),
        app.tree.anybody_came(id, now)
    )?;
    if organization || member {
        return Err(ErrorCode::NotEmpty.into());
    }
    if moving || came {
        let zh = "该组织或其党员刚有变动，请几分钟后再试";
        let en = "the organisation changed, or somebody came to it, just now; try again in some minutes";
        return Err(Refusal::new(ErrorCode::Conflict).because(Text::of(zh, en)).retry_after(60).into());
    }
    if !app.tree.is_settled(id, now).await? {
        let zh = "该组织党费账簿仍有库存、待清算、在途或待查款项，或有未办结的党费事项，请先上缴、办结";
        let en = "its book of dues holds money, or a matter of dues waits there: send it up and settle that first";
        return Err(Refusal::new(ErrorCode::NotEmpty).because(Text::of(zh, en)).into());
    }
    let open = appointments.iter().filter(|held| held.until.is_none_or(|until| until > on));
    let ended: Vec<_> = open.map(|held| domain::ended(held, on)).collect();
    let applied = stars.as_ref().map_or(0, |stars| stars.applications.len());
    if ended.len() + applied > ENDED {
        let zh = format!("任职人员和未结束的创星申报超过 {ENDED} 项，请先办理部分免职");
        let en = format!("more than {ENDED} appointments and open applications for stars; end some appointments first");
        return Err(Refusal::new(ErrorCode::NotEmpty).because(Text::of(zh, en)).into());
    }

    let actor = Actor::person(caller.member, scope.role().slug());
    let closed = closed(&actor, (&old.node, &new), &ended, (&reason, &decision));
    let reviews = stars.iter().flat_map(|stars| &stars.applications).map(|ending| {
        let mut activity = activity(caller, &scope, "star.closed", id, now);
        activity.subject = ending.id.to_string();
        activity
            .stating("year", ending.year)
            .stating("state", StarState::BranchClosed)
            .stating("version", ending.version + 1)
    });
    let activities: Vec<_> = closed.into_iter().chain(reviews).collect();
    let change = app.tree.close(&old, &new, into.as_ref(), (below, counted), (&ended, stars.as_ref()));
    let reply = Reply::ok(&Changed { node: &new, warnings: Vec::new() })?.version(new.version);
    Ok(app.tree.ledger.commit(change, activities, once.as_ref(), reply.into_answer()).await?.into())
}
