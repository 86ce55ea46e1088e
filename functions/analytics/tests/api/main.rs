//! Analytics, from the gateway's event to the store and back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod branches;
mod cubes;
mod overview;
mod stage;
