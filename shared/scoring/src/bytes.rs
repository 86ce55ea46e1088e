//! A state as bytes.
//!
//! Layout of version 2. Numbers are LEB128: seven bits a byte, the lowest first, the eighth set on all but the last; signed
//! ones are folded first (0, -1, 1, -2 … become 0, 1, 2, 3 …).
//!
//! ```text
//! 1   version, 2
//! 16  branch
//! n   year, folded
//! n   members, then of each, by id
//!       16  id
//! n   entries, then of each, by record
//!       1   kind of record, by its number; with 128 added, what was corrected of it
//!       16  id of the record
//!       n   revision
//!       n   kinds, a bit for each; nothing more follows where that is 0: it is withdrawn
//!       n   day, from the first of the year, folded
//!       n   days after it until it was written down
//!       n   value
//!       n   parts, then of each, by member
//!             n   places after the one before (or the first one), times 4, plus the mark: 0 done, 1 missed, 2 exempt
//! ```
//!
//! A part is one byte as long as the next one is less than 32 members away, an entry of one member some 26.

use crate::{
    Kinds, Mark, Record, State,
    state::{Entry, FAR, Slot},
};
use kernel::{MemberId, OrgId};

/// What every packed state begins with. Raised as well whenever another kind of fact is learned from the trace: what was read
/// before is in no older state.
const VERSION: u8 = 2;

/// Bytes that are no packed state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// They are of a version that is not known here.
    #[error("version {0} of packed states is not known")]
    Version(u8),
    /// They end too early, go on too long, or say what no state says.
    #[error("not a packed state: {0}")]
    Broken(&'static str),
}

impl State {
    /// As bytes: of equal states the same ones.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + 16 * self.members.len() + 28 * self.entries.len() + self.parts.len());
        out.push(VERSION);
        out.extend_from_slice(self.branch.as_bytes());
        number(&mut out, fold(i32::from(self.year())));
        number(&mut out, wide(self.members.len()));
        self.members.iter().for_each(|member| out.extend_from_slice(member.as_bytes()));
        number(&mut out, wide(self.entries.len()));
        for entry in &self.entries {
            self.pack_entry(&mut out, entry);
        }
        out
    }

    fn pack_entry(&self, out: &mut Vec<u8>, entry: &Entry) {
        let (prefix, id) = entry.record.packed();
        out.push(prefix);
        out.extend_from_slice(id);
        number(out, entry.revision);
        number(out, entry.kinds.0.into());
        if entry.kinds == Kinds::default() {
            return;
        }
        number(out, fold(entry.day));
        number(out, entry.delay.into());
        number(out, entry.value.into());
        let parts = self.parts(entry);
        number(out, wide(parts.len()));
        let mut before = 0;
        for Slot { member, mark } in parts {
            number(out, wide(member - before) << 2 | *mark as u64);
            before = *member;
        }
    }

    /// The state that was packed as `bytes`.
    ///
    /// # Errors
    /// [`PackError`] when they are none.
    pub fn unpack(bytes: &[u8]) -> Result<Self, PackError> {
        let mut from = Reader(bytes);
        match from.byte()? {
            VERSION => {}
            other => return Err(PackError::Version(other)),
        }
        let (millis, random) = from.id()?;
        let year = i16::try_from(unfold(from.small()?)).map_err(|_| PackError::Broken("the year"))?;
        let mut state = Self::new(OrgId::from_bytes(millis, random), year);
        let members = from.count(16)?;
        state.members.reserve(members);
        for _ in 0..members {
            let (millis, random) = from.id()?;
            let member = MemberId::from_bytes(millis, random);
            if state.members.last().is_some_and(|last| *last >= member) {
                return Err(PackError::Broken("the order of members"));
            }
            state.members.push(member);
        }
        let entries = from.count(19)?;
        state.entries.reserve(entries);
        let mut parts = Vec::new();
        for _ in 0..entries {
            let entry = from.entry(members, &mut parts)?;
            if state.entries.last().is_some_and(|last| last.record >= entry.record) {
                return Err(PackError::Broken("the order of records"));
            }
            state.push(entry, parts.drain(..));
        }
        if from.0.is_empty() { Ok(state) } else { Err(PackError::Broken("more behind its end")) }
    }
}

