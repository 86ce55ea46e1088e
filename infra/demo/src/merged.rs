//! A small branch that was merged into the second branch in the year before: its last members had gone there, whoever took care of it
//! left that office with it, and so ended what it had handed in for the star review of that year.

use crate::{CAST, LoadError, Stage, Tree, bytes, load::cast, seeded, tree::MILLIS, work::review};
use authz::Role;
use dynamo::{Activity, ActivityRow, Actor};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{AppointmentId, MemberId, OrgId, shanghai_day, start_of_shanghai_day};
use organizations::{DemoMerger, demo_merger};
use ratings::{StarBranch, demo_ended_star};
use register::{Appointment, BranchType, Member, Node, Term};
use serde_json::Value;
use std::collections::HashSet;
use transfers::{DemoPaper, DemoSides, DemoStage, demo_transfer};

/// Members who were left in it.
const LEFT: usize = 2;

/// What became of it.
#[derive(Debug)]
pub(crate) struct Merged {
    /// Items of the table of organisations.
    pub(crate) organizations: Vec<Value>,
    /// Items of the table of transfers.
    pub(crate) transfers: Vec<Value>,
    /// Items of the table of ratings.
    pub(crate) stars: Vec<Value>,
    /// Who came from it: the trace tells where they were before.
    pub(crate) moved: Vec<MemberId>,
    /// What was done.
    pub(crate) trace: Vec<ActivityRow>,
}

/// The first day of the year of the present star review, which may have begun before New Year.
fn year(now: Timestamp) -> Date {
    shanghai_day(now).saturating_sub(40.days()).first_of_year()
}

/// When the trace of the tree begins: in October of the year before.
pub(crate) fn begins(now: Timestamp) -> Timestamp {
    start_of_shanghai_day(year(now).saturating_sub(3.months()))
}

/// The branch before it was merged on the day `on`.
fn branch(above: &Node, into: &Node, id: OrgId, (on, now): (Date, Timestamp)) -> Option<Node> {
    let founded_on = on.saturating_sub(2.years());
    let ends_on = founded_on.saturating_add(3.years());
    Some(Node {
        id,
        path: above.path.child(id)?,
        name: "楼宇党支部（演示）".try_into().ok()?,
        branch_type: Some(BranchType::PrivateEnterprise),
        founded_on,
        term: Some(Term { elected_on: founded_on, ends_on, due_on: ends_on }),
        updated_at: begins(now),
        ..into.clone()
    })
}

/// Merges the branch: two of the second branch had been its members, and one of the committee there its secretary.
///
/// # Errors
/// [`LoadError::Facts`] when somebody is missing, or a rule refuses.
pub(crate) fn merged(
    tree: &Tree,
    (records, appointments): (&mut [Member], &[Appointment]),
    now: Timestamp,
) -> Result<Merged, LoadError> {
    let node = |id: OrgId| tree.nodes.iter().find(|node| node.id == id).ok_or(LoadError::Facts);
    let (above, into) = (node(tree.at(Stage::SubDistrict))?, node(tree.at(Stage::Neighbour))?);
    let on = year(now).saturating_sub(42.days());
    let (begun, at) = (begins(now), start_of_shanghai_day(on) + SignedDuration::from_hours(10));
    let mut rng = seeded("merged");
    let branch = branch(above, into, OrgId::from_bytes(MILLIS, bytes(&mut rng)), (on, now)).ok_or(LoadError::Facts)?;
    let keeps = |held: &&Appointment| held.organization == into.id && held.role == Role::OrganizationOfficer;
    let office = Appointment {
        id: AppointmentId::from_bytes(MILLIS, bytes(&mut rng)),
        organization: branch.id,
        role: Role::Secretary,
        from: branch.founded_on,
        ..appointments.iter().find(keeps).ok_or(LoadError::Facts)?.clone()
    };
    let (desk, secretary) = (cast(records, "街道党务干部")?.id, office.holder);
    let mut trace = beginning(&branch, &office, begun);

    let ended = demo_ended_star(review(tree, records, appointments)?, StarBranch { node: &branch, secretary }, at);
    let ended = ended.map_err(|_| LoadError::Facts)?;
    trace.extend(ended.activities);

    let receiver = cast(records, "相邻支部书记")?.id;
    let busy: HashSet<MemberId> = appointments.iter().map(|held| held.holder).collect();
    let goes = |member: &&mut Member| {
        let is_full = member.full_since.is_some_and(|since| since < shanghai_day(begun));
        is_full && into.path.contains(&member.path) && !busy.contains(&member.id)
    };
    let (mut transfers, mut moved) = (Vec::new(), Vec::new());
    for (record, number) in records.iter_mut().skip(CAST.len()).filter(goes).take(LEFT).zip(1..) {
        let path = branch.path.clone();
        let before = Member { organization: branch.id, path, updated_at: begun, ..record.clone() };
        let told = Activity::new(begun, Actor::job("demo"), "member.registered", branch.id, before.id);
        trace.push(told.stating("state", before.state).stating("joinedOn", before.joined_on));
        let to = (node(record.organization)?, receiver);
        let sides = DemoSides { from: (&branch, secretary), committee: (above, desk), to };
        let paper = DemoPaper { reason: "所在党支部即将撤并（演示）", number };
        let made = demo_transfer(DemoStage::Acknowledged, &before, sides, paper, at).map_err(|_| LoadError::Facts)?;
        transfers.extend(made.rows);
        trace.extend(made.activities);
        moved.push(record.id);
        *record = made.member;
    }

    let merger = DemoMerger { branch: &branch, into, officers: &[office], by: desk };
    let (organizations, told) = demo_merger(merger, at).map_err(|_| LoadError::Facts)?;
    trace.extend(told);
    let trace = trace.into_iter().map(ActivityRow::from).collect();
    Ok(Merged { organizations, transfers, stars: ended.rows, moved, trace })
}

/// How the branch came to be, and its secretary, as the trace tells it of everything else.
fn beginning(branch: &Node, office: &Appointment, at: Timestamp) -> Vec<Activity> {
    let tell = |kind, subject: String| Activity::new(at, Actor::job("demo"), kind, branch.id, subject);
    vec![
        tell("organization.founded", branch.id.to_string()).stating("name", &branch.name).stating("kind", branch.kind),
        tell("officer.appointed", office.holder.to_string())
            .stating("appointment", office.id)
            .stating("role", office.role)
            .stating("from", office.from),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_before_the_year_of_the_present_review_and_begins_within_the_one_before() {
        for (now, first, begun) in [
            ("2026-11-24T10:00:00+08:00", "2026-01-01", "2025-10-01T00:00:00+08:00"),
            ("2027-01-10T10:00:00+08:00", "2026-01-01", "2025-10-01T00:00:00+08:00"),
            ("2027-02-15T10:00:00+08:00", "2027-01-01", "2026-10-01T00:00:00+08:00"),
            ("2027-03-10T10:00:00+08:00", "2027-01-01", "2026-10-01T00:00:00+08:00"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(year(now), first.parse::<Date>().unwrap(), "{now}");
            assert_eq!(begins(now), begun.parse::<Timestamp>().unwrap(), "{now}");
        }
    }
}
