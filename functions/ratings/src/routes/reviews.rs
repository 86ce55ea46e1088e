//! What the committee above gives.

use super::Step;
use crate::{
    App,
    domain::{Judge, NewStarReview, StarApplication, goes_on},
    views::StarApplicationView,
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, StarApplicationId};

/// The application `id`, the step that the committee above its branch takes with it, and who takes it.
async fn above(app: &App, caller: &Caller, id: StarApplicationId) -> Result<(StarApplication, Step, Judge), Problem> {
    let application = app.store.application(id).await?;
    let branch = app.store.node(application.organization).await?;
    // A general branch is no committee: whoever reviews stands above it as well.
    let (seat, _) = app.store.over(&branch).await?.ok_or(ErrorCode::NotFound)?;
    let scope = caller.may(Action::ReviewStars, &seat)?;
    goes_on(&branch)?;
    let judge = app.judge(caller, branch.id).await?;
    Ok((application, Step { scope, hand: judge.hand, branch }, judge))
}

/// Gives the points of the committee above, item by item, in the place of those before. An item that is lowered needs a reason.
/// Nobody does so for their own branch.
#[utoipa::path(put, path = "/v1/star-applications/{application}/review", tag = "ratings",
    operation_id = "reviewStars", request_body = NewStarReview, security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn rescore(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(review): Json<NewStarReview>,
) -> Result<Reply, Problem> {
    let (old, step, judge) = above(&app, &caller, id).await?;
    based_on.require(old.version)?;
    let new = old.rescored(review, &app.store.sheet_of(&old).await?, judge)?;
    let change = app.store.step(&new, &step.branch.path, old.version);
    app.save(change, step.told("star.re-scored", &new), &new, once.as_ref()).await
}

/// Hands the review on to the department, once each item has points. The secretary of the branch is told.
#[utoipa::path(post, path = "/v1/star-applications/{application}/review/submit", tag = "ratings",
    operation_id = "submitStarReview", security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (old, step, judge) = above(&app, &caller, id).await?;
    based_on.require(old.version)?;
    let new = old.reviewed(&app.store.sheet_of(&old).await?, judge)?;
    let change = app.store.step(&new, &step.branch.path, old.version);
    let (cause, title) = (format!("star/{id}/reviewed"), "有一份达标创星复评等待复核评星");
    let announcement = step.announcement(new.committee, "star.reviewed", cause, title);
    let change = app.store.notices.announce(change, &announcement);
    let words = ("star.reviewed", "达标创星复评已完成", "上级党委已完成复评，等待市委组织部复核评星。");
    let change = app.tell(change, &step, &new, words).await?;
    app.save(change, step.told("star.reviewed", &new), &new, once.as_ref()).await
}
