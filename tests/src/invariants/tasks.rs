//! Tasks: I5, I6 and I8. What is left of roll-ups has been finished when this is asked.

use super::Content;
use kernel::TaskId;
use std::collections::{BTreeMap, BTreeSet};
use task_records::{Colour, Done, Period, Share, Sum, TaskRow, TaskState, roll_up};

pub(super) fn steps(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in content.tasks.values() {
        let (mut state, mut version) = (TaskState::AwaitingSign, 0);
        let mut story: Vec<_> = content.story(&row.id.to_string()).collect();
        story.sort_by_key(|activity| activity.after["version"].as_u64());
        for activity in story {
            let slug = activity.kind.strip_prefix("task.").unwrap_or_default();
            // Comments and rankings are no steps.
            let Some(done) = Done::ALL.into_iter().find(|done| done.slug() == slug) else { continue };
            version += 1;
            if done == Done::Issued {
                continue;
            }
            match state.after(row.kind, done) {
                Some(next) => state = next,
                None => wrong.push(format!("{} was {} when it was {slug}", row.id, state.slug())),
            }
        }
        // A part begins with the split of its parent.
        version += u64::from(row.parent().is_some());
        if (state, version) != (row.state, row.version) {
            let story = format!("{} version {version}", state.slug());
            wrong.push(format!(
                "{} is {} version {}, its activities make {story}",
                row.id,
                row.state.slug(),
                row.version
            ));
        }
    }
    wrong
}

/// The parts of each task, as the tasks themselves say.
fn parts(content: &Content) -> BTreeMap<TaskId, Vec<&TaskRow>> {
    let mut parts: BTreeMap<TaskId, Vec<&TaskRow>> = BTreeMap::new();
    for row in content.tasks.values() {
        if let Some(parent) = row.parent() {
            parts.entry(parent).or_default().push(row);
        }
    }
    parts
}

/// What the parts of `id` come to.
fn count(parts: &BTreeMap<TaskId, Vec<&TaskRow>>, id: TaskId) -> Sum {
    let own = |row: &&TaskRow| {
        let below = row.split.then(|| count(parts, row.id));
        Share::of(row).unwrap().part(below)
    };
    roll_up(parts.get(&id).into_iter().flatten().map(own))
}

pub(super) fn sums(content: &Content) -> Vec<String> {
    let (mut wrong, parts) = (Vec::new(), parts(content));
    let shares: BTreeMap<TaskId, &Share> = content.shares.iter().map(|share| (share.task, share)).collect();
    let sums: BTreeMap<TaskId, Sum> = content.sums.iter().map(|row| (row.of, row.sum)).collect();
    for row in content.tasks.values() {
        if row.rollup.is_some() {
            wrong.push(format!("{} is still to be rolled up", row.id));
        }
        if Share::of(row).as_ref() != shares.get(&row.id).copied() {
            wrong.push(format!("{} says something else to its parent: {:?}", row.id, shares.get(&row.id)));
        }
        if row.split {
            let (counted, stored) = (count(&parts, row.id), sums.get(&row.id).copied().unwrap_or_default());
            if (counted.progress, counted.done) != (stored.progress, stored.done) {
                wrong.push(format!("{} comes to {counted:?}, stored is {stored:?}", row.id));
            }
        }
    }
    if shares.len() != content.shares.len() || sums.len() != content.sums.len() {
        wrong.push("a share or a sum is there twice".to_owned());
    }
    wrong
}

pub(super) fn weights(content: &Content) -> Vec<String> {
    let parts = parts(content);
    let totals = parts.iter().map(|(id, parts)| (id, parts.iter().map(|row| u32::from(row.weight)).sum::<u32>()));
    totals.filter(|(_, total)| *total != 100).map(|(id, total)| format!("those of {id} total {total}")).collect()
}

pub(super) fn sizes(content: &Content) -> Vec<String> {
    let mut due: BTreeMap<String, u64> = BTreeMap::new();
    for row in content.tasks.values().filter(|row| row.parent().is_some()) {
        *due.entry(TaskRow::partition(row.root)).or_default() += 1;
    }
    let held = &content.sizes;
    if due == *held { Vec::new() } else { vec![format!("{held:?}, not {due:?}")] }
}

