//! The bank of questions of an organisation, in sets.

use super::{Owned, paged, pieces, told};
use crate::{
    App,
    domain::{COLUMNS, Hand, Question, QuestionSet, field, questions},
    views::{QuestionSetView, SetView},
};
use authz::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use dynamo::{Actor, Once};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply};
use kernel::{Line, OrgId, Page, QuestionSetId, Refusal};
use lambda_http::http::header;
use serde::Deserialize;
use sheet::{Format, Limits};
use utoipa::ToSchema;

/// A set of questions as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewQuestionSet {
    /// Whose set it is.
    organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    /// One to five hundred.
    questions: Vec<Question>,
}

/// A set of questions in a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ImportedQuestionSet {
    /// Whose set it is.
    organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    /// A workbook (XLSX) in base64, with the headers of the template and one to five hundred rows.
    file: String,
}

async fn add(
    app: &App,
    caller: &Caller,
    (organization, title): (OrgId, Line<100>),
    read: impl FnOnce() -> Result<Vec<Question>, Refusal>,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let node = app.store.node(organization).await?;
    let scope = caller.may(Action::AuthorLearning, &node.path)?;
    let questions = read()?;
    let hand = Hand { by: caller.member, at: app.clock.now() };
    let set = QuestionSet::of(organization, title, &questions, hand)?;
    let actor = Actor::person(hand.by, scope.role().slug());
    let activity = told(actor, hand, "question-set.added", organization, set.id)
        .stating("title", &set.title)
        .stating("questions", questions.len());
    let change = app.store.add_set(&set, &questions);
    let reply = Reply::created(format!("/v1/question-sets/{}", set.id), &SetView::from(&set))?.version(set.version);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Adds a set of questions to the bank of an organisation. A set does not change: papers take copies out of it, and a
/// corrected one is another set.
#[utoipa::path(post, path = "/v1/question-sets", tag = "learning", operation_id = "addQuestionSet",
    request_body = NewQuestionSet, security(("token" = [])),
    responses((status = 201, body = SetView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(NewQuestionSet { organization, title, questions }): Json<NewQuestionSet>,
) -> Result<Reply, Problem> {
    let checked = move || {
        for (n, question) in questions.iter().enumerate() {
            question.check().map_err(|refusal| refusal.within(&format!("/questions/{n}")))?;
        }
        Ok(questions)
    };
    add(&app, &caller, (organization, title), checked, once).await
}

/// Adds a set of questions out of a workbook. One row that is wrong, and nothing is stored: each mistake names its row and
/// column.
#[utoipa::path(post, path = "/v1/question-sets/import", tag = "learning", operation_id = "importQuestionSet",
    request_body = ImportedQuestionSet, security(("token" = [])),
    responses((status = 201, body = SetView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn import(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(ImportedQuestionSet { organization, title, file }): Json<ImportedQuestionSet>,
) -> Result<Reply, Problem> {
    let read = move || {
        let bytes = BASE64_STANDARD.decode(file);
        let bytes = bytes.map_err(|_| field("/file", "不是 base64 编码", "is not base64"))?;
        let rows = sheet::read(Format::Xlsx, &bytes, &Limits::LIST);
        questions(&rows.map_err(|wrong| Refusal::field("/file", wrong.0))?)
    };
    add(&app, &caller, (organization, title), read, once).await
}

/// A workbook with the headers that an import understands and no rows.
#[utoipa::path(get, path = "/v1/question-sets/template", tag = "learning", operation_id = "questionSetTemplate",
    security(("token" = [])),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn template(_: Caller) -> Result<Response, Problem> {
    let file = sheet::write(Format::Xlsx, [COLUMNS]).map_err(Problem::internal)?;
    let disposition = "attachment; filename=\"questions.xlsx\"";
    Ok(([(header::CONTENT_TYPE, Format::Xlsx.media_type()), (header::CONTENT_DISPOSITION, disposition)], file)
        .into_response())
}

/// Sets of questions of an organisation, the latest first, without the questions.
#[utoipa::path(get, path = "/v1/question-sets", tag = "learning", operation_id = "listQuestionSets", params(Owned),
    security(("token" = [])), responses((status = 200, body = Page<SetView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Query(owned): Query<Owned>) -> Result<Reply, Problem> {
    let page = Paging::of("question-sets", owned.limit, owned.cursor.as_deref())?;
    let node = app.store.node(owned.organization).await?;
    caller.may(Action::AuthorLearning, &node.path)?;
    paged(&page, app.store.sets(node.id, page.place()).await?, |set| SetView::from(&set))
}

/// A set with its questions and their keys, for those who write them.
#[utoipa::path(get, path = "/v1/question-sets/{set}", tag = "learning", operation_id = "readQuestionSet",
    params(("set" = QuestionSetId, Path)), security(("token" = [])),
    responses((status = 200, body = QuestionSetView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<QuestionSetId>,
) -> Result<Reply, Problem> {
    let set = app.store.set(id).await?;
    let node = app.store.node(set.organization).await?;
    caller.may(Action::AuthorLearning, &node.path)?;
    let questions = app.store.questions_of_set(id).await?;
    Ok(Reply::ok(&QuestionSetView { set: SetView::from(&set), questions })?.version(set.version))
}

/// Removes a set. Papers keep the questions that they took from it.
#[utoipa::path(delete, path = "/v1/question-sets/{set}", tag = "learning", operation_id = "removeQuestionSet",
    params(("set" = QuestionSetId, Path)), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<QuestionSetId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let set = app.store.set(id).await?;
    let author = pieces::author(&app, &caller, set.organization).await?;
    let activity =
        told(author.actor(), author.hand, "question-set.removed", set.organization, id).stating("title", &set.title);
    let answer = Reply::nothing().into_answer();
    Ok(app.store.ledger.commit(app.store.remove_set(&set), [activity], once.as_ref(), answer).await?.into())
}
