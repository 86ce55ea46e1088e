//! Messages of queues, and how far the changes of tables were read.

use super::{Folder, StoreError};
use crate::{
    invoke::fresh_id,
    template::{Queue, Redrive},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::sync::{Mutex, PoisonError};

/// Instants are in milliseconds since 1970.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS message (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        sent INTEGER NOT NULL,
        visible INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        first INTEGER
    );
    CREATE INDEX IF NOT EXISTS message_in_queue ON message (queue, number);
    CREATE TABLE IF NOT EXISTS position (mapping TEXT PRIMARY KEY, sequence TEXT NOT NULL);
";

/// What was sent and not yet done, on disk before the sender hears of it.
#[derive(Debug)]
pub(crate) struct Post(Mutex<Connection>);

/// A message that was taken out of a queue for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// By which it is deleted.
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) body: String,
    /// When it was sent, in milliseconds since 1970.
    pub(crate) sent: i64,
    /// How often it was taken, this time included.
    pub(crate) receives: u32,
    /// When it was taken first, in milliseconds since 1970.
    pub(crate) first: i64,
}

impl Post {
    /// Opens the messages in `folder`, or in memory when there is none.
    pub(crate) fn open(folder: Option<&Folder>) -> Result<Self, StoreError> {
        let connection = folder.map_or_else(Connection::open_in_memory, |folder| Connection::open(folder.post()));
        let ready = connection.and_then(|connection| {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        });
        ready.map(|connection| Self(Mutex::new(connection))).map_err(StoreError::sqlite("to open the queues"))
    }

    /// Does all of `work` or nothing of it.
    fn change<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = connection.transaction().and_then(|change| {
            let result = work(&change)?;
            change.commit()?;
            Ok(result)
        });
        changed.map_err(StoreError::sqlite(what))
    }

    /// Puts messages into a queue; returns their ids.
    pub(crate) fn send<'a>(
        &self,
        queue: &str,
        bodies: impl IntoIterator<Item = &'a str>,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "INSERT INTO message (queue, id, body, sent, visible) VALUES (?1, ?2, ?3, ?4, ?4)";
        self.change("to send messages", |change| {
            let mut ids = Vec::new();
            for body in bodies {
                let id = fresh_id(now);
                change.execute(sql, params![queue, id, body, now.as_millisecond()])?;
                ids.push(id);
            }
            Ok(ids)
        })
    }

    /// Takes messages out of a queue, `most` at most, and hides them until somebody should have done what they ask for.
    /// Those that were taken too often go to the dead-letter queue instead.
    pub(crate) fn receive(&self, queue: &Queue, most: usize, now: Timestamp) -> Result<Vec<Message>, StoreError> {
        let now = now.as_millisecond();
        let hidden = i64::try_from(queue.visibility.as_millis()).unwrap_or(i64::MAX);
        self.change("to take messages", |change| {
            if let Some(redrive) = &queue.redrive {
                give_up(change, &queue.name, redrive, now)?;
            }
            let mut visible = change.prepare(
                "SELECT number, id, body, sent, receives, first FROM message WHERE queue = ?1 AND visible <= ?2 \
                 ORDER BY number LIMIT ?3",
            )?;
            let taken = visible.query_map(params![queue.name, now, most], |row| {
                Ok(Message {
                    number: row.get(0)?,
                    id: row.get(1)?,
                    body: row.get(2)?,
                    sent: row.get(3)?,
                    receives: row.get::<_, u32>(4)?.saturating_add(1),
                    first: row.get::<_, Option<i64>>(5)?.unwrap_or(now),
                })
            })?;
            let taken = taken.collect::<rusqlite::Result<Vec<_>>>()?;
            for Message { number, receives, first, .. } in &taken {
                let sql = "UPDATE message SET visible = ?1, receives = ?2, first = ?3 WHERE number = ?4";
                change.execute(sql, params![now.saturating_add(hidden), receives, first, number])?;
            }
            Ok(taken)
        })
    }

    /// Deletes messages that are done.
    pub(crate) fn delete(&self, numbers: impl IntoIterator<Item = i64>) -> Result<(), StoreError> {
        self.change("to delete messages", |change| {
            for number in numbers {
                change.execute("DELETE FROM message WHERE number = ?1", params![number])?;
            }
            Ok(())
        })
    }

    /// How many messages could be taken at `now`, and when the oldest of them was sent.
    pub(crate) fn visible(&self, queue: &str, now: Timestamp) -> Result<(usize, Option<Timestamp>), StoreError> {
        let sql = "SELECT COUNT(*), MIN(sent) FROM message WHERE queue = ?1 AND visible <= ?2";
        let (count, oldest) = self.change("to look into a queue", |change| {
            change.query_row(sql, params![queue, now.as_millisecond()], |row| {
                Ok((row.get::<_, usize>(0)?, row.get::<_, Option<i64>>(1)?))
            })
        })?;
        Ok((count, oldest.and_then(|sent| Timestamp::from_millisecond(sent).ok())))
    }

    /// How many messages are in a queue, hidden ones too.
    pub(crate) fn count(&self, queue: &str) -> Result<usize, StoreError> {
        let sql = "SELECT COUNT(*) FROM message WHERE queue = ?1";
        self.change("to count messages", |change| change.query_row(sql, params![queue], |row| row.get(0)))
    }

    /// The sequence number up to which the mapping has read a stream.
    pub(crate) fn position(&self, mapping: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT sequence FROM position WHERE mapping = ?1";
        self.change("to see how far a stream was read", |change| {
            change.query_row(sql, params![mapping], |row| row.get(0)).optional()
        })
    }

    /// Remembers that the mapping has read a stream up to `sequence`.
    pub(crate) fn reach(&self, mapping: &str, sequence: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO position (mapping, sequence) VALUES (?1, ?2) \
                   ON CONFLICT (mapping) DO UPDATE SET sequence = excluded.sequence";
        self.change("to remember how far a stream was read", |change| {
            change.execute(sql, params![mapping, sequence]).map(drop)
        })
    }
}

/// Moves what was taken too often.
fn give_up(change: &Transaction<'_>, queue: &str, redrive: &Redrive, now: i64) -> rusqlite::Result<()> {
    let Redrive { queue: dead_letters, receives } = redrive;
    let sql = "UPDATE message SET queue = ?1, visible = ?2, receives = 0, first = NULL \
               WHERE queue = ?3 AND visible <= ?2 AND receives >= ?4";
    let moved = change.execute(sql, params![dead_letters, now, queue, receives])?;
    if moved > 0 {
        tracing::error!(queue, dead_letters, messages = moved, "messages failed each time and were given up");
    }
    Ok(())
}
