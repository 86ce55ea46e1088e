//! Rows as they are stored.

use crate::domain::{Appeal, ConductItem, MemberRating, Round};
use dynamo::Key;
use jiff::civil::Date;
use kernel::{AppealId, ConductId, MemberId, OrgId, shanghai_day};
use score_records::Correction;
use serde::{Deserialize, Serialize};

/// The partition of what is one person's.
fn person(member: MemberId) -> String {
    format!("MBR#{member}")
}

/// A rating as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RatingRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `RTG#<year>`; `RTG#<year>#<version>` of one that another came in the place of
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) rating: MemberRating,
}

impl RatingRow {
    pub(crate) fn new(rating: MemberRating) -> Self {
        let Key { pk, sk } = Self::key(rating.member, rating.year);
        Self { pk, sk, rating }
    }

    /// One that another comes in the place of.
    pub(crate) fn earlier(rating: MemberRating) -> Self {
        let Key { pk, sk } = Self::key(rating.member, rating.year);
        Self { pk, sk: format!("{sk}#{}", rating.version), rating }
    }

    pub(crate) fn key(member: MemberId, year: i16) -> Key {
        Key::new(person(member), format!("RTG#{year}"))
    }
}

/// An appeal as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppealRow {
    /// `APL#<id>`
    pub(crate) pk: String,
    /// `APL`
    pub(crate) sk: String,
    /// Index `owned`: the branch.
    pub(crate) owner: OrgId,
    /// Index `owned`: the same as `pk`.
    pub(crate) owner_key: String,
    /// Index `person`, under `member`: the same as `pk`.
    pub(crate) person_key: String,
    #[serde(flatten)]
    pub(crate) appeal: Appeal,
}

impl AppealRow {
    pub(crate) const MARK: &str = "APL";

    pub(crate) fn new(appeal: Appeal) -> Self {
        let Key { pk, sk } = Self::key(appeal.id);
        Self { owner: appeal.branch, owner_key: pk.clone(), person_key: pk.clone(), pk, sk, appeal }
    }

    pub(crate) fn key(id: AppealId) -> Key {
        Key::new(format!("{}#{id}", Self::MARK), Self::MARK)
    }
}

/// How often a member appealed about a record: there is one open appeal at a time, and a last one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoundRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `RND#<record>`
    pub(crate) sk: String,
    /// The last appeal.
    pub(crate) appeal: AppealId,
    /// Which one it is.
    pub(crate) number: u8,
    /// When it was decided; absent as long as it is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_on: Option<Date>,
    /// Counts each appeal when it is filed and when it is decided.
    pub(crate) version: u64,
}

impl RoundRow {
    /// How it stands with `appeal` as the last one.
    pub(crate) fn of(appeal: &Appeal) -> Self {
        let Key { pk, sk } = Self::key(appeal.member, &appeal.record);
        let decided_on = appeal.decided_at.map(shanghai_day);
        let version = 2 * u64::from(appeal.round) - u64::from(decided_on.is_none());
        Self { pk, sk, appeal: appeal.id, number: appeal.round, decided_on, version }
    }

    pub(crate) fn key(member: MemberId, record: &str) -> Key {
        Key::new(person(member), format!("RND#{record}"))
    }

    pub(crate) const fn round(&self) -> Round {
        Round { appeal: self.appeal, number: self.number, decided_on: self.decided_on }
    }
}

/// What appeals corrected of a record, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CorrectionRow {
    /// `COR#<branch>#<record>`
    pub(crate) pk: String,
    /// `COR`
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) correction: Correction,
}

impl CorrectionRow {
    pub(crate) fn new(branch: OrgId, correction: Correction) -> Self {
        let Key { pk, sk } = Self::key(branch, &correction.record);
        Self { pk, sk, correction }
    }

    pub(crate) fn key(branch: OrgId, record: &str) -> Key {
        Key::new(format!("COR#{branch}#{record}"), "COR")
    }
}

/// A merit or fault as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConductRow {
    /// `CDT#<id>`
    pub(crate) pk: String,
    /// `CDT`
    pub(crate) sk: String,
    /// Index `owned`: the branch.
    pub(crate) owner: OrgId,
    /// Index `owned`: the same as `pk`.
    pub(crate) owner_key: String,
    /// Index `person`, under `member`: the same as `pk`.
    pub(crate) person_key: String,
    #[serde(flatten)]
    pub(crate) item: ConductItem,
}

impl ConductRow {
    pub(crate) const MARK: &str = "CDT";

    pub(crate) fn new(item: ConductItem) -> Self {
        let Key { pk, sk } = Self::key(item.id);
        Self { owner: item.branch, owner_key: pk.clone(), person_key: pk.clone(), pk, sk, item }
    }

    pub(crate) fn key(id: ConductId) -> Key {
        Key::new(format!("{}#{id}", Self::MARK), Self::MARK)
    }
}
