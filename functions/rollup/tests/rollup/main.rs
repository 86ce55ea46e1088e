//! Counting: each activity once, whatever comes again or breaks off; compared by night, and added up along the tree.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod night;
mod once;
mod stage;
mod stream;
mod sums;
