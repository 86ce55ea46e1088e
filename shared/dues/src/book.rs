//! Double entry: what came in, where it is, and where it came from.

use crate::{Fen, Month};
use dynamo::Key;
use jiff::Timestamp;
use kernel::{EntryId, ErrorCode, MemberId, OrgId, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An account of an organisation's book. A positive balance is a debit, a negative one a credit; all of them together are
/// always zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesAccount)]
pub enum Account {
    /// 库存: in the box or in the bank account of the organisation.
    Cash,
    /// 待清算: paid to the payment provider, not yet paid out by it.
    Clearing,
    /// 在途: sent to the organisation above, which has not said yet that it came.
    OnTheWay,
    /// 已上缴: received by the organisation above.
    Remitted,
    /// 党费收入: what bills were paid with (credit).
    Dues,
    /// 待查: money of which nobody knows yet what it is for (credit).
    Unclarified,
    /// 下级上缴: what came from the organisations below (credit).
    FromBelow,
    /// 自愿多交: larger sums that members gave, here or below, and that were not received above yet (credit). All of it goes up.
    Gift,
    /// 自愿多交在途: of those, what was sent to the organisation above, which has not said yet that it came.
    GiftOnTheWay,
}

impl Account {
    /// Whether money lies in it.
    #[must_use]
    pub const fn holds_money(self) -> bool {
        matches!(self, Self::Cash | Self::Clearing | Self::OnTheWay | Self::GiftOnTheWay)
    }
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesEntryKind)]
pub enum EntryKind {
    /// A payment came in.
    Payment,
    /// It became known what unclarified money is for.
    Allotment,
    /// A payment was taken back.
    Reversal,
    /// The provider paid out.
    Payout,
    /// Something was sent up.
    Sent,
    /// What was sent up came back.
    Returned,
    /// What was sent up was received.
    Received,
}

/// One side of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesEntryLine)]
pub struct Line {
    /// The account.
    pub account: Account,
    /// Fen: positive to its debit, negative to its credit.
    pub fen: i64,
}

/// An entry of a book. It is never changed; what was wrong is entered again the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesEntry)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Whose book.
    pub organization: OrgId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it is about.
    pub kind: EntryKind,
    /// What it says; together zero.
    pub lines: Vec<Line>,
    /// The payment, payout or remittance: its id.
    pub subject: String,
    /// Who entered it; absent for the provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<MemberId>,
}

impl Entry {
    /// An entry that takes what `from` says out of those accounts and puts what `to` says into these; amounts of nothing are
    /// left out.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when both sides are not equal or come to nothing: such an entry is never made.
    pub fn new(
        (organization, kind, subject): (OrgId, EntryKind, String),
        to: &[(Account, Fen)],
        from: &[(Account, Fen)],
        (by, at): (Option<MemberId>, Timestamp),
    ) -> Result<Self, Refusal> {
        let sum = |side: &[(Account, Fen)]| side.iter().map(|(_, fen)| *fen).sum::<Fen>();
        if sum(to) != sum(from) || sum(to) == Fen::NONE {
            return Err(ErrorCode::Internal.into());
        }
        let debit = to.iter().map(|(account, fen)| Line { account: *account, fen: fen.signed() });
        let credit = from.iter().map(|(account, fen)| Line { account: *account, fen: -fen.signed() });
        let lines = debit.chain(credit).filter(|line| line.fen != 0).collect();
        Ok(Self { id: EntryId::new(at), organization, at, kind, lines, subject, by })
    }
}

/// Balances of the accounts of one book.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balances(pub BTreeMap<Account, i64>);

impl Balances {
    /// The same with `entry` entered.
    #[must_use]
    pub fn with(mut self, entry: &Entry) -> Self {
        for Line { account, fen } in &entry.lines {
            let balance = self.0.entry(*account).or_default();
            *balance = balance.saturating_add(*fen);
        }
        self
    }

    /// The balance of `account`, debits positive.
    #[must_use]
    pub fn of(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or_default()
    }

