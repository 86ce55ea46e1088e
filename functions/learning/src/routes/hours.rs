//! Hours of a year: a view of what was confirmed.

use crate::{
    App,
    domain::field,
    views::{HoursPage, MemberHours, OrganizationHours},
};
use authz::{Action, Role};
use axum::extract::State;
use futures_util::future::try_join_all;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{MemberId, OrgId, ReadId, shanghai_day, wanted_year};
use register::{Appointment, Member, MemberRow, Reading};
use serde::Deserialize;
use study::{Newcomer, Rules, Who, Year};
use utoipa::IntoParams;

/// Members on one page, at most: each takes three requests.
const MOST: u16 = 50;
/// Members whose hours are read at once.
const AT_ONCE: usize = 8;

/// Which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
}

/// Which page of which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AskedPage {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// At most this many, 1 to 200, of which a page has fifty at most; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The year that is asked for, and the day by which it is said who is in a committee: its last one, or today.
fn asked(app: &App, year: Option<i16>) -> Result<(i16, Date), Problem> {
    let today = shanghai_day(app.clock.now());
    let year = wanted_year(year, today)?;
    Ok((year, Date::new(year, 12, 31).map_or(today, |last| last.min(today))))
}

/// How `year` stands for `member`, and what offices they held.
async fn standing(app: &App, member: &Member, (year, day): (i16, Date)) -> Result<(Year, Vec<Appointment>), Problem> {
    let (entries, offices) =
        tokio::try_join!(Box::pin(app.store.entries(member.id, year)), app.store.offices(member.id))?;
    let committee = offices.iter().any(|held| held.role.is_committee() && held.holds_on(day));
    let who = if committee { Who::Committee } else { Who::Member };
    Ok((Year::of(Rules::get()?, year, (who, member.is_exempt(day)), entries)?, offices))
}

/// The same for the year that a certificate is asked for.
pub(super) async fn of_year(app: &App, member: MemberId, year: i16) -> Result<Year, Problem> {
    let member = app.store.person(member).await?;
    Ok(standing(app, &member, asked(app, Some(year))?).await?.0)
}

/// The same with the trainings that are owed once, because `member` is new in that year.
async fn whole(app: &App, member: &Member, asked: (i16, Date)) -> Result<Year, Problem> {
    let (mut standing, offices) = standing(app, member, asked).await?;
    let (rules, today) = (Rules::get()?, shanghai_day(app.clock.now()));
    let secretary = offices.iter().filter(|held| held.role == Role::Secretary).map(|held| held.from).min();
    for (who, since) in [(Newcomer::Secretary, secretary), (Newcomer::Member, Some(member.joined_on))] {
        let (rule, Some(since)) = (rules.newcomer(who)?, since) else { continue };
        let due_on = rule.due_on(since);
        if (since.year()..=due_on.year()).contains(&standing.year) {
            let trained_on = Box::pin(app.store.trained(member.id, (since, due_on))).await?;
            standing.first.push(rule.standing(since, trained_on, today));
        }
    }
    Ok(standing)
}

/// One's own hours of a year, with everything that counts. To play a lesson counts nothing.
#[utoipa::path(get, path = "/v1/me/hours", tag = "learning", operation_id = "myHours", params(Asked),
    security(("token" = [])), responses((status = 200, body = Year), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(Asked { year }): Query<Asked>,
) -> Result<Reply, Problem> {
    let member = app.store.person(caller.member).await?;
    Reply::ok(&whole(&app, &member, asked(&app, year)?).await?)
}

/// A member's hours of a year, for officers. It leaves a line that the member can see.
#[utoipa::path(get, path = "/v1/members/{member}/hours", tag = "learning", operation_id = "memberHours",
    params(("member" = MemberId, Path), Asked), security(("token" = [])),
    responses((status = 200, body = Year), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Query(Asked { year }): Query<Asked>,
) -> Result<Reply, Problem> {
    let member = app.store.person(id).await?;
    let node = app.store.node(member.organization).await?;
    let scope = caller.may(Action::ReadStudyRecords, &node.path)?;
    let standing = whole(&app, &member, asked(&app, year)?).await?;
    if caller.member != id {
        let (at, reader) = (app.clock.now(), caller.member);
        let (role, fields) = (scope.role().slug().to_owned(), "hours".to_owned());
        let reading = Reading { id: ReadId::new(at), at, reader, role, organization: node.id, fields, purpose: None };
        app.store.log(id, reading).await?;
    }
    Reply::ok(&standing)
}

/// How a year stands for those on the rolls of an organisation and those below it, by place and name, never by hours; and in
/// all for each branch and group that they belong to.
#[utoipa::path(get, path = "/v1/organizations/{organization}/hours", tag = "learning", operation_id = "organizationHours",
    params(("organization" = OrgId, Path), AskedPage), security(("token" = [])),
    responses((status = 200, body = HoursPage), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_organization(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(AskedPage { year, limit, cursor }): Query<AskedPage>,
) -> Result<Reply, Problem> {
    let page = Paging::of("hours", limit, cursor.as_deref())?;
    let year = asked(&app, year)?;
    let node = app.store.node(id).await?;
    caller.may_below(Action::ReadStudyRecords, &node.path, node.kind.has_members())?;
    if node.path.depth() < MemberRow::AREA_DEPTH {
        return Err(field("/organization", "请按区县或更低一级查询", "ask for a district or below").into());
    }
    let (after, size) = page.place();
    let found = app.store.rolls(&node.path, (after, size.min(MOST))).await?;
    let members = app.store.members(&found.items).await?;
    let of = |id: &MemberId| members.iter().find(|member| member.id == *id);
    let known: Vec<&Member> = found.items.iter().filter_map(of).collect();
    let mut items = Vec::with_capacity(known.len());
    for some in known.chunks(AT_ONCE) {
        let each = some.iter().map(|member| standing(&app, member, year));
        let years = try_join_all(each).await?;
        items.extend(some.iter().zip(years).map(|(member, (year, _))| MemberHours::of(member, &year)));
    }
    let organizations = OrganizationHours::of(&items);
    Reply::ok(&HoursPage { items, organizations, next: page.next(found.after) })
}
