//! Gateway event to reply, against the embedded store.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod closing;
mod crashes;
mod editing;
mod figures;
mod founding;
mod moving;
mod officers;
mod reading;
mod terms;
mod town;
