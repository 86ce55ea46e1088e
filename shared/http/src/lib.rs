//! HTTP in and out of a function.
//!
//! A handler takes a [`Caller`], input through [`Path`], [`Query`] and [`Json`], and gives a [`Reply`] or a [`Problem`];
//! one that lists reads its page by [`Paging`].
//! [`finish`] puts around a router what every function has: bounded bodies, problems in the reader's language, panics
//! answered as 500 and logged once, `Idempotency-Key`, `If-None-Match`, a request log without personal data.

mod caller;
mod finish;
mod input;
mod once;
mod openapi;
mod paging;
mod problem;
mod reply;
mod serve;
#[cfg(test)]
mod tests;
mod written;

pub use caller::{Caller, context};
pub use finish::{BODY_LIMIT, finish};
pub use input::{IfMatch, Json, Path, Query};
pub use once::Idempotency;
pub use openapi::document;
pub use paging::Paging;
pub use problem::{Problem, ProblemBody};
pub use reply::{Reply, etag};
pub use serve::serve;
pub use written::Written;
