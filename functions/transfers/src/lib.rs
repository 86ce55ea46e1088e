//! Transfers of affiliation: a member leaves one organisation and belongs to another.
//!
//! The sending organisation drafts, the committee above it agrees and issues a letter, and the receiving organisation
//! receives. Issuing does not move anybody: until the member is received, the old organisation stays responsible
//! (教管条例 §25). A letter lapses after its last valid day; nothing is rewritten then, the state is read off the day.
//! To an organisation outside the installation the receipt that comes back ends the transfer. Who comes from outside is
//! registered by `members`.

mod demo;
mod domain;
mod list;
mod routes;
mod store;
mod tell;

pub use demo::{DemoPaper, DemoSides, DemoStage, DemoTransfer, demo_transfer};
pub use routes::{api, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use notices::Notices;
use register::Readings;
use store::Transfers;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    transfers: Transfers,
    notices: Notices,
    readings: Readings,
    clock: Clock,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let (transfers, notices, readings) = (Transfers::open(env)?, Notices::open(env)?, Readings::open(env)?);
        transfers.prime().await;
        Ok(Self { transfers, notices, readings, clock: env.clock.clone() })
    }
}
