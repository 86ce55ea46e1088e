//! Which days are due, and how their activities are packed into parts.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{ActivityId, shanghai_day, start_of_shanghai_day};
use seal::{Group, Leaf, Part};

/// How long after its end a day is not sealed yet.
const SETTLING: SignedDuration = SignedDuration::from_mins(30);
/// Activities after which a part ends: some two megabytes.
pub(crate) const PART: usize = 20_000;

/// The last day that can be sealed: the one before that of the schedule, and over for half an hour.
pub(crate) fn due(scheduled: Timestamp, now: Timestamp) -> Date {
    shanghai_day(scheduled.min(now - SETTLING)).saturating_sub(1.day())
}

/// Until when what is sealed of `day` at `now` cannot be removed: `retention` days after both. A day that is sealed late is
/// locked for as long as any other, and S3 takes no lock that ended before it began.
pub(crate) fn locked_until(day: Date, now: Timestamp, retention: i64) -> Timestamp {
    start_of_shanghai_day(day.saturating_add(1.day())).max(now) + SignedDuration::from_hours(24 * retention)
}

/// Packs the activities of a day, which come by group, into parts.
#[derive(Debug)]
pub(crate) struct Packer {
    day: Date,
    /// The number of the part that is being packed.
    part: u32,
    most: usize,
    groups: Vec<Group>,
    packed: usize,
    open: Option<(String, Vec<Leaf>)>,
}

impl Packer {
    /// Begins with part number `part`; a part ends with the group in which it reaches `most` activities.
    pub(crate) fn new(day: Date, part: u32, most: usize) -> Self {
        Self { day, part, most, groups: Vec::new(), packed: 0, open: None }
    }

    /// Adds an activity; gives the part that ended before it, if one did.
    pub(crate) fn push(&mut self, group: &str, id: ActivityId, hash: String) -> Option<Part> {
        let mut ended = None;
        if self.open.as_ref().is_none_or(|(open, _)| open != group) {
            self.close();
            if self.packed >= self.most {
                ended = self.take();
            }
        }
        let (_, leaves) = self.open.get_or_insert_with(|| (group.to_owned(), Vec::new()));
        leaves.push(Leaf(id, hash));
        ended
    }

    /// The last part, unless it would be empty.
    pub(crate) fn finish(mut self) -> Option<Part> {
        self.close();
        self.take()
    }

    fn close(&mut self) {
        if let Some((group, leaves)) = self.open.take() {
            self.packed += leaves.len();
            self.groups.push(Group::of(&group, leaves));
        }
    }

    fn take(&mut self) -> Option<Part> {
        let groups = std::mem::take(&mut self.groups);
        if groups.is_empty() {
            return None;
        }
        let part = Part { day: self.day, part: self.part, groups };
        self.part += 1;
        self.packed = 0;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_due_half_an_hour_after_it_ended_and_not_before_the_schedule_says_so() {
        for (scheduled, now, last) in [
            ("2026-11-25T01:30+08:00", "2026-11-25T01:30:05+08:00", "2026-11-24"),
            ("2026-11-25T00:00+08:00", "2026-11-25T00:29:59+08:00", "2026-11-23"),
            ("2026-11-25T00:30+08:00", "2026-11-25T00:30:00+08:00", "2026-11-24"),
            // Fired by hand for a day that is not over.
            ("2026-12-25T01:30+08:00", "2026-11-25T12:00:00+08:00", "2026-11-24"),
            // Played again later: no more than was due then.
            ("2026-11-20T01:30+08:00", "2026-11-25T12:00:00+08:00", "2026-11-19"),
        ] {
            assert_eq!(due(at(scheduled), at(now)).to_string(), last, "{scheduled} {now}");
        }
    }

    #[test]
    fn a_lock_lasts_from_the_end_of_the_day_or_from_its_sealing_whichever_is_later() {
        let day = Date::constant(2026, 11, 24);
        for (now, days, until) in [
            ("2026-11-25T01:30+08:00", 1, "2026-11-26T01:30+08:00"),
            ("2026-12-31T01:30+08:00", 30, "2027-01-30T01:30+08:00"),
            ("2026-11-24T23:00+08:00", 1_096, "2029-11-25T00:00+08:00"),
        ] {
            assert_eq!(locked_until(day, at(now), days), at(until), "{now}");
        }
    }

    /// The groups of the parts, with how many activities each has.
    fn packed(sizes: &[(&str, usize)], first: u32) -> Vec<(u32, Vec<(String, usize)>)> {
        let mut packer = Packer::new(Date::constant(2026, 11, 24), first, 3);
        let mut parts = Vec::new();
        for (group, size) in sizes {
            for n in 0..*size {
                let id = ActivityId::from_bytes(u64::try_from(n).unwrap(), [1; 10]);
                parts.extend(packer.push(group, id, String::new()));
            }
        }
        parts.extend(packer.finish());
        let groups = |part: Part| part.groups.into_iter().map(|group| (group.group, group.leaves.len())).collect();
        parts.into_iter().map(|part| (part.part, groups(part))).collect()
    }

    #[test]
    fn a_part_ends_with_a_group() {
        let group = |name: &str, size| (name.to_owned(), size);
        assert_eq!(
            packed(&[("a", 1), ("b", 1), ("c", 5), ("d", 1)], 1),
            [(1, vec![group("a", 1), group("b", 1), group("c", 5)]), (2, vec![group("d", 1)]),]
        );
        assert_eq!(packed(&[("a", 3)], 7), [(7, vec![group("a", 3)])]);
        assert_eq!(packed(&[], 1), []);
    }

    #[test]
    fn going_on_after_a_part_packs_as_if_nothing_had_happened() {
        let all = [("a", 2), ("b", 2), ("c", 1), ("d", 4), ("e", 1), ("f", 3)];
        let whole = packed(&all, 1);
        for (at, (part, groups)) in whole.iter().enumerate() {
            let last = groups.last().unwrap();
            let rest = all.iter().position(|(name, _)| *name == last.0).unwrap() + 1;
            assert_eq!(packed(&all[rest..], part + 1), whole[at + 1..]);
        }
    }
}
