//! Where media are kept: records in the table, files in the bucket.
//!
//! | pattern | request |
//! |--|--|
//! | a record | `GetItem`, half a unit, consistent one |
//! | what is kept for an organisation | `Query` index `listed`, half a unit per 4 KB |
//! | declare, complete, remove | one `TransactWriteItems` |
//! | links | none: they are signed here |
//! | an upload | `HeadObject`, `GetObject` |
//! | keeping a file | `PutObject`, then the record, then `DeleteObject` of the upload |
//!
//! The file is put before the record says so, and removed after the record is gone. So a crash in between leaves an
//! object that no record names, which `media-sweep` finds, and never a record without its file.

use crate::domain::{LINK_MINUTES, Rules, exhausted};
use aws_lc_rs::digest::{SHA256, digest};
use blob::{BlobError, Bucket, Show, Signed, Upload};
use cloud::{Environment, StartError};
use dynamo::{Change, Found, Ledger, Read, Share, StoreError};
use http_api::Problem;
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, MediaId, OrgId, Refusal};
use register::{Media, MediaRecords, MediaRow, MediaType};
use std::{cmp::Ordering, time::Duration};

/// Records, files and the ledger.
#[derive(Debug, Clone)]
pub(crate) struct MediaStore {
    records: MediaRecords,
    bucket: Bucket,
    pub(crate) ledger: Ledger,
}

/// A signed request for the client, and when it expires.
pub(crate) struct Link {
    pub(crate) signed: Signed,
    pub(crate) expires_at: Timestamp,
}

const LASTING: Duration = Duration::from_mins(LINK_MINUTES as u64);

impl Link {
    fn of(signed: Signed, now: Timestamp) -> Self {
        Self { signed, expires_at: now + SignedDuration::from_mins(LINK_MINUTES.into()) }
    }
}

impl MediaStore {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            records: MediaRecords::open(env)?,
            bucket: Bucket::open(env, "MEDIA_BUCKET")?,
            ledger: Ledger::open(env)?,
        })
    }

    /// A record.
    pub(crate) async fn get(&self, id: MediaId, read: Read) -> Result<Media, StoreError> {
        self.records.find(id, read).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// What is kept for an organisation, latest first.
    pub(crate) async fn of_organization(
        &self,
        organization: OrgId,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Media>, StoreError> {
        let stretch = MediaRow::of_organization(organization);
        let found: Found<MediaRow> = self.records.table().page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.media).collect(), after: found.after })
    }

    /// Adds a declared record, as far as the quota of the uploader allows.
    pub(crate) fn declaration(&self, media: &Media, rules: &Rules) -> Change {
        let shares = [
            Share { sum: MediaRecords::BYTES, amount: media.bytes, limit: rules.quota.bytes },
            Share { sum: MediaRecords::FILES, amount: 1, limit: rules.quota.files },
        ];
        Change::new().take(self.records.table(), MediaRecords::quota(media.uploader), &shares, exhausted(rules)).insert(
            self.records.table(),
            &MediaRow::new(media.clone()),
            ErrorCode::Conflict,
        )
    }

    /// Makes the record `old` say that its file is kept, as `new` does, if nobody changed it; what is kept of a file may be
    /// more or less than was declared, and counts towards the quota.
    pub(crate) fn completion(&self, old: &Media, new: &Media, rules: &Rules) -> Change {
        let (table, quota) = (self.records.table(), MediaRecords::quota(new.uploader));
        let change = Change::new().replace(table, &MediaRow::new(new.clone()), old.version);
        let (declared, kept) = (old.length(), new.length());
        match kept.cmp(&declared) {
            Ordering::Greater => {
                let more = Share { sum: MediaRecords::BYTES, amount: kept - declared, limit: rules.quota.bytes };
                change.take(table, quota, &[more], exhausted(rules))
            }
            Ordering::Less => change.give_back(table, quota, &[(MediaRecords::BYTES, declared - kept)]),
            Ordering::Equal => change,
        }
    }

    /// Removes a record and gives its share of the quota back.
    pub(crate) fn removal(&self, media: &Media) -> Change {
        self.records.removal(media)
    }

    /// A link by which the client puts the declared file, once, and no other.
    pub(crate) async fn upload_link(&self, media: &Media, now: Timestamp) -> Result<Link, BlobError> {
        let upload = Upload { media_type: media.media_type.mime(), length: media.bytes, sha256: media.sha256.0 };
        let signed = self.bucket.presign_put(&Media::incoming(media.id), &upload, now, LASTING).await?;
        Ok(Link::of(signed, now))
    }

    /// A link by which a client gets the file. Pictures may be shown in place; everything else is saved.
    pub(crate) async fn download_link(&self, media: &Media, now: Timestamp) -> Result<Link, BlobError> {
        let show = Show {
            file_name: &media.file_name,
            media_type: media.media_type.mime(),
            inline: media.media_type.is_image(),
        };
        let signed = self.bucket.presign_get(&Media::kept(media.id), &show, now, LASTING).await?;
        Ok(Link::of(signed, now))
    }

    /// The uploaded file, when it is the declared one. Another one is thrown away, so that the declared one can be put.
    ///
    /// # Errors
    /// [`ErrorCode::NotUploaded`], [`ErrorCode::UploadMismatch`]; or when a call fails.
    pub(crate) async fn uploaded(&self, media: &Media) -> Result<Vec<u8>, Problem> {
        let key = Media::incoming(media.id);
        let head = self.bucket.head(&key).await?.ok_or(ErrorCode::NotUploaded)?;
        let declared = media.sha256.0;
        if head.length == media.bytes && head.sha256.is_none_or(|found| found == declared) {
            let bytes = self.bucket.get(&key, media.bytes).await?.ok_or(ErrorCode::NotUploaded)?;
            if digest(&SHA256, &bytes).as_ref() == declared {
                return Ok(bytes);
            }
        }
        self.bucket.delete(&key).await?;
        Err(ErrorCode::UploadMismatch.into())
    }

    /// Keeps a file; a second time it is the same file.
    pub(crate) async fn keep(&self, id: MediaId, kind: MediaType, bytes: Vec<u8>) -> Result<(), BlobError> {
        self.bucket.put(&Media::kept(id), kind.mime(), bytes).await
    }

    /// Removes objects that no record needs any more. What fails here is found by `media-sweep`.
    pub(crate) async fn discard(&self, keys: &[String]) {
        for key in keys {
            if let Err(error) = self.bucket.delete(key).await {
                tracing::warn!(%error, key, "an object is left for the sweep");
            }
        }
    }
}
