//! 微账单: what a person has before them, week by week and on days on which something is red.

use crate::{Colour, Listed, Rules, TaskState, Warning};
use dynamo::{Key, Stretch};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
};
use kernel::{Line, MemberId, OrgId, TaskId, is_working_day, shanghai_day, start_of_shanghai_day};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// How long bills are kept, in seconds: 400 days.
const KEPT: i64 = 400 * 24 * 3_600;

/// The ISO week of `day`, `2026-W49`.
pub(crate) fn week(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

/// What a bill is about: a week on its Monday, or another working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(Date);

impl Period {
    /// That of the bill of `day`; `None` on a day without one.
    #[must_use]
    pub fn of(day: Date) -> Option<Self> {
        let period = Self(day);
        (period.is_week() || is_working_day(day)).then_some(period)
    }

    /// The week that `day` is in.
    #[must_use]
    pub fn week_of(day: Date) -> Self {
        Self(day.saturating_sub(i32::from(day.weekday().to_monday_zero_offset()).days()))
    }

    /// That which is written as `text`: `2026-W49` or `2026-12-01`; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let day = match text.split_once("-W") {
            Some((year, week)) => {
                let week = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday);
                week.ok()?.date()
            }
            None => text.parse().ok()?,
        };
        Some(Self(day)).filter(|period| period.to_string() == text)
    }

    /// Whether it is a week.
    #[must_use]
    pub fn is_week(self) -> bool {
        self.0.weekday() == Weekday::Monday
    }

    /// The day, or the first of the week.
    #[must_use]
    pub fn day(self) -> Date {
        self.0
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_week() {
            return f.write_str(&week(self.0));
        }
        self.0.fmt(f)
    }
}

/// A task on a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BillItem)]
pub struct BillItem {
    /// The task.
    pub task: TaskId,
    /// What it is.
    #[schema(value_type = String)]
    pub title: Line<100>,
    /// The organisation that is to do it.
    pub organization: OrgId,
    /// How far it is.
    pub state: TaskState,
    /// How it goes.
    pub colour: Colour,
    /// In basis points.
    pub progress: u16,
    /// Planned progress, in basis points.
    pub planned: u16,
    /// Until when what is awaited now is to be done.
    #[schema(value_type = String, format = DateTime)]
    pub limit: Timestamp,
    /// Whether that is over.
    pub late: bool,
    /// Whether it is within the next days.
    pub coming: bool,
}

impl BillItem {
    /// `task` with `progress` (basis points) at `now`.
    #[must_use]
    pub fn of(task: &Listed, progress: u16, now: Timestamp) -> Self {
        let course = &task.course;
        let days = Rules::get().map_or(0, |rules| rules.warnings.coming_days);
        let until = start_of_shanghai_day(shanghai_day(now).saturating_add((days + 1).days()));
        Self {
            task: task.id,
            title: task.title.clone(),
            organization: task.organization,
            state: course.state,
            colour: course.colour(progress, now),
            progress,
            planned: course.planned(now),
            limit: course.limit(),
            late: course.is_late(now),
            coming: (now..until).contains(&course.limit()),
        }
    }

    /// Whether a weekly bill is made for it: for what awaits somebody else alone its owner gets none.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.state.awaits_owner() && (self.colour != Colour::Green || self.late || self.coming)
    }
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// The week, `2026-W49`, or the day, `2026-12-01`.
    pub period: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The version of the rules that it was made by.
    pub rules: String,
    /// Tasks on it.
    pub tasks: usize,
    /// Those of them that are red.
    pub red: usize,
    /// Those that are yellow.
    pub yellow: usize,
    /// Those that are blue.
    pub blue: usize,
    /// Those that are late.
    pub late: usize,
    /// Those whose limit is within the next days.
    pub coming: usize,
    /// The worst of them first, at most 200; not in lists of bills.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub items: Vec<BillItem>,
}

impl Bill {
    /// Tasks that a bill lists; its counts are of all.
    pub const ITEMS: usize = 200;

    /// The bill of these tasks.
    ///
    /// # Errors
    /// When the rules do not read, which a test rules out.
    pub fn new(period: Period, mut items: Vec<BillItem>, now: Timestamp) -> Result<Self, kernel::Refusal> {
        let count = |which: &dyn Fn(&BillItem) -> bool| items.iter().filter(|item| which(item)).count();
        let of = |colour| count(&move |item| item.colour == colour);
        let (red, yellow, blue) = (of(Colour::Red), of(Colour::Yellow), of(Colour::Blue));
        let (late, coming, tasks) = (count(&|item| item.late), count(&|item| item.coming), items.len());
        items.sort_by(|one, other| {
            let worst = other.colour.cmp(&one.colour);
            worst.then(one.limit.cmp(&other.limit)).then(one.task.cmp(&other.task))
        });
        items.truncate(Self::ITEMS);
        let (period, rules) = (period.to_string(), Rules::get()?.version.clone());
        Ok(Self { period, at: now, rules, tasks, red, yellow, blue, late, coming, items })
    }
}

