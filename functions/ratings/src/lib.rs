//! The yearly star review of branches (达标创星).
//!
//! The department of the committee at the root of a tree draws up a score sheet, which stays as it is once its window opens. A branch
//! applies in the window, gives itself points item by item and links each to activities that its trace has: nothing is entered
//! twice. The committee above gives points again, the department gives the star, and after a public notice without an open
//! objection it is awarded. Nobody decides about their own branch; who reviewed does not decide, who did either answers no objection,
//! and who decided can award. No step is taken by itself.
//!
//! Points are whole hundredths. Until the notice begins they are known to the branch and to those above it alone, and the trace
//! tells none of them. It is a review of organisations: nothing in it is about a person.

mod demo;
mod domain;
mod facts;
mod routes;
mod store;
mod tell;
mod views;

pub use demo::{DemoReview, DemoStars, StarBranch, demo_ended_star, demo_stars};
pub use routes::{api, router};

use cloud::{Environment, StartError};
use kernel::Clock;
use store::Store;

/// What a handler works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    clock: Clock,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let store = Store::open(env)?;
        store.prime().await;
        Ok(Self { store, clock: env.clock.clone() })
    }
}
