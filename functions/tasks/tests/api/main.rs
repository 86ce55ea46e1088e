//! Tasks, from the gateway's event to the store and back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod boards;
mod lists;
mod refusals;
mod rollup;
mod stage;
mod way;
