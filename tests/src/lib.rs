//! What the tests of the whole share: a scene with every function in it, a tour of every route, and a stand with the
//! runner and its HTTP port.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on says so by panicking"
)]

pub mod invariants;
pub mod invoker;
pub mod kills;
mod scene;
mod stand;
pub mod tour;
pub mod workload;

pub use invariants::Content;
pub use invoker::Invoker;
pub use scene::{FUNCTIONS, PASSWORD, Scene};
pub use stand::{Stand, Token};
