//! Records that facts come from. What is no record of its own is its activity.

use kernel::{
    ActivityId, AppointmentId, AttemptId, ConductId, InvalidId, MeetingId, MemberId, OrgId, PaymentId, TaskId,
    TrainingId, TransferId,
};
use std::{fmt, str::FromStr};

/// Set in the number of its kind, it is not the record but what was corrected of it.
const CORRECTED: u8 = 0x80;

/// The id of a record, whatever its kind: prefix and sixteen bytes. Sorts by kind, then by the time it was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    prefix: u8,
    id: [u8; 16],
}

macro_rules! records {
    ($($kind:ident),+ $(,)?) => {
        /// Kinds of records by their number in packed states: new ones are added at the end.
        const PREFIXES: &[&str] = &[$($kind::PREFIX),+];

        $(impl From<$kind> for Record {
            fn from(id: $kind) -> Self {
                Self::new($kind::PREFIX, *id.as_bytes())
            }
        })+
    };
}

records!(
    OrgId,
    MemberId,
    MeetingId,
    TrainingId,
    AttemptId,
    PaymentId,
    TaskId,
    TransferId,
    ActivityId,
    ConductId,
    AppointmentId,
);

impl Record {
    /// Only kinds of the table come here.
    fn new(prefix: &str, id: [u8; 16]) -> Self {
        let prefix = PREFIXES.iter().zip(0..).find(|(known, _)| **known == prefix).map_or(0, |(_, number)| number);
        Self { prefix, id }
    }

    /// What was corrected of the record: a record of its own, behind all others. As text it is the record.
    #[must_use]
    pub const fn correction(self) -> Self {
        Self { prefix: self.prefix | CORRECTED, id: self.id }
    }

    /// Whether it is what was corrected of another record.
    pub(crate) const fn is_correction(&self) -> bool {
        self.prefix & CORRECTED != 0
    }

    /// What it is packed as.
    pub(crate) const fn packed(&self) -> (u8, &[u8; 16]) {
        (self.prefix, &self.id)
    }

    /// The record that was packed as this; `None` where no kind has that number.
    pub(crate) fn unpacked(prefix: u8, id: [u8; 16]) -> Option<Self> {
        (usize::from(prefix & !CORRECTED) < PREFIXES.len()).then_some(Self { prefix, id })
    }
}

/// The id as everybody writes it: `mtg_0190…`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = PREFIXES.get(usize::from(self.prefix & !CORRECTED)).copied().unwrap_or_default();
        write!(f, "{prefix}_{:032x}", u128::from_be_bytes(self.id))
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Record {
    type Err = InvalidId;

    /// Accepts the ids of records that facts come from, in their one spelling.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (prefix, hex) = text.split_once('_').ok_or(InvalidId)?;
        let known = PREFIXES.iter().find(|known| **known == prefix).ok_or(InvalidId)?;
        let one_spelling = hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let id = u128::from_str_radix(hex, 16).ok().filter(|_| one_spelling).ok_or(InvalidId)?;
        Ok(Self::new(known, id.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_record_is_written_as_the_id_it_comes_from(millis in 0_u64..(1 << 48), random: [u8; 10]) {
            for (record, text) in [
                (Record::from(MeetingId::from_bytes(millis, random)), MeetingId::from_bytes(millis, random).to_string()),
                (Record::from(TransferId::from_bytes(millis, random)), TransferId::from_bytes(millis, random).to_string()),
            ] {
                prop_assert_eq!(record.to_string(), text.clone());
                prop_assert_eq!(text.parse::<Record>(), Ok(record));
                let (prefix, id) = record.packed();
                prop_assert_eq!(Record::unpacked(prefix, *id), Some(record));
            }
        }
    }

    #[test]
    fn other_texts_are_no_records() {
        let id = MeetingId::from_bytes(1, [0xab; 10]).to_string();
        for text in [id.to_uppercase(), id.replace("mtg", "ses"), format!("{id}0"), "mtg_".to_owned(), String::new()] {
            assert_eq!(text.parse::<Record>(), Err(InvalidId), "{text}");
        }
        let many = u8::try_from(PREFIXES.len()).unwrap();
        assert!(Record::unpacked(many, [0; 16]).is_none());
    }

    #[test]
    fn what_was_corrected_lies_behind_all_records_and_is_told_by_its_record() {
        let (one, last) =
            (Record::from(OrgId::from_bytes(1, [1; 10])), Record::from(AppointmentId::from_bytes(9, [9; 10])));
        assert!(one.correction() > last && one.correction() < last.correction());
        assert!(one.correction().is_correction() && !one.is_correction());
        assert_eq!((one.correction().to_string(), one.correction().correction()), (one.to_string(), one.correction()));
        let correction = one.correction();
        let (prefix, id) = correction.packed();
        assert_eq!(Record::unpacked(prefix, *id), Some(correction));
        let many = u8::try_from(PREFIXES.len()).unwrap();
        assert!(Record::unpacked(CORRECTED | many, [0; 16]).is_none());
    }

    #[test]
    fn the_numbers_of_kinds_stay() {
        let first = ["org", "mbr", "mtg", "trn", "att", "pay", "tsk", "trf", "act", "cdt", "apt"];
        assert!(PREFIXES.starts_with(&first), "packed states have them");
    }
}
