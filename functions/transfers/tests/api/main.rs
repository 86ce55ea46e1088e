//! Transfers, from the gateway's event to the reply.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod corrections;
mod lists;
mod moves;
mod races;
mod refusals;
mod stage;
mod way;
