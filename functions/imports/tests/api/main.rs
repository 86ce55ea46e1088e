//! Imports and exports, from the gateway's event to the reply.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod applying;
mod checking;
mod crashes;
mod exporting;
mod founding;
mod listing;
mod stage;
mod undoing;
