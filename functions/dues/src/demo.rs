//! Dues for demo data, made by the rules that requests go through.

use crate::{
    callback,
    domain::{Channel, Hand, Heard, Kind, Payer, Payment, Provider, Remittance},
    routes::summed,
    store::rows::{PaymentRow, ProviderRow, PublicationRow, RemittanceRow, TransactionRow},
};
use dues_records::{
    Balances, Bill, BillRow, Case, CaseRow, Class, Entry, EntryRow, Fen, Month, NewStandard, Relief, Rules, YearRow,
    Years, arrears, owes,
};
use dynamo::{Activity, Actor, Key};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, Line, Refusal, shanghai_day, start_of_shanghai_day};
use register::{Member, Node};
use serde_json::{Value, json};
use vault::Vault;

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
const MONTHS: i32 = 7;
/// The payment provider, and what it signs with.
const PROVIDER: (&str, &str) = ("demo", "demo-provider-0123456789-abcdefgh");

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
    bills: Vec<Bill>,
    book: Balances,
}

/// What is the matter with a payment.
enum Matter {
    /// Nothing.
    None,
    /// The provider says this amount, which nobody asked for.
    Amount(Fen),
    /// Somebody wants it taken back.
    Reversal,
}

impl Demo<'_> {
    fn about(&self, at: Timestamp, what: &str, subject: String) -> Activity {
        Activity::new(at, Actor::job("demo"), &format!("dues.{what}"), self.dues.branch.id, subject)
    }

    fn tell(&mut self, at: Timestamp, what: &str, subject: String) {
        let told = self.about(at, what, subject);
        self.told.push(told);
    }

    fn enter(&mut self, entry: Entry) {
        self.book = std::mem::take(&mut self.book).with(&entry);
        self.rows.push(json!(EntryRow::new(entry)));
    }

    /// Pays `bills` in cash, or through the provider where that says another amount.
    fn pay(&mut self, bills: &mut [Bill], month: Month, matter: &Matter) -> Result<(), Refusal> {
        let wrong = if let Matter::Amount(amount) = matter { Some(*amount) } else { None };
        let hand = Hand { by: self.dues.treasurer.id, at: at(month, 5).min(self.now) };
        let months: Vec<_> = bills.iter().map(|bill| bill.month).collect();
        let payer = Payer { kind: Kind::Oneself, member: None, name: None };
        let (channel, provider) = match wrong {
            Some(_) => (Channel::Provider, Some(provider()?)),
            None => (Channel::Cash, None),
        };
        let payment = Payment::opened(self.dues.branch.id, bills, &months, (payer, channel, provider), hand)?;
        let transaction = wrong.and_then(|_| Line::try_from("DEMO-1").ok());
        let by = wrong.is_none().then_some(hand.by);
        let amount = wrong.unwrap_or(payment.total);
        if let (Some(provider), Some(transaction)) = (&payment.provider, transaction.clone()) {
            let (organization, payment, at) = (payment.organization, payment.id, hand.at);
            let heard = Heard { organization, payment, transaction, amount, at };
            self.rows.push(json!(TransactionRow::new(provider, heard)));
        }
        let settled = payment.settled(bills, amount, (transaction, by), hand.at)?;
        for paid in settled.bills {
            if let Some(bill) = bills.iter_mut().find(|bill| bill.month == paid.month) {
                *bill = paid;
            }
        }
        let mut payment = settled.payment;
        let told = self.about(hand.at, "paid", payment.id.to_string()).stating("member", payment.member);
        self.told.push(told.stating("amount", payment.held).stating("months", payment.paid()));
        if matches!(matter, Matter::Reversal) {
            payment = payment.questioned(Line::ours("记错了人，应为同组另一名党员")?, hand)?;
            self.tell(hand.at, "reversal-requested", payment.id.to_string());
        }
        self.rows.push(json!(PaymentRow::new(payment)));
        self.enter(settled.entry);
        Ok(())
    }

    /// The same year with a relief that waits for the committee above.
    fn in_hardship(&mut self, years: &Years, this: Month) -> Result<Years, Refusal> {
        let (proposed_by, proposed_at) = (self.dues.treasurer.id, self.now);
        let reason = Line::ours("本人住院治疗，家庭生活困难")?;
        let (granted, decided_by, remark) = (None, None, None);
        self.tell(self.now, "relief-proposed", years.member.to_string());
        years.proposed(Relief {
            from: this,
            until: this,
            monthly: Fen::NONE,
            reason,
            proposed_by,
            proposed_at,
            granted,
            decided_by,
            remark,
        })
    }

    /// The bills of each month, as the job that makes them leaves them in the trace.
    fn tell_of_bills(&mut self, (first, this): (Month, Month)) {
        for month in first.to(this) {
            let bills: Vec<_> = self.bills.iter().filter(|bill| bill.month == month).cloned().collect();
            if !bills.is_empty() {
                let by = (Actor::job("demo"), at(month, 1).min(self.now));
                self.told.push(Bill::told(&bills, self.dues.branch.id, by));
            }
        }
    }

    /// A case, where the months since `first` that `member` has not paid are enough for one.
    fn look_into(&mut self, member: &Member, (first, this): (Month, Month), length: u8) {
        let bills: Vec<_> = self.bills.iter().filter(|bill| bill.member == member.id).cloned().collect();
        let (Some(first), Some(bill)) = (arrears(&bills, first, length, this), bills.first()) else { return };
        let opened = at(first.after(i32::from(length)), 1).min(self.now);
        let case = Case::opened(bill, first, shanghai_day(opened));
        self.tell(opened, "case-opened", member.id.to_string());
        self.rows.extend([json!(CaseRow::new(case.clone())), json!(CaseRow::claim(case))]);
    }

    /// The provider whose callbacks are heard.
    fn provide(&mut self, vault: &Vault) -> Result<(), Refusal> {
        let (name, secret) = PROVIDER;
        let Key { pk, sk } = ProviderRow::key(&provider()?);
        let secret = vault.seal(&callback::place(name), secret).map_err(|_| ErrorCode::Internal)?;
        let (set_by, set_at) = (self.dues.treasurer.id, self.now);
        self.rows.push(json!(ProviderRow { pk, sk, secret, set_by, set_at, version: 1 }));
        Ok(())
    }

    /// What the branch told its members about the year so far.
    fn publish(&mut self, this: Month) -> Result<(), Refusal> {
        let (branch, hand) = (self.dues.branch.id, Hand { by: self.dues.treasurer.id, at: self.now });
        let publication = summed((branch, this.year()), &self.bills, self.book.clone(), (hand, None))?;
        self.rows.push(json!(PublicationRow::new(publication)));
        self.tell(self.now, "published", branch.to_string());
        Ok(())
    }
}

