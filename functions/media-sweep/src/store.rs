//! Every call to table and bucket.

use blob::{BlobError, Bucket, Listed, Listing};
use cloud::{Environment, StartError};
use dynamo::{Activity, Actor, Found, Key, Ledger, Read, StoreError, Table};
use jiff::Timestamp;
use kernel::MediaId;
use register::{Media, MediaRecords, MediaRow, MediaState};
use serde::{Deserialize, Serialize};

/// Records, objects and the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    records: MediaRecords,
    bucket: Bucket,
    ledger: Ledger,
}

/// Where the comparison of objects and records stopped; absent once it has come to the end.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    pk: String,
    sk: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    after: Option<String>,
}

const MARK: &str = "SWEEP";

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            records: MediaRecords::open(env)?,
            bucket: Bucket::open(env, "MEDIA_BUCKET")?,
            ledger: Ledger::of_job(env)?,
        })
    }

    fn table(&self) -> &Table {
        self.records.table()
    }

    /// Uploads that were declared before the instant `before` and are not completed, the oldest first.
    pub(crate) async fn waiting(&self, before: Timestamp, limit: u16) -> Result<Vec<Media>, StoreError> {
        let mut stretch = MediaRow::in_state(MediaState::Pending);
        stretch.until = MediaId::of_instant(before, [0; 10]).to_string();
        let found: Found<MediaRow> = self.table().page(&stretch, None, limit).await?;
        Ok(found.items.into_iter().map(|row| row.media).collect())
    }

    /// Takes away an upload that was not completed: the object, then the record. Whether the record was still as it was
    /// read; otherwise it was completed or removed at this moment.
    pub(crate) async fn expire(&self, media: &Media, now: Timestamp) -> Result<bool, StoreError> {
        self.bucket.delete(&Media::incoming(media.id)).await?;
        let activity = Activity::new(now, Actor::job("media-sweep"), "media.expired", media.organization, media.id)
            .stating("mediaType", media.media_type)
            .stating("bytes", media.length())
            .stating("uploader", media.uploader);
        match self.ledger.carry_out(self.records.removal(media), [activity]).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A page of objects.
    pub(crate) async fn objects(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Vec<Listed>, BlobError> {
        let after = after.map(|after| format!("{prefix}{after}"));
        let Listing { items, .. } = self.bucket.page(prefix, after.as_deref(), limit).await?;
        Ok(items)
    }

    /// Ids of a page of completed records, as texts.
    pub(crate) async fn completed(&self, after: Option<&str>, limit: u16) -> Result<Vec<String>, StoreError> {
        let stretch = MediaRow::in_state(MediaState::Ready);
        let found: Found<MediaRow> = self.table().page(&stretch, after, limit).await?;
        Ok(found.items.into_iter().map(|row| row.media.id.to_string()).collect())
    }

    /// The state of a record, as it is now; `None` when there is none.
    pub(crate) async fn state(&self, id: MediaId) -> Result<Option<MediaState>, StoreError> {
        Ok(self.records.find(id, Read::Consistent).await?.map(|media| media.state))
    }

    /// Whether an object is there, now.
    pub(crate) async fn holds(&self, key: &str) -> Result<bool, BlobError> {
        Ok(self.bucket.head(key).await?.is_some())
    }

    /// Takes an object away.
    pub(crate) async fn discard(&self, key: &str) -> Result<(), BlobError> {
        self.bucket.delete(key).await
    }

    /// Where the last run stopped.
    pub(crate) async fn mark(&self) -> Result<Option<String>, StoreError> {
        let mark: Option<Mark> = self.table().get(Key::new(MARK, MARK), Read::Consistent).await?;
        Ok(mark.and_then(|mark| mark.after))
    }

    /// Keeps where this run stopped. It is a note of the job to itself and no change of a record.
    pub(crate) async fn set_mark(&self, after: Option<String>) -> Result<(), StoreError> {
        self.table().put(&Mark { pk: MARK.to_owned(), sk: MARK.to_owned(), after }).await
    }
}
