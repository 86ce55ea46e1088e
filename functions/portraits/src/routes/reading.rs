//! Portraits, scores, and what a branch still has to record.

use super::of_branches;
use crate::{
    App,
    domain::{Rules, field, gaps},
    views::{Portrait, ScoresPage, ScoresView, SelfCheck, Whose},
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ErrorCode, MemberId, OrgId, wanted_year};
use register::Node;
use scoring::{MemberScore, Sheet, Subject};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PortraitYear {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    pub(super) year: Option<i16>,
}

/// Which year of one's own is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OwnYear {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// The branch, of those that one belonged to in the year; the present one when it is left out, or where that has no scores of
    /// the year the one before.
    branch: Option<OrgId>,
}

/// Which page of which year is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScoresOf {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The portrait of a member of `branch`.
async fn of(app: &App, member: MemberId, branch: &Node, year: i16) -> Result<Portrait, Problem> {
    let ((state, as_of), rating, appeals) = tokio::try_join!(
        Box::pin(app.store.scored(branch, year)),
        app.store.rating(member, year),
        app.store.latest_appeals(member)
    )?;
    let of = Whose { subject: Subject::Member(member), branch: branch.id, as_of, today: app.today() };
    let portrait = Portrait::of((&state, Sheet::get()?), of, (rating, &appeals), Rules::get()?);
    Ok(portrait.ok_or(ErrorCode::NotFound)?)
}

/// One's own portrait of a year in a branch that one belonged to: five numbers, every line of them with rule, version, record
/// and date, and what would change them. Who changed branch in the year has one in each.
#[utoipa::path(get, path = "/v1/me/portrait", tag = "portraits", operation_id = "myPortrait", params(OwnYear),
    security(("token" = [])), responses((status = 200, body = Portrait), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(OwnYear { year: wanted, branch }): Query<OwnYear>,
) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let (present, mut branches) = Box::pin(app.store.member_in(caller.member, year)).await?;
    let ids: Vec<_> = branches.iter().map(|branch| branch.id).collect();
    // Of what is told after the night nothing is in the scores yet.
    branches.retain(|known| known.id != present.id);
    branches.insert(0, present);
    branches.retain(|known| branch.is_none_or(|branch| branch == known.id));
    let mut answer = Err(ErrorCode::NotFound.into());
    for branch in &branches {
        answer = Box::pin(of(&app, caller.member, branch, year)).await;
        if answer.as_ref().err().is_none_or(|problem: &Problem| problem.code() != ErrorCode::NotFound) {
            break;
        }
    }
    Reply::ok(&answer?.among(&ids))
}

/// A member's portrait of a year, for officers. The member sees who read it.
#[utoipa::path(get, path = "/v1/members/{member}/portrait", tag = "portraits", operation_id = "readMemberPortrait",
    params(("member" = MemberId, Path), PortraitYear), security(("token" = [])),
    responses((status = 200, body = Portrait), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Query(PortraitYear { year: wanted }): Query<PortraitYear>,
) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let (_, branch) = app.store.member(id).await?;
    let scope = caller.may(Action::ReadScores, &branch.path)?;
    let portrait = Box::pin(of(&app, id, &branch, year)).await?;
    app.seen(&caller, [id], (&scope, branch.id), "portrait").await?;
    Reply::ok(&portrait)
}

/// A branch's portrait of a year: five numbers, every line of them, and what would change them.
#[utoipa::path(get, path = "/v1/organizations/{organization}/portrait", tag = "portraits",
    operation_id = "readBranchPortrait", params(("organization" = OrgId, Path), PortraitYear), security(("token" = [])),
    responses((status = 200, body = Portrait), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_branch(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(PortraitYear { year: wanted }): Query<PortraitYear>,
) -> Result<Reply, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let branch = app.store.node(id).await?;
    caller.may(Action::ReadScores, &branch.path)?;
    of_branches(&branch)?;
    let (state, as_of) = app.store.scored(&branch, year).await?;
    let of = Whose { subject: Subject::Branch, branch: id, as_of, today: app.today() };
    let portrait = Portrait::of((&state, Sheet::get()?), of, (None, &[]), Rules::get()?);
    Reply::ok(&portrait.ok_or(ErrorCode::NotFound)?)
}

/// The five numbers of each member of a branch in a year, by id and never by points. Each of them sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/scores", tag = "portraits", operation_id = "listScores",
    params(("organization" = OrgId, Path), ScoresOf), security(("token" = [])),
    responses((status = 200, body = ScoresPage), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn scores(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(wanted): Query<ScoresOf>,
) -> Result<Reply, Problem> {
    let page = Paging::of("scores", wanted.limit, wanted.cursor.as_deref())?;
    let year = wanted_year(wanted.year, app.today())?;
    let branch = app.store.node(id).await?;
    let scope = caller.may(Action::ReadScores, &branch.path)?;
    of_branches(&branch)?;
    let Some(row) = app.store.year(id, year).await?.scores else {
        return Reply::ok(&ScoresPage { year, as_of: None, sheet: None, items: Vec::new(), next: None });
    };
    let scores = row.scores().map_err(Problem::internal)?;
    let (after, size) = page.place();
    let behind = |score: &&MemberScore| after.is_none_or(|after| score.member.to_string().as_str() > after);
    let mut found: Vec<_> = scores.members.iter().filter(behind).take(usize::from(size) + 1).collect();
    let more = found.len() > usize::from(size);
    found.truncate(size.into());
    let next = found.last().filter(|_| more).map(|score| score.member.to_string());
    let ids: Vec<MemberId> = found.iter().map(|score| score.member).collect();
    let known = app.store.members(&ids).await?;
    app.seen(&caller, ids, (&scope, id), "portrait").await?;
    let name = |id: MemberId| known.iter().find(|member| member.id == id).map(|member| member.name.clone());
    let items = found.into_iter().map(|score| ScoresView {
        member: score.member,
        name: name(score.member),
        points: score.points,
    });
    let (as_of, sheet) = (Some(row.through), row.sheet.clone());
    Reply::ok(&ScoresPage { year, as_of, sheet, items: items.collect(), next: page.next(next) })
}

/// What a branch still has to record of this year or the last one, by what is recorded up to this minute: a gap is gone once
/// its record is there. What came late is marked, and counts.
#[utoipa::path(get, path = "/v1/organizations/{organization}/self-check", tag = "portraits", operation_id = "checkBranch",
    params(("organization" = OrgId, Path), PortraitYear), security(("token" = [])),
    responses((status = 200, body = SelfCheck), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn self_check(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(PortraitYear { year: wanted }): Query<PortraitYear>,
) -> Result<Reply, Problem> {
    let today = app.today();
    let year = wanted.unwrap_or(today.year());
    let branch = app.store.node(id).await?;
    caller.may(Action::ReadScores, &branch.path)?;
    of_branches(&branch)?;
    // The trace of years that were not scored would be read as a whole.
    if !(today.year() - 1..=today.year()).contains(&year) {
        return Err(field("/year", "只能自查本年和上年", "must be this year or the last one").into());
    }
    let state = app.store.current(&branch, year, today).await?;
    let sheet = Sheet::get()?;
    let gaps = gaps(state.standings(sheet, Subject::Branch), year, today);
    Reply::ok(&SelfCheck::of((&state, sheet), id, &gaps, today))
}
