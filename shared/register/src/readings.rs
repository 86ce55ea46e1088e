//! Who read whose record: what the person concerned can see.

use cloud::Environment;
use dynamo::{Found, StoreError, Stretch, Table};
use jiff::Timestamp;
use kernel::{Line, MemberId, MissingSetting, OrgId, ReadId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One reading of a person's record by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Its id; sorts by time.
    pub id: ReadId,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who read; their name is looked up when the log is shown.
    pub reader: MemberId,
    /// In which office.
    pub role: String,
    /// In which organisation's matters.
    pub organization: OrgId,
    /// What of the record: `record`, `numbers`, `timeline`, `export`.
    pub fields: String,
    /// What for, where a purpose had to be given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<Line<200>>,
}

/// A reading as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadingRow {
    /// `MBR#<whose record>`
    pub pk: String,
    /// The reading's id.
    pub sk: String,
    /// When it is forgotten, in seconds since 1970.
    pub ttl: i64,
    /// The reading.
    #[serde(flatten)]
    pub reading: Reading,
}

impl ReadingRow {
    fn of(subject: MemberId, reading: Reading) -> Self {
        let ttl = reading.at.as_second() + Readings::KEPT;
        Self { pk: format!("MBR#{subject}"), sk: reading.id.to_string(), ttl, reading }
    }
}

/// The log of readings.
#[derive(Debug, Clone)]
pub struct Readings {
    table: Table,
}

impl Readings {
    /// How long a line is kept, in seconds: three years.
    pub const KEPT: i64 = 3 * 366 * 86_400;

    /// Over the table that `ACCESS_LOG_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "ACCESS_LOG_TABLE")? })
    }

    /// Writes down a reading of the record of `subject`. The record is shown only once this is done.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn log(&self, subject: MemberId, reading: Reading) -> Result<(), StoreError> {
        self.table.put(&ReadingRow::of(subject, reading)).await
    }

    /// Writes down one reading of each of many records, as [`Self::log`] does. The same again writes the same lines.
    ///
    /// # Errors
    /// When a call fails; then some are written and some are not.
    pub async fn log_all(&self, readings: impl IntoIterator<Item = (MemberId, Reading)>) -> Result<(), StoreError> {
        let rows: Vec<_> = readings.into_iter().map(|(subject, reading)| ReadingRow::of(subject, reading)).collect();
        self.table.put_all(&rows).await
    }

    /// Writes down for each of `members` but `reader`, once, that `reader` reads `fields` of theirs at `at`, as `role` in the matters
    /// of `organization`. What is read is shown only once this is done.
    ///
    /// # Errors
    /// When a call fails; then some are written and some are not.
    pub async fn seen(
        &self,
        members: impl IntoIterator<Item = MemberId>,
        (reader, at): (MemberId, Timestamp),
        (role, organization): (&str, OrgId),
        fields: &str,
    ) -> Result<(), StoreError> {
        let others: BTreeSet<_> = members.into_iter().filter(|member| *member != reader).collect();
        let reading = |member| {
            let (role, fields) = (role.to_owned(), fields.to_owned());
            (member, Reading { id: ReadId::new(at), at, reader, role, organization, fields, purpose: None })
        };
        let readings: Vec<_> = others.into_iter().map(reading).collect();
        self.log_all(readings).await
    }

    /// Readings of the record of `subject`, latest first.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn of(&self, subject: MemberId, after: Option<&str>, limit: u16) -> Result<Found<Reading>, StoreError> {
        let stretch = Stretch::beginning(format!("MBR#{subject}"), "rea_").descending();
        let found: Found<ReadingRow> = self.table.page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.reading).collect(), after: found.after })
    }
}
