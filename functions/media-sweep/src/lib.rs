//! The job that clears up after uploads, every hour.
//!
//! A file lives in two places, the record in the table and the object in the bucket, and no transaction spans both. `media`
//! orders its steps so that a crash in between leaves an object without a record, never the reverse. This job takes away
//! what is left, and looks whether every record still has its object:
//!
//! * uploads that were not completed within a day: object and record go, the quota is given back, an activity tells of it;
//! * objects, older than a day, that no record names or needs: they go (the bucket keeps old versions for thirty days);
//! * records whose object is not there: they are told of in the log and in a metric, and stay. What happened to the file
//!   is for a person to find out.
//!
//! The last two compare two lists that are in the same order, the objects and the records by their ids, a stretch at a
//! time; where a run stopped is kept, and the next one goes on from there. An index lags and a listing is a moment old,
//! so nothing is done before record and object were asked for themselves. Running it again changes nothing that is done.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | uploads that wait, records by id | `Query` index `state` | 0.5 per 4 KB |
//! | objects by key | `ListObjectsV2` | |
//! | whether a record is there | `GetItem`, consistent, for each suspect | 1 |
//! | whether an object is there | `HeadObject`, for each suspect | |
//! | an upload less | `TransactWriteItems`, after `DeleteObject` | 2 per row, 1 per index |
//! | where the run stopped | `GetItem`, `PutItem` | 2 |

mod store;
mod sweep;

use cloud::{Environment, StartError};
use jobs::Jobs;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    jobs: Jobs,
    bounds: Bounds,
}

/// What one run looks at, at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Uploads that were not completed, and objects that were put and not taken.
    pub uploads: u16,
    /// Objects or records of one stretch, up to 1,000.
    pub page: u16,
    /// Stretches.
    pub pages: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { uploads: 500, page: 1_000, pages: 10 }
    }
}

impl App {
    /// Connects to table and bucket.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let jobs = Jobs::open(env, "media-sweep")?;
        Ok(Self { store: Store::open(env)?, jobs, bounds: Bounds::default() })
    }

    /// The same with other bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Uploads that were not completed in time and are gone.
    expired: u64,
    /// Objects that nothing needed and are gone.
    orphans: u64,
    /// Records whose object is not there; the log names them.
    missing: u64,
    /// Whether the run stopped before it had looked at everything.
    more: bool,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { expired, orphans, missing, more } = self;
        tracing::info!(expired, orphans, missing, more, "cleared up after uploads");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("ExpiredUploads", self.expired), ("OrphanObjects", self.orphans), ("MissingObjects", self.missing)]
    }
}

/// One run.
///
/// # Errors
/// When the event is not for this job, or table or bucket fail. What was done until then is done.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    // Boxed: calls of two SDKs in one future are deeper than the compiler likes.
    let outcome = Box::pin(sweep::all(&app.store, run.began(), app.bounds, &mut report)).await;
    run.end(&report, outcome).await
}
