//! Papers.

use super::{
    Owned,
    pieces::{self, Shown},
};
use crate::{
    App,
    domain::{NewPaper, Paper, Piece, field},
    views::PaperView,
};
use axum::extract::State;
use dynamo::StoreError;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Limit, Page, PaperId};
use study::Rules;

impl Shown for Paper {
    type View = PaperView;

    fn view(piece: Piece<Self>) -> PaperView {
        piece.into()
    }
}

/// Sets a paper, in an office. It keeps copies of its questions, so that what becomes of their sets concerns it no more.
/// Once it was published it does not change.
#[utoipa::path(post, path = "/v1/papers", tag = "learning", operation_id = "setPaper", request_body = NewPaper,
    security(("token" = [])), responses((status = 201, body = PaperView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewPaper>,
) -> Result<Reply, Problem> {
    let author = pieces::author(&app, &caller, new.organization).await?;
    let mut sets = Vec::new();
    for id in new.sets()? {
        let known = match app.store.set(id).await {
            Ok(set) => author.node.path.passes(set.organization),
            Err(StoreError::Refused(_)) => false,
            Err(error) => return Err(error.into()),
        };
        if !known {
            let zh = "没有本组织或上级组织的这个题库";
            return Err(field("/questions", zh, "is of no set of the organisation or of one above it").into());
        }
        sets.push((id, app.store.questions_of_set(id).await?));
    }
    let (_, head, paper, questions) = new.parts(&sets, Rules::get()?)?;
    pieces::draft(&app, &author, (head, paper), |piece| app.store.set_paper(piece, &questions), once).await
}

/// Papers of an organisation, drafts and withdrawn ones included, the latest first; for officers.
#[utoipa::path(get, path = "/v1/papers", tag = "learning", operation_id = "listPapers", params(Owned),
    security(("token" = [])), responses((status = 200, body = Page<PaperView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Query(owned): Query<Owned>) -> Result<Reply, Problem> {
    pieces::list::<Paper>(&app, &caller, owned).await
}

/// Published papers for oneself, the latest first.
#[utoipa::path(get, path = "/v1/me/papers", tag = "learning", operation_id = "myPapers", params(Limit),
    security(("token" = [])), responses((status = 200, body = Page<PaperView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(limit): Query<Limit>) -> Result<Reply, Problem> {
    pieces::mine::<Paper>(&app, &caller, limit).await
}

/// A paper without its questions, for those whom it is for and for officers.
#[utoipa::path(get, path = "/v1/papers/{paper}", tag = "learning", operation_id = "readPaper",
    params(("paper" = PaperId, Path)), security(("token" = [])),
    responses((status = 200, body = PaperView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<PaperId>) -> Result<Reply, Problem> {
    let piece = app.store.piece::<Paper>(id).await?;
    pieces::visible(&app, &caller, &piece).await?;
    let version = piece.version;
    Ok(Reply::ok(&PaperView::from(piece))?.version(version))
}

/// Publishes a paper for those whom it is for.
#[utoipa::path(post, path = "/v1/papers/{paper}/publication", tag = "learning", operation_id = "publishPaper",
    params(("paper" = PaperId, Path)), security(("token" = [])),
    responses((status = 200, body = PaperView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaperId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::publish::<Paper>(&app, &caller, id, once).await
}

/// Withdraws a paper: nobody begins it any more. Attempts go on, and what they came to stays.
#[utoipa::path(delete, path = "/v1/papers/{paper}/publication", tag = "learning", operation_id = "withdrawPaper",
    params(("paper" = PaperId, Path)), security(("token" = [])),
    responses((status = 200, body = PaperView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaperId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::withdraw::<Paper>(&app, &caller, id, once).await
}
