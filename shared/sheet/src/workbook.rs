//! XLSX: the first sheet, cell by cell.
//!
//! Never the whole range at once: two cells in opposite corners of a sheet make a range of gigabytes out of a file of a
//! kilobyte. The archive is checked first, because texts are unpacked whole.

use crate::{Limits, Row, Unreadable, Unwritable, archive, limits::Table};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};
use std::io::Cursor;

fn broken() -> Unreadable {
    Unreadable::because("不是有效的 XLSX 文件", "not a valid XLSX file")
}

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, Unreadable> {
    archive::check(bytes, limits)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let Some(name) = book.sheet_names().into_iter().next() else { return Ok(Vec::new()) };
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| broken())?;
    let mut table = Table::new(limits);
    while let Some(cell) = cells.next_cell().map_err(|_| broken())? {
        let (row, column) = cell.get_position();
        let column = usize::try_from(column).map_err(|_| broken())?;
        let line = row.saturating_add(1);
        let text = shown(cell.get_value().clone()).ok_or_else(|| inexact(line, column))?;
        table.put(line, column, text)?;
    }
    Ok(table.rows())
}

/// A spreadsheet keeps fifteen digits of a number; the rest of an identity card's eighteen it makes zeros.
const EXACT: f64 = 1e15;

fn inexact(line: u32, column: usize) -> Unreadable {
    let at = format!("{}{line}", crate::column(column));
    Unreadable::because(
        format!("单元格 {at} 的数字超过 15 位，末几位已丢失；请将该列单元格设为文本格式后重新填写"),
        format!(
            "the number in cell {at} has more than 15 digits, of which the last are lost; format the column as text and enter it again"
        ),
    )
}

/// The text of a cell; days as `2026-11-24`, numbers without an exponent, errors as nothing. `None` for a number that a
/// spreadsheet does not keep in full.
fn shown(value: DataRef<'_>) -> Option<String> {
    Some(match Data::from(value) {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(number) if number.unsigned_abs() >= 1_000_000_000_000_000 => return None,
        Data::Int(number) => number.to_string(),
        Data::Float(number) if number.abs() >= EXACT => return None,
        Data::Float(number) => number.to_string(),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::DateTime(at) => day(&at),
        Data::Error(_) | Data::Empty => String::new(),
    })
}

fn day(at: &ExcelDateTime) -> String {
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

pub(crate) fn write<R, C>(rows: R) -> Result<Vec<u8>, Unwritable>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item: AsRef<str>>,
{
    let fail = |error: rust_xlsxwriter::XlsxError| Unwritable(Box::new(error));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    // As text, so that a spreadsheet does not make numbers of eighteen digits out of identity cards.
    let as_text = Format::new().set_num_format("@");
    for (at, row) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(row) {
            if !cell.as_ref().is_empty() {
                sheet.write_string_with_format(at, column, cell.as_ref(), &as_text).map_err(fail)?;
            }
        }
    }
    book.save_to_buffer().map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_which_the_last_digits_are_lost_is_refused() {
        let file = |number: f64| {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            sheet.write_string(0, 0, "身份证号").unwrap();
            sheet.write_number(1, 2, number).unwrap();
            book.save_to_buffer().unwrap()
        };
        let refused = read(&file(110_101_199_003_071_000.0), &Limits::LIST).unwrap_err();
        assert!(refused.0.zh.contains("C2") && refused.0.zh.contains("文本格式"), "{refused:?}");
        // A number of fifteen digits and a phone number are whole.
        for (number, text) in [(999_999_999_999_999.0, "999999999999999"), (13_800_000_000.0, "13800000000")] {
            assert_eq!(read(&file(number), &Limits::LIST).unwrap()[1].cells[2], text);
        }
    }
}
