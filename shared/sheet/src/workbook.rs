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
        table.put(row.saturating_add(1), column, shown(cell.get_value().clone()))?;
    }
    Ok(table.rows())
}

/// The text of a cell; days as `2026-11-24`, numbers without an exponent, errors as nothing.
fn shown(value: DataRef<'_>) -> String {
    match Data::from(value) {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::DateTime(at) => day(&at),
        Data::Error(_) | Data::Empty => String::new(),
    }
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
