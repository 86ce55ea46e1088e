//! What is told arrives over the channels, once and at a decent hour.
#![expect(clippy::unwrap_used, reason = "tests")]

mod chaos;
mod hours;
mod mails;
mod receiver;
mod robots;
mod stage;
