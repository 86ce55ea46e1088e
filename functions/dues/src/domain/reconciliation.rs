//! Whether the statement of a provider and a book say the same.

use dues_records::Fen;
use jiff::Timestamp;
use kernel::{Line, OrgId, PaymentId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Money that came in through a provider, as it is in a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesTransaction)]
pub(crate) struct Heard {
    /// Whose book.
    pub(crate) organization: OrgId,
    pub(crate) payment: PaymentId,
    /// What the provider calls it.
    #[schema(value_type = String)]
    pub(crate) transaction: Line<64>,
    pub(crate) amount: Fen,
    /// When it was heard of.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DuesStatementItem)]
pub(crate) struct Stated {
    /// What the provider calls it.
    #[schema(value_type = String)]
    pub(crate) transaction: Line<64>,
    /// Fen.
    pub(crate) amount: Fen,
}

/// A transaction of which statement and book say another amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DuesStatementDifference)]
pub(crate) struct Difference {
    /// The amount of the statement.
    pub(crate) stated: Fen,
    pub(crate) booked: Heard,
}

/// A statement beside a book.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DuesReconciliation)]
pub(crate) struct Reconciliation {
    /// Transactions of which both say the same.
    pub(crate) same: usize,
    /// On the statement and not in the book: the provider has to call back for it again.
    pub(crate) missing: Vec<Stated>,
    /// Heard of in these days and not on the statement. What was heard of late is on that of the day before.
    pub(crate) extra: Vec<Heard>,
    pub(crate) different: Vec<Difference>,
}

impl Reconciliation {
    /// Compares `stated` with those of its transactions that are `booked`, and with all that were `heard` of in its days.
    pub(crate) fn of(stated: Vec<Stated>, booked: &[Heard], heard: Vec<Heard>) -> Self {
        let booked: BTreeMap<_, _> = booked.iter().map(|one| (&one.transaction, one)).collect();
        let named: BTreeSet<_> = stated.iter().map(|one| one.transaction.clone()).collect();
        let (mut same, mut missing, mut different) = (0, Vec::new(), Vec::new());
        for one in stated {
            match booked.get(&one.transaction) {
                None => missing.push(one),
                Some(there) if there.amount == one.amount => same += 1,
                Some(there) => different.push(Difference { stated: one.amount, booked: Heard::clone(there) }),
            }
        }
        let extra = heard.into_iter().filter(|one| !named.contains(&one.transaction)).collect();
        Self { same, missing, extra, different }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(name: &str, fen: u64) -> Heard {
        let (organization, payment) = (OrgId::from_bytes(1, [1; 10]), PaymentId::from_bytes(1, [1; 10]));
        let (transaction, at) = (name.try_into().unwrap(), Timestamp::UNIX_EPOCH);
        Heard { organization, payment, transaction, amount: Fen(fen), at }
    }

    fn stated(name: &str, fen: u64) -> Stated {
        Stated { transaction: name.try_into().unwrap(), amount: Fen(fen) }
    }

    #[test]
    fn each_transaction_is_in_one_place() {
        let statement = vec![stated("T1", 1), stated("T2", 2), stated("T3", 3), stated("late", 4)];
        let booked = [transaction("T1", 1), transaction("T2", 20), transaction("late", 4)];
        let heard = vec![transaction("T1", 1), transaction("T2", 20), transaction("T4", 5)];
        let found = Reconciliation::of(statement, &booked, heard);
        assert_eq!((found.same, found.missing), (2, vec![stated("T3", 3)]));
        assert_eq!(found.extra, [transaction("T4", 5)]);
        assert_eq!(found.different, [Difference { stated: Fen(2), booked: transaction("T2", 20) }]);
        assert_eq!(Reconciliation::of(Vec::new(), &[], Vec::new()).same, 0);
    }
}
