//! I8: nothing points to what is not there.

use super::{Content, content::is_under_way, copies::of_holders};
use kernel::{MemberId, OrgId};
use register::{AppointmentRow, Media, MediaState, MemberRow, NodeStatus};
use std::collections::BTreeSet;

pub(super) fn records(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in content.people() {
        if !content.organizations.contains_key(&member.organization) {
            wrong.push(format!("{} belongs to {}", member.id, member.organization));
        }
    }
    let of_holders: Vec<_> = of_holders(content).map(|row| &row.appointment).collect();
    let of_organizations: Vec<_> =
        content.appointments.iter().filter(|row| row.pk.starts_with("ORG#")).map(|row| &row.appointment).collect();
    for held in &of_organizations {
        if !of_holders.contains(held) {
            wrong.push(format!("{} is not with its holder as it is with its organisation", held.id));
        }
        if !content.members.contains_key(&held.holder) || !content.organizations.contains_key(&held.organization) {
            wrong.push(format!("{} is of {} in {}", held.id, held.holder, held.organization));
        }
    }
    if of_holders.len() != of_organizations.len() {
        wrong.push(format!(
            "{} appointments of holders, {} of organisations",
            of_holders.len(),
            of_organizations.len()
        ));
    }
    let open = content.corrections.iter().filter(|row| row["status"] == "open");
    let due = open.map(|row| {
        let field = row["proposal"]["field"].as_str().unwrap_or_default();
        (row["pk"].as_str().unwrap_or_default().to_owned(), format!("OPEN#{field}"))
    });
    let (due, held): (BTreeSet<_>, BTreeSet<_>) = (due.collect(), content.open.iter().cloned().collect());
    wrong.extend(due.symmetric_difference(&held).map(|(member, field)| format!("{field} of {member}")));
    for row in &content.corrections {
        let owner = row["pk"].as_str().unwrap_or_default();
        if !content.members.keys().any(|id| MemberRow::partition(*id) == owner) {
            wrong.push(format!("{} of {owner}", row["id"]));
        }
    }
    for activity in &content.activities {
        if !content.organizations.contains_key(&activity.organization) {
            wrong.push(format!("{} was done in {}", activity.id, activity.organization));
        }
    }
    wrong
}

pub(super) fn transfers(content: &Content) -> Vec<String> {
    let mut due: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for transfer in &content.transfers {
        let member = transfer["member"].as_str().and_then(|id| id.parse::<MemberId>().ok());
        if !member.is_some_and(|member| content.members.contains_key(&member)) {
            wrong.push(format!("{} is of {}", transfer["id"], transfer["member"]));
        }
        if is_under_way(transfer) {
            due.extend(member.map(MemberRow::partition));
        }
    }
    let mut held = content.leaving.clone();
    due.sort();
    held.sort();
    if due != held {
        wrong.push(format!("open transfers of {due:?}, marks of {held:?}"));
    }
    wrong
}

pub(super) fn files(content: &Content) -> Vec<String> {
    let kept = content.media.iter().filter(|row| row.media.state == MediaState::Ready);
    let lost = kept.filter(|row| !content.kept.contains(&Media::kept(row.media.id)));
    lost.map(|row| format!("the file of {} is not there", row.media.id)).collect()
}

/// What was done to a record in the end, for whoever looks for the reason.
fn last(content: &Content, subject: &str) -> Vec<String> {
    let story: Vec<_> = content.story(subject).map(|line| format!("{} {}", line.kind, line.at)).collect();
    story[story.len().saturating_sub(4)..].to_vec()
}

pub(super) fn closed(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    let closed = |id: &OrgId| content.organizations.get(id).is_some_and(|row| row.node.status != NodeStatus::Active);
    for member in content.people().filter(|member| member.state.is_current()) {
        if closed(&member.organization) {
            let (id, organization) = (member.id.to_string(), member.organization.to_string());
            let (person, place) = (last(content, &id), last(content, &organization));
            wrong.push(format!("{id} is on the rolls of {organization}; last: {person:?}, {place:?}"));
        }
    }
    for AppointmentRow { appointment, .. } in of_holders(content) {
        if appointment.until.is_none() && closed(&appointment.organization) {
            wrong.push(format!("{} is in office in {}", appointment.holder, appointment.organization));
        }
    }
    let open = content.organizations.values().filter(|row| row.node.status == NodeStatus::Active);
    for row in open {
        if row.node.path.parent().is_some_and(|parent| closed(&parent)) {
            wrong.push(format!("{} stands below {:?}", row.node.id, row.node.path.parent()));
        }
    }
    wrong
}
