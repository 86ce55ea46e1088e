//! Portraits: what members and branches were scored by night, with every reason, and what people decide of it.
//!
//! Nothing is scored here. A portrait is the state of a branch's year on the day of its last night, line by line: rule,
//! version, record and date, and which rules of the sheet have not given everything yet. A band is suggested; a rating is
//! there once a person confirmed it, for somebody else and with what it rests on. Whoever finds a line wrong appeals to the
//! committee above; what is granted goes into the trace, and the next night counts it. A merit or a fault waits until its
//! member could answer, and counts once somebody else than who filed it confirmed it. The self-check of a branch is read off
//! its records of this minute: a gap is gone when its record is there.
//!
//! What an appraisal rests on is put together and not asked for: the evidence pack of a branch, with every record by its id, and of
//! who holds an office what records say of their work. Neither has a number that is in no record.
//!
//! Members see first and see all: who read their portrait is in their access log, and nobody is shown by points.

mod domain;
mod routes;
mod store;
mod views;

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
        Box::pin(store.prime()).await;
        Ok(Self { store, clock: env.clock.clone() })
    }
}
