//! Undoing an import.

use crate::stage::{Stage, counts, file, is, people, problems, stage};
use authz::Role;
use dynamo::Table;
use imports::advance_open;
use jiff::SignedDuration;
use register::{Member, MemberRow, Node, NodeRow};
use serde_json::json;
use sheet::Format;
use testkit::Town;

#[tokio::test]
async fn what_nobody_touched_is_removed_and_the_rest_is_named() {
    let stage = stage().await;
    let reply = stage.import(&people(40)).await;
    let path = format!("/v1/imports/{}", reply.text("/id"));
    let members = stage.members().await;
    let by_phone = |end: &str| members.iter().find(|member| member.phone_masked.ends_with(end)).unwrap();
    let table = Table::open(&stage.bench.env, "MEMBERS_TABLE").unwrap();
    let edited = Member { version: 2, ..by_phone("0011").clone() };
    table.put(&MemberRow::new(edited)).await.unwrap();
    let accounts = Table::open(&stage.bench.env, "ACCOUNTS_TABLE").unwrap();
    let account = json!({ "pk": format!("ACC#{}", by_phone("0022").id), "sk": "ACC" });
    accounts.put(&account).await.unwrap();
    let offices = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    let counter = register::AppointmentRow::counter(register::AppointmentRow::holder(by_phone("0033").id));
    offices.put(&json!({ "pk": counter.pk, "sk": counter.sk, "version": 1 })).await.unwrap();

    let transfers = Table::open(&stage.bench.env, "TRANSFERS_TABLE").unwrap();
    let open = register::OpenTransfers::key(by_phone("0039").id);
    transfers.put(&json!({ "pk": open.pk, "sk": open.sk })).await.unwrap();

    let undone = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!(undone.status, 200, "{undone:?}");
    assert_eq!(
        (undone.text("/state").as_str(), undone.body["undone"].as_u64(), undone.body["kept"].as_u64()),
        ("undone", Some(36), Some(4))
    );
    let kept: Vec<_> = problems(&undone).into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(kept, [12, 23, 34, 40].map(|line| (line, "kept".to_owned())));
    assert_eq!(stage.members().await.len(), 4);
    assert_eq!((stage.told("member.registered").await, stage.told("member.withdrawn").await), (40, 36));
    assert_eq!(stage.client.send("POST", &format!("{path}/undo"), None).await.body, undone.body);
    assert_eq!(counts(&undone), [40, 40, 0, 0]);

    // Numbers are free again.
    let again = stage.import(&people(10)).await;
    assert_eq!(counts(&again), [10, 10, 0, 0]);
    let waiting = stage.put(&stage.town.branch, sheet::Format::Csv, b"x".to_vec(), false).await;
    is(&stage.client.send("POST", &format!("{waiting}/undo"), None).await, 409, "illegal-transition");
}

#[tokio::test]
async fn a_large_import_is_undone_by_the_job() {
    let stage = stage().await;
    let reply = stage.import(&people(500)).await;
    assert_eq!(reply.text("/state"), "done");
    let path = format!("/v1/imports/{}", reply.text("/id"));
    let undoing = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!(undoing.text("/state"), "undoing");
    stage.finish().await;
    let undone = stage.client.get(&path).await;
    assert_eq!((undone.text("/state").as_str(), undone.body["undone"].as_u64()), ("undone", Some(500)));
    assert!(stage.members().await.is_empty());
}

#[tokio::test]
async fn whose_branch_moved_away_stays() {
    let stage = stage().await;
    let officer = stage.town.person(9, "郑员", &stage.town.neighbour).await;
    let client = stage.client.with(Town::caller(&officer, &[(Role::PartyAffairsOfficer, &stage.town.street)]));
    let stage = Stage { client, ..stage };
    let mut rows = people(20);
    for row in &mut rows[..5] {
        row[0] = "西社区党支部".to_owned();
    }
    let path = stage.put(&stage.town.street, Format::Csv, file(Format::Csv, &rows), false).await;
    assert_eq!(counts(&stage.start(&path).await), [20, 20, 0, 0]);

    // What a move leaves: the branch below another sub-district, the records of its members as they were.
    let branch = &stage.town.branch;
    let place = stage.town.other_street.path.child(branch.id).unwrap();
    let moved = Node { path: place, version: 2, ..branch.clone() };
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&NodeRow::new(moved)).await.unwrap();
    let undone = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!((undone.body["undone"].as_u64(), undone.body["kept"].as_u64()), (Some(5), Some(15)), "{undone:?}");
    assert_eq!(stage.members().await.len(), 15);
}

#[tokio::test]
async fn what_is_long_done_is_not_undone() {
    let stage = stage().await;
    let reply = stage.import(&people(3)).await;
    let path = format!("/v1/imports/{}", reply.text("/id"));
    stage.bench.pass(SignedDuration::from_hours(30 * 24 + 1));
    is(&stage.client.send("POST", &format!("{path}/undo"), None).await, 409, "illegal-transition");
    assert_eq!(stage.members().await.len(), 3);
}

#[tokio::test]
async fn what_is_still_being_applied_is_stopped_and_undone() {
    let stage = stage().await;
    let reply = stage.import(&people(700)).await;
    assert_eq!(reply.text("/state"), "applying");
    let path = format!("/v1/imports/{}", reply.text("/id"));
    let undoing = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!((undoing.status, undoing.text("/state").as_str()), (200, "undoing"), "{undoing:?}");
    assert_eq!(advance_open(&stage.app, 200).await.unwrap().finished, 1);
    let undone = stage.client.get(&path).await;
    assert_eq!((undone.text("/state").as_str(), &undone.body["undone"]), ("undone", &undone.body["created"]));
    assert!(stage.members().await.is_empty());
}
