//! What one change notices of another that came between its reading and its writing.

use super::*;
use authz::Role;
use jiff::Timestamp;
use register::{BranchType, NodeStatus};
use testkit::Bench;

struct Stage {
    tree: Tree,
    _bench: Bench,
    city: Node,
    east: Node,
    west: Node,
    street: Node,
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(u64::from(n), [n; 10])
}

fn node(n: u8, parent: Option<&Node>, kind: OrgKind) -> Node {
    let id = org(n);
    Node {
        id,
        path: parent.map_or_else(|| OrgPath::root(id), |parent| parent.path.child(id).unwrap()),
        name: format!("组织{n}").as_str().try_into().unwrap(),
        kind,
        branch_type: (kind == OrgKind::Branch).then_some(BranchType::Village),
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: Date::constant(2020, 1, 15),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let tree = Tree::open(&bench.env).unwrap();
        let city = node(1, None, OrgKind::MunicipalCommittee);
        let [east, west] = [2, 3].map(|n| node(n, Some(&city), OrgKind::DistrictCommittee));
        let street = node(4, Some(&east), OrgKind::SubDistrictCommittee);
        let rows = [&city, &east, &west, &street].map(|node| NodeRow::new(node.clone()));
        tree.organizations.table().put_all(&rows).await.unwrap();
        let names: Vec<_> = [&city, &east, &west, &street].into_iter().map(NameRow::of).collect();
        tree.organizations.table().put_all(&names).await.unwrap();
        Self { tree, _bench: bench, city, east, west, street }
    }

    /// What the change is refused with.
    async fn make(&self, change: Change) -> Option<ErrorCode> {
        let answer = dynamo::Answer { status: 200, location: None, etag: None, body: String::new(), replayed: false };
        match self.tree.ledger.commit(change, [], None, answer).await {
            Ok(_) => None,
            Err(StoreError::Refused(refusal)) => Some(refusal.code),
            Err(error) => panic!("{error}"),
        }
    }

    fn found_below(&self, parent: &Node) -> Change {
        self.tree.found(parent, &node(9, Some(parent), OrgKind::BaseCommittee))
    }

    fn move_to(&self, who: &Node, parent: &Node) -> Change {
        let new = Node { path: parent.path.child(who.id).unwrap(), version: who.version + 1, ..who.clone() };
        let row = NodeRow::new(who.clone());
        self.tree.relocate(&row, std::slice::from_ref(&row), &[new], parent)
    }

    fn close(&self, who: &Node, into: Option<&Node>, counted: (u64, u64)) -> Change {
        let on = Some(Date::constant(2026, 11, 20));
        let new = Node { status: NodeStatus::Dissolved, closed_on: on, version: who.version + 1, ..who.clone() };
        self.tree.close(&NodeRow::new(who.clone()), &new, into, counted, (&[], None))
    }

    /// How far the counters of `who` stand.
    async fn counted(&self, who: &Node) -> (u64, u64) {
        (self.tree.below(who.id).await.unwrap(), self.tree.offices_of(who.id).await.unwrap().1)
    }

    fn appoint(&self, n: u8, who: &Node, counted: (u64, u64)) -> Change {
        let appointment = Appointment {
            id: AppointmentId::from_bytes(u64::from(n), [n; 10]),
            organization: who.id,
            role: Role::Secretary,
            holder: MemberId::from_bytes(u64::from(n), [n; 10]),
            holder_name: "林晓".try_into().unwrap(),
            from: Date::constant(2026, 11, 24),
            until: None,
            decision: "1号".try_into().unwrap(),
            version: 1,
        };
        self.tree.appoint(&appointment, counted)
    }
}

#[tokio::test]
async fn a_closing_notices_what_came_to_stand_below() {
    let stage = Stage::new().await;
    for come in [stage.found_below(&stage.west), stage.move_to(&stage.street, &stage.west)] {
        let counted = stage.counted(&stage.west).await;
        assert_eq!(stage.make(come).await, None);
        assert_eq!(stage.make(stage.close(&stage.west, None, counted)).await, Some(ErrorCode::Conflict));
    }
    let counted = stage.counted(&stage.west).await;
    assert_eq!(stage.make(stage.close(&stage.west, None, counted)).await, None);
}

#[tokio::test]
async fn a_closing_notices_an_appointment_and_an_appointment_a_closing() {
    let stage = Stage::new().await;
    let before = stage.counted(&stage.west).await;
    assert_eq!(stage.make(stage.appoint(1, &stage.west, (before.1, 0))).await, None);
    assert_eq!(stage.make(stage.close(&stage.west, None, before)).await, Some(ErrorCode::Conflict));
    let now = stage.counted(&stage.west).await;
    assert_eq!(stage.make(stage.close(&stage.west, None, now)).await, None);
    assert_eq!(stage.make(stage.appoint(2, &stage.west, (now.1, 0))).await, Some(ErrorCode::Conflict));
}

#[tokio::test]
async fn nothing_comes_to_stand_below_what_was_closed_or_moved() {
    let stage = Stage::new().await;
    let counted = stage.counted(&stage.west).await;
    assert_eq!(stage.make(stage.close(&stage.west, None, counted)).await, None);
    assert_eq!(stage.make(stage.found_below(&stage.west)).await, Some(ErrorCode::Conflict));
    assert_eq!(stage.make(stage.move_to(&stage.street, &stage.west)).await, Some(ErrorCode::Conflict));

    let stage = Stage::new().await;
    assert_eq!(stage.make(stage.move_to(&stage.street, &stage.west)).await, None);
    assert_eq!(stage.make(stage.found_below(&stage.street)).await, Some(ErrorCode::Conflict));
    assert_eq!(stage.make(stage.found_below(&stage.city)).await, None);
}

#[tokio::test]
async fn nothing_is_merged_into_what_was_closed() {
    let stage = Stage::new().await;
    let (east, west) = (stage.counted(&stage.east).await, stage.counted(&stage.west).await);
    assert_eq!(stage.make(stage.close(&stage.east, None, east)).await, None);
    assert_eq!(stage.make(stage.close(&stage.west, Some(&stage.east), west)).await, Some(ErrorCode::Conflict));
}
