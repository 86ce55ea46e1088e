//! Lists of meetings, and what a branch owes.

use crate::{App, domain, views::Summary};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{MeetingId, OrgId, Page, shanghai_day};
use org_life::{Duty, Obliged, Rules, duties};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which meetings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The branch or group whose meetings they are.
    organization: OrgId,
    /// Held on this day or later.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// Held on this day or earlier.
    #[param(value_type = Option<String>)]
    until: Option<Date>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Meetings of a branch or group, the one that was or will be held last at the top: its record book.
#[utoipa::path(get, path = "/v1/meetings", tag = "meetings", params(Wanted), security(("token" = [])),
    operation_id = "listMeetings",
    responses((status = 200, body = Page<Summary<'_>>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("meetings", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.store.node(wanted.organization).await?;
    caller.may(Action::ReadMeeting, &node.path)?;
    let found = app.store.list(node.id, (wanted.from, wanted.until), page.place()).await?;
    Reply::ok(&page.holding(found.items.iter().map(Summary::from).collect(), found.after))
}

/// Which of one's own meetings are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Mine {
    /// Whether those are asked for that are over; without it, those of today and later.
    #[serde(default)]
    past: bool,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Meetings that one should attend from today on, the next one at the top; or all, the last one at the top.
#[utoipa::path(get, path = "/v1/me/meetings", tag = "meetings", params(Mine), security(("token" = [])),
    operation_id = "myMeetings",
    responses((status = 200, body = Page<Summary<'_>>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(mine): Query<Mine>) -> Result<Reply, Problem> {
    let name = if mine.past { "my-past-meetings" } else { "my-meetings" };
    let page = Paging::of(name, mine.limit, mine.cursor.as_deref())?;
    let from = (!mine.past).then(|| shanghai_day(app.clock.now()));
    let found = app.store.of_person(caller.member, from, page.place()).await?;
    Reply::ok(&page.holding(found.items.iter().map(Summary::from).collect(), found.after))
}

/// Which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Year {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
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
    /// Meetings that were written down and wait for the secretary's signature: they do not count yet.
    unsigned: Vec<MeetingId>,
}

/// What a branch owes in a year by the rules, with the article, and what of it is done, done and written down later, due, or
/// missing. Only signed minutes count, each as everything that it was.
#[utoipa::path(get, path = "/v1/organizations/{organization}/org-life", tag = "meetings",
    params(("organization" = OrgId, Path), Year), security(("token" = [])), operation_id = "readOrgLife",
    responses((status = 200, body = OrgLife), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn org_life(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(Year { year }): Query<Year>,
) -> Result<Reply, Problem> {
    let node = app.store.node(id).await?;
    caller.may(Action::ReadMeeting, &node.path)?;
    let today = shanghai_day(app.clock.now());
    let year = year.unwrap_or(today.year());
    let day = |month, day| Date::new(year, month, day).ok().filter(|day| (1992..=2200).contains(&day.year()));
    let Some(whole) = day(1, 1).zip(day(12, 31)) else {
        return Err(domain::field("/year", "应在 1992 年至 2200 年之间", "must be from 1992 to 2200").into());
    };
    let (bodies, meetings) = tokio::try_join!(app.store.bodies(&node, today), app.store.all(id, whole))?;
    let branch =
        Obliged { founded_on: node.founded_on, closed_on: node.closed_on, committee: bodies.0, groups: bodies.1 };
    let held: Vec<_> = meetings.iter().filter_map(domain::Meeting::counts).collect();
    let rules = Rules::get()?;
    let duties = duties(rules, &branch, &held, whole, today);
    let unsigned = meetings.iter().filter(|one| one.state == domain::State::Recorded).map(|one| one.id).collect();
    Reply::ok(&OrgLife { rules: rules.version.clone(), as_of: today, duties, unsigned })
}
