//! The trace: every change of every record, as its activity tells it, and proofs that an activity is the one that was
//! sealed with its day. This function reads; the activities are written by the transactions that make the changes, the
//! seals by `audit-seal`.

mod proofs;
mod routes;

pub use routes::{api, router};

use cloud::{Environment, StartError};
use dynamo::Trace;
use register::Organizations;
use seal::Seals;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    trace: Trace,
    organizations: Organizations,
    seals: Seals,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let (trace, seals) = (Trace::open(env)?, Seals::open(env)?);
        let app = Self { trace, organizations: Organizations::open(env)?, seals };
        tokio::join!(app.organizations.table().prime(), app.seals.prime());
        Ok(app)
    }
}
