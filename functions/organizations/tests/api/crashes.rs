//! The wire goes dead at each call of each changing route, before and after the store heard it; the client sends the
//! same again. There is one effect, and one activity for it.

use crate::town::{BRANCH, EAST, HILL, NEIGHBOUR, STREET, Town, WEST, at, branch, org, person};
use authz::Role;
use serde_json::{Value, json};
use testkit::{Client, Crash, Reply};

/// A changing route: method, path and body.
struct Change {
    method: &'static str,
    path: String,
    body: Value,
}

async fn send(client: &Client, change: &Change) -> Reply {
    client.send(change.method, &change.path, Some(change.body.to_string())).await
}

/// Everything that is stored about organisations, without what differs by chance: ids and counters of tries.
async fn stored(town: &Town) -> Vec<String> {
    let subtree = town.desk().get(&at(1, "/subtree?limit=200")).await;
    let mut all: Vec<_> = subtree.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| format!("{} {} {}", node["name"], node["version"], node["term"]))
        .collect();
    for n in [BRANCH, NEIGHBOUR] {
        let officers = town.desk().get(&at(n, "/officers")).await;
        all.extend(
            officers.body["items"].as_array().unwrap().iter().map(|held| format!("{} {}", held["role"], held["until"])),
        );
        all.extend(town.trace(org(n)).await.into_iter().map(|activity| activity.kind));
    }
    for n in [EAST, STREET, HILL] {
        all.extend(town.trace(org(n)).await.into_iter().map(|activity| activity.kind));
    }
    all.sort_unstable();
    all
}

/// `prepare` makes the town and the change that is tried in it.
async fn survives(prepare: impl AsyncFn() -> (Town, Change)) {
    let (town, change) = prepare().await;
    let before = town.bench.image();
    let client = town.desk().idempotency("the-same-request").if_match("\"v1\"");
    let _ = town.bench.wire.take();
    let first = send(&client, &change).await;
    let calls = town.bench.wire.take().len();
    assert!(matches!(first.status, 200 | 201), "{first:?}");
    let expected = stored(&town).await;

    for at in 0..calls {
        for crash in [Crash::Before(at), Crash::After(at)] {
            town.bench.restore(&before);
            town.bench.wire.crash(Some(crash));
            let broken = send(&client, &change).await;
            town.bench.wire.crash(None);
            assert_eq!(
                (broken.status, broken.code(), broken.header("retry-after")),
                (503, "unavailable", "1"),
                "{crash:?}"
            );
            let again = send(&client, &change).await;
            assert_eq!(again.status, first.status, "{crash:?}: {again:?}");
            assert_eq!(stored(&town).await, expected, "{crash:?}");
            let last = crash == Crash::After(calls - 1);
            assert_eq!(again.header("idempotency-replayed") == "true", last, "{crash:?}");
        }
    }
}

fn post(n: u8, rest: &str, body: Value) -> Change {
    Change { method: "POST", path: at(n, rest), body }
}

#[tokio::test]
async fn founding() {
    survives(async || {
        let body = branch(STREET, "第三党支部");
        (Town::new().await, Change { method: "POST", path: "/v1/organizations".to_owned(), body })
    })
    .await;
}

#[tokio::test]
async fn editing() {
    survives(async || {
        let body = json!({ "name": "新名" });
        (Town::new().await, Change { method: "PATCH", path: at(BRANCH, ""), body })
    })
    .await;
}

#[tokio::test]
async fn moving() {
    survives(async || {
        let body = json!({ "parent": org(WEST), "on": "2026-11-20", "reason": "调整", "decision": "1号" });
        (Town::new().await, post(STREET, "/move", body))
    })
    .await;
}

#[tokio::test]
async fn merging() {
    survives(async || {
        let town = Town::new().await;
        town.in_office(NEIGHBOUR, 31, Role::Secretary, "2024-01-01").await;
        let body = json!({ "into": org(BRANCH), "on": "2026-11-20", "reason": "合并", "decision": "1号" });
        (town, post(NEIGHBOUR, "/merge", body))
    })
    .await;
}

#[tokio::test]
async fn dissolving() {
    survives(async || {
        let body = json!({ "on": "2026-11-20", "reason": "撤销", "decision": "1号" });
        (Town::new().await, post(HILL, "/dissolution", body))
    })
    .await;
}

#[tokio::test]
async fn electing() {
    survives(async || {
        let body = json!({ "electedOn": "2026-11-01", "decision": "1号" });
        (Town::new().await, post(BRANCH, "/terms", body))
    })
    .await;
}

#[tokio::test]
async fn shifting() {
    survives(async || {
        let town = Town::new().await;
        let node = crate::town::node(register::OrgKind::SubDistrictCommittee, "山街道党工委", &[1, EAST, HILL]);
        town.plant(register::Node { term: Some(crate::town::term("2022-01-01", "2027-01-01")), ..node }).await;
        (town, post(HILL, "/term-shift", json!({ "dueOn": "2027-06-01", "reason": "延期", "decision": "1号" })))
    })
    .await;
}

#[tokio::test]
async fn appointing() {
    survives(async || {
        let town = Town::new().await;
        town.enrol(BRANCH, 20, 7).await;
        let body = json!({ "holder": person(20), "role": "secretary", "from": "2026-11-24", "decision": "1号" });
        (town, post(BRANCH, "/officers", body))
    })
    .await;
}

#[tokio::test]
async fn ending() {
    survives(async || {
        let town = Town::new().await;
        let held = town.in_office(BRANCH, 20, Role::Secretary, "2024-01-01").await;
        let path = format!("/officers/{}/end", held.id);
        (town, post(BRANCH, &path, json!({ "on": "2026-11-24", "reason": "调动" })))
    })
    .await;
}
