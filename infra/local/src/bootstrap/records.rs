//! What is written: the records, each with its activity.

use super::{DoneRow, Founded, Invalid, Officer, Order, Person, people::place};
use dynamo::{Activity, Actor, Change, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{AppointmentId, ErrorCode, Line, MemberId, OrgId, OrgPath, Refusal, Text, shanghai_day};
use register::{
    Appointment, AppointmentRow, BranchType, Draft, Member, MemberRow, MemberState, NameRow, Node, NodeRow, NodeStatus,
    OrgKind, TakenRow,
};
use serde_json::{Value, json};
use vault::Vault;

/// The first records.
pub(super) struct Records {
    root: Node,
    branch: Node,
    members: Vec<Member>,
    /// One for each member, in the same order.
    offices: Vec<Appointment>,
    decision: Line<100>,
    now: Timestamp,
}

impl Records {
    /// The records of an order that was checked.
    pub(super) fn of(order: &Order, vault: &Vault, now: Timestamp) -> Result<Self, super::BootstrapError> {
        let (id, below) = (OrgId::new(now), OrgId::new(now));
        let path = OrgPath::root(id);
        let place = path.child(below).ok_or_else(|| Invalid(vec!["the tree is too deep".to_owned()]))?;
        let root = node((id, path), &order.name, order.kind, order.founded_on, now);
        let branch = node((below, place), &order.branch_name, OrgKind::Branch, order.branch_founded_on, now);
        let mut records = Self {
            root,
            branch: Node { branch_type: Some(BranchType::GovernmentOffice), ..branch },
            members: Vec::new(),
            offices: Vec::new(),
            decision: order.decision.clone(),
            now,
        };
        for person in &order.people {
            let member = records.member(person, vault)?;
            let holder_name = Line::try_from(person.name.reveal()).map_err(|why| Invalid(vec![why.into_owned()]))?;
            records.offices.push(Appointment {
                id: AppointmentId::new(now),
                organization: id,
                role: person.role,
                holder: member.id,
                holder_name,
                from: shanghai_day(now),
                until: None,
                decision: order.decision.clone(),
                version: 1,
            });
            records.members.push(member);
        }
        Ok(records)
    }

    fn member(&self, person: &Person, vault: &Vault) -> Result<Member, vault::SealError> {
        let id = MemberId::new(self.now);
        let draft = Draft {
            organization: self.branch.id,
            name: person.name.clone(),
            id_card: person.id_card.clone(),
            phone: person.phone.clone(),
            ethnicity: person.ethnicity.clone(),
            education: None,
            unit: None,
            category: person.category,
            state: MemberState::Full,
            joined_on: person.joined_on,
            full_since: Some(person.full_since),
        };
        Member::registered(vault, id, &self.branch, draft, self.now)
    }

    /// What to tell of them.
    pub(super) fn founded(&self) -> Founded {
        let officers = self.members.iter().zip(&self.offices).map(|(member, office)| Officer {
            role: office.role,
            member: member.id,
            phone_masked: member.phone_masked.clone(),
        });
        Founded { root: self.root.id, branch: self.branch.id, officers: officers.collect() }
    }

    /// Adds all of them where none of them is, and `done`.
    pub(super) fn change(&self, organizations: &Table, members: &Table, done: &DoneRow) -> Change {
        let mut change = Change::new().insert(organizations, done, ErrorCode::Conflict);
        for node in [&self.root, &self.branch] {
            change = change.insert(organizations, &NameRow::of(node), ErrorCode::NameTaken).insert(
                organizations,
                &NodeRow::new(node.clone()),
                ErrorCode::Conflict,
            );
        }
        for ((member, office), n) in self.members.iter().zip(&self.offices).zip(1..) {
            let taken = |code: ErrorCode, field: &str| {
                let at = place(n, Some(office.role), Some(field));
                let Text { zh, en } = code.title();
                Refusal::new(code).because(Text::of(format!("{at}: {zh}"), en))
            };
            let (id_card, phone) = (&member.id_card_index, &member.phone_index);
            change = change
                .insert(members, &TakenRow::id_card(id_card, member.id), taken(ErrorCode::IdCardTaken, "idCard"))
                .insert(members, &TakenRow::phone(phone, member.id), taken(ErrorCode::PhoneTaken, "phone"))
                .insert(members, &MemberRow::new(member.clone()), ErrorCode::Conflict)
                .insert(organizations, &AppointmentRow::of_organization(office.clone()), ErrorCode::Conflict)
                .insert(organizations, &AppointmentRow::of_holder(office.clone()), ErrorCode::Conflict);
        }
        change
    }

    /// An activity for each of them.
    pub(super) fn activities(&self) -> Vec<Activity> {
        let tell = |kind: &str, organization: OrgId, subject: String, after: Value| {
            Activity::new(self.now, Actor::job("bootstrap"), kind, organization, subject)
                .between(&Value::Null, &after)
                .stating("decision", &self.decision)
        };
        let root = tell("organization.founded", self.root.id, self.root.id.to_string(), json!(self.root));
        let branch = tell("organization.founded", self.branch.id, self.branch.id.to_string(), json!(self.branch))
            .stating("parent", self.root.id)
            .stating("fullMembers", self.members.len());
        let members = self
            .members
            .iter()
            .map(|member| member.registration(self.now, Actor::job("bootstrap")).stating("decision", &self.decision));
        let offices = self.offices.iter().map(|office| {
            let after = json!({ "appointment": office.id, "role": office.role, "from": office.from });
            tell("officer.appointed", office.organization, office.holder.to_string(), after)
        });
        [root, branch].into_iter().chain(members).chain(offices).collect()
    }
}

fn node((id, path): (OrgId, OrgPath), name: &Line<60>, kind: OrgKind, founded_on: Date, now: Timestamp) -> Node {
    Node {
        id,
        path,
        name: name.clone(),
        kind,
        branch_type: None,
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on,
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: now,
    }
}
