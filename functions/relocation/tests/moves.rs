//! A sub-district moves to another district, and the register follows.
#![expect(clippy::unwrap_used, reason = "tests")]

use authz::Role;
use dynamo::{Change, Found, Key, Read, Stretch, Table};
use jiff::SignedDuration;
use kernel::{OrgId, OrgPath};
use register::{Member, MemberRow, MemberState, Node, NodeRow, NodeStatus, OrgKind, Organizations};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{Bench, Client, Crash, Town};

struct Stage {
    bench: Bench,
    town: Town,
    /// Where the sub-district goes.
    west: Node,
    job: relocation::App,
    organizations: Organizations,
    members: Table,
    people: Vec<Member>,
}

/// Members in a branch, a group and a neighbouring branch, one of them no longer on the rolls, one with an open request.
async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let id = OrgId::from_bytes(8, [8; 10]);
    let west = Node {
        id,
        path: town.city.path.child(id).unwrap(),
        name: "西区委".try_into().unwrap(),
        ..town.district.clone()
    };
    let organizations = Organizations::open(&bench.env).unwrap();
    organizations.table().put_all(&[NodeRow::new(west.clone())]).await.unwrap();
    let mut people = Vec::new();
    for (n, home) in [(1, &town.branch), (2, &town.group), (3, &town.neighbour)] {
        people.push(town.person(n, "林晓", home).await);
    }
    people.push(town.person_as(4, "陈古", &town.branch, |member| member.state = MemberState::Deceased).await);
    let api = members::router(members::App::connect(&bench.env).await.unwrap());
    let asked = json!({ "proposal": { "field": "unit", "value": "第二中学" }, "reason": "已调动" });
    let reply =
        Client::new(api, Some(Town::caller(people.first().unwrap(), &[]))).post("/v1/me/corrections", asked).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let job = relocation::App::connect(&bench.env).await.unwrap();
    let members = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    Stage { bench, town, west, job, organizations, members, people }
}

fn event() -> Value {
    serde_json::from_str(include_str!("../../../events/relocation.json")).unwrap()
}

