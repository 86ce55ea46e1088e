//! Duties of a person.

use crate::{Recipient, hash};
use dynamo::Key;
use jiff::civil::Date;
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A duty of one person that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Whose.
    pub member: MemberId,
    /// What it is, so that it can be told apart and looked up.
    #[serde(flatten)]
    pub duty: Duty,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Todo)]
pub struct Duty {
    /// Tells duties of one person apart: capability, subject, period.
    pub key: String,
    /// One line, in Chinese.
    pub title: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// The article that it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub article: Option<String>,
    /// The record it is about: its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// The route by which it is done, `POST /v1/…`.
    pub act: String,
}

/// A duty as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TodoRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `DUTY#<hash of the key>`
    pub sk: String,
    /// The duty.
    #[serde(flatten)]
    pub todo: Todo,
}

impl TodoRow {
    /// What sort keys of duties begin with.
    pub const START: &str = "DUTY#";

    /// The row of `todo`.
    #[must_use]
    pub fn of(todo: &Todo) -> Self {
        let Key { pk, sk } = Self::key(todo.member, &todo.duty.key);
        Self { pk, sk, todo: todo.clone() }
    }

    /// Where the duty of `member` under `key` is.
    #[must_use]
    pub fn key(member: MemberId, key: &str) -> Key {
        Key::new(Recipient::Member(member).partition(), format!("{}{}", Self::START, hash(key)))
    }
}
