//! What a file really is, and what of it may be kept. Pure: bytes in, bytes out.

mod office;
mod picture;
mod video;

use crate::domain::Rules;
use kernel::{ErrorCode, Refusal, Text};
use register::{MediaType, Stored};

/// A file that may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Clean {
    pub(crate) bytes: Vec<u8>,
    pub(crate) stored: Stored,
}

/// The file as it is kept, when its content is what `kind` says.
///
/// Pictures come out upright and as nothing but a picture: no position, no thumbnail, nothing behind the last pixel; of an
/// animation the first picture is left. Videos keep what is needed to play them. Documents stay as they are: what somebody
/// wrote into them is theirs.
///
/// # Errors
/// [`ErrorCode::ContentRefused`] when it is something else, is damaged, or is more than may be kept.
pub(crate) fn clean(kind: MediaType, bytes: Vec<u8>, rules: &Rules) -> Result<Clean, Refusal> {
    if found(&bytes) != Some(kind) {
        return Err(refused("文件内容与申报的类型不符", "the content is not of the declared type"));
    }
    match kind {
        MediaType::Jpeg | MediaType::Png | MediaType::Webp => picture::clean(kind, &bytes, &rules.image),
        MediaType::Mp4 => video::clean(bytes).map(plain),
        MediaType::Pdf | MediaType::Docx | MediaType::Xlsx => Ok(plain(bytes)),
    }
}

fn plain(bytes: Vec<u8>) -> Clean {
    let stored = Stored { bytes: length(&bytes), width: None, height: None };
    Clean { bytes, stored }
}

/// The type that the content shows, if it is one of those that are kept.
fn found(bytes: &[u8]) -> Option<MediaType> {
    match infer::get(bytes)?.mime_type() {
        "image/jpeg" => Some(MediaType::Jpeg),
        "image/png" => Some(MediaType::Png),
        "image/webp" => Some(MediaType::Webp),
        // Readers take a document that begins later, too; there it would be something else as well.
        "application/pdf" => bytes.starts_with(b"%PDF-").then_some(MediaType::Pdf),
        "video/mp4" => Some(MediaType::Mp4),
        // Office documents are archives, and what kind of archive is written at their end.
        _ => office::kind(bytes),
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn refused(zh: impl Into<String>, en: &'static str) -> Refusal {
    Refusal::new(ErrorCode::ContentRefused).because(Text::of(zh.into(), en))
}

#[cfg(test)]
mod tests;
