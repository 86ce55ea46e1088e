//! The rules of uploads. Pure: the instant is an argument.

mod rules;

pub(crate) use rules::{ImageRules, Rules};

use jiff::Timestamp;
use kernel::{ErrorCode, Line, MediaId, MemberId, OrgId, Refusal, Text};
use register::{Checksum, Media, MediaState, MediaType, Stored};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::ToSchema;

/// Minutes that a link to upload or download lasts.
pub(crate) const LINK_MINUTES: u32 = 10;

/// The name of a file as a person sees it: one line of 1 to 120 characters that cannot be taken for a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub(crate) struct FileName(Line<120>);

impl FileName {
    /// What separates the parts of a path on some system, or looks as if it did, and what some system forbids.
    const FORBIDDEN: &'static [char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', '／', '＼', '∕', '⁄', '：'];

    /// Whether its extension is one of those of `kind`.
    fn fits(&self, kind: MediaType) -> bool {
        let extension = self.0.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        extension.is_some_and(|extension| kind.extensions().contains(&extension.as_str()))
    }
}

impl TryFrom<String> for FileName {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let line = Line::<120>::try_from(text)?;
        if line.starts_with('.') || line.contains(Self::FORBIDDEN) {
            return Err("文件名不能以点开头，不能含有 / \\ : * ? \" < > |\u{1f}must not begin with a dot or contain / \\ : * ? \" < > |".into());
        }
        Ok(Self(line))
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0.into()
    }
}

/// A file that somebody is about to upload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Draft {
    /// The organisation that it will belong to.
    pub(crate) organization: OrgId,
    /// The name that it is saved under by whoever downloads it; it ends as its type demands.
    pub(crate) file_name: FileName,
    /// What it is.
    pub(crate) media_type: MediaType,
    /// Its length in bytes.
    #[schema(minimum = 1)]
    pub(crate) bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits in lower case.
    pub(crate) sha256: Checksum,
}

impl Draft {
    /// The record of the file, which `uploader` declares at `now`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] for a name that ends otherwise than its type, or a length that is not allowed.
    pub(crate) fn declared(
        self,
        id: MediaId,
        uploader: MemberId,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Media, Refusal> {
        let kind = self.media_type;
        if !self.file_name.fits(kind) {
            let wanted = kind.extensions().iter().map(|end| format!(".{end}")).collect::<Vec<_>>();
            let text = Text::of(
                format!("文件名应以 {} 结尾", wanted.join(" 或 ")),
                format!("must end with {}", wanted.join(" or ")),
            );
            return Err(Refusal::field("/fileName", text));
        }
        let most = rules.most_bytes(kind);
        if !(1..=most).contains(&self.bytes) {
            let most = most / (1 << 20);
            let text =
                Text::of(format!("文件应在 1 字节到 {most} MB 之间"), format!("must be from 1 byte to {most} MB"));
            return Err(Refusal::field("/bytes", text));
        }
        Ok(Media {
            id,
            organization: self.organization,
            uploader,
            file_name: self.file_name.0,
            media_type: kind,
            bytes: self.bytes,
            sha256: self.sha256,
            state: MediaState::Pending,
            stored: None,
            declared_at: now,
            completed_at: None,
            version: 1,
        })
    }
}

/// The record after its upload was completed at `now` and is kept as `stored`.
pub(crate) fn completed(media: &Media, stored: Stored, now: Timestamp) -> Media {
    Media {
        state: MediaState::Ready,
        stored: Some(stored),
        completed_at: Some(now),
        version: media.version + 1,
        ..media.clone()
    }
}

/// Whether there is still something to be completed at `now`.
///
/// # Errors
/// [`ErrorCode::UploadExpired`] when the upload was declared a day ago or earlier.
pub(crate) fn open(media: &Media, now: Timestamp) -> Result<(), Refusal> {
    if media.is_expired(now) { Err(ErrorCode::UploadExpired.into()) } else { Ok(()) }
}

/// What is said when a person's uploads come to more than one person may have.
pub(crate) fn exhausted(rules: &Rules) -> Refusal {
    let (gigabytes, files) = (rules.quota.bytes / (1 << 30), rules.quota.files);
    let zh = format!("每人最多上传 {files} 个文件、共 {gigabytes} GB，请先删除不需要的文件");
    let en = format!("one person may upload {files} files of {gigabytes} GB together; remove some first");
    Refusal::new(ErrorCode::QuotaExceeded).because(Text::of(zh, en))
}

#[cfg(test)]
mod tests;
