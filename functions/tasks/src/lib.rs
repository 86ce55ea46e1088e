//! Tasks: a district's key task is split down to named persons, and progress rolls up by itself.
//!
//! Who issues a task names who answers for it. The owner signs, reports and hands in; the owner of the parent, or an officer
//! of the organisation that issued it, accepts or sends back. A task that was split is as far as its parts are. A whistle
//! task is a call of one organisation to another, which arrives, does it and is rated. Records, colours and the roll-up are
//! in `task-records`, since the job that warns needs them too.

mod bills;
mod boards;
mod demo;
mod domain;
mod lists;
mod routes;
mod store;
mod views;

pub use demo::{DemoOwner, DemoTasks, demo_tasks};
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
