//! A person in the register.

use dynamo::Stretch;
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, OrgPath, PersonName, Sex};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault::Sealed;

/// Where a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemberState {
    /// 预备党员
    Probationary,
    /// 正式党员
    Full,
    /// 停止党籍
    Suspended,
    /// 除名
    Removed,
    /// 转出
    TransferredOut,
    /// 去世
    Deceased,
}

impl MemberState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Probationary, Self::Full, Self::Suspended, Self::Removed, Self::TransferredOut, Self::Deceased];

    /// Whether the person is on the rolls of an organisation.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Probationary | Self::Full | Self::Suspended)
    }

    /// Whether the person takes part in the life of their organisation: whose membership is suspended (停止党籍, 教管条例 §24) is
    /// on its rolls and does not.
    #[must_use]
    pub const fn takes_part(self) -> bool {
        matches!(self, Self::Probationary | Self::Full)
    }

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Probationary => "预备党员",
            Self::Full => "正式党员",
            Self::Suspended => "停止党籍",
            Self::Removed => "除名",
            Self::TransferredOut => "转出",
            Self::Deceased => "去世",
        }
    }

    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Probationary => "probationary",
            Self::Full => "full",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
            Self::TransferredOut => "transferred-out",
            Self::Deceased => "deceased",
        }
    }
}

/// What a person lives on, as dues and statistics divide people (党费规定 §1–6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 按月领取工资
    Wage,
    /// 年薪制
    AnnualSalary,
    /// 个体经营者等
    SelfEmployed,
    /// 离退休
    Retired,
    /// 农民
    Farmer,
    /// 学生
    Student,
    /// 下岗失业、抚恤救济、低保
    Relief,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 7] =
        [Self::Wage, Self::AnnualSalary, Self::SelfEmployed, Self::Retired, Self::Farmer, Self::Student, Self::Relief];

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Wage => "按月领取工资",
            Self::AnnualSalary => "年薪制",
            Self::SelfEmployed => "个体经营",
            Self::Retired => "离退休",
            Self::Farmer => "农民",
            Self::Student => "学生",
            Self::Relief => "下岗失业或低保",
        }
    }

    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Wage => "wage",
            Self::AnnualSalary => "annual-salary",
            Self::SelfEmployed => "self-employed",
            Self::Retired => "retired",
            Self::Farmer => "farmer",
            Self::Student => "student",
            Self::Relief => "relief",
        }
    }
}

/// That nobody presses somebody to take part: old, ill, disabled (教管条例 §23). Their rights stay. Which of these it is says
/// something of their health, so that it is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exemption {
    /// Since when.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The last day, once it is ended. It is not deleted: what was not asked of somebody meanwhile is not asked later.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// A person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Their id, the same from the first application to the end of the file.
    pub id: MemberId,
    /// The branch or group they belong to.
    pub organization: OrgId,
    /// Its path: a copy for lists, brought up to date after a move. Permissions read the tree itself.
    pub path: OrgPath,
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Date of birth, out of the ID-card number.
    pub born: Date,
    /// 民族
    pub ethnicity: Line<20>,
    /// 学历
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub education: Option<Line<20>>,
    /// Where they work or study.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<Line<80>>,
    /// What they live on.
    pub category: Category,
    /// ID-card number, encrypted.
    pub id_card: Sealed,
    /// The same, masked.
    pub id_card_masked: String,
    /// The same as a keyed hash, under which it is unique.
    pub id_card_index: String,
    /// Phone number, encrypted.
    pub phone: Sealed,
    /// The same, masked.
    pub phone_masked: String,
    /// The same as a keyed hash, under which it is unique.
    pub phone_index: String,
    /// Where they stand.
    pub state: MemberState,
    /// Since when.
    pub state_since: Date,
    /// 入党日期: the day of the branch meeting that admitted them (细则2026 §31).
    pub joined_on: Date,
    /// 转正日期: the day on which probation ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub full_since: Option<Date>,
    /// That nobody presses them to take part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exemption: Option<Exemption>,
    /// Counts the record's changes.
    pub version: u64,
    /// When it was last changed, in UTC.
    pub updated_at: Timestamp,
}

