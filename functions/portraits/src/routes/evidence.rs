//! The evidence pack of a branch.

use super::of_branches;
use crate::{App, views::EvidencePack};
use authz::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http_api::{Caller, Path, Problem, ProblemBody, Query, Reply, Written};
use kernel::{OrgId, wanted_year};
use lambda_http::http::HeaderMap;
use scoring::Sheet;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which year is asked for, and how it is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EvidenceOf {
    /// This year when it is left out.
    #[param(minimum = 1992, maximum = 2200)]
    year: Option<i16>,
    /// How it is written; without it `Accept: text/csv` asks for a file.
    #[param(inline)]
    format: Option<Written>,
}

/// What an appraisal of a branch can rest on, put together from what is there: of each dimension of its portrait each rule with its
/// version, what it gave, and the records with their days that every point comes from; the star that it was awarded; appeals that
/// are open. It names records and no persons, decides nothing, and is the same for the same data. As a file it holds the same numbers.
#[utoipa::path(get, path = "/v1/organizations/{organization}/evidence", tag = "portraits", operation_id = "readEvidence",
    params(("organization" = OrgId, Path), EvidenceOf), security(("token" = [])),
    responses((status = 200, body = EvidencePack), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn of_branch(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OrgId>,
    Query(EvidenceOf { year: wanted, format }): Query<EvidenceOf>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let year = wanted_year(wanted, app.today())?;
    let branch = app.store.node(id).await?;
    caller.may(Action::ReadScores, &branch.path)?;
    of_branches(&branch)?;
    let ((state, as_of), star, appeals) = tokio::try_join!(
        Box::pin(app.store.scored(&branch, year)),
        app.store.star(id, year),
        app.store.open_appeals(id, year)
    )?;
    let pack = EvidencePack::of((&state, Sheet::get()?), as_of, star, &appeals);
    match Written::asked(format, &headers) {
        Written::Json => Ok(Reply::ok(&pack)?.into_response()),
        Written::Csv => {
            let bytes = sheet::write(sheet::Format::Csv, pack.table()).map_err(Problem::internal)?;
            Ok(Written::file("evidence", bytes))
        }
    }
}
