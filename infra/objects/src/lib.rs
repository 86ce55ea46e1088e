//! The embedded S3-compatible store, and the small HTTP server that it and the runner's gateway share.

mod conditions;
mod cors;
pub mod server;
mod store;

pub use cors::CorsRule;
pub use store::{BucketShape, KeyPair, Objects, OpenError};
