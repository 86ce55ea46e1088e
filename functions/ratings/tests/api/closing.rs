//! A branch is closed: what it applied for ends with it.

use crate::stage::{Stage, decision, is, items, ok, review, stage, step};
use authz::Role;
use cloud::Environment;
use dynamo::Table;
use kernel::{AppointmentId, MemberId, OrgId};
use register::{Appointment, AppointmentRow, NameRow, Node, NodeRow};
use serde_json::{Value, json};
use testkit::{Client, Reply, Town, Wire};

/// A branch of the sub-district without anybody, of which the secretary of another one takes care.
async fn founded(stage: &Stage, n: u8, name: &str) -> Node {
    let id = OrgId::from_bytes(u64::from(n), [n; 10]);
    let path = stage.town.street.path.child(id).unwrap();
    let node = Node { id, path, name: name.try_into().unwrap(), ..stage.town.branch.clone() };
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&NameRow::of(&node)).await.unwrap();
    table.put(&NodeRow::new(node.clone())).await.unwrap();
    node
}

fn chair(stage: &Stage, branch: &Node) -> Client {
    stage.holding(&stage.secretary, Role::Secretary, branch)
}

async fn apply(stage: &Stage, branch: &Node) -> Reply {
    let application = json!({ "organization": branch.id, "year": 2026 });
    chair(stage, branch).post("/v1/star-applications", application).await
}

/// Whoever closes branches, over a wire of their own.
async fn above(stage: &Stage) -> (Client, Wire) {
    let (wire, env) = (Wire::default(), &stage.bench.env);
    let env = Environment::with_http(env.settings.clone(), env.clock.clone(), wire.client()).unwrap();
    let router = organizations::router(organizations::App::connect(&env).await.unwrap());
    let office = [(Role::PartyAffairsOfficer, &stage.town.street)];
    (Client::new(router, Some(Town::caller(&stage.desk, &office))), wire)
}

async fn dissolve(client: &Client, branch: &Node) -> Reply {
    let dissolution = json!({ "on": "2026-11-24", "reason": "单位撤销", "decision": "〔2026〕10号" });
    client.post(&format!("/v1/organizations/{}/dissolution", branch.id), dissolution).await
}

/// The path of one that `branch` handed in, of version 3.
async fn submitted(stage: &Stage, branch: &Node) -> String {
    let path = ok(apply(stage, branch).await).header("location").to_owned();
    let whole = json!({ "items": [
        { "item": "life", "score": 6_000, "note": "见台账" },
        { "item": "work", "score": 4_000, "note": "阵地已建成" },
    ] });
    ok(chair(stage, branch).if_match("\"v1\"").put(&format!("{path}/self"), whole).await);
    ok(step(&chair(stage, branch), 2, &format!("{path}/submit")).await);
    path
}

/// How many applications there are below the sub-district.
async fn listed(stage: &Stage, more: &str) -> usize {
    let path = format!("/v1/star-applications?organization={}{more}", stage.town.street.id);
    items(&stage.above().get(&path).await).len()
}

#[tokio::test]
async fn what_waits_for_its_review_ends_and_waits_for_nobody() {
    let stage = stage().await;
    stage.open().await;
    let branch = founded(&stage, 50, "南社区党支部").await;
    let path = submitted(&stage, &branch).await;
    assert_eq!(listed(&stage, "").await, 1);
    let (client, _) = above(&stage).await;
    ok(dissolve(&client, &branch).await);
    let ended = ok(stage.above().get(&path).await);
    let shown = [ended.text("/state"), ended.text("/branchClosedOn"), ended.header("etag").to_owned()];
    assert_eq!(shown, ["branch-closed", "2026-11-24", "\"v4\""]);
    stage.pass(15);
    assert_eq!((listed(&stage, "").await, listed(&stage, "&waiting=true").await), (0, 0));
    assert_eq!((listed(&stage, "&state=branch-closed").await, listed(&stage, "&state=awarded").await), (1, 0));
    let rescored = stage.above().if_match("\"v4\"").put(&format!("{path}/review"), review()).await;
    is(&rescored, 409, "organization-closed");
    let told = stage.told(branch.id).await;
    let (_, fields) = told.iter().find(|(kind, _)| kind == "star.closed").unwrap();
    assert_eq!(fields, "state version year");
}