impl Stage {
    async fn call(&self, path: &str, body: Value) {
        let api = organizations::router(organizations::App::connect(&self.bench.env).await.unwrap());
        let desk = testkit::caller(
            kernel::MemberId::from_bytes(99, [9; 10]),
            &[(Role::OrganizationDepartment, self.town.city.id)],
        );
        let reply = Client::new(api, Some(desk)).post(path, body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    async fn relocate(&self, who: &Node, to: &Node) {
        let body = json!({ "parent": to.id, "on": "2026-11-20", "reason": "区划调整", "decision": "1号" });
        self.call(&format!("/v1/organizations/{}/move", who.id), body).await;
    }

    async fn run(&self) -> Value {
        relocation::run(&self.job, event()).await.unwrap()
    }

    /// Runs until nothing is pending, a minute between runs.
    async fn follow(&self) {
        for _ in 0..10 {
            self.run().await;
            if self.pending().await == 0 {
                return;
            }
            self.bench.pass(SignedDuration::from_mins(1));
        }
        assert_eq!(self.pending().await, 0, "ten minutes were not enough");
    }

    async fn pending(&self) -> usize {
        let moved = Stretch::whole(NodeRow::PENDING).of_index("pending", "pending", "path");
        self.organizations.table().count(&moved).await.unwrap()
    }

    /// Sort keys of what `list` has under `path`.
    async fn under(&self, list: &str, path: &OrgPath) -> BTreeSet<String> {
        let area = |current| Stretch::beginning(MemberRow::area(path, current), path.as_str());
        let stretch = match list {
            "members" => area(true).of_index("place", "area", "place"),
            "past" => area(false).of_index("place", "area", "place"),
            _ => area(true).of_index("open", "openArea", "openKey"),
        };
        let found: Found<Value> = self.members.page(&stretch, None, 1_000).await.unwrap();
        found.items.iter().map(|item| item.get("pk").unwrap().to_string()).collect()
    }

    async fn member(&self, n: usize) -> Member {
        let key = Key::new(MemberRow::partition(self.people.get(n).unwrap().id), "MBR");
        let row: Option<MemberRow> = self.members.get(key, Read::Consistent).await.unwrap();
        row.unwrap().member
    }

    async fn path(&self, node: &Node) -> OrgPath {
        self.organizations.row(node.id, Read::Consistent).await.unwrap().unwrap().node.path
    }

    /// Everyone is found where the tree says, nobody where it said before, and no record has another version.
    async fn assert_followed(&self, old: &OrgPath) {
        let new = self.path(&self.town.street).await;
        for (list, count) in [("members", 3), ("past", 1), ("open", 1)] {
            assert_eq!(self.under(list, old).await.len(), 0, "{list} under the old path");
            assert_eq!(self.under(list, &new).await.len(), count, "{list} under the new path");
        }
        for (n, before) in self.people.iter().enumerate() {
            let after = self.member(n).await;
            assert_eq!(after.path, self.organizations.node(after.organization).await.unwrap().path);
            assert_eq!(Member { path: before.path.clone(), ..after }, *before);
        }
    }
}

#[tokio::test]
async fn the_register_follows_a_move() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    stage.relocate(&stage.town.street, &stage.west).await;
    assert_eq!(stage.under("members", &old).await.len(), 3);
    let report = stage.run().await;
    assert_eq!(report, json!({ "moves": 1, "copies": 5, "settled": 0, "failed": 0, "more": false }));
    stage.assert_followed(&old).await;

    // The records are done; the move is pending until nothing came back for two minutes.
    stage.bench.pass(SignedDuration::from_mins(1));
    assert_eq!(stage.run().await["copies"], 0);
    stage.bench.pass(SignedDuration::from_secs(119));
    assert_eq!(stage.run().await["settled"], 0);
    stage.bench.pass(SignedDuration::from_secs(1));
    assert_eq!(stage.run().await["settled"], 1);
    let row = stage.organizations.row(stage.town.street.id, Read::Consistent).await.unwrap().unwrap();
    assert_eq!((row.pending, row.moved_from, row.quiet_since, row.node.version), (None, None, None, 2));
    stage.assert_followed(&old).await;
    let nothing = json!({ "moves": 0, "copies": 0, "settled": 0, "failed": 0, "more": false });
    assert_eq!(stage.run().await, nothing);
    // And it can move again.
    stage.relocate(&stage.town.street, &stage.town.district).await;
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    stage.relocate(&stage.town.street, &stage.west).await;
    let before = stage.bench.image();
    let _ = stage.bench.wire.take();
    stage.run().await;
    let calls = stage.bench.wire.take().len();
    assert!(calls > 10, "{calls}");
    // The last call records that it ended, which is not the work.
    for at in 0..calls - 1 {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let broken = relocation::run(&stage.job, event()).await;
            stage.bench.wire.crash(None);
            assert!(broken.is_err(), "{crash:?}: a job that did not finish says so");
            stage.follow().await;
            stage.assert_followed(&old).await;
        }
    }
}

#[tokio::test]
async fn the_end_of_a_move_can_be_interrupted_too() {
    // Fourteen calls: its record, what is pending, the row, nine lists, then the row is done with, and its record.
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    stage.relocate(&stage.town.street, &stage.west).await;
    for _ in 0..2 {
        stage.run().await;
        stage.bench.pass(SignedDuration::from_mins(2));
    }
    let before = stage.bench.image();
    for at in 0..14 {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = relocation::run(&stage.job, event()).await;
            stage.bench.wire.crash(None);
            stage.follow().await;
            stage.assert_followed(&old).await;
        }
    }
}

#[tokio::test]
async fn an_edit_at_the_same_time_is_not_lost() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    stage.relocate(&stage.town.street, &stage.west).await;
    // Somebody read the record before the job came, and writes it back afterwards with the old path in it.
    let read = stage.member(0).await;
    stage.run().await;
    let edited = Member { version: read.version + 1, unit: Some("第三中学".try_into().unwrap()), ..read.clone() };
    let ledger = dynamo::Ledger::open(&stage.bench.env).unwrap();
    let answer = dynamo::Answer { status: 200, location: None, etag: None, body: String::new(), replayed: false };
    let change = Change::new().replace(&stage.members, &MemberRow::new(edited.clone()), read.version);
    ledger.commit(change, [], None, answer).await.unwrap();
    assert_eq!(stage.under("members", &old).await.len(), 1);
    stage.follow().await;
    assert_eq!(stage.under("members", &old).await.len(), 0);
    let after = stage.member(0).await;
    assert_eq!(after.path, stage.path(&stage.town.branch).await);
    assert_eq!(Member { path: read.path, ..after }, edited);
}

