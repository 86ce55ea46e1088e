//! The job that follows moves of organisations, every minute.
//!
//! A move changes the paths of up to eighty organisations in one transaction. Their members may be thousands, and each
//! record, and each transfer, task and finding, holds a copy of the path, by which lists are sorted. The row of the moved
//! organisation says where it stood before (index `pending`); this job looks for copies that still say so and writes what
//! the tree says now. Permissions read the tree itself, so a copy that lags behind shows nobody too much; until the job is
//! done some lists are short.
//!
//! It can stop at any call and begin again: what it writes is decided by the tree alone, each write is conditional on
//! the record it was read from, and a move is pending until nothing is found under its old path, nor under that of any
//! other move of the same tree, for two minutes. Two minutes, because a request that read the old path may still write it:
//! requests end within thirty seconds, a run of this job within fifty, and indexes lag by seconds.
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
use jobs::Jobs;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// Copies that one run brings up to date at most; the next run goes on.
const ROWS: usize = 2_000;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    jobs: Jobs,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { store: Store::open(env)?, jobs: Jobs::open(env, "relocation")? })
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Moves that were pending.
    moves: u64,
    /// Copies that were brought up to date.
    copies: u64,
    /// Moves that are done with.
    settled: u64,
    /// Copies that could not be brought up to date; the log names them.
    failed: u64,
    /// Whether there was more to do than one run does.
    more: bool,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { moves, copies, settled, more, .. } = self;
        tracing::info!(moves, copies, settled, more, "followed moves");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("RelocatedCopies", self.copies), ("SettledMoves", self.settled), ("FailedCopies", self.failed)]
    }

    fn failure(&self) -> Option<String> {
        (self.failed > 0).then(|| format!("{} copies could not be brought up to date", self.failed))
    }
}

/// One run: follows every pending move as far as the bound on its work lets it. Running it again changes nothing that
/// is done already.
///
/// # Errors
/// When the event is not for this job, the store is busy, or a copy could not be brought up to date. What could be done
/// is done then; the log names the rest.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    // Boxed: nested as deep as it is, the compiler does not lay it out in one piece.
    let outcome = Box::pin(sweep::all(&app.store, run.began(), ROWS, &mut report)).await;
    run.end(&report, outcome).await
}
