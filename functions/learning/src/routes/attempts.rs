//! Attempts at papers.

use super::{TRIES, pieces, told};
use crate::{
    App,
    domain::{Attempt, Given, Hand, Learner, Paper, Sheet, illegal, next_try},
    views::{AttemptView, Saved},
};
use axum::extract::State;
use dynamo::{Activity, Actor, Once, Tries};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ErrorCode, PaperId};
use serde::Deserialize;
use study::Rules;
use utoipa::ToSchema;

fn shown(app: &App, attempt: &Attempt, sheet: &Sheet) -> Result<Reply, Problem> {
    Ok(Reply::ok(&AttemptView::of(attempt, sheet, (app.clock.now(), Rules::get()?)))?.version(attempt.version))
}

/// `activity`, by which `attempt` was marked, with what scores follow from.
pub(crate) fn outcome(activity: Activity, attempt: &Attempt, sheet: &Sheet, rules: &Rules) -> Activity {
    let activity = activity.stating("paper", attempt.paper);
    let Some(closed) = &attempt.closed else { return activity };
    activity
        .stating("member", attempt.member)
        .stating("minutes", attempt.credit(sheet, rules).map(|entry| entry.minutes))
        .stating("score", closed.score)
        .stating("total", closed.total)
        .stating("passed", closed.passed)
        .stating("byLimit", closed.by_limit)
}

/// Marks `attempt` by what was saved, once: whoever comes first. By the learner where `once` says so, otherwise because its
/// time is over.
pub(super) async fn close(
    app: &App,
    mut attempt: Attempt,
    (learner, once): (bool, Option<&Once>),
) -> Result<(Attempt, Sheet), Problem> {
    let (sheet, rules) = (app.store.sheet(&attempt).await?, Rules::get()?);
    let mut tries = Tries::new(TRIES);
    loop {
        let hand = Hand { by: attempt.member, at: app.clock.now() };
        let Some(new) = attempt.marked(&sheet, hand.at) else { return Ok((attempt, sheet)) };
        let actor = if learner { Actor::oneself(hand.by) } else { Actor::job("time-limit") };
        let activity = outcome(told(actor, hand, "attempt.marked", new.organization, new.id), &new, &sheet, rules);
        let change = app.store.mark(&attempt, &new, new.credit(&sheet, rules));
        let answer = shown(app, &new, &sheet)?.into_answer();
        match app.store.ledger.commit(change, [activity], once, answer).await {
            Err(error) if error.is_conflict() && tries.again() => {
                attempt = app.store.attempt(attempt.member, attempt.paper, attempt.number).await?;
            }
            outcome => return Ok(outcome.map(|_| (new, sheet))?),
        }
    }
}