#[tokio::test]
async fn a_notice_ends_with_its_branch_and_who_objected_is_answered_all_the_same() {
    let stage = stage().await;
    stage.open().await;
    let branch = founded(&stage, 50, "南社区党支部").await;
    let path = submitted(&stage, &branch).await;
    ok(stage.above().if_match("\"v3\"").put(&format!("{path}/review"), review()).await);
    ok(step(&stage.above(), 4, &format!("{path}/review/submit")).await);
    ok(stage.department().if_match("\"v5\"").post(&format!("{path}/decide"), decision()).await);
    let objections = format!("{path}/objections");
    let raised = ok(stage.of(&stage.neighbour).post(&objections, json!({ "text": "台账与实际不符" })).await);
    let public = async || items(&stage.of(&stage.neighbour).get("/v1/star-notices/2026").await).len();
    assert_eq!(public().await, 1);
    let (client, _) = above(&stage).await;
    ok(dissolve(&client, &branch).await);
    assert_eq!(public().await, 0);
    is(&stage.of(&stage.member).post(&objections, json!({ "text": "有异议" })).await, 404, "not-found");
    let answer: Value = json!({ "granted": true, "reason": "属实，支部已撤销" });
    let answering = format!("{objections}/{}/answer", raised.text("/id"));
    ok(stage.second().post(&answering, answer).await);
    assert_eq!(ok(stage.department().get(&path).await).text("/state"), "branch-closed", "nothing is taken back");
    stage.pass(8);
    is(&step(&stage.department(), 7, &format!("{path}/award")).await, 409, "organization-closed");
    for node in [&stage.town.city, &stage.town.street] {
        let report = format!("/v1/star-report?year=2026&organization={}", node.id);
        assert_eq!(ok(stage.department().get(&report).await).body["awarded"], json!(0));
    }
}

#[tokio::test]
async fn a_branch_that_applies_while_it_is_closed_does_the_one_or_the_other() {
    let stage = stage().await;
    stage.open().await;
    let (client, wire) = above(&stage).await;
    let branch = founded(&stage, 50, "南社区党支部").await;
    let paused = wire.pause("TransactWriteItems");
    let (closed, applied) = tokio::join!(dissolve(&client, &branch), async {
        paused.reached().await;
        let applied = apply(&stage, &branch).await;
        paused.resume();
        applied
    });
    assert_eq!((closed.code(), applied.status), ("conflict", 201), "{closed:?} {applied:?}");
    ok(dissolve(&client, &branch).await);
    assert_eq!(listed(&stage, "").await, 0);

    let other = founded(&stage, 51, "北社区党支部").await;
    let paused = stage.bench.wire.pause("TransactWriteItems");
    let (applied, closed) = tokio::join!(apply(&stage, &other), async {
        paused.reached().await;
        let closed = dissolve(&client, &other).await;
        paused.resume();
        closed
    });
    assert_eq!((applied.code(), closed.status), ("conflict", 200), "{applied:?} {closed:?}");
}

#[tokio::test]
async fn officers_and_applications_end_together_as_far_as_one_transaction_has_room() {
    let stage = stage().await;
    stage.open().await;
    let (client, _) = above(&stage).await;
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for (n, name, officers) in [(50, "南社区党支部", 29), (51, "北社区党支部", 30)] {
        let branch = founded(&stage, n, name).await;
        for of in 1..=officers {
            let held = Appointment {
                id: AppointmentId::from_bytes(u64::from(n), [of; 10]),
                organization: branch.id,
                role: Role::CommitteeMember,
                holder: MemberId::from_bytes(u64::from(n), [of; 10]),
                holder_name: "高委".try_into().unwrap(),
                from: "2026-01-01".parse().unwrap(),
                until: None,
                decision: "批复 1 号".try_into().unwrap(),
                version: 1,
            };
            table.put(&AppointmentRow::of_organization(held.clone())).await.unwrap();
            table.put(&AppointmentRow::of_holder(held)).await.unwrap();
        }
        ok(apply(&stage, &branch).await);
        let closed = dissolve(&client, &branch).await;
        if officers < 30 {
            ok(closed);
        } else {
            is(&closed, 409, "not-empty");
        }
    }
}
