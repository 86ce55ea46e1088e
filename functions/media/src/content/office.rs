//! Office documents: ZIP archives whose directory, at their end, tells what they are.
//!
//! The first bytes do not tell it: writers order the parts as they like.

use register::MediaType;

/// The end of an archive: a record of 22 bytes, and up to 65,535 of a comment.
const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const FIRST: &[u8] = b"PK\x03\x04";

/// What document an archive is; `None` for any other archive, for one with macros, and for what is no archive.
pub(super) fn kind(bytes: &[u8]) -> Option<MediaType> {
    let names = names(bytes)?;
    let any = |found: &dyn Fn(&str) -> bool| names.iter().any(|name| found(name));
    let runs = any(&|name| name.to_ascii_lowercase().ends_with("vbaproject.bin"));
    if runs || !any(&|name| name == "[Content_Types].xml") {
        return None;
    }
    match (any(&|name| name.starts_with("word/")), any(&|name| name.starts_with("xl/"))) {
        (true, false) => Some(MediaType::Docx),
        (false, true) => Some(MediaType::Xlsx),
        _ => None,
    }
}

/// The names in an archive that begins with its first part and ends with its directory.
fn names(bytes: &[u8]) -> Option<Vec<&str>> {
    if !bytes.starts_with(FIRST) {
        return None;
    }
    let earliest = bytes.len().saturating_sub(22 + 65_535);
    let end = (earliest..=bytes.len().checked_sub(22)?).rev().find(|at| {
        let record = bytes.get(*at..).unwrap_or_default();
        record.starts_with(END) && short(record, 20).is_some_and(|comment| record.len() == 22 + comment)
    })?;
    let record = bytes.get(end..)?;
    let (count, mut at) = (short(record, 10)?, long(record, 16)?);
    let mut names = Vec::new();
    for _ in 0..count {
        let entry = bytes.get(at..end)?;
        if !entry.starts_with(ENTRY) {
            return None;
        }
        let (name, extra, comment) = (short(entry, 28)?, short(entry, 30)?, short(entry, 32)?);
        names.push(std::str::from_utf8(entry.get(46..46 + name)?).ok()?);
        at += 46 + name + extra + comment;
    }
    Some(names)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}
