//! A person as they are to be registered: the one way a record comes to be, whoever registers them.

use crate::{Category, Member, MemberState, Node};
use dynamo::{Activity, Actor};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ErrorCode, IdCard, Line, MemberId, OrgId, PersonName, Phone, Refusal, RuleFile, Text, field};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use vault::{SealError, Vault};

/// A person to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// The branch or group that they belong to.
    pub organization: OrgId,
    /// Name.
    pub name: PersonName,
    /// ID-card number.
    pub id_card: IdCard,
    /// Phone number.
    pub phone: Phone,
    /// 民族
    #[schema(value_type = String)]
    pub ethnicity: Line<20>,
    /// 学历
    #[schema(value_type = Option<String>)]
    pub education: Option<Line<20>>,
    /// 工作或学习单位
    #[schema(value_type = Option<String>)]
    pub unit: Option<Line<80>>,
    /// What they live on.
    pub category: Category,
    /// `probationary` or `full`
    pub state: MemberState,
    /// 入党日期: the day of the branch meeting.
    #[schema(value_type = String, format = Date)]
    pub joined_on: Date,
    /// 转正日期; for full members.
    #[schema(value_type = Option<String>, format = Date)]
    pub full_since: Option<Date>,
}

impl Draft {
    /// Whether the dates and the state fit together, as seen on the day `today`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] with the first field that does not.
    pub fn check(&self, today: Date) -> Result<(), Refusal> {
        membership_days(self.id_card.born().unwrap_or(today), self.joined_on, self.full_since, today)?;
        match (self.state, self.full_since) {
            (MemberState::Probationary, None) | (MemberState::Full, Some(_)) => Ok(()),
            (MemberState::Probationary, Some(_)) => {
                Err(field("/fullSince", "预备党员没有转正日期", "a probationary member has no such day"))
            }
            (MemberState::Full, None) => {
                Err(field("/fullSince", "正式党员须填写转正日期", "is needed for a full member"))
            }
            _ => Err(field("/state", "登记时只能是预备党员或正式党员", "must be probationary or full")),
        }
    }
}

/// Whether persons can come to belong to `home`, by whatever way. A temporary branch holds no affiliations (支部条例 §8).
///
/// # Errors
/// [`ErrorCode::OrganizationClosed`]; [`ErrorCode::TemporaryBranch`]; [`ErrorCode::InvalidField`] with `/organization` for
/// one that has no members.
pub fn takes_members(home: &Node) -> Result<(), Refusal> {
    if home.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    if home.temporary {
        let article = &RULES.get()?.temporary_branch.article;
        return Err(Refusal::new(ErrorCode::TemporaryBranch).by(article));
    }
    if home.kind.has_members() {
        return Ok(());
    }
    Err(field("/organization", "党员只能编入党支部或党小组", "members belong to a branch or a group"))
}

impl Member {
    /// The record of `draft` under the id `id` in the organisation `home`, numbers sealed.
    ///
    /// # Errors
    /// When the key is not usable.
    pub fn registered(
        vault: &Vault,
        id: MemberId,
        home: &Node,
        draft: Draft,
        now: Timestamp,
    ) -> Result<Self, SealError> {
        let (id_card, id_card_masked, id_card_index) = Self::seal_id_card(vault, id, &draft.id_card)?;
        let (phone, phone_masked, phone_index) = Self::seal_phone(vault, id, &draft.phone)?;
        Ok(Self {
            id,
            organization: home.id,
            path: home.path.clone(),
            name: draft.name,
            sex: draft.id_card.sex(),
            born: draft.id_card.born().unwrap_or_default(),
            ethnicity: draft.ethnicity,
            education: draft.education,
            unit: draft.unit,
            category: draft.category,
            id_card,
            id_card_masked,
            id_card_index,
            phone,
            phone_masked,
            phone_index,
            state: draft.state,
            state_since: draft.full_since.unwrap_or(draft.joined_on),
            joined_on: draft.joined_on,
            full_since: draft.full_since,
            exemption: None,
            version: 1,
            updated_at: now,
        })
    }

    /// What the trace tells of the registration: standing and dates, for it outlives the record and is read by others than
    /// the record is.
    #[must_use]
    pub fn registration(&self, now: Timestamp, actor: Actor) -> Activity {
        let activity = Activity::new(now, actor, "member.registered", self.organization, self.id);
        activity.between(&Value::Null, &self.standing())
    }

    /// The same of somebody who was transferred out, as `old` says, and is registered again.
    #[must_use]
    pub fn readmission(&self, old: &Self, now: Timestamp, actor: Actor) -> Activity {
        let activity = Activity::new(now, actor, "member.readmitted", self.organization, self.id);
        activity.between(&old.standing(), &self.standing())
    }

    fn standing(&self) -> Value {
        json!({
            "organization": self.organization,
            "category": self.category,
            "state": self.state,
            "stateSince": self.state_since,
            "joinedOn": self.joined_on,
            "fullSince": self.full_since,
        })
    }
}

/// Whether the days of a life in the Party are in their order, as seen on the day `today`.
///
/// # Errors
/// [`ErrorCode::InvalidField`] with `/joinedOn` or `/fullSince`.
pub fn membership_days(born: Date, joined_on: Date, full_since: Option<Date>, today: Date) -> Result<(), Refusal> {
    if joined_on > today {
        return Err(field("/joinedOn", "入党日期不能晚于今天", "cannot be later than today"));
    }
    let age = &RULES.get()?.age;
    if born.saturating_add(age.years.years()) > joined_on {
        let zh = format!("入党时须年满 {} 周岁", age.years);
        let text = Text::of(zh, format!("a member is at least {} years old", age.years));
        return Err(Refusal::field("/joinedOn", text).by(&age.article));
    }
    match full_since {
        Some(since) if since > today => Err(field("/fullSince", "转正日期不能晚于今天", "cannot be later than today")),
        // Probation was shorter or none in earlier times; only the order holds for all.
        Some(since) if since < joined_on => {
            Err(field("/fullSince", "转正日期不能早于入党日期", "cannot be earlier than joinedOn"))
        }
        _ => Ok(()),
    }
}

/// What of the rules of membership is about the registration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    /// From which age one can apply.
    age: Years,
    /// What a temporary branch does not do.
    temporary_branch: Article,
}

#[derive(Debug, Deserialize)]
struct Article {
    article: String,
}

#[derive(Debug, Deserialize)]
struct Years {
    years: i16,
    article: String,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/members.json"));

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn the_rules_read() {
        assert_eq!(RULES.get().unwrap().age.years, 18);
    }
}
