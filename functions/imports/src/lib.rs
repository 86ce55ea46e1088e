//! Files of persons and organisations, in and out.
//!
//! An import is a job: a file is announced, put into the bucket by the client and checked as a whole. If no row is
//! wrong, its rows are applied in steps, each one transaction that moves the job's counter together with what it
//! creates. Ids follow from the import and the row, so a crash anywhere repeats nothing. What a request does not finish
//! `import-jobs` does ([`advance_open`]), and so does starting again. An export is a file of the same form: up to fifty
//! persons at once, more with a second person who agrees.

mod apply;
mod check;
mod demo;
mod domain;
mod exports;
mod jobs;
mod routes;
mod store;
mod undo;

pub use self::jobs::{Report, advance_open};
pub use demo::{demo_export, demo_import};
pub use routes::{api, router};

use blob::Bucket;
use cloud::{Environment, StartError};
use dynamo::Ledger;
use kernel::Clock;
use register::Readings;
use std::sync::Arc;
use store::Store;
use vault::Vault;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    readings: Readings,
    bucket: Bucket,
    vault: Arc<Vault>,
    clock: Clock,
}

impl App {
    /// Connects to tables, bucket and keys, for requests.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let app = Self::with(env, Ledger::open(env)?).await?;
        app.store.organizations.table().prime().await;
        Ok(app)
    }

    /// The same for the job, which answers nobody and keeps no answers.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn of_job(env: &Environment) -> Result<Self, StartError> {
        Self::with(env, Ledger::of_job(env)?).await
    }

    async fn with(env: &Environment, ledger: Ledger) -> Result<Self, StartError> {
        Ok(Self {
            store: Store::open(env, ledger)?,
            readings: Readings::open(env)?,
            bucket: Bucket::open(env, "MEDIA_BUCKET")?,
            vault: Arc::new(Vault::open(env).await?),
            clock: env.clock.clone(),
        })
    }
}
