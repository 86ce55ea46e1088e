//! HTTP in, HTTP out: what was brought in and taken out. Who, when, how many and how far; no row of any file.

use crate::{
    App,
    domain::{Export, ExportState, Import, ImportState},
};
use authz::Action;
use axum::extract::State;
use http_api::{Caller, Paging, Problem, ProblemBody, Query, Reply};
use kernel::{OrgId, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which imports are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Imports {
    /// The organisation whose file it was.
    organization: OrgId,
    /// Only those that stand so.
    state: Option<ImportState>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Which exports are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Exports {
    /// The organisation that was asked for.
    organization: OrgId,
    /// Only those that stand so; `awaiting-approval` are those that somebody else has to agree to.
    state: Option<ExportState>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The imports of an organisation, latest first, without what was found wrong in them.
#[utoipa::path(get, path = "/v1/imports", tag = "imports", operation_id = "listImports", params(Imports),
    security(("token" = [])),
    responses((status = 200, body = Page<Import>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn imports(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Imports>,
) -> Result<Reply, Problem> {
    let page = Paging::of("imports", asked.limit, asked.cursor.as_deref())?;
    let node = app.store.organizations.node(asked.organization).await?;
    caller.may(Action::ImportRecords, &node.path)?;
    let found = app.store.imports(node.id, asked.state, page.place()).await?;
    Reply::ok(&page.holding(found.items, found.after))
}

/// The exports of an organisation, latest first, without links to their files. Who is to agree to one finds it here.
#[utoipa::path(get, path = "/v1/exports", tag = "imports", operation_id = "listExports", params(Exports),
    security(("token" = [])),
    responses((status = 200, body = Page<Export>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn exports(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Exports>,
) -> Result<Reply, Problem> {
    let page = Paging::of("exports", asked.limit, asked.cursor.as_deref())?;
    let node = app.store.organizations.node(asked.organization).await?;
    caller.may(Action::ExportRecords, &node.path)?;
    let found = app.store.exports(node.id, asked.state, page.place()).await?;
    let now = app.clock.now();
    let items = found.items.into_iter().map(|export| export.seen(now));
    // Those that lapsed are kept with those that wait, so a page of either may be shorter than asked for.
    let items = items.filter(|export| asked.state.is_none_or(|state| export.state == state)).collect();
    Reply::ok(&page.holding(items, found.after))
}
