//! A person has the last word.

use crate::stage::{ids, is, ok, stage, why};
use authz::Role;
use dynamo::Trace;
use serde_json::json;

#[tokio::test]
async fn a_finding_is_closed_with_a_reason_that_everybody_sees_who_sees_it() {
    let stage = stage().await;
    let finding = stage.over(&stage.member).await;
    let path = format!("/v1/findings/{}", finding.id);
    let client = stage.office.if_match("\"v1\"").idempotency("close-once");
    let closed = ok(client.post(&format!("{path}/closure"), why()).await);
    assert_eq!((closed.text("/closed/reason"), closed.header("etag")), ("已决定延长预备期半年".to_owned(), "\"v2\""));
    assert_eq!(closed.text("/closed/by"), stage.secretary.id.to_string());
    let again = ok(client.post(&format!("{path}/closure"), why()).await);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &closed.body));
    assert_eq!(stage.now(finding.id).await.version, 2);
    assert_eq!(ok(stage.of(&stage.member).get(&path).await).body, closed.body);

    let list = format!("/v1/findings?organization={}", stage.town.branch.id);
    assert!(ids(&ok(stage.office.get(&list).await)).is_empty());
    assert_eq!(ids(&ok(stage.office.get(&format!("{list}&closed=true")).await)), [finding.id.to_string()]);
    let trace = Trace::open(&stage.bench.env).unwrap();
    let told = trace.of_organization(stage.town.branch.id, (None, None), None, 10).await.unwrap().items;
    let told: Vec<_> = told.iter().filter(|activity| activity.kind == "finding.closed").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].actor.member, told[0].actor.role.as_str()), (Some(stage.secretary.id), "secretary"));
    assert_eq!((&told[0].subject, &told[0].after["member"]), (&finding.id.to_string(), &json!(stage.member.id)));
    assert!(told[0].after.get("reason").is_none(), "what is written about a person stays with the finding");

    let small = stage.small(&stage.town.branch).await;
    ok(stage.office.if_match("\"v1\"").post(&format!("/v1/findings/{}/closure", small.id), why()).await);
    let told = trace.of_organization(stage.town.branch.id, (None, None), None, 10).await.unwrap().items;
    let told = told.iter().find(|activity| activity.subject == small.id.to_string()).unwrap();
    assert_eq!(told.after["reason"], json!("已决定延长预备期半年"));
}

#[tokio::test]
async fn nobody_closes_what_they_have_not_seen_or_what_is_about_them() {
    let stage = stage().await;
    let (finding, own) = (stage.over(&stage.member).await, stage.over(&stage.secretary).await);
    let path = format!("/v1/findings/{}/closure", finding.id);
    is(&stage.office.post(&path, why()).await, 428, "version-required");
    is(&stage.office.if_match("\"v7\"").post(&path, why()).await, 412, "stale");
    for body in [json!({}), json!({ "reason": "" }), json!({ "reason": "好", "state": "open" })] {
        is(&stage.office.if_match("\"v1\"").post(&path, body).await, 422, "invalid-field");
    }
    let own_path = format!("/v1/findings/{}/closure", own.id);
    is(&stage.office.if_match("\"v1\"").post(&own_path, why()).await, 403, "own-case");
    let reader = stage.officer(Role::Inspector, &stage.town.city).if_match("\"v1\"");
    is(&reader.post(&own_path, why()).await, 403, "forbidden");
    let neighbour = stage.officer(Role::Secretary, &stage.town.neighbour).if_match("\"v1\"");
    is(&neighbour.post(&own_path, why()).await, 404, "not-found");
    is(&stage.of(&stage.member).if_match("\"v1\"").post(&path, why()).await, 404, "not-found");
    assert!(stage.now(finding.id).await.closed.is_none() && stage.now(own.id).await.closed.is_none());

    let superior = stage.officer(Role::PartyAffairsOfficer, &stage.town.street).if_match("\"v1\"");
    ok(superior.post(&own_path, why()).await);
    is(&superior.if_match("\"v2\"").post(&own_path, why()).await, 409, "already-decided");
}

#[tokio::test]
async fn of_two_who_close_at_once_one_is_told_of_it() {
    let stage = stage().await;
    let finding = stage.small(&stage.town.branch).await;
    let path = format!("/v1/findings/{}/closure", finding.id);
    let superior = stage.officer(Role::OrganizationDepartment, &stage.town.city).if_match("\"v1\"");
    let office = stage.office.if_match("\"v1\"");
    let (one, other) = tokio::join!(office.post(&path, why()), superior.post(&path, why()));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 409] || statuses == [200, 412], "{statuses:?}");
    assert_eq!(stage.now(finding.id).await.version, 2);
}
