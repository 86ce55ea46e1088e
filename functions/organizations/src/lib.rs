//! The tree of organisations: what stands where, how long a committee is in office, and who holds which office.
//!
//! An organisation's place is a materialised path, so a scope check is a prefix check and a subtree one query. Moving
//! one changes the paths of all below it in a single transaction; copies of the path at members follow by the job
//! `relocation`. Numbers of the regulations are data (`infra/rules/organizations.json`), each with its article.

mod demo;
mod domain;
mod routes;
mod store;

pub use demo::{DemoMerger, demo_merger};
pub use domain::{Founding, Rules, Warning};
pub use routes::{api, founded, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use store::Tree;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    tree: Tree,
    rules: &'static Rules,
    clock: Clock,
}

impl App {
    /// Connects to the tables and reads the rules.
    ///
    /// # Errors
    /// When a setting is missing or the rules do not read.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let rules = Rules::get();
        let rules =
            rules.map_err(|error| StartError::Unavailable { what: "rules of organisations", source: error.into() })?;
        let app = Self { tree: Tree::open(env)?, rules, clock: env.clock.clone() };
        app.tree.prime().await;
        Ok(app)
    }
}
