//! HTTP in, HTTP out: terms of office.

use super::{Changed, activity, open};
use crate::{App, domain};
use authz::{Action, Scope};
use axum::extract::State;
use dynamo::Once;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, OrgId, shanghai_day};
use register::{Node, NodeRow, Term};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An election that was held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Election {
    /// The day of the election.
    #[schema(value_type = String, format = Date)]
    elected_on: Date,
    /// Number or title of the paper that approved it.
    #[schema(value_type = String)]
    decision: Line<100>,
}

/// Records an election: a new term begins, as long as the rule says.
#[utoipa::path(post, path = "/v1/organizations/{organization}/terms", tag = "organizations", operation_id = "beginTerm",
    request_body = Election, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(Election { elected_on, decision }): Json<Election>,
) -> Result<Reply, Problem> {
    let old = app.tree.row(id).await?;
    let scope = caller.may(Action::ManageTerm, &old.node.path)?;
    open(&old.node)?;
    let now = app.clock.now();
    let (term, article) = domain::elected(&old.node, elected_on, app.rules, shanghai_day(now))?;
    let told = json!({ "decision": decision, "rules": app.rules.version, "article": article });
    save(Saving { app: &app, caller: &caller, scope, now, kind: "organization.elected", told }, &old, term, once).await
}

/// A day for an election other than the end of the term.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TermShift {
    /// At most a year before or after the end of the term.
    #[schema(value_type = String, format = Date)]
    due_on: Date,
    /// Why.
    #[schema(value_type = String)]
    reason: Line<500>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    decision: Line<100>,
}

/// Brings an election forward or puts it off.
#[utoipa::path(post, path = "/v1/organizations/{organization}/term-shift", tag = "organizations", operation_id = "shiftTerm",
    request_body = TermShift, security(("token" = [])), params(("organization" = OrgId, Path)),
    responses((status = 200, body = Changed<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn shift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Idempotency(once): Idempotency,
    Json(TermShift { due_on, reason, decision }): Json<TermShift>,
) -> Result<Reply, Problem> {
    let old = app.tree.row(id).await?;
    let scope = caller.may(Action::ManageTerm, &old.node.path)?;
    open(&old.node)?;
    let now = app.clock.now();
    let term = domain::shifted(&old.node, due_on, app.rules)?;
    let told = json!({ "reason": reason, "decision": decision, "rules": app.rules.version });
    save(Saving { app: &app, caller: &caller, scope, now, kind: "organization.term-shifted", told }, &old, term, once)
        .await
}

/// What a new term is saved with.
struct Saving<'a> {
    app: &'a App,
    caller: &'a Caller,
    scope: Scope,
    now: Timestamp,
    kind: &'a str,
    /// What the activity says beside the term.
    told: Value,
}

async fn save(saving: Saving<'_>, old: &NodeRow, term: Term, once: Option<Once>) -> Result<Reply, Problem> {
    let Saving { app, caller, scope, now, kind, told } = saving;
    let new = Node { term: Some(term), version: old.node.version + 1, updated_at: now, ..old.node.clone() };
    let mut activity = activity(caller, &scope, kind, new.id, now);
    activity.before = json!({ "term": old.node.term });
    activity.after = told;
    let activity = activity.stating("term", term);
    let change = app.tree.edit(old, &new);
    let reply = Reply::ok(&Changed { node: &new, warnings: Vec::new() })?.version(new.version);
    Ok(app.tree.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
