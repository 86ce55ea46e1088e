//! The job that asks by night what rules find in the records of organisations.
//!
//! What is not there leaves no trace, so a night looks at every organisation: it walks all of them by their paths and notes how
//! far it came. Runs of the same night go on there, and the next night where this one did not come to its end. An organisation
//! that does not get through holds up no other; the walk is not done before each of them did.
//!
//! Of an organisation it reads the records that rules are about, asks the rules (`finding-records`), and keeps what is new, with its
//! notices, in one transaction for each finding. What was found before and is found no more is over, as is everything of an
//! organisation that is closed. What a person closed stays closed. The id of a finding is its rule, subject and period, and a
//! notice is claimed by the same, so that any number of runs, at once or broken off anywhere, comes to the same findings and
//! tells each person once.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | how far the night came | `GetItem`, `PutItem` for each page of 100 organisations | 1, 1 |
//! | organisations, open and closed | `Query` of roots, index `tree` | 0.5 per 4 KB |
//! | what is open at an organisation | `Query` index `place` of findings | 0.5 per 4 KB |
//! | of a branch: offices, groups, what it and each group held | `Query`, index `tree` twice, index `held` each | 0.5 per 4 KB each |
//! | of a branch: its rolls, of whom something may be decided | `Query` index `place` of the register, `BatchGetItem` | 0.5 per 4 KB, 0.5 each |
//! | of a branch: open cases of arrears | `Query` index `open` of dues | 0.5 |
//! | findings of what is found, of a branch too small or too large those of five years before | `BatchGetItem`, consistent | 1 each |
//! | a finding that is new or over | `GetItem` of its organisation, `Query` of offices, upwards until somebody leads, `GetItem` for each notice, `TransactWriteItems` | 1, 0.5, 1 each, 2 per row and index |

mod look;
mod night;
mod store;
mod words;

use cloud::{Environment, StartError};
use jiff::SignedDuration;
use jobs::Jobs;
use kernel::Clock;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// The function, as the trace names who did something.
const NAME: &str = "nightly-findings";
/// How long a run begins new pages; less than the timeout of the function.
const LASTING: SignedDuration = SignedDuration::from_mins(13);

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    clock: Clock,
    jobs: Jobs,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let (store, jobs) = (Store::open(env)?, Jobs::open(env, NAME)?);
        Ok(Self { store, clock: env.clock.clone(), jobs })
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Organisations that were looked at.
    organizations: u64,
    /// Findings that are new, or are open again.
    opened: u64,
    /// Findings that another organisation looks into now.
    moved: u64,
    /// Findings whose cause is gone.
    closed: u64,
    /// Notices that were posted.
    told: u64,
    /// Organisations that did not get through; the next run finds them again.
    left: u64,
    /// Whether there was more to do than one run does.
    more: bool,
    /// Whether there was, and no walk came to its end for days.
    behind: bool,
}

impl Report {
    /// An organisation did not get through; the others go on.
    fn leave(&mut self, error: &dynamo::StoreError) {
        self.left += 1;
        tracing::warn!(%error, "left for the next run");
    }

    fn add(&mut self, part: &Self) {
        self.organizations += part.organizations;
        self.opened += part.opened;
        self.moved += part.moved;
        self.closed += part.closed;
        self.told += part.told;
        self.left += part.left;
    }
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { organizations, opened, moved, closed, told, left, more, behind } = self;
        tracing::info!(organizations, opened, moved, closed, told, left, more, behind, "looked for findings");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("FindingsOpened", self.opened), ("FindingsClosed", self.closed), ("FindingNotices", self.told)]
    }

    fn failure(&self) -> Option<String> {
        if self.left > 0 {
            return Some(format!("{} organisations did not get through", self.left));
        }
        self.behind.then(|| "no walk came to its end for three days".to_owned())
    }
}

/// One run. What it leaves is found by the next one.
///
/// # Errors
/// When the event is not for this function, or the store did not let everything through. What could be done is done then.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let mut report = Report::default();
    let run = app.jobs.begin(event).await?;
    let outcome = Box::pin(night::all(app, &mut report)).await;
    run.end(&report, outcome).await
}