pub(super) fn keys(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in content.tasks.values() {
        // When it is looked at again depends on when it was looked at last; that it is, does not.
        let fresh = TaskRow::new(row.task.clone(), row.path.clone(), row.progress, row.updated_at, false);
        let fresh = if row.news { fresh.with_news() } else { fresh };
        let listed = |row: &TaskRow| {
            (row.area.clone(), row.place.clone(), row.desk.clone(), row.desk_key.clone(), row.next_slot.is_some())
        };
        if listed(row) != listed(&fresh) {
            wrong.push(format!("{} is listed under {:?}", row.id, listed(row)));
        }
        if row.next_slot.is_some() != row.next_key.is_some() {
            wrong.push(format!("{} is half in the index of what is next", row.id));
        }
        let place = content.organizations.get(&row.organization).map(|row| &row.node.path);
        if place != Some(&row.path) {
            wrong.push(format!("{} says {}, the tree says {place:?}", row.id, row.path));
        }
    }
    wrong
}

pub(super) fn references(content: &Content) -> Vec<String> {
    let (mut wrong, parts) = (Vec::new(), parts(content));
    for row in content.tasks.values() {
        let id = row.id;
        let organizations = [Some(row.organization), Some(row.issuer), row.caller];
        if organizations.into_iter().flatten().any(|id| !content.organizations.contains_key(&id)) {
            wrong.push(format!("{id} is of an organisation that is not there"));
        }
        if !content.members.contains_key(&row.owner) || !content.members.contains_key(&row.issued_by) {
            wrong.push(format!("{id} is of somebody who is not there"));
        }
        let line = row.parent().map(|parent| content.tasks.get(&parent).map(|parent| (parent.line(), parent.root)));
        if line.is_some_and(|line| line != Some((row.above.clone(), row.root))) {
            wrong.push(format!("{id} does not stand below its parent"));
        }
        if row.split != parts.contains_key(&id) {
            wrong.push(format!("{id} is split: {}, and has parts: {}", row.split, parts.contains_key(&id)));
        }
    }
    for task in content.shares.iter().map(|share| share.task).chain(content.sums.iter().map(|row| row.of)) {
        if !content.tasks.contains_key(&task) {
            wrong.push(format!("a share or sum is of {task}"));
        }
    }
    wrong
}

/// An open warning is about a colour, of a task that awaits its owner; what was told is never less than it.
pub(super) fn warnings(content: &Content) -> Vec<String> {
    let open =
        content.tasks.values().filter_map(|row| Some((row, row.warning.as_ref().filter(|known| known.is_open())?)));
    let wrong = open.filter(|(row, warning)| {
        !row.state.awaits_owner() || warning.colour == Colour::Green || warning.told < warning.colour
    });
    wrong.map(|(row, warning)| format!("{} is {} and has {warning:?}", row.id, row.state.slug())).collect()
}

/// Each person has one bill of a period, kept under its day, with a notice of its own.
pub(super) fn bills(content: &Content) -> Vec<String> {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for row in &content.bills {
        let period = Period::read(&row.bill.period).map(|period| period.day().to_string());
        if period.as_ref() != Some(&row.sk) || !seen.insert((row.pk.clone(), row.bill.period.clone())) {
            wrong.push(format!("{} has {} under {}", row.pk, row.bill.period, row.sk));
        }
    }
    let told = content.notices.iter().filter(|row| row["kind"] == "bill.made" && row["subject"].is_string());
    let told = told.map(|row| (row["pk"].as_str().unwrap().replace("MBR#", "BILL#"), row["subject"].as_str().unwrap()));
    let told: Vec<_> = told.map(|(pk, period)| (pk, period.to_owned())).collect();
    let distinct: BTreeSet<_> = told.iter().cloned().collect();
    if distinct != seen || distinct.len() != told.len() {
        wrong.push(format!("there are bills {seen:?}, and told was {told:?}"));
    }
    wrong
}
