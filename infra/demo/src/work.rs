//! Meetings and dues of the first branch, and what rules find there; a star review of some branches. A key task of the district that the cast lives in, split among its sub-districts, their
//! branches and persons, in all colours and states; and a whistle task of the first branch.

use crate::{CAST, LoadError, Stage, Tree, load::cast};
use authz::Role;
use dues::{DemoDues, demo_dues};
use dynamo::ActivityRow;
use findings::{DemoRecords, demo_findings};
use jiff::Timestamp;
use kernel::OrgId;
use meetings::{DemoBranch, demo_meetings};
use ratings::{DemoReview, DemoStars, StarBranch, demo_stars};
use register::{Appointment, Member, Node, OrgKind};
use serde_json::Value;
use tasks::{DemoOwner, demo_tasks};
use vault::Vault;

/// Sub-districts, branches of each, and persons of each branch, at most.
const WIDE: [usize; 3] = [3, 2, 3];

/// The items of the tasks at `now`, and what they leave in the trace.
///
/// # Errors
/// [`LoadError::Facts`] when there is nobody to do them, or a rule refuses.
pub(crate) fn tasks(
    tree: &Tree,
    records: &[Member],
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let node = |id: OrgId| tree.nodes.iter().find(|node| node.id == id).ok_or(LoadError::Facts);
    let (street, branch) = (node(tree.at(Stage::SubDistrict))?, node(tree.at(Stage::Branch))?);
    let district = node(street.path.parent().ok_or(LoadError::Facts)?)?;
    // The cast has work enough; one of them shows what one's own tasks look like.
    let member = CAST.iter().position(|part| part.title == "普通党员").and_then(|at| records.get(at));
    let others: Vec<_> = member.into_iter().chain(records.iter().skip(CAST.len())).collect();
    let of =
        |place: &Node| others.iter().copied().filter(|member| place.path.contains(&member.path)).collect::<Vec<_>>();
    let below = |place: &Node, kind: OrgKind| {
        let below = tree.nodes.iter().filter(move |node| node.kind == kind && node.path.parent() == Some(place.id));
        // Where the cast is comes first.
        let mut below: Vec<_> = below.filter(|node| !of(node).is_empty()).collect();
        below.sort_by_key(|node| ![street.id, branch.id].contains(&node.id));
        below
    };
    let [streets, branches, persons] = WIDE;
    let streets = below(district, OrgKind::SubDistrictCommittee).into_iter().take(streets).map(|street| {
        let branches = below(street, OrgKind::Branch).into_iter().take(branches).map(|branch| {
            let persons = of(branch).into_iter().take(persons);
            let persons = persons.map(|owner| DemoOwner { place: branch, owner, parts: Vec::new() });
            owned(branch, of(branch), persons.collect())
        });
        owned(street, of(street), branches.flatten().collect())
    });
    let top = owned(district, of(district), streets.flatten().collect()).ok_or(LoadError::Facts)?;
    let made = demo_tasks(&top, branch, now).map_err(|_| LoadError::Facts)?;
    Ok((made.rows, made.activities.into_iter().map(ActivityRow::from).collect()))
}

/// The items of the meetings of the first branch at `now`, and what they leave in the trace.
///
/// # Errors
/// [`LoadError::Facts`] when it has no members, or a rule refuses.
pub(crate) fn meetings(
    tree: &Tree,
    records: &[Member],
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let branch = tree.nodes.iter().find(|node| node.id == tree.at(Stage::Branch)).ok_or(LoadError::Facts)?;
    let members = records.iter().filter(|member| branch.path.contains(&member.path) && member.state.takes_part());
    let members: Vec<_> = members.take(60).collect();
    let secretary = CAST.iter().position(|part| part.title == "支部书记").and_then(|at| records.get(at));
    let (Some(secretary), Some(recorder)) = (secretary, members.get(1).copied()) else { return Err(LoadError::Facts) };
    let branch = DemoBranch { branch, secretary, recorder, members: &members };
    let (rows, told) = demo_meetings(branch, now).map_err(|_| LoadError::Facts)?;
    Ok((rows, told.into_iter().map(ActivityRow::from).collect()))
}

