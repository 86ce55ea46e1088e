//! Dues over HTTP.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod books;
mod callbacks;
mod corrections;
mod demo;
mod gifts;
mod matters;
mod payments;
mod quote;
mod reconciliations;
mod remittances;
mod stage;
mod standards;
