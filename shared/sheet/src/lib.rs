//! Tables of text in files: what people keep lists in.
//!
//! [`read`] takes a file that a stranger made. What it may be is bounded before anything looks inside ([`Limits`]): a
//! workbook is a zip archive, whose directory is read and whose entries are inflated and counted here, because what an
//! archive says about itself need not be true. [`write()`] makes the same table again; no cell of it is a formula.
//!
//! Everything is in memory and pure: bytes in, bytes out.

mod archive;
mod limits;
mod text;
mod workbook;

pub use limits::Limits;

use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = FileFormat)]
pub enum Format {
    /// A workbook of Excel or WPS; its first sheet counts.
    Xlsx,
    /// Comma-separated values in UTF-8, or in GB 18030 as Chinese versions of Excel write them.
    Csv,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv",
        }
    }

    /// What file names end in, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }
}

/// A row of a table. Rows without any text are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which row of the sheet it is, as a spreadsheet numbers it, from 1.
    pub line: u32,
    /// The texts of its cells from column A on; columns behind the last one with text are left out.
    pub cells: Vec<String>,
}

/// Why a file is not read. The message is for whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en)]
pub struct Unreadable(pub Text);

impl Unreadable {
    pub(crate) fn because(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Text::of(zh.into(), en.into()))
    }
}

/// Why a table cannot be written: a text is longer than a cell can hold, or there are more rows than a sheet has.
#[derive(Debug, thiserror::Error)]
#[error("the table cannot be written")]
pub struct Unwritable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The rows of a file.
///
/// # Errors
/// [`Unreadable`] when it is no such file, or larger in any respect than `limits` let it be.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, Unreadable> {
    if bytes.len() > limits.file {
        return Err(limits::too_large(limits.file));
    }
    match format {
        Format::Xlsx => workbook::read(bytes, limits),
        Format::Csv => text::read(bytes, limits),
    }
}

/// A file with `rows`, of which the first is usually a header. Reading it gives the same texts again.
///
/// # Errors
/// [`Unwritable`] when a text or the table is larger than the format lets it be.
pub fn write<R, C>(format: Format, rows: R) -> Result<Vec<u8>, Unwritable>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item: AsRef<str>>,
{
    match format {
        Format::Xlsx => workbook::write(rows),
        Format::Csv => text::write(rows),
    }
}

/// The letters of a column as a spreadsheet names it: 0 is `A`, 26 is `AA`.
#[must_use]
pub fn column(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(index % 26).unwrap_or(0)));
        index /= 26;
        if index == 0 {
            return letters.into_iter().rev().collect();
        }
        index -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        let names: Vec<_> = [0, 25, 26, 51, 52, 701, 702, 16_383].into_iter().map(column).collect();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
    }
}
