//! Letters of transfer.

use super::{Kind, Place, Rules, field};
use jiff::{ToSpan, civil::Date};
use kernel::{Line, OrgId, PersonName, Refusal, Sex};
use register::{Member, MemberState};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::ToSchema;

/// A month, `2026-11`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Month(String);

impl TryFrom<String> for Month {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if plain && format!("{text}-01").parse::<Date>().is_ok() {
            return Ok(Self(text));
        }
        Err("应为年月，如 2026-11\u{1f}must be a month such as 2026-11".into())
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.0
    }
}

/// A letter to be issued.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewTransferLetter)]
pub(crate) struct NewLetter {
    /// 介绍信编号
    #[schema(value_type = String)]
    pub(crate) number: Line<60>,
    /// 党费交至: the last month that dues are paid for.
    #[schema(value_type = String)]
    pub(crate) dues_until: Month,
    /// How many days it is valid; without it, as usual for the kind of transfer.
    pub(crate) days: Option<u16>,
    /// Why a new one is needed; not for the first one.
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
}

/// Who a letter is for, as they were when it was issued. Numbers are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferLetterBearer)]
pub(crate) struct Bearer {
    pub(crate) name: PersonName,
    pub(crate) sex: Sex,
    #[schema(value_type = String, format = Date)]
    pub(crate) born: Date,
    /// 民族
    #[schema(value_type = String)]
    pub(crate) ethnicity: Line<20>,
    /// `probationary` or `full`
    pub(crate) state: MemberState,
    /// 入党日期
    #[schema(value_type = String, format = Date)]
    pub(crate) joined_on: Date,
    /// 转正日期
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) full_since: Option<Date>,
    pub(crate) id_card_masked: String,
    pub(crate) phone_masked: String,
}

/// A letter (介绍信).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Letter {
    pub(crate) number: Line<60>,
    pub(crate) issued_on: Date,
    /// The last day on which it is valid; the day of issue does not count.
    pub(crate) valid_until: Date,
    pub(crate) dues_until: Month,
    /// The committee that issued it.
    pub(crate) committee: OrgId,
    /// Its name then.
    pub(crate) committee_name: Line<60>,
    /// The name of the organisation that the bearer leaves.
    pub(crate) from_name: Line<60>,
    /// The name of the organisation that is to receive them.
    pub(crate) to_name: Line<80>,
    pub(crate) bearer: Bearer,
}

impl Letter {
    /// A letter for `member` who leaves `from`, issued on the day `today`.
    ///
    /// # Errors
    /// `invalid-field` when it would be valid for longer than a letter can be.
    pub(super) fn issued(
        new: NewLetter,
        kind: Kind,
        member: &Member,
        from: &Place,
        to_name: Line<80>,
        today: Date,
    ) -> Result<Self, Refusal> {
        let rules = Rules::get()?;
        let days = new.days.map_or_else(|| rules.of(kind).map(|rule| rule.days), Ok)?;
        let most = rules.letter.most_days;
        if !(1..=most).contains(&days) {
            let zh = format!("介绍信有效期为 1 至 {most} 天");
            return Err(field("/days", zh, format!("a letter is valid for 1 to {most} days")).by(&rules.letter.article));
        }
        Ok(Self {
            number: new.number,
            issued_on: today,
            valid_until: today.saturating_add(i32::from(days).days()),
            dues_until: new.dues_until,
            committee: from.committee.id,
            committee_name: from.committee.name.clone(),
            from_name: from.node.name.clone(),
            to_name,
            bearer: Bearer {
                name: member.name.clone(),
                sex: member.sex,
                born: member.born,
                ethnicity: member.ethnicity.clone(),
                state: member.state,
                joined_on: member.joined_on,
                full_since: member.full_since,
                id_card_masked: member.id_card_masked.clone(),
                phone_masked: member.phone_masked.clone(),
            },
        })
    }
}
