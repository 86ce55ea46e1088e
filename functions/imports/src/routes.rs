//! HTTP in, HTTP out: imports.

mod exports;
mod list;
mod template;

use crate::{
    App,
    apply::{PROBLEMS, told},
    check::{self, Fate},
    domain::{Import, ImportState, Kind, RowProblem},
    jobs::Bound,
};
use authz::{Action, Scope};
use axum::{Router, extract::State};
use blob::{Signed, Upload};
use dynamo::{Activity, Actor, Tries};
use http_api::{Caller, Idempotency, Json, Path, Problem, ProblemBody, Reply, document, finish};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, ImportId, OrgId, Refusal, Text};
use register::{Checksum, Node};
use serde::{Deserialize, Serialize};
use sheet::{Format, Limits};
use std::{collections::BTreeMap, time::Duration};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Transactions that one request makes; the rest is the job's.
const STEPS: usize = 25;
/// How long a request goes on; it has 25 seconds (`template.yaml`).
const REQUEST: SignedDuration = SignedDuration::from_secs(15);
/// Times that an import is tried to be undone while its rows are being applied.
const TRIES: u32 = 8;
/// How long a link holds, in minutes.
const MINUTES: u8 = 10;

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let ledger = app.store.ledger.clone();
    let (router, document) = OpenApiRouter::with_openapi(document("imports", "导入导出：文件导入、撤销、审批导出"))
        .routes(routes!(announce))
        .routes(routes!(list::imports))
        .routes(routes!(template::template))
        .routes(routes!(read))
        .routes(routes!(start))
        .routes(routes!(undo))
        .routes(routes!(exports::ask))
        .routes(routes!(list::exports))
        .routes(routes!(exports::read))
        .routes(routes!(exports::approve))
        .routes(routes!(exports::refuse))
        .with_state(app)
        .split_for_parts();
    (finish(router, Some(ledger)), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// How long a link holds.
fn lasting() -> Duration {
    Duration::from_secs(u64::from(MINUTES) * 60)
}

/// How far a request goes on that began at `now`.
fn bound(now: Timestamp) -> Bound {
    Bound { steps: STEPS, until: now.saturating_add(REQUEST).unwrap_or(now) }
}

/// A request that the client sends to the bucket itself, exactly so, without an `Authorization` header.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedRequest)]
struct Link {
    /// `PUT` or `GET`
    #[schema(value_type = String)]
    method: &'static str,
    /// Where to.
    url: String,
    /// Headers that have to be sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// Until when, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl Link {
    fn new(method: &'static str, signed: Signed, now: Timestamp) -> Self {
        let expires_at = now.saturating_add(SignedDuration::from_mins(MINUTES.into())).unwrap_or(now);
        Self { method, url: signed.url, headers: signed.headers.into_iter().collect(), expires_at }
    }
}

/// A file to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ImportAnnouncement)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Announcement {
    /// The organisation whose file it is; rows may belong to any below it.
    organization: OrgId,
    kind: Kind,
    format: Format,
    /// Bytes of the file, at most 8 MB.
    #[schema(minimum = 1, maximum = 8_388_608)]
    length: u64,
    /// SHA-256 of the file, 64 hexadecimal digits in lower case.
    sha256: Checksum,
    /// Whether the file is only to be checked.
    #[serde(default)]
    dry_run: bool,
}

/// An import with what was found wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportView)]
struct View<'a> {
    #[serde(flatten)]
    import: &'a Import,
    /// What is wrong, the first two hundred: row, column and why.
    problems: &'a [RowProblem],
    /// Where to put the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<Link>,
}

fn view(import: &Import, problems: &[RowProblem]) -> Result<Reply, Problem> {
    let problems = problems.get(..PROBLEMS).unwrap_or(problems);
    Reply::ok(&View { import, problems, upload: None })
}

/// An activity of somebody at an import.
fn activity(import: &Import, caller: &Caller, scope: &Scope, kind: &str) -> Activity {
    Activity { actor: Actor::person(caller.member, scope.role().slug()), ..told(import, kind) }
}

