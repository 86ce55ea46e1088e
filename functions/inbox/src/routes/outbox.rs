//! HTTP in, HTTP out: messages that failed for good, for whoever runs the system.

use crate::{App, domain};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::Timestamp;
use kernel::{DeliveryId, Line, OrgId, Page};
use notices::{Channel, DeliveryRow, DeliveryState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A message as whoever runs the system sees it: neither whom it is for nor what it says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
struct DeliveryView<'a> {
    /// Its id.
    id: DeliveryId,
    /// The organisation that it is for, or whose member.
    organization: OrgId,
    /// What it goes over.
    channel: Channel,
    /// How far it is.
    state: DeliveryState,
    /// How often it was tried.
    tries: u32,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

impl<'a> From<&'a DeliveryRow> for DeliveryView<'a> {
    fn from(row: &'a DeliveryRow) -> Self {
        let DeliveryRow { id, organization, channel, state, tries, made_at, .. } = *row;
        Self { id, organization, channel, state, tries, reason: row.reason.as_deref(), made_at }
    }
}

/// Whose messages are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Dead letters: messages that were tried as often as allowed, by the place that their recipients had then. The root of
/// the tree has those of the whole installation.
#[utoipa::path(get, path = "/v1/outbox/dead-letters", tag = "inbox", params(Whose), security(("token" = [])),
    operation_id = "listDeadLetters",
    responses((status = 200, body = Page<DeliveryView<'_>>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn dead_letters(
    State(app): State<App>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Result<Reply, Problem> {
    let page = Paging::of("dead-letters", whose.limit, whose.cursor.as_deref())?;
    let node = app.organizations.node(whose.organization).await?;
    caller.may(Action::ManageOutbox, &node.path)?;
    let found = app.inbox.dead(&node.path, page.place()).await?;
    Reply::ok(&page.holding(found.items.iter().map(DeliveryView::from).collect(), found.after))
}

/// Why a message is sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ResendReason)]
pub(super) struct Why {
    /// It is kept in the trace.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Sends a dead letter again, with all its tries before it.
#[utoipa::path(post, path = "/v1/outbox/dead-letters/{delivery}/resend", tag = "inbox", request_body = Why,
    params(("delivery" = DeliveryId, Path)), security(("token" = [])), operation_id = "resendDeadLetter",
    responses((status = 200, body = DeliveryView<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn resend(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<DeliveryId>,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let old = app.inbox.delivery(id).await?;
    let node = app.organizations.node(old.organization).await?;
    let scope = caller.may(Action::ManageOutbox, &node.path)?;
    domain::is_dead(&old)?;
    let now = app.clock.now();
    let new = old.revived(now);
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity = Activity::new(now, actor, "delivery.resent", node.id, id.to_string())
        .stating("channel", old.channel)
        .stating("failedBecause", &old.reason)
        .stating("reason", reason);
    let reply = Reply::ok(&DeliveryView::from(&new))?;
    let change = app.inbox.advance(&old, &new);
    Ok(app.inbox.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
