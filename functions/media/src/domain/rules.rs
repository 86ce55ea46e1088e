//! The limits of this product, read from the rule data.

use kernel::{Refusal, RuleFile};
use register::MediaType;
use serde::Deserialize;

/// Limits of one version.
#[derive(Debug, Deserialize)]
pub(crate) struct Rules {
    /// Named by the activities of declarations that were made under it.
    pub(crate) version: String,
    /// Of pictures.
    pub(crate) image: ImageRules,
    /// Of documents.
    document: Size,
    /// Of videos.
    video: Size,
    /// Of one person.
    pub(crate) quota: Quota,
}

/// Limits of a picture.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageRules {
    /// Length in bytes, as uploaded and as kept.
    pub(crate) most_bytes: u64,
    /// Width times height.
    pub(crate) most_pixels: u64,
    /// Bytes that decoding may take.
    pub(crate) most_memory: u64,
    /// Of photographs that are encoded again, 1 to 100.
    pub(crate) jpeg_quality: u8,
}

/// A limit of length.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Size {
    most_bytes: u64,
}

/// What the uploads of one person may come to.
#[derive(Debug, Deserialize)]
pub(crate) struct Quota {
    /// Their lengths as declared, together.
    pub(crate) bytes: u64,
    /// Their number.
    pub(crate) files: u64,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/media.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub(crate) fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// The length in bytes that a file of type `kind` may have.
    pub(crate) fn most_bytes(&self, kind: MediaType) -> u64 {
        match kind {
            MediaType::Jpeg | MediaType::Png | MediaType::Webp => self.image.most_bytes,
            MediaType::Pdf | MediaType::Docx | MediaType::Xlsx => self.document.most_bytes,
            MediaType::Mp4 => self.video.most_bytes,
        }
    }
}
