//! The register of members: who belongs to which branch, in which state, and how a record is put right.
//!
//! One record per person, from registration to the end of the file. States change only along the transitions that the
//! regulations know (`domain`). A person asks for corrections of their own record, and somebody else decides.

mod corrections;
mod domain;
mod list;
mod routes;
mod store;

pub use corrections::demo_correction;
pub use routes::{api, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use notices::Notices;
use register::{Organizations, Readings};
use std::sync::Arc;
use store::Members;
use vault::Vault;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    members: Members,
    organizations: Organizations,
    notices: Notices,
    readings: Readings,
    vault: Arc<Vault>,
    clock: Clock,
}

impl App {
    /// Connects to tables and keys.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let app = Self {
            members: Members::open(env)?,
            organizations: Organizations::open(env)?,
            notices: Notices::open(env)?,
            readings: Readings::open(env)?,
            vault: Arc::new(Vault::open(env).await?),
            clock: env.clock.clone(),
        };
        app.members.table().prime().await;
        Ok(app)
    }
}
