//! The job that makes the monthly bills of dues, and the one that tells of arrears.
//!
//! `dues-bills` runs on the first three mornings of a month. It walks all organisations by their paths, closes the book of the
//! month before, and makes one bill for each member on the rolls of a branch of whom it is known what they owe. The key of a
//! bill is its member and month, so that any number of runs, at once or broken off anywhere, makes each once; a row says how
//! far the walk of a day came. Who moved between two branches while it went by is found by the walk of the next day. Nobody's sum
//! is guessed: of whom nothing is set, the branch sees a list.
//!
//! `dues-bills.arrears` runs every morning and looks at bills that have been open for three and for six months. After three
//! consecutive ones the member and who keeps the dues are told, once for each run of months; after six the branch has a *case*.
//! A person closes it. Nothing else follows from it. To-dos are not stored: who has to set something or to look into a case follows
//! from who is in office when they ask.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | how far the walk came | `GetItem`, `PutItem` for each page of 100 organisations | 1, 1 |
//! | organisations | `Query` of roots, index `tree` | 0.5 per 4 KB |
//! | the close of a book | `GetItem`; `Query` twice, `PutItem` where there are entries | 1; 1 per 4 KB, 1 |
//! | who owes in a branch | `Query` index `place`, `BatchGetItem` of years and bills | 0.5 per 4 KB, 1 each |
//! | bills of a branch | `TransactWriteItems`, up to 90 | 2 each, 2 for each of two indexes |
//! | open bills that are due | `Query` index `watch`, 8 parts | 0.5 per 4 KB |
//! | a member in arrears | `Query` of their bills, `Query` of officers, `TransactWriteItems` | 1 per 4 KB, 0.5, 2 each |

mod arrears;
mod bills;
mod store;
mod words;

use cloud::{Environment, StartError};
use jiff::SignedDuration;
use jobs::Jobs;
use kernel::Clock;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// The job that tells of arrears.
const ARREARS: &str = "dues-bills.arrears";
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
        let (store, jobs) = (Store::open(env)?, Jobs::open(env, "dues-bills")?);
        Ok(Self { store, clock: env.clock.clone(), jobs })
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Branches that were looked at.
    branches: u64,
    /// Bills that were made.
    bills: u64,
    /// Members of whom nothing is set.
    without: u64,
    /// Books that were closed.
    closed: u64,
    /// Open bills that were looked at.
    due: u64,
    /// Runs of months of which people were told.
    told: u64,
    /// Cases that were opened.
    cases: u64,
    /// Branches and bills that did not get through; the next run finds them again.
    left: u64,
    /// Whether there was more to do than one run does.
    more: bool,
}

impl Report {
    /// Something did not get through; the others go on.
    fn leave(&mut self, error: &dynamo::StoreError) {
        self.left += 1;
        tracing::warn!(%error, "left for the next run");
    }
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { branches, bills, without, closed, due, told, cases, left, more } = self;
        tracing::info!(branches, bills, without, closed, due, told, cases, left, more, "looked after dues");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("DuesBills", self.bills),
            ("MembersWithoutStandard", self.without),
            ("DuesArrearsTold", self.told),
            ("DuesCases", self.cases),
        ]
    }

    fn failure(&self) -> Option<String> {
        (self.left > 0).then(|| format!("{} branches or bills did not get through", self.left))
    }
}

/// One run of the job that the event names. What it leaves is found by the next one.
///
/// # Errors
/// When the event is not for this function, or the store did not let everything through. What could be done is done then.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let mut report = Report::default();
    let run = app.jobs.begin(event).await?;
    let outcome = if run.job() == ARREARS {
        Box::pin(arrears::all(app, &mut report)).await
    } else {
        Box::pin(bills::all(app, run.slot().day(), &mut report)).await
    };
    run.end(&report, outcome).await
}
