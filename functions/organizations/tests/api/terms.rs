use crate::town::{BRANCH, CITY, EAST, GROUP, NEIGHBOUR, STREET, Town, at, node, org};
use authz::Role;
use register::{Node, OrgKind};
use serde_json::json;

#[tokio::test]
async fn an_election_begins_a_term_and_can_be_shifted() {
    let town = Town::new().await;
    let desk = town.desk();
    let before = desk
        .post(&at(BRANCH, "/term-shift"), json!({ "dueOn": "2027-01-01", "reason": "疫情", "decision": "1号" }))
        .await;
    assert_eq!((before.status, before.code()), (409, "illegal-transition"));

    let election = json!({ "electedOn": "2024-02-29", "decision": "〔2024〕7号" });
    let reply = desk.post(&at(BRANCH, "/terms"), election.clone()).await;
    assert_eq!((reply.status, reply.header("etag")), (200, "\"v2\""));
    // A community branch is elected for five years.
    assert_eq!(reply.body["term"], json!({ "electedOn": "2024-02-29", "endsOn": "2029-02-28", "dueOn": "2029-02-28" }));
    let activity = town.told(org(BRANCH), "organization.elected").await;
    assert_eq!((&activity.after["article"], &activity.after["rules"]), (&json!("支部条例 §21"), &json!("2018-10-28")));
    assert_eq!(desk.post(&at(BRANCH, "/terms"), election).await.text("/fields/0/pointer"), "/electedOn");

    let shift = |due_on: &str| json!({ "dueOn": due_on, "reason": "与村委会同步换届", "decision": "〔2024〕8号" });
    let reply = desk.post(&at(BRANCH, "/term-shift"), shift("2028-02-28")).await;
    assert_eq!(reply.body["term"], json!({ "electedOn": "2024-02-29", "endsOn": "2029-02-28", "dueOn": "2028-02-28" }));
    for too_far in ["2028-02-27", "2030-03-01"] {
        let reply = desk.post(&at(BRANCH, "/term-shift"), shift(too_far)).await;
        assert_eq!((reply.code(), reply.text("/article").as_str()), ("term-shift-too-long", "支部条例 §21"));
    }
    let activity = town.told(org(BRANCH), "organization.term-shifted").await;
    assert_eq!(activity.before["term"]["dueOn"], "2029-02-28");
    assert_eq!(activity.after["reason"], "与村委会同步换届");
}

#[tokio::test]
async fn who_has_no_term_elects_nobody() {
    let town = Town::new().await;
    town.plant(Node { temporary: true, ..node(OrgKind::Branch, "临时党支部", &[CITY, EAST, 60]) }).await;
    let election = json!({ "electedOn": "2026-10-01", "decision": "1号" });
    let temporary = town.desk().post(&at(60, "/terms"), election.clone()).await;
    assert_eq!(
        (temporary.status, temporary.code(), temporary.text("/article").as_str()),
        (409, "temporary-branch", "支部条例 §8")
    );
    assert_eq!(town.desk().post(&at(GROUP, "/terms"), election).await.code(), "illegal-transition");
}

#[tokio::test]
async fn the_superior_keeps_the_terms() {
    let town = Town::new().await;
    for (role, place, status) in [
        (Role::Secretary, STREET, 200),
        (Role::Secretary, BRANCH, 403),
        (Role::Secretary, NEIGHBOUR, 404),
        (Role::OrganizationOfficer, STREET, 403),
    ] {
        let day = if role == Role::Secretary && place == STREET { "2026-01-01" } else { "2026-01-02" };
        let election = json!({ "electedOn": day, "decision": "1号" });
        let reply = town.officer(role, place).post(&at(BRANCH, "/terms"), election).await;
        assert_eq!(reply.status, status, "{role:?} of {place}");
    }
}
