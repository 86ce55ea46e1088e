//! What rules find in the records of organisations.
//!
//! `nightly-findings` asks the rules and keeps what they find; here it is listed and read, and a person closes what the rules
//! cannot know the reason of. Whom a finding is about sees it, and never closes it. A finding names rule, record or what was
//! looked for, and article; it decides nothing about anybody. Rules and records are in `finding-records`.

mod demo;
mod routes;
mod store;

pub use demo::{DemoRecords, demo_findings};
pub use routes::{api, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use store::Store;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    clock: Clock,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let store = Store::open(env)?;
        store.prime().await;
        Ok(Self { store, clock: env.clock.clone() })
    }
}
