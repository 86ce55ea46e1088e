//! Where points come from.

use crate::{
    Counting, Mark, Months, Record, Rule, Sheet, State, Subject,
    score::{Count, Year},
    state::Entry,
};
use jiff::civil::Date;

/// Why a line is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing is asked of them: they are exempt, came too late in the year, or nothing was held.
    NothingAsked,
    /// The rule begins with its whole and takes away.
    FromTheBeginning,
    /// It was done.
    Done,
    /// It was missed.
    Missed,
    /// It was not asked of them.
    Exempt,
}

/// A line of a score: points, and where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The rule, with id, version and article.
    pub rule: &'a Rule,
    /// The record; none for what a rule begins with.
    pub record: Option<Record>,
    /// The day of the record in Shanghai.
    pub on: Option<Date>,
    /// Whether it was written down late; it counts as much.
    pub late: bool,
    /// Why.
    pub why: Why,
    /// Whether a granted appeal corrected what the record says of the member.
    pub corrected: bool,
    /// In hundredths of a point. All lines together are the score.
    pub points: i32,
}

/// How a rule stands for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleStanding<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How much was done: records, or as much of their value as counts.
    pub done: u64,
    /// How much is asked of the year; none where the rule only takes away.
    pub asked: u64,
    /// For which months of it that is.
    pub months: Months,
    /// In hundredths of a point. All of a dimension together are the score.
    pub points: u32,
}

impl State {
    /// How each rule of the sheet stands for `subject`; nothing for somebody who did not belong to the branch in the year.
    #[must_use]
    pub fn standings<'a>(&self, sheet: &'a Sheet, subject: Subject) -> Vec<RuleStanding<'a>> {
        let year = Year::of(self, sheet);
        let place = match subject {
            Subject::Branch => None,
            Subject::Member(member) => match year.place(member) {
                None => return Vec::new(),
                place => place,
            },
        };
        let (counts, width) = (year.counts(), sheet.rules.len());
        let rules = sheet.rules.iter().enumerate().filter(|(_, rule)| rule.is_of_member() == place.is_some());
        let standing = |(n, rule): (usize, &'a Rule)| {
            let count = match place {
                None => counts.branch.get(n),
                Some(place) => counts.members.get(place * width + n),
            };
            let count = count.copied().unwrap_or_default();
            let (asked, months) = (year.asked(rule, place, count), year.months(rule, place));
            RuleStanding { rule, done: count.done, asked, months, points: rule.worth(count.done, asked) }
        };
        rules.map(standing).collect()
    }

    /// Every line of the score of `subject`, by rule, and of each by day and record; nothing for somebody who did not belong
    /// to the branch in the year.
    #[must_use]
    pub fn lines<'a>(&self, sheet: &'a Sheet, subject: Subject) -> Vec<Line<'a>> {
        let year = Year::of(self, sheet);
        let place = match subject {
            Subject::Branch => None,
            Subject::Member(member) => match year.place(member) {
                None => return Vec::new(),
                place => place,
            },
        };
        let mut entries: Vec<_> = year.entries().collect();
        entries.sort_by_key(|entry| (entry.day, entry.record));
        let mut lines = Vec::new();
        for rule in sheet.rules.iter().filter(|rule| rule.is_of_member() == place.is_some()) {
            year.lines(rule, place, &entries, &mut lines);
        }
        lines
    }
}

impl Year<'_> {
    /// The lines of `rule` for the member at `place`, or for the branch, from `entries`, which are by day.
    fn lines<'b>(&self, rule: &'b Rule, place: Option<usize>, entries: &[&Entry], lines: &mut Vec<Line<'b>>) {
        let mut so_far = vec![0; self.state.members.len()];
        let entries = entries.iter().filter(|entry| rule.facts.meets(entry.kinds));
        let steps: Vec<_> =
            entries.filter_map(|entry| Some((*entry, self.step(rule, place, entry, &mut so_far)?))).collect();
        let sum = steps.iter().fold(Count::default(), |sum, (_, (count, _))| sum.and(*count));
        let asked = self.asked(rule, place, sum);
        let worth = |done| i32::try_from(rule.worth(done, asked)).unwrap_or(0);
        let (mut done, mut before) = (0, worth(0));
        if before > 0 {
            let why =
                if matches!(rule.counting, Counting::Keeps(_)) { Why::FromTheBeginning } else { Why::NothingAsked };
            lines.push(Line { rule, record: None, on: None, late: false, why, corrected: false, points: before });
        }
        for (entry, (count, why)) in steps {
            done += count.done;
            let after = worth(done);
            let late = entry.delay > self.sheet.late_after_days;
            let (record, on) = (Some(entry.record), Some(self.state.date(entry.day)));
            let corrected = place.is_some_and(|place| self.is_corrected(entry, place));
            lines.push(Line { rule, record, on, late, why, corrected, points: after - before });
            before = after;
        }
    }

    /// What `entry` counts, and why; `None` when it does not concern the member. `so_far` is what members have, where a branch
    /// is measured by them.
    fn step(&self, rule: &Rule, place: Option<usize>, entry: &Entry, so_far: &mut [u64]) -> Option<(Count, Why)> {
        let parts = self.parts(entry);
        let why = |mark| match mark {
            Mark::Done => Why::Done,
            Mark::Missed => Why::Missed,
            Mark::Exempt => Why::Exempt,
        };
        match (place, rule.counting) {
            (Some(place), _) => {
                let at = parts.binary_search_by_key(&place, |slot| slot.member).ok()?;
                parts.get(at).map(|slot| (rule.part(slot.mark, entry.value), why(slot.mark)))
            }
            (None, Counting::Value(number)) => {
                let mut count = Count::default();
                for slot in parts.iter() {
                    if let Some(so_far) = so_far.get_mut(slot.member) {
                        let most = self.of_member(number, slot.member);
                        let after = most.min(*so_far + rule.part(slot.mark, entry.value).done);
                        count.done += after - *so_far;
                        *so_far = after;
                    }
                }
                Some((count, Why::Done))
            }
            (None, _) => {
                let count = Self::of_branch(rule, &parts);
                let why = match count {
                    Count { done: 1.., .. } => Why::Done,
                    Count { missed: 1.., .. } => Why::Missed,
                    Count { .. } => Why::Exempt,
                };
                Some((count, why))
            }
        }
    }
}
