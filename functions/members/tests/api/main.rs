//! The register, from the gateway's event to the reply.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod changes;
mod lists;
mod readmission;
mod register;
mod stage;
