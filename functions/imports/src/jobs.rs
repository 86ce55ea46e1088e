//! What goes on without a request: open imports and exports.

use crate::{App, domain::ImportState, store::Open};
use http_api::Problem;
use kernel::{ErrorCode, ExportId, ImportId};
use serde::Serialize;

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Imports and exports that were open.
    pub jobs: usize,
    /// Those of them that are finished now.
    pub finished: usize,
    /// Those of them that could not be gone on with; the log names them.
    pub failed: usize,
}

/// Goes on with every open import and export, each import by at most `steps` transactions. A job that fails does not keep
/// the others; running again goes on where this run stopped.
///
/// # Errors
/// When the open jobs cannot be found.
pub async fn advance_open(app: &App, steps: usize) -> Result<Report, dynamo::StoreError> {
    let mut report = Report::default();
    for job in app.store.open_jobs().await? {
        report.jobs += 1;
        let done = match job {
            Open::Import(id) => advance(app, id, steps).await,
            Open::Export(id) => produce(app, id).await,
        };
        match done {
            Ok(finished) => report.finished += usize::from(finished),
            Err(problem) => {
                report.failed += 1;
                tracing::error!(?job, code = problem.code().slug(), cause = ?problem, "a job could not be gone on with");
            }
        }
    }
    Ok(report)
}

async fn advance(app: &App, id: ImportId, steps: usize) -> Result<bool, Problem> {
    // The index may be behind; the row is not.
    let (import, _) = app.store.import(id).await?;
    let next = match import.state {
        ImportState::Applying => {
            let root = app.store.organizations.node(import.organization).await?;
            app.apply(import, &root, steps).await?
        }
        ImportState::Undoing => app.undo(import, steps).await?,
        _ => import,
    };
    Ok(!next.is_open())
}

async fn produce(app: &App, id: ExportId) -> Result<bool, Problem> {
    let export = app.store.export(id).await?;
    match app.produce(&export).await {
        Ok(_) => Ok(true),
        // Somebody else made it.
        Err(problem) if problem.code() == ErrorCode::Conflict => Ok(true),
        Err(problem) => Err(problem),
    }
}
