//! The embedded DynamoDB-compatible store.

use super::{
    Folder, StoreError,
    changes::{self, Changes},
    tables,
};
use crate::template::Table;
use dynoxide::{Database, server, storage_backend};
use kernel::Clock;
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long running requests may take once the store closes.
const GRACE: Duration = Duration::from_secs(5);

/// The tables, served on a loopback port of their own.
pub struct Records {
    database: Database,
    address: SocketAddr,
    fresh: bool,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl Records {
    /// Opens the tables in `folder`, or in memory when there is none, and makes what the template declares.
    ///
    /// In memory the expiry of items follows `clock`; in a folder it follows the clock of the machine.
    ///
    /// # Errors
    /// When the file is not a store, when a table differs from the template, or without a loopback port.
    pub async fn open(folder: Option<&Folder>, declared: &[Table], clock: &Clock) -> Result<Self, StoreError> {
        let database = match folder {
            None => Database::memory_with_clock(Arc::new(Ticks(clock.clone()))),
            Some(folder) => Database::new(&folder.records().to_string_lossy()),
        };
        let database = database.map_err(StoreError::refused("to open the tables"))?;
        if declared.iter().any(|table| table.stream.is_some()) {
            changes::index(&database, folder.map(Folder::records).as_deref())?;
        }
        let fresh = database.table_count().map_err(StoreError::refused("to count the tables"))? == 0;
        for table in declared {
            tables::prepare(&database, table)?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StoreError::Listen)?;
        let address = listener.local_addr().map_err(StoreError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve_with_shutdown(listener, database.clone(), async {
            // Dropping the sender stops the server too.
            stopped.await.ok();
        }));
        Ok(Self { database, address, fresh, stop, server })
    }

    /// Where the store listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether there was no table at all before.
    #[must_use]
    pub fn fresh(&self) -> bool {
        self.fresh
    }

    /// The store itself, for what the protocol has no call for.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The changes of the tables that have a stream.
    pub(crate) fn changes(&self) -> Changes {
        Changes::new(self.database.clone())
    }

    /// Lets running requests finish, then closes the store.
    pub async fn close(self) {
        // The receiver is gone only when the server has already ended.
        self.stop.send(()).ok();
        let ended = tokio::time::timeout(GRACE, self.server).await;
        let ended = ended.map_err(|_| format!("requests still run after {} s", GRACE.as_secs()));
        if let Err(problem) = ended.and_then(|ended| ended.map_err(|e| e.to_string()).flatten()) {
            tracing::warn!(problem, "the tables did not close cleanly");
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Deletes the items of `database` whose time has passed, and says how many.
///
/// # Errors
/// When the store refuses.
pub async fn sweep(database: &Database) -> Result<usize, StoreError> {
    let database = database.clone();
    let swept = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    let broken = |e: tokio::task::JoinError| StoreError::Refused { what: "a sweep".into(), problem: e.to_string() };
    swept.map_err(broken)?.map_err(StoreError::refused("a sweep"))
}

/// The runner's clock, as the store reads it.
#[derive(Debug)]
struct Ticks(Clock);

impl storage_backend::Clock for Ticks {
    fn now_unix_secs(&self) -> u64 {
        self.0.now().as_second().try_into().unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit into the mantissa")]
    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_microsecond() as f64 / 1e6
    }
}
