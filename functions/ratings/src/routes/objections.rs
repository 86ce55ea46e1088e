//! Objections during the public notice, and what the department answers.

use super::{decisions::deciding, department};
use crate::{
    App,
    domain::{NewStarObjection, Rules, StarAnswer, StarApplication, StarObjection},
    store::Home,
    tell,
};
use authz::Scope;
use axum::extract::State;
use dynamo::Change;
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ErrorCode, Limit, MemberId, OrgId, Page, StarApplicationId, StarObjectionId};

impl App {
    /// Writes down for each of `members` but the caller that the caller, as `role` of the committee, reads what they objected.
    async fn seen(
        &self,
        caller: &Caller,
        members: impl IntoIterator<Item = MemberId>,
        (role, committee): (&str, OrgId),
    ) -> Result<(), Problem> {
        let by = (caller.member, self.clock.now());
        Ok(self.store.readings.seen(members, by, (role, committee), tell::READ).await?)
    }
}

/// Lets those of the department read what was objected to `application` who may answer in its matters.
async fn reading(app: &App, caller: &Caller, application: &StarApplication) -> Result<Scope, Problem> {
    let scope = department(caller, application.committee)?;
    application.is_of_others(app.judge(caller, application.organization).await?)?;
    Ok(scope)
}

/// Objects to a star that is under public notice, for any member in the tree, once. The department alone reads it; nobody else is told
/// who objected, the trace of an organisation included.
#[utoipa::path(post, path = "/v1/star-applications/{application}/objections", tag = "ratings",
    operation_id = "objectToStars", request_body = NewStarObjection,
    params(("application" = StarApplicationId, Path)), security(("token" = [])),
    responses((status = 201, body = StarObjection), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn raise(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    Idempotency(once): Idempotency,
    Json(new): Json<NewStarObjection>,
) -> Result<Reply, Problem> {
    let (application, hand) = (app.store.application(id).await?, app.hand(&caller));
    let Home { organization: home, is_current, committee, .. } = app.store.home(caller.member).await?;
    // Of what is not public nobody else knows.
    if !is_current || committee != application.committee || !application.state.is_public() {
        return Err(ErrorCode::NotFound.into());
    }
    let objection = new.raised(&application, Rules::get()?, hand)?;
    let change = app.store.object(&objection, &application);
    let change = app.store.notices.announce(change, &tell::raised(&objection, committee));
    let activity = tell::raising(&objection, home);
    let reply = Reply::created(format!("/v1/star-applications/{id}/objections"), &objection)?;
    let reply = reply.version(objection.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Objections to an application, the earliest first: all of them for those of the department who have nothing to do with the branch,
/// for everybody else their own. Whoever objected sees who read it.
#[utoipa::path(get, path = "/v1/star-applications/{application}/objections", tag = "ratings",
    operation_id = "listStarObjections", params(("application" = StarApplicationId, Path), Limit), security(("token" = [])),
    responses((status = 200, body = Page<StarObjection>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<StarApplicationId>,
    Query(Limit { limit, cursor }): Query<Limit>,
) -> Result<Reply, Problem> {
    let page = Paging::of("star-objections", limit, cursor.as_deref())?;
    let application = app.store.application(id).await?;
    let scope = reading(&app, &caller, &application).await;
    let own = scope.is_err().then_some(caller.member);
    let found = app.store.objections(id, own, page.place()).await?;
    match scope {
        Ok(scope) => {
            let members: Vec<_> = found.items.iter().map(|objection| objection.raised_by).collect();
            app.seen(&caller, members, (scope.role().slug(), application.committee)).await?;
        }
        Err(refused) if cursor.is_none() && found.items.is_empty() && found.after.is_none() => return Err(refused),
        Err(_) => {}
    }
    Reply::ok(&page.holding(found.items, found.after))
}

/// Answers an objection with a reason, for the department: the star stays, or is decided about once more. Neither who raised it
/// answers nor who reviewed or decided. Who raised it is told, and does not make the next decision, nor does who grants it.
#[utoipa::path(post, path = "/v1/star-applications/{application}/objections/{objection}/answer", tag = "ratings",
    operation_id = "answerStarObjection", request_body = StarAnswer, security(("token" = [])),
    params(("application" = StarApplicationId, Path), ("objection" = StarObjectionId, Path)),
    responses((status = 200, body = StarObjection), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path((id, objection)): Path<(StarApplicationId, StarObjectionId)>,
    Idempotency(once): Idempotency,
    Json(answer): Json<StarAnswer>,
) -> Result<Reply, Problem> {
    let (application, step, judge) = deciding(&app, &caller, id).await?;
    let old = app.store.objection(id, objection).await?;
    let new = old.answered(answer, &application, judge)?;
    let told = tell::answering(&new, application.committee, (step.actor(), step.hand.at));
    let (mut change, mut activities) = (Change::new(), vec![told]);
    // One that was taken back already is decided about once more anyway.
    if new.takes_back(&application) {
        let back = application.taken_back(&new)?;
        let words = ("star.taken-back", "达标创星结果撤回复核", "公示期间的异议被采纳，星级将重新复核。");
        change = app.tell(app.store.step(&back, &step.branch.path, application.version), &step, &back, words).await?;
        activities.push(step.told("star.taken-back", &back));
    }
    let change = app.store.answer(change, &new, (&application, old.version));
    let change = app.store.notices.post(change, &tell::answered(&new, step.hand.at));
    // The answer shows it.
    app.seen(&caller, [new.raised_by], (step.scope.role().slug(), application.committee)).await?;
    let reply = Reply::ok(&new)?.version(new.version);
    Ok(app.store.ledger.commit(change, activities, once.as_ref(), reply.into_answer()).await?.into())
}
