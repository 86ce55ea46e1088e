//! Accounts, as far as anybody but the function that owns them reads them: whether a session still counts.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a session of an account | `GetItem` `ACC#member`/`ACC`, consistent, without secrets | 1 per 4 KB of account |

use cloud::Environment;
use dynamo::{Key, Read, StoreError, Table};
use jiff::Timestamp;
use kernel::{MemberId, MissingSetting, SessionId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountStatus {
    /// It may.
    #[default]
    Active,
    /// 已停用
    Suspended,
}

/// A session, without what it is renewed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// When it ends unless it is renewed, in UTC.
    pub expires_at: Timestamp,
    /// Whether the person proved a second factor in it.
    #[serde(default)]
    pub second_factor: bool,
}

/// What a request is let in by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct AccountStanding {
    /// Whether the account may be used.
    #[serde(default)]
    pub status: AccountStatus,
    /// Made together with demo data, with a password that everybody knows.
    #[serde(default)]
    pub demo: bool,
    /// The session that was asked for, if the account has it.
    #[serde(default)]
    sessions: HashMap<SessionId, Standing>,
}

impl AccountStanding {
    /// Whether nobody may use the account.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.status == AccountStatus::Suspended
    }

    /// The session `id`, if it has not ended at the instant `now`.
    #[must_use]
    pub fn session(&self, id: SessionId, now: Timestamp) -> Option<&Standing> {
        self.sessions.get(&id).filter(|session| now < session.expires_at)
    }
}

/// The table of accounts, as other functions read it.
#[derive(Debug, Clone)]
pub struct Accounts {
    table: Table,
}

impl Accounts {
    /// Over the table that `ACCOUNTS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "ACCOUNTS_TABLE")? })
    }

    /// The table itself, for the function that owns it.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Where the account of `member` is.
    #[must_use]
    pub fn key(member: MemberId) -> Key {
        Key::new(format!("ACC#{member}"), "ACC")
    }

    /// How the account of `member` stands, with its session `session`; `None` when there is no account. Passwords, second
    /// factors, other sessions and what sessions are renewed by stay in the store.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn standing(&self, member: MemberId, session: SessionId) -> Result<Option<AccountStanding>, StoreError> {
        let id = session.to_string();
        let wanted: [&[&str]; 4] =
            [&["status"], &["demo"], &["sessions", &id, "expiresAt"], &["sessions", &id, "secondFactor"]];
        self.table.get_part(Self::key(member), Read::Consistent, &wanted).await
    }
}
