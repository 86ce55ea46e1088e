//! Payments, remittances and their rules. Pure: what is read and what time it is are arguments.

mod payment;
mod provider;
mod reconciliation;
mod remittance;

pub(crate) use payment::{Channel, Kind, MOST_MONTHS, Payer, Payment, View};
pub(crate) use provider::{Callback, Provider, Secret, Status, is_signed};
pub(crate) use reconciliation::{Heard, Reconciliation, Stated};
pub(crate) use remittance::Remittance;

use jiff::Timestamp;
use kernel::{MemberId, Refusal, Text};

/// Who does a step, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand {
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
}

pub(crate) fn field(pointer: impl Into<String>, zh: &'static str, en: &'static str) -> Refusal {
    Refusal::field(pointer, Text::of(zh, en))
}

/// A step that is not possible now, and why.
pub(crate) fn not_now(zh: &'static str, en: &'static str) -> Refusal {
    Refusal::new(kernel::ErrorCode::IllegalTransition).because(Text::of(zh, en))
}
