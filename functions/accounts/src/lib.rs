//! Accounts: how a person of the register signs in, on which devices they are, and what they see of themselves.
//!
//! An account belongs to a person and has their id; it comes into being when they first sign in with a code sent to the
//! phone that the register holds for them. A session is one device: short access tokens (`vault::Claims`), renewed by a
//! refresh token that changes with every use. What an account may do is not here: offices are appointments, and the
//! authorizer reads them with each request.
//!
//! # Answers that are not kept
//! Routes that are sent a secret or answer with one (sign-in, refresh, password, second factor) take no
//! `Idempotency-Key`: neither tokens nor a hash of a request with a password in it may lie in a table. They are made so
//! that a repetition does no harm instead; each says how.
//!
//! # Guessing
//! Attempts are counted before anything is compared, and no count can be used to keep somebody else out: `throttle` says
//! how. Whether a phone number is known shows neither in an answer nor in what it costs.

mod devices;
mod domain;
mod hasher;
mod network;
mod routes;
mod sender;
mod store;
mod throttle;
mod tokens;

pub use hasher::{HashError, hash_password};
pub use routes::{api, router};
pub use store::demo_row;

use cloud::{Environment, StartError};
use dues_records::DuesTable;
use hasher::Hasher;
use kernel::Clock;
use register::{Organizations, Readings};
use sender::Sender;
use std::sync::Arc;
use store::Store;
use telemetry::Metrics;
use throttle::Throttle;
use tokens::Issuer;
use vault::{Vault, Verifier};

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    organizations: Organizations,
    dues: DuesTable,
    readings: Readings,
    throttle: Throttle,
    vault: Arc<Vault>,
    issuer: Issuer,
    verifier: Verifier,
    hasher: Hasher,
    sender: Sender,
    metrics: Metrics,
    clock: Clock,
}

impl App {
    /// Connects to tables, keys and the sender of codes.
    ///
    /// # Errors
    /// When a setting is missing or is one that production refuses, or a key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let vault = Arc::new(Vault::open(env).await?);
        let app = Self {
            store: Store::open(env)?,
            organizations: Organizations::open(env)?,
            dues: DuesTable::open(env)?,
            readings: Readings::open(env)?,
            throttle: Throttle::open(env)?,
            issuer: Issuer::open(env, Arc::clone(&vault)).await?,
            verifier: Verifier::open(env).await?,
            vault,
            hasher: Hasher::default(),
            sender: Sender::open(env)?,
            metrics: Metrics::open(&env.settings, "accounts")?,
            clock: env.clock.clone(),
        };
        Box::pin(app.store.prime()).await;
        Ok(app)
    }

    /// Counts something that operators watch; it happens seldom enough for a line of its own.
    fn count(&self, name: &'static str) {
        self.metrics.count(name, 1);
        if let Err(cause) = self.metrics.flush(self.clock.now()) {
            tracing::warn!(%cause, "a metric was lost");
        }
    }
}
