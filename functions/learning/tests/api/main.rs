//! Study over HTTP.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bank;
mod certificates;
mod courses;
mod crowd;
mod hours;
mod papers;
mod stage;
mod topics;
