//! Appeals: filed by the member, decided by the committee above.

use super::{Asked, of_branches, paged, told};
use crate::{
    App,
    domain::{Appeal, AppealDecision, NewAppeal, Rules},
};
use authz::Action;
use axum::extract::State;
use dynamo::{Activity, Actor};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{AppealId, ConductId, ErrorCode, MemberId, OrgId, Page, known_year};
use notices::{Announcement, Notice};
use register::Node;
use score_records::is_scored;
use scoring::Sheet;

/// Appeals against a line of one's portrait, or against a record that is missing there. The committee above the branch decides.
/// About one record there is one appeal at a time, whatever rule looks at it, and after a decision one more, with what was not said
/// before: somebody else decides that, and it is final. As long as it is open, the trace of no
/// organisation says who appeals: whoever decides reads it in the appeal.
#[utoipa::path(post, path = "/v1/me/appeals", tag = "portraits", operation_id = "fileAppeal", request_body = NewAppeal,
    security(("token" = [])), responses((status = 201, body = Appeal), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewAppeal>,
) -> Result<Reply, Problem> {
    let hand = app.hand(&caller);
    let (year, sheet) = (known_year(new.year)?, Sheet::get()?);
    let (member, present) = app.store.member(caller.member).await?;
    let branch = match new.branch {
        Some(id) => app.store.branch(id).await?,
        None => present,
    };
    let (state, _) = app.store.scored(&branch, year).await?;
    let earlier = app.store.round(caller.member, &new.record).await?;
    let appeal = new.filed((&state, sheet), (branch.id, earlier.as_ref()), Rules::get()?, hand)?;
    // Where who appeals finds it, and not who reads the trace of the branch, which enters what it is scored by.
    let (actor, home) = (Actor::oneself(hand.by), member.organization);
    let activity = Activity::of_account(hand.at, actor, "appeal.filed", home, hand.by).stating("appeal", appeal.id);
    let mut change = app.store.file(&appeal);
    // Whoever decides reads the reason, a group chat does not.
    if let (_, Some(organization)) = app.store.committee_over(&branch).await? {
        let (cause, kind) = (format!("appeal/{}", appeal.id), "appeal.filed".to_owned());
        let title = "有一项计分申诉等待处理".to_owned();
        change = app.store.notices.announce(change, &Announcement { organization, cause, kind, title, at: hand.at });
    }
    let reply = Reply::created(format!("/v1/appeals/{}", appeal.id), &appeal)?.version(appeal.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// One's own appeals, the latest first.
#[utoipa::path(get, path = "/v1/me/appeals", tag = "portraits", operation_id = "myAppeals", params(Asked),
    security(("token" = [])), responses((status = 200, body = Page<Appeal>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let page = Paging::of("my-appeals", asked.limit, asked.cursor.as_deref())?;
    paged(&page, app.store.appeals_of(caller.member, page.place()).await?)
}

/// Refuses whoever holds an office of the branch as well: it enters what its members are scored by.
fn of_another(caller: &Caller, branch: &Node) -> Result<(), Problem> {
    if caller.is_officer_of(branch.id) {
        return Err(ErrorCode::OwnCase.into());
    }
    Ok(())
}

/// Appeals of members of a branch, the latest first, for who decides them and holds no office of the branch. Each of the
/// members sees who read it.
#[utoipa::path(get, path = "/v1/organizations/{organization}/appeals", tag = "portraits", operation_id = "listAppeals",
    params(("organization" = OrgId, Path), Asked), security(("token" = [])),
    responses((status = 200, body = Page<Appeal>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(asked): Query<Asked>,
) -> Result<Reply, Problem> {
    let page = Paging::of("appeals", asked.limit, asked.cursor.as_deref())?;
    let branch = app.store.node(id).await?;
    let (seat, _) = app.store.committee_over(&branch).await?;
    let scope = caller.may(Action::DecideAppeal, &seat)?;
    of_branches(&branch)?;
    of_another(&caller, &branch)?;
    let found = app.store.appeals(id, page.place()).await?;
    let members: Vec<_> = found.items.iter().map(|appeal| appeal.member).collect();
    app.seen(&caller, members, (&scope, id), "appeals").await?;
    paged(&page, found)
}

/// An appeal, for its member and for who decides it and holds no office of the branch. The member sees who read it.
#[utoipa::path(get, path = "/v1/appeals/{appeal}", tag = "portraits", operation_id = "readAppeal",
    params(("appeal" = AppealId, Path)), security(("token" = [])),
    responses((status = 200, body = Appeal), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<AppealId>) -> Result<Reply, Problem> {
    let appeal = app.store.appeal(id).await?;
    if caller.member != appeal.member {
        let branch = app.store.node(appeal.branch).await?;
        let (seat, _) = app.store.committee_over(&branch).await?;
        let scope = caller.may(Action::DecideAppeal, &seat)?;
        of_another(&caller, &branch)?;
        app.seen(&caller, [appeal.member], (&scope, branch.id), "appeals").await?;
    }
    Ok(Reply::ok(&appeal)?.version(appeal.version))
}

/// Who had a hand in what an appeal is about: who confirmed a rating of its year, be it the last or one before, and who did
/// something to its record, filed or decided the merit or fault that it is, or decided the appeal before it.
async fn involved(app: &App, appeal: &Appeal) -> Result<Vec<MemberId>, Problem> {
    let ratings = app.store.ratings(appeal.member, appeal.year).await?;
    let mut involved: Vec<_> = ratings.into_iter().map(|rating| rating.confirmed_by).collect();
    involved.extend(app.store.hands(&appeal.record).await?);
    if let Ok(item) = appeal.record.parse::<ConductId>() {
        let item = app.store.item(item).await?;
        involved.push(item.filed_by);
        involved.extend(item.decided_by);
    }
    if let Some(before) = appeal.before {
        involved.extend(app.store.appeal(before).await?.decided_by);
    }
    Ok(involved)
}

/// Decides an appeal, for the committee above the branch: the line stays, the record counts for the member, or it is left out.
/// Neither the member decides nor whoever made or confirmed what it is about or holds an office of the branch, nor of a second
/// appeal who decided the first one.
/// What is granted is counted in the next night, as long as the year is scored: until the end of March after it.
#[utoipa::path(post, path = "/v1/appeals/{appeal}/decision", tag = "portraits", operation_id = "decideAppeal",
    request_body = AppealDecision, params(("appeal" = AppealId, Path)), security(("token" = [])),
    responses((status = 200, body = Appeal), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AppealId>,
    Idempotency(once): Idempotency,
    Json(decision): Json<AppealDecision>,
) -> Result<Reply, Problem> {
    let old = app.store.appeal(id).await?;
    let branch = app.store.node(old.branch).await?;
    let (seat, _) = app.store.committee_over(&branch).await?;
    let scope = caller.may_for(Action::DecideAppeal, old.member, &seat)?;
    of_another(&caller, &branch)?;
    let (hand, rules) = (app.hand(&caller), Rules::get()?);
    let new = old.decided(decision, &involved(&app, &old).await?, hand)?;
    let round = app.store.round(new.member, &new.record).await?;
    let correction = match new.part() {
        Some(part) => Some(app.store.correction(&new).await?.with(part)),
        None => None,
    };
    let activity = told(Actor::person(hand.by, scope.role().slug()), hand, "appeal.decided", branch.id, id)
        .stating("granted", correction.is_some())
        .stating("outcome", new.outcome)
        .stating("correction", &correction)
        .stating("rules", &rules.version)
        .stating("version", new.version);
    let body = match (&correction, is_scored(new.year, hand.today())) {
        (Some(_), true) => "您的申诉已被采纳，计分将在次日更新，请在“我的申诉”中查看。",
        (Some(_), false) => "您的申诉已被采纳。该年度计分已截止，更正仅随申诉留存，请在“我的申诉”中查看。",
        (None, _) => "您的申诉未被采纳，理由请在“我的申诉”中查看。",
    };
    let notice = Notice::new(hand.at, new.member, "appeal.decided", &format!("appeal/{id}/decided"))
        .saying("计分申诉有了处理结果", body)
        .about(id.to_string())
        .by(&rules.appeals.article);
    let change = app.store.decide((&old, &new), round.as_ref(), correction.as_ref());
    let change = app.store.notices.post(change, &notice);
    let reply = Reply::ok(&new)?.version(new.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
