//! The star review, from the gateway's event to the store and back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod applications;
mod closing;
mod demo;
mod notice;
mod reviews;
mod sheets;
mod stage;