    /// Whether debits and credits are equal.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.0.values().sum::<i64>() == 0
    }

    /// Money that lies somewhere in this book.
    #[must_use]
    pub fn money(&self) -> i64 {
        self.0.iter().filter(|(account, _)| account.holds_money()).map(|(_, fen)| fen).sum()
    }

    /// Whether money lies in it, or came into it of which nobody knows what it is for.
    #[must_use]
    pub fn hold_any(&self) -> bool {
        let left = |account: &Account| account.holds_money() || *account == Account::Unclarified;
        self.0.iter().any(|(account, fen)| *fen != 0 && left(account))
    }

    /// What the organisation has taken in: dues of its own, and what came from below.
    #[must_use]
    pub fn taken_in(&self) -> Fen {
        Fen::of(-self.of(Account::Dues) - self.of(Account::FromBelow))
    }

    /// What was sent up, whether or not it was received yet.
    #[must_use]
    pub fn sent(&self) -> Fen {
        Fen::of(self.of(Account::Remitted) + self.of(Account::OnTheWay))
    }

    /// What is to be sent up now by an organisation that retains so many basis points: its share of everything taken in, less
    /// what was sent; no more than lies in cash. Gifts are apart.
    #[must_use]
    pub fn to_send(&self, retained: u64) -> Fen {
        let taken = self.taken_in();
        taken.less(taken.share(retained)).less(self.sent()).min(self.own_cash())
    }

    /// What is to be sent up now of gifts: all that was given and not sent.
    #[must_use]
    pub fn gifts_to_send(&self) -> Fen {
        Fen::of(-self.of(Account::Gift) - self.of(Account::GiftOnTheWay))
    }

    /// What lies in cash beside gifts.
    #[must_use]
    pub fn own_cash(&self) -> Fen {
        Fen::of(self.of(Account::Cash)).less(self.gifts_to_send())
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryRow {
    /// `BOOK#<organization>`
    pub pk: String,
    /// `<month>#<entry>`
    pub sk: String,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

impl EntryRow {
    /// The row of `entry`.
    #[must_use]
    pub fn new(entry: Entry) -> Self {
        let sk = format!("{}#{}", Month::at(entry.at), entry.id);
        Self { pk: Self::book(entry.organization), sk, entry }
    }

    /// The partition of a book.
    #[must_use]
    pub fn book(organization: OrgId) -> String {
        format!("BOOK#{organization}")
    }
}

/// What the accounts of a book came to at the end of a month, when it was over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseRow {
    /// `BOOK#<organization>`
    pub pk: String,
    /// `CLOSE#<month>`
    pub sk: String,
    /// The month.
    pub month: Month,
    /// Its balances.
    pub balances: Balances,
}

impl CloseRow {
    /// What sort keys of closes begin with.
    pub const START: &str = "CLOSE#";

    /// The close of `month`.
    #[must_use]
    pub fn new(organization: OrgId, month: Month, balances: Balances) -> Self {
        let Key { pk, sk } = Self::key(organization, month);
        Self { pk, sk, month, balances }
    }

    /// Where the close of a month is.
    #[must_use]
    pub fn key(organization: OrgId, month: Month) -> Key {
        Key::new(EntryRow::book(organization), format!("{}{month}", Self::START))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Account; 9] = [
        Account::Cash,
        Account::Clearing,
        Account::OnTheWay,
        Account::Remitted,
        Account::Dues,
        Account::Unclarified,
        Account::FromBelow,
        Account::Gift,
        Account::GiftOnTheWay,
    ];

    fn entry(to: &[(Account, Fen)], from: &[(Account, Fen)]) -> Result<Entry, Refusal> {
        let about = (OrgId::from_bytes(1, [1; 10]), EntryKind::Payment, "pay".to_owned());
        Entry::new(about, to, from, (None, Timestamp::UNIX_EPOCH))
    }

    proptest! {
        #[test]
        fn whatever_is_entered_the_book_is_balanced(moves in proptest::collection::vec((0_usize..9, 0_usize..9, 0_u64..1_000_000), 0..50)) {
            let mut balances = Balances::default();
            for (to, from, fen) in moves {
                let entry = entry(&[(ALL[to], Fen(fen))], &[(ALL[from], Fen(fen))]);
                prop_assert_eq!(entry.is_err(), fen == 0);
                balances = entry.map(|entry| balances.clone().with(&entry)).unwrap_or(balances);
                prop_assert!(balances.is_balanced());
            }
        }

        #[test]
        fn what_is_retained_and_sent_is_what_came_in(taken in 0_u64..10_000_000, retained in 0_u64..=10_000, step in 1_u64..1_000) {
            let mut balances = Balances::default();
            let mut left = taken;
            while left > 0 {
                let some = left.min(step.max(taken / 5));
                left -= some;
                balances = balances.with(&entry(&[(Account::Cash, Fen(some))], &[(Account::Dues, Fen(some))]).unwrap());
                let send = balances.to_send(retained);
                if send > Fen::NONE {
                    balances = balances.with(&entry(&[(Account::OnTheWay, send)], &[(Account::Cash, send)]).unwrap());
                }
            }
            // However often it was sent: rounding is that of the whole.
            prop_assert_eq!(balances.sent(), Fen(taken).less(Fen(taken).share(retained)));
            prop_assert_eq!(balances.to_send(retained), Fen::NONE);
        }
    }

    #[test]
    fn a_book_is_balanced_when_its_sides_are_equal_and_not_otherwise() {
        for (cash, dues, equal) in [(0, 0, true), (100, -100, true), (100, 0, false), (100, -101, false)] {
            let balances = Balances([(Account::Cash, cash), (Account::Dues, dues)].into());
            assert_eq!(balances.is_balanced(), equal, "{cash} {dues}");
        }
    }

    #[test]
    fn gifts_lie_apart_from_what_is_shared() {
        let gift = entry(&[(Account::Cash, Fen(100_000))], &[(Account::Gift, Fen(100_000))]).unwrap();
        let dues = entry(&[(Account::Cash, Fen(1_000))], &[(Account::Dues, Fen(1_000))]).unwrap();
        let both = Balances::default().with(&gift).with(&dues);
        assert_eq!((both.to_send(2_000), both.gifts_to_send(), both.own_cash()), (Fen(800), Fen(100_000), Fen(1_000)));
        let sent = entry(&[(Account::GiftOnTheWay, Fen(100_000))], &[(Account::Cash, Fen(100_000))]).unwrap();
        let left = both.with(&sent);
        assert_eq!((left.to_send(2_000), left.gifts_to_send(), left.money()), (Fen(800), Fen::NONE, 101_000));
    }

    #[test]
    fn an_entry_has_two_equal_sides() {
        let fen = Fen(1);
        assert!(entry(&[(Account::Cash, fen)], &[]).is_err());
        assert!(entry(&[(Account::Cash, fen)], &[(Account::Dues, Fen(2))]).is_err());
        assert!(entry(&[], &[]).is_err());
        let split =
            entry(&[(Account::Clearing, Fen(3))], &[(Account::Dues, Fen(3)), (Account::Unclarified, Fen::NONE)]);
        assert_eq!(split.unwrap().lines.len(), 2);
    }
}
