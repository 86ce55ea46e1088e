//! An empty file to begin with.

use crate::domain::Kind;
use axum::response::{IntoResponse, Response};
use http_api::{Caller, Problem, ProblemBody, Query};
use lambda_http::http::header;
use serde::Deserialize;
use sheet::Format;
use utoipa::IntoParams;

/// Which file is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// What it is to hold.
    #[param(inline)]
    kind: Kind,
    /// The kind of file.
    #[param(inline)]
    format: Format,
}

/// A file with the headers that an import understands and no rows.
#[utoipa::path(get, path = "/v1/imports/template", tag = "imports", operation_id = "importTemplate",
    params(Wanted), security(("token" = [])),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn template(_: Caller, Query(Wanted { kind, format }): Query<Wanted>) -> Result<Response, Problem> {
    let header = kind.columns().iter().map(|column| column.name);
    let file = sheet::write(format, [header]).map_err(Problem::internal)?;
    let disposition = format!("attachment; filename=\"import.{}\"", format.extension());
    Ok(([(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, &disposition)], file)
        .into_response())
}
