//! Transfers of affiliation, as far as anybody but the function that owns them asks: whether one of a person is open.

use crate::MemberRow;
use cloud::Environment;
use dynamo::{Change, Key, Table};
use kernel::{MemberId, MissingSetting, Refusal};

/// The table of transfers, as other functions look at it.
#[derive(Debug, Clone)]
pub struct OpenTransfers {
    table: Table,
}

impl OpenTransfers {
    /// Over the table that `TRANSFERS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "TRANSFERS_TABLE")? })
    }

    /// Where the row is that a person has while a transfer of theirs is open.
    #[must_use]
    pub fn key(member: MemberId) -> Key {
        Key::new(MemberRow::partition(member), "OPEN")
    }

    /// Lets `change` happen only while no transfer of `member` is open; `open` says so when one is.
    #[must_use]
    pub fn while_none(&self, change: Change, member: MemberId, open: impl Into<Refusal>) -> Change {
        change.absent(&self.table, Self::key(member), open)
    }
}
