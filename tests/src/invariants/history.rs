//! I5: what happened to a record, told by its activities, is possible and leads to what the record says.

use super::Content;
use dynamo::Activity;
use register::MemberState;
use serde_json::Value;
use std::collections::HashMap;

/// Whether a person can go from one state to another at all.
fn legal(from: MemberState, to: MemberState) -> bool {
    use MemberState::{Deceased, Full, Probationary, Removed, Suspended, TransferredOut};
    match from {
        Probationary => matches!(to, Full | Suspended | Removed | TransferredOut | Deceased),
        Full => matches!(to, Suspended | Removed | TransferredOut | Deceased),
        Suspended => matches!(to, Full | Probationary | Removed | Deceased),
        // Registered again, they come back.
        TransferredOut => matches!(to, Full | Probationary),
        Removed | Deceased => false,
    }
}

fn state(fields: &Value) -> Option<MemberState> {
    serde_json::from_value(fields.get("state")?.clone()).ok()
}

/// The activities of each subject, in order of time.
fn stories(content: &Content) -> HashMap<&str, Vec<&Activity>> {
    let mut stories: HashMap<&str, Vec<&Activity>> = HashMap::new();
    for activity in &content.activities {
        stories.entry(&activity.subject).or_default().push(activity);
    }
    stories
}

pub(super) fn states(content: &Content) -> Vec<String> {
    let (mut wrong, stories) = (Vec::new(), stories(content));
    for member in content.people() {
        let id = member.id.to_string();
        let mut present = None;
        for activity in stories.get(&*id).into_iter().flatten() {
            let (before, after) = (state(&activity.before), state(&activity.after));
            if let (Some(from), Some(to)) = (before, after) {
                let follows = present.is_none_or(|present| present == from);
                if !follows || !legal(from, to) {
                    wrong.push(format!("{id} {from:?} to {to:?}, having been {present:?}"));
                }
            }
            present = after.or(present);
        }
        if present.is_some_and(|present| present != member.state) {
            wrong.push(format!("{id} is {:?}, its activities end with {present:?}", member.state));
        }
    }
    wrong
}

/// Whether an activity counts in the version of the record it is about; what begins a record does not.
fn counts(activity: &Activity) -> bool {
    let (record, what) = activity.kind.split_once('.').unwrap_or_default();
    match record {
        "member" => what != "registered",
        "correction" => what == "accepted",
        "organization" => what != "founded",
        _ => false,
    }
}

pub(super) fn versions(content: &Content) -> Vec<String> {
    let (mut wrong, stories) = (Vec::new(), stories(content));
    // Whoever is moved along has no activity of their own.
    let mut along: HashMap<&str, u64> = HashMap::new();
    for activity in content.activities.iter().filter(|activity| activity.kind == "organization.moved") {
        for id in activity.after["with"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            *along.entry(id).or_default() += 1;
        }
    }
    let records = content.people().map(|member| (member.id.to_string(), member.version));
    let nodes = content.organizations.values().map(|row| (row.node.id.to_string(), row.node.version));
    for (id, version) in records.chain(nodes) {
        let story = stories.get(&*id).into_iter().flatten().filter(|activity| counts(activity)).count();
        let told = 1 + u64::try_from(story).unwrap() + along.get(&*id).copied().unwrap_or_default();
        if told != version {
            wrong.push(format!("{id} has version {version}, its activities make {told}"));
        }
    }
    let mut ended: HashMap<&str, u64> = HashMap::new();
    for activity in content.activities.iter().filter(|activity| activity.kind == "officer.ended") {
        *ended.entry(activity.before["appointment"].as_str().unwrap_or_default()).or_default() += 1;
    }
    for row in &content.appointments {
        let id = row.appointment.id.to_string();
        let told = 1 + ended.get(&*id).copied().unwrap_or_default();
        if told != row.appointment.version || (told > 1) != row.appointment.until.is_some() {
            wrong.push(format!("{id} has version {}, its activities make {told}", row.appointment.version));
        }
    }
    wrong
}
