//! HTTP in, HTTP out: who may see what was found, and who closes it.

use crate::App;
use authz::{Action, Scope};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Filter};
use finding_records::{Finding, FindingRow, Turn};
use http_api::{
    Caller, Idempotency, IfMatch, Json, Paging, Path, Problem, ProblemBody, Query, Reply, document, finish,
};
use kernel::{FindingId, Limit, Line, MemberId, OrgId, Page};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) =
        OpenApiRouter::with_openapi(document("findings", "发现：规则在记录中发现的问题，说明、消除与关闭"))
            .routes(routes!(list))
            .routes(routes!(mine))
            .routes(routes!(read))
            .routes(routes!(close))
            .with_state(app)
            .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

impl App {
    /// Writes down for each of `members` but the caller that the caller, by `scope` in the matters of `organization`, reads what was
    /// found about them.
    async fn seen(
        &self,
        caller: &Caller,
        members: impl IntoIterator<Item = MemberId>,
        (scope, organization): (&Scope, OrgId),
    ) -> Result<(), Problem> {
        let (by, role) = ((caller.member, self.clock.now()), scope.role().slug());
        Ok(self.store.readings.seen(members, by, (role, organization), "findings").await?)
    }
}

/// Which findings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The organisation; those below it are included.
    organization: OrgId,
    /// Whether those are asked for that are over.
    #[serde(default)]
    closed: bool,
    /// Only those of this rule.
    #[param(value_type = Option<String>)]
    rule: Option<Line<50>>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What rules found in the records of an organisation and those below it: by organisation, what is below first, earlier periods
/// first. Those that are open, or those that are over: their cause is gone, or a person closed them. Whom one is about sees who read it.
#[utoipa::path(get, path = "/v1/findings", tag = "findings", params(Wanted), security(("token" = [])),
    operation_id = "listFindings",
    responses((status = 200, body = Page<Finding>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let name = if wanted.closed { "closed-findings" } else { "findings" };
    let page = Paging::of(name, wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(wanted.organization).await?;
    let scope = caller.may_below(Action::ReadFinding, &node.path, node.kind.has_members())?;
    let filter = wanted.rule.iter().fold(Filter::default(), |filter, rule| filter.equals("rule", rule.as_str()));
    let found = app.store.list(&node.path, !wanted.closed, filter, page.place()).await?;
    let members: BTreeSet<_> = found.items.iter().filter_map(|one| one.member).collect();
    app.seen(&caller, members, (&scope, node.id)).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// What rules found about oneself, latest first, what is over included.
#[utoipa::path(get, path = "/v1/me/findings", tag = "findings", params(Limit), security(("token" = [])),
    operation_id = "myFindings",
    responses((status = 200, body = Page<Finding>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("my-findings", limit, cursor.as_deref())?;
    let found = app.store.of_person(caller.member, page.place()).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// One finding: rule and version, whom it is about, the period, the records that say so or what was looked for, and the article.
/// Whom it is about sees it as well.
#[utoipa::path(get, path = "/v1/findings/{finding}", tag = "findings", operation_id = "readFinding",
    params(("finding" = FindingId, Path)), security(("token" = [])),
    responses((status = 200, body = Finding), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<FindingId>) -> Result<Reply, Problem> {
    let finding = app.store.row(id).await?.finding;
    if finding.member != Some(caller.member) {
        let node = app.store.node(finding.organization).await?;
        let scope = caller.may(Action::ReadFinding, &node.path)?;
        app.seen(&caller, finding.member, (&scope, node.id)).await?;
    }
    Ok(Reply::ok(&finding)?.version(finding.version))
}

/// Why a finding is closed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = FindingReason)]
pub(crate) struct Why {
    /// Whoever sees the finding reads it, whom it is about among them.
    #[schema(value_type = String)]
    reason: Line<500>,
}

/// Closes a finding with a reason, for who leads the organisation or one above it, and never for whom it is about. It stays closed
/// although its cause goes on; what is put right needs no closing, for it is over by itself.
#[utoipa::path(post, path = "/v1/findings/{finding}/closure", tag = "findings", operation_id = "closeFinding",
    request_body = Why, params(("finding" = FindingId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")), security(("token" = [])),
    responses((status = 200, body = Finding), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<FindingId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(Why { reason }): Json<Why>,
) -> Result<Reply, Problem> {
    let old = app.store.row(id).await?;
    let node = app.store.node(old.finding.organization).await?;
    let scope = match old.finding.member {
        Some(member) => caller.may_for(Action::CloseFinding, member, &node.path)?,
        None => caller.may(Action::CloseFinding, &node.path)?,
    };
    based_on.require(old.finding.version)?;
    let now = app.clock.now();
    let row = FindingRow::new(old.finding.closed_by(caller.member, reason.clone(), now)?, node.path);
    let (finding, actor) = (&row.finding, Actor::person(caller.member, scope.role().slug()));
    let activity = Activity::new(now, actor, Turn::Closed.kind(), finding.organization, id.to_string())
        .stating("rule", &finding.rule)
        .stating("period", &finding.period);
    // What is written about a person stays with the finding: the trace is read by more people, and for longer.
    let activity = match finding.member {
        Some(member) => activity.stating("member", member),
        None => activity.stating("reason", &reason),
    };
    let change = app.store.close(&row, old.finding.version);
    let reply = Reply::ok(finding)?.version(finding.version);
    // The answer shows it.
    app.seen(&caller, finding.member, (&scope, node.id)).await?;
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
