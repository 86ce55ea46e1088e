//! Media: pictures, videos and documents that belong to an organisation. `media` keeps them, `media-sweep` clears up.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a record | `GetItem` `MED#id`/`MED` | 0.5, consistent 1 |
//! | completed ones of an organisation, latest first | `Query` index `listed` | 0.5 per 4 KB |
//! | uploads that wait, or all completed ones, by id | `Query` index `state` | 0.5 per 4 KB |
//! | what a person's uploads come to | `UpdateItem` `QUOTA#member`/`QUOTA`, in the change | 2 |

use cloud::Environment;
use dynamo::{Change, Key, Read, StoreError, Stretch, Table};
use jiff::{SignedDuration, Timestamp};
use kernel::{Line, MediaId, MemberId, MissingSetting, OrgId, hex};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! media_types {
    ($($(#[$doc:meta])* $name:ident = $mime:literal $($extension:literal)|+),+ $(,)?) => {
        /// A type of file that is kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String")]
        pub enum MediaType { $($(#[$doc])* #[serde(rename = $mime)] $name),+ }

        impl MediaType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name, as in `Content-Type`.
            #[must_use]
            pub const fn mime(self) -> &'static str { match self { $(Self::$name => $mime),+ } }

            /// What names of such files end with, lower case, without the dot.
            #[must_use]
            pub const fn extensions(self) -> &'static [&'static str] { match self { $(Self::$name => &[$($extension),+]),+ } }
        }
    };
}

media_types! {
    /// A photograph.
    Jpeg = "image/jpeg" "jpg" | "jpeg",
    /// A picture.
    Png = "image/png" "png",
    /// A picture.
    Webp = "image/webp" "webp",
    /// A document.
    Pdf = "application/pdf" "pdf",
    /// A document of a word processor.
    Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document" "docx",
    /// A spreadsheet.
    Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" "xlsx",
    /// A video.
    Mp4 = "video/mp4" "mp4",
}

impl MediaType {
    /// Whether it is a picture, which is re-encoded and may be shown in place.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }
}

impl TryFrom<String> for MediaType {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if let Some(known) = Self::ALL.iter().find(|known| known.mime() == text) {
            return Ok(*known);
        }
        if matches!(text.as_str(), "image/heic" | "image/heif") {
            return Err("暂不支持 HEIC 图片，请转换为 JPEG 后上传\u{1f}HEIC is not supported; send JPEG".into());
        }
        Err("仅支持 JPEG、PNG、WebP、PDF、DOCX、XLSX、MP4\u{1f}must be JPEG, PNG, WebP, PDF, DOCX, XLSX or MP4".into())
    }
}

/// A SHA-256, as text 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Checksum(pub [u8; 32]);

impl FromStr for Checksum {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?)).collect();
        let bytes = bytes.filter(|_| rest.is_empty()).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("校验值应为 64 位小写十六进制 SHA-256\u{1f}must be a SHA-256 in 64 lower-case hex digits")
    }
}

impl TryFrom<String> for Checksum {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Checksum> for String {
    fn from(Checksum(bytes): Checksum) -> Self {
        hex(&bytes)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl PartialSchema for Checksum {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{64}$")).into()
    }
}

impl ToSchema for Checksum {}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MediaState {
    /// Declared; the file is expected.
    Pending,
    /// Checked and kept.
    Ready,
}

impl MediaState {
    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
        }
    }
}

/// The file as it is kept, which for pictures and videos is not byte for byte what was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// Its length in bytes.
    pub bytes: u64,
    /// The width of a picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub width: Option<u32>,
    /// The height of a picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub height: Option<u32>,
}

/// A picture, video or document of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// Its id; sorts by the time it was declared.
    pub id: MediaId,
    /// The organisation it belongs to.
    pub organization: OrgId,
    /// Who uploaded it; it counts towards their quota.
    pub uploader: MemberId,
    /// The name it is saved under: shown, and never a part of a key.
    pub file_name: Line<120>,
    /// Its type, as declared and found.
    pub media_type: MediaType,
    /// Its length in bytes as declared.
    pub bytes: u64,
    /// Its checksum as declared.
    pub sha256: Checksum,
    /// How far the upload has come.
    pub state: MediaState,
    /// The file as it is kept, once it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored: Option<Stored>,
    /// When it was declared, in UTC.
    pub declared_at: Timestamp,
    /// When the upload was completed, in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completed_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: u64,
}

