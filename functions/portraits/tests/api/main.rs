//! Portraits over HTTP.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod appeals;
mod conduct;
mod evidence;
mod performance;
mod ratings;
mod reading;
mod stage;
