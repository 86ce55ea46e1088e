//! Undoing an import.

use crate::stage::{counts, is, people, problems, stage};
use dynamo::Table;
use register::{Member, MemberRow};
use serde_json::json;

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

    let undone = stage.client.send("POST", &format!("{path}/undo"), None).await;
    assert_eq!(undone.status, 200, "{undone:?}");
    assert_eq!(
        (undone.text("/state").as_str(), undone.body["undone"].as_u64(), undone.body["kept"].as_u64()),
        ("undone", Some(37), Some(3))
    );
    let kept: Vec<_> = problems(&undone).into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(kept, [12, 23, 34].map(|line| (line, "kept".to_owned())));
    assert_eq!(stage.members().await.len(), 3);
    assert_eq!((stage.told("member.registered").await, stage.told("member.withdrawn").await), (40, 37));
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
