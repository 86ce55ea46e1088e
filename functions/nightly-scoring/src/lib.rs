//! The job that scores by night what the trace tells of branches and their members.
//!
//! The trace is the queue. Its index `day`, which the nightly seal reads as well, says which organisations something was
//! done in; so no request marks anything, and a quiet branch costs nothing. The run at 02:00 reads that index for the days
//! since the last night that went to its end, and sends the organisations, some to a message, to a queue; other runs of the
//! same function take the messages. Where no night was yet, or none for a month, it asks for every branch instead, those that were
//! closed in this year or the one before among them, so that what was imported or done before is in its scores.
//!
//! A branch's year is two rows: its packed state, and its scores. A worker reads both, takes in what the trace has of the
//! branch and its groups since the day that the state reaches, and writes the scores. The state is written only when a good
//! deal is new: until then its news are cheaper to read again than it is to write. As facts may come twice and in any order,
//! any number of runs, at once or broken off anywhere, comes to the same rows; each row holds the day it reaches, and
//! an older one never replaces a newer one.
//!
//! Until the end of March the year before is scored as well: that long its records may come late.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | the last night, that this one is done | `GetItem`, `PutItem` `NIGHT` | 1 each |
//! | every branch, where no night was for a month | `Query` `ROOTS`, two of each root index `tree` | 0.5 per 4 KB |
//! | organisations of a day | `Query` index `day` of the trace, 16 at least | 0.5 per 4 KB, about a dozen activities |
//! | handing on | `SendMessageBatch` | a hundred organisations |
//! | an organisation, a group's branch | `GetItem` | 0.5 each |
//! | state and scores of a year | `Query` `ORG#id`/`year#` | 0.5 per 4 KB, 2 of 20 members |
//! | groups of a branch | `Query` index `children` | 0.5 |
//! | what is new of a branch or group | `Query` `ORG#id` of the trace | 0.5 per 4 KB, about six activities |
//! | scores | `PutItem` | 1 of up to 30 members |
//! | a state, once in some thirty facts | `PutItem` | 1 per KB, 15 of 20 members |

mod store;
mod work;

use cloud::{Environment, StartError};
use dynamo::StoreError;
use jiff::{ToSpan, civil::Date};
use jobs::Jobs;
use kernel::{OrgId, shanghai_day};
use queue::{Answer, Batch, Queue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Store;

/// Organisations of one message.
const EACH: usize = 10;
/// Messages that are sent together.
const TOGETHER: usize = 10;
/// Days before the last one that a night looks for in the trace, at most. After a longer gap it asks for every branch.
const BACK: i32 = 31;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    queue: Queue,
    jobs: Jobs,
}

impl App {
    /// Connects to the tables, and to the queue that `SCORING_QUEUE` names.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let queue = Queue::open(env, env.settings.get("SCORING_QUEUE")?);
        let (store, jobs) = (Store::open(env)?, Jobs::open(env, "nightly-scoring")?);
        Ok(Self { store, queue, jobs })
    }
}

/// What a message asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    /// Up to the end of which day.
    through: Date,
    /// In which organisations something was done.
    organizations: Vec<OrgId>,
}

/// What a night handed on.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Organisations in which something was done.
    organizations: u64,
    /// Messages that were sent.
    messages: u64,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { organizations, messages } = self;
        tracing::info!(organizations, messages, "handed on");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("ScoringMessages", self.messages)]
    }
}

/// What came of messages.
#[derive(Debug, Default)]
struct Scored {
    /// Years of branches that were scored.
    years: u64,
    /// States that were written.
    states: u64,
    /// Organisations that could not be scored, and messages that do not read.
    failed: u64,
}

/// One run: by its schedule it finds what is to be scored, with messages it scores. Running it again changes nothing.
///
/// # Errors
/// When the event is neither, or a store is busy; the next run does what this one left.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    if event.get("Records").is_some() {
        return Ok(serde_json::to_value(answer(app, serde_json::from_value(event)?).await)?);
    }
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    // What is fired by hand does not score a day that is not over.
    let last = shanghai_day(run.slot().time().min(run.began())).saturating_sub(1.day());
    let outcome = night(app, last, &mut report).await;
    run.end(&report, outcome).await
}

