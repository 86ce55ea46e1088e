//! Topics of study for chosen organisations.

use super::{
    Owned,
    pieces::{self, Author, Shown},
};
use crate::{
    App,
    domain::{Content, Course, NewTopic, Paper, Piece, Topic, field},
    views::TopicView,
};
use axum::extract::State;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Limit, Page, TopicId};

impl Shown for Topic {
    type View = TopicView;

    fn view(piece: Piece<Self>) -> TopicView {
        piece.into()
    }
}

/// Whether all of `ids` are of the organisation or of one above it.
async fn known<C: Content>(app: &App, author: &Author, ids: &[C::Id]) -> Result<(), Problem> {
    let found = app.store.pieces::<C>(ids).await?;
    for (n, id) in ids.iter().enumerate() {
        if !found.iter().any(|piece| piece.id == *id && author.node.path.passes(piece.organization)) {
            let pointer = format!("/{}/{n}", C::PATH);
            return Err(field(
                pointer,
                "没有本组织或上级组织的这一项",
                "is none of the organisation or of one above it",
            )
            .into());
        }
    }
    Ok(())
}

async fn parts(app: &App, author: &Author, topic: &Topic) -> Result<(), Problem> {
    known::<Course>(app, author, &topic.courses).await?;
    known::<Paper>(app, author, &topic.papers).await
}

/// Drafts a topic of study, in an office.
#[utoipa::path(post, path = "/v1/study-topics", tag = "learning", operation_id = "draftTopic", request_body = NewTopic,
    security(("token" = [])), responses((status = 201, body = TopicView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewTopic>,
) -> Result<Reply, Problem> {
    let (organization, head, topic) = new.parts()?;
    let author = pieces::author(&app, &caller, organization).await?;
    parts(&app, &author, &topic).await?;
    pieces::draft(&app, &author, (head, topic), |piece| app.store.draft(piece), once).await
}

/// Topics of an organisation, drafts and withdrawn ones included, the latest first; for officers.
#[utoipa::path(get, path = "/v1/study-topics", tag = "learning", operation_id = "listTopics", params(Owned),
    security(("token" = [])), responses((status = 200, body = Page<TopicView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Query(owned): Query<Owned>) -> Result<Reply, Problem> {
    pieces::list::<Topic>(&app, &caller, owned).await
}

/// Published topics for oneself, the latest first.
#[utoipa::path(get, path = "/v1/me/study-topics", tag = "learning", operation_id = "myTopics", params(Limit),
    security(("token" = [])), responses((status = 200, body = Page<TopicView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(limit): Query<Limit>) -> Result<Reply, Problem> {
    pieces::mine::<Topic>(&app, &caller, limit).await
}

/// A topic of study, for those whom it is for and for officers.
#[utoipa::path(get, path = "/v1/study-topics/{topic}", tag = "learning", operation_id = "readTopic",
    params(("topic" = TopicId, Path)), security(("token" = [])),
    responses((status = 200, body = TopicView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<TopicId>) -> Result<Reply, Problem> {
    let piece = app.store.piece::<Topic>(id).await?;
    pieces::visible(&app, &caller, &piece).await?;
    let version = piece.version;
    Ok(Reply::ok(&TopicView::from(piece))?.version(version))
}

/// Writes a topic anew that is not published.
#[utoipa::path(put, path = "/v1/study-topics/{topic}", tag = "learning", operation_id = "editTopic", request_body = NewTopic,
    security(("token" = [])),
    params(("topic" = TopicId, Path), ("if-match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = TopicView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TopicId>,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(new): Json<NewTopic>,
) -> Result<Reply, Problem> {
    let new = new.parts()?;
    let (old, author) = pieces::opened::<Topic>(&app, &caller, id).await?;
    version.require(old.version)?;
    parts(&app, &author, &new.2).await?;
    pieces::edit(&app, &author, &old, new, once).await
}

/// Publishes a topic for those whom it is for.
#[utoipa::path(post, path = "/v1/study-topics/{topic}/publication", tag = "learning", operation_id = "publishTopic",
    params(("topic" = TopicId, Path)), security(("token" = [])),
    responses((status = 200, body = TopicView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::publish::<Topic>(&app, &caller, id, once).await
}

/// Withdraws a topic. What learners did stays.
#[utoipa::path(delete, path = "/v1/study-topics/{topic}/publication", tag = "learning", operation_id = "withdrawTopic",
    params(("topic" = TopicId, Path)), security(("token" = [])),
    responses((status = 200, body = TopicView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::withdraw::<Topic>(&app, &caller, id, once).await
}
