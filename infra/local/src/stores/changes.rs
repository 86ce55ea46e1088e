//! The changes of tables, as their streams tell of them.
//!
//! The embedded store keeps every change for ever, and for each write reads all of them to find the number of the next: 6 ms
//! for 10,000 changes. So an index is added to its file, and what everybody has read is deleted when the runner starts.

use super::StoreError;
use crate::template::{REGION, stream_arn};
use dynoxide::{
    Database,
    actions::{
        get_records::{GetRecordsRequest, Record},
        get_shard_iterator::GetShardIteratorRequest,
    },
    streams,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::{fmt, path::Path};
use tempfile::TempDir;

/// More are never told of at once.
const MOST: usize = 1000;
/// What the store adds to the number of a change to make the one that it shows.
const SHOWN: i128 = 100_000_000_000_000_000_000;
/// By what the store looks for changes.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS zhibu_stream_records \
                     ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The changes of the tables of the embedded store.
#[derive(Clone)]
pub(crate) struct Changes(Database);

/// A change of an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Where it is in its stream; always 21 digits, so that their order is that of text.
    pub(crate) sequence: String,
    /// When it was made, to the second.
    pub(crate) made: Timestamp,
    /// The record that a function gets.
    pub(crate) record: Value,
}

impl Changes {
    pub(super) fn new(database: Database) -> Self {
        Self(database)
    }

    /// The changes of `table` behind `sequence`, or from the first one on, in order and `most` at most.
    pub(crate) async fn after(
        &self,
        table: &str,
        sequence: Option<&str>,
        most: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let database = self.0.clone();
        let from = if sequence.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let asked = GetShardIteratorRequest {
            stream_arn: streams::stream_arn(table, "local"),
            shard_id: streams::shard_id(table),
            shard_iterator_type: from.to_owned(),
            sequence_number: sequence.map(str::to_owned),
        };
        let read = move || {
            let shard_iterator = database.get_shard_iterator(asked)?.shard_iterator.unwrap_or_default();
            database.get_records(GetRecordsRequest { shard_iterator, limit: Some(most.min(MOST)) })
        };
        let broken = |problem: String| StoreError::Refused { what: format!("to tell the changes of {table}"), problem };
        let read = tokio::task::spawn_blocking(read).await.map_err(|e| broken(e.to_string()))?;
        let records = read.map_err(|e| broken(e.to_string()))?.records.into_iter();
        let arn = stream_arn(table);
        records.map(|record| Change::of(record, &arn).map_err(|e| broken(e.to_string()))).collect()
    }

    /// The one shard of the stream of `table`.
    pub(crate) fn shard(table: &str) -> String {
        streams::shard_id(table)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes")
    }
}

impl Change {
    /// What the store says, in the words of Lambda's event.
    fn of(record: Record, arn: &str) -> serde_json::Result<Self> {
        let sequence = record.dynamodb.sequence_number.clone();
        let made = SignedDuration::try_from_secs_f64(record.dynamodb.approximate_creation_date_time).ok();
        let made = made.and_then(|since| Timestamp::from_duration(since).ok()).unwrap_or_default();
        let mut record = serde_json::to_value(record)?;
        if let Some(fields) = record.as_object_mut() {
            fields.insert("awsRegion".to_owned(), json!(REGION));
            fields.insert("eventSourceARN".to_owned(), json!(arn));
        }
        if let Some(seconds) = record.pointer_mut("/dynamodb/ApproximateCreationDateTime") {
            *seconds = json!(made.as_second());
        }
        Ok(Self { sequence, made, record })
    }
}

/// Adds the index to the store in `file`, or to one in memory that is still empty.
pub(super) fn index(database: &Database, file: Option<&Path>) -> Result<(), StoreError> {
    let what = "to index its changes";
    let add = |file: &Path| {
        let added = Connection::open(file).and_then(|connection| connection.execute_batch(INDEX));
        added.map_err(StoreError::sqlite(what))
    };
    if let Some(file) = file {
        return add(file);
    }
    // Memory cannot be reached from outside, but a copy can.
    let folder = TempDir::with_prefix("zhibu-").map_err(StoreError::file(std::env::temp_dir()))?;
    let file = folder.path().join("copy.sqlite");
    let name = file.to_string_lossy();
    database.vacuum_into(&name).map_err(StoreError::refused(what))?;
    add(&file)?;
    database.restore_from(&name).map_err(StoreError::refused(what))
}

/// Deletes from the store in `file`, which nobody has open, the changes of `table` before `sequence`.
pub(crate) fn forget(file: &Path, table: &str, sequence: &str) -> Result<(), StoreError> {
    let Some(number) = sequence.parse::<i128>().ok().and_then(|shown| i64::try_from(shown - SHOWN).ok()) else {
        return Ok(());
    };
    let sql = "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2";
    let deleted = Connection::open(file).and_then(|connection| connection.execute(sql, params![table, number]));
    deleted.map(drop).map_err(StoreError::sqlite(format!("to forget changes of {table}")))
}
