//! Cubes: the series that sums come to.

use super::{
    By, Cube, Known, Recorded, Series, Sight, Subject,
    series::{Column, Counted},
};
use counter_records::{Breakdown, Counter, Rules, Sum, heads};
use jiff::civil::Date;
use kernel::OrgId;
use org_life::Period;
use register::{BranchType, OrgKind};

const ORGANIZATIONS: Column = Column { key: "organizations", name: "组织数", unit: "organizations" };
const BRANCHES: Column = Column { key: "branches", name: "支部数", unit: "branches" };
const PERSONS: Column = Column { key: "persons", name: "人数", unit: "persons" };
const FULL: Column = Column { key: "full", name: "正式党员", unit: "persons" };
const PROBATIONARY: Column = Column { key: "probationary", name: "预备党员", unit: "persons" };
const SUSPENDED: Column = Column { key: "suspended", name: "停止党籍", unit: "persons" };
const OBLIGED: Column = Column { key: "obliged", name: "应开展支部数", unit: "branches" };
const DONE: Column = Column { key: "done", name: "已开展支部数", unit: "branches" };
const LATE: Column = Column { key: "late", name: "补录支部数", unit: "branches" };
const MISSING: Column = Column { key: "missing", name: "未开展支部数", unit: "branches" };

const fn counted(counter: Counter) -> Column {
    Column { key: counter.slug(), name: counter.zh(), unit: counter.unit() }
}

fn of(cube: Cube, by: By, (organization, known): (OrgId, &Known), title: &'static str) -> Subject {
    Subject { cube, by, organization, title, period: known.month.to_string(), as_of: known.counted_on, since: None }
}

/// Organisations by their level.
pub(crate) fn by_kind(organization: OrgId, known: &Known) -> Series {
    let groups = OrgKind::ALL.iter().map(|kind| {
        let many = known.sum.organizations.get(kind.slug());
        (kind.slug().to_owned(), kind.zh().to_owned(), vec![many])
    });
    let of = of(Cube::Organizations, By::Kind, (organization, known), "党组织按层级分布");
    Series::new(of, &[ORGANIZATIONS], groups.collect(), None)
}

/// Branches by what they are branches of.
pub(crate) fn by_type(organization: OrgId, known: &Known) -> Series {
    let branches = known.sum.organizations.get(OrgKind::Branch.slug());
    let typed = BranchType::ALL
        .iter()
        .map(|kind| (kind.slug().to_owned(), kind.zh().to_owned(), vec![known.sum.branch_types.get(kind.slug())]));
    let mut groups: Vec<Counted> = typed.collect();
    let others = branches.saturating_sub(known.sum.branch_types.total());
    groups.push(("other".to_owned(), "未注明".to_owned(), vec![others]));
    Series::new(of(Cube::Organizations, By::Type, (organization, known), "党支部按类型分布"), &[BRANCHES], groups, None)
}

/// Branches and members by the organisation directly below: its id, its name, what it comes to. What was counted and is none of
/// these, as it moved or was closed since, is one group more. `sight` says what is seen of persons; none for who may not read of them.
pub(crate) fn areas(
    organization: OrgId,
    known: &Known,
    parts: Vec<(OrgId, String, Sum)>,
    sight: Option<Sight>,
) -> Series {
    let numbers = |sum: &Sum| vec![sum.organizations.get(OrgKind::Branch.slug()), sum.members.total()];
    let groups = parts.into_iter().map(|(id, name, sum)| (id.to_string(), name, numbers(&sum)));
    let mut groups: Vec<Counted> = groups.collect();
    let mut rest = numbers(&known.sum);
    for (_, _, numbers) in &groups {
        for (left, number) in rest.iter_mut().zip(numbers) {
            *left = left.saturating_sub(*number);
        }
    }
    if rest.iter().any(|left| *left > 0) {
        groups.push(("other".to_owned(), "其他".to_owned(), rest));
    }
    let persons: Vec<u64> = groups.iter().filter_map(|(_, _, numbers)| numbers.last().copied()).collect();
    let of = of(Cube::Organizations, By::Area, (organization, known), "党组织和党员按下级组织分布");
    let Some(sight) = sight else {
        let groups = groups.into_iter().map(|(key, name, numbers)| (key, name, numbers.into_iter().take(1).collect()));
        return Series::new(of, &[BRANCHES], groups.collect(), None);
    };
    Series::new(of, &[BRANCHES, PERSONS], groups, None).hiding(1, &sight.hidden(&persons))
}

