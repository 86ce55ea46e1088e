//! A request that is sent twice has the effect of once.

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::MemberId;
use serde::{Deserialize, Serialize};

/// What a request was answered with, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Location`, where something was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<String>,
    /// `ETag`, where the body is a record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// The body, JSON; empty for none.
    pub body: String,
    /// Whether this is the stored answer of an earlier request.
    #[serde(skip)]
    pub replayed: bool,
}

/// The identity of a request: who sent it under which `Idempotency-Key`, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub(crate) pk: String,
    pub(crate) hash: String,
}

impl Once {
    /// How long an answer is kept, in seconds: 48 hours.
    pub const KEPT: i64 = 48 * 3_600;

    /// The identity of a request by `member` under `key`. Keys of different persons never meet.
    #[must_use]
    pub fn new(member: MemberId, key: &str, method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Context::new(&SHA256);
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self { pk: format!("{member}#{key}"), hash: URL_SAFE_NO_PAD.encode(hash.finish()) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OnceRow {
    pub(crate) pk: String,
    pub(crate) hash: String,
    pub(crate) answer: Answer,
    pub(crate) ttl: i64,
}
