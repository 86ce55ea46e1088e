//! The API for those who write clients: the document that the routers generate (`docs/openapi.json`, checked in and
//! compared by a test), a page of it that needs no script and no other host, and a sign of life. And what anybody may ask who
//! has to name a date: the days as the rules count them.

mod calendar;
mod page;
mod routes;

pub use routes::{api, router};

use cloud::{Environment, StartError};

/// The API document.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// This function keeps nothing.
#[derive(Debug, Clone)]
pub struct App;

impl App {
    /// Needs nothing.
    ///
    /// # Errors
    /// Never.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
