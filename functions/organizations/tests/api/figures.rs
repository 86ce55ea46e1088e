//! What each route costs: requests to the store and capacity units, asserted so that a dearer one is noticed.

use crate::town::{BRANCH, EAST, GROUP, HILL, NEIGHBOUR, STREET, Town, WEST, at, branch, org, person};
use authz::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

#[tokio::test]
async fn requests_and_units_of_each_route() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 7).await;
    town.enrol(GROUP, 30, 1).await;
    let desk = town.desk().idempotency("only-once").if_match("\"v1\"");
    let member = town.person(30, &[]);
    let held = town.in_office(BRANCH, 20, Role::Secretary, "2024-01-01").await;
    let dated = |mut body: Value| {
        body["on"] = json!("2026-11-20");
        body["reason"] = json!("调整");
        body["decision"] = json!("1号");
        body
    };
    let nomination =
        json!({ "holder": person(21), "role": "publicity-officer", "from": "2026-11-24", "decision": "1号" });
    let end = format!("/officers/{}/end", held.id);
    let ending = json!({ "on": "2026-11-24", "reason": "调动" });
    let mut lines = Vec::new();
    for (name, method, path, body) in [
        ("read", "GET", at(BRANCH, ""), None),
        ("read as a member", "GET", at(BRANCH, ""), None),
        ("children", "GET", at(EAST, "/children"), None),
        ("subtree", "GET", at(EAST, "/subtree"), None),
        ("elections", "GET", at(EAST, "/elections"), None),
        ("officers", "GET", at(BRANCH, "/officers"), None),
        ("found", "POST", "/v1/organizations".to_owned(), Some(branch(STREET, "第三党支部"))),
        ("edit", "PATCH", at(HILL, ""), Some(json!({ "division": "350102" }))),
        ("rename", "PATCH", at(NEIGHBOUR, ""), Some(json!({ "name": "新名" }))),
        ("term", "POST", at(BRANCH, "/terms"), Some(json!({ "electedOn": "2026-11-01", "decision": "1号" }))),
        ("appoint", "POST", at(BRANCH, "/officers"), Some(nomination)),
        ("end", "POST", at(BRANCH, &end), Some(ending)),
        ("merge", "POST", at(NEIGHBOUR, "/merge"), Some(dated(json!({ "into": org(BRANCH) })))),
        ("dissolve", "POST", at(HILL, "/dissolution"), Some(dated(json!({})))),
        ("move of four", "POST", at(STREET, "/move"), Some(dated(json!({ "parent": org(WEST) })))),
    ] {
        let client =
            if name == "read as a member" { &member } else { &desk.idempotency(&format!("figures-{}", lines.len())) };
        // What was changed just now is not closed.
        town.bench.pass(SignedDuration::from_mins(1));
        let _ = town.bench.wire.take();
        let reply = client.send(method, &path, body.map(|body| body.to_string())).await;
        assert!(matches!(reply.status, 200 | 201), "{name}: {reply:?}");
        let calls = town.bench.wire.take();
        let units: f64 = calls.iter().map(|call| call.units).sum();
        lines.push(format!("{name}: {} requests, {units} units", calls.len()));
    }
    let expected = [
        "read: 1 requests, 0.5 units",
        "read as a member: 3 requests, 1.5 units",
        "children: 2 requests, 1 units",
        "subtree: 2 requests, 1 units",
        "elections: 2 requests, 1 units",
        "officers: 2 requests, 1 units",
        "found: 2 requests, 17 units",
        "edit: 2 requests, 11 units",
        "rename: 2 requests, 16 units",
        "term: 2 requests, 11 units",
        "appoint: 10 requests, 22 units",
        "end: 3 requests, 12 units",
        "merge: 16 requests, 34 units",
        "dissolve: 13 requests, 27 units",
        "move of four: 4 requests, 38.5 units",
    ];
    assert_eq!(lines, expected);
}
