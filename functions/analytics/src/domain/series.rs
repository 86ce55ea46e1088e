//! A table of numbers by groups: what a chart shows, and what a file of it holds.

use jiff::civil::Date;
use kernel::OrgId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AnalyticsCube)]
pub(crate) enum Cube {
    /// Organisations.
    Organizations,
    /// Members on the rolls on the first of the month.
    Members,
    /// Branches that held what they owe.
    OrgLife,
    /// Study.
    Study,
    /// Dues.
    Dues,
}

/// By what it is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AnalyticsBreakdown)]
pub(crate) enum By {
    /// Organisations by their level.
    Kind,
    /// Branches by what they are branches of.
    Type,
    /// Branches and members by the organisation directly below.
    Area,
    /// Members by age, in completed years.
    Age,
    /// Members by sex.
    Sex,
    /// Members by education.
    Education,
    /// Members by length of membership, in completed years.
    Tenure,
    /// Members by where they stand.
    Status,
    /// Org life by period and kind.
    Period,
    /// Study and dues by the month in which they were recorded.
    Month,
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SeriesSubject)]
pub(crate) struct Subject {
    /// What is counted.
    pub(crate) cube: Cube,
    /// By what.
    pub(crate) by: By,
    /// The organisation; those below it are counted with it.
    pub(crate) organization: OrgId,
    /// A heading for it.
    pub(crate) title: &'static str,
    /// The month or the year: `2026-11`, `2026`.
    pub(crate) period: String,
    /// Everything up to the end of this day is in it.
    #[schema(value_type = String, format = Date)]
    pub(crate) as_of: Date,
    /// Nothing is known of what was recorded before this day of the year; absent where the whole of it is counted.
    #[schema(value_type = Option<String>, format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Date>,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SeriesColumn)]
pub(crate) struct Column {
    pub(crate) key: &'static str,
    /// Its Chinese name.
    pub(crate) name: &'static str,
    /// What one of it is: `persons`, `fen`, `minutes`; a share is in hundredths of a per cent (`basis-points`).
    pub(crate) unit: &'static str,
}

/// A group with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SeriesGroup)]
pub(crate) struct Group {
    pub(crate) key: String,
    /// Its Chinese name.
    pub(crate) name: String,
    /// A number for each column; `null` where there is none to tell: it is hidden, or a share of nothing.
    pub(crate) values: Vec<Option<u64>>,
    /// Whether numbers are hidden because so few persons would be known by them.
    pub(crate) hidden: bool,
}

/// Numbers by groups. What adds adds up to the total, hidden numbers included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AnalyticsSeries)]
pub(crate) struct Series {
    #[serde(flatten)]
    pub(crate) of: Subject,
    pub(crate) columns: Vec<Column>,
    pub(crate) groups: Vec<Group>,
    /// A number for each column.
    pub(crate) total: Vec<Option<u64>>,
}

/// A group before shares and hiding: key, name, numbers.
pub(crate) type Counted = (String, String, Vec<u64>);

/// How much of one column another one is: places of the part and of the whole.
pub(crate) type Share = (usize, usize);

const SHARE: Column = Column { key: "share", name: "占比", unit: "basis-points" };

fn with_share(numbers: &[u64], share: Option<Share>) -> Vec<Option<u64>> {
    let told = numbers.iter().map(|number| Some(*number));
    let part = share.map(|(part, whole)| {
        let (part, whole) = (numbers.get(part)?, numbers.get(whole)?);
        part.saturating_mul(10_000).checked_div(*whole)
    });
    told.chain(part).collect()
}

impl Series {
    /// The series of `groups`, whose numbers stand in the order of `columns`; behind them, where it is asked for, a share.
    pub(crate) fn new(of: Subject, columns: &[Column], groups: Vec<Counted>, share: Option<Share>) -> Self {
        let mut total = vec![0_u64; columns.len()];
        for (_, _, numbers) in &groups {
            for (sum, number) in total.iter_mut().zip(numbers) {
                *sum = sum.saturating_add(*number);
            }
        }
        let group = |(key, name, numbers): Counted| {
            let values = with_share(&numbers, share);
            Group { key, name, values, hidden: false }
        };
        Self {
            of,
            columns: columns.iter().copied().chain(share.map(|_| SHARE)).collect(),
            groups: groups.into_iter().map(group).collect(),
            total: with_share(&total, share),
        }
    }

    /// The same without the numbers of the column at `place` in the groups that `hidden` says. Of a single group the total would tell.
    pub(crate) fn hiding(mut self, place: usize, hidden: &[bool]) -> Self {
        if let ([true], Some(total)) = (hidden, self.total.get_mut(place)) {
            *total = None;
        }
        for (group, _) in self.groups.iter_mut().zip(hidden).filter(|(_, hidden)| **hidden) {
            if let Some(value) = group.values.get_mut(place) {
                *value = None;
                group.hidden = true;
            }
        }
        self
    }

    /// The same as rows of texts: a header, a row for each group, the total. What is not told is empty.
    pub(crate) fn table(&self) -> Vec<Vec<String>> {
        let row = |key: &str, name: &str, values: &[Option<u64>]| {
            let numbers = values.iter().map(|value| value.map(|number| number.to_string()).unwrap_or_default());
            [key.to_owned(), name.to_owned()].into_iter().chain(numbers).collect()
        };
        let names = self.columns.iter().map(|column| column.name.to_owned());
        let header = ["编码".to_owned(), "名称".to_owned()].into_iter().chain(names).collect();
        let groups = self.groups.iter().map(|group| row(&group.key, &group.name, &group.values));
        [header].into_iter().chain(groups).chain([row("total", "合计", &self.total)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of() -> Subject {
        Subject {
            cube: Cube::Dues,
            by: By::Month,
            organization: OrgId::from_bytes(1, [1; 10]),
            title: "党费",
            period: "2026".to_owned(),
            as_of: Date::constant(2026, 11, 24),
            since: None,
        }
    }

    const COLUMNS: [Column; 2] =
        [Column { key: "owed", name: "应交", unit: "fen" }, Column { key: "paid", name: "实交", unit: "fen" }];

    #[test]
    fn groups_add_up_and_shares_are_of_the_sums() {
        let group = |key: &str, owed, paid| (key.to_owned(), key.to_owned(), vec![owed, paid]);
        let series = Series::new(of(), &COLUMNS, vec![group("a", 300, 100), group("b", 0, 0)], Some((1, 0)));
        assert_eq!(series.groups[0].values, [Some(300), Some(100), Some(3_333)]);
        assert_eq!(series.groups[1].values, [Some(0), Some(0), None], "a share of nothing");
        assert_eq!(series.total, [Some(300), Some(100), Some(3_333)]);
        let hidden = series.hiding(1, &[true, false]);
        assert_eq!((hidden.groups[0].values[1], hidden.groups[0].hidden), (None, true));
        assert_eq!((hidden.groups[1].hidden, hidden.total[1]), (false, Some(100)));
        let table = hidden.table();
        assert_eq!(table[0], ["编码", "名称", "应交", "实交", "占比"]);
        assert_eq!(table[1], ["a", "a", "300", "", "3333"]);
        assert_eq!(table[3], ["total", "合计", "300", "100", "3333"]);
    }
}
