//! A bench: store, wire, clock and environment of one test.

use crate::{Wire, create_tables, settings};
use aws_sdk_dynamodb::Client;
use cloud::Environment;
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Settings};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Everything a function under test is started with. Each test has its own; nothing is shared.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The environment to connect a function with.
    pub env: Environment,
    /// The wire between its clients and the store.
    pub wire: Wire,
    now: Arc<Mutex<Timestamp>>,
    _keys: Arc<TempDir>,
}

impl Bench {
    /// An empty store with all tables, at 2026-11-24 10:00 in Shanghai.
    ///
    /// # Panics
    /// When the store cannot be started.
    pub async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    /// When the store cannot be started.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its store")]
    pub async fn with(adjust: impl FnOnce(Settings) -> Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound address"));
        tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().expect("a store in memory")));

        let wire = Wire::default();
        let now = Arc::new(Mutex::new(Timestamp::from_second(1_795_485_600).expect("in range")));
        let reading = Arc::clone(&now);
        let clock = Clock::new(move || *reading.lock().unwrap_or_else(PoisonError::into_inner));
        let keys = tempfile::tempdir().expect("a folder for keys");
        let key = |name: &str| format!("file:{}", keys.path().join(name).display());
        let settings = settings(&endpoint).with("DATA_KEY", key("data")).with("SIGNING_KEY", key("signing"));
        let env = Environment::with_http(adjust(settings), clock, wire.client()).expect("complete settings");
        create_tables(&Client::new(&env.sdk_for("DYNAMODB"))).await;
        let _ = wire.take();
        Self { env, wire, now, _keys: Arc::new(keys) }
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.env.clock.now()
    }

    /// Moves the clock on.
    pub fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}
