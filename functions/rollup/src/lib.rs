//! The function that counts what the trace tells of organisations, and adds it up along the tree.
//!
//! The stream of the trace brings activities in the order in which they were written, all of one organisation in one partition of
//! it. A batch is sorted by organisation and month; each row of counters is read, takes what it has not taken yet, and is put on the
//! condition that nobody did meanwhile. A row keeps the number of the last activity that is in it, so that batches may come twice,
//! overlap, be cut otherwise and be at work in two places at once. What could not be put comes again, from the first such activity
//! on; what does not read holds up later activities of its own organisation, and no others.
//!
//! By night the organisations in which something was done, which the index `day` names as it does for scores, are counted again
//! from the trace for the whole month. What differs is counted, named in the log and repaired; what the stream has not brought
//! hours after the day is no difference, but told as well. What no activity counts (members, bands, open tasks, org life) is read
//! anew of the same organisations. The first night of all asks every organisation for all that its trace tells, however old.
//! Then one walk along the tree adds up every area above branches, each with the day that it reaches; of months in which no night
//! was, those before the first one among them, it is what was recorded alone. How far recount and walk came is noted, so that a run
//! that is over, or dies, is gone on with by the next one; running again changes nothing.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | activities of a batch | `GetItem`, consistent, and `PutItem` of each organisation and month | 1, 1 per KB |
//! | how far the night came | `GetItem`, `PutItem` for each page of the index in which something is | 1 each |
//! | organisations of a day | `Query` index `day` of the trace, 16 at least | 0.5 per 4 KB, about a dozen activities |
//! | in the first night all of them | `Query` `ROOTS`, two of each root index `tree`, and on for each hundred | 0.5 per 4 KB |
//! | of each of them: its month of the trace | `Query` `ORG#id` | 0.5 per 4 KB, about six activities |
//! | its counters; where it stands | `GetItem`, `PutItem`; `GetItem` | 1, 1 per KB; 0.5 |
//! | what it says of itself | `GetItem`, `PutItem` | 1 per 4 KB, 1 per KB |
//! | its open tasks | `Query` index `place` | 0.5 per 4 KB |
//! | of a branch: its rolls, offices, groups, what it and each group held | `Query` index `place`, `ORG#id`, index `tree` twice, index `held` each | 0.5 per 4 KB each |
//! | of a branch once a month: bands | `BatchGetItem` of its members | 0.5 each |
//! | the walk: a hundred organisations | `Query` index `tree`, `BatchGetItem` of counters twice, of scores of branches | 0.5 per 4 KB, 1 each and 1, 0.5 |
//! | an area | `PutItem` | 1 per KB, some 5 |
//! | where the walk is | `GetItem` for each run, `PutItem` for each thousand organisations | 1 per KB, some 5 for each level |

mod night;
mod own;
mod recount;
mod store;
mod stream;
mod walk;

use cloud::{Environment, StartError};
use dynamo::{Changes, StoreError};
use jiff::{SignedDuration, ToSpan, civil::Date};
use jobs::Jobs;
use kernel::{Clock, shanghai_day};
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// The function, as its schedule names it.
const NAME: &str = "rollup";
/// How long a run begins new pages; less than the timeout of the function by more than a page takes.
const LASTING: SignedDuration = SignedDuration::from_mins(12);
/// Organisations that are looked at at the same time.
const AT_ONCE: usize = 10;

/// Whether `error` passes by itself, so that the next run may have better luck. What does not is left out, and told.
fn passes(error: &StoreError) -> bool {
    matches!(error, StoreError::Busy(_)) || error.is_conflict()
}

/// What the function works with; made once per execution environment.
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
    /// Activities that the stream brought and that were new.
    taken: u64,
    /// Organisations that were counted again.
    organizations: u64,
    /// Of these, those whose counters were others than the trace says; they are repaired. Of the first night of all none.
    differences: u64,
    /// Of these, those of which the stream has not brought everything yet; they are repaired as well. Of the first night none.
    behind: u64,
    /// Areas that were added up.
    areas: u64,
    /// Organisations that did not get through; the next run finds them again.
    left: u64,
    /// Whether there was more to do than one run does.
    more: bool,
    /// Of the first night of all: the first day of the earliest month that the trace tells of.
    #[serde(skip)]
    since: Option<Date>,
}

impl Report {
    /// An organisation did not get through; the others go on.
    fn leave(&mut self, error: &StoreError) {
        self.left += 1;
        tracing::warn!(%error, "left for the next run");
    }

    fn add(&mut self, part: &Self) {
        self.taken += part.taken;
        self.organizations += part.organizations;
        self.differences += part.differences;
        self.behind += part.behind;
        self.areas += part.areas;
        self.left += part.left;
        self.since = [self.since, part.since].into_iter().flatten().min();
    }
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { taken, organizations, differences, behind, areas, left, more, .. } = self;
        tracing::info!(taken, organizations, differences, behind, areas, left, more, "counted");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("RecountedOrganizations", self.organizations),
            ("CounterDifferences", self.differences),
            ("CountersBehind", self.behind),
            ("SummedAreas", self.areas),
        ]
    }

    fn failure(&self) -> Option<String> {
        (self.left > 0).then(|| format!("{} organisations did not get through", self.left))
    }
}

/// One run: with activities it counts them, by its schedule it counts again and adds up. Running it again changes nothing.
///
/// # Errors
/// When the event is neither, or a store is busy; the next run does what this one left.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    if event.get("Records").is_some() {
        let changes: Changes = serde_json::from_value(event)?;
        return Ok(serde_json::to_value(Box::pin(stream::take(app, changes)).await?)?);
    }
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    // What is fired by hand does not count a day that is not over.
    let last = shanghai_day(run.slot().time().min(run.began())).saturating_sub(1.day());
    let outcome = Box::pin(night::all(app, (last, run.began() + LASTING), &mut report)).await;
    run.end(&report, outcome).await
}
