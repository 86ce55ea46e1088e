//! What counters come to: an overview of an organisation, the same of each branch below it, series for charts, and the same series as CSV.
//!
//! Nothing is counted here, and nobody is named. Numbers of organisations above branches are those of the last night, each with
//! the day that it reaches; those of a branch are added when they are asked for, from rows that the stream keeps up to date
//! (`rollup`). Who may read a list may read how long it is: a cube is for those who may read what it counts, of their own
//! organisation and those below it. Groups of persons that are so small that they name somebody are shown to those who keep the
//! register, and so that nobody else can compute them from a series; others see groups of one level of the tree alone, since from two
//! of them hidden ones could be computed.

mod domain;
mod routes;
mod store;

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
        Box::pin(store.prime()).await;
        Ok(Self { store, clock: env.clock.clone() })
    }
}