fn provider() -> Result<Provider, Refusal> {
    Provider::try_from(PROVIDER.0.to_owned()).map_err(|_| ErrorCode::Internal.into())
}

/// Dues of a branch as they stand at `now`: what is set, bills of the last months of the year, most of them paid, one member in
/// arrears with a case once there are enough of them, one in hardship, a payment that nobody can explain and one that is to be taken
/// back, a provider, what was published, and a remittance that waits for the committee above. Items of the table of dues, and what
/// was done.
///
/// # Errors
/// When a rule refuses.
pub fn demo_dues(dues: DemoDues<'_>, vault: &Vault, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (rows, told, bills) = (Vec::new(), Vec::new(), Vec::new());
    let mut demo = Demo { dues, now, rows, told, bills, book: Balances::default() };
    let (this, rules) = (Month::at(now), Rules::get()?);
    let first = Month::new(this.year(), 1).ok_or(ErrorCode::Internal)?.max(this.after(1 - MONTHS));
    for (n, member) in dues.members.iter().enumerate() {
        // The last one has no standard yet.
        if n + 1 == dues.members.len() && n > 2 {
            continue;
        }
        let class = Class::of(member.category);
        let base = base(class, u64::try_from(n).unwrap_or_default());
        // One of them pays by the quarter.
        let set = NewStandard { class, base, amount: None, from: first, quarterly: n == 1, reason: None };
        let begin = at(first, 1).min(now);
        let mut years = Years::of(member, dues.branch.id, this.year()).set(set, None, (dues.treasurer.id, begin))?;
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
                (4, true) => demo.pay(&mut bills, month, &Matter::Amount(Fen(1)))?,
                (6, true) => demo.pay(&mut bills, month, &Matter::Reversal)?,
                _ => demo.pay(&mut bills, month, &Matter::None)?,
            }
            let [bill] = bills;
            demo.bills.push(bill.clone());
            demo.rows.push(json!(BillRow::new(bill, rules.arrears.notice_months)));
        }
        match n {
            1 => demo.look_into(member, (first, this), rules.arrears.case_months),
            5 if years.monthly(this).is_some_and(|set| set > Fen::NONE) => years = demo.in_hardship(&years, this)?,
            _ => {}
        }
        demo.rows.push(json!(YearRow::new(years, dues.branch.path.parent())));
    }
    demo.tell_of_bills((first, this));
    demo.provide(vault)?;
    demo.publish(this)?;
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
