//! Transfers as clients see them.

use crate::{
    domain::{Bearer, Destination, Kind, Letter, Month, Rules, State, Step, Transfer},
    store::Listed,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PersonName, TransferId};
use serde::Serialize;
use utoipa::ToSchema;

/// A transfer as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferSummary)]
pub(crate) struct Summary {
    id: TransferId,
    member: MemberId,
    name: PersonName,
    kind: Kind,
    from: OrgId,
    to: Destination,
    pub(crate) state: State,
    /// The last valid day of the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    valid_until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    received_on: Option<Date>,
    /// The last day for the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    receipt_due_on: Option<Date>,
    /// How many days ago the last day was, of the letter or of the receipt that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_overdue: Option<i32>,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// How many days after `last` the day `today` is; `None` as long as it is in time.
fn days_after(last: Option<Date>, today: Date) -> Option<i32> {
    let days = today.since(last?).ok()?.get_days();
    (days > 0).then_some(days)
}

impl Summary {
    /// `listed` on the day `today`.
    pub(crate) fn of(listed: Listed, today: Date) -> Self {
        let state = listed.state.on(listed.valid_until, today);
        let last = match state {
            State::Overdue => listed.valid_until,
            State::Received => listed.receipt_due_on,
            _ => None,
        };
        Self {
            id: listed.id,
            member: listed.member,
            name: listed.name,
            kind: listed.kind,
            from: listed.from,
            to: listed.to,
            state,
            valid_until: listed.valid_until,
            received_on: listed.received_on,
            receipt_due_on: listed.receipt_due_on,
            days_overdue: days_after(last, today),
            version: listed.version,
            updated_at: listed.updated_at,
        }
    }
}

/// What a transfer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TransferNextStep)]
pub(crate) enum NextStep {
    /// The decision of the committee above.
    Decision,
    /// A letter of that committee.
    Letter,
    /// That the other side receives the member.
    Reception,
    /// A new letter, because the last one has lapsed.
    NewLetter,
    /// The receipt.
    Receipt,
}

/// What comes next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferNext)]
pub(crate) struct Next {
    step: NextStep,
    /// Its last day, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    by: Option<Date>,
}

impl Next {
    fn of(transfer: &Transfer, today: Date) -> Option<Self> {
        let (step, by) = match transfer.state_on(today) {
            State::Draft => (NextStep::Decision, None),
            State::Approved => (NextStep::Letter, None),
            State::Issued => (NextStep::Reception, transfer.valid_until),
            State::Overdue => (NextStep::NewLetter, transfer.new_letter_until()),
            State::Received if transfer.receipt_on.is_none() => (NextStep::Receipt, transfer.receipt_due_on),
            State::Received | State::Returned | State::Withdrawn => return None,
        };
        Some(Self { step, by })
    }
}

/// How long the new organisation keeps the affiliation of somebody who is not there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferKeeping)]
pub(crate) struct Kept {
    /// The last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// There is to be contact every so many months.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_months: Option<i32>,
}

/// A transfer, with its letters and everything that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Transfer)]
pub(crate) struct TransferView<'a> {
    id: TransferId,
    member: MemberId,
    name: &'a PersonName,
    kind: Kind,
    from: OrgId,
    to: &'a Destination,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
    /// In the order they were issued; the last one counts.
    letters: Vec<LetterView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    received_on: Option<Date>,
    /// The last day for the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    receipt_due_on: Option<Date>,
    /// The day on which it came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    receipt_on: Option<Date>,
    steps: &'a [Step],
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> TransferView<'a> {
    /// `transfer` on the day `today`.
    pub(crate) fn of(transfer: &'a Transfer, today: Date) -> Self {
        let rule = Rules::get().ok().and_then(|rules| rules.of(transfer.kind).ok()?.kept.as_ref());
        let contact_months = rule.and_then(|rule| rule.contact_months);
        Self {
            id: transfer.id,
            member: transfer.member,
            name: &transfer.name,
            kind: transfer.kind,
            from: transfer.from,
            to: &transfer.to,
            state: transfer.state_on(today),
            kept: transfer.keep_until.map(|until| Kept { until, contact_months }),
            letters: transfer.letters.iter().map(|letter| LetterView::of(letter, transfer, today)).collect(),
            received_on: transfer.received_on,
            receipt_due_on: transfer.receipt_due_on,
            receipt_on: transfer.receipt_on,
            steps: &transfer.steps,
            next: Next::of(transfer, today),
            version: transfer.version,
            updated_at: transfer.updated_at,
        }
    }
}

/// A letter in its three parts, to be printed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferLetter)]
pub(crate) struct LetterView<'a> {
    #[schema(value_type = String)]
    number: &'a Line<60>,
    /// Whether its last valid day is over.
    lapsed: bool,
    stub: Stub<'a>,
    letter: Body<'a>,
    receipt: ReceiptPart<'a>,
}

/// 存根: what the committee that issued it keeps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferLetterStub)]
struct Stub<'a> {
    bearer: &'a PersonName,
    #[schema(value_type = String)]
    from: &'a Line<60>,
    #[schema(value_type = String)]
    to: &'a Line<80>,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
}

/// 介绍信: what the member takes along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferLetterBody)]
struct Body<'a> {
    #[schema(value_type = String)]
    to: &'a Line<80>,
    bearer: &'a Bearer,
    #[schema(value_type = String)]
    from: &'a Line<60>,
    /// 党费交至
    #[schema(value_type = String)]
    dues_until: &'a Month,
    /// The committee that issued it.
    #[schema(value_type = String)]
    issued_by: &'a Line<60>,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    /// The last day on which it is valid.
    #[schema(value_type = String, format = Date)]
    valid_until: Date,
}

/// 回执: what the receiving side sends back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferLetterReceipt)]
struct ReceiptPart<'a> {
    /// The committee that it goes back to.
    #[schema(value_type = String)]
    to: &'a Line<60>,
    bearer: &'a PersonName,
    /// The organisation that received them.
    #[schema(value_type = String)]
    from: &'a Line<80>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    received_on: Option<Date>,
}

impl<'a> LetterView<'a> {
    fn of(letter: &'a Letter, transfer: &Transfer, today: Date) -> Self {
        let last = transfer.letters.last().is_some_and(|last| last.number == letter.number);
        Self {
            number: &letter.number,
            lapsed: letter.valid_until < today,
            stub: Stub {
                bearer: &letter.bearer.name,
                from: &letter.from_name,
                to: &letter.to_name,
                issued_on: letter.issued_on,
            },
            letter: Body {
                to: &letter.to_name,
                bearer: &letter.bearer,
                from: &letter.from_name,
                dues_until: &letter.dues_until,
                issued_by: &letter.committee_name,
                issued_on: letter.issued_on,
                valid_until: letter.valid_until,
            },
            receipt: ReceiptPart {
                to: &letter.committee_name,
                bearer: &letter.bearer.name,
                from: &letter.to_name,
                received_on: transfer.received_on.filter(|_| last),
            },
        }
    }
}
