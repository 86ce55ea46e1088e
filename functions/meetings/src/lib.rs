//! Meetings of a branch: planned, attended, written down, signed.
//!
//! A meeting is one event that may count as several kinds, so that nothing is typed twice. Who should attend is read from
//! the register when it is planned. Each person has a row of their own beside the meeting: fifty who check in with the
//! code that is shown do not meet, and one's own meetings, calendar and hours come from there. The recorder's word stands
//! above a code. What the secretary has signed is closed: should attend is present and absent together, resolutions
//! with an owner have become tasks, and only a note can be added. A vote is kept as it was counted; who voted what is
//! nowhere. What a branch owes is computed from what was signed (`org-life`).

mod calendar;
mod demo;
mod domain;
mod life;
mod list;
mod routes;
mod store;
mod telling;
mod views;

pub use demo::{DemoBranch, demo_meetings};
pub use routes::{api, router};
pub use telling::{Telling, Told};

use cloud::{Environment, StartError};
use kernel::Clock;
use std::sync::Arc;
use store::Store;
use vault::Vault;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
}

impl App {
    /// Connects to tables and keys.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let (store, vault) = (Store::open(env)?, Arc::new(Vault::open(env).await?));
        store.prime().await;
        Ok(Self { store, vault, clock: env.clock.clone() })
    }
}
