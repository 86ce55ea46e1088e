//! Topics for chosen organisations.

use crate::stage::{Stage, fields, is, items, stage};
use serde_json::{Value, json};

fn topic(stage: &Stage, papers: &[String]) -> Value {
    json!({
        "organization": stage.town.street.id, "title": "专题学习", "text": "学原文，悟原理。",
        "audience": [stage.town.branch.id, stage.town.street.id], "papers": papers,
    })
}

#[tokio::test]
async fn target_organisations_see_a_topic_once_and_withdrawing_it_keeps_what_was_done() {
    let stage = stage().await;
    let paper = stage.published(stage.paper(&stage.set(3).await, 3)).await;
    let id = paper.rsplit('/').next().unwrap().to_owned();
    let mut body = topic(&stage, &[id]);
    body["audience"] = json!([stage.town.branch.id]);
    let drafted = stage.office.post("/v1/study-topics", body.clone()).await;
    assert_eq!(drafted.status, 201, "{drafted:?}");
    let path = drafted.header("location").to_owned();
    assert_eq!(stage.office.send("POST", &format!("{path}/publication"), None).await.status, 200);
    let (member, neighbour) = (stage.of(&stage.member), stage.of(&stage.neighbour));
    assert_eq!(items(&member.get("/v1/me/study-topics").await).len(), 1);
    assert_eq!(member.get(&path).await.status, 200);
    is(&neighbour.get(&path).await, 404, "not-found");
    assert!(items(&neighbour.get("/v1/me/study-topics").await).is_empty());

    let attempt = stage.begun(&member, &paper).await;
    assert_eq!(stage.sat(&member, &attempt, (3, 3)).await.status, 200);
    assert_eq!(stage.office.delete(&format!("{path}/publication")).await.status, 200);
    assert_eq!(stage.office.delete(&format!("{paper}/publication")).await.status, 200);
    is(&member.get(&path).await, 404, "not-found");
    is(&member.send("POST", &format!("{paper}/attempts"), None).await, 404, "not-found");
    assert_eq!(member.get(&attempt).await.body["result"]["passed"], true);
    assert_eq!(member.get("/v1/me/hours").await.body["countedMinutes"], 60);

    body["audience"] = json!([stage.town.neighbour.id]);
    assert_eq!(stage.office.if_match("\"v3\"").put(&path, body).await.status, 200);
    assert_eq!(stage.office.send("POST", &format!("{path}/publication"), None).await.status, 200);
    assert_eq!(neighbour.get(&path).await.status, 200);
    is(&member.get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn one_who_is_below_two_targets_sees_a_topic_once_and_pages_follow_each_other() {
    let stage = stage().await;
    for n in 1..=5 {
        let mut body = topic(&stage, &[]);
        body["title"] = json!(format!("专题 {n}"));
        let path = stage.office.post("/v1/study-topics", body).await.header("location").to_owned();
        assert_eq!(stage.office.send("POST", &format!("{path}/publication"), None).await.status, 200);
        stage.bench.pass(jiff::SignedDuration::from_secs(1));
    }
    let member = stage.of(&stage.member);
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let reply = member.get(&format!("/v1/me/study-topics?limit=2{next}")).await;
        seen.extend(items(&reply).iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        match reply.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["专题 5", "专题 4", "专题 3", "专题 2", "专题 1"]);
    let own = stage.office.get(&format!("/v1/study-topics?organization={}&limit=200", stage.town.street.id)).await;
    assert_eq!(items(&own).len(), 5);
    is(
        &stage.of(&stage.member).get(&format!("/v1/study-topics?organization={}", stage.town.street.id)).await,
        404,
        "not-found",
    );
}

#[tokio::test]
async fn a_topic_has_courses_and_papers_that_there_are() {
    let stage = stage().await;
    let unknown = kernel::PaperId::from_bytes(1, [1; 10]).to_string();
    assert_eq!(fields(&stage.office.post("/v1/study-topics", topic(&stage, &[unknown])).await), ["/papers/0"]);
}
