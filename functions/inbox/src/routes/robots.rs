//! HTTP in, HTTP out: the group chats of an organisation.

use crate::{App, domain};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, OrgId, Page};
use notices::{RobotRow, RobotService, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A robot as officers see it: its secrets are never shown again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Robot)]
struct RobotView {
    /// The service.
    service: RobotService,
    /// The end of its token.
    token: String,
    /// Whether its messages are signed.
    signed: bool,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    set_at: Timestamp,
}

impl From<&RobotRow> for RobotView {
    fn from(row: &RobotRow) -> Self {
        let (service, token, set_at) = (row.service, row.masked.clone(), row.set_at);
        Self { service, token, signed: row.is_signed(), set_at }
    }
}

/// The robots through which an organisation is told that something waits for it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/robots", tag = "inbox",
    params(("organization" = OrgId, Path)), security(("token" = [])), operation_id = "listRobots",
    responses((status = 200, body = Page<RobotView>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, Path(id): Path<OrgId>) -> Result<Reply, Problem> {
    let node = app.organizations.node(id).await?;
    caller.may(Action::ManageRobots, &node.path)?;
    let rows = app.inbox.robots(id).await?;
    Reply::ok(&Page { items: rows.iter().map(RobotView::from).collect::<Vec<_>>(), next: None })
}

/// A robot as its service shows it to whoever makes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRobot {
    /// The key in the address of its webhook, not the address itself.
    token: Token,
    /// What its messages are signed with: needed for 钉钉 and 飞书, and 企业微信 has none.
    secret: Option<Token>,
}

/// Sets the robot of an organisation at a service, or replaces it. Its secrets are encrypted and never shown again.
#[utoipa::path(put, path = "/v1/organizations/{organization}/robots/{service}", tag = "inbox",
    request_body = NewRobot, params(("organization" = OrgId, Path), ("service" = RobotService, Path)),
    security(("token" = [])), operation_id = "setRobot",
    responses((status = 200, body = RobotView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn set(
    State(app): State<App>,
    caller: Caller,
    Path((id, service)): Path<(OrgId, RobotService)>,
    Idempotency(once): Idempotency,
    Json(NewRobot { token, secret }): Json<NewRobot>,
) -> Result<Reply, Problem> {
    let node = app.organizations.node(id).await?;
    let scope = caller.may(Action::ManageRobots, &node.path)?;
    let robot = domain::robot(service, token, secret)?;
    let version = app.inbox.robot(id, service).await?.map_or(1, |old| old.version + 1);
    let now = app.clock.now();
    let row = RobotRow::sealed(&app.vault, id, &robot, version, (caller.member, now)).map_err(Problem::internal)?;
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity = Activity::new(now, actor, "robot.set", id, id.to_string()).stating("service", service);
    let reply = Reply::ok(&RobotView::from(&row))?;
    let change = app.inbox.keep_robot(&row);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Takes the robot of an organisation at a service away.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/robots/{service}", tag = "inbox",
    params(("organization" = OrgId, Path), ("service" = RobotService, Path)),
    security(("token" = [])), operation_id = "removeRobot",
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((id, service)): Path<(OrgId, RobotService)>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let node = app.organizations.node(id).await?;
    let scope = caller.may(Action::ManageRobots, &node.path)?;
    let row = app.inbox.robot(id, service).await?.ok_or(ErrorCode::NotFound)?;
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity =
        Activity::new(app.clock.now(), actor, "robot.removed", id, id.to_string()).stating("service", service);
    let change = app.inbox.drop_robot(&row);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), Reply::nothing().into_answer()).await?.into())
}
