//! Objects of one bucket.

use crate::BlobError;
use aws_sdk_s3::{
    Client,
    config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation, timeout::TimeoutConfig},
    error::SdkError,
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode, ObjectLockMode},
};
use base64::prelude::{BASE64_STANDARD, Engine};
use cloud::Environment;
use jiff::Timestamp;
use kernel::MissingSetting;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

/// What of a key needs no escape in the source of a copy.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

/// One bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its length in bytes.
    pub length: u64,
    /// The media type it was put with.
    pub media_type: String,
    /// Its SHA-256, where it was put with one.
    pub sha256: Option<[u8; 32]>,
    /// Changes with its content.
    pub etag: String,
}

/// A page of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The objects, in the order of their keys.
    pub items: Vec<Listed>,
    /// The key after which the next page begins; `None` at the end.
    pub after: Option<String>,
}

/// An object on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// When it was put, in UTC.
    pub modified: Timestamp,
}

impl Bucket {
    /// The bucket that the setting `name` names.
    ///
    /// A call may take longer than one of a table: 1 s to connect, 10 s for an attempt, 20 s with its retries.
    ///
    /// # Errors
    /// When the template did not set it.
    pub fn open(env: &Environment, name: &str) -> Result<Self, MissingSetting> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(10))
            .operation_timeout(Duration::from_secs(20))
            .build();
        let config = Builder::from(&env.sdk_for("S3"))
            .timeout_config(timeouts)
            // Only where a store at an address of its own stands in for S3 is the bucket a part of the path.
            .force_path_style(env.settings.find("AWS_ENDPOINT_URL_S3").is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        Ok(Self { client: Client::from_conf(config.build()), name: env.settings.get(name)?.to_owned() })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What is known of the object under `key`; `None` when there is none.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn head(&self, key: &str) -> Result<Option<Head>, BlobError> {
        let call = self.client.head_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
        let found = match call.send().await {
            Ok(found) => found,
            Err(SdkError::ServiceError(refusal)) if refusal.err().is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let digest = found.checksum_sha256.and_then(|text| BASE64_STANDARD.decode(text).ok());
        Ok(Some(Head {
            length: length(found.content_length),
            media_type: found.content_type.unwrap_or_default(),
            sha256: digest.and_then(|digest| digest.try_into().ok()),
            etag: found.e_tag.unwrap_or_default(),
        }))
    }

    /// The object under `key`, in memory; `None` when there is none.
    ///
    /// # Errors
    /// When the call fails, or the object is longer than `at_most` bytes: then nothing of it is read.
    pub async fn get(&self, key: &str, at_most: u64) -> Result<Option<Vec<u8>>, BlobError> {
        self.read(key, None, at_most).await
    }

    /// The first `bytes` of the object under `key`, or all of it if it is shorter; `None` when there is none.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn start(&self, key: &str, bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        self.read(key, Some(format!("bytes=0-{}", bytes.saturating_sub(1))), bytes).await
    }

    async fn read(&self, key: &str, range: Option<String>, at_most: u64) -> Result<Option<Vec<u8>>, BlobError> {
        let call = self.client.get_object().bucket(&self.name).key(key).set_range(range);
        let found = match call.send().await {
            Ok(found) => found,
            Err(SdkError::ServiceError(refusal)) if refusal.err().is_no_such_key() => return Ok(None),
            // An empty object has no first byte.
            Err(SdkError::ServiceError(refusal)) if refusal.raw().status().as_u16() == 416 => {
                return Ok(Some(Vec::new()));
            }
            Err(error) => return Err(error.into()),
        };
        let promised = length(found.content_length);
        if promised > at_most {
            return Err(BlobError::Refused(format!("{key} is longer than {at_most} bytes").into()));
        }
        let bytes = found.body.collect().await.map_err(|e| BlobError::Busy(e.into()))?.to_vec();
        // A connection that ends early is a failed read and not a shorter object.
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) != promised {
            return Err(BlobError::Busy(format!("{key} ended before its length").into()));
        }
        Ok(Some(bytes))
    }

    /// Puts an object under `key`, whatever was there.
    ///
    /// # Errors
    /// When the call fails; the object may be there nevertheless.
    pub async fn put(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        let call = self.client.put_object().bucket(&self.name).key(key).content_type(media_type);
        Ok(call.body(ByteStream::from(bytes)).send().await.map(drop)?)
    }

    /// Puts an object under `key` that nobody can change or remove before `until` (Object Lock in compliance mode; the
    /// embedded store does not know it and keeps an ordinary object). Where something is already, it stays: the lock is on
    /// a version, and a newer one would hide it.
    ///
    /// Says whether it was put. `false` may also mean that an earlier try of this very call did it and its answer was
    /// lost: read what is there.
    ///
    /// # Errors
    /// When the call fails; the object may be there nevertheless.
    pub async fn put_locked(
        &self,
        key: &str,
        media_type: &str,
        bytes: Vec<u8>,
        until: Timestamp,
    ) -> Result<bool, BlobError> {
        let until = aws_sdk_s3::primitives::DateTime::from_secs(until.as_second());
        let call = self.client.put_object().bucket(&self.name).key(key).content_type(media_type).if_none_match("*");
        let call = call.object_lock_mode(ObjectLockMode::Compliance).object_lock_retain_until_date(until);
        // S3 refuses a lock without a checksum.
        let call = call.checksum_algorithm(ChecksumAlgorithm::Sha256);
        match call.body(ByteStream::from(bytes)).send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(refusal)) if refusal.raw().status().as_u16() == 412 => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the object under `from` under `to` as well.
    ///
    /// # Errors
    /// When the call fails, or nothing is under `from`.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), BlobError> {
        let source = format!("{}/{}", self.name, utf8_percent_encode(from, ESCAPED));
        let call = self.client.copy_object().copy_source(source).bucket(&self.name).key(to);
        Ok(call.send().await.map(drop)?)
    }

    /// Removes the object under `key`, if there is one.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        Ok(self.client.delete_object().bucket(&self.name).key(key).send().await.map(drop)?)
    }

    /// A page of the objects whose keys begin with `prefix`, at most `limit` (1 to 1,000), after the key `after`.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn page(&self, prefix: &str, after: Option<&str>, limit: u16) -> Result<Listing, BlobError> {
        let call = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).max_keys(limit.into());
        let found = call.set_start_after(after.map(str::to_owned)).send().await?;
        let more = found.is_truncated == Some(true);
        let items = found.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let modified = Timestamp::from_second(object.last_modified?.secs()).ok()?;
            Some(Listed { key: object.key?, length: length(object.size), modified })
        });
        let items: Vec<_> = items.collect();
        let after = items.last().filter(|_| more).map(|last| last.key.clone());
        Ok(Listing { items, after })
    }
}

fn length(bytes: Option<i64>) -> u64 {
    bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default()
}