/// Begins an attempt, or goes on with the one that is open. The limit is the server's; `deadline` says when it is. The same
/// key gets the first answer again.
#[utoipa::path(post, path = "/v1/papers/{paper}/attempts", tag = "learning", operation_id = "beginAttempt",
    params(("paper" = PaperId, Path)), security(("token" = [])),
    responses((status = 201, body = AttemptView), (status = 200, body = AttemptView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaperId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let (member, home) = app.store.learner(caller.member).await?;
    let paper = app.store.piece::<Paper>(id).await?;
    if !pieces::concerns(&paper, &home) {
        return Err(ErrorCode::NotFound.into());
    }
    let rules = Rules::get()?;
    let mut tries = Tries::new(TRIES);
    loop {
        let attempts = app.store.attempts(caller.member, id).await?;
        if let Some(open) = attempts.iter().find(|attempt| attempt.closed.is_none()) {
            if open.is_over(app.clock.now(), rules) {
                Box::pin(close(&app, open.clone(), (false, None))).await?;
                continue;
            }
            let present = shown(&app, open, &app.store.sheet(open).await?)?;
            return super::again(&app, once.as_ref(), present).await;
        }
        let draw = (next_try(&paper, &attempts)?, fastrand::u32(..));
        let questions = app.store.questions(&paper).await?;
        let hand = Hand { by: caller.member, at: app.clock.now() };
        let learner =
            Learner { member: member.id, name: member.name.clone(), organization: home.id, path: home.path.clone() };
        let (attempt, sheet) = Attempt::begun((&paper, &questions), learner, draw, hand.at)?;
        let actor = Actor::oneself(caller.member);
        let activity = told(actor, hand, "attempt.begun", attempt.organization, attempt.id)
            .stating("paper", id)
            .stating("number", attempt.number)
            .stating("deadline", attempt.deadline);
        let location = format!("/v1/papers/{id}/attempts/{}", attempt.number);
        let view = AttemptView::of(&attempt, &sheet, (hand.at, rules));
        let reply = Reply::created(location, &view)?.version(attempt.version);
        let change = app.store.begin(&attempt, &sheet);
        match app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await {
            Err(error) if error.is_conflict() && tries.again() => {}
            outcome => return Ok(outcome?.into()),
        }
    }
}

/// One's own attempt: its questions, what was saved, and once it is marked what it came to. Which answers are right, and the
/// keys, are shown when the paper is closed.
#[utoipa::path(get, path = "/v1/papers/{paper}/attempts/{number}", tag = "learning", operation_id = "readAttempt",
    params(("paper" = PaperId, Path), ("number" = u16, Path)), security(("token" = [])),
    responses((status = 200, body = AttemptView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(PaperId, u16)>,
) -> Result<Reply, Problem> {
    let attempt = app.store.attempt(caller.member, id, number).await?;
    let rules = Rules::get()?;
    let (attempt, sheet) = if attempt.closed.is_none() && attempt.is_over(app.clock.now(), rules) {
        Box::pin(close(&app, attempt, (false, None))).await?
    } else {
        let sheet = app.store.sheet(&attempt).await?;
        (attempt, sheet)
    };
    // No version: keys appear in it when the paper closes.
    Reply::ok(&AttemptView::of(&attempt, &sheet, (app.clock.now(), rules)))
}

/// An answer to one question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewAnswer {
    answer: Given,
}

/// Saves the answer to one question, numbered from 1 as the attempt has them, in place of the one before. Once this is
/// answered it is saved: send it again after a lost line.
#[utoipa::path(put, path = "/v1/papers/{paper}/attempts/{number}/answers/{question}", tag = "learning",
    operation_id = "saveAnswer", request_body = NewAnswer, security(("token" = [])),
    params(("paper" = PaperId, Path), ("number" = u16, Path), ("question" = u16, Path)),
    responses((status = 200, body = Saved), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path((id, number, question)): Path<(PaperId, u16, u16)>,
    Idempotency(once): Idempotency,
    Json(NewAnswer { answer }): Json<NewAnswer>,
) -> Result<Reply, Problem> {
    let rules = Rules::get()?;
    let mut tries = Tries::new(TRIES);
    loop {
        let (old, now) = (app.store.attempt(caller.member, id, number).await?, app.clock.now());
        if old.closed.is_none() && old.is_over(now, rules) {
            Box::pin(close(&app, old, (false, None))).await?;
            return Err(illegal("答题时间已到", "its time is over").into());
        }
        let Some(new) = old.answered(question, answer.clone(), now, rules)? else {
            return Reply::ok(&Saved::of(&old, question));
        };
        let reply = Reply::ok(&Saved::of(&new, question))?;
        // What somebody ticks while the time runs is theirs; the attempt leaves its lines when it begins and is marked.
        let nothing: [Activity; 0] = [];
        let change = app.store.answer(&old, &new);
        match app.store.ledger.commit(change, nothing, once.as_ref(), reply.into_answer()).await {
            Err(error) if error.is_conflict() && tries.again() => {}
            outcome => return Ok(outcome?.into()),
        }
    }
}

/// Hands an attempt in: it is marked by what was saved. Handing in again gives the same result.
#[utoipa::path(post, path = "/v1/papers/{paper}/attempts/{number}/submission", tag = "learning",
    operation_id = "handInAttempt", params(("paper" = PaperId, Path), ("number" = u16, Path)), security(("token" = [])),
    responses((status = 200, body = AttemptView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn hand_in(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(PaperId, u16)>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let attempt = app.store.attempt(caller.member, id, number).await?;
    let in_time = !attempt.is_over(app.clock.now(), Rules::get()?);
    let (attempt, sheet) = Box::pin(close(&app, attempt, (in_time, once.as_ref()))).await?;
    shown(&app, &attempt, &sheet)
}
