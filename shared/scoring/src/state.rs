//! What is known of a branch's year.

use crate::{Fact, Kinds, Mark, Part, Record, Statement};
use jiff::{ToSpan, civil::Date};
use kernel::{MemberId, OrgId};
use std::cmp::Ordering;

/// Days from the first of the year beyond which no difference is made.
pub(crate) const FAR: i32 = 3_600_000;

/// What a record says at present. `kinds` is empty once it is withdrawn: that it was is kept, so that nothing older brings
/// it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) revision: u64,
    pub(crate) kinds: Kinds,
    /// In days from the first of the year.
    pub(crate) day: i32,
    /// Days after it until it was written down.
    pub(crate) delay: u32,
    pub(crate) value: u32,
    /// Where its parts begin in those of the state, and how many there are.
    pub(crate) parts: (usize, usize),
}

/// A part in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The place of the person among those of the state.
    pub(crate) member: usize,
    pub(crate) mark: Mark,
}

/// What is known of a branch's year: of each record what it said last.
///
/// Facts may be applied twice, in any order, one by one or together: the state is the same, and so are its bytes
/// ([`Self::pack`]). A fact of another year may be among them, as one that was moved there; it counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) branch: OrgId,
    /// The first of the year.
    pub(crate) first: Date,
    /// Whom the entries concern, by id.
    pub(crate) members: Vec<MemberId>,
    /// By record.
    pub(crate) entries: Vec<Entry>,
    /// Those of each entry together, by member.
    pub(crate) parts: Vec<Slot>,
}

impl State {
    /// That nothing is known of the year of `branch`. A year that no calendar has is taken for the nearest one.
    #[must_use]
    pub fn new(branch: OrgId, year: i16) -> Self {
        let first = Date::new(year.clamp(-9999, 9999), 1, 1).unwrap_or(Date::ZERO);
        Self { branch, first, members: Vec::new(), entries: Vec::new(), parts: Vec::new() }
    }

    /// Of which branch.
    #[must_use]
    pub const fn branch(&self) -> OrgId {
        self.branch
    }

