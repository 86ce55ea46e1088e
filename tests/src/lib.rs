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
pub mod reports;
mod scene;
mod stand;
pub mod tour;
pub mod workload;

use kernel::Settings;
use std::{fs, path::PathBuf};

pub use invariants::Content;
pub use invoker::Invoker;
pub use scene::{FUNCTIONS, PASSWORD, Scene};
pub use stand::{Stand, Token};

/// Compares a generated file with the one in the tree; with `UPDATE=1` writes it instead.
pub fn checked_in(path: &str, text: &str) {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    if Settings::from_env().find("UPDATE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{path} is out of date: run `UPDATE=1 cargo test -p system --test contract --test template`");
}
