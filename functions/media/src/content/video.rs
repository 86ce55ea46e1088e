//! Videos: what is not needed to play them is overwritten in place.
//!
//! A phone writes where it was into boxes such as `©xyz`, `loci` and the keys of `meta`, an editor into `uuid`. There is
//! no closed list of them, so it is the other way round: boxes that are known to be needed stay, all others become `free`
//! boxes of zeros. Lengths stay as they are, so that nothing has to be moved. A track that is neither picture nor sound
//! (subtitles and timed metadata carry the position of drones and action cameras) has its content among that of the
//! others, where it cannot be overwritten: such a video is refused.

use super::refused;
use kernel::Refusal;
use std::ops::Range;

/// A box: its type, where it begins, and where its content is.
struct Found {
    kind: [u8; 4],
    start: usize,
    content: Range<usize>,
}

/// The video in `bytes` without what is not needed to play it.
///
/// # Errors
/// When it is damaged, or has a track that is neither picture nor sound.
pub(super) fn clean(mut bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let whole = 0..bytes.len();
    let found = boxes(&bytes, whole.clone())?;
    let begins = found.first().is_some_and(|first| &first.kind == b"ftyp");
    if !begins || found.iter().filter(|found| &found.kind == b"moov").count() != 1 {
        return Err(damaged());
    }
    strip(&mut bytes, whole, b"file")?;
    Ok(bytes)
}

/// The boxes that are needed in `parent`.
fn needed(parent: &[u8]) -> &'static [&'static [u8; 4]] {
    match parent {
        b"file" => &[b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp"],
        b"moov" => &[b"mvhd", b"trak", b"mvex"],
        b"trak" => &[b"tkhd", b"edts", b"tref", b"mdia"],
        b"mdia" => &[b"mdhd", b"hdlr", b"minf"],
        b"minf" => &[b"vmhd", b"smhd", b"dinf", b"stbl"],
        b"moof" => &[b"mfhd", b"traf"],
        _ => &[b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio"],
    }
}

/// Overwrites what is not needed of the boxes in `range`, which is the content of `parent`.
fn strip(bytes: &mut [u8], range: Range<usize>, parent: &[u8]) -> Result<(), Refusal> {
    for Found { kind, start, content } in boxes(bytes, range)? {
        if !needed(parent).contains(&&kind) {
            overwrite(bytes, start, content);
            continue;
        }
        match &kind {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"moof" | b"traf" => strip(bytes, content, &kind)?,
            b"hdlr" if !is_picture_or_sound(bytes, &content) => {
                return Err(refused(
                    "视频含有字幕或位置等数据轨道，请导出为普通 MP4 后上传",
                    "the video has a track of data; export it with picture and sound only",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes a box one of zeros that players skip.
fn overwrite(bytes: &mut [u8], start: usize, content: Range<usize>) {
    if let Some(kind) = bytes.get_mut(start + 4..start + 8) {
        kind.copy_from_slice(b"free");
    }
    bytes.get_mut(content).unwrap_or_default().fill(0);
}

/// Whether the handler of a track is the one of pictures or of sound.
fn is_picture_or_sound(bytes: &[u8], content: &Range<usize>) -> bool {
    let handler = bytes.get(content.clone()).and_then(|content| content.get(8..12));
    matches!(handler, Some(b"vide" | b"soun"))
}

/// The boxes that fill `range` without a gap.
fn boxes(bytes: &[u8], range: Range<usize>) -> Result<Vec<Found>, Refusal> {
    let mut found = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let head = bytes.get(start..range.end).ok_or_else(damaged)?;
        let (kind, header, length) = head_of(head).ok_or_else(damaged)?;
        if length < header || length > head.len() {
            return Err(damaged());
        }
        found.push(Found { kind, start, content: start + header..start + length });
        start += length;
    }
    Ok(found)
}

/// Type, length of the header and length in all of the box that `head` begins with.
fn head_of(head: &[u8]) -> Option<([u8; 4], usize, usize)> {
    let length = u32::from_be_bytes(*head.first_chunk()?);
    let kind = *head.get(4..)?.first_chunk()?;
    match length {
        // To the end of the file.
        0 => Some((kind, 8, head.len())),
        1 => {
            let length = u64::from_be_bytes(*head.get(8..)?.first_chunk()?);
            Some((kind, 16, usize::try_from(length).ok()?))
        }
        _ => Some((kind, 8, usize::try_from(length).ok()?)),
    }
}

fn damaged() -> Refusal {
    refused("视频已损坏或格式不受支持", "the video is damaged or of an unknown structure")
}
