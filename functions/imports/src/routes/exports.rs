//! HTTP in, HTTP out: exports.

use super::{Link, lasting};
use crate::{
    App,
    domain::{Export, ExportState, Kind},
    exports::{told, too_many},
};
use authz::Action;
use axum::extract::State;
use blob::Show;
use dynamo::Actor;
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply};
use kernel::{ExportId, Line, OrgId, shanghai_day};
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
/// fifty persons it is there at once; more need somebody else who agrees. Everybody in it finds a line in their log.
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
    let persons = match wanted.kind {
        Kind::Members => app.store.on_the_rolls(&node.path, Export::MOST).await?.ok_or_else(too_many)?.len(),
        Kind::Organizations => 0,
    };
    let now = app.clock.now();
    let mut export = Export {
        id: ExportId::new(now),
        organization: node.id,
        kind: wanted.kind,
        format: wanted.format,
        purpose: wanted.purpose,
        asked_by: caller.member,
        role: scope.role().slug().to_owned(),
        asked_at: now,
        approved_by: None,
        persons: u32::try_from(persons).unwrap_or(u32::MAX),
        state: ExportState::AwaitingApproval,
        produced_at: None,
        version: 1,
    };
    if persons <= Export::ALONE {
        let persons = app.fill(&export).await?;
        export = Export { version: 1, ..export.produced(persons, now) };
    }
    let kind = if export.state == ExportState::Ready { "export.produced" } else { "export.asked" };
    let activity = told(&export, Actor::person(caller.member, scope.role().slug()), kind, now);
    let reply = Reply::created(format!("/v1/exports/{}", export.id), &View { export: &export, download: None })?;
    let change = app.store.ask(&export);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// How far an export is; for who asked for it, once it is ready, with a link that holds for ten minutes. Read it again
/// for another link; the file is there for a day.
#[utoipa::path(get, path = "/v1/exports/{export}", tag = "imports", operation_id = "readExport",
    params(("export" = ExportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<ExportId>) -> Result<Reply, Problem> {
    let export = app.store.export(id).await?;
    let node = app.store.organizations.node(export.organization).await?;
    caller.may(Action::ExportRecords, &node.path)?;
    let now = app.clock.now();
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
    let export = app.store.export(id).await?;
    let node = app.store.organizations.node(export.organization).await?;
    let scope = caller.may_for(Action::ApproveExport, export.asked_by, &node.path)?;
    let approved = export.approved(caller.member)?;
    let actor = Actor::person(caller.member, scope.role().slug());
    let activity = told(&approved, actor, "export.approved", app.clock.now());
    let reply = Reply::ok(&View { export: &approved, download: None })?;
    let change = app.store.take_on(&approved);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}
