//! A payment.

mod begun;
mod shown;

pub(crate) use shown::View;

use super::{Hand, field, illegal};
use dues_records::{Account, Balances, Bill, BillState, Entry, EntryKind, Fen, Month, Rules};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, OrgId, PaymentId, PersonName, Refusal, Text, shanghai_day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Months that one payment pays, at most.
pub(crate) const MOST_MONTHS: usize = 12;
/// Times that money came in for one payment, at most: beyond that somebody has to look.
const MOST_RECEIVED: usize = 50;

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesChannel)]
pub(crate) enum Channel {
    /// In cash, to the treasurer.
    Cash,
    /// Through a payment provider.
    Provider,
}

impl Channel {
    /// Where its money lies first.
    pub(crate) const fn account(self) -> Account {
        match self {
            Self::Cash => Account::Cash,
            Self::Provider => Account::Clearing,
        }
    }
}

/// Who pays, seen from the member whose dues they are (党费规定 §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesPayerKind)]
pub(crate) enum Kind {
    /// The member.
    Oneself,
    /// A relative.
    Relative,
    /// Another member.
    Member,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DuesPayer)]
pub(crate) struct Payer {
    pub(crate) kind: Kind,
    /// The member who pays for another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) member: Option<MemberId>,
    /// The name of the relative or of the other member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) name: Option<PersonName>,
}

/// A month of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesPaymentItem)]
pub(crate) struct Item {
    pub(crate) month: Month,
    pub(crate) amount: Fen,
    /// Whether the bill is paid with this payment.
    pub(crate) paid: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesPaymentState)]
pub(crate) enum State {
    /// The provider was not heard of yet.
    Pending,
    /// Money came in.
    Settled,
    /// The provider says that nobody paid.
    Closed,
    /// It was taken back.
    Reversed,
}

/// Money that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesReceived)]
pub(crate) struct Received {
    pub(crate) amount: Fen,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) transaction: Option<Line<64>>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
}

/// That it is to be taken back, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesReversal)]
pub(crate) struct Reversal {
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
    /// What is to be taken back: all that the payment held then.
    pub(crate) amount: Fen,
    pub(crate) requested_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) requested_at: Timestamp,
    /// Whether it was confirmed; absent until a second person decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) confirmed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_by: Option<MemberId>,
}

/// A payment of a member's dues for some months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesPayment)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    /// The branch that takes it: on whose rolls the member was when it was opened (党费规定 §9).
    pub(crate) organization: OrgId,
    /// Whose dues they are.
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    pub(crate) payer: Payer,
    pub(crate) items: Vec<Item>,
    /// What was asked for.
    pub(crate) total: Fen,
    pub(crate) channel: Channel,
    /// Whether it is a larger sum that is given once, of free will: it pays no bill and goes up whole (党费规定 §11).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) gift: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) provider: Option<super::Provider>,
    pub(crate) state: State,
    /// Who opened or entered it.
    pub(crate) entered_by: MemberId,
    pub(crate) received: Vec<Received>,
    /// Money of it that is in the book now.
    pub(crate) held: Fen,
    /// The part of that of which it is not known what it is for.
    pub(crate) unclarified: Fen,
    /// Number of the receipt, since money came in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) receipt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reversal: Option<Reversal>,
    /// Counts its changes.
    pub(crate) version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

/// What comes of money that came in: the payment, the bills that it pays, and the entry in the book.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) payment: Payment,
    pub(crate) bills: Vec<Bill>,
    pub(crate) entry: Entry,
}

/// Which months, each once, at most a year of them.
fn months(wanted: &[Month]) -> Result<BTreeSet<Month>, Refusal> {
    let months: BTreeSet<_> = wanted.iter().copied().collect();
    if months.is_empty() || months.len() != wanted.len() || months.len() > MOST_MONTHS {
        return Err(field("/months", "请选择 1 至 12 个不重复的月份", "are 1 to 12 months, each once"));
    }
    Ok(months)
}

