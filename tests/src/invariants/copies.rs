//! I6: what repeats something else says the same. The job that follows moves has done its work when this is asked.

use super::{Content, content::is_under_way};
use register::{AppointmentRow, MediaRecords, MediaRow, MemberRow, NameRow, NodeRow, TakenRow};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

pub(super) fn keys(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in content.members.values() {
        let fresh = MemberRow::new(row.member.clone());
        if (&row.area, &row.place, &row.name_key) != (&fresh.area, &fresh.place, &fresh.name_key) {
            wrong.push(format!("{} is listed under {} {}", row.member.id, row.area, row.place));
        }
    }
    for row in content.organizations.values() {
        let fresh = NodeRow::new(row.node.clone());
        if (&row.root, row.parent, &row.child_key) != (&fresh.root, fresh.parent, &fresh.child_key) {
            wrong.push(format!("{} is listed under {} {:?}", row.node.id, row.root, row.parent));
        }
        if row.pending.is_some() {
            wrong.push(format!("{} is still being followed", row.node.id));
        }
    }
    wrong
}

pub(super) fn paths(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in content.organizations.values() {
        let parent = row.node.path.parent().and_then(|id| content.organizations.get(&id));
        let fits = match parent {
            Some(parent) => parent.node.path.child(row.node.id).as_ref() == Some(&row.node.path),
            None => row.node.path.depth() == 1 && row.node.path.id() == Some(row.node.id),
        };
        if !fits {
            wrong.push(format!("{} says {}", row.node.id, row.node.path));
        }
    }
    let at = |id| content.organizations.get(&id).map(|row| &row.node.path);
    for member in content.people() {
        if at(member.organization) != Some(&member.path) {
            wrong.push(format!("{} says {}, the tree says {:?}", member.id, member.path, at(member.organization)));
        }
    }
    for transfer in &content.transfers {
        let sides = [(&transfer["from"], "fromPath", "leaving"), (&transfer["to"]["organization"], "toPath", "coming")];
        for (organization, copy, index) in sides {
            let Some(id) = organization.as_str() else { continue };
            let Some(path) = id.parse().ok().and_then(at) else {
                wrong.push(format!("{} is at {id}", transfer["id"]));
                continue;
            };
            let open = is_under_way(transfer);
            let key = format!("{path}{}", transfer["id"].as_str().unwrap_or_default());
            let due = [json!(path), json!(MemberRow::area(path, open)), json!(key)];
            let found = [copy.to_owned(), format!("{index}Area"), format!("{index}Key")].map(|name| &transfer[&*name]);
            if found != [&due[0], &due[1], &due[2]] {
                wrong.push(format!("{} says {found:?}, the tree says {path}", transfer["id"]));
            }
        }
    }
    wrong
}

/// Whoever decides finds them: with the member, wherever they and their organisation went.
pub(super) fn corrections(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in content.corrections.iter().filter(|row| row["status"] == "open") {
        let owner = row["member"].as_str().and_then(|id| id.parse().ok());
        let Some(home) = owner.and_then(|id| content.members.get(&id)).map(|row| row.member.organization) else {
            continue;
        };
        let place = content.organizations.get(&home).map(|row| &row.node.path);
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let due = place.map(|path| {
            let key = format!("{path}{}#{}", text("dueOn"), text("id"));
            (home.to_string(), MemberRow::area(path, true), key)
        });
        let found = [text("organization"), text("openArea"), text("openKey")];
        if due.is_none_or(|(home, area, key)| found != [&*home, &area, &key]) {
            wrong.push(format!("{} of a member of {home} is listed under {found:?}", row["id"]));
        }
    }
    wrong
}

pub(super) fn quotas(content: &Content) -> Vec<String> {
    let mut due: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for MediaRow { media, .. } in &content.media {
        let (bytes, files) = due.entry(MediaRecords::quota(media.uploader).pk).or_default();
        (*bytes, *files) = (*bytes + media.length(), *files + 1);
    }
    // What was given back stays as nothing.
    let held = content.quotas.iter().filter(|(_, sums)| **sums != (0, 0));
    differences(&due, &held.map(|(key, sums)| (key.clone(), *sums)).collect())
}

pub(super) fn claims(content: &Content) -> Vec<String> {
    let claim = |row: TakenRow| (row.pk, row.member.to_string());
    let mut due = BTreeSet::new();
    for member in content.people() {
        due.insert(claim(TakenRow::id_card(&member.id_card_index, member.id)));
        if member.state.is_current() {
            due.insert(claim(TakenRow::phone(&member.phone_index, member.id)));
        }
    }
    let held: BTreeSet<_> = content.taken.iter().cloned().map(claim).collect();
    let numbers = due.symmetric_difference(&held).map(|(number, member)| format!("{member} and {number}"));

    let name = |row: NameRow| (row.pk, row.sk, row.organization);
    let open = content.organizations.values().filter(|row| row.node.closed_on.is_none());
    let due: BTreeSet<_> = open.map(|row| name(NameRow::of(&row.node))).collect();
    let held: BTreeSet<_> = content.names.iter().cloned().map(name).collect();
    let names = due.symmetric_difference(&held).map(|(place, name, id)| format!("{id} and {name} of {place}"));
    numbers.chain(names).collect()
}

pub(super) fn counters(content: &Content) -> Vec<String> {
    let mut due: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut count = |partition: String, what: &str| *due.entry((partition, what.to_owned())).or_default() += 1;
    for row in &content.appointments {
        count(row.pk.clone(), "OFFICES");
    }
    for activity in &content.activities {
        let (record, what) = activity.kind.split_once('.').unwrap_or_default();
        let parent = |activity: &dynamo::Activity| activity.after["parent"].as_str().unwrap_or_default().to_owned();
        match (record, what) {
            ("organization", "founded" | "moved") => count(format!("ORG#{}", parent(activity)), "BELOW"),
            ("organization", "merged" | "dissolved") => {
                count(format!("ORG#{}", activity.subject), "BELOW");
                count(format!("ORG#{}", activity.subject), "OFFICES");
            }
            // Whoever leaves is in no office at that moment.
            ("member", "suspended" | "removed" | "transferred" | "transferred-out" | "deceased" | "probationary") => {
                count(format!("HLD#{}", activity.subject), "OFFICES");
            }
            _ => {}
        }
        // What somebody asks, and that it follows them.
        match (record, what) {
            ("correction", "asked") | ("member", "transferred" | "readmitted") => {
                count(format!("MBR#{}", activity.subject), "ASKED");
            }
            _ => {}
        }
    }
    differences(&due, &content.counters)
}

/// Where what is `held` is not what is `due`.
fn differences<K: Ord + Debug, V: PartialEq + Debug>(due: &BTreeMap<K, V>, held: &BTreeMap<K, V>) -> Vec<String> {
    let keys: BTreeSet<_> = due.keys().chain(held.keys()).collect();
    let differ = keys.into_iter().filter(|key| due.get(*key) != held.get(*key));
    differ.map(|key| format!("{key:?} stands at {:?}, not {:?}", held.get(key), due.get(key))).collect()
}

/// The rows of an appointment, by what they are listed under.
pub(super) fn of_holders(content: &Content) -> impl Iterator<Item = &AppointmentRow> {
    content.appointments.iter().filter(|row| row.pk.starts_with("HLD#"))
}