#[tokio::test]
async fn what_comes_late_begins_the_quiet_time_anew() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    stage.relocate(&stage.town.street, &stage.west).await;
    stage.run().await;
    stage.run().await;
    stage.bench.pass(SignedDuration::from_mins(2));
    // Registered by a request that read the branch before it moved.
    let late = stage.town.person(5, "郑新", &stage.town.branch).await;
    let report = stage.run().await;
    assert_eq!((&report["copies"], &report["settled"]), (&json!(1), &json!(0)));
    stage.run().await;
    stage.bench.pass(SignedDuration::from_secs(119));
    assert_eq!(stage.run().await["settled"], 0);
    stage.bench.pass(SignedDuration::from_secs(1));
    assert_eq!(stage.run().await["settled"], 1);
    let row: MemberRow =
        stage.members.get(Key::new(MemberRow::partition(late.id), "MBR"), Read::Consistent).await.unwrap().unwrap();
    assert_eq!(row.member.path, stage.path(&stage.town.branch).await);
    assert!(stage.under("members", &old).await.is_empty());
}

#[tokio::test]
async fn organisations_that_a_move_left_behind_follow_as_well() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    // One that was closed, and one below it; one that is founded while the move is under way, and its group.
    let closed = Node {
        status: NodeStatus::Dissolved,
        closed_on: Some("2026-01-01".parse().unwrap()),
        ..below(&stage.town.street, 20, OrgKind::GeneralBranch)
    };
    let closed_below = Node {
        path: closed.path.child(below(&closed, 21, OrgKind::Branch).id).unwrap(),
        ..below(&closed, 21, OrgKind::Branch)
    };
    let closed_below = Node { status: NodeStatus::Dissolved, closed_on: closed.closed_on, ..closed_below };
    let past = stage.town.person_as(6, "何旧", &closed_below, |member| member.state = MemberState::Removed).await;
    let rows = [closed.clone(), closed_below.clone()].map(NodeRow::new);
    stage.organizations.table().put_all(&rows).await.unwrap();
    stage.relocate(&stage.town.street, &stage.west).await;
    let branch = below(&stage.town.street, 22, OrgKind::Branch);
    let group = below(&branch, 23, OrgKind::Group);
    let rows = [branch.clone(), group.clone()].map(NodeRow::new);
    stage.organizations.table().put_all(&rows).await.unwrap();
    let newcomer = stage.town.person(7, "吴初", &group).await;

    stage.follow().await;
    let street = stage.path(&stage.town.street).await;
    for (node, parent) in [(&closed, &street), (&closed_below, &stage.path(&closed).await), (&branch, &street)] {
        assert_eq!(stage.path(node).await, parent.child(node.id).unwrap());
        let row = stage.organizations.row(node.id, Read::Consistent).await.unwrap().unwrap();
        assert_eq!((row.node.version, row.root), (node.version, NodeRow::tree(&street, node.closed_on.is_none())));
    }
    for (member, home) in [(&past, &closed_below), (&newcomer, &group)] {
        let row: Option<MemberRow> =
            stage.members.get(Key::new(MemberRow::partition(member.id), "MBR"), Read::Consistent).await.unwrap();
        assert_eq!(row.unwrap().member.path, stage.path(home).await);
    }
    assert!(stage.under("past", &old).await.is_empty());
}

#[tokio::test]
async fn what_one_move_left_behind_is_not_carried_off_by_another() {
    let stage = stage().await;
    let Town { street, other_street, branch, group, .. } = &stage.town;
    stage.relocate(branch, other_street).await;
    // The group was founded a moment before: the index did not show it yet, and it was not moved with its branch.
    stage.organizations.table().put_all(&[NodeRow::new(group.clone())]).await.unwrap();
    stage.relocate(street, &stage.west).await;
    assert_eq!(stage.path(group).await, group.path);

    stage.follow().await;
    assert_eq!(stage.path(group).await, stage.path(branch).await.child(group.id).unwrap());
    assert_eq!(stage.path(branch).await.parent(), Some(other_street.id));
}

fn below(parent: &Node, n: u8, kind: OrgKind) -> Node {
    let id = OrgId::from_bytes(u64::from(n), [n; 10]);
    let name = format!("组织{n}").as_str().try_into().unwrap();
    Node { id, path: parent.path.child(id).unwrap(), name, kind, ..parent.clone() }
}

