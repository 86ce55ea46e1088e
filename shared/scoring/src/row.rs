//! Rows of the table of scores, for whoever writes and whoever shows them.

use crate::{PackError, Scores, Sheet, State};
use jiff::civil::Date;
use kernel::{OrgId, day_number};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::fmt;

/// Bytes, kept as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Packed(Vec<u8>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Packed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Packed, E> {
                Ok(Packed(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Packed, E> {
                Ok(Packed(bytes))
            }
        }

        from.deserialize_byte_buf(Bytes)
    }
}

/// The state of a branch's year, or what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearRow {
    /// `ORG#<branch>`
    pub pk: String,
    /// `<year>#STATE` or `<year>#SCORES`
    pub sk: String,
    /// Everything up to the end of this day is in it.
    pub through: Date,
    /// The same as a number, which grows.
    pub version: u64,
    /// Of scores: the version of the sheet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<String>,
    packed: Packed,
}

impl YearRow {
    const STATE: &str = "STATE";
    const SCORES: &str = "SCORES";

    /// The row of `state`, which reaches to the end of `through`.
    #[must_use]
    pub fn of_state(state: &State, through: Date) -> Self {
        Self::new(state, (Self::STATE, None), through, state.pack())
    }

    /// The row of what `state` comes to by `sheet`.
    #[must_use]
    pub fn of_scores(state: &State, sheet: &Sheet, through: Date) -> Self {
        let of = (Self::SCORES, Some(sheet.version.clone()));
        Self::new(state, of, through, Scores::of(state, sheet).pack())
    }

    fn new(state: &State, (what, sheet): (&str, Option<String>), through: Date, packed: Vec<u8>) -> Self {
        let (pk, sk) = (Self::partition(state.branch()), format!("{}{what}", Self::beginning(state.year())));
        Self { pk, sk, through, version: day_number(through), sheet, packed: Packed(packed) }
    }

    /// The partition of a branch.
    #[must_use]
    pub fn partition(branch: OrgId) -> String {
        format!("ORG#{branch}")
    }

    /// Partition and sort key of what a branch's year comes to.
    #[must_use]
    pub fn scores_key(branch: OrgId, year: i16) -> (String, String) {
        (Self::partition(branch), format!("{}{}", Self::beginning(year), Self::SCORES))
    }

    /// What the sort keys of a year begin with.
    #[must_use]
    pub fn beginning(year: i16) -> String {
        format!("{year}#")
    }

    /// Whether it is a state.
    #[must_use]
    pub fn is_state(&self) -> bool {
        self.sk.ends_with(Self::STATE)
    }

    /// Whether it is what a state comes to by `sheet`.
    #[must_use]
    pub fn is_by(&self, sheet: &Sheet) -> bool {
        self.sheet.as_ref() == Some(&sheet.version)
    }

    /// The state.
    ///
    /// # Errors
    /// [`PackError`] when it is none.
    pub fn state(&self) -> Result<State, PackError> {
        State::unpack(&self.packed.0)
    }

    /// The scores.
    ///
    /// # Errors
    /// [`PackError`] when they are none.
    pub fn scores(&self) -> Result<Scores, PackError> {
        Scores::unpack(&self.packed.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_they_are_and_how_far_they_reach() {
        let (state, through) = (State::new(OrgId::from_bytes(1, [1; 10]), 2026), Date::constant(2026, 11, 29));
        let sheet = Sheet::get().unwrap();
        let (one, other) = (YearRow::of_state(&state, through), YearRow::of_scores(&state, sheet, through));
        assert_eq!((one.sk.as_str(), other.sk.as_str()), ("2026#STATE", "2026#SCORES"));
        assert!(one.is_state() && !other.is_state() && other.is_by(sheet) && !one.is_by(sheet));
        assert_eq!((other.pk.clone(), other.sk.clone()), YearRow::scores_key(state.branch(), 2026));
        assert_eq!((one.version, one.pk), (20_261_129, YearRow::partition(state.branch())));
        assert!(day_number(Date::constant(2026, 12, 1)) > 20_261_130);
        assert_eq!(other.scores(), Ok(Scores::of(&state, sheet)));
    }
}
