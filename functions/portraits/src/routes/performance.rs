//! What records say of somebody's work in office.

use super::reading::PortraitYear;
use crate::{
    App,
    domain::{MeetingsLed, Rules, TasksLed},
    views::{Performance, Portrait, Whose},
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Path, Problem, ProblemBody, Query, Reply};
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, OrgId, Refusal, Text, wanted_year};
use register::{Appointment, Node, OrgKind};
use scoring::{Sheet, Subject};
use std::collections::BTreeSet;

/// An office with its organisation.
type Office = (Appointment, Node);

/// The member's own portrait in the branch `own`, and those of the branches of `offices`, as far as there are scores of `year`.
async fn portraits(
    app: &App,
    (member, year): (MemberId, i16),
    offices: &[Office],
    own: Option<&Node>,
) -> Result<(Option<Portrait>, Vec<Portrait>), Problem> {
    let (sheet, rules, today) = (Sheet::get()?, Rules::get()?, app.today());
    let led = || offices.iter().map(|(_, node)| node).filter(|node| node.kind == OrgKind::Branch);
    let mut branches: Vec<&Node> = Vec::new();
    for branch in own.into_iter().chain(led()) {
        if branches.iter().all(|known| known.id != branch.id) {
            branches.push(branch);
        }
    }
    let (mut portrait, mut of_branches) = (None, Vec::new());
    for branch in branches {
        let Some((state, as_of)) = Box::pin(app.store.scored_yet(branch, year)).await? else { continue };
        let whose = |subject| Whose { subject, branch: branch.id, as_of, today };
        if own.is_some_and(|own| own.id == branch.id) {
            let (rating, appeals) = tokio::try_join!(app.store.rating(member, year), app.store.latest_appeals(member))?;
            let whose = whose(Subject::Member(member));
            portrait = Portrait::of((&state, sheet), whose, (rating, &appeals), rules);
        }
        if led().any(|node| node.id == branch.id) {
            of_branches.extend(Portrait::of((&state, sheet), whose(Subject::Branch), (None, &[]), rules));
        }
    }
    Ok((portrait, of_branches))
}

/// What records of `year` say of `member` in `offices`; `own` is the branch in which their own portrait is shown.
async fn put_together(
    app: &App,
    (member, year): (MemberId, i16),
    offices: Vec<Office>,
    own: Option<&Node>,
) -> Result<Performance, Problem> {
    let (portrait, branches) = Box::pin(portraits(app, (member, year), &offices, own)).await?;
    let first = Date::new(year, 1, 1).map_err(Problem::internal)?;
    let days = (first, first.last_of_year());
    let places: BTreeSet<OrgId> = offices.iter().map(|(_, node)| node.id).collect();
    let tasks = Box::pin(app.store.tasks_led(member, days)).await?;
    let mut meetings = Vec::new();
    for place in &places {
        let held = Box::pin(app.store.meetings(*place, days)).await?;
        meetings.extend(held.into_iter().map(|meeting| (*place, meeting)));
    }
    Ok(Performance {
        member,
        year,
        as_of: app.today(),
        portrait,
        branches,
        tasks: TasksLed::of(&tasks, &places, app.clock.now()),
        meetings: MeetingsLed::of(&meetings, member),
        offices: offices.into_iter().map(|(office, _)| office).collect(),
    })
}

/// What records of a year say of one's own work in the offices of committees that one holds or held in it: one's portrait and
/// those of the branches, tasks that one answers for, meetings that one led or wrote down. Each number names its rows.
#[utoipa::path(get, path = "/v1/me/performance", tag = "portraits", operation_id = "myPerformance", params(PortraitYear),
    security(("token" = [])), responses((status = 200, body = Performance), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(PortraitYear { year: wanted }): Query<PortraitYear>,
) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let offices = app.store.offices(caller.member, year, app.today()).await?;
    if offices.is_empty() {
        let text = Text::of("本年度未在党组织班子任职", "no office of a committee was held in this year");
        return Err(Refusal::new(ErrorCode::NotFound).because(text).into());
    }
    let (_, branch) = app.store.member(caller.member).await?;
    Reply::ok(&Box::pin(put_together(&app, (caller.member, year), offices, Some(&branch))).await?)
}

/// The same of a member, for who appoints to the offices: those of the committee above, each office for those above it. The
/// member sees who read it.
#[utoipa::path(get, path = "/v1/members/{member}/performance", tag = "portraits", operation_id = "readPerformance",
    params(("member" = MemberId, Path), PortraitYear), security(("token" = [])),
    responses((status = 200, body = Performance), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Query(PortraitYear { year: wanted }): Query<PortraitYear>,
) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let (mut offices, mut above) = (Vec::new(), Err(Refusal::new(ErrorCode::NotFound)));
    for (office, node) in app.store.offices(id, year, app.today()).await? {
        let scope = caller.may(Action::AppointOfficer, &node.path);
        let allowed = scope.is_ok();
        if above.is_err() {
            above = scope.map(|scope| (scope, node.id));
        }
        if allowed {
            offices.push((office, node));
        }
    }
    let (scope, place) = above?;
    // An office may be held by an account without a record: of what is not found nobody is told that it was read.
    let (_, branch) = app.store.member(id).await?;
    app.seen(&caller, [id], (&scope, place), "performance").await?;
    let own = caller.may(Action::ReadScores, &branch.path).is_ok().then_some(&branch);
    Reply::ok(&Box::pin(put_together(&app, (id, year), offices, own)).await?)
}