#[tokio::test]
async fn moves_of_parts_and_of_the_whole_do_not_get_in_each_other_s_way() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    let branch_between =
        stage.west.path.child(stage.town.street.id).and_then(|street| street.child(stage.town.branch.id)).unwrap();
    stage.relocate(&stage.town.street, &stage.west).await;
    stage.relocate(&stage.town.branch, &stage.town.other_street).await;
    assert_eq!(stage.pending().await, 2);
    stage.follow().await;
    for place in [&old, &branch_between] {
        for list in ["members", "past", "open"] {
            assert!(stage.under(list, place).await.is_empty(), "{list} under {place}");
        }
    }
    let branch = stage.path(&stage.town.branch).await;
    assert!(stage.town.other_street.path.contains(&branch));
    assert_eq!(stage.under("members", &branch).await.len(), 2);
    assert_eq!(stage.under("members", &stage.path(&stage.town.street).await).await.len(), 1);
}

#[tokio::test]
async fn moves_are_done_with_together() {
    let stage = stage().await;
    stage.relocate(&stage.town.street, &stage.west).await;
    stage.relocate(&stage.town.branch, &stage.town.other_street).await;
    stage.run().await;
    stage.run().await;
    stage.bench.pass(SignedDuration::from_mins(2));
    // What an earlier move left behind comes late: whoever looks for it goes by the later one too.
    stage.town.person(5, "郑新", &stage.town.neighbour).await;
    assert_eq!((&stage.run().await["copies"], stage.pending().await), (&json!(1), 2));
    stage.run().await;
    stage.bench.pass(SignedDuration::from_mins(2));
    assert_eq!(stage.run().await["settled"], 2);
}

#[tokio::test]
async fn more_than_one_run_can_do_is_left_to_the_next() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    let template = stage.member(0).await;
    let rows: Vec<_> = (0..2_100_u64)
        .map(|n| {
            let id = kernel::MemberId::from_bytes(1_000 + n, [3; 10]);
            MemberRow::new(Member { id, ..template.clone() })
        })
        .collect();
    stage.members.put_all(&rows).await.unwrap();
    stage.relocate(&stage.town.street, &stage.west).await;
    let first = stage.run().await;
    assert_eq!((&first["copies"], &first["more"]), (&json!(2_000), &json!(true)));
    let second = stage.run().await;
    assert_eq!((&second["copies"], &second["more"]), (&json!(105), &json!(false)));
    let place = Stretch::beginning(MemberRow::area(&old, true), old.as_str()).of_index("place", "area", "place");
    assert_eq!(stage.members.count(&place).await.unwrap(), 0);
}

#[tokio::test]
async fn one_copy_that_cannot_be_written_does_not_hold_up_the_others() {
    let stage = stage().await;
    let old = stage.town.street.path.clone();
    let nowhere = OrgId::from_bytes(77, [7; 10]);
    let lost = stage.town.person_as(8, "甘丢", &stage.town.branch, |member| member.organization = nowhere).await;
    stage.relocate(&stage.town.street, &stage.west).await;
    let error = relocation::run(&stage.job, event()).await.unwrap_err();
    assert_eq!(error.to_string(), "1 copies could not be brought up to date");
    assert_eq!(stage.under("members", &old).await, BTreeSet::from([json!(MemberRow::partition(lost.id)).to_string()]));
    assert_eq!(stage.pending().await, 1);
}

#[tokio::test]
async fn an_event_for_another_job_is_refused() {
    let stage = stage().await;
    for other in [json!({}), json!({ "detail": { "job": "audit-seal", "attempt": "1" } })] {
        assert!(relocation::run(&stage.job, other).await.is_err());
    }
}

#[tokio::test]
async fn what_a_run_costs() {
    let stage = stage().await;
    let cost = async || {
        let _ = stage.bench.wire.take();
        stage.run().await;
        let calls = stage.bench.wire.take();
        (calls.len(), calls.iter().map(|call| call.units).sum::<f64>())
    };
    assert_eq!(cost().await, (1 + 2, 0.5 + 2.0), "nothing to do but the record of the run, twice");
    stage.relocate(&stage.town.street, &stage.west).await;
    // What is pending, its row, fifteen lists, three organisations, five copies.
    assert_eq!(cost().await, (1 + 1 + 15 + 3 + 5 + 2, 39.0 + 2.0), "five copies");
}