/// The bills of `wanted` months, all open.
fn open_ones<'a>(bills: &'a [Bill], wanted: &[Month]) -> Result<Vec<&'a Bill>, Refusal> {
    let (months, article) = (months(wanted)?, &Rules::get()?.ahead.article);
    let mut found: Vec<&Bill> = Vec::new();
    for month in months {
        let bill = bills.iter().find(|bill| bill.month == month && bill.state == BillState::Open);
        let bill = bill.ok_or_else(|| {
            let zh = "所选月份没有未交账单，也不在经党支部同意可以预交的本季度内";
            field("/months", zh, "have no open bill, nor can be paid ahead: with this quarter, if the branch agreed")
                .by(article)
        })?;
        found.push(bill);
    }
    Ok(found)
}

impl Payment {
    fn next(&self, at: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: at, ..self.clone() }
    }

    /// The months that it is for.
    pub(crate) fn months(&self) -> Vec<Month> {
        self.items.iter().map(|item| item.month).collect()
    }

    /// The months of them that it paid.
    pub(crate) fn paid(&self) -> Vec<Month> {
        self.items.iter().filter(|item| item.paid).map(|item| item.month).collect()
    }

    /// The number of its receipt: of the day, and of its id, so that no counter is shared.
    fn number(&self, at: Timestamp) -> String {
        let (day, id) = (shanghai_day(at), self.id.to_string().to_uppercase());
        format!("{}-{}", day.strftime("%Y%m%d"), id.get(id.len().saturating_sub(10)..).unwrap_or_default())
    }

    /// Whether this transaction of the provider is known.
    pub(crate) fn knows(&self, transaction: &Line<64>) -> bool {
        self.received.iter().any(|received| received.transaction.as_ref() == Some(transaction))
    }

    /// What comes of `amount` that came in. It pays the bills that it was asked for if it is what was asked for and comes for
    /// the first time, as far as they are still open with the same sum; of the rest nobody knows what it is for. A bill is of the
    /// branch that was paid, which the member may have come to since it was made.
    pub(crate) fn settled(
        &self,
        bills: &[Bill],
        amount: Fen,
        (transaction, by): (Option<Line<64>>, Option<MemberId>),
        at: Timestamp,
    ) -> Result<Settled, Refusal> {
        if amount == Fen::NONE || self.received.len() >= MOST_RECEIVED {
            return Err(ErrorCode::InvalidField.into());
        }
        let expected = amount == self.total && matches!(self.state, State::Pending | State::Closed);
        let (mut new, mut paid) = (self.next(at), Vec::new());
        for item in new.items.iter_mut().filter(|_| expected) {
            let open = bills.iter().find(|bill| bill.month == item.month && bill.amount == item.amount);
            if let Some(bill) = open.and_then(|bill| bill.paid(self.id, at).ok()) {
                item.paid = true;
                paid.push(Bill { organization: self.organization, ..bill });
            }
        }
        let pays = if self.gift && expected { amount } else { Fen::NONE };
        let allotted = pays + paid.iter().map(|bill| bill.amount).sum::<Fen>();
        let rest = amount.less(allotted);
        let (to, from) =
            ([(self.channel.account(), amount)], [(self.source(), allotted), (Account::Unclarified, rest)]);
        let about = (self.organization, EntryKind::Payment, self.id.to_string());
        let entry = Entry::new(about, &to, &from, (by, at))?;
        new.received.push(Received { amount, transaction, at });
        (new.held, new.unclarified) = (new.held + amount, new.unclarified + rest);
        if new.state != State::Reversed {
            new.state = State::Settled;
        }
        new.receipt = new.receipt.or_else(|| Some(self.number(at)));
        Ok(Settled { payment: new, bills: paid, entry })
    }

    /// The same after the provider said that nobody paid; `None` when that changes nothing.
    pub(crate) fn closed(&self, at: Timestamp) -> Option<Self> {
        (self.state == State::Pending).then(|| Self { state: State::Closed, ..self.next(at) })
    }

    /// What comes of it when the unclarified money of it is for these months, whatever branch their bills were made in.
    pub(crate) fn allotted(&self, bills: &[Bill], wanted: &[Month], hand: Hand) -> Result<Settled, Refusal> {
        if self.reversal.as_ref().is_some_and(|reversal| reversal.confirmed.is_none()) {
            return Err(illegal("冲正正在等待复核", "its reversal waits for a second person"));
        }
        let open = open_ones(bills, wanted)?;
        let sum: Fen = open.iter().map(|bill| bill.amount).sum();
        if sum > self.unclarified {
            return Err(field("/months", "待查金额不足", "come to more than is unclarified"));
        }
        let mut new = self.next(hand.at);
        let mut paid = Vec::new();
        for bill in open {
            paid.push(Bill { organization: self.organization, ..bill.paid(self.id, hand.at)? });
            new.items.retain(|item| item.month != bill.month);
            new.items.push(Item { month: bill.month, amount: bill.amount, paid: true });
        }
        new.items.sort_unstable_by_key(|item| item.month);
        new.unclarified = new.unclarified.less(sum);
        let about = (self.organization, EntryKind::Allotment, self.id.to_string());
        let (to, from) = ([(Account::Unclarified, sum)], [(Account::Dues, sum)]);
        let entry = Entry::new(about, &to, &from, (Some(hand.by), hand.at))?;
        Ok(Settled { payment: new, bills: paid, entry })
    }

    /// The same with a reversal that is asked for.
    pub(crate) fn questioned(&self, reason: Line<500>, hand: Hand) -> Result<Self, Refusal> {
        if self.held == Fen::NONE {
            return Err(illegal("没有可以冲正的款项", "there is nothing to take back"));
        }
        if self.reversal.as_ref().is_some_and(|reversal| reversal.confirmed.is_none()) {
            return Err(ErrorCode::AlreadyOpen.into());
        }
        let (amount, requested_by, requested_at) = (self.held, hand.by, hand.at);
        let asked = Reversal { reason, amount, requested_by, requested_at, confirmed: None, decided_by: None };
        Ok(Self { reversal: Some(asked), ..self.next(hand.at) })
    }

    /// The same with its reversal decided by a second person.
    fn judged(&self, confirm: bool, hand: Hand) -> Result<Self, Refusal> {
        let mut new = self.next(hand.at);
        let reversal = new.reversal.as_mut().filter(|reversal| reversal.confirmed.is_none());
        let reversal = reversal.ok_or(ErrorCode::AlreadyDecided)?;
        if reversal.requested_by == hand.by {
            return Err(ErrorCode::OwnCase.into());
        }
        (reversal.confirmed, reversal.decided_by) = (Some(confirm), Some(hand.by));
        Ok(new)
    }

    /// The same with its reversal refused.
    pub(crate) fn kept(&self, hand: Hand) -> Result<Self, Refusal> {
        self.judged(false, hand)
    }

    /// What comes of it when it is taken back: the bills that it paid are open again, its money leaves the book from where that
    /// lies by `balances`: what the provider paid out is in cash.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] when other money came in since it was asked for; [`ErrorCode::IllegalTransition`] when the money
    /// was sent up.
    pub(crate) fn reversed(&self, bills: &[Bill], balances: &Balances, hand: Hand) -> Result<Settled, Refusal> {
        let mut new = self.judged(true, hand)?;
        if new.reversal.as_ref().is_none_or(|reversal| reversal.amount != self.held) {
            let why = Text::of("申请冲正后又有款项到账，请重新申请", "money came in since: refuse it and ask again");
            return Err(Refusal::new(ErrorCode::Conflict).because(why));
        }
        let (account, cash) =
            (self.channel.account(), if self.gift { balances.gifts_to_send() } else { balances.own_cash() });
        let there = self.held.min(if account == Account::Cash { cash } else { Fen::of(balances.of(account)) });
        let rest = self.held.less(there);
        if rest > Fen::NONE && (account == Account::Cash || cash < rest) {
            return Err(illegal("库存现金不足，款项已上缴", "there is less in cash: it was sent up"));
        }
        let reopened = bills.iter().filter_map(|bill| bill.reopened(self.id, hand.at)).collect();
        for item in &mut new.items {
            item.paid = false;
        }
        let allotted = self.held.less(self.unclarified);
        let to = [(self.source(), allotted), (Account::Unclarified, self.unclarified)];
        let from = [(account, there), (Account::Cash, rest)];
        let about = (self.organization, EntryKind::Reversal, self.id.to_string());
        let entry = Entry::new(about, &to, &from, (Some(hand.by), hand.at))?;
        (new.held, new.unclarified, new.state) = (Fen::NONE, Fen::NONE, State::Reversed);
        Ok(Settled { payment: new, bills: reopened, entry })
    }
}

#[cfg(test)]
mod tests;
