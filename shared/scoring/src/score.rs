//! What a state comes to.

use crate::{
    Counting, Mark, Months, Rule, Sheet, State,
    rolls::Rolls,
    state::{Entry, Slot},
};
use kernel::MemberId;
use std::borrow::Cow;

/// Whose points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The branch's.
    Branch,
    /// A member's.
    Member(MemberId),
}

/// The five numbers of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberScore {
    /// The member.
    pub member: MemberId,
    /// In the order of [`crate::Dimension::OF_MEMBER`], in hundredths of a point, 0 to 10000.
    pub points: [u16; 5],
}

/// The five numbers of a branch and of each of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scores {
    /// In the order of [`crate::Dimension::OF_BRANCH`], in hundredths of a point, 0 to 10000.
    pub branch: [u16; 5],
    /// Of everybody who belonged to the branch in the year, by id.
    pub members: Vec<MemberScore>,
}

impl Scores {
    /// What `state` comes to by `sheet`: always the same.
    #[must_use]
    pub fn of(state: &State, sheet: &Sheet) -> Self {
        let year = Year::of(state, sheet);
        let counts = year.counts();
        let mut branch = [0; 5];
        for (rule, count) in sheet.rules.iter().zip(&counts.branch).filter(|(rule, _)| !rule.is_of_member()) {
            add(&mut branch, rule, rule.worth(count.done, year.asked(rule, None, *count)));
        }
        let mut members = Vec::with_capacity(state.members.len());
        let all = state.members.iter().zip(&year.rolls.standings).zip(counts.members.chunks(sheet.rules.len().max(1)));
        for (place, ((member, standing), counts)) in all.enumerate() {
            if !standing.belongs {
                continue;
            }
            let mut points = [0; 5];
            for (rule, count) in sheet.rules.iter().zip(counts).filter(|(rule, _)| rule.is_of_member()) {
                add(&mut points, rule, rule.worth(count.done, year.asked(rule, Some(place), *count)));
            }
            members.push(MemberScore { member: *member, points });
        }
        Self { branch, members }
    }
}

fn add(points: &mut [u16; 5], rule: &Rule, worth: u32) {
    if let Some(points) = points.get_mut(rule.dimension.place()) {
        *points = points.saturating_add(u16::try_from(worth).unwrap_or(u16::MAX));
    }
}

impl Rule {
    pub(crate) fn is_of_member(&self) -> bool {
        self.dimension.is_of_member()
    }

    /// What it is worth, in hundredths of a point, where `done` of `asked` is done.
    pub(crate) fn worth(&self, done: u64, asked: u64) -> u32 {
        let whole = u64::from(self.whole);
        let worth = match self.counting {
            Counting::Keeps(each) => whole.saturating_sub(done.saturating_mul(each.into())),
            _ if asked == 0 => whole,
            _ => whole * done.min(asked) / asked,
        };
        u32::try_from(worth).unwrap_or(self.whole)
    }

    /// What a part counts for the one it is of.
    pub(crate) fn part(&self, mark: Mark, value: u32) -> Count {
        match (mark, self.counting) {
            (Mark::Done, Counting::Value(_)) => Count { done: value.into(), missed: 0 },
            (Mark::Done, _) => Count { done: 1, missed: 0 },
            (Mark::Missed, _) => Count { done: 0, missed: 1 },
            (Mark::Exempt, _) => Count::default(),
        }
    }
}

/// How much was done and missed. Of a year it is far below what the numbers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    pub(crate) done: u64,
    pub(crate) missed: u64,
}

impl Count {
    pub(crate) fn and(self, other: Self) -> Self {
        Self { done: self.done + other.done, missed: self.missed + other.missed }
    }
}

/// The counts of every rule.
pub(crate) struct Counts {
    /// Of the branch, by rule.
    pub(crate) branch: Vec<Count>,
    /// Of each member, by member and rule.
    pub(crate) members: Vec<Count>,
}

/// A state as a sheet looks at it.
pub(crate) struct Year<'a> {
    pub(crate) state: &'a State,
    pub(crate) sheet: &'a Sheet,
    rolls: Rolls,
    /// What was corrected of records, by record.
    corrections: &'a [Entry],
}

impl<'a> Year<'a> {
    pub(crate) fn of(state: &'a State, sheet: &'a Sheet) -> Self {
        let first = state.entries.partition_point(|entry| !entry.record.is_correction());
        let corrections = state.entries.get(first..).unwrap_or_default();
        Self { state, sheet, rolls: Rolls::of(state), corrections }
    }

