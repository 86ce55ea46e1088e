//! Nights: what is found, told once, and over when its cause is gone.

#![expect(clippy::unwrap_used, reason = "tests")]

mod found;
mod once;
mod stage;
