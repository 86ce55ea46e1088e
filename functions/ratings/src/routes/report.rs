//! What everybody may know, and how stars are shared.

use crate::{
    App,
    domain::{Rules, StarReport},
    views::StarNotice,
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Limit, OrgId, Page, known_year};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which report is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportWanted {
    #[param(minimum = 1992, maximum = 2200)]
    year: i16,
    /// The organisation; those below it are included.
    organization: OrgId,
}

/// Stars of a year that are under public notice or awarded, in one's own tree, by when branches applied. During the notice any
/// member can object.
#[utoipa::path(get, path = "/v1/star-notices/{year}", tag = "ratings", operation_id = "listStarNotices",
    params(("year" = i16, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<StarNotice>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn shown(
    State(app): State<App>,
    caller: Caller,
    Path(year): Path<i16>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("star-notices", limit, cursor.as_deref())?;
    let committee = app.store.home(caller.member).await?.committee;
    let found = app.store.shown(committee, year, page.place()).await?;
    let rules = Rules::get()?;
    let items = found.items.into_iter().filter_map(|listed| StarNotice::of(listed, rules));
    Reply::ok(&page.holding(items.collect(), found.after))
}

/// How the stars that were awarded in a year are shared at and below an organisation, and in each directly below it. Shares that the
/// sheet names stand beside it; no star is taken from anybody for them.
#[utoipa::path(get, path = "/v1/star-report", tag = "ratings", operation_id = "readStarReport", params(ReportWanted),
    security(("token" = [])), responses((status = 200, body = StarReport), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn report(
    State(app): State<App>,
    caller: Caller,
    Query(ReportWanted { year, organization }): Query<ReportWanted>,
) -> Result<Reply, Problem> {
    let year = known_year(year)?;
    let node = app.store.node(organization).await?;
    caller.may_below(Action::ReadStars, &node.path, node.kind.has_members())?;
    let sheet = app.store.sheet(node.path.root_id().unwrap_or(node.id), year).await?;
    let awarded = app.store.awarded(&node.path, year).await?;
    let awarded = awarded.iter().map(|(path, star)| (path, *star));
    Reply::ok(&StarReport::of((year, node.id, &node.path), awarded, sheet.as_ref(), Rules::get()?))
}
