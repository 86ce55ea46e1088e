//! A bench: store, wire, clock and environment of one test.

use crate::{BUCKETS, Post, Wire, create_tables, settings};
use aws_sdk_dynamodb::Client;
use cloud::Environment;
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Settings};
use objects::{BucketShape, KeyPair, Objects};
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Everything a function under test is started with. Each test has its own; nothing is shared.
#[derive(Clone)]
pub struct Bench {
    /// The environment to connect a function with.
    pub env: Environment,
    /// The wire between its clients and the store.
    pub wire: Wire,
    /// The queue that messages are sent to.
    pub post: Post,
    now: Arc<Mutex<Timestamp>>,
    /// The embedded store.
    tables: Option<Database>,
    /// Keys and buckets.
    folder: Arc<TempDir>,
    _objects: Arc<Objects>,
}

impl Bench {
    /// The folder of the buckets.
    const BUCKETS: &str = "objects";

    /// An empty store with all tables and buckets, at 2026-11-24 10:00 in Shanghai.
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
        let (endpoint, id, tables) = if let Some(endpoint) = second_opinion() {
            (endpoint, format!("test{:x}", fastrand::u128(..)), None)
        } else {
            let (endpoint, tables) = embedded().await;
            (endpoint, "test".to_owned(), Some(tables))
        };
        let wire = Wire::default();
        let now = Arc::new(Mutex::new(Timestamp::from_second(1_795_485_600).expect("in range")));
        let reading = Arc::clone(&now);
        let clock = Clock::new(move || *reading.lock().unwrap_or_else(PoisonError::into_inner));
        let folder = tempfile::tempdir().expect("a folder for keys and buckets");
        let buckets = BUCKETS.map(|name| BucketShape { name: bucket_name(name), cors: Vec::new() });
        let keys = KeyPair { id: &id, secret: "test" };
        let root = folder.path().join(Self::BUCKETS);
        std::fs::create_dir(&root).expect("a folder for buckets");
        let objects = Objects::open(&root, &buckets, keys).await.expect("a store of objects");
        let post = Post::open().await.expect("a queue");
        let key = |name: &str| format!("file:{}", folder.path().join(name).display());
        let settings = settings(&endpoint)
            .with("AWS_ACCESS_KEY_ID", &id)
            .with("AWS_ENDPOINT_URL_S3", format!("http://{}", objects.address()))
            .with("AWS_ENDPOINT_URL_SQS", post.url())
            .with("SCORING_QUEUE", format!("{}/scoring", post.url()))
            .with("DATA_KEY", key("data"))
            .with("SIGNING_KEY", key("signing"));
        let settings = BUCKETS.iter().fold(settings, |all, name| all.with(*name, bucket_name(name)));
        let env = Environment::with_http(adjust(settings), clock, wire.client()).expect("complete settings");
        create_tables(&Client::new(&env.sdk_for("DYNAMODB")), &env.settings).await;
        let _ = wire.take();
        Self { env, wire, post, now, tables, folder: Arc::new(folder), _objects: Arc::new(objects) }
    }

    /// The embedded store itself.
    #[expect(clippy::expect_used, reason = "a test says so where it needs the embedded store")]
    pub(crate) fn tables(&self) -> &Database {
        self.tables.as_ref().expect("the embedded store")
    }

    /// The folder of the buckets.
    pub(crate) fn buckets(&self) -> PathBuf {
        self.folder.path().join(Self::BUCKETS)
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

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("wire", &self.wire).field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Where another DynamoDB-compatible store is that the tests shall use instead of the embedded one, as
/// `ZHIBU_TEST_DYNAMODB` says. It has to keep the tables of different access keys apart, as Amazon's own does.
#[must_use]
pub fn second_opinion() -> Option<String> {
    Settings::from_env().find("ZHIBU_TEST_DYNAMODB").map(str::to_owned)
}

/// Starts an embedded store; where it is, and itself.
#[expect(clippy::expect_used, reason = "a test cannot go on without its store")]
async fn embedded() -> (String, Database) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    let endpoint = format!("http://{}", listener.local_addr().expect("a bound address"));
    let tables = Database::memory().expect("a store in memory");
    tokio::spawn(dynoxide::server::serve_on(listener, tables.clone()));
    (endpoint, tables)
}

/// `MEDIA_BUCKET` names the bucket `media-bucket`, as it is called locally.
fn bucket_name(setting: &str) -> String {
    setting.to_lowercase().replace('_', "-")
}
