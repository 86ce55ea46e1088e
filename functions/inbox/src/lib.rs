//! The inbox: what a person is told and what they have to do, how they want to hear it, the group chats of organisations,
//! and messages that failed for good.
//!
//! The notices in it were put there by others, through `notices`. What somebody has to do is stored nowhere: it is read off the
//! records that it is about, by their person and their offices. Everything of one's own follows the token and needs no office.
//! That somebody has read a notice is their own business: it leaves no activity, and nobody else can see it.

mod demo;
mod desk;
mod domain;
mod duties;
mod routes;
mod store;

pub use demo::demo_rows;
pub use routes::{api, router};

use cloud::{Environment, StartError};
use desk::Desk;
use kernel::Clock;
use register::{Organizations, People};
use std::sync::Arc;
use store::Inbox;
use vault::Vault;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    inbox: Inbox,
    desk: Desk,
    people: People,
    organizations: Organizations,
    vault: Arc<Vault>,
    clock: Clock,
    /// Whether this installation sends e-mail.
    mails: bool,
}

impl App {
    /// Connects to tables and keys.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let inbox = Inbox::open(env)?;
        let app = Self {
            desk: Desk::open(env, inbox.ledger.clone())?,
            inbox,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            vault: Arc::new(Vault::open(env).await?),
            clock: env.clock.clone(),
            mails: env.settings.find("MAIL_FROM").is_some(),
        };
        app.inbox.prime().await;
        Ok(app)
    }
}
