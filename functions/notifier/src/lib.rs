//! The job that sends what people and organisations are told, every minute.
//!
//! What is told is in the inbox at once; this is about the channels beside it. A row that claims a cause (`notices`) is
//! due until it is on its way. A run takes what is due of one recipient together and, in one transaction, says of each
//! that it is on its way and makes one message for each channel; in quiet hours, or for who wants one message a day, it
//! says when it will be due instead. A message is taken with a lease before it is sent, which is no more than that it is
//! due again in two minutes, and sent or due later afterwards.
//!
//! # Once
//! Of two runs that find the same row one gets it, by the version of the row. A run that dies between the taking and the
//! sending sends nothing, and the lease brings the message back. Where it is known that the channel did not take a message
//! (no connection, an error as answer) nothing is doubled by trying again. Where the answer was lost after the request was
//! sent, or the run died before it could write down that it was sent, nobody knows, and the message is sent again: to be
//! late unawares is worse than to hear twice. Each request carries the id of the message as `Idempotency-Key`, which a
//! relay can go by; the services themselves have no such key, so that the message ends with its number, by which a reader
//! recognises it. The inbox has each notice once whatever happens.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | what is due | `Query` index `due`, one per part | 0.5 per 4 KB; a minute with nothing to do is four requests |
//! | a person's settings, an organisation's robots | `GetItem`, `Query`, consistent | 1 |
//! | whose it is | `GetItem` of person or organisation | 0.5 |
//! | on its way | `TransactWriteItems` | 4 per notice, 3 per message |
//! | taken again, sent, due later, dead | `TransactWriteItems` | 3, dead 6 with its activity |

mod channels;
mod domain;
mod robots;
mod store;
mod work;

use channels::Channels;
use cloud::{Environment, StartError};
use jobs::Jobs;
use kernel::Clock;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    channels: Channels,
    clock: Clock,
    jobs: Jobs,
    /// Tries of a message before it is dead.
    tries: u32,
}

impl App {
    /// Connects to tables, keys and channels.
    ///
    /// # Errors
    /// When a setting is missing or is one that production refuses, or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let tries = env.settings.get("DELIVERY_TRIES")?.parse().ok().filter(|tries| (1..=20).contains(tries));
        let tries = tries.ok_or_else(|| StartError::Unavailable {
            what: "the number of tries (DELIVERY_TRIES)",
            source: "it is a number from 1 to 20".into(),
        })?;
        let (store, channels) = (Store::open(env).await?, Channels::open(env)?);
        Ok(Self { store, channels, clock: env.clock.clone(), jobs: Jobs::open(env, "notifier")?, tries })
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Causes that are on their way, or need none.
    told: u64,
    /// Causes and messages that wait for the end of quiet hours or for the message of the day.
    deferred: u64,
    /// Messages that a channel took.
    sent: u64,
    /// Messages that no channel took and that are tried again.
    failed: u64,
    /// Messages that are not tried again.
    dead: u64,
    /// Messages to who is gone, or over a channel that was taken away.
    dropped: u64,
    /// Rows that the store did not let through; the next run finds them again.
    left: u64,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { told, deferred, sent, failed, dead, dropped, left } = self;
        tracing::info!(told, deferred, sent, failed, dead, dropped, left, "sent what was due");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("SentMessages", self.sent), ("FailedMessages", self.failed), ("DeadLetters", self.dead)]
    }

    fn failure(&self) -> Option<String> {
        (self.left > 0).then(|| format!("{} rows did not get through", self.left))
    }
}

/// One run. What it leaves is found by the next one.
///
/// # Errors
/// When the event is not for this job, or the store did not let everything through. What could be done is done then.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    // Boxed: nested as deep as it is, the compiler does not lay it out in one piece.
    Box::pin(work::all(app, &mut report)).await;
    run.end(&report, Ok::<(), jobs::Error>(())).await
}