/// The items of what rules find in the meetings of the first branch at `now`, one of which its secretary closed, and what they leave
/// in the trace.
///
/// # Errors
/// [`LoadError::Facts`] when there is no secretary, a meeting does not read, or a rule refuses.
pub(crate) fn findings(
    tree: &Tree,
    (records, appointments): (&[Member], &[Appointment]),
    meetings: &[Value],
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let branch = tree.nodes.iter().find(|node| node.id == tree.at(Stage::Branch)).ok_or(LoadError::Facts)?;
    let secretary = CAST.iter().position(|part| part.title == "支部书记").and_then(|at| records.get(at));
    let records = DemoRecords { branch, secretary: secretary.ok_or(LoadError::Facts)?, meetings, appointments };
    let (rows, told) = demo_findings(records, now).map_err(|_| LoadError::Facts)?;
    Ok((rows, told.into_iter().map(ActivityRow::from).collect()))
}

/// Branches that take part in the star review.
const REVIEWED: usize = 5;

/// Who takes part in a star review, before anything is known of its branches.
///
/// # Errors
/// [`LoadError::Facts`] when somebody is missing.
pub(crate) fn review(
    tree: &Tree,
    records: &[Member],
    appointments: &[Appointment],
) -> Result<DemoReview<'static>, LoadError> {
    let (department, reviewer) = (cast(records, "市委组织部干部")?.id, cast(records, "街道党务干部")?.id);
    let mut colleagues = appointments.iter().filter(|held| held.role == Role::OrganizationDepartment);
    let colleague = colleagues.find(|held| held.holder != department).ok_or(LoadError::Facts)?.holder;
    let (committee, home) = (tree.at(Stage::City), tree.at(Stage::Office));
    Ok(DemoReview { committee, department, colleague, reviewer, home, branches: &[], objecting: &[], trace: &[] })
}

/// What a star review of some branches comes to at `now`, the first branch before the others; an ordinary member and one of the
/// committee of the second branch object to a star. `trace` is what the trace has so far.
///
/// # Errors
/// [`LoadError::Facts`] when somebody of the cast is missing, or a rule refuses.
pub(crate) fn stars(
    tree: &Tree,
    (records, appointments): (&[Member], &[Appointment]),
    trace: &[ActivityRow],
    now: Timestamp,
) -> Result<DemoStars, LoadError> {
    let (first, home) = (tree.at(Stage::Branch), tree.at(Stage::Office));
    let secretary = |node: &Node| {
        let held = appointments.iter().find(|held| held.organization == node.id && held.role == Role::Secretary);
        held.map(|held| held.holder)
    };
    let taking_part = |node: &&Node| node.kind == OrgKind::Branch && node.id != home && !node.temporary;
    let with_secretary = |node| Some(StarBranch { node, secretary: secretary(node)? });
    let mut branches: Vec<_> = tree.nodes.iter().filter(taking_part).filter_map(with_secretary).collect();
    branches.sort_by_key(|branch| branch.node.id != first);
    branches.truncate(REVIEWED);
    let trace: Vec<_> = trace.iter().map(|row| &row.activity).collect();
    let objecting = [cast(records, "普通党员")?, cast(records, "支部委员")?];
    let review = review(tree, records, appointments)?;
    let review = DemoReview { branches: &branches, objecting: &objecting, trace: &trace, ..review };
    demo_stars(review, now).map_err(|_| LoadError::Facts)
}

/// The items of the dues of the first branch at `now`, and what they leave in the trace.
///
/// # Errors
/// [`LoadError::Facts`] when it has no members, or a rule refuses.
pub(crate) fn dues(
    tree: &Tree,
    records: &[Member],
    vault: &Vault,
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let branch = tree.nodes.iter().find(|node| node.id == tree.at(Stage::Branch)).ok_or(LoadError::Facts)?;
    let members = records.iter().filter(|member| branch.path.contains(&member.path) && member.state.is_current());
    let members: Vec<_> = members.take(60).collect();
    let treasurer = CAST.iter().position(|part| part.title == "党费管理员").and_then(|at| records.get(at));
    let dues = DemoDues { branch, treasurer: treasurer.ok_or(LoadError::Facts)?, members: &members };
    let (rows, told) = demo_dues(dues, vault, now).map_err(|_| LoadError::Facts)?;
    Ok((rows, told.into_iter().map(ActivityRow::from).collect()))
}

/// A place with the last of `people` as its owner, so that few answer for themselves.
fn owned<'a>(place: &'a Node, people: Vec<&'a Member>, parts: Vec<DemoOwner<'a>>) -> Option<DemoOwner<'a>> {
    Some(DemoOwner { place, owner: people.into_iter().next_back()?, parts })
}
