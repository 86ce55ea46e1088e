//! Links that let a client put or get one object for a while.

use crate::{BlobError, Bucket};
use aws_sdk_s3::{
    presigning::{PresignedRequest, PresigningConfig},
    types::ChecksumAlgorithm,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::time::{Duration, SystemTime};

/// What of a file name needs no escape in a header (RFC 8187, attr-char).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What a client says it will put.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// Its media type.
    pub media_type: &'a str,
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// How a client is shown an object.
#[derive(Debug, Clone, Copy)]
pub struct Show<'a> {
    /// The name it is saved under.
    pub file_name: &'a str,
    /// The media type it is answered with, whatever it is stored with.
    pub media_type: &'a str,
    /// Whether it may be shown in place; otherwise it is saved.
    pub inline: bool,
}

/// A signed request, for a client to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Where to.
    pub url: String,
    /// Headers that were signed and have to be sent exactly so.
    pub headers: Vec<(String, String)>,
}

impl Bucket {
    /// A link by which a client puts one object under `key`, as declared and where nothing is yet, within `lasting` of
    /// `now` (one week at most).
    ///
    /// # Errors
    /// When the request cannot be signed.
    pub async fn presign_put(
        &self,
        key: &str,
        upload: &Upload<'_>,
        now: Timestamp,
        lasting: Duration,
    ) -> Result<Signed, BlobError> {
        let length = i64::try_from(upload.length).map_err(|e| BlobError::Refused(e.into()))?;
        let call = self.client().put_object().bucket(self.name()).key(key).content_type(upload.media_type);
        let call = call.content_length(length).if_none_match("*").checksum_algorithm(ChecksumAlgorithm::Sha256);
        let call = call.checksum_sha256(BASE64_STANDARD.encode(upload.sha256));
        Ok(signed(&call.presigned(window(now, lasting)?).await?))
    }

    /// A link by which a client gets the object under `key`, shown as `show` says, within `lasting` of `now` (one week at
    /// most).
    ///
    /// # Errors
    /// When the request cannot be signed.
    pub async fn presign_get(
        &self,
        key: &str,
        show: &Show<'_>,
        now: Timestamp,
        lasting: Duration,
    ) -> Result<Signed, BlobError> {
        let call = self.client().get_object().bucket(self.name()).key(key).response_content_type(show.media_type);
        let call = call.response_content_disposition(disposition(show)).response_cache_control("private, no-store");
        Ok(signed(&call.presigned(window(now, lasting)?).await?))
    }
}

fn window(now: Timestamp, lasting: Duration) -> Result<PresigningConfig, BlobError> {
    let start = SystemTime::try_from(now).map_err(|e| BlobError::Refused(e.into()))?;
    PresigningConfig::builder().start_time(start).expires_in(lasting).build().map_err(|e| BlobError::Refused(e.into()))
}

/// The request as a client sends it. Headers that are not signed stay out: in Lambda the SDK adds one that tells of the
/// call it is part of, which is nothing to a client.
fn signed(request: &PresignedRequest) -> Signed {
    let url = request.uri().to_owned();
    let names = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("X-Amz-SignedHeaders=")).unwrap_or_default();
    let names = percent_decode_str(names).decode_utf8_lossy();
    let headers = request.headers().filter(|(name, _)| names.split(';').any(|signed| signed == *name));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Signed { url, headers }
}

fn disposition(show: &Show<'_>) -> String {
    let kind = if show.inline { "inline" } else { "attachment" };
    format!("{kind}; filename*=UTF-8''{}", utf8_percent_encode(show.file_name, ESCAPED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_place() {
        let show = |file_name, inline| disposition(&Show { file_name, media_type: "", inline });
        assert_eq!(show("a b.jpg", true), "inline; filename*=UTF-8''a%20b.jpg");
        assert_eq!(show("证\"\r\n;.pdf", false), "attachment; filename*=UTF-8''%E8%AF%81%22%0D%0A%3B.pdf");
    }
}
