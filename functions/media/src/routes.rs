//! HTTP in, HTTP out.

mod views;

use crate::{
    App, content,
    domain::{self, Draft, Rules},
};
use authz::{Action, Scope};
use axum::{Router, extract::State};
use dynamo::{Activity, Actor, Once, Read, StoreError};
use http_api::{Caller, Idempotency, Json, Paging, Path, Problem, ProblemBody, Query, Reply, document, finish};
use jiff::Timestamp;
use kernel::{ErrorCode, MediaId, OrgId, Page};
use register::{Media, MediaState, Node, OrgKind};
use serde::Deserialize;
use tokio::task::spawn_blocking;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use views::{DeclaredView, DownloadView, MediaView};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.media.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("media", "图片、视频与文件：上传、查看、下载"))
        .routes(routes!(declare, list))
        .routes(routes!(read, remove))
        .routes(routes!(complete))
        .routes(routes!(download))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// What somebody in an office did to `media`. Its name may tell of a person and stays out of the trace.
fn activity(caller: &Caller, scope: &Scope, kind: &str, media: &Media, now: Timestamp) -> Activity {
    let actor = Actor::person(caller.member, scope.role().slug());
    Activity::new(now, actor, kind, media.organization, media.id)
        .stating("mediaType", media.media_type)
        .stating("bytes", media.length())
}

