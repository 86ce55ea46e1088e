use crate::town::{BRANCH, CITY, EAST, GROUP, HILL, NEIGHBOUR, STREET, Town, WEST, at, branch, node, org};
use authz::Role;
use dues_records::{Account, Bill, Case, CaseRow, DuesTable, Entry, EntryKind, EntryRow, Fen, Month};
use jiff::SignedDuration;
use register::{MemberState, NodeRow, NodeStatus, OrgKind};
use serde_json::{Value, json};

fn dissolution() -> Value {
    json!({ "on": "2026-11-20", "reason": "单位撤销", "decision": "〔2026〕10号" })
}

fn into(other: u8) -> Value {
    json!({ "into": org(other), "on": "2026-11-20", "reason": "合并", "decision": "〔2026〕11号" })
}

#[tokio::test]
async fn an_empty_branch_is_merged_and_its_officers_leave() {
    let town = Town::new().await;
    let secretary = town.in_office(NEIGHBOUR, 31, Role::Secretary, "2024-01-01").await;
    let next_year = town.in_office(NEIGHBOUR, 32, Role::DeputySecretary, "2027-01-01").await;
    let reply = town.desk().post(&at(NEIGHBOUR, "/merge"), into(BRANCH)).await;
    assert_eq!((reply.status, reply.text("/status").as_str()), (200, "merged"));
    assert_eq!(
        (reply.text("/mergedInto"), reply.text("/closedOn")),
        (org(BRANCH).to_string(), "2026-11-20".to_owned())
    );

    let days = ["2026-11-20", "2026-11-21", "2027-01-01"].map(crate::town::day);
    for (day, holders) in days.into_iter().zip([1, 0, 0]) {
        let officers = town.desk().get(&at(NEIGHBOUR, &format!("/officers?on={day}"))).await;
        assert_eq!(officers.body["items"].as_array().unwrap().len(), holders, "{day}");
        let held = town.organizations.appointments(secretary.holder, day).await.unwrap().len();
        assert_eq!(held, holders, "{day}: what gives the holder their authority");
        assert!(town.organizations.appointments(next_year.holder, day).await.unwrap().is_empty());
    }
    let told = town.trace(org(NEIGHBOUR)).await;
    let mut kinds: Vec<_> = told.iter().map(|activity| activity.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["officer.ended", "officer.ended", "organization.merged"]);
    // Lists of the present leave it out, the record stays.
    let subtree = town.desk().get(&at(STREET, "/subtree")).await;
    assert_eq!(subtree.body["items"].as_array().unwrap().len(), 3);
    assert_eq!(town.desk().get(&at(STREET, "/children")).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(town.desk().get(&at(NEIGHBOUR, "")).await.text("/status"), "merged");
    // Its name is free.
    assert_eq!(town.desk().post("/v1/organizations", branch(STREET, "第二党支部")).await.status, 201);
}

#[tokio::test]
async fn nothing_is_closed_over_members_or_organisations() {
    let town = Town::new().await;
    assert_eq!(
        town.desk().post(&at(BRANCH, "/dissolution"), dissolution()).await.code(),
        "not-empty",
        "a group is below"
    );
    assert_eq!(town.desk().post(&at(GROUP, "/dissolution"), dissolution()).await.status, 200);
    town.enrol(BRANCH, 33, 1).await;
    assert_eq!(
        town.desk().post(&at(BRANCH, "/dissolution"), dissolution()).await.code(),
        "not-empty",
        "somebody is on the rolls"
    );
    town.enrol_as(BRANCH, 33, MemberState::TransferredOut).await;
    assert_eq!(town.desk().post(&at(BRANCH, "/dissolution"), dissolution()).await.status, 200);
    assert_eq!(town.node(BRANCH).await.status, NodeStatus::Dissolved);
}

#[tokio::test]
async fn nothing_is_closed_over_money_or_an_open_matter_of_dues() {
    let town = Town::new().await;
    let dues = DuesTable::open(&town.bench.env).unwrap();
    let (branch, now) = (org(NEIGHBOUR), town.bench.now());
    let enter = async |to: Account, from: Account| {
        let about = (branch, EntryKind::Payment, "pay".to_owned());
        let entry = Entry::new(about, &[(to, Fen(1_500))], &[(from, Fen(1_500))], (None, now)).unwrap();
        dues.table().put(&EntryRow::new(entry)).await.unwrap();
    };
    let refused = async || {
        for (rest, body) in [("/dissolution", dissolution()), ("/merge", into(BRANCH))] {
            let reply = town.desk().post(&at(NEIGHBOUR, rest), body).await;
            assert_eq!((reply.status, reply.code()), (409, "not-empty"), "{reply:?}");
            assert!(reply.body.to_string().contains("党费"), "{reply:?}");
        }
    };
    // Paid through a provider, paid out, sent up, received above.
    enter(Account::Clearing, Account::Dues).await;
    for (to, from) in [(Account::Cash, Account::Clearing), (Account::OnTheWay, Account::Cash)] {
        refused().await;
        enter(to, from).await;
    }
    refused().await;
    enter(Account::Remitted, Account::OnTheWay).await;
    // A case that the branch has to look into.
    let (first, who) = (Month::at(now), (crate::town::person(33), "林晓".parse().unwrap()));
    let bill = Bill::new(who, branch, first, Fen(1_500), now);
    let case = Case::opened(&bill, first, "2026-11-01".parse().unwrap());
    dues.table().put(&CaseRow::new(case.clone())).await.unwrap();
    refused().await;
    dues.table().put(&CaseRow { waits_at: None, waits_key: None, ..CaseRow::new(case) }).await.unwrap();
    assert_eq!(town.desk().post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await.status, 200);
}

#[tokio::test]
async fn nothing_is_closed_while_its_members_are_on_their_way_to_its_new_place() {
    let town = Town::new().await;
    let dissolve = async || town.desk().post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await;
    let to_west = json!({ "parent": org(WEST), "on": "2026-11-20", "reason": "调整", "decision": "1号" });
    assert_eq!(town.desk().post(&at(STREET, "/move"), to_west).await.status, 200);
    // An index that is behind does not say yet that the street above was moved; the record of what moved along does.
    let street = town.row(org(STREET)).await;
    town.organizations.table().put(&NodeRow::new(street.node.clone())).await.unwrap();
    let reply = dissolve().await;
    assert_eq!((reply.code(), reply.header("retry-after")), ("conflict", "60"), "{reply:?}");
    // Later the index does.
    town.organizations.table().put(&street).await.unwrap();
    town.bench.pass(SignedDuration::from_mins(1));
    assert_eq!(dissolve().await.code(), "conflict");
    // The move is followed.
    town.organizations.table().put(&NodeRow::new(street.node)).await.unwrap();
    assert_eq!(dissolve().await.status, 200);
}

#[tokio::test]
async fn nothing_is_closed_that_is_still_to_follow_what_was_above_it() {
    let town = Town::new().await;
    let dissolve = async || town.desk().post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await;
    let before = town.row(org(NEIGHBOUR)).await;
    let to_west = json!({ "parent": org(WEST), "on": "2026-11-20", "reason": "调整", "decision": "1号" });
    assert_eq!(town.desk().post(&at(STREET, "/move"), to_west).await.status, 200);
    let after = town.row(org(NEIGHBOUR)).await;
    // The index did not show it when the street was moved: it stands where it was, and its members may be ahead of it.
    town.organizations.table().put(&before).await.unwrap();
    town.bench.pass(SignedDuration::from_mins(5));
    assert_eq!(dissolve().await.code(), "conflict");
    // It follows between the reading and the closing: then nothing is closed.
    let street = town.row(org(STREET)).await;
    town.organizations.table().put(&NodeRow::new(street.node)).await.unwrap();
    let mut followed = before;
    followed.node.path = after.node.path;
    let (table, paused) = (town.organizations.table().clone(), town.bench.wire.pause("TransactWriteItems"));
    let (reply, ()) = tokio::join!(dissolve(), async {
        paused.reached().await;
        table.put(&followed).await.unwrap();
        paused.resume();
    });
    assert_eq!(reply.code(), "conflict", "{reply:?}");
}

#[tokio::test]
async fn nobody_is_left_behind_whom_the_lists_do_not_show_yet() {
    let town = Town::new().await;
    // Registered a moment ago: the trace has it, the index of the register does not.
    let ledger = dynamo::Ledger::open(&town.bench.env).unwrap();
    let answer = dynamo::Answer { status: 201, location: None, etag: None, body: String::new(), replayed: false };
    let (now, actor) = (town.bench.now(), dynamo::Actor::job("test"));
    let came = dynamo::Activity::new(now, actor, "member.registered", org(NEIGHBOUR), crate::town::person(35));
    ledger.commit(dynamo::Change::new(), [came], None, answer).await.unwrap();
    for (rest, body) in [("/dissolution", dissolution()), ("/merge", into(BRANCH))] {
        let reply = town.desk().post(&at(NEIGHBOUR, rest), body).await;
        assert_eq!((reply.status, reply.code(), reply.header("retry-after")), (409, "conflict", "60"), "{reply:?}");
    }
    // Elsewhere nobody came.
    assert_eq!(town.desk().post(&at(HILL, "/dissolution"), dissolution()).await.status, 200);
    town.bench.pass(SignedDuration::from_mins(1) + SignedDuration::from_millis(1));
    assert_eq!(town.desk().post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await.status, 200);
}

#[tokio::test]
async fn only_what_belongs_together_is_merged() {
    let town = Town::new().await;
    town.plant(node(OrgKind::Branch, "空支部", &[CITY, EAST, HILL, 72])).await;
    assert_eq!(town.desk().post(&at(72, "/dissolution"), dissolution()).await.status, 200);
    for (other, status, code) in [
        (NEIGHBOUR, 422, "invalid-field"),
        (STREET, 422, "invalid-field"),
        (72, 409, "organization-closed"),
        (99, 404, "not-found"),
    ] {
        let reply = town.desk().post(&at(NEIGHBOUR, "/merge"), into(other)).await;
        assert_eq!((reply.status, reply.code()), (status, code), "into {other}");
    }
    let mut early = dissolution();
    early["on"] = json!("2020-01-14");
    assert_eq!(town.desk().post(&at(NEIGHBOUR, "/dissolution"), early).await.text("/fields/0/pointer"), "/on");
}

#[tokio::test]
async fn the_superior_of_both_decides() {
    let town = Town::new().await;
    town.plant(node(OrgKind::Branch, "山支部", &[CITY, EAST, HILL, 73])).await;
    for (role, place, status) in [
        (Role::Secretary, NEIGHBOUR, 403),
        (Role::Secretary, STREET, 404),
        (Role::Secretary, HILL, 404),
        (Role::Auditor, CITY, 403),
        (Role::Secretary, EAST, 200),
    ] {
        let reply = town.officer(role, place).post(&at(NEIGHBOUR, "/merge"), into(73)).await;
        assert_eq!(reply.status, status, "{role:?} of {place}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_closed_is_not_changed_any_more() {
    let town = Town::new().await;
    let appointment = town.in_office(NEIGHBOUR, 35, Role::Secretary, "2024-01-01").await;
    town.enrol(BRANCH, 36, 1).await;
    assert_eq!(town.desk().post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await.status, 200);
    let desk = town.desk().if_match("\"v2\"");
    let nomination =
        json!({ "holder": crate::town::person(36), "role": "secretary", "from": "2026-11-24", "decision": "1号" });
    let to_hill = json!({ "parent": org(HILL), "on": "2026-11-24", "reason": "调整", "decision": "1号" });
    let ending = json!({ "on": "2026-11-24", "reason": "免职" });
    let shift = json!({ "dueOn": "2027-01-01", "reason": "延期", "decision": "1号" });
    let election = json!({ "electedOn": "2026-01-01", "decision": "1号" });
    let group = json!({
        "parent": org(NEIGHBOUR), "name": "小组", "kind": "group", "foundedOn": "2026-11-01", "decision": "1号",
    });
    let end = format!("/officers/{}/end", appointment.id);
    for reply in [
        desk.patch(&at(NEIGHBOUR, ""), json!({ "name": "新名" })).await,
        desk.post(&at(NEIGHBOUR, "/move"), to_hill).await,
        desk.post(&at(NEIGHBOUR, "/merge"), into(BRANCH)).await,
        desk.post(&at(NEIGHBOUR, "/dissolution"), dissolution()).await,
        desk.post(&at(NEIGHBOUR, "/terms"), election).await,
        desk.post(&at(NEIGHBOUR, "/term-shift"), shift).await,
        desk.post(&at(NEIGHBOUR, "/officers"), nomination).await,
        desk.post(&at(NEIGHBOUR, &end), ending).await,
        desk.post("/v1/organizations", group).await,
    ] {
        assert_eq!((reply.status, reply.code()), (409, "organization-closed"), "{reply:?}");
    }
}

#[tokio::test]
async fn a_founding_and_a_closing_at_once_do_not_both_happen() {
    for _ in 0..10 {
        let town = Town::new().await;
        let (desk, close) = (town.desk(), at(HILL, "/dissolution"));
        let (closed, founded) =
            tokio::join!(desk.post(&close, dissolution()), desk.post("/v1/organizations", branch(HILL, "新支部")),);
        assert!(matches!((closed.status, founded.status), (200 | 409, 409) | (409, 201)), "{closed:?} {founded:?}");
    }
}
