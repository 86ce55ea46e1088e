//! The job that scores by night what the trace tells of branches and their members.
//!
//! The trace is the queue. Its index `day`, which the nightly seal reads as well, says which organisations something was
//! done in; so no request marks anything, and a quiet branch costs nothing. The run at 02:00 reads that index for the days
//! since the last night that went to its end, and sends the organisations, some to a message, to a queue; other runs of the
//! same function take the messages. Where there is no queue (`SCORING_QUEUE` is `direct`) it scores them itself. Where no night
//! was yet, or none for a month, it asks for every branch instead, those that were closed in this year or the one before among them,
//! so that what was imported or done before is in its scores.
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
use jiff::{Timestamp, ToSpan, civil::Date};
use jobs::Jobs;
use kernel::{Clock, OrgId, shanghai_day};
use queue::{Answer, Batch, Queue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Store;
use work::WorkError;

/// Organisations of one message.
const EACH: usize = 10;
/// Messages that are sent together.
const TOGETHER: usize = 10;
/// How long a run scores by itself; the next one goes on. Less than the timeout of the function by more than a branch takes.
const LASTING: jiff::SignedDuration = jiff::SignedDuration::from_mins(12);
/// Days before the last one that a night looks for in the trace, at most. After a longer gap it asks for every branch.
const BACK: i32 = 31;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    /// Absent where a run scores by itself.
    queue: Option<Queue>,
    clock: Clock,
    jobs: Jobs,
}

impl App {
    /// Connects to the tables, and to the queue that `SCORING_QUEUE` names unless it says `direct`.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let queue = match env.settings.get("SCORING_QUEUE")? {
            "direct" => None,
            url => Some(Queue::open(env, url)),
        };
        let (store, jobs) = (Store::open(env)?, Jobs::open(env, "nightly-scoring")?);
        Ok(Self { store, queue, clock: env.clock.clone(), jobs })
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

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Organisations in which something was done.
    organizations: u64,
    /// Messages that were sent.
    messages: u64,
    /// Years of branches that were scored.
    scored: u64,
    /// States that were written.
    states: u64,
    /// Organisations that could not be scored.
    failed: u64,
    /// Whether there was more to do than one run does.
    more: bool,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { organizations, messages, scored, states, failed, more } = self;
        tracing::info!(organizations, messages, scored, states, failed, more, "looked after scores");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("ScoredYears", self.scored), ("ScoringMessages", self.messages), ("FailedScores", self.failed)]
    }

    fn failure(&self) -> Option<String> {
        (self.failed > 0).then(|| format!("{} organisations could not be scored", self.failed))
    }
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
    let outcome = night(app, last, run.began() + LASTING, &mut report).await;
    run.end(&report, outcome).await
}

/// Scores what the messages ask for; those that failed come again.
async fn answer(app: &App, batch: Batch) -> Answer {
    let (mut answer, mut report) = (Answer::default(), Report::default());
    for message in batch.messages {
        let before = report.failed;
        match serde_json::from_str::<Asked>(&message.body) {
            Ok(asked) => score(app, &asked, &mut report).await,
            Err(error) => {
                tracing::error!(%error, message = message.message_id, "a message that says nothing known");
                report.failed += 1;
            }
        }
        if report.failed > before {
            answer.again(message);
        }
    }
    jobs::Report::log(&report);
    answer
}

async fn score(app: &App, asked: &Asked, report: &mut Report) {
    for organization in &asked.organizations {
        match Box::pin(work::score(&app.store, *organization, asked.through)).await {
            Ok(done) => {
                report.scored += done.scored;
                report.states += done.states;
            }
            Err(error) => {
                tracing::error!(%organization, error = &error as &dyn std::error::Error, "not scored");
                report.failed += 1;
            }
        }
    }
}

/// Hands on what is to be scored up to the end of `last`. What an earlier run has handed on is handed on again until a night went
/// to its end; what is scored already costs a look at its rows.
async fn night(app: &App, last: Date, deadline: Timestamp, report: &mut Report) -> Result<(), WorkError> {
    let done = app.store.night().await?;
    let mut hands = Hands { app, through: last, deadline, found: Vec::new(), report };
    let in_time = match done.filter(|done| *done >= last.saturating_sub((BACK + 1).days())) {
        Some(done) => since(&mut hands, done.saturating_add(1.day())).await?,
        None => everywhere(&mut hands).await?,
    };
    if in_time && hands.empty().await? && hands.report.failed == 0 && done.is_none_or(|done| done < last) {
        app.store.finish(last).await?;
    }
    Ok(())
}

/// Hands on the organisations in which something was done from the day `first` on; whether there was time for all.
async fn since(hands: &mut Hands<'_>, first: Date) -> Result<bool, StoreError> {
    let (app, last) = (hands.app, hands.through);
    for day in first.series(1.day()).take_while(|day| *day <= last) {
        for shard in dynamo::SHARDS {
            let mut after = None;
            loop {
                let (organizations, next) = app.store.done_on((day, shard), after.as_deref()).await?;
                if !hands.take(organizations).await? {
                    return Ok(false);
                }
                if next.is_none() {
                    break;
                }
                after = next;
            }
        }
    }
    Ok(true)
}

/// Hands on every branch that was there in this year or the one before; whether there was time for all.
async fn everywhere(hands: &mut Hands<'_>) -> Result<bool, StoreError> {
    let app = hands.app;
    let since = Date::new(hands.through.year() - 1, 1, 1).unwrap_or(Date::MIN);
    let roots = app.store.roots().await?;
    for tree in roots.into_iter().flat_map(|root| [(root, true), (root, false)]) {
        let mut after = None;
        loop {
            let (branches, next) = app.store.branches(tree, since, after.as_deref()).await?;
            if !hands.take(branches).await? {
                return Ok(false);
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
    }
    Ok(true)
}

/// What a night has found and not handed on yet.
struct Hands<'a> {
    app: &'a App,
    through: Date,
    deadline: Timestamp,
    found: Vec<OrgId>,
    report: &'a mut Report,
}

impl Hands<'_> {
    /// Takes what was found, which is sorted where it belongs together; whether there is still time.
    async fn take(&mut self, organizations: Vec<OrgId>) -> Result<bool, StoreError> {
        self.found.extend(organizations);
        self.found.dedup();
        // The last one may go on with the next page.
        if self.found.len() <= EACH * TOGETHER {
            return Ok(true);
        }
        let rest = self.found.split_off(self.found.len() - 1);
        let in_time = self.empty().await?;
        self.found = rest;
        Ok(in_time)
    }

    /// Hands on everything; whether there is still time.
    async fn empty(&mut self) -> Result<bool, StoreError> {
        let found = std::mem::take(&mut self.found);
        self.report.organizations += u64::try_from(found.len()).unwrap_or(u64::MAX);
        let asked = found.chunks(EACH).map(|some| Asked { through: self.through, organizations: some.to_vec() });
        let asked: Vec<_> = asked.collect();
        match &self.app.queue {
            Some(queue) => {
                let bodies: Vec<_> = asked.iter().filter_map(|asked| serde_json::to_string(asked).ok()).collect();
                queue.send(&bodies).await?;
                self.report.messages += u64::try_from(bodies.len()).unwrap_or(u64::MAX);
            }
            None => {
                for asked in &asked {
                    if self.app.clock.now() >= self.deadline {
                        self.report.more = true;
                        return Ok(false);
                    }
                    score(self.app, asked, self.report).await;
                }
            }
        }
        Ok(true)
    }
}
