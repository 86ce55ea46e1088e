//! Finding imports and exports.

use crate::stage::{file, is, people, stage};
use authz::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sheet::Format;
use testkit::{Client, Reply, Town};

fn ids(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Every id, a page of two at a time.
async fn walk(client: &Client, path: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}&limit=2{cursor}")).await;
        let found = ids(&page);
        assert!(found.len() <= 2);
        all.extend(found);
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn imports_are_listed_latest_first_and_by_state() {
    let stage = stage().await;
    let mut announced = Vec::new();
    for n in 1..=5 {
        let path = stage.put(&stage.town.branch, Format::Csv, file(Format::Csv, &people(n)), n.is_multiple_of(2)).await;
        if n > 1 {
            assert_eq!(stage.start(&path).await.status, 200);
        }
        announced.insert(0, path.rsplit('/').next().unwrap().to_owned());
        stage.bench.pass(SignedDuration::from_mins(1));
    }
    // Another organisation's.
    stage.put(&stage.town.group, Format::Csv, file(Format::Csv, &people(1)), true).await;
    let list = format!("/v1/imports?organization={}", stage.town.branch.id);
    assert_eq!(ids(&stage.client.get(&list).await), announced);
    assert_eq!(walk(&stage.client, &list).await, announced);
    let waiting = stage.client.get(&format!("{list}&state=awaiting-file")).await;
    assert_eq!(ids(&waiting), announced[4..]);
    assert_eq!(
        walk(&stage.client, &format!("{list}&state=checked")).await,
        [announced[1].clone(), announced[3].clone()]
    );
    let item = &waiting.body["items"][0];
    assert_eq!((&item["askedBy"], &item["rows"]), (&json!(stage.secretary.id), &json!(0)));
    // Nothing of a file's rows.
    let text = stage.client.get(&list).await.body.to_string();
    assert!(!text.contains("陈晓") && !text.contains("problems"), "{text}");
    is(&stage.client.get(&format!("{list}&state=gone")).await, 422, "invalid-field");
    let exports = format!("/v1/exports?organization={}", stage.town.branch.id);
    assert_eq!(ids(&stage.client.get(&exports).await), [""; 0]);
}

#[tokio::test]
async fn who_is_to_agree_to_an_export_finds_it() {
    let stage = stage().await;
    stage.town.persons("郑众", (100..151).map(|n| (n, &stage.town.branch))).await;
    let wanted = |kind: &str| json!({ "organization": stage.town.branch.id, "kind": kind, "format": "csv", "purpose": "年度统计" });
    let ready = stage.client.post("/v1/exports", wanted("organizations")).await.text("/id");
    stage.bench.pass(SignedDuration::from_mins(1));
    let asked = stage.client.post("/v1/exports", wanted("members")).await.text("/id");
    let other = stage.town.person(2, "黄副", &stage.town.branch).await;
    let deputy = stage.client.with(Town::caller(&other, &[(Role::DeputySecretary, &stage.town.branch)]));
    let list = format!("/v1/exports?organization={}", stage.town.branch.id);
    assert_eq!(ids(&deputy.get(&list).await), [asked.clone(), ready]);
    let waiting = deputy.get(&format!("{list}&state=awaiting-approval")).await;
    assert_eq!(ids(&waiting), std::slice::from_ref(&asked));
    assert_eq!(waiting.body["items"][0]["download"], Value::Null);
    assert_eq!(deputy.send("POST", &format!("/v1/exports/{asked}/approval"), None).await.status, 200);
    assert_eq!(ids(&deputy.get(&format!("{list}&state=awaiting-approval")).await), [""; 0]);
    assert_eq!(ids(&deputy.get(&format!("{list}&state=producing")).await), [asked]);
    let neighbour = stage.client.with(Town::caller(&other, &[(Role::Secretary, &stage.town.neighbour)]));
    is(&neighbour.get(&list).await, 404, "not-found");
    let member = stage.client.with(Town::caller(&other, &[(Role::CommitteeMember, &stage.town.branch)]));
    is(&member.get(&list).await, 403, "forbidden");
}
