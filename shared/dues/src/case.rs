//! Somebody who has not paid for long: a matter for people to look into. Nothing follows from it by itself.

use crate::{Bill, BillState, Month, Waiting};
use aws_lc_rs::digest::{SHA256, digest};
use dynamo::Key;
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, ErrorCode, Line, MemberId, OrgId, PersonName, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the branch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesCaseOutcome)]
pub enum Outcome {
    /// What was owed is paid.
    Paid,
    /// There is a good reason (党章 第九条: 没有正当理由).
    GoodReason,
    /// The branch meeting takes it up; that is a procedure of its own, and it decides.
    Procedure,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesCaseClosure)]
pub struct Closure {
    /// What was found.
    pub outcome: Outcome,
    /// In words.
    #[schema(value_type = String)]
    pub reason: Line<500>,
    /// By whom.
    pub by: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Dues unpaid for so many months that the branch has to look into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its id: the same for the same member and first month.
    pub id: CaseId,
    /// Whose dues.
    pub member: MemberId,
    /// Their name.
    pub name: PersonName,
    /// The branch that looks into it: where the member was when it was opened.
    pub organization: OrgId,
    /// The first month that is unpaid.
    pub first: Month,
    /// The day on which it was opened.
    pub opened_on: Date,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Closure>,
    /// Counts its changes.
    pub version: u64,
}

impl Case {
    /// The case that `bill`, the earliest of its run or a later one, makes: the run began in `first`.
    #[must_use]
    pub fn opened(bill: &Bill, first: Month, opened_on: Date) -> Self {
        let (member, name, organization) = (bill.member, bill.name.clone(), bill.organization);
        Self { id: Self::id_of(member, first), member, name, organization, first, opened_on, closed: None, version: 1 }
    }

    /// The id of the case of a member and a first month.
    #[must_use]
    pub fn id_of(member: MemberId, first: Month) -> CaseId {
        let mut random = [0; 10];
        let hash = digest(&SHA256, format!("{member}#{first}").as_bytes());
        random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        let begin = kernel::start_of_shanghai_day(first.last_day()).as_millisecond();
        CaseId::from_bytes(u64::try_from(begin).unwrap_or_default(), random)
    }

    /// The same closed by a person.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when it is closed; [`ErrorCode::OwnCase`] when it is their own.
    pub fn closed(&self, closure: Closure) -> Result<Self, Refusal> {
        if self.closed.is_some() {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        if closure.by == self.member {
            return Err(ErrorCode::OwnCase.into());
        }
        Ok(Self { closed: Some(closure), version: self.version + 1, ..self.clone() })
    }
}

/// The first month of the run of open bills that `month` is in, if that and the months after it are `length` that are open
/// and over at `now`.
#[must_use]
pub fn arrears(bills: &[Bill], month: Month, length: u8, now: Month) -> Option<Month> {
    let open = |month: Month| bills.iter().any(|bill| bill.month == month && bill.state == BillState::Open);
    let last = month.after(i32::from(length) - 1);
    let all = last < now && month.to(last).all(open);
    all.then(|| (1..=1_200).map(|back| month.after(-back)).take_while(|month| open(*month)).last().unwrap_or(month))
}

/// A case as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseRow {
    /// `CASE#<case>`; of the claim `MBR#<member>`
    pub pk: String,
    /// `CASE`
    pub sk: String,
    /// Index `open`, until it is closed: the branch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_at: Option<OrgId>,
    /// Index `open`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_key: Option<String>,
    /// The case.
    #[serde(flatten)]
    pub case: Case,
}

impl CaseRow {
    /// The row of `case`.
    #[must_use]
    pub fn new(case: Case) -> Self {
        let Key { pk, sk } = Self::key(case.id);
        let waits_at = case.closed.is_none().then_some(case.organization);
        let waits_key = waits_at.map(|_| Waiting::Case.key(&case.id.to_string()));
        Self { pk, sk, waits_at, waits_key, case }
    }

    /// Where a case is.
    #[must_use]
    pub fn key(id: CaseId) -> Key {
        Key::new(format!("CASE#{id}"), "CASE")
    }

    /// The row under the member that is there as long as the case is open: there is one at a time.
    #[must_use]
    pub fn claim(case: Case) -> Self {
        let Key { pk, sk } = Self::claimed(case.member);
        Self { pk, sk, waits_at: None, waits_key: None, case }
    }

    /// Where the open case of a member is.
    #[must_use]
    pub fn claimed(member: MemberId) -> Key {
        Key::new(format!("MBR#{member}"), "CASE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fen;
    use crate::tests::{member, month};

    /// Bills of these months; those with a `!` are paid.
    fn bills(months: &[&str]) -> Vec<Bill> {
        let bill = |text: &&str| {
            let who = (member(1), "陈员".parse().unwrap());
            let bill = Bill::new(
                who,
                OrgId::from_bytes(2, [2; 10]),
                month(text.trim_end_matches('!')),
                Fen(1_500),
                Timestamp::UNIX_EPOCH,
            );
            let payment = kernel::PaymentId::from_bytes(1, [1; 10]);
            if text.ends_with('!') { bill.paid(payment, Timestamp::UNIX_EPOCH).unwrap() } else { bill }
        };
        months.iter().map(bill).collect()
    }

    #[test]
    fn three_months_are_over_when_the_fourth_begins() {
        let open = bills(&["2026-08", "2026-09", "2026-10", "2026-11"]);
        assert_eq!(arrears(&open, month("2026-08"), 3, month("2026-11")), Some(month("2026-08")));
        assert_eq!(arrears(&open, month("2026-08"), 3, month("2026-10")), None, "October is not over");
        assert_eq!(arrears(&open, month("2026-09"), 3, month("2026-12")), Some(month("2026-08")), "one run");
        assert_eq!(arrears(&open, month("2026-08"), 6, month("2027-02")), None);
    }

    #[test]
    fn a_month_that_is_paid_or_was_never_billed_ends_the_run() {
        for broken in [&["2026-08", "2026-09!", "2026-10"][..], &["2026-08", "2026-10"]] {
            assert_eq!(arrears(&bills(broken), month("2026-08"), 3, month("2027-01")), None);
        }
        let later = bills(&["2026-07", "2026-08!", "2026-09", "2026-10", "2026-11"]);
        assert_eq!(arrears(&later, month("2026-09"), 3, month("2026-12")), Some(month("2026-09")));
    }

    #[test]
    fn a_case_is_closed_once_and_by_somebody_else() {
        let open = bills(&["2026-08"]);
        let case = Case::opened(&open[0], month("2026-08"), Date::constant(2027, 2, 1));
        assert_eq!(case.id, Case::id_of(case.member, month("2026-08")));
        let closure = |by| Closure {
            outcome: Outcome::GoodReason,
            reason: "住院".try_into().unwrap(),
            by,
            at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(case.closed(closure(case.member)).unwrap_err().code, ErrorCode::OwnCase);
        let closed = case.closed(closure(member(3))).unwrap();
        assert_eq!(closed, Case { closed: Some(closure(member(3))), version: 2, ..case });
        assert_eq!(closed.closed(closure(member(3))).unwrap_err().code, ErrorCode::AlreadyDecided);
        assert_eq!(CaseRow::new(closed).waits_key, None);
    }
}
