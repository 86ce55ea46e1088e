//! Who has to hear of a task hears of it, once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bills;
mod once;
mod recount;
mod stage;
mod told;