    /// Of which year.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.first.year()
    }

    /// Records that are known, those that were withdrawn among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every fact that is known, by record.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        self.entries.iter().map(|entry| self.fact(entry))
    }

    /// Takes in `facts`, in any order and however often; whether anything was new.
    pub fn apply(&mut self, facts: impl IntoIterator<Item = Fact>) -> bool {
        let mut news: Vec<_> = facts.into_iter().map(Fact::normal).filter(|fact| self.is_news(fact)).collect();
        if news.is_empty() {
            return false;
        }
        // Of what is said of one record, the last word.
        news.sort_by(|one, other| other.cmp(one));
        news.dedup_by_key(|fact| fact.record);
        news.reverse();
        *self = self.merged(&news);
        true
    }

    fn find(&self, record: Record) -> Result<&Entry, usize> {
        let at = self.entries.binary_search_by_key(&record, |entry| entry.record)?;
        self.entries.get(at).ok_or(at)
    }

    /// Whether `fact` is newer than what is known of its record. Of two that claim the same revision, the greater one is.
    fn is_news(&self, fact: &Fact) -> bool {
        let Ok(known) = self.find(fact.record) else { return true };
        match fact.revision.cmp(&known.revision) {
            Ordering::Equal => *fact > self.fact(known),
            order => order.is_gt(),
        }
    }

    /// The state with `news`: one fact of each record, by record.
    fn merged(&self, news: &[Fact]) -> Self {
        let stays = |entry: &&Entry| news.binary_search_by_key(&entry.record, |fact| fact.record).is_err();
        let kept: Vec<&Entry> = self.entries.iter().filter(stays).collect();
        let mut next = Self { members: self.concerned(&kept, news), ..Self::new(self.branch, self.year()) };
        next.entries.reserve(kept.len() + news.len());
        next.parts.reserve(self.parts.len());
        let moved: Vec<usize> = self.members.iter().map(|member| next.place(*member)).collect();
        let (mut old, mut new) = (kept.into_iter().peekable(), news.iter().peekable());
        loop {
            match (old.peek(), new.peek()) {
                (Some(entry), fact) if fact.is_none_or(|fact| entry.record < fact.record) => {
                    let place = |slot: &Slot| moved.get(slot.member).copied().unwrap_or_default();
                    let slots = self.parts(entry).iter().map(|slot| Slot { member: place(slot), ..*slot });
                    next.push(**entry, slots);
                    old.next();
                }
                (_, Some(fact)) => {
                    let (entry, slots) = next.entry(fact);
                    next.push(entry, slots);
                    new.next();
                }
                _ => return next,
            }
        }
    }

    /// Whom `kept` and `news` concern, by id.
    fn concerned(&self, kept: &[&Entry], news: &[Fact]) -> Vec<MemberId> {
        let mut still = vec![false; self.members.len()];
        for slot in kept.iter().flat_map(|entry| self.parts(entry)) {
            if let Some(still) = still.get_mut(slot.member) {
                *still = true;
            }
        }
        let still = self.members.iter().zip(still).filter(|(_, still)| *still).map(|(member, _)| *member);
        let parts = news.iter().filter_map(|fact| fact.says.as_ref()).flat_map(|says| &says.parts);
        let mut members: Vec<_> = still.chain(parts.map(|part| part.member)).collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, entry: Entry, slots: impl IntoIterator<Item = Slot>) {
        let begin = self.parts.len();
        self.parts.extend(slots);
        self.entries.push(Entry { parts: (begin, self.parts.len() - begin), ..entry });
    }

    /// The place of `member`, who is among those of the state.
    fn place(&self, member: MemberId) -> usize {
        self.members.binary_search(&member).unwrap_or_default()
    }

    /// What is kept of `fact`, with its parts.
    fn entry(&self, fact: &Fact) -> (Entry, Vec<Slot>) {
        let (record, revision) = (fact.record, fact.revision);
        let Some(says) = &fact.says else {
            let nothing =
                Entry { record, revision, kinds: Kinds::default(), day: 0, delay: 0, value: 0, parts: (0, 0) };
            return (nothing, Vec::new());
        };
        let delay = u32::try_from(days(says.day, says.recorded)).unwrap_or(0);
        let day = days(self.first, says.day);
        let slot = |part: &Part| Slot { member: self.place(part.member), mark: part.mark };
        let entry = Entry { record, revision, kinds: says.kinds, day, delay, value: says.value, parts: (0, 0) };
        (entry, says.parts.iter().map(slot).collect())
    }

    /// The parts of `entry`.
    pub(crate) fn parts(&self, entry: &Entry) -> &[Slot] {
        let (begin, length) = entry.parts;
        self.parts.get(begin..begin.saturating_add(length)).unwrap_or_default()
    }

    /// The day that is `days` after the first of the year.
    pub(crate) fn date(&self, days: i32) -> Date {
        self.first.saturating_add(days.clamp(-2 * FAR, 2 * FAR).days())
    }

    fn fact(&self, entry: &Entry) -> Fact {
        let (record, revision) = (entry.record, entry.revision);
        let part = |slot: &Slot| Some(Part { member: *self.members.get(slot.member)?, mark: slot.mark });
        let says = (entry.kinds != Kinds::default()).then(|| Statement {
            kinds: entry.kinds,
            day: self.date(entry.day),
            recorded: self.date(entry.day.saturating_add_unsigned(entry.delay)),
            value: entry.value,
            parts: self.parts(entry).iter().filter_map(part).collect(),
        });
        Fact { record, revision, says }
    }
}

/// Days from `from` to `to`.
pub(crate) fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |apart| apart.get_days()).clamp(-FAR, FAR)
}
