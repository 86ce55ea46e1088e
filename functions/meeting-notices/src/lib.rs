//! The job that tells who has to hear of a meeting: that it is planned, changed or cancelled, that it is tomorrow, and whom
//! to write it down, that nothing is written down the day after.
//!
//! A request that plans, changes or cancels a meeting notes in its transaction that there is something to tell; `meetings`
//! itself posts nothing. Every quarter of an hour by day the job finds what is due by the sparse index `tell`, posts each
//! message under a cause of its own, and notes what is told next ([`meetings::Telling`]). So any number of runs, at once or
//! broken off anywhere, tells once.

use cloud::{Environment, StartError};
use jobs::Jobs;
use meetings::{Telling, Told};
use serde_json::Value;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    telling: Telling,
    jobs: Jobs,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { telling: Telling::open(env)?, jobs: Jobs::open(env, "meeting-notices")? })
    }
}

/// One run: everything that is due is told. What it leaves is found by the next one.
///
/// # Errors
/// When the event is not for this function, or the store did not let everything through. What could be done is done then.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let mut told = Told::default();
    let run = app.jobs.begin(event).await?;
    let outcome = app.telling.tell(&mut told).await;
    run.end(&told, outcome).await
}
