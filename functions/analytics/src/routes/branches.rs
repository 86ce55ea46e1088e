//! All branches at one look.

use super::may;
use crate::{
    App,
    domain::{Overview, Standing, overview},
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Limit, OrgId, Page};

/// Branches on one page, at most.
const MOST: u16 = 50;

/// The branches below an organisation, one by one, as they stand: of each what its own overview has, as of the last night, as far
/// as the caller may read what is counted. They come as they stand in the tree and are never ordered by a number; those that are closed
/// are left out. A page has fifty at most.
#[utoipa::path(get, path = "/v1/organizations/{organization}/branches/status", tag = "analytics",
    operation_id = "listBranchStatus", params(("organization" = OrgId, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<Overview>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn status(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("branch-status", limit, cursor.as_deref())?;
    let node = app.store.node(id).await?;
    caller.may_below(Action::ReadOrganization, &node.path, node.kind.has_members())?;
    let ((after, size), scored) = (page.place(), may(&caller, Action::ReadScores, &node));
    let found = Box::pin(app.store.standings(&node.path, (after, size.min(MOST)), scored, app.today())).await?;
    let told = |Standing { branch, known, scored }: Standing| {
        overview(&branch, &known, scored, |action| may(&caller, action, &branch))
    };
    Reply::ok(&page.holding(found.items.into_iter().map(told).collect(), found.after))
}
