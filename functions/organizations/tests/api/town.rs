//! A town to work in: two trees with a few members, and officers at the phone.

use authz::Role;
use dynamo::{Activity, Read, Table, Trace};
use jiff::{Timestamp, civil::Date};
use kernel::{MemberId, OrgId, OrgPath, Sex};
use organizations::{App, router};
use register::{
    AppointmentRow, BranchType, Category, Member, MemberRow, MemberState, NameRow, Node, NodeRow, NodeStatus, OrgKind,
    Organizations, Term,
};
use serde_json::{Value, json};
use testkit::{Bench, Client, caller};

/// The municipal committee and what stands below it, by number; `/1/2/3/4/5` is the way down to the group.
pub(crate) const CITY: u8 = 1;
pub(crate) const EAST: u8 = 2;
pub(crate) const STREET: u8 = 3;
pub(crate) const BRANCH: u8 = 4;
pub(crate) const GROUP: u8 = 5;
pub(crate) const NEIGHBOUR: u8 = 6;
/// A sub-district of the east with nothing below it.
pub(crate) const HILL: u8 = 7;
pub(crate) const WEST: u8 = 8;
/// Another root, and a district of it.
pub(crate) const ELSEWHERE: u8 = 10;
pub(crate) const FAR: u8 = 11;

pub(crate) fn org(n: u8) -> OrgId {
    OrgId::from_bytes(u64::from(n), [n; 10])
}

pub(crate) fn person(n: u8) -> MemberId {
    MemberId::from_bytes(u64::from(n), [n; 10])
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The path of an organisation's collection or action.
pub(crate) fn at(n: u8, rest: &str) -> String {
    format!("/v1/organizations/{}{rest}", org(n))
}

pub(crate) struct Town {
    pub(crate) bench: Bench,
    pub(crate) router: axum::Router,
    pub(crate) organizations: Organizations,
    pub(crate) members: Table,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let bench = Bench::new().await;
        let town = Self {
            router: router(App::connect(&bench.env).await.unwrap()),
            organizations: Organizations::open(&bench.env).unwrap(),
            members: Table::open(&bench.env, "MEMBERS_TABLE").unwrap(),
            bench,
        };
        for (kind, name, path) in [
            (OrgKind::MunicipalCommittee, "市委", &[CITY][..]),
            (OrgKind::DistrictCommittee, "东区委", &[CITY, EAST]),
            (OrgKind::SubDistrictCommittee, "河街道党工委", &[CITY, EAST, STREET]),
            (OrgKind::Branch, "第一党支部", &[CITY, EAST, STREET, BRANCH]),
            (OrgKind::Group, "第一党小组", &[CITY, EAST, STREET, BRANCH, GROUP]),
            (OrgKind::Branch, "第二党支部", &[CITY, EAST, STREET, NEIGHBOUR]),
            (OrgKind::SubDistrictCommittee, "山街道党工委", &[CITY, EAST, HILL]),
            (OrgKind::DistrictCommittee, "西区委", &[CITY, WEST]),
            (OrgKind::MunicipalCommittee, "另一市委", &[ELSEWHERE]),
            (OrgKind::DistrictCommittee, "远区委", &[ELSEWHERE, FAR]),
        ] {
            town.plant(node(kind, name, path)).await;
        }
        let _ = town.bench.wire.take();
        town
    }

    /// Puts an organisation into the tree, its name with it.
    pub(crate) async fn plant(&self, node: Node) {
        let table = self.organizations.table();
        table.put_all(&[NameRow::of(&node)]).await.unwrap();
        table.put_all(&[NodeRow::new(node)]).await.unwrap();
    }

    /// Puts `count` full members, numbered from `first`, on the rolls of the organisation `n`.
    pub(crate) async fn enrol(&self, n: u8, first: u8, count: u8) {
        let node = self.node(n).await;
        let rows: Vec<_> =
            (first..first + count).map(|who| MemberRow::new(member(who, &node, MemberState::Full))).collect();
        self.members.put_all(&rows).await.unwrap();
    }

    /// Puts one person on the rolls, or takes them off, as `state` says.
    pub(crate) async fn enrol_as(&self, n: u8, who: u8, state: MemberState) {
        let node = self.node(n).await;
        self.members.put_all(&[MemberRow::new(member(who, &node, state))]).await.unwrap();
    }

    pub(crate) async fn row(&self, id: OrgId) -> NodeRow {
        self.organizations.row(id, Read::Consistent).await.unwrap().unwrap()
    }

    pub(crate) async fn node(&self, n: u8) -> Node {
        self.row(org(n)).await.node
    }

    /// Somebody in the office `role` of the organisation `n`: person 200, who is on no roll.
    pub(crate) fn officer(&self, role: Role, n: u8) -> Client {
        self.person(200, &[(role, org(n))])
    }

    pub(crate) fn person(&self, who: u8, grants: &[(Role, OrgId)]) -> Client {
        Client::new(self.router.clone(), Some(caller(person(who), grants)))
    }

    /// The organisation department of the city, which may do most things in most places.
    pub(crate) fn desk(&self) -> Client {
        self.officer(Role::OrganizationDepartment, CITY)
    }

    /// What was done in the matters of an organisation, latest first.
    pub(crate) async fn trace(&self, id: OrgId) -> Vec<Activity> {
        Trace::open(&self.bench.env).unwrap().of_organization(id, (None, None), None, 100).await.unwrap().items
    }

    /// The one activity of `kind` in the matters of an organisation.
    pub(crate) async fn told(&self, id: OrgId, kind: &str) -> Activity {
        let mut all = self.trace(id).await;
        all.retain(|activity| activity.kind == kind);
        assert_eq!(all.len(), 1, "{kind}: {all:?}");
        all.remove(0)
    }

    /// Gives a person an office without asking a rule.
    pub(crate) async fn in_office(&self, n: u8, who: u8, role: Role, from: &str) -> register::Appointment {
        let appointment = register::Appointment {
            id: kernel::AppointmentId::new(self.bench.now()),
            organization: org(n),
            role,
            holder: person(who),
            holder_name: "林晓".try_into().unwrap(),
            from: day(from),
            until: None,
            decision: "〔2021〕1号".try_into().unwrap(),
            version: 1,
        };
        let rows =
            [AppointmentRow::of_organization(appointment.clone()), AppointmentRow::of_holder(appointment.clone())];
        self.organizations.table().put_all(&rows).await.unwrap();
        appointment
    }
}

