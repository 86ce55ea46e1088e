//! How the installation runs, for its system administrator: which jobs there are, when they are due, and what became of
//! their last runs. What is shown is what `job-watch` judges by, and tells of nobody.

mod routes;

pub use routes::{api, router};

use cloud::{Environment, StartError};
use jobs::Watch;
use kernel::Clock;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    watch: Watch,
    clock: Clock,
}

impl App {
    /// Connects to the table of runs.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let watch = Watch::open(env)?;
        watch.prime().await;
        Ok(Self { watch, clock: env.clock.clone() })
    }
}
