//! The trace: every change of every record, as its activity tells it. This function reads; the activities are written
//! by the transactions that make the changes.

mod routes;

pub use routes::{api, router};

use cloud::{Environment, StartError};
use dynamo::Trace;
use register::Organizations;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    trace: Trace,
    organizations: Organizations,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let app = Self { trace: Trace::open(env)?, organizations: Organizations::open(env)? };
        app.organizations.table().prime().await;
        Ok(app)
    }
}