    /// The entries of this year. What was corrected of them is no entry of its own.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        let of_year = |entry: &&Entry| (0..self.rolls.days).contains(&entry.day) && !entry.record.is_correction();
        self.state.entries.iter().filter(of_year)
    }

    /// What was corrected of `entry`, by member; mostly nothing.
    fn corrected(&self, entry: &Entry) -> &'a [Slot] {
        let found = self.corrections.binary_search_by_key(&entry.record.correction(), |entry| entry.record);
        let correction = found.ok().and_then(|at| self.corrections.get(at));
        correction.map(|correction| self.state.parts(correction)).unwrap_or_default()
    }

    /// Whether what `entry` says of the member at `place` was corrected.
    pub(crate) fn is_corrected(&self, entry: &Entry, place: usize) -> bool {
        self.corrected(entry).binary_search_by_key(&place, |slot| slot.member).is_ok()
    }

    /// The parts of `entry` as they were corrected.
    pub(crate) fn parts(&self, entry: &Entry) -> Cow<'a, [Slot]> {
        let (parts, corrected) = (self.state.parts(entry), self.corrected(entry));
        if corrected.is_empty() {
            return Cow::Borrowed(parts);
        }
        let mut parts = parts.to_vec();
        for slot in corrected {
            match parts.binary_search_by_key(&slot.member, |part| part.member) {
                Ok(at) => {
                    if let Some(part) = parts.get_mut(at) {
                        *part = *slot;
                    }
                }
                Err(at) => parts.insert(at, *slot),
            }
        }
        Cow::Owned(parts)
    }

    /// The place of `member`, if they belonged to the branch in the year.
    pub(crate) fn place(&self, member: MemberId) -> Option<usize> {
        let place = self.state.members.binary_search(&member).ok()?;
        self.rolls.standings.get(place).filter(|standing| standing.belongs).map(|_| place)
    }

    /// The months for which something is asked of the member at `place`.
    fn months_of(&self, place: usize) -> Months {
        self.rolls.standings.get(place).map(|standing| standing.months).unwrap_or_default()
    }

    /// The months for which `rule` asks something of the member at `place`, or of the branch: of its committee while it has one.
    pub(crate) fn months(&self, rule: &Rule, place: Option<usize>) -> Months {
        match place {
            Some(place) => self.months_of(place),
            None if rule.facts.are_of_committee() => self.rolls.committee,
            None => self.rolls.months,
        }
    }

    /// So much of `number` a year as falls on the months of the member at `place`.
    pub(crate) fn of_member(&self, number: u32, place: usize) -> u64 {
        u64::from(number) * u64::from(self.months_of(place).count()) / 12
    }

    /// What `rule` asks for of the member at `place`, or of the branch, of whom it has that `count`.
    pub(crate) fn asked(&self, rule: &Rule, place: Option<usize>, count: Count) -> u64 {
        match (rule.counting, place) {
            (Counting::Asked, _) => count.done + count.missed,
            (Counting::Keeps(_), _) => 0,
            (Counting::Records(number) | Counting::Value(number), Some(place)) => self.of_member(number, place),
            (Counting::Records(number), None) => u64::from(number) * u64::from(self.months(rule, None).count()) / 12,
            (Counting::Value(number), None) => {
                (0..self.rolls.standings.len()).map(|place| self.of_member(number, place)).sum()
            }
        }
    }

    /// The counts of every rule in one passage.
    pub(crate) fn counts(&self) -> Counts {
        let rules = &self.sheet.rules;
        let mut branch = vec![Count::default(); rules.len()];
        let mut members = vec![Count::default(); rules.len() * self.state.members.len()];
        for entry in self.entries() {
            let parts = self.parts(entry);
            for (n, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.facts.meets(entry.kinds)) {
                match (rule.is_of_member(), rule.counting) {
                    (true, _) | (false, Counting::Value(_)) => {
                        for Slot { member, mark } in parts.iter() {
                            if let Some(count) = members.get_mut(member * rules.len() + n) {
                                *count = count.and(rule.part(*mark, entry.value));
                            }
                        }
                    }
                    (false, _) => {
                        if let Some(count) = branch.get_mut(n) {
                            *count = count.and(Self::of_branch(rule, &parts));
                        }
                    }
                }
            }
        }
        for (n, (rule, count)) in rules.iter().zip(&mut branch).enumerate() {
            if let (false, Counting::Value(number)) = (rule.is_of_member(), rule.counting) {
                let each = members.iter().skip(n).step_by(rules.len()).enumerate();
                count.done = each.map(|(place, count)| count.done.min(self.of_member(number, place))).sum();
            }
        }
        Counts { branch, members }
    }

    /// What a record with these parts counts for the branch, where that is not measured by member.
    pub(crate) fn of_branch(rule: &Rule, parts: &[Slot]) -> Count {
        match rule.counting {
            Counting::Asked => parts.iter().fold(Count::default(), |sum, slot| sum.and(rule.part(slot.mark, 1))),
            _ => Count { done: 1, missed: 0 },
        }
    }
}
