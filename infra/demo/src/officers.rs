//! The officers.

use crate::{CAST, Person, Tree, bytes, seeded, tree::MILLIS};
use authz::Role;
use jiff::civil::Date;
use kernel::{AppointmentId, Line, OrgId};
use register::{Appointment, MemberState, OrgKind};
use std::collections::HashSet;

/// Committee offices of a branch, in the order in which they are filled: three persons, as a branch of seven and more
/// full members has at least (支部条例 §20).
const COMMITTEE: [Role; 3] = [Role::Secretary, Role::OrganizationOfficer, Role::PublicityOfficer];

/// The appointments of `everybody`: the cast's own, then a committee for each branch and a leader for each group, and a second officer
/// of the department: who decided about a star answers no objection to it.
#[must_use]
pub fn officers(tree: &Tree, everybody: &[Person]) -> Vec<Appointment> {
    let mut rng = seeded("officers");
    let mut taken: HashSet<(OrgId, Role)> = HashSet::new();
    let mut appointments: Vec<Appointment> = Vec::new();
    let mut appoint = |organization: OrgId, role: Role, holder: &Person| {
        if !taken.insert((organization, role)) {
            return;
        }
        let (Ok(holder_name), Ok(decision)) = (Line::try_from(holder.name.reveal()), Line::try_from("演示数据"))
        else {
            return;
        };
        let id = AppointmentId::from_bytes(MILLIS, bytes(&mut rng));
        // Since before the year, so that of the year before an account is owed.
        let from = Date::constant(2025, 7, 4);
        let holder = holder.id;
        appointments.push(Appointment {
            id,
            organization,
            role,
            holder,
            holder_name,
            from,
            until: None,
            decision,
            version: 1,
        });
    };
    for (part, person) in CAST.iter().zip(everybody) {
        if let Some((role, stage)) = part.office {
            appoint(tree.at(stage), role, person);
        }
    }
    let rest = everybody.get(CAST.len()..).unwrap_or_default();
    for node in &tree.nodes {
        let here = |person: &&Person| person.organization == node.id && person.state == MemberState::Full;
        match node.kind {
            OrgKind::Branch => {
                for (role, person) in COMMITTEE.iter().zip(rest.iter().filter(here)) {
                    appoint(node.id, *role, person);
                }
            }
            OrgKind::Group => {
                if let Some(person) = rest.iter().find(here) {
                    appoint(node.id, Role::GroupLeader, person);
                }
            }
            _ => {}
        }
    }
    // Nobody of the committee of their branch.
    let here = |person: &&Person| person.organization == tree.office && person.state == MemberState::Full;
    let second = rest.iter().filter(here).nth(COMMITTEE.len());
    let first = appointments.iter().find(|held| held.role == Role::OrganizationDepartment).cloned();
    if let (Some(person), Some(held)) = (second, first)
        && let Ok(holder_name) = Line::try_from(person.name.reveal())
    {
        let id = AppointmentId::from_bytes(MILLIS, bytes(&mut rng));
        appointments.push(Appointment { id, holder: person.id, holder_name, ..held });
    }
    appointments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plan, people, tree};

    #[test]
    fn every_role_is_held_and_every_branch_has_its_secretary() {
        let plan = Plan::small();
        let tree = tree(&plan).unwrap();
        let appointments = officers(&tree, &people(&plan, &tree));
        for role in Role::ALL {
            assert!(appointments.iter().any(|held| held.role == *role), "{role:?}");
        }
        for branch in tree.nodes.iter().filter(|node| node.kind == OrgKind::Branch) {
            let secretaries =
                appointments.iter().filter(|held| held.organization == branch.id && held.role == Role::Secretary);
            assert_eq!(secretaries.count(), 1, "{}", branch.name);
        }
        let department = appointments.iter().filter(|held| held.role == Role::OrganizationDepartment);
        let holders: HashSet<_> = department.map(|held| held.holder).collect();
        assert_eq!(holders.len(), 2, "one decides about a star, the other answers an objection");
    }
}
