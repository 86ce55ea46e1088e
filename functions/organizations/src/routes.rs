//! HTTP in, HTTP out: one organisation.

mod lists;
mod officers;
mod restructure;
mod terms;

pub(crate) use restructure::closed;

use crate::{
    App,
    domain::{Edit, Founding, Rules, Warning},
};
use authz::{Action, Scope};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Read};
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply, document, finish};
use jiff::Timestamp;
use kernel::{ErrorCode, OrgId, Refusal, shanghai_day};
use register::Node;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.tree.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("organizations", "组织树：设置、届期、任职"))
        .routes(routes!(found))
        .routes(routes!(read, edit))
        .routes(routes!(lists::children))
        .routes(routes!(lists::subtree))
        .routes(routes!(lists::elections))
        .routes(routes!(restructure::relocate))
        .routes(routes!(restructure::merge))
        .routes(routes!(restructure::dissolve))
        .routes(routes!(terms::begin))
        .routes(routes!(terms::shift))
        .routes(routes!(officers::list, officers::appoint))
        .routes(routes!(officers::end))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// An organisation after a change, with what a rule calls unusual about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationChange)]
struct Changed<'a> {
    #[serde(flatten)]
    node: &'a Node,
    /// What a rule calls unusual and does not forbid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

/// An activity in the matters of `organization`, done by the office that `scope` came from.
fn activity(caller: &Caller, scope: &Scope, kind: &str, organization: OrgId, now: Timestamp) -> Activity {
    Activity::new(now, Actor::person(caller.member, scope.role().slug()), kind, organization, organization)
}

/// What the trace tells when `actor` founded an organisation at the instant `now`, whoever brought it in: as it was asked
/// for, as it is, and what a rule of `rules` calls unusual about it.
#[must_use]
pub fn founded(
    founding: &Founding,
    (node, warnings): (&Node, &[Warning]),
    rules: &Rules,
    now: Timestamp,
    actor: Actor,
) -> Activity {
    Activity::new(now, actor, "organization.founded", node.id, node.id)
        .between(&json!({}), &json!(node))
        .stating("parent", founding.parent)
        .stating("fullMembers", founding.full_members)
        .stating("decision", &founding.decision)
        .stating("rules", &rules.version)
        .stating("warnings", warnings)
}

/// Refuses to change what is dissolved or merged.
fn open(node: &Node) -> Result<(), Refusal> {
    if node.closed_on.is_some() { Err(ErrorCode::OrganizationClosed.into()) } else { Ok(()) }
}

/// Founds an organisation below another one. Roots come with the installation.
#[utoipa::path(post, path = "/v1/organizations", tag = "organizations", operation_id = "foundOrganization",
    request_body = Founding, security(("token" = [])),
    responses((status = 201, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
async fn found(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(founding): Json<Founding>,
) -> Result<Reply, Problem> {
    let parent = app.tree.row(founding.parent).await?.node;
    let scope = caller.may(Action::FoundOrganization, &parent.path)?;
    open(&parent)?;
    let now = app.clock.now();
    let (node, warnings) = founding.found(OrgId::new(now), &parent, app.rules, now, shanghai_day(now))?;

    let activity =
        founded(&founding, (&node, &warnings), app.rules, now, Actor::person(caller.member, scope.role().slug()));
    let change = app.tree.found(&parent, &node);
    let location = format!("/v1/organizations/{}", node.id);
    let reply = Reply::created(location, &Changed { node: &node, warnings })?.version(node.version);
    Ok(app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// An organisation. Its members may read it and those above it, without an office.
#[utoipa::path(get, path = "/v1/organizations/{organization}", tag = "organizations", operation_id = "readOrganization",
    params(("organization" = OrgId, Path)), security(("token" = [])),
    responses((status = 200, body = Node), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<OrgId>) -> Result<Reply, Problem> {
    let node = app.tree.node(id).await?;
    if let Err(refusal) = caller.may(Action::ReadOrganization, &node.path)
        && !belongs(&app, &caller, id).await?
    {
        return Err(refusal.into());
    }
    Ok(Reply::ok(&node)?.version(node.version))
}

/// Whether the caller is on the rolls of the organisation `id` or of one below it.
async fn belongs(app: &App, caller: &Caller, id: OrgId) -> Result<bool, Problem> {
    let Some(person) = app.tree.person(caller.member, Read::Eventual).await? else { return Ok(false) };
    if !person.state.is_current() {
        return Ok(false);
    }
    // The path in the person's record is a copy; the tree itself decides.
    Ok(app.tree.node(person.organization).await?.path.passes(id))
}

/// Changes the particulars of an organisation.
#[utoipa::path(patch, path = "/v1/organizations/{organization}", tag = "organizations", operation_id = "editOrganization",
    request_body = Edit, security(("token" = [])),
    params(("organization" = OrgId, Path), ("If-Match" = String, Header, description = "The `ETag` of the record that the change is based on.")),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(edit): Json<Edit>,
) -> Result<Reply, Problem> {
    let old = app.tree.row(id).await?;
    let scope = caller.may(Action::EditOrganization, &old.node.path)?;
    open(&old.node)?;
    based_on.require(old.node.version)?;
    let full_members = if edit.parts_units(&old.node) {
        let count = app.tree.full_members(&old.node.path).await?;
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    } else {
        None
    };
    let now = app.clock.now();
    let (new, warnings) = edit.apply(&old.node, full_members, app.rules, now)?;

    let activity = activity(&caller, &scope, "organization.edited", id, now)
        .between(&json!(old.node), &json!(new))
        .stating("rules", &app.rules.version)
        .stating("warnings", &warnings);
    let change = app.tree.edit(&old, &new);
    let reply = Reply::ok(&Changed { node: &new, warnings })?.version(new.version);
    let answer = app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await;
    // Somebody was faster: the version in `If-Match` is not the present one any more.
    let answer =
        answer.map_err(|error| if error.is_conflict() { ErrorCode::Stale.into() } else { Problem::from(error) })?;
    Ok(answer.into())
}
