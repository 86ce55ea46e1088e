//! What appeals corrected of a record.

use jiff::civil::Date;
use kernel::{AppealId, MemberId};
use scoring::{Fact, FactKind, Mark, Part, Record, Statement};
use serde::{Deserialize, Serialize};

/// What a granted appeal says of a record for its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CorrectedPart {
    /// The member.
    pub member: MemberId,
    /// Whether it counts as done; otherwise it is left out, as if nothing had been asked.
    pub counts: bool,
    /// The appeal that was granted.
    pub appeal: AppealId,
}

/// Everything that appeals corrected of one record, which is told as a whole each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Correction {
    /// The record.
    pub record: String,
    /// The day of the record.
    pub on: Date,
    /// Counts what was corrected of it.
    pub version: u64,
    /// For whom, and how.
    pub parts: Vec<CorrectedPart>,
}

impl Correction {
    /// Nothing is corrected of `record` yet, which is of the day `on`.
    #[must_use]
    pub fn none(record: Record, on: Date) -> Self {
        Self { record: record.to_string(), on, version: 0, parts: Vec::new() }
    }

    /// The same with one more part; of several of one member the last one holds.
    #[must_use]
    pub fn with(&self, part: CorrectedPart) -> Self {
        let others = self.parts.iter().filter(|known| known.member != part.member).copied();
        Self { version: self.version + 1, parts: others.chain([part]).collect(), ..self.clone() }
    }

    /// As a fact beside the record, of the day `recorded`; `None` where it names no record.
    #[must_use]
    pub fn fact(&self, recorded: Date) -> Option<Fact> {
        let record: Record = self.record.parse().ok()?;
        let mark = |counts| if counts { Mark::Done } else { Mark::Exempt };
        let parts = self.parts.iter().map(|part| Part { member: part.member, mark: mark(part.counts) });
        let kinds = [FactKind::Correction].into_iter().collect();
        let says = Statement { kinds, day: self.on, recorded, value: 0, parts: parts.collect() };
        Some(Fact::stated(record.correction(), self.version, says))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::MeetingId;

    #[test]
    fn the_last_word_for_a_member_holds() {
        let (record, on) = (Record::from(MeetingId::from_bytes(1, [1; 10])), Date::constant(2026, 11, 20));
        let part = |n: u8, counts| CorrectedPart {
            member: MemberId::from_bytes(1, [n; 10]),
            counts,
            appeal: AppealId::from_bytes(1, [n; 10]),
        };
        let correction = Correction::none(record, on).with(part(1, true)).with(part(2, true)).with(part(1, false));
        assert_eq!((correction.version, correction.parts.len()), (3, 2));
        let fact = correction.fact(Date::constant(2026, 11, 24)).unwrap();
        assert_eq!((fact.record, fact.revision), (record.correction(), 3));
        let marks: Vec<_> = fact.says.unwrap().parts.into_iter().map(|part| part.mark).collect();
        assert_eq!(marks, [Mark::Done, Mark::Exempt]);
    }
}
