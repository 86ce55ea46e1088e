//! Records and links as clients see them.

use crate::store::Link;
use jiff::Timestamp;
use kernel::{Line, MediaId, MemberId, OrgId};
use register::{Media, MediaState, MediaType};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A picture, video or document of an organisation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Media)]
pub(crate) struct MediaView<'a> {
    id: MediaId,
    organization: OrgId,
    /// Who uploaded it.
    uploader: MemberId,
    #[schema(value_type = String)]
    file_name: &'a Line<120>,
    media_type: MediaType,
    /// Its length in bytes: as declared, and as kept once it is.
    bytes: u64,
    /// The width of a picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// The height of a picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    state: MediaState,
    #[schema(value_type = String, format = DateTime)]
    declared_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
    version: u64,
}

impl<'a> MediaView<'a> {
    pub(crate) fn of(media: &'a Media) -> Self {
        Self {
            id: media.id,
            organization: media.organization,
            uploader: media.uploader,
            file_name: &media.file_name,
            media_type: media.media_type,
            bytes: media.length(),
            width: media.stored.and_then(|stored| stored.width),
            height: media.stored.and_then(|stored| stored.height),
            state: media.state,
            declared_at: media.declared_at,
            completed_at: media.completed_at,
            version: media.version,
        }
    }
}

/// A file, and where to put it as long as it is expected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeclaredMedia)]
pub(crate) struct DeclaredView<'a> {
    #[serde(flatten)]
    media: MediaView<'a>,
    /// For whoever may upload it.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<UploadView<'a>>,
}

/// A request that puts the declared file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MediaUpload)]
struct UploadView<'a> {
    /// Send the file here by `PUT`.
    url: &'a str,
    /// Headers to send along, exactly as they are.
    headers: BTreeMap<&'a str, &'a str>,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> DeclaredView<'a> {
    pub(crate) fn of(media: &'a Media, link: &'a Link) -> Self {
        let headers = link.signed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let upload = UploadView { url: &link.signed.url, headers, expires_at: link.expires_at };
        Self { media: MediaView::of(media), upload: Some(upload) }
    }
}

/// A link to a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MediaDownload)]
pub(crate) struct DownloadView<'a> {
    /// Get the file here, without a token.
    url: &'a str,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> DownloadView<'a> {
    pub(crate) fn of(link: &'a Link) -> Self {
        Self { url: &link.signed.url, expires_at: link.expires_at }
    }
}
