//! Courses, their lessons, and how far somebody is in them.

use super::{
    Owned,
    pieces::{self, Author, Shown},
};
use crate::{
    App,
    domain::{Course, NewCourse, Piece, field},
    store::{LINK, PositionRow},
    views::{CourseView, LessonLink, MyCourse, Reached},
};
use axum::extract::State;
use dynamo::Activity;
use http_api::{Caller, Idempotency, IfMatch, Json, Path, Problem, ProblemBody, Query, Reply};
use jiff::SignedDuration;
use kernel::{CourseId, ErrorCode, Limit, MediaId, Page};
use register::{Media, MediaState};
use serde::Deserialize;
use utoipa::ToSchema;

impl Shown for Course {
    type View = CourseView;

    fn view(piece: Piece<Self>) -> CourseView {
        piece.into()
    }
}

/// Whether every lesson is a completed upload of the organisation.
async fn lessons(app: &App, author: &Author, course: &Course) -> Result<(), Problem> {
    let known = app.store.media(course.lessons.iter().map(|lesson| lesson.media).collect()).await?;
    let ready = |media: &Media| media.state == MediaState::Ready && media.organization == author.node.id;
    for (n, lesson) in course.lessons.iter().enumerate() {
        if !known.iter().any(|media| media.id == lesson.media && ready(media)) {
            let pointer = format!("/lessons/{n}/media");
            return Err(field(pointer, "没有这个已上传的文件", "there is no such completed upload").into());
        }
    }
    Ok(())
}

/// Drafts a course, in an office.
#[utoipa::path(post, path = "/v1/courses", tag = "learning", operation_id = "draftCourse", request_body = NewCourse,
    security(("token" = [])), responses((status = 201, body = CourseView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(new): Json<NewCourse>,
) -> Result<Reply, Problem> {
    let (organization, head, course) = new.parts()?;
    let author = pieces::author(&app, &caller, organization).await?;
    lessons(&app, &author, &course).await?;
    pieces::draft(&app, &author, (head, course), |piece| app.store.draft(piece), once).await
}

/// Courses of an organisation, drafts and withdrawn ones included, the latest first; for officers.
#[utoipa::path(get, path = "/v1/courses", tag = "learning", operation_id = "listCourses", params(Owned),
    security(("token" = [])), responses((status = 200, body = Page<CourseView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Query(owned): Query<Owned>) -> Result<Reply, Problem> {
    pieces::list::<Course>(&app, &caller, owned).await
}

/// Published courses for oneself, the latest first.
#[utoipa::path(get, path = "/v1/me/courses", tag = "learning", operation_id = "myCourses", params(Limit),
    security(("token" = [])), responses((status = 200, body = Page<CourseView>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn mine(State(app): State<App>, caller: Caller, Query(limit): Query<Limit>) -> Result<Reply, Problem> {
    pieces::mine::<Course>(&app, &caller, limit).await
}

/// A course, with how far one is in each lesson.
#[utoipa::path(get, path = "/v1/courses/{course}", tag = "learning", operation_id = "readCourse",
    params(("course" = CourseId, Path)), security(("token" = [])),
    responses((status = 200, body = MyCourse), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<CourseId>) -> Result<Reply, Problem> {
    let piece = app.store.piece::<Course>(id).await?;
    pieces::visible(&app, &caller, &piece).await?;
    let positions = app.store.positions(caller.member, id).await?;
    Reply::ok(&MyCourse { course: piece.into(), positions: positions.into_iter().map(Reached::from).collect() })
}

/// Writes a course anew that is not published. `If-Match` takes `"v<version>"` of what was read.
#[utoipa::path(put, path = "/v1/courses/{course}", tag = "learning", operation_id = "editCourse", request_body = NewCourse,
    security(("token" = [])),
    params(("course" = CourseId, Path), ("if-match" = String, Header, description = "`\"v` and its `version`")),
    responses((status = 200, body = CourseView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CourseId>,
    version: IfMatch,
    Idempotency(once): Idempotency,
    Json(new): Json<NewCourse>,
) -> Result<Reply, Problem> {
    let parts = new.parts()?;
    let (old, author) = pieces::opened::<Course>(&app, &caller, id).await?;
    version.require(old.version)?;
    lessons(&app, &author, &parts.2).await?;
    pieces::edit(&app, &author, &old, parts, once).await
}

/// Publishes a course for those whom it is for.
#[utoipa::path(post, path = "/v1/courses/{course}/publication", tag = "learning", operation_id = "publishCourse",
    params(("course" = CourseId, Path)), security(("token" = [])),
    responses((status = 200, body = CourseView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CourseId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::publish::<Course>(&app, &caller, id, once).await
}

/// Withdraws a course. How far learners are in it stays.
#[utoipa::path(delete, path = "/v1/courses/{course}/publication", tag = "learning", operation_id = "withdrawCourse",
    params(("course" = CourseId, Path)), security(("token" = [])),
    responses((status = 200, body = CourseView), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CourseId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    pieces::withdraw::<Course>(&app, &caller, id, once).await
}

/// A link by which a lesson is played or read for ten minutes. It takes `Range`, so that a player can go on anywhere.
#[utoipa::path(get, path = "/v1/courses/{course}/lessons/{lesson}/link", tag = "learning", operation_id = "linkLesson",
    params(("course" = CourseId, Path), ("lesson" = MediaId, Path)), security(("token" = [])),
    responses((status = 200, body = LessonLink), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn link(
    State(app): State<App>,
    caller: Caller,
    Path((id, lesson)): Path<(CourseId, MediaId)>,
) -> Result<Reply, Problem> {
    let piece = app.store.piece::<Course>(id).await?;
    pieces::visible(&app, &caller, &piece).await?;
    if piece.content.lessons.iter().all(|one| one.media != lesson) {
        return Err(ErrorCode::NotFound.into());
    }
    let media = app.store.media(vec![lesson]).await?.pop().ok_or(ErrorCode::NotFound)?;
    let now = app.clock.now();
    let expires_at = now + SignedDuration::try_from(LINK).map_err(Problem::internal)?;
    let url = app.store.link(&media, now).await?.url;
    Reply::ok(&LessonLink { url, media_type: media.media_type, expires_at })
}

/// How far one is in a lesson.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPosition {
    /// Seconds from its beginning; pages of a document. At most a week of seconds.
    position: u32,
}

/// Keeps how far one is in a lesson, so that one can go on there. It counts nothing, and nobody else sees it.
#[utoipa::path(put, path = "/v1/courses/{course}/lessons/{lesson}/position", tag = "learning", operation_id = "keepPosition",
    request_body = NewPosition, params(("course" = CourseId, Path), ("lesson" = MediaId, Path)), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn reach(
    State(app): State<App>,
    caller: Caller,
    Path((id, lesson)): Path<(CourseId, MediaId)>,
    Idempotency(once): Idempotency,
    Json(NewPosition { position }): Json<NewPosition>,
) -> Result<Reply, Problem> {
    let piece = app.store.piece::<Course>(id).await?;
    let known = piece.content.lessons.iter().any(|one| one.media == lesson);
    if !known || !pieces::is_for(&app, &caller, &piece).await? {
        return Err(ErrorCode::NotFound.into());
    }
    if position > 7 * 86_400 {
        return Err(field("/position", "超出范围", "is out of range").into());
    }
    let row = PositionRow::new(caller.member, id, (lesson, position), app.clock.now());
    let nothing: [Activity; 0] = [];
    let answer = Reply::nothing().into_answer();
    Ok(app.store.ledger.commit(app.store.reach(&row), nothing, once.as_ref(), answer).await?.into())
}