const fn by(breakdown: Breakdown) -> (By, &'static str) {
    match breakdown {
        Breakdown::Age => (By::Age, "党员年龄构成"),
        Breakdown::Sex => (By::Sex, "党员性别构成"),
        Breakdown::Education => (By::Education, "党员学历构成"),
        Breakdown::Tenure => (By::Tenure, "党员党龄构成"),
        Breakdown::Status => (By::Status, "党员党籍状态构成"),
    }
}

/// Members by `breakdown`, formal ones, probationary ones and those whose membership is suspended apart. Whoever does not see every
/// group sees all of a group together, since three numbers of it would be three more groups.
pub(crate) fn members(
    organization: OrgId,
    known: &Known,
    (rules, breakdown): (&Rules, Breakdown),
    sight: Sight,
) -> Series {
    let found = heads(rules, &known.sum.people, breakdown);
    let (by, title) = by(breakdown);
    let of = of(Cube::Members, by, (organization, known), title);
    let persons: Vec<u64> = found.iter().map(|(_, _, heads)| heads.all()).collect();
    // Of those in one state nothing else is to be told apart.
    let apart = sight == Sight::Whole && breakdown != Breakdown::Status;
    let columns = [PERSONS, FULL, PROBATIONARY, SUSPENDED];
    let columns = columns.get(..if apart { 4 } else { 1 }).unwrap_or_default();
    let groups = found.iter().map(|(key, name, heads)| {
        let numbers = [heads.all(), heads.full, heads.probationary, heads.suspended];
        ((*key).to_owned(), (*name).to_owned(), numbers.into_iter().take(columns.len()).collect())
    });
    Series::new(of, columns, groups.collect(), None).hiding(0, &sight.hidden(&persons))
}

/// Branches that owe something of org life in `year`, and those that held it, by period and kind; of all that is owed, the share
/// that is done.
pub(crate) fn org_life(organization: OrgId, known: &Known, year: i16, rules: &org_life::Rules, today: Date) -> Series {
    let of_year = known.sum.life.lines().filter(|(due_on, _, _)| due_on.year() == year);
    let groups = of_year.filter_map(|(due_on, kind, done)| {
        let rule = rules.kinds.iter().find(|rule| rule.kind == kind)?;
        let period = Period::of(due_on, rule.every?).to_string();
        let numbers = vec![done.obliged, done.done, done.late, done.missing(due_on, today)];
        Some((format!("{}/{period}", kind.slug()), format!("{period} {}", kind.zh()), numbers))
    });
    let as_of = known.taken_on.unwrap_or(known.counted_on);
    let of = of(Cube::OrgLife, By::Period, (organization, known), "组织生活覆盖率");
    let of = Subject { period: year.to_string(), as_of, ..of };
    Series::new(of, &[OBLIGED, DONE, LATE, MISSING], groups.collect(), Some((1, 0)))
}

/// What was recorded in each month of a year, by `counters`.
fn monthly(of: Subject, months: &[Known], counters: &[Counter], share: Option<(usize, usize)>) -> Series {
    let groups = months.iter().map(|known| {
        let numbers = counters.iter().map(|counter| known.sum.counts.of_counter(*counter)).collect();
        (known.month.to_string(), known.month.to_string(), numbers)
    });
    let columns: Vec<Column> = counters.iter().map(|counter| counted(*counter)).collect();
    Series::new(of, &columns, groups.collect(), share)
}

/// What a series of the months of `year` is of, as far as they are known.
fn of_year(cube: Cube, organization: OrgId, year: &Recorded, title: &'static str) -> Option<Subject> {
    let as_of = year.months.iter().map(|known| known.counted_on).max()?;
    let since = year.since.filter(|since| since.year() == year.year && *since > since.first_of_year());
    Some(Subject { cube, by: By::Month, organization, title, period: year.year.to_string(), as_of, since })
}

/// Study by the month in which it was recorded; none where no month is known.
pub(crate) fn study(organization: OrgId, year: &Recorded) -> Option<Series> {
    let counters = [Counter::StudyMinutes, Counter::Trainings, Counter::PapersPassed];
    Some(monthly(of_year(Cube::Study, organization, year, "党员教育")?, &year.months, &counters, None))
}

/// Dues by the month in which they were recorded, and the share of what was billed that came in; none where no month is known.
pub(crate) fn dues(organization: OrgId, year: &Recorded) -> Option<Series> {
    let counters =
        [Counter::DuesBilled, Counter::DuesPaid, Counter::DuesReversed, Counter::DuesBills, Counter::DuesMonths];
    Some(monthly(of_year(Cube::Dues, organization, year, "党费收缴")?, &year.months, &counters, Some((1, 0))))
}

#[cfg(test)]
mod tests;
