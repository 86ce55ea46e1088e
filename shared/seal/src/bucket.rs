//! The objects of seals in their bucket.

use crate::{Head, Part};
use blob::{BlobError, Bucket};
use cloud::Environment;
use jiff::{Timestamp, civil::Date};
use kernel::MissingSetting;
use serde::{Serialize, de::DeserializeOwned};

const HEADS: &str = "heads/";
const JSON: &str = "application/json";

/// Why a seal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The call failed.
    #[error(transparent)]
    Bucket(#[from] BlobError),
    /// An object does not read as the seal that it should be.
    #[error("{key} does not read as a seal")]
    Unreadable {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The bucket of seals.
#[derive(Debug, Clone)]
pub struct Seals {
    bucket: Bucket,
}

impl Seals {
    /// The longest object that is read, in bytes: a part has some two megabytes, more only when one organisation has more
    /// activities in a day than a part.
    const LONGEST: u64 = 256 << 20;
    /// Keys in one request.
    const PAGE: u16 = 1_000;

    /// In the bucket that `SEAL_BUCKET` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { bucket: Bucket::open(env, "SEAL_BUCKET")? })
    }

    /// Opens the connection to the store while the function starts, so that the first request finds it open. Whether it worked
    /// shows with that one.
    pub async fn prime(&self) {
        drop(self.bucket.page(HEADS, None, 1).await);
    }

    /// The key of a day's head.
    #[must_use]
    pub fn head_key(day: Date) -> String {
        format!("{HEADS}{day}.json")
    }

    /// The key of a part.
    #[must_use]
    pub fn part_key(day: Date, part: u32) -> String {
        format!("parts/{day}/{part:04}.json")
    }

    /// The days that are sealed, in their order.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn days(&self) -> Result<Vec<Date>, SealError> {
        let keys = self.keys(HEADS).await?;
        Ok(keys.iter().filter_map(|key| key.strip_prefix(HEADS)?.strip_suffix(".json")?.parse().ok()).collect())
    }

    /// The numbers of the parts that `day` has, in their order.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn parts(&self, day: Date) -> Result<Vec<u32>, SealError> {
        let prefix = format!("parts/{day}/");
        let keys = self.keys(&prefix).await?;
        Ok(keys.iter().filter_map(|key| key.strip_prefix(&prefix)?.strip_suffix(".json")?.parse().ok()).collect())
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, SealError> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page = self.bucket.page(prefix, after.as_deref(), Self::PAGE).await?;
            keys.extend(page.items.into_iter().map(|listed| listed.key));
            after = page.after;
            if after.is_none() {
                return Ok(keys);
            }
        }
    }

    /// The seal of `day`, if it is sealed.
    ///
    /// # Errors
    /// When a call fails or the object does not read as one.
    pub async fn head(&self, day: Date) -> Result<Option<Head>, SealError> {
        self.read(&Self::head_key(day)).await
    }

    /// A part of `day`, if it is there.
    ///
    /// # Errors
    /// When a call fails or the object does not read as one.
    pub async fn part(&self, day: Date, part: u32) -> Result<Option<Part>, SealError> {
        self.read(&Self::part_key(day, part)).await
    }

    /// What is under `key`; asked for by its list first, because who reads an absent object is told that it is forbidden
    /// or that it is absent, as their permissions are.
    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SealError> {
        if self.bucket.page(key, None, 1).await?.items.is_empty() {
            return Ok(None);
        }
        let Some(bytes) = self.bucket.get(key, Self::LONGEST).await? else { return Ok(None) };
        let unreadable = |source| SealError::Unreadable { key: key.to_owned(), source };
        serde_json::from_slice(&bytes).map(Some).map_err(unreadable)
    }

    /// Puts a part that nobody can change before `until`, unless there is one; says whether it did.
    ///
    /// # Errors
    /// When the call fails; the part may be there nevertheless.
    pub async fn put_part(&self, part: &Part, until: Timestamp) -> Result<bool, SealError> {
        self.put(&Self::part_key(part.day, part.part), part, until).await
    }

    /// Puts a head that nobody can change before `until`, unless there is one; says whether it did.
    ///
    /// # Errors
    /// When the call fails; the head may be there nevertheless.
    pub async fn put_head(&self, head: &Head, until: Timestamp) -> Result<bool, SealError> {
        self.put(&Self::head_key(head.day), head, until).await
    }

    async fn put<T: Serialize>(&self, key: &str, value: &T, until: Timestamp) -> Result<bool, SealError> {
        let unreadable = |source| SealError::Unreadable { key: key.to_owned(), source };
        let bytes = serde_json::to_vec(value).map_err(unreadable)?;
        Ok(self.bucket.put_locked(key, JSON, bytes, until).await?)
    }
}
