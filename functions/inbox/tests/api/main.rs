//! The inbox through its routes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod channels;
mod duties;
mod mailbox;
mod notices;
mod outbox;
mod stage;
mod stars;
