//! A request that is sent twice has the effect of once.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
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

    /// The identity of a request by `member` under `key`, made of everything that it `said`: method, path, body and
    /// whatever else matters. Keys of different persons never meet.
    ///
    /// Neither the key nor a plain hash of the body is kept: with eleven digits of a phone number unknown, a plain hash
    /// would tell them. The key is the secret of a keyed hash, and only its own hash is stored.
    #[must_use]
    pub fn new(member: MemberId, key: &str, said: &[&[u8]]) -> Self {
        let mut hash = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()));
        for part in said {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let name = URL_SAFE_NO_PAD.encode(digest(&SHA256, key.as_bytes()));
        Self { pk: format!("{member}#{name}"), hash: URL_SAFE_NO_PAD.encode(hash.sign()) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OnceRow {
    pub(crate) pk: String,
    pub(crate) hash: String,
    pub(crate) answer: Answer,
    pub(crate) ttl: i64,
}