/// Declares a file that is about to be uploaded, and gives the link for it. Send the file to `upload.url` by `PUT` with
/// exactly the headers named there (browsers set `content-length` themselves), then ask for completion.
#[utoipa::path(post, path = "/v1/media", tag = "media", operation_id = "declareMedia", request_body = Draft, security(("token" = [])),
    responses((status = 201, body = DeclaredView<'_>), (status = "4XX", body = ProblemBody)))]
async fn declare(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(draft): Json<Draft>,
) -> Result<Reply, Problem> {
    let node = app.organizations.node(draft.organization).await?;
    let scope = caller.may(Action::UploadMedia, &node.path)?;
    if node.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    let (now, rules) = (app.clock.now(), Rules::get()?);
    let media = draft.declared(MediaId::new(now), caller.member, now, rules)?;
    let link = app.media.upload_link(&media, now).await?;
    let activity = activity(&caller, &scope, "media.declared", &media, now).stating("rules", &rules.version);
    let location = format!("/v1/media/{}", media.id);
    let reply = Reply::created(location, &DeclaredView::of(&media, &link))?.version(media.version);
    let change = app.media.declaration(&media, rules);
    Ok(app.media.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// Completes an upload: the file is compared with what was declared, checked, cleaned and kept. Asked again, it answers
/// the same.
#[utoipa::path(post, path = "/v1/media/{media}/completion", tag = "media", operation_id = "completeMedia",
    params(("media" = MediaId, Path)), security(("token" = [])),
    responses((status = 200, body = MediaView<'_>), (status = "4XX", body = ProblemBody)))]
async fn complete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MediaId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let media = app.media.get(id, Read::Consistent).await?;
    let node = app.organizations.node(media.organization).await?;
    let scope = caller.may(Action::UploadMedia, &node.path)?;
    domain::open(&media, app.clock.now())?;
    if media.state == MediaState::Ready {
        return shown(&media);
    }
    match keep(&app, &caller, &scope, &media, once.as_ref()).await {
        // Two completions of one upload: the other one was faster, kept the same file, and took the upload away.
        Err(problem) if matches!(problem.code(), ErrorCode::Conflict | ErrorCode::NotUploaded) => {
            let present = app.media.get(id, Read::Consistent).await?;
            if present.state == MediaState::Ready { shown(&present) } else { Err(problem) }
        }
        done => done,
    }
}

/// Keeps what was uploaded as `media`.
async fn keep(app: &App, caller: &Caller, scope: &Scope, media: &Media, once: Option<&Once>) -> Result<Reply, Problem> {
    let (id, kind, now, rules) = (media.id, media.media_type, app.clock.now(), Rules::get()?);
    let bytes = app.media.uploaded(media).await?;
    let clean = spawn_blocking(move || content::clean(kind, bytes, rules)).await.map_err(Problem::internal)??;
    app.media.keep(id, kind, clean.bytes).await?;
    let done = domain::completed(media, clean.stored, now);
    let activity = activity(caller, scope, "media.completed", &done, now);
    let change = app.media.completion(media, &done, rules);
    let answer = app.media.ledger.commit(change, [activity], once, shown(&done)?.into_answer()).await?;
    app.media.discard(&[Media::incoming(id)]).await;
    Ok(answer.into())
}

fn shown(media: &Media) -> Result<Reply, Problem> {
    Ok(Reply::ok(&MediaView::of(media))?.version(media.version))
}

/// What is known of a file. Members see what is kept for their own organisation. As long as it is expected, there is a
/// fresh link for whoever may upload it: the one before may have expired.
#[utoipa::path(get, path = "/v1/media/{media}", tag = "media", operation_id = "readMedia", params(("media" = MediaId, Path)), security(("token" = [])),
    responses((status = 200, body = DeclaredView<'_>), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<MediaId>) -> Result<Reply, Problem> {
    let (media, node) = visible(&app, &caller, id).await?;
    let now = app.clock.now();
    let expected = media.state == MediaState::Pending && domain::open(&media, now).is_ok();
    if expected && caller.may(Action::UploadMedia, &node.path).is_ok() {
        // No version: the link is another one each time.
        return Reply::ok(&DeclaredView::of(&media, &app.media.upload_link(&media, now).await?));
    }
    shown(&media)
}

/// A link by which the file can be got for ten minutes. Pictures may be shown in place, everything else is saved under its
/// name.
#[utoipa::path(get, path = "/v1/media/{media}/download", tag = "media", operation_id = "downloadMedia", params(("media" = MediaId, Path)), security(("token" = [])),
    responses((status = 200, body = DownloadView<'_>), (status = "4XX", body = ProblemBody)))]
async fn download(State(app): State<App>, caller: Caller, Path(id): Path<MediaId>) -> Result<Reply, Problem> {
    let (media, _) = visible(&app, &caller, id).await?;
    if media.state == MediaState::Pending {
        return Err(ErrorCode::NotUploaded.into());
    }
    let link = app.media.download_link(&media, app.clock.now()).await?;
    Reply::ok(&DownloadView::of(&link))
}

/// The record of `id` for somebody who may see it, and the organisation that it belongs to.
async fn visible(app: &App, caller: &Caller, id: MediaId) -> Result<(Media, Node), Problem> {
    let media = app.media.get(id, Read::Eventual).await?;
    let node = app.organizations.node(media.organization).await?;
    match caller.may(Action::ReadMedia, &node.path) {
        Ok(_) => Ok((media, node)),
        Err(_) if media.state == MediaState::Ready && belongs(app, caller, &node).await? => Ok((media, node)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Whether the caller is on the rolls of `node`, or of a group of it.
async fn belongs(app: &App, caller: &Caller, node: &Node) -> Result<bool, Problem> {
    let person = match app.people.person(caller.member, Read::Eventual).await {
        Ok(person) if person.state.is_current() => person,
        Ok(_) => return Ok(false),
        Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    // The path in the person's record is a copy; the tree itself decides.
    let home = app.organizations.node(person.organization).await?;
    Ok(home.id == node.id || (home.kind == OrgKind::Group && home.path.parent() == Some(node.id)))
}

/// Whose files are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The organisation; those below it are not included.
    organization: OrgId,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The files that are kept for an organisation, those declared last first. Members see those of their own organisation.
#[utoipa::path(get, path = "/v1/media", tag = "media", operation_id = "listMedia", params(Wanted), security(("token" = [])),
    responses((status = 200, body = Page<MediaView<'_>>), (status = "4XX", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Query(wanted): Query<Wanted>) -> Result<Reply, Problem> {
    let page = Paging::of("media", wanted.limit, wanted.cursor.as_deref())?;
    let node = app.organizations.node(wanted.organization).await?;
    if let Err(refusal) = caller.may(Action::ReadMedia, &node.path)
        && !belongs(&app, &caller, &node).await?
    {
        return Err(refusal.into());
    }
    let (after, size) = page.place();
    let found = app.media.of_organization(node.id, after, size).await?;
    Reply::ok(&page.holding(found.items.iter().map(MediaView::of).collect(), found.after))
}

/// Removes a file, whether it was uploaded or only declared, and gives its share of the quota back. Who may upload may
/// remove their own; what others uploaded needs more.
#[utoipa::path(delete, path = "/v1/media/{media}", tag = "media", operation_id = "removeMedia", params(("media" = MediaId, Path)), security(("token" = [])),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MediaId>,
    Idempotency(once): Idempotency,
) -> Result<Reply, Problem> {
    let media = app.media.get(id, Read::Consistent).await?;
    let node = app.organizations.node(media.organization).await?;
    let action = if media.uploader == caller.member { Action::UploadMedia } else { Action::RemoveMedia };
    let scope = caller.may(Action::RemoveMedia, &node.path).or_else(|_| caller.may(action, &node.path))?;
    let now = app.clock.now();
    let activity = activity(&caller, &scope, "media.removed", &media, now).stating("uploader", media.uploader);
    let answer = Reply::nothing().into_answer();
    let answer = app.media.ledger.commit(app.media.removal(&media), [activity], once.as_ref(), answer).await?;
    app.media.discard(&[Media::kept(id), Media::incoming(id)]).await;
    Ok(answer.into())
}
