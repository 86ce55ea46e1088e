//! Dues for demo data, made by the rules that requests go through.

use crate::{
    domain::{Channel, Hand, Kind, Payer, Payment, Provider, Remittance},
    store::rows::{PaymentRow, RemittanceRow},
};
use dues_records::{
    Balances, Bill, BillRow, Class, Entry, EntryRow, Fen, Month, NewStandard, Rules, YearRow, Years, owes,
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Line, Refusal, start_of_shanghai_day};
use register::{Member, Node};
use serde_json::{Value, json};

/// A branch with who keeps its dues, and its members.
#[derive(Debug, Clone, Copy)]
pub struct DemoDues<'a> {
    /// The branch.
    pub branch: &'a Node,
    /// Who enters payments.
    pub treasurer: &'a Member,
    /// Everybody on its rolls.
    pub members: &'a [&'a Member],
}

/// Months that are shown, this one included.
const MONTHS: i32 = 6;

/// What the `n`-th member earns in a month, where that counts.
fn base(class: Class, n: u64) -> Option<Fen> {
    let has_base = matches!(class, Class::Wage | Class::AnnualSalary | Class::SelfEmployed | Class::Retired);
    has_base.then(|| Fen(240_000 + n * 37_000 % 780_000))
}

/// A quarter past nine on the `day`-th of `month`.
fn at(month: Month, day: i64) -> Timestamp {
    let first = start_of_shanghai_day(month.after(-1).last_day()) + SignedDuration::from_hours(24);
    first + SignedDuration::from_hours(24 * (day - 1) + 9) + SignedDuration::from_mins(15)
}

struct Demo<'a> {
    dues: DemoDues<'a>,
    now: Timestamp,
    rows: Vec<Value>,
    told: Vec<Activity>,
    book: Balances,
}

impl Demo<'_> {
    fn tell(&mut self, at: Timestamp, what: &str, subject: String) {
        let kind = format!("dues.{what}");
        self.told.push(Activity::new(at, Actor::job("demo"), &kind, self.dues.branch.id, subject));
    }

    fn enter(&mut self, entry: Entry) {
        self.book = std::mem::take(&mut self.book).with(&entry);
        self.rows.push(json!(EntryRow::new(entry)));
    }

    /// Pays `bills` in cash, or through a provider that says another amount when `wrong` is given.
    fn pay(&mut self, bills: &mut [Bill], month: Month, wrong: Option<Fen>) -> Result<(), Refusal> {
        let hand = Hand { by: self.dues.treasurer.id, at: at(month, 5).min(self.now) };
        let months: Vec<_> = bills.iter().map(|bill| bill.month).collect();
        let payer = Payer { kind: Kind::Oneself, member: None, name: None };
        let (channel, provider) = match wrong {
            Some(_) => (Channel::Provider, Provider::try_from("demo".to_owned()).ok()),
            None => (Channel::Cash, None),
        };
        let payment = Payment::opened(self.dues.branch.id, bills, &months, (payer, channel, provider), hand)?;
        let transaction = wrong.and_then(|_| Line::try_from("DEMO-1").ok());
        let by = wrong.is_none().then_some(hand.by);
        let settled = payment.settled(bills, wrong.unwrap_or(payment.total), (transaction, by), hand.at)?;
        for paid in settled.bills {
            if let Some(bill) = bills.iter_mut().find(|bill| bill.month == paid.month) {
                *bill = paid;
            }
        }
        self.tell(hand.at, "paid", settled.payment.id.to_string());
        self.rows.push(json!(PaymentRow::new(settled.payment)));
        self.enter(settled.entry);
        Ok(())
    }
}

/// Dues of a branch as they stand at `now`: what is set, bills of the last months of the year, most of them paid, one member in
/// arrears, a payment that nobody can explain, and a remittance that waits for the committee above. Items of the table of dues,
/// and what was done.
///
/// # Errors
/// When a rule refuses.
pub fn demo_dues(dues: DemoDues<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let mut demo = Demo { dues, now, rows: Vec::new(), told: Vec::new(), book: Balances::default() };
    let (this, rules) = (Month::at(now), Rules::get()?);
    let first = Month::new(this.year(), 1).ok_or(ErrorCode::Internal)?.max(this.after(1 - MONTHS));
    for (n, member) in dues.members.iter().enumerate() {
        // The last one has no standard yet.
        if n + 1 == dues.members.len() && n > 2 {
            continue;
        }
        let class = Class::of(member.category);
        let base = base(class, u64::try_from(n).unwrap_or_default());
        let set = NewStandard { class, base, amount: None, from: first, reason: None };
        let begin = at(first, 1).min(now);
        let years = Years::of(member, dues.branch.id, this.year()).set(set, None, (dues.treasurer.id, begin))?;
        demo.tell(begin, "standard-set", member.id.to_string());
        let owed = first.to(this).filter(|month| owes(member.state, member.joined_on, *month));
        for month in owed {
            let Some(amount) = years.monthly(month) else { continue };
            let bill =
                Bill::new((member.id, member.name.clone()), dues.branch.id, month, amount, at(month, 1).min(now));
            let mut bills = [bill];
            match (n, month == this) {
                // One has not paid for months, two not yet this month, and of one nobody knows what the money was for.
                (1, _) | (2 | 3, true) => {}
                (4, true) => demo.pay(&mut bills, month, Some(Fen(1)))?,
                _ => demo.pay(&mut bills, month, None)?,
            }
            let [bill] = bills;
            demo.rows.push(json!(BillRow::new(bill, rules.arrears.notice_months)));
        }
        demo.rows.push(json!(YearRow::new(years, dues.branch.path.parent())));
    }
    if let Some(above) = dues.branch.path.parent() {
        let hand = Hand { by: dues.treasurer.id, at: now };
        let parts = (demo.book.to_send(rules.retained(dues.branch.kind)), demo.book.gifts_to_send());
        if parts.0 > Fen::NONE {
            let (sent, entry) = Remittance::sent((dues.branch.id, above), parts, &rules.version, hand)?;
            demo.tell(now, "remitted", sent.id.to_string());
            demo.rows.push(json!(RemittanceRow::new(sent)));
            demo.enter(entry);
        }
    }
    Ok((demo.rows, demo.told))
}
