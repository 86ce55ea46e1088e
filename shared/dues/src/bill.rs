//! A month of a member.

use crate::{Fen, Month};
use aws_lc_rs::digest::{SHA256, digest};
use dynamo::{Activity, Actor, Key, Stretch};
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, OrgId, PaymentId, PersonName, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Parts of the index of bills that are watched.
pub const SHARDS: u8 = 8;

/// What became of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesBillState)]
pub enum BillState {
    /// It is to be paid.
    Open,
    /// It is paid.
    Paid,
    /// Nothing is owed: an exemption was granted.
    Exempt,
}

impl BillState {
    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Exempt => "exempt",
        }
    }
}

/// What a member owes for one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesBill)]
pub struct Bill {
    /// Whose.
    pub member: MemberId,
    /// Their name when it was made.
    pub name: PersonName,
    /// The branch on whose rolls they were.
    pub organization: OrgId,
    /// The month.
    pub month: Month,
    /// The month in which it was made: this one, a later one where the standard was set late, or an earlier one where it was paid
    /// ahead.
    pub made: Month,
    /// What is owed.
    pub amount: Fen,
    /// What became of it.
    pub state: BillState,
    /// The payment that paid it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<PaymentId>,
    /// Counts its changes.
    pub version: u64,
    /// When it was last changed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Bill {
    /// The bill of `amount` for `month`, made at `at`.
    #[must_use]
    pub fn new(
        (member, name): (MemberId, PersonName),
        organization: OrgId,
        month: Month,
        amount: Fen,
        at: Timestamp,
    ) -> Self {
        let state = if amount == Fen::NONE { BillState::Exempt } else { BillState::Open };
        let (payment, made) = (None, Month::at(at));
        Self { member, name, organization, month, made, amount, state, payment, version: 1, updated_at: at }
    }

    /// What the trace tells of `bills` of the branch `organization` that `by` made at `at`: of which months, how many, and what they come
    /// to.
    #[must_use]
    pub fn told(bills: &[Self], organization: OrgId, (by, at): (Actor, Timestamp)) -> Activity {
        let amount: Fen = bills.iter().map(|bill| bill.amount).sum();
        let months: BTreeSet<Month> = bills.iter().map(|bill| bill.month).collect();
        Activity::new(at, by, "dues.billed", organization, organization.to_string())
            .stating("months", months)
            .stating("bills", bills.len())
            .stating("amount", amount)
    }

    fn next(&self, at: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: at, ..self.clone() }
    }

    /// The same paid by `payment`.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it is not open.
    pub fn paid(&self, payment: PaymentId, at: Timestamp) -> Result<Self, Refusal> {
        if self.state != BillState::Open {
            return Err(ErrorCode::IllegalTransition.into());
        }
        Ok(Self { state: BillState::Paid, payment: Some(payment), ..self.next(at) })
    }

    /// The same open again, when `payment` was reversed; `None` when that did not pay it.
    #[must_use]
    pub fn reopened(&self, payment: PaymentId, at: Timestamp) -> Option<Self> {
        let by_it = self.state == BillState::Paid && self.payment == Some(payment);
        by_it.then(|| Self { state: BillState::Open, payment: None, ..self.next(at) })
    }

    /// The same, not stored yet, with the amount that is owed by now.
    #[must_use]
    pub fn owing(self, amount: Fen) -> Self {
        let state = if amount == Fen::NONE { BillState::Exempt } else { BillState::Open };
        Self { amount, state, ..self }
    }

    /// The same with another amount; `None` when it is paid, or has that amount.
    #[must_use]
    pub fn repriced(&self, amount: Fen, at: Timestamp) -> Option<Self> {
        let state = if amount == Fen::NONE { BillState::Exempt } else { BillState::Open };
        (self.state != BillState::Paid && self.amount != amount).then(|| Self { amount, state, ..self.next(at) })
    }
}

/// A bill as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `BILL#<month>`
    pub sk: String,
    /// Index `branch`, under `organization`: month and member.
    pub branch_key: String,
    /// Index `watch`, while it is open: the part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub watch_shard: Option<String>,
    /// Index `watch`: the month in which it is to be looked at, member and month.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub watch_key: Option<String>,
    /// The bill.
    #[serde(flatten)]
    pub bill: Bill,
}

impl BillRow {
    /// What sort keys of bills begin with.
    pub const START: &str = "BILL#";

    /// The row of `bill`, to be looked at after `months` as long as it is open: nobody is late with what was not billed.
    #[must_use]
    pub fn new(bill: Bill, months: u8) -> Self {
        let Key { pk, sk } = Self::key(bill.member, bill.month);
        let row = Self {
            pk,
            sk,
            branch_key: format!("{}{}#{}", Self::START, bill.month, bill.member),
            watch_shard: None,
            watch_key: None,
            bill,
        };
        row.watched(Some(months))
    }

    /// The row of the same bill after a change, looked at when this one is; from the beginning when it was open no more.
    #[must_use]
    pub fn changed(&self, bill: Bill, months: u8) -> Self {
        let row = Self::new(bill, months);
        match (&row.watch_key, &self.watch_key, self.bill.state) {
            (Some(_), kept, BillState::Open) => {
                let watch_shard = row.watch_shard.clone().filter(|_| kept.is_some());
                Self { watch_key: kept.clone(), watch_shard, ..row }
            }
            _ => row,
        }
    }

