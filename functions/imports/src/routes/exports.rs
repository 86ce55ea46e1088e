//! HTTP in, HTTP out: exports.

use super::{Link, lasting};
use crate::{
    App,
    domain::{Alone, Export, ExportState, Kind},
    exports::{told, too_many},
};
use authz::Action;
use axum::extract::State;
use blob::Show;
use dynamo::{Actor, Once};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, ExportId, Line, MemberId, OrgId, Refusal, Text, shanghai_day};
use serde::{Deserialize, Serialize};
use sheet::Format;
use utoipa::ToSchema;

/// A file that somebody wants to take out.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ExportRequest)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    /// The organisation; those below it are included.
    organization: OrgId,
    kind: Kind,
    format: Format,
    /// What it is needed for. Everybody who is in the file can read that.
    #[schema(value_type = String)]
    purpose: Line<200>,
}

/// An export, with a link to its file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportView)]
struct View<'a> {
    #[serde(flatten)]
    export: &'a Export,
    /// Where the file is; only for who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    download: Option<Link>,
}

/// Asks for a file of the persons of an organisation, numbers in full, in the form that an import understands. Up to
/// fifty persons a day it is made at once; more need somebody else who agrees. Everybody in it finds a line in their log.
#[utoipa::path(post, path = "/v1/exports", tag = "imports", operation_id = "askExport",
    request_body = Wanted, security(("token" = [])),
    responses((status = 201, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(wanted): Json<Wanted>,
) -> Result<Reply, Problem> {
    let node = app.store.organizations.node(wanted.organization).await?;
    let scope = caller.may(Action::ExportRecords, &node.path)?;
    if app.store.follows_a_move(&node.path).await? {
        let zh = "党员名册仍在跟进组织调整，请几分钟后再试";
        let en = "the register is still following a move; try again in a few minutes";
        return Err(Refusal::new(ErrorCode::Conflict).because(Text::of(zh, en)).retry_after(60).into());
    }
    let persons = match wanted.kind {
        Kind::Members => app.store.on_the_rolls(&node.path, Export::MOST).await?.ok_or_else(too_many)?.len(),
        Kind::Organizations => 0,
    };
    let now = app.clock.now();
    let alone = Alone::with(app.store.alone(caller.member).await?, persons, shanghai_day(now));
    let export = Export {
        id: ExportId::new(now),
        organization: node.id,
        kind: wanted.kind,
        format: wanted.format,
        purpose: wanted.purpose,
        asked_by: caller.member,
        role: scope.role().slug().to_owned(),
        asked_at: now,
        approved_by: None,
        refused_by: None,
        persons: u32::try_from(persons).unwrap_or(u32::MAX),
        state: if alone.is_some() { ExportState::Producing } else { ExportState::AwaitingApproval },
        produced_at: None,
        version: 1,
    };
    let activity = told(&export, Actor::person(caller.member, scope.role().slug()), "export.asked", now);
    let reply = Reply::created(format!("/v1/exports/{}", export.id), &View { export: &export, download: None })?;
    let change = app.store.ask(&export);
    let change = match &alone {
        Some(alone) => app.store.count_alone(change, caller.member, alone, now),
        None => change,
    };
    let answer = app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?;
    // A repeated request goes on with what the first one began.
    let id = answer.location.as_deref().and_then(|location| location.rsplit('/').next()?.parse().ok());
    let export = match id.filter(|id| *id != export.id) {
        Some(first) => app.store.export(first).await?,
        None => export,
    };
    app.produce(export).await?;
    Ok(answer.into())
}

/// How far an export is; for who asked for it, once it is ready, with a link that holds for ten minutes. Read it again
/// for another link; the file is there for a day.
#[utoipa::path(get, path = "/v1/exports/{export}", tag = "imports", operation_id = "readExport",
    params(("export" = ExportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<ExportId>) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let export = app.store.export(id).await?.seen(now);
    let node = app.store.organizations.node(export.organization).await?;
    caller.may(Action::ExportRecords, &node.path)?;
    let download = if caller.member == export.asked_by && export.is_there(now) {
        let day = shanghai_day(now);
        let file_name = format!("{}-{day}-{}.{}", export.kind.zh(), export.id, export.format.extension());
        let show = Show { file_name: &file_name, media_type: export.format.media_type(), inline: false };
        Some(Link::new("GET", app.bucket.presign_get(&export.key(), &show, now, lasting()).await?, now))
    } else {
        None
    };
    Reply::ok(&View { export: &export, download })
}

/// Agrees to the export of more than fifty persons that somebody else asked for. The file is made within minutes.
#[utoipa::path(post, path = "/v1/exports/{export}/approval", tag = "imports", operation_id = "approveExport",
    params(("export" = ExportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Path(id): Path<ExportId>,
) -> Result<Reply, Problem> {
    decide(&app, &caller, id, "export.approved", Export::approved, once).await
}

/// Does not agree to an export that somebody else asked for.
#[utoipa::path(post, path = "/v1/exports/{export}/refusal", tag = "imports", operation_id = "refuseExport",
    params(("export" = ExportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Path(id): Path<ExportId>,
) -> Result<Reply, Problem> {
    decide(&app, &caller, id, "export.refused", Export::refused, once).await
}

/// Decides about an export that somebody else asked for.
async fn decide(
    app: &App,
    caller: &Caller,
    id: ExportId,
    kind: &str,
    decision: impl Fn(&Export, MemberId, Timestamp) -> Result<Export, Refusal>,
    once: Option<Once>,
) -> Result<Reply, Problem> {
    let export = app.store.export(id).await?;
    let node = app.store.organizations.node(export.organization).await?;
    let scope = caller.may_for(Action::ApproveExport, export.asked_by, &node.path)?;
    let now = app.clock.now();
    let decided = decision(&export, caller.member, now)?;
    let activity = told(&decided, Actor::person(caller.member, scope.role().slug()), kind, now);
    let reply = Reply::ok(&View { export: &decided, download: None })?;
    let change = app.store.take_on(&decided);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
