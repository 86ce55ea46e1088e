//! Who is told what of meetings, and when.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod once;
mod stage;
mod told;
