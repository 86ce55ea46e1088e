//! Trainings: entered by one officer, confirmed by another.

use super::{Owned, paged, told};
use crate::{
    App,
    domain::{Decision, Hand, NewTraining, Training, field},
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Page, TrainingId, shanghai_day};
use study::Rules;

/// Enters a training that was held (集中培训), with who took part. It counts once somebody else confirms it.
#[utoipa::path(post, path = "/v1/trainings", tag = "learning", operation_id = "enterTraining", request_body = NewTraining,
    security(("token" = [])), responses((status = 201, body = Training), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn enter(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewTraining>,
) -> Result<Reply, Problem> {
    let node = app.store.node(new.organization).await?;
    let scope = caller.may(Action::EnterTraining, &node.path)?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let training = new.entered(shanghai_day(hand.at), Rules::get()?, hand)?;
    let known = app.store.members(&training.people).await?;
    for (n, member) in training.people.iter().enumerate() {
        let found = known.iter().find(|known| known.id == *member);
        if found.is_none_or(|found| !found.state.is_current() || !node.path.contains(&found.path)) {
            return Err(field(format!("/people/{n}"), "不在本组织", "does not belong to the organisation").into());
        }
    }
    let activity = told(Actor::person(hand.by, scope.role().slug()), hand, "training.entered", node.id, training.id)
        .stating("title", &training.title)
        .stating("halfDays", training.half_days)
        .stating("people", &training.people);
    let reply = Reply::created(format!("/v1/trainings/{}", training.id), &training)?.version(training.version);
    let change = app.store.enter(&training);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Trainings of an organisation, the latest first.
#[utoipa::path(get, path = "/v1/trainings", tag = "learning", operation_id = "listTrainings", params(Owned),
    security(("token" = [])), responses((status = 200, body = Page<Training>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Query(owned): Query<Owned>) -> Result<Reply, Problem> {
    let page = Paging::of("trainings", owned.limit, owned.cursor.as_deref())?;
    let node = app.store.node(owned.organization).await?;
    caller.may(Action::ReadStudyRecords, &node.path)?;
    paged(&page, app.store.trainings(node.id, page.place()).await?, |training| training)
}

/// `activity`, the decision of `training`, with what scores follow from.
pub(crate) fn outcome(activity: Activity, training: &Training, rules: &Rules) -> Activity {
    activity
        .stating("state", training.state)
        .stating("people", &training.people)
        .stating("on", training.to)
        .stating("reason", &training.reason)
        .stating("minutes", training.credit(rules).map(|entry| entry.minutes))
        .stating("rules", &rules.version)
}

/// Confirms a training that somebody else entered, or refuses it. Confirmed, it counts for everybody who took part.
#[utoipa::path(post, path = "/v1/trainings/{training}/decision", tag = "learning", operation_id = "decideTraining",
    request_body = Decision, params(("training" = TrainingId, Path)), security(("token" = [])),
    responses((status = 200, body = Training), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TrainingId>,
    Idempotency(once): Idempotency,
    Json(decision): Json<Decision>,
) -> Result<Reply, Problem> {
    let old = app.store.training(id).await?;
    let node = app.store.node(old.organization).await?;
    let scope = caller.may_for(Action::ConfirmTraining, old.entered_by, &node.path)?;
    let (hand, rules) = (Hand { by: caller.member, at: app.clock.now() }, Rules::get()?);
    let new = old.decided(decision, hand)?;
    let credit = new.credit(rules);
    let activity = told(Actor::person(hand.by, scope.role().slug()), hand, "training.decided", node.id, id);
    let activity = outcome(activity, &new, rules);
    let reply = Reply::ok(&new)?.version(new.version);
    let change = app.store.decide(&old, &new, credit.as_ref());
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