pub(crate) fn node(kind: OrgKind, name: &str, path: &[u8]) -> Node {
    let (first, rest) = path.split_first().unwrap();
    let path = rest.iter().fold(OrgPath::root(org(*first)), |path, n| path.child(org(*n)).unwrap());
    Node {
        id: path.id().unwrap(),
        path,
        name: name.try_into().unwrap(),
        kind,
        branch_type: (kind == OrgKind::Branch).then_some(BranchType::Community),
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: day("2020-01-15"),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

pub(crate) fn term(elected_on: &str, due_on: &str) -> Term {
    Term { elected_on: day(elected_on), ends_on: day(due_on), due_on: day(due_on) }
}

fn member(who: u8, node: &Node, state: MemberState) -> Member {
    let sealed: vault::Sealed = serde_json::from_value(json!("v1.1.a.b")).unwrap();
    Member {
        id: person(who),
        organization: node.id,
        path: node.path.clone(),
        name: "林晓".parse().unwrap(),
        sex: Sex::Female,
        born: day("1990-03-07"),
        ethnicity: "汉族".try_into().unwrap(),
        education: None,
        unit: None,
        category: Category::Wage,
        id_card: sealed.clone(),
        id_card_masked: String::new(),
        id_card_index: who.to_string(),
        phone: sealed,
        phone_masked: "138****1234".to_owned(),
        phone_index: who.to_string(),
        state,
        state_since: day("2011-06-01"),
        joined_on: day("2010-06-01"),
        full_since: Some(day("2011-06-01")),
        exemption: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// A branch to be founded below the organisation `parent`.
pub(crate) fn branch(parent: u8, name: &str) -> Value {
    json!({
        "parent": org(parent), "name": name, "kind": "branch", "branchType": "community", "foundedOn": "2026-11-01",
        "fullMembers": 12, "decision": "〔2026〕3号",
    })
}
