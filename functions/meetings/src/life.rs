//! What branches owe, and how far it is done.

use crate::{App, domain::field};
use authz::Action;
use axum::extract::State;
use futures_util::future::try_join_all;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{MeetingId, OrgId, shanghai_day, wanted_year};
use org_life::{Covered, Duty, Other, Rules, duties, others};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Branches on one page of a coverage, at most, which are looked at together: each takes four requests, and one for each group.
const MOST: u16 = 5;

/// Which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Year {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
}

/// Today, and the first and last day of the year that is asked for.
fn asked(app: &App, year: Option<i16>) -> Result<(Date, (Date, Date)), Problem> {
    let today = shanghai_day(app.clock.now());
    let first = Date::new(wanted_year(year, today)?, 1, 1).unwrap_or(today);
    Ok((today, (first, first.last_of_year())))
}

/// What a branch owes in a year, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrgLife {
    /// The version of the rules.
    rules: String,
    /// Today in Shanghai.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// By the last days of their periods.
    duties: Vec<Duty>,
    /// What a branch owes besides meetings, by the last days of their periods.
    others: Vec<Other>,
    /// Meetings, those of the groups among them, that were written down and wait for a signature: they do not count yet.
    unsigned: Vec<MeetingId>,
}

/// What a branch owes in a year by the rules, with the article, and what of it is done, done and written down later, due, or
/// missing; a group owes its own meetings. Only signed minutes count, each as everything that it was. A period in which the
/// branch, its committee or a group was not there from the first day to the last is not asked of it. Group meetings are those
/// of each group, and the group that is worst off counts; what all members owe is done as well once every group did it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/org-life", tag = "meetings",
    params(("organization" = OrgId, Path), Year), security(("token" = [])), operation_id = "readOrgLife",
    responses((status = 200, body = OrgLife), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_organization(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Year { year }): Query<Year>,
) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may(Action::ReadMeeting, &node.path)?;
    if !node.kind.has_members() {
        let (zh, en) = ("组织生活按党支部或党小组查询", "is a branch, or a group: no other owes meetings of its own");
        return Err(field("/organization", zh, en).into());
    }
    let (today, whole) = asked(&app, year)?;
    let (obliged, unsigned) = Box::pin(app.store.obliged(&node, whole)).await?;
    let rules = Rules::get()?;
    let duties = duties(rules, &obliged, whole, today);
    let others = match &obliged.branch {
        Some(branch) => {
            let published_on = app.store.dues_published(id, whole.0.year()).await?;
            others(rules, branch.lasted, published_on, whole, today)
        }
        None => Vec::new(),
    };
    Reply::ok(&OrgLife { rules: rules.version.clone(), as_of: today, duties, others, unsigned })
}

/// Which page of which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct YearPage {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// At most so many branches, 1 to 200, of which a page has five at most; 5 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// How many branches did what they owe.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrgLifeCoverage)]
pub(crate) struct Coverage {
    /// The version of the rules.
    rules: String,
    /// Today in Shanghai.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// Branches of this page.
    branches: usize,
    /// What they owe, by kind and period; the numbers of several pages are added.
    items: Vec<Covered>,
    /// Hand this back as `cursor` for the branches after these; absent with the last ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How many of the branches below an organisation owe what in a year, and how many of them did it: by kind and period, and
/// never by name. Branches are taken page by page, as they stand in the tree; those that are closed are left out.
#[utoipa::path(get, path = "/v1/organizations/{organization}/org-life/coverage", tag = "meetings",
    params(("organization" = OrgId, Path), YearPage), security(("token" = [])), operation_id = "readOrgLifeCoverage",
    responses((status = 200, body = Coverage), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn coverage(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(YearPage { year, limit, cursor }): Query<YearPage>,
) -> Result<Reply, Problem> {
    let page = Paging::of("org-life", limit, cursor.as_deref())?;
    let node = app.store.node(id).await?;
    caller.may_below(Action::ReadMeeting, &node.path, node.kind.has_members())?;
    let ((today, whole), rules) = (asked(&app, year)?, Rules::get()?);
    let (after, size) = page.place();
    let found = app.store.branches(&node.path, (after, size.min(MOST))).await?;
    let each = found.items.iter().map(|branch| Box::pin(app.store.obliged(branch, whole)));
    let obliged = try_join_all(each).await?;
    let owed = obliged.iter().flat_map(|(obliged, _)| duties(rules, obliged, whole, today));
    let (items, branches) = (org_life::coverage(owed), found.items.len());
    let next = page.next(found.after);
    Reply::ok(&Coverage { rules: rules.version.clone(), as_of: today, branches, items, next })
}
