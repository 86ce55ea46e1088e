//! Meetings over HTTP.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod attend;
mod calendar;
mod life;
mod races;
mod refusals;
mod stage;
mod way;
