//! Generated pictures, for demo data.

use crate::{content, domain::Rules};
use aws_lc_rs::digest::{SHA256, digest};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::Timestamp;
use kernel::{Line, MediaId, MemberId, OrgId};
use register::{Checksum, Media, MediaRow, MediaState, MediaType};
use std::io::Cursor;

/// A picture that is kept for `organization` already: its row, and its file. It is a tiny pattern in the tint `tint`, the
/// same each time.
///
/// Nothing when it cannot be made, which a test rules out.
#[must_use]
pub fn demo_picture(
    id: MediaId,
    organization: OrgId,
    uploader: MemberId,
    file_name: Line<120>,
    tint: u8,
    now: Timestamp,
) -> Option<(MediaRow, Vec<u8>)> {
    let shade = |n: u32| u8::try_from(n.min(255)).unwrap_or(255);
    let pattern = RgbImage::from_fn(64, 48, |x, y| Rgb([shade(x * 4), shade(y * 5), tint]));
    let mut drawn = Cursor::new(Vec::new());
    DynamicImage::from(pattern).write_to(&mut drawn, ImageFormat::Png).ok()?;
    let drawn = drawn.into_inner();
    let declared = Media {
        id,
        organization,
        uploader,
        file_name,
        media_type: MediaType::Png,
        bytes: u64::try_from(drawn.len()).ok()?,
        sha256: Checksum(digest(&SHA256, &drawn).as_ref().try_into().ok()?),
        state: MediaState::Pending,
        stored: None,
        declared_at: now,
        completed_at: None,
        version: 1,
    };
    let clean = content::clean(MediaType::Png, drawn, Rules::get().ok()?).ok()?;
    Some((MediaRow::new(crate::domain::completed(&declared, clean.stored, now)), clean.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_picture_is_small_and_the_same_each_time() {
        let now = Timestamp::UNIX_EPOCH;
        let (id, organization, uploader) = (MediaId::new(now), OrgId::new(now), MemberId::new(now));
        let made = || demo_picture(id, organization, uploader, "合影.png".try_into().unwrap(), 9, now).unwrap();
        assert_eq!(made(), made());
        let (row, bytes) = made();
        assert!(bytes.len() < 20_000, "{}", bytes.len());
        assert_eq!(row.listed, Some(organization));
    }
}
