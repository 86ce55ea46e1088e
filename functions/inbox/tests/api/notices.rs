//! Notices and marks.

use crate::stage::stage;
use serde_json::{Value, json};
use testkit::Town;

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn notices_come_latest_first_page_by_page_and_to_nobody_else() {
    let stage = stage().await;
    let other = stage.town.person(3, "林邻", &stage.town.branch).await;
    for cause in ["一", "二", "三", "四", "五"] {
        stage.tell(&stage.member, cause).await;
    }
    let foreign = stage.tell(&other, "别人的").await;
    let first = stage.own.get("/v1/me/notices?limit=2").await.body;
    assert_eq!(titles(&first), ["五", "四"]);
    assert_eq!((&first["items"][0]["unread"], &first["items"][0]["article"]), (&json!(true), &json!("教管条例 §25")));
    let second =
        stage.own.get(&format!("/v1/me/notices?limit=2&cursor={}", first["next"].as_str().unwrap())).await.body;
    assert_eq!(titles(&second), ["三", "二"]);
    let last = stage.own.get(&format!("/v1/me/notices?limit=2&cursor={}", second["next"].as_str().unwrap())).await.body;
    assert_eq!(titles(&last), ["一"]);
    let reply = stage.own.post(&format!("/v1/me/notices/{foreign}/read"), Value::Null).await;
    assert_eq!((reply.status, reply.code()), (404, "not-found"));
    let theirs = stage.own.with(Town::caller(&other, &[])).get("/v1/me/notices/unread").await.body;
    assert_eq!(theirs, json!({ "count": 1, "more": false }));
}

#[tokio::test]
async fn reading_twice_at_once_and_out_of_order_counts_once() {
    let stage = stage().await;
    let mut ids = Vec::new();
    for cause in ["一", "二", "三", "四"] {
        ids.push(stage.tell(&stage.member, cause).await);
    }
    let paths: Vec<_> = [&ids[2], &ids[2], &ids[0], &ids[2]].map(|id| format!("/v1/me/notices/{id}/read")).into();
    let at_once = tokio::join!(
        stage.own.send("POST", &paths[0], None),
        stage.own.send("POST", &paths[1], None),
        stage.own.send("POST", &paths[2], None),
        stage.own.send("POST", &paths[3], None),
    );
    for reply in [at_once.0, at_once.1, at_once.2, at_once.3] {
        assert_eq!(reply.status, 204, "{reply:?}");
    }
    assert_eq!(stage.unread().await.body, json!({ "count": 2, "more": false }));
    assert_eq!(titles(&stage.own.get("/v1/me/notices?unread=true").await.body), ["四", "二"]);
    let marks: Vec<bool> = stage.own.get("/v1/me/notices").await.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["unread"].as_bool().unwrap())
        .collect();
    assert_eq!(marks, [true, false, true, false]);

    let reply = stage.own.post("/v1/me/notices/read", json!({ "upTo": ids[1] })).await;
    assert_eq!((reply.status, &reply.body), (200, &json!({ "more": false })));
    assert_eq!(titles(&stage.own.get("/v1/me/notices?unread=true").await.body), ["四"]);
    let reply = stage.own.post("/v1/me/notices/read", json!({ "upTo": ids[1] })).await;
    assert_eq!((reply.status, &reply.body), (200, &json!({ "more": false })));
}

#[tokio::test]
async fn counting_ends_at_ninety_nine_and_costs_one_request_however_many_there_are() {
    let stage = stage().await;
    let mut last = String::new();
    for n in 0..120 {
        last = stage.tell(&stage.member, &n.to_string()).await;
    }
    let _ = stage.bench.wire.take();
    assert_eq!(stage.unread().await.body, json!({ "count": 99, "more": true }));
    let calls = stage.bench.wire.take();
    let units: f64 = calls.iter().map(|call| call.units).sum();
    assert!(calls.len() == 1 && units <= 5.0, "{} requests, {units} units", calls.len());

    let page = stage.own.get("/v1/me/notices?unread=true&limit=70").await.body;
    assert_eq!(page["items"].as_array().unwrap().len(), 70);
    let rest = format!("/v1/me/notices?unread=true&limit=70&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(stage.own.get(&rest).await.body["items"].as_array().unwrap().len(), 50);

    for more in [true, false] {
        let reply = stage.own.post("/v1/me/notices/read", json!({ "upTo": last })).await;
        assert_eq!((reply.status, &reply.body), (200, &json!({ "more": more })));
    }
    assert_eq!(stage.unread().await.body, json!({ "count": 0, "more": false }));
}
