//! Notices, as any function posts them.
//!
//! ```text
//! let notice = Notice::new(now, member, "correction.accepted", &format!("correction/{id}/decided"))
//!     .saying("更正申请已办结", "您提出的更正已采纳。").about(id);
//! let change = notices.post(change, &notice);
//! ledger.commit(change, [activity], once, answer)
//! ```
//!
//! A notice is part of the transaction that causes it, so it is there exactly if its cause happened. The *cause* is a
//! name that the caller gives: capability or job, rule, subject, period. What has been told for a cause is not told again:
//! a job that only tells uses [`Notices::post_once`] and may run as often as it likes. What somebody has to do is no notice and
//! posted by nobody: `inbox` reads it off the records that it is about.
//!
//! Posting knows nothing of channels. The row that claims a cause is also the row of the outbox: it is due at once, and
//! `notifier` turns what is due into deliveries by the settings that hold then. `inbox` shows it all.
//!
//! | row | pk | sk |
//! |--|--|--|
//! | [`NoticeRow`]: what was said, never changed | `MBR#<member>` | the notice's id, so in order of time |
//! | [`MarkRow`]: it is unread as long as this is there | `MBR#<member>` | `UNREAD#<id>` |
//! | [`CauseRow`]: the cause is told; index `due` until it is on its way | `MBR#<member>`, `ORG#<organisation>` | `CAUSE#<hash>` |
//! | [`SettingsRow`]: how the person wants to hear | `MBR#<member>` | `SETTINGS` |
//! | [`MailboxRow`]: the e-mail address that a person named, sealed | `MBR#<member>` | `MAILBOX` |
//! | [`RobotRow`]: a group chat of an organisation | `ORG#<organisation>` | `ROBOT#<service>` |
//! | [`DeliveryRow`]: one message over one channel; index `due` while it waits, index `dead` when it failed for good | `DLV#<id>` | `DLV` |
//!
//! Posting is three items of the transaction (two units each, and one for index `due`), announcing is one.

mod delivery;
mod mailbox;
mod notice;
mod robot;
mod settings;

pub use delivery::{Channel, DeliveryRow, DeliveryState, DueRow};
pub use mailbox::{MailAddress, MailCode, MailboxRow};
pub use notice::{Announcement, CauseRow, MarkRow, Notice, NoticeRow, Recipient};
pub use robot::{Robot, RobotRow, RobotService, Token};
pub use settings::{Digest, Minute, NoticeSettings, QuietHours, SettingsRow, WantedChannel};

use aws_lc_rs::digest::{SHA256, digest};
use cloud::Environment;
use dynamo::{Change, Key, Ledger, Read, StoreError, Table};
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, MissingSetting, hex, instant_key};
use std::collections::BTreeSet;

/// Parts of the index `due`; who looks for what is due asks each of them.
pub const SHARDS: u8 = 4;

/// How long rows of what was told are kept, in seconds: 400 days, a year and some time to look back at it.
const KEPT: i64 = 400 * 24 * 3_600;

/// The table of notices, as those who post see it.
#[derive(Debug, Clone)]
pub struct Notices {
    table: Table,
}

impl Notices {
    /// Notices of one transaction: three items each, of a hundred.
    const AT_ONCE: usize = 33;

    /// Over the table that `NOTICES_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "NOTICES_TABLE")? })
    }

    /// The table itself, for the functions that show and deliver.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Adds `notice` to what happens in `change`, which then happens only if its cause was not told before: right for
    /// what itself happens once. Three items.
    #[must_use]
    pub fn post(&self, change: Change, notice: &Notice) -> Change {
        change
            .insert(&self.table, &CauseRow::of(notice), ErrorCode::Conflict)
            .overwrite(&self.table, &NoticeRow::of(notice))
            .overwrite(&self.table, &MarkRow::of(notice))
    }

    /// Adds `announcement` in the same way. One item.
    #[must_use]
    pub fn announce(&self, change: Change, announcement: &Announcement) -> Change {
        change.insert(&self.table, &CauseRow::of_announcement(announcement), ErrorCode::Conflict)
    }

    /// Posts `notice` by itself, unless its cause was told before; whether it was posted now. For jobs.
    ///
    /// # Errors
    /// When the call fails; the notice may be posted then, and posting again does no harm.
    pub async fn post_once(&self, ledger: &Ledger, notice: &Notice) -> Result<bool, StoreError> {
        match ledger.carry_out(self.post(Change::new(), notice), []).await {
            Ok(()) => Ok(true),
            Err(StoreError::Refused(refusal)) => {
                if self.is_told(&CauseRow::of(notice)).await? {
                    Ok(false)
                } else {
                    Err(refusal.into())
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Posts each of `notices`, unless its cause was told before; how many were posted now. For jobs: many of them are one
    /// transaction.
    ///
    /// # Errors
    /// When a call fails; some may be posted then, and posting again does no harm.
    pub async fn post_each_once(&self, ledger: &Ledger, notices: &[Notice]) -> Result<u64, StoreError> {
        let mut posted = 0;
        for some in notices.chunks(Self::AT_ONCE) {
            let change = some.iter().fold(Change::new(), |change, notice| self.post(change, notice));
            if ledger.attempt(change, []).await? {
                posted += u64::try_from(some.len()).unwrap_or(u64::MAX);
                continue;
            }
            // One of them was told before, or somebody else is telling.
            for notice in some {
                posted += u64::from(self.post_once(ledger, notice).await?);
            }
        }
        Ok(posted)
    }

    /// Those of `members` who were told of any of `causes`.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn who_knows(
        &self,
        members: &BTreeSet<MemberId>,
        causes: &[String],
    ) -> Result<BTreeSet<MemberId>, StoreError> {
        let of = |member: &MemberId| {
            let pk = Recipient::Member(*member).partition();
            causes.iter().map(move |cause| Key::new(&pk, CauseRow::sort_key(cause)))
        };
        let rows: Vec<CauseRow> = self.table.get_all(members.iter().flat_map(of).collect(), Read::Consistent).await?;
        let known = rows.into_iter().filter_map(|row| match row.recipient {
            Recipient::Member(id) => Some(id),
            Recipient::Organization(_) => None,
        });
        Ok(known.collect())
    }

    /// Whether a cause was told.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn is_told(&self, CauseRow { pk, sk, .. }: &CauseRow) -> Result<bool, StoreError> {
        let told: Option<CauseRow> = self.table.get(Key::new(pk, sk), Read::Consistent).await?;
        Ok(told.is_some())
    }
}

/// What a name is found by: 32 hexadecimal digits of its SHA-256.
fn hash(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref().get(..16).unwrap_or_default())
}

/// The part of the index `due` that rows of the partition `pk` are in.
#[must_use]
pub fn shard(pk: &str) -> String {
    let first = digest(&SHA256, pk.as_bytes()).as_ref().first().copied().unwrap_or_default();
    format!("DUE#{}", first % SHARDS)
}

/// The sort key of a row that is due at `next`, to the second.
fn due_key(next: Timestamp, pk: &str, sk: &str) -> String {
    format!("{}#{pk}#{sk}", instant_key(next))
}

/// The last sort key of what is due at `now`.
#[must_use]
pub fn due_until(now: Timestamp) -> String {
    format!("{}~", instant_key(now))
}

/// When a row made at `at` may go, in seconds since 1970.
fn ttl(at: Timestamp) -> i64 {
    at.as_second() + KEPT
}