    /// The same to be looked at after `months`, or not any more.
    #[must_use]
    pub fn watched(&self, months: Option<u8>) -> Self {
        let bill = &self.bill;
        let (months, since) = (months.filter(|_| bill.state == BillState::Open), bill.month.max(bill.made));
        let hash = digest(&SHA256, bill.member.to_string().as_bytes());
        let part = hash.as_ref().first().copied().unwrap_or_default() % SHARDS;
        Self {
            watch_shard: months.map(|_| Self::shard(part)),
            watch_key: months
                .map(|months| format!("{}#{}#{}", since.after(i32::from(months)), bill.member, bill.month)),
            ..self.clone()
        }
    }

    /// Whether it is to be looked at in `now`: it is not where another look made it a later one.
    #[must_use]
    pub fn is_due(&self, now: Month) -> bool {
        self.watch_key.as_deref().is_some_and(|key| key < Self::until(now).as_str())
    }

    fn until(now: Month) -> String {
        format!("{now}~")
    }

    /// Where the bill of a member for a month is.
    #[must_use]
    pub fn key(member: MemberId, month: Month) -> Key {
        Key::new(format!("MBR#{member}"), format!("{}{month}", Self::START))
    }

    /// The partition of a part of index `watch`.
    #[must_use]
    pub fn shard(part: u8) -> String {
        format!("WATCH#{part}")
    }

    /// Bills of a part that are to be looked at in `now` or before.
    #[must_use]
    pub fn watched_until(part: u8, now: Month) -> Stretch {
        let mut stretch = Stretch::whole(Self::shard(part)).of_index("watch", "watchShard", "watchKey");
        stretch.until = Self::until(now);
        stretch
    }

    /// Bills of a branch for a month.
    #[must_use]
    pub fn of_branch(branch: OrgId, month: Month) -> Stretch {
        let start = format!("{}{month}#", Self::START);
        Stretch::beginning(branch.to_string(), &start).of_index("branch", "organization", "branchKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{member, month};

    fn bill(amount: u64) -> Bill {
        let (who, organization) = ((member(1), "陈员".parse().unwrap()), OrgId::from_bytes(2, [2; 10]));
        Bill::new(who, organization, month("2026-11"), Fen(amount), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_bill_is_paid_once_and_opened_by_what_paid_it_alone() {
        let (one, other) = (PaymentId::from_bytes(1, [1; 10]), PaymentId::from_bytes(1, [2; 10]));
        let (at, later) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(1).unwrap());
        let paid = bill(1_500).paid(one, at).unwrap();
        assert_eq!(paid, Bill { state: BillState::Paid, payment: Some(one), version: 2, ..bill(1_500) });
        assert_eq!(paid.paid(other, at).unwrap_err().code, ErrorCode::IllegalTransition);
        assert_eq!((paid.reopened(other, at), paid.repriced(Fen(1), at)), (None, None));
        assert_eq!(paid.reopened(one, later), Some(Bill { version: 3, updated_at: later, ..bill(1_500) }));
        assert_eq!(bill(0).state, BillState::Exempt);
        assert!(bill(0).paid(one, at).is_err());
        assert_eq!(bill(1_500).repriced(Fen(0), at).unwrap().state, BillState::Exempt);
        assert_eq!(bill(0).repriced(Fen(20), at).unwrap().state, BillState::Open);
    }

    #[test]
    fn every_open_bill_is_watched_in_one_of_the_parts() {
        let parts: BTreeSet<_> = (0..SHARDS).map(BillRow::shard).collect();
        assert_eq!(parts.len(), usize::from(SHARDS));
        for n in 0..=20 {
            let row = BillRow::new(Bill { member: member(n), ..bill(1_500) }, 3);
            assert!(parts.contains(&row.watch_shard.unwrap()), "{n}");
        }
    }

    #[test]
    fn a_bill_that_was_made_late_is_watched_from_then_on() {
        let bill = Bill { made: "2027-05".parse().unwrap(), ..bill(1_500) };
        let row = BillRow::new(bill, 3);
        assert!(row.watch_key.as_deref().unwrap().starts_with("2027-08#"));
        assert!(row.watched(Some(6)).watch_key.unwrap().starts_with("2027-11#"));
    }

    #[test]
    fn an_open_bill_is_watched_and_another_is_not() {
        let row = BillRow::new(bill(1_500), 3);
        assert!(row.watch_key.as_deref().unwrap().starts_with("2027-02#mbr_"));
        let later = row.watched(Some(6));
        let due = |row: &BillRow, now: &str| row.is_due(now.parse().unwrap());
        assert!(due(&row, "2027-02") && due(&row, "2027-03") && !due(&row, "2027-01"));
        assert!(!due(&later, "2027-02") && due(&later, "2027-05") && !due(&later.watched(None), "2027-05"));
        let repriced = later.changed(later.bill.repriced(Fen(20), Timestamp::UNIX_EPOCH).unwrap(), 3);
        assert_eq!((&repriced.watch_key, &repriced.watch_shard), (&later.watch_key, &row.watch_shard));
        let over = later.watched(None);
        let again = over.changed(over.bill.repriced(Fen(20), Timestamp::UNIX_EPOCH).unwrap(), 3);
        assert_eq!((again.watch_key, again.watch_shard), (None, None));
        let paid = row.changed(row.bill.paid(PaymentId::from_bytes(1, [1; 10]), Timestamp::UNIX_EPOCH).unwrap(), 3);
        assert_eq!((&paid.watch_key, &paid.watch_shard), (&None, &None));
        let reopened =
            paid.changed(paid.bill.reopened(PaymentId::from_bytes(1, [1; 10]), Timestamp::UNIX_EPOCH).unwrap(), 3);
        assert_eq!(reopened.watch_key, row.watch_key);
        assert_eq!(BillRow::new(bill(0), 3).watch_shard, None);
    }
}
