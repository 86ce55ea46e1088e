//! HTTP in, HTTP out: lists of organisations.

use crate::App;
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{Limit, Line, OrgId, OrgPath, Page, add_months, shanghai_day};
use register::{BranchType, Node, OrgKind, Term};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The organisations directly below one, higher levels first, then by name.
#[utoipa::path(get, path = "/v1/organizations/{organization}/children", tag = "organizations", operation_id = "listChildren",
    params(("organization" = OrgId, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<Node>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn children(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("children", limit, cursor.as_deref())?;
    let node = app.tree.node(id).await?;
    caller.may(Action::ReadOrganization, &node.path)?;
    let (after, size) = page.place();
    let found = app.tree.children(id, after, size).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// Which organisations of a subtree are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only this level. A page may come back short then, with a cursor.
    kind: Option<OrgKind>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// An organisation and all below it, each before those below it. What is closed is not among them.
#[utoipa::path(get, path = "/v1/organizations/{organization}/subtree", tag = "organizations", operation_id = "listSubtree",
    params(("organization" = OrgId, Path), Wanted), security(("token" = [])),
    responses((status = 200, body = Page<Node>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn subtree(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("subtree", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.tree.node(id).await?;
    caller.may(Action::ReadOrganization, &node.path)?;
    let (after, size) = page.place();
    let found = app.tree.subtree(&node.path, wanted.kind, after, size).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// Which elections are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Ahead {
    /// Due on this day or before it; six months ahead when left out (支部条例 §21).
    #[param(value_type = Option<String>, format = Date)]
    due_before: Option<Date>,
    /// At most this many, 1 to 200; 50 when left out. A page may come back short, with a cursor.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// An election that is due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DueElection {
    organization: OrgId,
    #[schema(value_type = String)]
    path: OrgPath,
    #[schema(value_type = String)]
    name: Line<60>,
    kind: OrgKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_type: Option<BranchType>,
    term: Term,
    /// 逾期未换届: the day has passed.
    overdue: bool,
}

impl DueElection {
    fn of(node: Node, today: Date) -> Option<Self> {
        let term = node.term?;
        Some(Self {
            organization: node.id,
            path: node.path,
            name: node.name,
            kind: node.kind,
            branch_type: node.branch_type,
            term,
            overdue: term.due_on < today,
        })
    }
}

/// Elections that are due in an organisation and those below it, in the order of the tree. Before the first election
/// nothing is due.
#[utoipa::path(get, path = "/v1/organizations/{organization}/elections", tag = "organizations", operation_id = "listElections",
    params(("organization" = OrgId, Path), Ahead), security(("token" = [])),
    responses((status = 200, body = Page<DueElection>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn elections(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(due): Query<Ahead>,
) -> Result<Reply, Problem> {
    let page = Paging::of("elections", due.limit, due.cursor.as_deref())?;
    let node = app.tree.node(id).await?;
    caller.may(Action::ReadOrganization, &node.path)?;
    let today = shanghai_day(app.clock.now());
    let by = due.due_before.unwrap_or_else(|| add_months(today, app.rules.election_reminder.months));
    let (after, size) = page.place();
    let found = app.tree.due(&node.path, by, after, size).await?;
    let items: Vec<_> = found.items.into_iter().filter_map(|node| DueElection::of(node, today)).collect();
    Reply::ok(&page.holding(items, found.after))
}
