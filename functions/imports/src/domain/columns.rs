//! Columns of a file: their headers, and where in it something is wrong.

use kernel::{ErrorCode, Refusal, Text};
use serde::{Deserialize, Serialize};
use sheet::Row;
use utoipa::ToSchema;

/// A column: its header, the field it is for, and whether every row needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// The header.
    pub(crate) name: &'static str,
    /// The field, as refusals point to it.
    pub(crate) pointer: &'static str,
    /// Whether a row without it is wrong.
    pub(crate) required: bool,
}

pub(super) const fn column(name: &'static str, pointer: &'static str, required: bool) -> Column {
    Column { name, pointer, required }
}

/// Something that is wrong with a file: which row and column, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RowProblem {
    /// The row, as a spreadsheet numbers it; 0 for the file as a whole.
    pub(crate) line: u32,
    /// The letters of the column; absent for the row as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) column: Option<String>,
    /// Its header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) header: Option<String>,
    /// A stable name, mostly an error code.
    pub(crate) code: String,
    /// What is wrong, in Chinese.
    pub(crate) zh: String,
    /// In English.
    pub(crate) en: String,
}

impl RowProblem {
    /// Something about the row `line` as a whole, or about the file.
    pub(crate) fn of_row(line: u32, code: &str, text: &Text) -> Self {
        Self {
            line,
            column: None,
            header: None,
            code: code.to_owned(),
            zh: text.zh.clone().into_owned(),
            en: text.en.clone().into_owned(),
        }
    }
}

/// What is told of a header that is not known.
fn quoted(name: &str) -> String {
    const MOST: usize = 20;
    let start: String = name.chars().take(MOST).collect();
    if start.len() < name.len() { format!("{start}…") } else { start }
}

/// The first row of a file: which column is where.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    columns: &'static [Column],
    /// For each of the columns, where it is.
    at: Vec<Option<usize>>,
}

impl Header {
    /// Digits from which on a text is no header but somebody's number or a day.
    const DIGITS: usize = 6;

    /// Reads the headers, in any order. A first row with a number in it is somebody's: nothing of it is quoted, for what is
    /// wrong with a file is kept.
    ///
    /// # Errors
    /// Every header that is unknown or comes twice, and every column that is missing and needed.
    pub(crate) fn read(columns: &'static [Column], row: &Row) -> Result<Self, Vec<RowProblem>> {
        let mut problems = Vec::new();
        let mut found = vec![None; columns.len()];
        let is_data = row.cells.iter().any(|cell| cell.chars().filter(|c| c.is_numeric()).count() >= Self::DIGITS);
        for (at, cell) in row.cells.iter().enumerate() {
            let name = cell.trim();
            if name.is_empty() {
                continue;
            }
            let shown = (!is_data).then(|| quoted(name));
            let wrong = |zh: String, en: String| RowProblem {
                column: Some(sheet::column(at)),
                header: shown.clone(),
                ..RowProblem::of_row(row.line, "unknown-column", &Text::of(zh, en))
            };
            match columns.iter().position(|column| column.name == name).and_then(|place| found.get_mut(place)) {
                None => problems.push(match &shown {
                    Some(name) => wrong(format!("没有“{name}”这一列"), format!("there is no such column as {name}")),
                    None => wrong("第一行应为表头".to_owned(), "the first row has to be the headers".to_owned()),
                }),
                Some(Some(_)) => problems.push(wrong(format!("“{name}”出现了两次"), format!("{name} comes twice"))),
                Some(place) => *place = Some(at),
            }
        }
        for (column, place) in columns.iter().zip(&found) {
            if column.required && place.is_none() {
                let name = column.name;
                let text = Text::of(format!("缺少“{name}”这一列"), format!("the column {name} is missing"));
                problems.push(RowProblem {
                    header: Some(name.to_owned()),
                    ..RowProblem::of_row(row.line, "missing-column", &text)
                });
            }
        }
        if problems.is_empty() { Ok(Self { columns, at: found }) } else { Err(problems) }
    }

