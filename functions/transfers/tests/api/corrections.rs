//! Requests for correction go where their person goes.

use crate::stage::{Stage, stage};
use authz::Role;
use kernel::MemberId;
use register::Node;
use serde_json::json;
use testkit::{Client, Reply, Town, caller};

/// The register, for whoever asks.
async fn register(stage: &Stage) -> Client {
    let api = members::App::connect(&stage.bench.env).await.unwrap();
    Client::new(members::router(api), Some(Town::caller(&stage.member, &[])))
}

async fn ask(own: &Client, field: &str, value: &str) -> Reply {
    let proposal = json!({ "field": field, "value": value });
    own.post("/v1/me/corrections", json!({ "proposal": proposal, "reason": "与档案不符" })).await
}

#[tokio::test]
async fn an_open_request_is_listed_and_decided_where_the_member_belongs() {
    let stage = stage().await;
    let own = register(&stage).await;
    let officer =
        |n: u8, node: &Node| own.with(caller(MemberId::from_bytes(70, [n; 10]), &[(Role::Secretary, node.id)]));
    let (old, new) = (officer(1, &stage.town.branch), officer(3, &stage.town.neighbour));
    let decide = |asked: &Reply| format!("/v1/members/{}/corrections/{}/decision", stage.member.id, asked.text("/id"));
    let no = json!({ "accept": false, "reason": "与档案一致" });
    let decided = ask(&own, "unit", "二厂").await;
    assert_eq!(old.post(&decide(&decided), no.clone()).await.status, 200);
    let asked = [ask(&own, "unit", "三厂").await, ask(&own, "education", "本科").await];

    let path = stage.issued(stage.request()).await;
    assert_eq!(stage.receive(&stage.receiver, &path).await.status, 200);

    let listed = |node: &Node| format!("/v1/corrections?organization={}", node.id);
    assert_eq!(stage.ids(&old, &listed(&stage.town.branch)).await, [""; 0]);
    let mut expected: Vec<_> = asked.iter().map(|asked| asked.text("/id")).collect();
    expected.sort();
    assert_eq!(stage.ids(&new, &listed(&stage.town.neighbour)).await, expected);
    let item = new.get(&listed(&stage.town.neighbour)).await;
    assert_eq!(item.body["items"][0]["organization"], json!(stage.town.neighbour.id));
    assert_eq!(item.body["items"][0]["dueOn"], asked[0].body["dueOn"], "the time for the decision stays");
    assert_eq!(old.post(&decide(&asked[0]), no.clone()).await.status, 404);
    for asked in &asked {
        assert_eq!(new.post(&decide(asked), no.clone()).await.text("/status"), "refused");
    }
    assert_eq!(stage.ids(&new, &listed(&stage.town.neighbour)).await, [""; 0]);
    let mine = own.get("/v1/me/corrections").await;
    let closed = mine.body["items"].as_array().unwrap().iter().find(|item| item["id"] == decided.body["id"]).unwrap();
    assert_eq!(closed["organization"], json!(stage.town.branch.id), "what is decided stays where it was decided");
}

#[tokio::test]
async fn of_asking_and_being_received_at_once_no_request_is_left_behind() {
    for round in 0..10 {
        let stage = stage().await;
        let own = register(&stage).await;
        let path = stage.issued(stage.request()).await;
        let (received, asked) = if round % 2 == 0 {
            tokio::join!(stage.receive(&stage.receiver, &path), ask(&own, "unit", "三厂"))
        } else {
            let (asked, received) = tokio::join!(ask(&own, "unit", "三厂"), stage.receive(&stage.receiver, &path));
            (received, asked)
        };
        assert!(received.status == 200 || asked.status == 201, "{received:?} {asked:?}");
        let home = stage.record(stage.member.id).await.organization;
        for open in own.get("/v1/me/corrections").await.body["items"].as_array().unwrap() {
            assert_eq!(open["organization"], json!(home), "{received:?} {asked:?}");
        }
    }
}
