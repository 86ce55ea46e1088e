//! Dues of members: what they owe, what they paid, and where every fen of it is.
//!
//! The branch sets what a member owes in a year by class and base; the base is not kept. Bills are made by `dues-bills`. A
//! payment is entered by the treasurer in cash, or opened here and confirmed by the signed callback of a payment provider,
//! which may come twice, late, in any order, or for an amount that nobody asked for: whatever was received is in the book,
//! and what it is for is either a bill or unknown. Nothing is edited or deleted; a payment is taken back by a reversal that a
//! second person confirms. Books, bills and the rules are in `dues-records`.

mod callback;
mod demo;
mod domain;
mod routes;
mod store;

pub use demo::{DemoDues, demo_dues};
pub use routes::{api, router};

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
