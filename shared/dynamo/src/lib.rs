//! The one crate that speaks DynamoDB.
//!
//! [`Table`] reads: one item, or one page of a stretch of keys. [`Ledger::commit`] writes: a [`Change`] of records, the
//! [`Activity`] that tells of it and the idempotency record of the request, all in one `TransactWriteItems` call. There
//! is no other way to change a record, so no record is without its activity and no retry has a second effect.
//!
//! Some writing is not a change of a record and goes beside it: lines that are a trace themselves ([`Table::put`]), keys
//! and claims of the system itself ([`Table::insert`], [`Table::swap`]), counters of attempts ([`Table::count_up`]),
//! loading of data ([`Table::put_all`]), copies of what another record says ([`Table::update_keys`]) and sums of records
//! ([`Table::put_newer`]).
//!
//! [`Changes`] is what the stream of a table brings.

mod batch;
mod change;
mod copies;
mod counter;
mod error;
mod fingerprint;
mod ledger;
mod once;
mod part;
mod sealing;
mod single;
mod stream;
mod table;
mod trace;
mod tries;

pub use change::{Change, Share};
pub use error::StoreError;
pub use ledger::Ledger;
pub use once::{Answer, Once};
pub use sealing::{DayLine, Kept, SHARDS, group};
pub use stream::{Changed, Changes, Failures, ImageError, InvalidSequence, Sequence};
pub use table::{Filter, Found, Key, Order, Read, Stretch, Table};
pub use trace::{Activity, ActivityRow, Actor, Trace};
pub use tries::Tries;
