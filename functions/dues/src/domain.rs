//! Payments, remittances and their rules. Pure: what is read and what time it is are arguments.

mod payment;
mod provider;
mod reconciliation;
mod remittance;

pub(crate) use kernel::{Hand, field, illegal};
pub(crate) use payment::{Channel, Kind, MOST_MONTHS, Payer, Payment, View};
pub(crate) use provider::{Callback, Provider, Secret, Status, is_signed};
pub(crate) use reconciliation::{Heard, Reconciliation, Stated};
pub(crate) use remittance::Remittance;
