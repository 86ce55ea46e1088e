//! Records as clients see them.

use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PersonName, Sex};
use register::{Category, Member, MemberState};
use serde::Serialize;
use utoipa::ToSchema;

/// A person's record with masked numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub(crate) struct MemberView<'a> {
    id: MemberId,
    organization: OrgId,
    name: &'a PersonName,
    sex: Sex,
    #[schema(value_type = String, format = Date)]
    born: Date,
    #[schema(value_type = String)]
    ethnicity: &'a Line<20>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    education: Option<&'a Line<20>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    unit: Option<&'a Line<80>>,
    category: Category,
    id_card_masked: &'a str,
    phone_masked: &'a str,
    state: MemberState,
    #[schema(value_type = String, format = Date)]
    state_since: Date,
    #[schema(value_type = String, format = Date)]
    joined_on: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    full_since: Option<Date>,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> MemberView<'a> {
    pub(crate) fn of(member: &'a Member) -> Self {
        Self {
            id: member.id,
            organization: member.organization,
            name: &member.name,
            sex: member.sex,
            born: member.born,
            ethnicity: &member.ethnicity,
            education: member.education.as_ref(),
            unit: member.unit.as_ref(),
            category: member.category,
            id_card_masked: &member.id_card_masked,
            phone_masked: &member.phone_masked,
            state: member.state,
            state_since: member.state_since,
            joined_on: member.joined_on,
            full_since: member.full_since,
            version: member.version,
            updated_at: member.updated_at,
        }
    }
}

/// A person's numbers in full.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbers {
    pub(crate) id_card: String,
    pub(crate) phone: String,
}
