//! Nights: scored once, whatever happens to them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod once;
mod queue;
mod stage;
