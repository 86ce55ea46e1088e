//! Whether a zip archive is what a workbook may be, before anybody unpacks it.
//!
//! The directory is read here, strictly: one archive, nothing before or behind it, no encryption, no zip64 (a workbook of
//! the size that is taken needs none), so that whoever reads it next finds the same entries. Then every entry is inflated
//! and counted without being kept. That is twice the work for a good file and the only honest way with a bad one.

use crate::{Limits, Unreadable};
use flate2::read::DeflateDecoder;
use std::io::Read;

const END: u32 = 0x0605_4b50;
const LOCATOR: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
/// Bytes of the record at the end, without a comment.
const END_LENGTH: usize = 22;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

fn broken() -> Unreadable {
    Unreadable::because("不是有效的 XLSX 文件", "not a valid XLSX file")
}

fn bomb() -> Unreadable {
    Unreadable::because("文件解压后过大，请检查来源", "the file is too large when unpacked")
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Unreadable> {
    let part = bytes.get(at..at.saturating_add(2)).and_then(|part| part.try_into().ok()).ok_or_else(broken)?;
    Ok(u16::from_le_bytes(part))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Unreadable> {
    let part = bytes.get(at..at.saturating_add(4)).and_then(|part| part.try_into().ok()).ok_or_else(broken)?;
    Ok(u32::from_le_bytes(part))
}

fn usize_at(bytes: &[u8], at: usize) -> Result<usize, Unreadable> {
    usize::try_from(u32_at(bytes, at)?).map_err(|_| broken())
}

/// An entry as the directory tells of it.
struct Entry {
    method: u16,
    packed: usize,
    inflated: u64,
    local: usize,
}

/// The entries of the directory.
fn directory(bytes: &[u8], limits: &Limits) -> Result<Vec<Entry>, Unreadable> {
    let end = bytes.len().checked_sub(END_LENGTH).ok_or_else(broken)?;
    let zip64 = end.checked_sub(20).is_some_and(|at| u32_at(bytes, at) == Ok(LOCATOR));
    if u32_at(bytes, end)? != END || u16_at(bytes, end + 20)? != 0 || zip64 {
        return Err(broken());
    }
    let (here, count) = (u16_at(bytes, end + 8)?, usize::from(u16_at(bytes, end + 10)?));
    let (length, start) = (usize_at(bytes, end + 12)?, usize_at(bytes, end + 16)?);
    if u32_at(bytes, end + 4)? != 0 || usize::from(here) != count || start.checked_add(length) != Some(end) {
        return Err(broken());
    }
    if count > limits.entries {
        return Err(bomb());
    }
    let mut entries = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        let encrypted = u16_at(bytes, at + 8)? & 1 != 0;
        if u32_at(bytes, at)? != CENTRAL || encrypted {
            return Err(broken());
        }
        entries.push(Entry {
            method: u16_at(bytes, at + 10)?,
            packed: usize_at(bytes, at + 20)?,
            inflated: u64::from(u32_at(bytes, at + 24)?),
            local: usize_at(bytes, at + 42)?,
        });
        let [name, extra, comment] = [28, 30, 32].map(|part| u16_at(bytes, at + part).map(usize::from));
        at += 46 + name? + extra? + comment?;
    }
    if at == end { Ok(entries) } else { Err(broken()) }
}

/// Refuses an archive that is not plain, or larger than `limits` let it be, whatever it says of itself.
///
/// # Errors
/// [`Unreadable`] as soon as the first limit is passed; no more is inflated then.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Unreadable> {
    let entries = directory(bytes, limits)?;
    let declared = entries.iter().map(|entry| entry.inflated);
    if declared.clone().any(|size| size > limits.entry) || declared.sum::<u64>() > limits.total {
        return Err(bomb());
    }
    let (mut total, mut tags) = (0, 0);
    for entry in &entries {
        let at = entry.local;
        if u32_at(bytes, at)? != LOCAL {
            return Err(broken());
        }
        let start = at + 30 + usize::from(u16_at(bytes, at + 26)?) + usize::from(u16_at(bytes, at + 28)?);
        let packed = start.checked_add(entry.packed).and_then(|end| bytes.get(start..end)).ok_or_else(broken)?;
        let most = limits.entry.min(limits.total - total).min(entry.inflated);
        let most = most.min(limits.ratio.saturating_mul(packed.len() as u64).max(Limits::SMALL));
        let mut count = Count { most, bytes: 0, tags: limits.tags - tags, since: 0, longest: limits.text * 4 };
        match entry.method {
            STORED => count.take(packed)?,
            DEFLATED => inflate(packed, &mut count)?,
            _ => return Err(broken()),
        }
        total += count.bytes;
        tags = limits.tags - count.tags;
    }
    Ok(())
}

fn inflate(packed: &[u8], count: &mut Count) -> Result<(), Unreadable> {
    let mut inflated = DeflateDecoder::new(packed);
    let mut buffer = [0; 16 * 1024];
    loop {
        match inflated.read(&mut buffer).map_err(|_| broken())? {
            0 => return Ok(()),
            n => count.take(buffer.get(..n).unwrap_or_default())?,
        }
    }
}

/// What of an entry has been seen.
struct Count {
    /// Bytes that it may have.
    most: u64,
    bytes: u64,
    /// Tags that may still come.
    tags: u64,
    /// Bytes since the last tag began.
    since: usize,
    /// Bytes that may lie between the beginnings of two tags: a text or an attribute.
    longest: usize,
}

impl Count {
    fn take(&mut self, some: &[u8]) -> Result<(), Unreadable> {
        self.bytes += some.len() as u64;
        if self.bytes > self.most {
            return Err(bomb());
        }
        let mut parts = some.split(|byte| *byte == b'<');
        self.run(parts.next().unwrap_or_default().len())?;
        for part in parts {
            self.tags = self.tags.checked_sub(1).ok_or_else(bomb)?;
            self.since = 0;
            self.run(part.len())?;
        }
        Ok(())
    }

    fn run(&mut self, bytes: usize) -> Result<(), Unreadable> {
        self.since += bytes;
        // In a picture the byte of `<` comes by chance, and often enough.
        if self.since > self.longest { Err(bomb()) } else { Ok(()) }
    }
}
