//! The nightly seal of the trace.
//!
//! A day's activities are leaves of Merkle trees (RFC 6962): one tree over each group (an organisation's day), one over
//! the groups of a part, one over the parts of the day. The root of the day and the chain value of the day before make
//! the chain value of the day. All of it lies in objects that nobody can change ([`blob::Bucket::put_locked`]), and
//! nowhere else: there is no row of a table that could say otherwise. docs/AUDIT.md has every byte of it.
//!
//! | pattern | request |
//! |--|--|
//! | the days that are sealed | `ListObjectsV2`, a thousand days each |
//! | a day, a part of it | `ListObjectsV2` and `GetObject` |
//! | sealing a part, a day | `PutObject` |

mod bucket;
mod objects;
mod proof;
mod tree;

pub use bucket::{SealError, Seals};
pub use objects::{BEGINNING, Group, Head, Leaf, Part, PartLine, place};
pub use proof::{Proof, Step};
