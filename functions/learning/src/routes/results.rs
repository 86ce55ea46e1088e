//! What a paper came to, for officers.

use super::{attempts, paged};
use crate::{
    App,
    domain::{Closed, Paper, Piece},
    store::Listed,
    views::{QuestionCount, ResultView, Statistics},
};
use authz::Action;
use axum::extract::State;
use futures_util::future::try_join_all;
use http_api::{Caller, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{ErrorCode, OrgId, OrgPath, Page, PaperId};
use register::Node;
use serde::Deserialize;
use study::Rules;
use utoipa::IntoParams;

/// Results that statistics are made of, at most.
const MOST: u16 = 5_000;
/// Attempts whose time is over that are marked at once.
const AT_ONCE: usize = 8;

/// Which results are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of those who belong to this organisation and those below it; of everybody when it is left out.
    organization: Option<OrgId>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Whose statistics are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Of {
    /// Of those who belong to this organisation and those below it; of everybody when it is left out.
    organization: Option<OrgId>,
}

/// The paper, and whose results the caller may see: of a paper that was published, at or below whose it is. For others
/// there is no such thing.
async fn asked(
    app: &App,
    caller: &Caller,
    id: PaperId,
    organization: Option<OrgId>,
) -> Result<(Piece<Paper>, Node), Problem> {
    let paper = app.store.piece::<Paper>(id).await?;
    let node = app.store.node(organization.unwrap_or(paper.organization)).await?;
    caller.may(Action::ReadStudyRecords, &node.path)?;
    if paper.published_at.is_none() || !node.path.passes(paper.organization) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok((paper, node))
}

/// Whether the caller may read the questions: everybody once it is closed, before that who writes papers there.
async fn reads_questions(app: &App, caller: &Caller, paper: &Piece<Paper>) -> Result<bool, Problem> {
    if app.clock.now() >= paper.content.closes_at {
        return Ok(true);
    }
    let owner = app.store.node(paper.organization).await?;
    Ok(caller.may(Action::AuthorLearning, &owner.path).is_ok())
}

/// Under which place the results of those of `node` stand; everybody's for who set the paper, wherever they stood then.
fn place(paper: &Piece<Paper>, node: &Node) -> Option<OrgPath> {
    (node.id != paper.organization).then(|| node.path.clone())
}

/// Marks those of `found` whose time is over, so that what is shown is what they came to.
async fn settled(app: &App, paper: PaperId, found: &mut [Listed]) -> Result<(), Problem> {
    let (now, rules) = (app.clock.now(), Rules::get()?);
    let mut open: Vec<_> = found.iter_mut().filter(|listed| listed.closed.is_none() && listed.deadline < now).collect();
    for some in open.chunks_mut(AT_ONCE) {
        let each = some.iter().map(|listed| async {
            let attempt = app.store.attempt(listed.member, paper, listed.number).await?;
            if !attempt.is_over(now, rules) {
                return Ok::<Option<Closed>, Problem>(attempt.closed);
            }
            Ok(Box::pin(attempts::close(app, attempt, (false, None))).await?.0.closed)
        });
        let closed = try_join_all(each).await?;
        for (listed, closed) in some.iter_mut().zip(closed) {
            listed.closed = closed;
        }
    }
    Ok(())
}

/// Results of a paper by place and person, never by score. An attempt whose time is over is marked now, if nobody was
/// before.
#[utoipa::path(get, path = "/v1/papers/{paper}/results", tag = "learning", operation_id = "listResults",
    params(("paper" = PaperId, Path), Wanted), security(("token" = [])),
    responses((status = 200, body = Page<ResultView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaperId>,
    Query(Wanted { organization, limit, cursor }): Query<Wanted>,
) -> Result<Reply, Problem> {
    let page = Paging::of("results", limit, cursor.as_deref())?;
    let (paper, node) = asked(&app, &caller, id, organization).await?;
    let mut found = app.store.results(id, place(&paper, &node).as_ref(), page.place()).await?;
    Box::pin(settled(&app, id, &mut found.items)).await?;
    paged(&page, found, ResultView::from)
}

/// How a paper and each of its questions came out, over at most five thousand results. What the questions are is shown once
/// the paper is closed, and before that to who writes papers of its organisation.
#[utoipa::path(get, path = "/v1/papers/{paper}/statistics", tag = "learning", operation_id = "paperStatistics",
    params(("paper" = PaperId, Path), Of), security(("token" = [])),
    responses((status = 200, body = Statistics), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn statistics(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaperId>,
    Query(Of { organization }): Query<Of>,
) -> Result<Reply, Problem> {
    let (paper, node) = asked(&app, &caller, id, organization).await?;
    let mut found = app.store.all_results(id, place(&paper, &node).as_ref(), MOST).await?;
    Box::pin(settled(&app, id, &mut found.items)).await?;
    let (questions, shown) = (app.store.questions(&paper).await?, reads_questions(&app, &caller, &paper).await?);
    let mut counts: Vec<_> = (1..)
        .zip(questions)
        .map(|(number, question)| QuestionCount::new(number, shown.then_some(question.text)))
        .collect();
    let (mut marked, mut passed) = (0, 0);
    for closed in found.items.iter().filter_map(|listed| listed.closed.as_ref()) {
        marked += 1;
        passed += u32::from(closed.passed);
        let mut count = |number: u16, right: bool| -> Result<(), ErrorCode> {
            let at = usize::from(number).checked_sub(1).and_then(|at| counts.get_mut(at)).ok_or(ErrorCode::Internal)?;
            at.count(right);
            Ok(())
        };
        closed.asked.iter().try_for_each(|number| count(*number, false))?;
        closed.right.iter().try_for_each(|number| count(*number, true))?;
    }
    let open = u32::try_from(found.items.len()).unwrap_or(u32::MAX) - marked;
    Reply::ok(&Statistics { marked, passed, open, more: found.after.is_some(), questions: counts })
}
