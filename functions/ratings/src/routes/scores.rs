//! What a branch gives itself.

use super::Step;
use crate::{
    App,
    domain::{NewStarScores, Rules, StarApplication, StarEvidence, goes_on},
    facts::evidence,
    views::StarApplicationView,
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ActivityId, StarApplicationId};
use register::Node;
use std::collections::BTreeMap;

/// The application `id`, and the step that the branch takes with it.
async fn own(app: &App, caller: &Caller, id: StarApplicationId) -> Result<(StarApplication, Step), Problem> {
    let application = app.store.application(id).await?;
    let branch = app.store.node(application.organization).await?;
    let scope = caller.may(Action::ApplyForStars, &branch.path)?;
    goes_on(&branch)?;
    Ok((application, Step { scope, hand: app.hand(caller), branch }))
}

/// What is found of the activities that `new` links: those that were linked before, and of others what the trace of the branch and
/// its groups has.
async fn known(
    app: &App,
    new: &NewStarScores,
    old: &StarApplication,
    branch: &Node,
) -> Result<BTreeMap<ActivityId, StarEvidence>, Problem> {
    let rules = Rules::get()?;
    let linked = old.scores.iter().flat_map(|score| &score.evidence);
    let mut known: BTreeMap<_, _> = linked.map(|found| (found.activity, found.clone())).collect();
    let mut places = BTreeMap::from([(branch.id, true)]);
    for (id, organization) in new.links(branch.id, rules)? {
        if known.contains_key(&id) {
            continue;
        }
        let own = match places.get(&organization) {
            Some(own) => *own,
            None => app.is_group(organization, branch).await?,
        };
        places.insert(organization, own);
        if !own {
            continue;
        }
        let found = app.store.activity(organization, id).await?;
        if let Some(found) = found.and_then(|activity| evidence(&activity, old.year, rules)) {
            known.insert(id, found);
        }
    }
    Ok(known)
}

/// Gives the branch its own points, item by item, in the place of those before: whole hundredths, each with the activities of the
/// branch or its groups that it rests on.
#[utoipa::path(put, path = "/v1/star-applications/{application}/self", tag = "ratings",
    operation_id = "scoreOwnStars", request_body = NewStarScores, security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn score(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
    Json(scores): Json<NewStarScores>,
) -> Result<Reply, Problem> {
    let (old, step) = own(&app, &caller, id).await?;
    based_on.require(old.version)?;
    let sheet = app.store.sheet_of(&old).await?;
    let known = known(&app, &scores, &old, &step.branch).await?;
    let new = old.scored(scores, &known, &sheet, step.hand)?;
    let change = app.store.step(&new, &step.branch.path, old.version);
    app.save(change, step.told("star.self-scored", &new), &new, once.as_ref()).await
}

/// Hands the application in, once each item has points and what they rest on. It stays as it is from then on; the committee above
/// gives points again.
#[utoipa::path(post, path = "/v1/star-applications/{application}/submit", tag = "ratings",
    operation_id = "submitStarApplication", security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = StarApplicationView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    based_on: IfMatch,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (old, step) = own(&app, &caller, id).await?;
    based_on.require(old.version)?;
    let new = old.submitted(&app.store.sheet_of(&old).await?, step.hand)?;
    let mut change = app.store.step(&new, &step.branch.path, old.version);
    if let Some((_, committee)) = app.store.over(&step.branch).await? {
        let cause = format!("star/{id}/submitted");
        let title = "有一份达标创星自评等待复评";
        change = app.store.notices.announce(change, &step.announcement(committee, "star.submitted", cause, title));
    }
    app.save(change, step.told("star.submitted", &new), &new, once.as_ref()).await
}
