//! Bills once, arrears told once, and cases for people.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod arrears;
mod monthly;
mod stage;
