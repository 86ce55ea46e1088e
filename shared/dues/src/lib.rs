//! Dues: what is owed by the rules, bills and what became of them, and the books.
//!
//! A [`YearRow`] says what a member owes in a year: steps of class and monthly sum, and what was granted for hardship. The
//! base, what somebody earns, is kept nowhere. A [`BillRow`] is one month of one member; its key makes it once. Each
//! organisation has a book of entries ([`Entry`]) that are never changed: what is in cash, with the payment provider, on the
//! way, and what it came from. No balance is written by a request, so that nobody waits for anybody; a balance is the last
//! close of a month and what was entered since. `dues` takes payments, `dues-bills` makes bills.
//!
//! | row | pk | sk | indexes |
//! |--|--|--|--|
//! | [`YearRow`] | `MBR#<member>` | `YEAR#2026` | `open` while a relief waits |
//! | [`BillRow`] | `MBR#<member>` | `BILL#2026-11` | `branch`; `watch` while it is open |
//! | [`GiftRow`] | `MBR#<member>` | `GIFT#<payment>` | |
//! | [`CaseRow`] | `CASE#<case>` | `CASE` | `open` until somebody closes it |
//! | [`EntryRow`] | `BOOK#<organization>` | `2026-11#<entry>` | |
//! | [`CloseRow`] | `BOOK#<organization>` | `CLOSE#2026-11` | |

mod bill;
mod book;
mod case;
mod class;
mod gift;
mod matter;
mod money;
mod month;
mod rules;
mod standard;
mod store;

pub use bill::{Bill, BillRow, BillState, SHARDS};
pub use book::{Account, Balances, CloseRow, Entry, EntryKind, EntryRow, Line};
pub use case::{Case, CaseRow, Closure, Outcome, arrears};
pub use class::Class;
pub use gift::{Gift, GiftRow};
pub use matter::Matter;
pub use money::{Fen, Yuan};
pub use month::Month;
pub use rules::{Quote, Rules};
pub use standard::{NewStandard, Relief, Step, YearRow, Years, owes};
pub use store::{DuesTable, OnRoll, Waiting};

#[cfg(test)]
mod tests {
    use crate::Month;
    use kernel::MemberId;

    pub(crate) fn member(n: u8) -> MemberId {
        MemberId::from_bytes(u64::from(n), [n; 10])
    }

    pub(crate) fn month(text: &str) -> Month {
        text.parse().unwrap()
    }
}
