//! The job that follows moves of organisations, every minute.
//!
//! A move changes the paths of up to eighty organisations in one transaction. Their members may be thousands, and each
//! record, and each transfer, holds a copy of the path, by which lists are sorted. The row of the moved organisation says where it stood
//! before (index `pending`); this job looks for copies that still say so and writes what the tree says now. Permissions
//! read the tree itself, so a copy that lags behind shows nobody too much; until the job is done some lists are short.
//!
//! It can stop at any call and begin again: what it writes is decided by the tree alone, each write is conditional on
//! the record it was read from, and a move is pending until nothing is found under the old path for two minutes. Two
//! minutes, because a request that read the old path may still write it: requests end within thirty seconds, a run of
//! this job within fifty, and indexes lag by seconds.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | moves to follow | `Query` index `pending` | 0.5 per 4 KB |
//! | the moved organisation, the tree's word on a place | `GetItem`, consistent | 1, once per organisation and run |
//! | copies under an old path | `Query` indexes `tree`, `place`, `open`, `leaving`, `coming` | 0.5 per 4 KB |
//! | a copy | `UpdateItem` | 1 per KB, and 2 for each index whose key changes |

mod copies;
mod store;
mod sweep;

use cloud::{Environment, StartError};
use kernel::Clock;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Store;
use telemetry::Metrics;

/// Copies that one run brings up to date at most; the next run goes on.
const ROWS: usize = 2_000;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    clock: Clock,
    metrics: Metrics,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let metrics = Metrics::open(&env.settings, "relocation")?;
        Ok(Self { store: Store::open(env)?, clock: env.clock.clone(), metrics })
    }
}

/// What the schedule sends.
#[derive(Deserialize)]
struct Scheduled {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    job: String,
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Moves that were pending.
    moves: usize,
    /// Copies that were brought up to date.
    copies: usize,
    /// Moves that are done with.
    settled: usize,
    /// Copies that could not be brought up to date; the log names them.
    failed: usize,
    /// Whether there was more to do than one run does.
    more: bool,
}

/// One run: follows every pending move as far as the bound on its work lets it. Running it again changes nothing that
/// is done already.
///
/// # Errors
/// When the event is not for this job, the store is busy, or a copy could not be brought up to date. What could be done
/// is done then; the log names the rest.
pub async fn run(app: &App, event: Value) -> Result<Value, Error> {
    let Scheduled { detail: Detail { job } } = serde_json::from_value(event)?;
    if job != "relocation" {
        return Err(format!("an event for {job} came to relocation").into());
    }
    let mut report = Report::default();
    // Boxed: nested as deep as it is, the compiler does not lay it out in one piece.
    let outcome = Box::pin(sweep::all(&app.store, app.clock.now(), ROWS, &mut report)).await;
    tracing::info!(
        moves = report.moves,
        copies = report.copies,
        settled = report.settled,
        more = report.more,
        "followed moves"
    );
    if report.moves > 0 {
        app.metrics.count("RelocatedCopies", u64::try_from(report.copies)?);
        app.metrics.count("SettledMoves", u64::try_from(report.settled)?);
        app.metrics.count("FailedCopies", u64::try_from(report.failed)?);
        app.metrics.flush(app.clock.now())?;
    }
    outcome?;
    match report.failed {
        0 => Ok(serde_json::to_value(report)?),
        failed => Err(format!("{failed} copies could not be brought up to date").into()),
    }
}
