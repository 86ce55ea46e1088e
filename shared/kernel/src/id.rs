//! Identifiers: a prefix per kind and a UUIDv7, so that they sort by the time they were made.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("编号格式不正确\u{1f}not a well-formed id")]
pub struct InvalidId;

/// Milliseconds since 1970; before that counts as 1970.
fn millis_at(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

/// A UUIDv7 of the instant `now`.
fn uuid_at(now: Timestamp) -> Uuid {
    let millis = millis_at(now);
    let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1_000, nanos))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id that sorts at `now`, to the millisecond.
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }

            /// The id made of sixteen bytes; version and variant bits are set. For ids that must come out the same
            /// each time: generated data, rows of an import.
            #[must_use]
            pub fn from_bytes(millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The id of the instant `at` (to the millisecond; before 1970 counts as 1970) with these bytes for what is random.
            /// With zeros it is the smallest one of that instant.
            #[must_use]
            pub fn of_instant(at: Timestamp, random: [u8; 10]) -> Self {
                Self::from_bytes(millis_at(at), random)
            }

            /// Its sixteen bytes, which sort as its text does.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// When it was made, in milliseconds since 1970 UTC.
            #[must_use]
            pub fn millis(&self) -> i64 {
                self.0.get_timestamp().map_or(0, |at| {
                    let (seconds, nanos) = at.to_unix();
                    i64::try_from(seconds).unwrap_or(0) * 1_000 + i64::from(nanos / 1_000_000)
                })
            }

            /// The day in Shanghai on which it was made.
            #[must_use]
            pub fn day(&self) -> Date {
                crate::shanghai_day(Timestamp::from_millisecond(self.millis()).unwrap_or_default())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.as_simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the one spelling that [`fmt::Display`] writes.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let hex = text.strip_prefix(concat!($prefix, "_")).ok_or(InvalidId)?;
                let one_spelling = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                let uuid = Uuid::try_parse(hex).map_err(|_| InvalidId)?;
                if one_spelling && uuid.get_version_num() == 7 { Ok(Self(uuid)) } else { Err(InvalidId) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

ids! {
    /// A person in the register, from the first application to the end of the file. Sign-in uses the same id.
    MemberId = "mbr",
    /// A node of the organisation tree.
    OrgId = "org",
    /// One person's dated office in one organisation.
    AppointmentId = "apt",
    /// One line of the trace.
    ActivityId = "act",
    /// One signed-in device.
    SessionId = "ses",
    /// A request to have one's record corrected.
    CorrectionId = "cor",
    /// A transfer of a person's affiliation from one organisation to another.
    TransferId = "trf",
    /// A task: a key task, a part of one, or a whistle task.
    TaskId = "tsk",
    /// One line of the thread of a task.
    CommentId = "cmt",
    /// One reading of a person's record by somebody else.
    ReadId = "rea",
    /// A file of records that somebody brings in.
    ImportId = "imp",
    /// A file of records that somebody takes out.
    ExportId = "exp",
    /// A picture, video or document of an organisation.
    MediaId = "med",
    /// One run of a scheduled function.
    RunId = "run",
    /// A meeting of a branch or a group.
    MeetingId = "mtg",
    /// A course with its lessons.
    CourseId = "crs",
    /// A topic of study for chosen organisations.
    TopicId = "top",
    /// A set of questions of an organisation's bank.
    QuestionSetId = "qst",
    /// A paper: questions with a limit of time and a mark that passes.
    PaperId = "pap",
    /// One person's try at a paper.
    AttemptId = "att",
    /// A training that somebody confirms before it counts.
    TrainingId = "trn",
    /// A certificate of study.
    CertificateId = "crt",
    /// A payment of dues.
    PaymentId = "pay",
    /// What an organisation sends up of its dues.
    RemittanceId = "rmt",
    /// An entry of a book of dues.
    EntryId = "ent",
    /// Dues unpaid for so long that the branch looks into it.
    CaseId = "cas",
    /// A member's appeal against a line of their portrait.
    AppealId = "apl",
    /// A merit or fault that an officer filed about a member.
    ConductId = "cdt",
    /// Something that a rule finds in the records of an organisation.
    FindingId = "fnd",
    /// A branch's application in a year's star review.
    StarApplicationId = "sta",
    /// What somebody has against a star that is under public notice.
    StarObjectionId = "sto",
    /// Something that a person is told.
    NoticeId = "ntc",
    /// One message on its way over one channel.
    DeliveryId = "dlv",
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_reads_back_as_it_was_written(millis in 0_u64..(1 << 48), random: [u8; 10]) {
            let id = MemberId::from_bytes(millis, random);
            prop_assert_eq!(id.to_string().parse::<MemberId>(), Ok(id));
            prop_assert_eq!(id.millis(), i64::try_from(millis).unwrap());
            let (at, random) = id.as_bytes().split_at(6);
            let at = at.iter().fold(0, |at, byte| at << 8 | u64::from(*byte));
            prop_assert_eq!(MemberId::from_bytes(at, random.try_into().unwrap()), id);
        }

        #[test]
        fn ids_sort_by_the_time_they_were_made(a in 0_u64..(1 << 48), b in 0_u64..(1 << 48), x: [u8; 10], y: [u8; 10]) {
            prop_assume!(a < b);
            let (first, second) = (OrgId::from_bytes(a, x).to_string(), OrgId::from_bytes(b, y).to_string());
            prop_assert!(first < second);
        }

        #[test]
        fn any_other_text_is_refused(text in "\\PC{0,50}") {
            prop_assume!(!text.starts_with("mbr_"));
            prop_assert_eq!(text.parse::<MemberId>(), Err(InvalidId));
        }
    }

    #[test]
    fn there_is_one_spelling() {
        let id = MemberId::from_bytes(1, [0xab; 10]).to_string();
        for other in [id.to_uppercase(), id.replace("mbr", "org"), format!("{id} "), id.replace('_', "-")] {
            assert_eq!(other.parse::<MemberId>(), Err(InvalidId), "{other}");
        }
        let version_four = "mbr_0190a0b0c0d04000800000000000000a";
        assert_eq!(version_four.parse::<MemberId>(), Err(InvalidId));
    }

    #[test]
    fn no_two_kinds_share_a_prefix_and_none_contains_a_key_separator() {
        let mut seen = PREFIXES.to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), PREFIXES.len());
        assert!(PREFIXES.iter().all(|p| p.len() == 3 && p.bytes().all(|b| b.is_ascii_lowercase())));
    }
}