/// Bytes that are still to be read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    pub(crate) fn byte(&mut self) -> Result<u8, PackError> {
        let (first, rest) = self.0.split_first().ok_or(PackError::Broken("its end"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], PackError> {
        let (first, rest) = self.0.split_first_chunk().ok_or(PackError::Broken("its end"))?;
        self.0 = rest;
        Ok(*first)
    }

    /// Milliseconds and the rest of an id.
    pub(crate) fn id(&mut self) -> Result<(u64, [u8; 10]), PackError> {
        let millis: [u8; 6] = self.array()?;
        Ok((millis.iter().fold(0, |millis, byte| millis << 8 | u64::from(*byte)), self.array()?))
    }

    fn number(&mut self) -> Result<u64, PackError> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || bits << shift >> shift != bits {
                return Err(PackError::Broken("a number"));
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    fn small(&mut self) -> Result<u32, PackError> {
        self.number()?.try_into().map_err(|_| PackError::Broken("a number"))
    }

    /// How many follow, each of `least` bytes or more.
    fn count(&mut self, least: usize) -> Result<usize, PackError> {
        let count = usize::try_from(self.number()?).map_err(|_| PackError::Broken("a count"))?;
        if count > self.0.len() / least { Err(PackError::Broken("a count")) } else { Ok(count) }
    }

    /// An entry, and its parts into `parts`.
    fn entry(&mut self, members: usize, parts: &mut Vec<Slot>) -> Result<Entry, PackError> {
        let prefix = self.byte()?;
        let record = Record::unpacked(prefix, self.array()?).ok_or(PackError::Broken("a kind of record"))?;
        let (revision, kinds) = (self.number()?, Kinds(self.small()?));
        let mut entry = Entry { record, revision, kinds, day: 0, delay: 0, value: 0, parts: (0, 0) };
        if !kinds.are_known() {
            return Err(PackError::Broken("a kind of fact"));
        }
        if kinds == Kinds::default() {
            return Ok(entry);
        }
        (entry.day, entry.delay, entry.value) = (unfold(self.small()?), self.small()?, self.small()?);
        if entry.day.unsigned_abs().max(entry.delay) > FAR.unsigned_abs() {
            return Err(PackError::Broken("a day"));
        }
        let (mut member, count) = (0, self.count(1)?);
        for n in 0..count {
            let packed = self.small()?;
            let after = usize::try_from(packed >> 2).map_err(|_| PackError::Broken("a part"))?;
            member += after;
            let mark = Mark::ALL.into_iter().find(|mark| *mark as u32 == packed & 3);
            let mark = mark.filter(|_| member < members && (n == 0 || after > 0)).ok_or(PackError::Broken("a part"))?;
            parts.push(Slot { member, mark });
        }
        Ok(entry)
    }
}

fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Signed as unsigned, small ones small.
fn fold(number: i32) -> u64 {
    let folded = number.unsigned_abs() << 1;
    u64::from(if number < 0 { folded - 1 } else { folded })
}

/// The opposite of [`fold`].
fn unfold(number: u32) -> i32 {
    let half = number.div_ceil(2).cast_signed();
    if number % 2 == 1 { half.wrapping_neg() } else { half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fact, FactKind, Part, Statement};
    use jiff::civil::Date;
    use kernel::MeetingId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back(wanted: u64, signed in -FAR..=FAR) {
            let mut out = Vec::new();
            number(&mut out, wanted);
            number(&mut out, fold(signed));
            let mut from = Reader(&out);
            prop_assert_eq!(from.number(), Ok(wanted));
            prop_assert_eq!(unfold(from.small().unwrap()), signed);
            prop_assert!(from.0.is_empty());
        }

        #[test]
        fn whatever_bytes_there_are_they_are_a_state_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            if let Ok(state) = State::unpack(&bytes) {
                prop_assert_eq!(State::unpack(&state.pack()), Ok(state));
            }
        }
    }

    fn known() -> State {
        let member = |n| MemberId::from_bytes(2, [n; 10]);
        let mut state = State::new(OrgId::from_bytes(1, [1; 10]), 2026);
        let (meeting, other) = (MeetingId::from_bytes(3, [3; 10]), MeetingId::from_bytes(4, [4; 10]));
        let (day, recorded) = (Date::constant(2026, 3, 5), Date::constant(2026, 3, 6));
        let parts =
            vec![Part { member: member(9), mark: Mark::Exempt }, Part { member: member(2), mark: Mark::Missed }];
        let kinds = [FactKind::ThemeDay, FactKind::Study].into_iter().collect();
        let says = Statement { kinds, day, recorded, value: 90, parts };
        assert!(state.apply([Fact::stated(meeting, 200, says), Fact::withdrawn(other, 3)]));
        state
    }

    #[test]
    fn the_layout_is_what_it_says() {
        let id = |millis: u8, n: u8| {
            let mut id = [0, 0, 0, 0, 0, millis, n, n, n, n, n, n, n, n, n, n];
            (id[6], id[8]) = (0x70 | n & 0xf, 0x80 | n & 0x3f);
            id
        };
        let mut wanted = vec![2];
        wanted.extend(id(1, 1));
        wanted.extend([0xd4, 0x1f]); // 2 × 2026
        wanted.push(2);
        wanted.extend(id(2, 2));
        wanted.extend(id(2, 9));
        wanted.push(2);
        wanted.push(2);
        wanted.extend(id(3, 3));
        wanted.extend([0xc8, 0x01]); // revision 200
        wanted.extend([0x80, 0x21]); // theme day, bit 7, and study, bit 12
        wanted.extend([126, 1, 90, 2]); // the 64th day, a day later, 90 minutes, two parts
        wanted.extend([1, 4 | 2]);
        wanted.push(2);
        wanted.extend(id(4, 4));
        wanted.extend([3, 0]);
        assert_eq!(known().pack(), wanted);
        assert_eq!(State::unpack(&wanted), Ok(known()));
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = known().pack();
        for end in 0..bytes.len() {
            assert!(State::unpack(&bytes[..end]).is_err(), "{end}");
        }
        assert_eq!(State::unpack(&[1]), Err(PackError::Version(1)));
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert_eq!(State::unpack(&longer), Err(PackError::Broken("more behind its end")));
        let mut members = bytes.clone();
        members.copy_within(20..36, 36);
        assert_eq!(State::unpack(&members), Err(PackError::Broken("the order of members")));
    }
}
