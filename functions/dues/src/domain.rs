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

#[cfg(test)]
mod tests {
    use super::Hand;
    use kernel::MemberId;

    pub(super) fn member(n: u8) -> MemberId {
        MemberId::from_bytes(u64::from(n), [n; 10])
    }

    pub(super) fn hand(n: u8) -> Hand {
        Hand { by: member(n), at: "2026-11-24T02:00:00Z".parse().unwrap() }
    }
}
