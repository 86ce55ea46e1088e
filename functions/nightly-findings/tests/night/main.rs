//! Nights: what is found, told once, and over when its cause is gone.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod found;
mod once;
mod stage;
