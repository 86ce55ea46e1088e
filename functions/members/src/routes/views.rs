//! Records as clients see them.

use dynamo::Activity;
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PersonName, Sex};
use register::{Category, Exemption, Member, MemberState};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
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
    /// That nobody presses them to take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    exemption: Option<Exemption>,
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
            exemption: member.exemption,
            version: member.version,
            updated_at: member.updated_at,
        }
    }
}

/// What the trace tells of a change: standing and dates, as they were and as they are. Of everything else it tells only
/// that it changed: the trace outlives the record and is read by others than the record is.
pub(crate) fn told(activity: Activity, before: &Value, after: &Value) -> Activity {
    let mut activity = activity.between(before, after);
    let public = |name: &str| {
        let standing = ["state", "stateSince", "joinedOn", "fullSince", "exemption", "organization", "category"];
        standing.contains(&name)
    };
    let mut changed = BTreeSet::new();
    // What ended is there before and not after.
    for side in [&mut activity.before, &mut activity.after] {
        if let Some(fields) = side.as_object_mut() {
            changed.extend(fields.keys().filter(|name| !public(name)).cloned());
            fields.retain(|name, _| public(name));
        }
    }
    if before.is_null() || changed.is_empty() { activity } else { activity.stating("changed", changed) }
}

/// A person's numbers in full.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbers {
    pub(crate) id_card: String,
    pub(crate) phone: String,
}
