//! The star, and its award.

use super::{Step, department};
use crate::{
    App,
    domain::{Judge, NewStarDecision, Rules, StarApplication, goes_on},
    views::StarApplicationView,
};
use axum::extract::State;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::StarApplicationId;

/// The application `id`, the step that the department takes with it, and who takes it.
pub(super) async fn deciding(
    app: &App,
    caller: &Caller,
    id: StarApplicationId,
) -> Result<(StarApplication, Step, Judge), Problem> {
    let application = app.store.application(id).await?;
    let scope = department(caller, application.committee)?;
    let branch = app.store.node(application.organization).await?;
    let judge = app.judge(caller, branch.id).await?;
    Ok((application, Step { scope, hand: judge.hand, branch }, judge))
}

/// Gives the star, for the department of the committee at the root: who decides states the final points and the stars that follow
/// from them and from veto items, and why where that is not what the review says. Five working days of public notice begin.
/// Nobody decides about their own branch, about what they reviewed, or after an objection that they raised or granted.
#[utoipa::path(post, path = "/v1/star-applications/{application}/decide", tag = "ratings", operation_id = "decideStars",
    request_body = NewStarDecision, security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(decision): Json<NewStarDecision>,
) -> Result<Reply, Problem> {
    let (old, step, judge) = deciding(&app, &caller, id).await?;
    goes_on(&step.branch)?;
    based_on.require(old.version)?;
    let new = old.decided(decision, (&app.store.sheet_of(&old).await?, Rules::get()?), judge)?;
    let change = app.store.step(&new, &step.branch.path, old.version);
    let body = "市委组织部已复核评星，结果公示中，请在“达标创星”中查看；公示期满且无异议的，予以命名。";
    let change = app.tell(change, &step, &new, ("star.decided", "达标创星结果已公示", body)).await?;
    // It is public from now on.
    let public = new.public();
    let activity = step
        .told("star.decided", &new)
        .stating("star", public.map(|decision| decision.star))
        .stating("score", public.map(|decision| decision.score))
        .stating("noticeUntil", public.map(|decision| decision.notice_until));
    app.save(change, activity, &new, once.as_ref()).await
}

/// Awards the star, for the department: after the public notice, and as long as no objection is open.
#[utoipa::path(post, path = "/v1/star-applications/{application}/award", tag = "ratings", operation_id = "awardStars",
    security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn award(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (old, step, judge) = deciding(&app, &caller, id).await?;
    goes_on(&step.branch)?;
    based_on.require(old.version)?;
    let (counted, disputed) = app.store.disputed(id).await?;
    let new = old.awarded(disputed, Rules::get()?, judge)?;
    let change = app.store.step(&new, &step.branch.path, old.version);
    let change = app.store.while_undisputed(change, id, counted);
    let words = ("star.awarded", "达标创星结果已命名", "公示期满，星级已命名，请在“达标创星”中查看。");
    let change = app.tell(change, &step, &new, words).await?;
    let activity = step.told("star.awarded", &new).stating("star", new.public().map(|decision| decision.star));
    app.save(change, activity, &new, once.as_ref()).await
}
