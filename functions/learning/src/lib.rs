//! Study: courses, topics, question sets, papers, attempts, trainings, hours and certificates.
//!
//! Courses, topics and papers are drafted, published for chosen organisations and withdrawn; what a learner did stays. A
//! lesson is a file of the organisation, got by a link that expires; how far somebody played it is kept for them and counts
//! nothing. A paper keeps copies of its questions, so that nothing changes under those who sit it. An attempt draws from
//! them by a stored seed; answers are saved one by one until the limit of the server, and keys do not leave it before the
//! paper is closed. Whoever comes first after the limit closes the attempt, learner or officer, and it is marked in that one
//! transaction. Hours are a view: of signed meetings, from the rows of those who were there, of confirmed trainings and of
//! passed papers (`study` has the rules).

mod demo;
mod docx;
mod domain;
mod routes;
mod store;
mod views;

pub use demo::{DemoSchool, demo_study};
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
    /// Connects to tables and bucket.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let store = Store::open(env)?;
        store.prime().await;
        Ok(Self { store, clock: env.clock.clone() })
    }
}