    /// The text of a row in the column that is for the field `pointer`; empty where there is none.
    pub(crate) fn text<'r>(&self, row: &'r Row, pointer: &str) -> &'r str {
        let at = self.place(pointer).and_then(|(_, at)| at);
        at.and_then(|at| row.cells.get(at)).map_or("", |text| text.trim())
    }

    fn place(&self, pointer: &str) -> Option<(&'static Column, Option<usize>)> {
        self.columns
            .iter()
            .zip(&self.at)
            .find(|(column, _)| column.pointer == pointer)
            .map(|(column, at)| (column, *at))
    }

    /// Something that is wrong in the column for the field `pointer`.
    pub(crate) fn problem(&self, line: u32, pointer: &str, code: &str, text: &Text) -> RowProblem {
        let place = self.place(pointer);
        RowProblem {
            column: place.and_then(|(_, at)| at).map(sheet::column),
            header: place.map(|(column, _)| column.name.to_owned()),
            ..RowProblem::of_row(line, code, text)
        }
    }

    /// What a rule refuses a row with.
    pub(crate) fn refused(&self, line: u32, refusal: &Refusal) -> RowProblem {
        if let Some(wrong) = refusal.fields.first() {
            return self.problem(line, &wrong.pointer, refusal.code.slug(), &wrong.text);
        }
        let pointer = match refusal.code {
            ErrorCode::IdCardTaken => "/idCard",
            ErrorCode::PhoneTaken => "/phone",
            ErrorCode::NameTaken => "/name",
            ErrorCode::WrongParent | ErrorCode::TooDeep => "/parent",
            ErrorCode::BranchTooSmall => "/fullMembers",
            ErrorCode::ProjectTooShort => "/projectUntil",
            _ => "/organization",
        };
        let text = refusal.detail.clone().unwrap_or_else(|| refusal.code.title());
        self.problem(line, pointer, refusal.code.slug(), &text)
    }

    /// What the column for `pointer` holds in a row, as `parse` reads it; `None` for an empty cell, or when something is
    /// wrong, which is then among `problems`.
    pub(crate) fn take<T>(
        &self,
        row: &Row,
        pointer: &str,
        problems: &mut Vec<RowProblem>,
        parse: impl FnOnce(&str) -> Result<T, Text>,
    ) -> Option<T> {
        let text = self.text(row, pointer);
        let code = ErrorCode::InvalidField.slug();
        if text.is_empty() {
            if self.place(pointer).is_some_and(|(column, _)| column.required) {
                problems.push(self.problem(row.line, pointer, code, &Text::of("不能为空", "must not be empty")));
            }
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                problems.push(self.problem(row.line, pointer, code, &wrong));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organizations::COLUMNS;

    /// The first row of a file with these columns, in their order.
    fn first(columns: &[Column]) -> Row {
        Row { line: 1, cells: columns.iter().map(|column| column.name.to_owned()).collect() }
    }

    #[test]
    fn a_row_that_is_refused_names_the_column_that_it_is_about() {
        let header = Header::read(COLUMNS, &first(COLUMNS)).unwrap();
        for (code, place) in [
            (ErrorCode::NameTaken, Some(("B", "名称"))),
            (ErrorCode::WrongParent, Some(("A", "上级组织"))),
            (ErrorCode::TooDeep, Some(("A", "上级组织"))),
            (ErrorCode::BranchTooSmall, Some(("J", "正式党员人数"))),
            (ErrorCode::ProjectTooShort, Some(("H", "项目截止日期"))),
            (ErrorCode::OrganizationClosed, None),
        ] {
            let problem = header.refused(7, &Refusal::new(code));
            let named = problem.column.as_deref().zip(problem.header.as_deref());
            assert_eq!((problem.line, named, problem.code.as_str()), (7, place, code.slug()));
        }
    }

    #[test]
    fn a_column_that_is_missing_is_named() {
        let without = first(&COLUMNS[1..]);
        let problems = Header::read(COLUMNS, &without).unwrap_err();
        let [missing] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((missing.code.as_str(), missing.header.as_deref()), ("missing-column", Some("上级组织")));
        assert_eq!((missing.line, missing.column.as_deref()), (1, None));
    }
}
