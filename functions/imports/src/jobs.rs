//! What goes on without a request: open imports and exports.

use crate::{
    App,
    domain::{ExportState, ImportState},
    store::Open,
};
use http_api::Problem;
use jiff::{SignedDuration, Timestamp};
use kernel::{ExportId, ImportId};
use serde::Serialize;

/// How far one call goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// Transactions that it makes at most.
    pub(crate) steps: usize,
    /// When it begins no more of them.
    pub(crate) until: Timestamp,
}

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Imports and exports that were open.
    pub jobs: u64,
    /// Those of them that are finished now.
    pub finished: u64,
    /// Those of them that could not be gone on with; the log names them.
    pub failed: u64,
}

impl jobs::Report for Report {
    fn log(&self) {
        tracing::info!(jobs = self.jobs, finished = self.finished, failed = self.failed, "went on with open jobs");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("FinishedJobs", self.finished), ("FailedJobs", self.failed)]
    }

    fn failure(&self) -> Option<String> {
        (self.failed > 0).then(|| format!("{} jobs could not be gone on with", self.failed))
    }
}

/// How long a run goes on, below the minute after which the next one begins.
const RUN: SignedDuration = SignedDuration::from_secs(45);

/// Goes on with every open import and export, each import by at most `steps` transactions, until a run has gone on long
/// enough. A job that fails does not keep the others; running again goes on where this run stopped.
///
/// # Errors
/// When the open jobs cannot be found.
pub async fn advance_open(app: &App, steps: usize) -> Result<Report, dynamo::StoreError> {
    let until = app.clock.now().saturating_add(RUN).unwrap_or(Timestamp::MAX);
    let open = app.store.open_jobs().await?;
    let mut report = Report { jobs: u64::try_from(open.len()).unwrap_or(u64::MAX), ..Report::default() };
    for job in open {
        if app.clock.now() >= until {
            break;
        }
        let done = match job {
            Open::Import(id) => advance(app, id, Bound { steps, until }).await,
            Open::Export(id) => produce(app, id).await,
        };
        match done {
            Ok(finished) => report.finished += u64::from(finished),
            Err(problem) => {
                report.failed += 1;
                tracing::error!(?job, code = problem.code().slug(), cause = ?problem, "a job could not be gone on with");
            }
        }
    }
    Ok(report)
}

async fn advance(app: &App, id: ImportId, bound: Bound) -> Result<bool, Problem> {
    // The index may be behind; the row is not.
    let (import, _) = app.store.import(id).await?;
    let next = match import.state {
        ImportState::Applying => {
            let root = app.store.organizations.node(import.organization).await?;
            app.apply(import, &root, bound).await?
        }
        ImportState::Undoing => app.undo(import, bound).await?,
        _ => import,
    };
    Ok(!next.is_open())
}

async fn produce(app: &App, id: ExportId) -> Result<bool, Problem> {
    let export = app.store.export(id).await?;
    Ok(app.produce(export).await?.state != ExportState::Producing)
}
