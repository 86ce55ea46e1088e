//! Accounts, from the gateway's event to the reply.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod administration;
mod budgets;
mod codes;
mod events;
mod faults;
mod hostile;
mod logs;
mod me;
mod password;
mod refresh;
mod second_factor;
mod sign_in;
mod stage;
mod throttle;
