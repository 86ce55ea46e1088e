//! Ratings: what a person confirms of a year.

use super::told;
use crate::{
    App,
    domain::{Hand, MemberRating, NewRating, Rules, Scored, field},
    views::five,
};
use authz::{Action, Scope};
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, MemberId, OrgId};
use notices::Notice;
use register::Node;
use scoring::{Dimension, Sheet, Subject};

/// The branch in which a year of a member is rated: `wanted`, of those that they belonged to in it, or the present one.
async fn rated(app: &App, (member, year): (MemberId, i16), wanted: Option<OrgId>) -> Result<Node, Problem> {
    let Some(wanted) = wanted else { return Ok(app.store.member(member).await?.1) };
    let (_, branches) = app.store.member_in(member, year).await?;
    Ok(branches.into_iter().find(|branch| branch.id == wanted).ok_or(ErrorCode::NotFound)?)
}

/// What a year of a member of `branch` came to on the last night.
async fn scored(app: &App, member: MemberId, branch: &Node, year: i16) -> Result<Scored, Problem> {
    let (state, as_of) = app.store.scored(branch, year).await?;
    let sheet = Sheet::get()?;
    let standings = state.standings(sheet, Subject::Member(member));
    if standings.is_empty() {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Scored { points: five(&standings, Dimension::OF_MEMBER), as_of, sheet: sheet.version.clone() })
}

/// What is told of a rating that somebody confirmed. Which band it is stays in its record: the trace is read by others.
fn confirmed(scope: &Scope, hand: Hand, rating: &MemberRating) -> Activity {
    let actor = Actor::person(hand.by, scope.role().slug());
    told(actor, hand, "rating.confirmed", rating.branch, rating.member)
        .stating("year", rating.year)
        .stating("sheet", &rating.sheet)
        .stating("rules", &rating.rules)
        .stating("version", rating.version)
}

/// What the member hears of it.
fn notice(hand: Hand, rating: &MemberRating) -> Notice {
    let MemberRating { member, year, version, .. } = rating;
    Notice::new(hand.at, *member, "rating.confirmed", &format!("rating/{year}/{version}"))
        .saying("您的年度综合评定已确认", "请在“我的画像”中查看评定及其依据；对计分明细有异议的，可以申诉。")
        .about(member.to_string())
}

/// Confirms a rating of a member's year, with what it rests on. A band is only suggested until somebody does, and nobody does
/// for themselves. Of who changed branch in the year it is confirmed in the branch that is named. The member is told.
#[utoipa::path(post, path = "/v1/members/{member}/ratings/{year}", tag = "portraits", operation_id = "confirmRating",
    request_body = NewRating, params(("member" = MemberId, Path), ("year" = i16, Path)), security(("token" = [])),
    responses((status = 201, body = MemberRating), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Path((id, year)): Path<(MemberId, i16)>,
    Idempotency(once): Idempotency,
    Json(new): Json<NewRating>,
) -> Result<Reply, Problem> {
    let branch = Box::pin(rated(&app, (id, year), new.branch)).await?;
    let scope = caller.may_for(Action::ConfirmRating, id, &branch.path)?;
    let hand = app.hand(&caller);
    let scored = scored(&app, id, &branch, year).await?;
    let rating = new.confirmed((id, branch.id, year), scored, Rules::get()?, hand)?;
    let change = app.store.notices.post(app.store.rate(&rating), &notice(hand, &rating));
    let location = format!("/v1/members/{id}/portrait?year={year}");
    let reply = Reply::created(location, &rating)?.version(rating.version);
    let activity = confirmed(&scope, hand, &rating);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Confirms another rating in the place of one that was confirmed: after an appeal, or a mistake. It stays in the branch of
/// the one before, which is kept.
#[utoipa::path(put, path = "/v1/members/{member}/ratings/{year}", tag = "portraits", operation_id = "reviseRating",
    request_body = NewRating, security(("token" = [])),
    params(("member" = MemberId, Path), ("year" = i16, Path),
        ("if-match" = String, Header, description = "`\"v` and its `version`")),
    responses((status = 200, body = MemberRating), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn revise(
    State(app): State<App>,
    caller: Caller,
    Path((id, year)): Path<(MemberId, i16)>,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(new): Json<NewRating>,
) -> Result<Reply, Problem> {
    let branch = Box::pin(rated(&app, (id, year), new.branch)).await?;
    let scope = caller.may_for(Action::ConfirmRating, id, &branch.path)?;
    let hand = app.hand(&caller);
    let old = app.store.rating(id, year).await?.ok_or(ErrorCode::NotFound)?;
    if old.branch != branch.id {
        return Err(field("/branch", "评定属于另一党支部", "is not the branch of the rating").into());
    }
    version.require(old.version)?;
    let scored = scored(&app, id, &branch, year).await?;
    let rating = new.confirmed((id, branch.id, year), scored, Rules::get()?, hand)?;
    let rating = MemberRating { version: old.version + 1, ..rating };
    let change = app.store.notices.post(app.store.rate_again(&rating, &old), &notice(hand, &rating));
    let reply = Reply::ok(&rating)?.version(rating.version);
    let activity = confirmed(&scope, hand, &rating);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
