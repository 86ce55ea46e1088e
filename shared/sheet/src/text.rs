//! CSV (RFC 4180), as spreadsheets read and write it.
//!
//! A spreadsheet takes a text that begins with `=` for a formula even where it came in quotes. Such a text is written
//! with an apostrophe before it, and so is one that begins with an apostrophe itself, so that reading can take exactly
//! one away again.

use crate::{Limits, Row, Unreadable, Unwritable, limits::Table};
use csv::{ErrorKind, QuoteStyle, ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use encoding_rs::GB18030;

const BOM: &str = "\u{feff}";

/// What makes a spreadsheet take a text for a formula; the wide forms are taken for the narrow ones by some.
fn is_marked(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠')
}

fn marked(text: &str) -> String {
    if text.starts_with(is_marked) { format!("'{text}") } else { text.to_owned() }
}

fn unmarked(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(is_marked)).unwrap_or(text)
}

fn decoded(bytes: &[u8]) -> Result<String, Unreadable> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.strip_prefix(BOM).unwrap_or(text).to_owned());
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned)
        .ok_or_else(|| Unreadable::because("文字编码应为 UTF-8 或 GB 18030", "the text is neither UTF-8 nor GB 18030"))
}

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, Unreadable> {
    let text = decoded(bytes)?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut table = Table::new(limits);
    let mut record = StringRecord::new();
    // A spreadsheet numbers rows, not lines: line breaks within texts do not count.
    let (mut counted, mut breaks, mut within) = (0, 0, 0);
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(table.rows()),
            Ok(true) => {}
            Err(error) => {
                let at = match error.kind() {
                    ErrorKind::UnequalLengths { pos: Some(pos), .. } | ErrorKind::Utf8 { pos: Some(pos), .. } => {
                        pos.line()
                    }
                    _ => 0,
                };
                return Err(Unreadable::because(
                    format!("不是有效的 CSV（第 {at} 行）"),
                    format!("not valid CSV at line {at}"),
                ));
            }
        }
        let begun = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(counted);
        let start =
            begun + text.get(begun..).map_or(0, |rest| rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        breaks += text.get(counted..start).map_or(0, |passed| passed.matches('\n').count());
        counted = start;
        let line = u32::try_from(1 + breaks.saturating_sub(within)).unwrap_or(u32::MAX);
        for (at, cell) in record.iter().enumerate() {
            within += cell.matches('\n').count();
            table.put(line, at, unmarked(cell).to_owned())?;
        }
    }
}

pub(crate) fn write<R, C>(rows: R) -> Result<Vec<u8>, Unwritable>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item: AsRef<str>>,
{
    let mut writer = WriterBuilder::new()
        .flexible(true)
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(BOM.as_bytes().to_vec());
    for row in rows {
        let cells: Vec<_> = row.into_iter().map(|cell| marked(cell.as_ref())).collect();
        writer.write_record(&cells).map_err(|error| Unwritable(error.into()))?;
    }
    writer.into_inner().map_err(|error| Unwritable(error.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        read(bytes, &Limits::LIST).unwrap().into_iter().map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn no_cell_is_written_as_a_formula() {
        let cells = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(1)", "\tx", "\rx", "＝1", "'=1", "a=1"];
        let file = String::from_utf8(write([cells]).unwrap()).unwrap();
        let mut written = ReaderBuilder::new().has_headers(false).from_reader(file.trim_start_matches(BOM).as_bytes());
        let record = written.records().next().unwrap().unwrap();
        assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝'])), "{record:?}");
        assert_eq!(rows(file.as_bytes()), [(1, cells.map(str::to_owned).to_vec())]);
    }

    #[test]
    fn an_apostrophe_that_protects_nothing_stays() {
        assert_eq!(rows(b"'tis,'=1,''=1"), [(1, vec!["'tis".to_owned(), "=1".to_owned(), "'=1".to_owned()])]);
    }

    #[test]
    fn what_a_chinese_excel_writes_is_read() {
        let (bytes, ..) = GB18030.encode("姓名,单位\r\n陈晓,𠮷野家\r\n");
        let expected =
            [(1, vec!["姓名".to_owned(), "单位".to_owned()]), (2, vec!["陈晓".to_owned(), "𠮷野家".to_owned()])];
        assert_eq!(rows(&bytes), expected);
        assert_eq!(rows("\u{feff}姓名,单位\n陈晓,𠮷野家".as_bytes()), expected);
        assert!(read(&[0xff, 0xfe, 0x00, 0xd8], &Limits::LIST).is_err());
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
        let found = rows(b"a,b\r\n\"x\ny\",1\r\n\r\nz,2\r\n,,\r\nlast\r\n");
        let lines: Vec<_> = found.iter().map(|(line, cells)| (*line, cells[0].as_str())).collect();
        assert_eq!(lines, [(1, "a"), (2, "x\ny"), (4, "z"), (6, "last")]);
    }
}
