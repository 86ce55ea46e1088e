//! Questions in a spreadsheet.

use super::{
    Key, Question, QuestionKind, SET, field,
    question::{Letter, OPTIONS},
};
use kernel::{ErrorCode, FieldError, Line, Refusal, Text};
use sheet::Row;
use std::collections::BTreeSet;

/// The headers, in the order in which the template has them.
pub(crate) const COLUMNS: [&str; 4 + OPTIONS] =
    ["题型", "题目", "选项A", "选项B", "选项C", "选项D", "选项E", "选项F", "选项G", "选项H", "答案", "解析"];
/// Where each of them is.
const KIND: usize = 0;
const TEXT: usize = 1;
const FIRST: usize = 2;
const KEY: usize = FIRST + OPTIONS;
const NOTE: usize = KEY + 1;
/// Mistakes that are told at once.
const TOLD: usize = 50;

/// What is wrong with a cell: its place, and why.
struct Wrong(u32, usize, Text);

impl Wrong {
    fn new(line: u32, column: usize, zh: &'static str, en: &'static str) -> Self {
        Self(line, column, Text::of(zh, en))
    }

    /// As a field of the file: `/file/3/B`.
    fn told(self) -> FieldError {
        let Self(line, column, Text { zh, en }) = self;
        let (letters, header) = (sheet::column(column), COLUMNS.get(column).copied().unwrap_or_default());
        let text = Text::of(
            format!("第 {line} 行 {letters} 列（{header}）：{zh}"),
            format!("row {line}, column {letters} ({header}): {en}"),
        );
        FieldError { pointer: format!("/file/{line}/{letters}"), text }
    }
}

/// The questions of a sheet, whose first row is [`COLUMNS`].
///
/// # Errors
/// [`ErrorCode::InvalidField`] with every cell that is wrong, the first fifty at most.
pub(crate) fn questions(rows: &[Row]) -> Result<Vec<Question>, Refusal> {
    let Some((header, rows)) = rows.split_first() else { return Err(field("/file", "文件是空的", "is empty")) };
    let found: Vec<_> = header.cells.iter().map(|cell| cell.trim()).collect();
    if found != COLUMNS {
        let zh = format!("第一行应为表头：{}", COLUMNS.join("、"));
        return Err(field("/file", zh, "the first row has to be the headers of the template"));
    }
    if rows.is_empty() || rows.len() > SET {
        return Err(field("/file", format!("应有 1 至 {SET} 题"), format!("must have 1 to {SET} questions")));
    }
    let (mut questions, mut wrong) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match question(row) {
            Ok(question) => questions.push(question),
            Err(mistake) => wrong.push(mistake.told()),
        }
    }
    if wrong.is_empty() {
        return Ok(questions);
    }
    wrong.truncate(TOLD);
    Err(Refusal { fields: wrong, ..Refusal::new(ErrorCode::InvalidField) })
}

fn cell(row: &Row, column: usize) -> &str {
    row.cells.get(column).map_or("", |text| text.trim())
}

fn line<const MAX: usize>(row: &Row, column: usize) -> Result<Line<MAX>, Wrong> {
    Line::try_from(cell(row, column)).map_err(|error| Wrong(row.line, column, Text::from_display(&error)))
}

fn question(row: &Row) -> Result<Question, Wrong> {
    let at = row.line;
    let kind = cell(row, KIND).trim_end_matches('题');
    let kind = QuestionKind::ALL.into_iter().find(|known| known.zh() == kind);
    let kind = kind.ok_or_else(|| Wrong::new(at, KIND, "应为单选、多选、判断或填空", "is no kind of question"))?;
    let filled = (FIRST..KEY).rev().find(|column| !cell(row, *column).is_empty()).map_or(FIRST, |last| last + 1);
    let options = (FIRST..filled).map(|column| line(row, column)).collect::<Result<_, _>>()?;
    let note = if cell(row, NOTE).is_empty() { None } else { Some(line(row, NOTE)?) };
    let question = Question { text: line(row, TEXT)?, options, key: key(row, kind)?, note };
    question.check().map_err(|refusal| {
        let first = refusal.fields.into_iter().next();
        let column = if first.as_ref().is_some_and(|field| field.pointer == "/options") { FIRST } else { KEY };
        Wrong(at, column, first.map_or_else(|| ErrorCode::InvalidField.title(), |field| field.text))
    })?;
    Ok(question)
}

/// `B`; `ACD` or `A、C、D`; `对` or `错`; blanks apart by `；`, what is right for one of them by `|`.
fn key(row: &Row, kind: QuestionKind) -> Result<Key, Wrong> {
    let text = cell(row, KEY);
    let wrong = |zh, en| Wrong::new(row.line, KEY, zh, en);
    match kind {
        QuestionKind::Single | QuestionKind::Multiple => {
            let letters = text.chars().filter(|c| !c.is_whitespace() && !",，、".contains(*c)).map(Letter::read);
            let letters: Option<Vec<_>> = letters.collect();
            let letters = letters.ok_or_else(|| wrong("应为选项字母", "must be letters of options"))?;
            match (kind, letters.as_slice()) {
                (QuestionKind::Single, [letter]) => Ok(Key::Choice(*letter)),
                (QuestionKind::Single, _) => Err(wrong("单选题有一个答案", "must be one letter")),
                _ => Ok(Key::Choices(letters.into_iter().collect::<BTreeSet<_>>())),
            }
        }
        QuestionKind::TrueFalse => match text {
            "对" | "正确" | "√" | "是" => Ok(Key::Truth(true)),
            "错" | "错误" | "×" | "否" => Ok(Key::Truth(false)),
            _ => Err(wrong("应为对或错", "must be 对 or 错")),
        },
        QuestionKind::FillIn => {
            let blanks = text.split([';', '；']).map(|blank| {
                let texts = blank.split(['|', '｜']).map(|text| Line::try_from(text.trim()));
                texts.collect::<Result<Vec<Line<60>>, _>>()
            });
            let blanks: Result<Vec<_>, _> = blanks.collect();
            blanks.map(Key::Blanks).map_err(|error| Wrong(row.line, KEY, Text::from_display(&error)))
        }
    }
}
