//! What an appraisal of a branch can rest on: each rule of its portrait with the records that its points come from. It names records
//! and no persons.

use super::{RuleView, WhyView, five};
use crate::domain::Appeal;
use jiff::civil::Date;
use kernel::{AppealId, OrgId, shanghai_day};
use register::StarAward;
use scoring::{Dimension, Line, RuleStanding, Sheet, State, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// A record, and what it gave. All of a rule together are its points.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidenceRecord {
    /// Absent for what a rule begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// The day of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// Whether the record was written down late; it counts as much.
    late: bool,
    why: WhyView,
    points: i32,
}

impl From<&Line<'static>> for EvidenceRecord {
    fn from(line: &Line<'static>) -> Self {
        let record = line.record.map(|record| record.to_string());
        Self { record, on: line.on, late: line.late, why: line.why.into(), points: line.points }
    }
}

/// A rule with the records that it looked at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidenceRule {
    rule: RuleView,
    /// What it gave.
    points: u32,
    /// What it can give.
    whole: u32,
    /// How much is recorded: records, minutes of study, months of dues.
    done: u64,
    /// How much is asked of the whole year.
    asked: u64,
    /// By day.
    records: Vec<EvidenceRecord>,
}

impl EvidenceRule {
    fn of(standing: &RuleStanding<'static>, lines: &[Line<'static>]) -> Self {
        let RuleStanding { rule, done, asked, points, .. } = *standing;
        let records = lines.iter().filter(|line| line.rule.id == rule.id).map(EvidenceRecord::from).collect();
        Self { rule: rule.into(), points, whole: rule.whole, done, asked, records }
    }
}

/// A dimension with its rules, whose points are its points.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidenceDimension {
    #[schema(value_type = String)]
    dimension: Dimension,
    name: &'static str,
    /// Of 10000.
    points: u32,
    /// Those of the sheet, also where nothing is recorded of them.
    rules: Vec<EvidenceRule>,
}

/// An appeal that nobody decided yet: numbers of a member, and with them the branch's, may still change. Whoever decides it
/// reads by its id what it is about: already the rule would tell a branch of few who appeals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenAppeal {
    id: AppealId,
    #[schema(value_type = String, format = Date)]
    filed_on: Date,
    /// Until when it is to be decided.
    #[schema(value_type = String, format = Date)]
    due_on: Date,
}

impl From<&Appeal> for OpenAppeal {
    fn from(appeal: &Appeal) -> Self {
        Self { id: appeal.id, filed_on: shanghai_day(appeal.filed_at), due_on: appeal.due_on }
    }
}

/// The evidence pack of a branch's year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidencePack {
    branch: OrgId,
    year: i16,
    /// Data as of: the last day that is in the points. What was recorded later is in the next night's.
    #[schema(value_type = String, format = Date)]
    as_of: Date,
    /// The version of the rule sheet.
    sheet: &'static str,
    dimensions: Vec<EvidenceDimension>,
    /// The star that the branch was awarded in the review of the year; absent until it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    star: Option<StarAward>,
    /// Appeals of the year by members of the branch that nobody decided yet, the latest first.
    open_appeals: Vec<OpenAppeal>,
}

impl EvidencePack {
    /// What `state` comes to for its branch, with what people decided beside it. Nothing of it depends on when it is asked for.
    pub(crate) fn of(
        (state, sheet): (&State, &'static Sheet),
        as_of: Date,
        star: Option<StarAward>,
        appeals: &[Appeal],
    ) -> Self {
        let standings = state.standings(sheet, Subject::Branch);
        let lines = state.lines(sheet, Subject::Branch);
        let points = five(&standings, Dimension::OF_BRANCH);
        let dimension = |(dimension, points): (Dimension, u16)| {
            let rules = standings.iter().filter(|standing| standing.rule.dimension == dimension);
            let rules = rules.map(|standing| EvidenceRule::of(standing, &lines)).collect();
            EvidenceDimension { dimension, name: dimension.zh(), points: points.into(), rules }
        };
        Self {
            branch: state.branch(),
            year: state.year(),
            as_of,
            sheet: &sheet.version,
            dimensions: Dimension::OF_BRANCH.into_iter().zip(points).map(dimension).collect(),
            star,
            open_appeals: appeals.iter().map(OpenAppeal::from).collect(),
        }
    }

    /// The same numbers as rows of texts: a header, and a row for each dimension, rule, record, for the star and each appeal. What a
    /// row has nothing of is empty.
    pub(crate) fn table(&self) -> Vec<Vec<String>> {
        let mut cells = Vec::new();
        for of in &self.dimensions {
            of.write(&mut cells);
        }
        cells.extend(self.star.as_ref().map(|star| Cells {
            what: "星级",
            name: format!("{}星", star.star),
            record: star.application.to_string(),
            on: Some(star.awarded_on),
            points: Some(star.score.into()),
            ..Cells::default()
        }));
        cells.extend(self.open_appeals.iter().map(|appeal| Cells {
            what: "未决申诉",
            record: appeal.id.to_string(),
            on: Some(appeal.filed_on),
            note: format!("{}前决定", appeal.due_on),
            ..Cells::default()
        }));
        let header = Vec::from(HEADER.map(str::to_owned));
        [header].into_iter().chain(cells.into_iter().map(|cells| cells.row(self.as_of))).collect()
    }
}

const HEADER: [&str; 13] =
    ["类别", "维度", "规则", "版本", "名称", "记录", "日期", "得分", "满分", "已完成", "应完成", "情况", "数据截至"];

/// A row before it is text. Points are in hundredths.
#[derive(Debug, Default)]
struct Cells {
    what: &'static str,
    dimension: &'static str,
    rule: String,
    version: Option<u32>,
    name: String,
    record: String,
    on: Option<Date>,
    points: Option<i64>,
    whole: Option<u32>,
    done: Option<u64>,
    asked: Option<u64>,
    note: String,
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Cells {
    fn row(self, as_of: Date) -> Vec<String> {
        vec![
            self.what.to_owned(),
            self.dimension.to_owned(),
            self.rule,
            text(self.version),
            self.name,
            self.record,
            text(self.on),
            text(self.points),
            text(self.whole),
            text(self.done),
            text(self.asked),
            self.note,
            as_of.to_string(),
        ]
    }
}

impl EvidenceDimension {
    fn write(&self, rows: &mut Vec<Cells>) {
        let dimension = self.dimension.slug();
        let (name, points) = (self.name.to_owned(), Some(self.points.into()));
        rows.push(Cells { what: "维度", dimension, name, points, whole: Some(10_000), ..Cells::default() });
        for rule in &self.rules {
            let of = |what| Cells {
                what,
                dimension,
                rule: rule.rule.id.to_owned(),
                version: Some(rule.rule.version),
                name: rule.rule.name.to_owned(),
                ..Cells::default()
            };
            rows.push(Cells {
                points: Some(rule.points.into()),
                whole: Some(rule.whole),
                done: Some(rule.done),
                asked: Some(rule.asked),
                note: rule.rule.article.to_owned(),
                ..of("规则")
            });
            rows.extend(rule.records.iter().map(|line| Cells {
                record: line.record.clone().unwrap_or_default(),
                on: line.on,
                points: Some(line.points.into()),
                note: format!("{}{}", line.why.zh(), if line.late { "（补录）" } else { "" }),
                ..of("记录")
            }));
        }
    }
}