/// A bill as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BillRow {
    /// `BILL#<member>`
    pub pk: String,
    /// The day that it is of, of a week its Monday: sorts by time.
    pub sk: String,
    /// When it may go, in seconds since 1970.
    pub ttl: i64,
    /// The bill.
    #[serde(flatten)]
    pub bill: Bill,
}

impl BillRow {
    /// The row of `bill`, which is `member`'s of `period`.
    #[must_use]
    pub fn new(member: MemberId, period: Period, bill: Bill) -> Self {
        let Key { pk, sk } = Self::key(member, period);
        Self { pk, sk, ttl: bill.at.as_second() + KEPT, bill }
    }

    /// Where the bill of `member` is.
    #[must_use]
    pub fn key(member: MemberId, period: Period) -> Key {
        Key::new(Self::partition(member), period.day().to_string())
    }

    /// All bills of `member`, latest first.
    #[must_use]
    pub fn all(member: MemberId) -> Stretch {
        Stretch::whole(Self::partition(member)).descending()
    }

    fn partition(member: MemberId) -> String {
        format!("BILL#{member}")
    }
}

/// Whether the task with this warning makes a daily bill on `day`: it is red since an earlier one.
#[must_use]
pub fn is_red_before(warning: Option<&Warning>, day: Date) -> bool {
    warning.is_some_and(|known| known.is_open() && known.colour == Colour::Red && shanghai_day(known.at) < day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{at, task};

    /// What is on a bill of 2026-11-20, 10:00 in Shanghai, for a task that is due at `due`.
    fn item(due: &str) -> BillItem {
        let mut task = task();
        task.course.due_at = at(due);
        // As the indexes carry it.
        let listed: Listed = serde_json::from_value(serde_json::to_value(task).unwrap()).unwrap();
        BillItem::of(&listed, listed.progress, at("2026-11-20T02:00:00Z"))
    }

    #[test]
    fn periods_are_weeks_on_monday_and_other_working_days() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (on, period) in [
            ("2026-11-30", Some("2026-W49")),
            ("2026-12-01", Some("2026-12-01")),
            ("2026-12-05", None),
            // Free, although a Thursday; worked, although a Saturday; a Monday in a week of the next year's count.
            ("2026-10-01", None),
            ("2026-10-10", Some("2026-10-10")),
            ("2025-12-29", Some("2026-W01")),
        ] {
            assert_eq!(Period::of(day(on)).map(|period| period.to_string()).as_deref(), period, "{on}");
            assert_eq!(period.and_then(Period::read).map(Period::day), period.map(|_| day(on)));
        }
        for (on, monday) in [("2026-11-30", "2026-11-30"), ("2026-12-06", "2026-11-30"), ("2027-01-01", "2026-12-28")] {
            assert_eq!(Period::week_of(day(on)).day(), day(monday), "{on}");
        }
        for text in ["", "2026-W9", "2026-W54", "2026-11-30", "2026-13-01", "week"] {
            assert_eq!(Period::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_bill_is_kept_for_four_hundred_days() {
        let (period, now) = (Period::week_of(Date::constant(2026, 11, 20)), at("2026-11-20T02:00:00Z"));
        let row = BillRow::new(crate::tests::member(1), period, Bill::new(period, Vec::new(), now).unwrap());
        assert_eq!(row.ttl, now.as_second() + 34_560_000);
    }

    #[test]
    fn what_is_due_by_the_end_of_the_seventh_day_after_today_is_coming() {
        for (due, late, coming) in [
            ("2026-11-20T01:59:59.999Z", true, false),
            ("2026-11-20T02:00:00Z", false, true),
            ("2026-11-27T15:59:59.999Z", false, true),
            ("2026-11-27T16:00:00Z", false, false),
        ] {
            let item = item(due);
            assert_eq!((item.limit, item.late, item.coming), (at(due), late, coming), "{due}");
        }
    }

    #[test]
    fn a_weekly_bill_is_made_for_what_awaits_its_owner_and_has_a_colour_or_is_late_or_coming() {
        for (colour, late, coming, counts) in [
            (Colour::Green, false, false, false),
            (Colour::Blue, false, false, true),
            (Colour::Green, true, false, true),
            (Colour::Green, false, true, true),
        ] {
            for state in TaskState::ALL {
                let item = BillItem { state, colour, late, coming, ..item("2026-12-31T10:00:00Z") };
                assert_eq!(item.counts(), counts && state.awaits_owner(), "{item:?}");
            }
        }
    }

    #[test]
    fn a_daily_bill_is_made_for_what_is_red_since_an_earlier_day() {
        let day = Date::constant(2026, 11, 25);
        let red = |since: &str| Warning::next(None, Colour::Red, at(since)).0.unwrap();
        let before = red("2026-11-24T15:59:59.999Z");
        assert!(is_red_before(Some(&before), day));
        for other in [
            None,
            Some(red("2026-11-24T16:00:00Z")),
            Some(red("2026-11-25T16:00:00Z")),
            Some(Warning { colour: Colour::Yellow, ..before.clone() }),
            Some(before.clone().closed(before.at)),
        ] {
            assert!(!is_red_before(other.as_ref(), day), "{other:?}");
        }
    }
}
