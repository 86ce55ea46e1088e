//! The embedded S3-compatible store, with what it lacks put in front of it.
//!
//! Behind is a folder per bucket. In front: conditional reads, CORS, and one write at a time per key, so that of
//! several writers with `If-None-Match: *` exactly one wins. Known differences from S3 remain: an object whose digest is
//! refused is stored nevertheless, keys `x` and `x/y` cannot both exist, and tags, versions and lifecycle rules are
//! unknown. Uniqueness is the business of a table, and keys are made by the server and flat.

use crate::{
    CorsRule,
    conditions::Conditions,
    cors,
    server::{Server, Stop},
};
use http::{Method, Response, StatusCode, header::ACCESS_CONTROL_REQUEST_METHOD, header::ORIGIN};
use percent_encoding::percent_decode_str;
use s3s::{
    Body, HttpRequest,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use std::{
    collections::{BTreeMap, HashMap},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::{net::TcpListener, sync::OwnedMutexGuard};

/// Why the buckets cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of a bucket.
    #[error("cannot use {path}")]
    File {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store itself refused.
    #[error("the store refuses to open buckets: {0}")]
    Refused(String),
    /// No loopback address to listen on.
    #[error("cannot listen on loopback")]
    Listen(#[source] std::io::Error),
}

/// A bucket to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketShape {
    /// Its name.
    pub name: String,
    /// Which browsers may read its answers.
    pub cors: Vec<CorsRule>,
}

/// The credentials that requests are signed with.
#[derive(Debug, Clone, Copy)]
pub struct KeyPair<'a> {
    /// `AWS_ACCESS_KEY_ID`
    pub id: &'a str,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret: &'a str,
}

/// The buckets, served on a loopback port of their own.
#[derive(Debug)]
pub struct Objects {
    address: SocketAddr,
    stop: Stop,
    server: Server,
}

impl Objects {
    /// Opens the buckets in the folder `root`, and makes those of `declared` that are not there. Requests have to be
    /// signed with `keys`.
    ///
    /// # Errors
    /// When a folder cannot be made, or without a loopback port.
    pub async fn open(root: &Path, declared: &[BucketShape], keys: KeyPair<'_>) -> Result<Self, OpenError> {
        for bucket in declared {
            let path = root.join(&bucket.name);
            std::fs::create_dir_all(&path).map_err(|source| OpenError::File { path, source })?;
        }
        let files = FileSystem::new(root).map_err(|e| OpenError::Refused(format!("{e:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(keys.id, keys.secret));
        let front = Arc::new(Front {
            store: builder.build(),
            rules: declared.iter().map(|bucket| (bucket.name.clone(), bucket.cors.clone())).collect(),
            writers: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(OpenError::Listen)?;
        let address = listener.local_addr().map_err(OpenError::Listen)?;
        let stop = Stop::new();
        let server = Server::start(listener, &stop, move |request, _| {
            let front = Arc::clone(&front);
            async move { front.answer(request.map(Body::from)).await }
        });
        Ok(Self { address, stop, server })
    }

    /// Where the store listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets running requests finish, then closes the store.
    pub async fn close(self) {
        self.stop.now();
        self.server.ended().await;
    }
}

struct Front {
    store: S3Service,
    /// By bucket.
    rules: BTreeMap<String, Vec<CorsRule>>,
    /// Who writes where, by decoded path.
    writers: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Front {
    async fn answer(&self, request: HttpRequest) -> Response<Body> {
        let (method, headers) = (request.method().clone(), request.headers());
        let bucket = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        let rules = self.rules.get(bucket).map(Vec::as_slice).unwrap_or_default();
        if method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return cors::preflight(rules, headers);
        }
        let origin = headers.get(ORIGIN).cloned();
        let conditions = Conditions::of(&method, headers);
        let writes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        let turn = if writes { Some(self.turn(request.uri().path()).await) } else { None };
        let answer = self.store.call(request).await.unwrap_or_else(|problem| {
            tracing::error!(?problem, "the object store failed");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        });
        drop(turn);
        let mut answer = conditions.apply(answer);
        cors::decorate(rules, origin.as_ref(), &method, answer.headers_mut());
        answer
    }

    /// Waits until nobody else writes at `path`.
    async fn turn(&self, path: &str) -> OwnedMutexGuard<()> {
        let writer = {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            writers.retain(|_, writer| writer.strong_count() > 0);
            let place = writers.entry(percent_decode_str(path).decode_utf8_lossy().into_owned()).or_default();
            place.upgrade().unwrap_or_else(|| {
                let fresh = Arc::default();
                *place = Arc::downgrade(&fresh);
                fresh
            })
        };
        writer.lock_owned().await
    }
}