impl Member {
    /// Whether they are exempt from taking part on `day`.
    #[must_use]
    pub fn is_exempt(&self, day: Date) -> bool {
        let holds = |it: Exemption| it.since <= day && it.until.is_none_or(|until| day <= until);
        self.exemption.is_some_and(holds)
    }
}

/// A person as lists show them: no number in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Their id.
    pub id: MemberId,
    /// The branch or group.
    pub organization: OrgId,
    /// Name.
    pub name: PersonName,
    /// Where they stand.
    pub state: MemberState,
    /// What they live on.
    pub category: Category,
    /// Phone number, masked.
    pub phone_masked: String,
    /// 入党日期
    #[schema(value_type = String, format = Date)]
    pub joined_on: Date,
    /// The record's version.
    pub version: u64,
}

/// A person's record as it is stored, with the keys of its indexes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberRow {
    /// `MBR#<id>`
    pub pk: String,
    /// `MBR`
    pub sk: String,
    /// Indexes `place` and `name`: the district, and whether the person is on the rolls.
    pub area: String,
    /// Index `place`: path, pinyin and id.
    pub place: String,
    /// Index `name`: initials, pinyin and id.
    pub name_key: String,
    /// Pinyin of the name.
    pub pinyin: String,
    /// Initials of the name.
    pub initials: String,
    /// The record.
    #[serde(flatten)]
    pub member: Member,
}

impl MemberRow {
    /// Levels of the tree that one partition of the indexes covers: a district of a municipal committee.
    pub const AREA_DEPTH: usize = 2;

    /// The row of `member`.
    #[must_use]
    pub fn new(member: Member) -> Self {
        let key = member.name.key();
        Self {
            pk: Self::partition(member.id),
            sk: "MBR".to_owned(),
            area: Self::area(&member.path, member.state.is_current()),
            place: Self::place(&member.path, &key.pinyin, member.id),
            name_key: format!("{}#{}#{}", key.initials, key.pinyin, member.id),
            pinyin: key.pinyin,
            initials: key.initials,
            member,
        }
    }

    /// The partition of a person.
    #[must_use]
    pub fn partition(id: MemberId) -> String {
        format!("MBR#{id}")
    }

    /// The sort key of index `place`.
    #[must_use]
    pub fn place(path: &OrgPath, pinyin: &str, id: MemberId) -> String {
        format!("{path}{pinyin}#{id}")
    }

    /// The partition of the indexes for persons at `path`; those who left are kept apart, so that lists of the present
    /// need no filter.
    #[must_use]
    pub fn area(path: &OrgPath, current: bool) -> String {
        let area = path.upto(Self::AREA_DEPTH);
        if current { area.to_owned() } else { format!("PAST{area}") }
    }

    /// What index `place` has of the organisation at `path` and of all below it: of persons, and of what is listed as they are.
    #[must_use]
    pub fn below(path: &OrgPath, current: bool) -> Stretch {
        Self::among(path, path, current)
    }

    /// The same of one part of a tree, as [`crate::Organizations::areas`] names it, as far as it is at or below `place`.
    #[must_use]
    pub fn among(part: &OrgPath, place: &OrgPath, current: bool) -> Stretch {
        Stretch::beginning(Self::area(part, current), place.as_str()).of_index("place", "area", "place")
    }
}

/// Holds a number for the person it belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenRow {
    /// `ID#<keyed hash>` or `PHONE#<keyed hash>`
    pub pk: String,
    /// `TAKEN`
    pub sk: String,
    /// Whose it is.
    pub member: MemberId,
}

impl TakenRow {
    /// The row that holds an ID-card number.
    #[must_use]
    pub fn id_card(index: &str, member: MemberId) -> Self {
        Self { pk: format!("ID#{index}"), sk: "TAKEN".to_owned(), member }
    }

    /// The row that holds a phone number.
    #[must_use]
    pub fn phone(index: &str, member: MemberId) -> Self {
        Self { pk: format!("PHONE#{index}"), sk: "TAKEN".to_owned(), member }
    }
}