/// Refuses to bring anything into what is dissolved or merged.
fn open(node: &Node) -> Result<(), Refusal> {
    if node.closed_on.is_some() { Err(ErrorCode::OrganizationClosed.into()) } else { Ok(()) }
}

/// Announces a file. The answer says where to put it; then start the import.
#[utoipa::path(post, path = "/v1/imports", tag = "imports", operation_id = "announceImport",
    request_body = Announcement, security(("token" = [])),
    responses((status = 201, body = View<'_>), (status = "4XX", body = ProblemBody)))]
async fn announce(
    State(app): State<App>,
    caller: Caller,
    Idempotency(once): Idempotency,
    Json(announced): Json<Announcement>,
) -> Result<Reply, Problem> {
    let node = app.store.organizations.node(announced.organization).await?;
    let scope = caller.may(Action::ImportRecords, &node.path)?;
    open(&node)?;
    let most = u64::try_from(Limits::LIST.file).unwrap_or(u64::MAX);
    if !(1..=most).contains(&announced.length) {
        return Err(Refusal::field("/length", Text::of("文件应为 1 字节至 8 MB", "a file has 1 byte to 8 MB")).into());
    }
    let now = app.clock.now();
    let import = Import {
        id: ImportId::new(now),
        organization: node.id,
        kind: announced.kind,
        format: announced.format,
        length: announced.length,
        sha256: announced.sha256,
        dry_run: announced.dry_run,
        asked_by: caller.member,
        asked_at: now,
        started_by: None,
        role: None,
        state: ImportState::AwaitingFile,
        rows: 0,
        last_line: 0,
        done: 0,
        created: 0,
        unchanged: 0,
        failed: 0,
        undone: 0,
        kept: 0,
        version: 1,
        updated_at: now,
    };
    let upload = Upload { media_type: import.format.media_type(), length: import.length, sha256: import.sha256.0 };
    let signed = app.bucket.presign_put(&import.key(), &upload, now, lasting()).await?;
    let body = View { import: &import, problems: &[], upload: Some(Link::new("PUT", signed, now)) };
    let reply = Reply::created(format!("/v1/imports/{}", import.id), &body)?;
    let activity = activity(&import, &caller, &scope, "import.announced");
    let change = app.store.announce(&import);
    Ok(app.store.ledger.commit(change, [activity], once.as_ref(), reply.into_answer()).await?.into())
}

/// How far an import is, and what was found wrong.
#[utoipa::path(get, path = "/v1/imports/{import}", tag = "imports", operation_id = "readImport",
    params(("import" = ImportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
async fn read(State(app): State<App>, caller: Caller, Path(id): Path<ImportId>) -> Result<Reply, Problem> {
    let (import, problems) = app.store.import(id).await?;
    let node = app.store.organizations.node(import.organization).await?;
    caller.may(Action::ImportRecords, &node.path)?;
    view(&import, &problems)
}

/// Checks the file as a whole and, where nothing is wrong and that was asked for, applies the first rows. With anything
/// wrong nothing is stored. Sent again it goes on; so does a job, every minute.
#[utoipa::path(post, path = "/v1/imports/{import}/start", tag = "imports", operation_id = "startImport",
    params(("import" = ImportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
async fn start(State(app): State<App>, caller: Caller, Path(id): Path<ImportId>) -> Result<Reply, Problem> {
    let (import, problems) = app.store.import(id).await?;
    let node = app.store.organizations.node(import.organization).await?;
    let scope = caller.may(Action::ImportRecords, &node.path)?;
    let (import, problems) = match import.state {
        ImportState::AwaitingFile => begin(&app, &caller, &scope, &import, &node).await?,
        ImportState::Applying => {
            app.apply(import, &node, bound(app.clock.now())).await?;
            app.store.import(id).await?
        }
        _ => (import, problems),
    };
    view(&import, &problems)
}

/// Looks at the file for the first time.
async fn begin(
    app: &App,
    caller: &Caller,
    scope: &Scope,
    import: &Import,
    node: &Node,
) -> Result<(Import, Vec<RowProblem>), Problem> {
    open(node)?;
    let file = check::file(app, import).await?;
    let now = app.clock.now();
    let (started_by, role) = (Some(caller.member), Some(scope.role().slug().to_owned()));
    let mut next = Import { started_by, role, ..import.next(now) };
    let mut problems = Vec::new();
    match &file {
        Ok(file) => {
            next.rows = u32::try_from(file.rows.len()).unwrap_or(u32::MAX);
            next.last_line = file.rows.last().map_or(0, |row| row.line);
            let places = app.store.places(node).await?;
            for (_, fate) in app.judge(&next, file, &places, usize::MAX).await? {
                match fate {
                    Fate::Wrong(found) => {
                        next.failed += 1;
                        problems.extend(found);
                    }
                    Fate::Same => next.unchanged += 1,
                    Fate::Person(_) | Fate::Organization(_) => {}
                }
            }
        }
        Err(found) => problems.clone_from(found),
    }
    problems.truncate(PROBLEMS);
    let kind;
    (next.state, kind) = match (problems.is_empty(), import.dry_run) {
        (false, _) => (ImportState::Refused, "import.refused"),
        (true, true) => (ImportState::Checked, "import.checked"),
        (true, false) if next.unchanged == next.rows => (ImportState::Done, "import.finished"),
        (true, false) => (ImportState::Applying, "import.started"),
    };
    let activity = told(&next, kind);
    match next.state {
        // Counted from here on as the rows are applied.
        ImportState::Applying => next.unchanged = 0,
        ImportState::Done => next.done = next.rows,
        _ => {}
    }
    let change = app.store.turn(import, &next, problems.clone());
    app.store.ledger.commit(change, [activity], None, Reply::nothing().into_answer()).await?;
    match file {
        Ok(file) if next.state == ImportState::Applying => {
            app.apply_rows(next, &file, node, bound(now)).await?;
            Ok(app.store.import(import.id).await?)
        }
        _ => Ok((next, problems)),
    }
}

/// Removes what the import created, as far as nobody changed it since. Sent again it goes on; so does a job, every minute.
#[utoipa::path(post, path = "/v1/imports/{import}/undo", tag = "imports", operation_id = "undoImport",
    params(("import" = ImportId, Path)), security(("token" = [])),
    responses((status = 200, body = View<'_>), (status = "4XX", body = ProblemBody)))]
async fn undo(State(app): State<App>, caller: Caller, Path(id): Path<ImportId>) -> Result<Reply, Problem> {
    let (import, problems) = app.store.import(id).await?;
    let node = app.store.organizations.node(import.organization).await?;
    let scope = caller.may(Action::ImportRecords, &node.path)?;
    if import.state == ImportState::Undone {
        return view(&import, &problems);
    }
    let undoing = begin_undoing(&app, &caller, &scope, import).await?;
    app.undo(undoing, bound(app.clock.now())).await?;
    let (import, problems) = app.store.import(id).await?;
    view(&import, &problems)
}

/// Begins to undo `import`. The job may be applying its rows, a step every moment: then that is tried some times.
async fn begin_undoing(app: &App, caller: &Caller, scope: &Scope, mut import: Import) -> Result<Import, Problem> {
    let mut tries = Tries::new(TRIES);
    while import.state != ImportState::Undoing {
        let next = import.undoing(caller.member, scope.role().slug(), app.clock.now())?;
        let change = app.store.turn(&import, &next, Vec::new());
        let activity = told(&next, "import.reversed");
        match app.store.ledger.commit(change, [activity], None, Reply::nothing().into_answer()).await {
            Ok(_) => return Ok(next),
            Err(error) if error.is_conflict() && tries.again() => import = app.store.import(import.id).await?.0,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(import)
}