impl Media {
    /// Where clients put what they upload.
    pub const INCOMING: &'static str = "incoming/media/";
    /// Where files are kept.
    pub const KEPT: &'static str = "media/";
    /// How long an upload can be completed after it was declared.
    pub const OPEN: SignedDuration = SignedDuration::from_hours(24);

    /// The key that the client puts the file of `id` under.
    #[must_use]
    pub fn incoming(id: MediaId) -> String {
        format!("{}{id}", Self::INCOMING)
    }

    /// The key that the file of `id` is kept under.
    #[must_use]
    pub fn kept(id: MediaId) -> String {
        format!("{}{id}", Self::KEPT)
    }

    /// What counts towards the quota: its length in bytes as it is kept, and until then as declared.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.stored.map_or(self.bytes, |stored| stored.bytes)
    }

    /// Whether the upload can no longer be completed at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state == MediaState::Pending && now.duration_since(self.declared_at) >= Self::OPEN
    }
}

/// A media record as it is stored, with the keys of its indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaRow {
    /// `MED#<id>`
    pub pk: String,
    /// `MED`
    pub sk: String,
    /// Index `listed`: the organisation, once the file is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub listed: Option<OrgId>,
    /// The record; its `state` and `id` are the keys of index `state`.
    #[serde(flatten)]
    pub media: Media,
}

impl MediaRow {
    /// The row of `media`.
    #[must_use]
    pub fn new(media: Media) -> Self {
        let Key { pk, sk } = Self::key(media.id);
        let listed = (media.state == MediaState::Ready).then_some(media.organization);
        Self { pk, sk, listed, media }
    }

    /// The key of the record of `id`.
    #[must_use]
    pub fn key(id: MediaId) -> Key {
        Key::new(format!("MED#{id}"), "MED")
    }

    /// Index `listed`: what is kept for `organization`, latest first.
    #[must_use]
    pub fn of_organization(organization: OrgId) -> Stretch {
        Stretch::whole(organization.to_string()).of_index("listed", "listed", "id").descending()
    }

    /// Index `state`: all in `state`, in the order of their ids.
    #[must_use]
    pub fn in_state(state: MediaState) -> Stretch {
        Stretch::whole(state.slug()).of_index("state", "state", "id")
    }
}

/// The table of media.
#[derive(Debug, Clone)]
pub struct MediaRecords {
    table: Table,
}

impl MediaRecords {
    /// The sum of the lengths of a person's uploads, in the row of their quota.
    pub const BYTES: &'static str = "bytes";
    /// The number of a person's uploads, in the row of their quota.
    pub const FILES: &'static str = "files";

    /// Over the table that `MEDIA_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "MEDIA_TABLE")? })
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The record of `id`, if there is one.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn find(&self, id: MediaId, read: Read) -> Result<Option<Media>, StoreError> {
        let row: Option<MediaRow> = self.table.get(MediaRow::key(id), read).await?;
        Ok(row.map(|row| row.media))
    }

    /// Where it is counted what the uploads of `member` come to.
    #[must_use]
    pub fn quota(member: MemberId) -> Key {
        Key::new(format!("QUOTA#{member}"), "QUOTA")
    }

    /// Removes the record of `media` as it was read, and gives its share of the quota back.
    #[must_use]
    pub fn removal(&self, media: &Media) -> Change {
        Change::new().remove_unchanged(&self.table, MediaRow::key(media.id), media.version).give_back(
            &self.table,
            Self::quota(media.uploader),
            &[(Self::BYTES, media.length()), (Self::FILES, 1)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_is_one_of_those_that_are_kept() {
        for kind in MediaType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.mime());
            assert_eq!(serde_json::from_value::<MediaType>(json!(kind.mime())).unwrap(), *kind);
        }
        for other in ["image/heic", "image/svg+xml", "text/html", "image/JPEG", "image/jpeg; charset=x", "jpg", ""] {
            let error = serde_json::from_value::<MediaType>(json!(other)).unwrap_err().to_string();
            assert_eq!(error.contains("HEIC"), other == "image/heic", "{error}");
        }
    }

    #[test]
    fn a_checksum_has_one_spelling() {
        let text = "00ff".repeat(16);
        let checksum: Checksum = text.parse().unwrap();
        assert_eq!(String::from(checksum), text);
        for other in [&text[2..], &text.to_uppercase(), &format!("{text}0"), &text.replace('f', "g"), ""] {
            assert!(other.parse::<Checksum>().is_err(), "{other}");
        }
    }
}