/// Scores what the messages ask for; those that failed come again.
async fn answer(app: &App, batch: Batch) -> Answer {
    let (mut answer, mut done) = (Answer::default(), Scored::default());
    for message in batch.messages {
        let before = done.failed;
        match serde_json::from_str::<Asked>(&message.body) {
            Ok(asked) => score(app, &asked, &mut done).await,
            Err(error) => {
                tracing::error!(%error, message = message.message_id, "a message that says nothing known");
                done.failed += 1;
            }
        }
        if done.failed > before {
            answer.again(message);
        }
    }
    let Scored { years, states, failed } = done;
    tracing::info!(years, states, failed, "scored");
    answer
}

async fn score(app: &App, asked: &Asked, sum: &mut Scored) {
    for organization in &asked.organizations {
        match Box::pin(work::score(&app.store, *organization, asked.through)).await {
            Ok(done) => {
                sum.years += done.scored;
                sum.states += done.states;
            }
            Err(error) => {
                tracing::error!(%organization, error = &error as &dyn std::error::Error, "not scored");
                sum.failed += 1;
            }
        }
    }
}

/// Hands on what is to be scored up to the end of `last`. What an earlier run has handed on is handed on again until a night went
/// to its end; what is scored already costs a look at its rows.
async fn night(app: &App, last: Date, report: &mut Report) -> Result<(), StoreError> {
    let done = app.store.night().await?;
    let mut hands = Hands { app, through: last, found: Vec::new(), report };
    match done.filter(|done| *done >= last.saturating_sub((BACK + 1).days())) {
        Some(done) => since(&mut hands, done.saturating_add(1.day())).await?,
        None => everywhere(&mut hands).await?,
    }
    hands.empty().await?;
    if done.is_none_or(|done| done < last) {
        app.store.finish(last).await?;
    }
    Ok(())
}

/// Hands on the organisations in which something was done from the day `first` on.
async fn since(hands: &mut Hands<'_>, first: Date) -> Result<(), StoreError> {
    let (app, last) = (hands.app, hands.through);
    for day in first.series(1.day()).take_while(|day| *day <= last) {
        for shard in dynamo::SHARDS {
            let mut after = None;
            loop {
                let (organizations, next) = app.store.done_on((day, shard), after.as_deref()).await?;
                hands.take(organizations).await?;
                if next.is_none() {
                    break;
                }
                after = next;
            }
        }
    }
    Ok(())
}

/// Hands on every branch that was there in this year or the one before.
async fn everywhere(hands: &mut Hands<'_>) -> Result<(), StoreError> {
    let app = hands.app;
    let since = Date::new(hands.through.year() - 1, 1, 1).unwrap_or(Date::MIN);
    let roots = app.store.roots().await?;
    for tree in roots.into_iter().flat_map(|root| [(root, true), (root, false)]) {
        let mut after = None;
        loop {
            let (branches, next) = app.store.branches(tree, since, after.as_deref()).await?;
            hands.take(branches).await?;
            if next.is_none() {
                break;
            }
            after = next;
        }
    }
    Ok(())
}

/// What a night has found and not handed on yet.
struct Hands<'a> {
    app: &'a App,
    through: Date,
    found: Vec<OrgId>,
    report: &'a mut Report,
}

impl Hands<'_> {
    /// Takes what was found, which is sorted where it belongs together.
    async fn take(&mut self, organizations: Vec<OrgId>) -> Result<(), StoreError> {
        self.found.extend(organizations);
        self.found.dedup();
        // The last one may go on with the next page.
        if self.found.len() > EACH * TOGETHER {
            let rest = self.found.split_off(self.found.len() - 1);
            self.empty().await?;
            self.found = rest;
        }
        Ok(())
    }

    /// Hands on everything.
    async fn empty(&mut self) -> Result<(), StoreError> {
        let found = std::mem::take(&mut self.found);
        self.report.organizations += u64::try_from(found.len()).unwrap_or(u64::MAX);
        let asked = found.chunks(EACH).map(|some| Asked { through: self.through, organizations: some.to_vec() });
        let bodies: Vec<_> = asked.filter_map(|asked| serde_json::to_string(&asked).ok()).collect();
        self.app.queue.send(&bodies).await?;
        self.report.messages += u64::try_from(bodies.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}
