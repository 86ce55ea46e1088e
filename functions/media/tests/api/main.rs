//! Media, from the gateway's event to the reply, with the bucket behind it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod completing;
mod declaring;
mod faults;
mod links;
mod reading;
mod removing;
mod stage;
