//! Who may do what, and where in the tree.
//!
//! Authority is a dated appointment: a [`Role`] in one organisation. [`reach`] is the whole policy, one table of role ×
//! action; [`Caller::may`] asks it about a place in the tree. Denials win over grants: a suspended caller never gets
//! here (the authorizer refuses), and nobody acts in their own case where an action says so.

mod action;
mod caller;
mod role;

pub use action::Action;
pub use caller::{Caller, Grant, Scope};
pub use role::{Reach, Role, reach};
