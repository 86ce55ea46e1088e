//! How large a file may be, in every respect that costs memory or time.

use crate::{Row, Unreadable};

/// Bounds of a file that is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the file.
    pub file: usize,
    /// Entries of a workbook's archive.
    pub entries: usize,
    /// Bytes of one entry, inflated.
    pub entry: u64,
    /// Bytes of all entries, inflated.
    pub total: u64,
    /// How many times larger an entry may be inflated, if it is larger than [`Limits::SMALL`].
    pub ratio: u64,
    /// XML tags in all entries together.
    pub tags: u64,
    /// Rows that have a text.
    pub rows: usize,
    /// Which row may be the last one.
    pub last: u32,
    /// Columns.
    pub columns: usize,
    /// Cells that have a text.
    pub cells: usize,
    /// Bytes of one text.
    pub text: usize,
}

impl Limits {
    /// Inflated bytes up to which an entry may be of any ratio: short XML packs well.
    pub const SMALL: u64 = 128 * 1024;

    /// For a list of ten thousand rows with their header.
    pub const LIST: Self = Self {
        file: 8 << 20,
        entries: 200,
        entry: 32 << 20,
        total: 64 << 20,
        ratio: 100,
        tags: 3_000_000,
        rows: 10_001,
        last: 20_000,
        columns: 40,
        cells: 200_000,
        text: 8 * 1024,
    };
}

/// Collects rows within the limits.
pub(crate) struct Table<'a> {
    limits: &'a Limits,
    cells: usize,
    rows: Vec<Row>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, cells: 0, rows: Vec::new() }
    }

    /// Puts a text into the cell of row `line` (from 1) and column `at` (from 0). Rows and columns come in their order, as
    /// they do in a file; whatever does not is refused.
    pub(crate) fn put(&mut self, line: u32, at: usize, text: String) -> Result<(), Unreadable> {
        if text.is_empty() {
            return Ok(());
        }
        let limits = self.limits;
        if text.len() > limits.text {
            return Err(Unreadable::because(
                format!("第 {line} 行有单元格内容过长"),
                format!("a cell of row {line} is too long"),
            ));
        }
        if line > limits.last {
            return Err(Unreadable::because(
                format!("第 {} 行以下不应有内容", limits.last),
                format!("there must be nothing below row {}", limits.last),
            ));
        }
        if at >= limits.columns {
            return Err(Unreadable::because(
                format!("第 {line} 行超过 {} 列", limits.columns),
                format!("row {line} has more than {} columns", limits.columns),
            ));
        }
        self.cells += 1;
        if self.cells > limits.cells {
            return Err(Unreadable::because("单元格过多，请分成几个文件", "there are too many cells; split the file"));
        }
        let last = self.rows.last().map_or(0, |row| row.line);
        if line > last {
            if self.rows.len() == limits.rows {
                let most = limits.rows.saturating_sub(1);
                return Err(Unreadable::because(
                    format!("一个文件最多 {most} 行，请分成几个文件"),
                    format!("a file has at most {most} rows; split it"),
                ));
            }
            self.rows.push(Row { line, cells: Vec::new() });
        }
        let out_of_order = || {
            let zh = format!("第 {line} 行的单元格次序错乱");
            Unreadable::because(zh, format!("the cells of row {line} are out of order"))
        };
        let row = self.rows.last_mut().filter(|row| row.line == line).ok_or_else(out_of_order)?;
        if at < row.cells.len() {
            return Err(out_of_order());
        }
        row.cells.resize(at, String::new());
        row.cells.push(text);
        Ok(())
    }

    pub(crate) fn rows(self) -> Vec<Row> {
        self.rows
    }
}

pub(crate) fn too_large(most: usize) -> Unreadable {
    let megabytes = most >> 20;
    Unreadable::because(format!("文件不能超过 {megabytes} MB"), format!("the file is larger than {megabytes} MB"))
}
