//! HTTP in, HTTP out: who may see which numbers.

mod branches;
mod cubes;

use crate::{
    App,
    domain::{
        Overview, Series, Sight, by_kind, by_type, counts_members, dues, last_read, members, org_life, overview, study,
    },
};
use authz::Action;
use axum::{Router, extract::State};
use counter_records::{Breakdown, Rules};
use dues_records::Month;
use http_api::{Caller, Path, Problem, ProblemBody, Query, Reply, document, finish};
use jiff::civil::Date;
use kernel::{ErrorCode, OrgId, OrgPath, known_year, shanghai_day};
use register::Node;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(document(
        "analytics",
        "分析：总览、支部概况、图表、党组织与党员构成、覆盖率、学时、党费",
    ))
    .routes(routes!(of_organization))
    .routes(routes!(charts))
    .routes(routes!(branches::status))
    .routes(routes!(cubes::cube))
    .with_state(app)
    .split_for_parts();
    (finish(router, None), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

impl App {
    fn today(&self) -> Date {
        shanghai_day(self.clock.now())
    }
}

/// Whether `caller` may do `action` at `node` and to all that is below it.
fn may(caller: &Caller, action: Action, node: &Node) -> bool {
    caller.may_below(action, &node.path, node.kind.has_members()).is_ok()
}

/// What `caller`, who may read of the members of `node`, sees of groups of them. From two levels of the tree hidden ones could be
/// computed, so who does not keep the register sees groups at one of them.
fn sight(caller: &Caller, node: &Node) -> Result<Sight, Problem> {
    if may(caller, Action::EditMember, node) {
        return Ok(Sight::Whole);
    }
    let above: Option<OrgPath> = node.path.upto(node.path.depth().saturating_sub(1)).parse().ok();
    let reads_above = above.is_some_and(|above| caller.may_below(Action::ReadMember, &above, false).is_ok());
    Ok(if reads_above { Sight::Total } else { Sight::Groups(Rules::get()?.least_group) })
}

/// The months of a year, to the one `after` its end.
fn year(year: i16, after: i32) -> Result<(Month, Month), Problem> {
    let first = Month::new(known_year(year)?, 1).ok_or(ErrorCode::Internal)?;
    Ok((first, first.after(11 + after)))
}

/// Which month is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OverviewMonth {
    /// The last one of which there are sums when it is left out.
    month: Option<Month>,
}

/// An organisation with all that is below it, in numbers: organisations, members, org life, tasks, dues, study, findings and the
/// averages of branches' scores, each with the day that it reaches, as far as the caller may read what is counted. Of a branch what
/// was recorded is that of this minute, of organisations above branches everything is that of the last night.
#[utoipa::path(get, path = "/v1/organizations/{organization}/overview", tag = "analytics", operation_id = "readOverview",
    params(("organization" = OrgId, Path), OverviewMonth), security(("token" = [])),
    responses((status = 200, body = Overview), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_organization(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(OverviewMonth { month }): Query<OverviewMonth>,
) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may_below(Action::ReadOrganization, &node.path, node.kind.has_members())?;
    let known = app.store.of_month(&node, month, app.today()).await?;
    let scored = if may(&caller, Action::ReadScores, &node) { app.store.stars(&node, &known).await? } else { None };
    Reply::ok(&overview(&node, &known, scored, |action| may(&caller, action, &node)))
}

/// Series that are ready to be drawn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationCharts)]
pub(crate) struct Charts {
    organization: OrgId,
    charts: Vec<Series>,
}

/// What is drawn of an organisation with all that is below it: organisations, make-up of members, org life, study and dues of this
/// year, as far as the caller may read what is counted. Each is the series that the cube of its name gives.
#[utoipa::path(get, path = "/v1/organizations/{organization}/charts", tag = "analytics", operation_id = "readCharts",
    params(("organization" = OrgId, Path)), security(("token" = [])),
    responses((status = 200, body = Charts), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn charts(State(app): State<App>, caller: Caller, Path(id): Path<OrgId>) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may_below(Action::ReadOrganization, &node.path, node.kind.has_members())?;
    let (today, rules) = (app.today(), Rules::get()?);
    let [studies, pays] = [Action::ReadStudyRecords, Action::ReadDues].map(|action| may(&caller, action, &node));
    // On the first day of a month the last sums are those of the month before, whose year is drawn then.
    let (before, this_month) = (Month::of(today).after(-1), Month::of(today));
    let first = if studies || pays { year(before.year(), 0)?.0 } else { before };
    let recorded = app.store.year(&node, (first, this_month), today).await?;
    let lately = recorded.months.iter().filter(|known| known.month >= before);
    let known = last_read(lately.cloned().collect())?;
    let mut charts = vec![by_kind(id, &known), by_type(id, &known)];
    let is_read = known.taken_on.is_some() && counts_members(&node);
    if is_read && may(&caller, Action::ReadMember, &node) {
        let sight = sight(&caller, &node)?;
        charts.extend(Breakdown::ALL.map(|breakdown| members(id, &known, (rules, breakdown), sight)));
    }
    let this_year = known.month.year();
    if is_read && may(&caller, Action::ReadMeeting, &node) {
        charts.push(org_life(id, &known, this_year, org_life::Rules::get()?, today));
    }
    let this_year = recorded.of(this_year);
    charts.extend(study(id, &this_year).filter(|_| studies));
    charts.extend(dues(id, &this_year).filter(|_| pays));
    Reply::ok(&Charts { organization: id, charts })
}
