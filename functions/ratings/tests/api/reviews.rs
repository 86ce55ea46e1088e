//! The committee above gives points again, the department the star.

use crate::stage::{decision, is, ok, pointer, review, stage, step};
use authz::Role;
use dynamo::Table;
use register::{Member, Node, NodeRow, NodeStatus};
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn nobody_reviews_their_own_branch_and_lowering_needs_a_reason() {
    let stage = stage().await;
    let path = format!("{}/review", stage.submitted().await);
    let put = async |member: &Member, role, node: &Node| {
        stage.holding(member, role, node).if_match("\"v3\"").put(&path, review()).await
    };
    let street = &stage.town.street;
    is(&put(&stage.secretary, Role::Secretary, &stage.town.branch).await, 403, "forbidden");
    // An office above does not make somebody another person, nor does a group another branch.
    is(&put(&stage.secretary, Role::PartyAffairsOfficer, street).await, 403, "own-case");
    is(&put(&stage.member, Role::Secretary, street).await, 403, "own-case");
    // Nor does it matter where an officer of the branch is a member.
    let offices = [(Role::PartyAffairsOfficer, street), (Role::DeputySecretary, &stage.town.branch)];
    let both = stage.chair().with(Town::caller(&stage.desk, &offices));
    is(&both.if_match("\"v3\"").put(&path, review()).await, 403, "own-case");
    let mut bare = review();
    bare["items"][0].as_object_mut().unwrap().remove("reason");
    assert_eq!(pointer(&stage.above().if_match("\"v3\"").put(&path, bare).await), "/items/0/reason");
    let scored = ok(stage.above().if_match("\"v3\"").put(&path, review()).await);
    assert_eq!((scored.text("/state").as_str(), &scored.body["reviewTotal"]), ("submitted", &json!(9_000)));
    is(&stage.above().if_match("\"v3\"").put(&path, review()).await, 412, "stale");
    assert!(stage.notices(&stage.secretary).await.is_empty(), "not before it is handed on");
    ok(step(&stage.above(), 4, &format!("{path}/submit")).await);
    assert_eq!(stage.notices(&stage.secretary).await, ["star.reviewed"]);
}

#[tokio::test]
async fn the_department_decides_and_a_person_states_the_stars() {
    let stage = stage().await;
    let path = format!("{}/decide", stage.reviewed().await);
    is(&stage.above().if_match("\"v5\"").post(&path, decision()).await, 404, "not-found");
    let secretary = stage.holding(&stage.officer, Role::Secretary, &stage.town.city);
    is(&secretary.if_match("\"v5\"").post(&path, decision()).await, 403, "forbidden");
    let reviewer = stage.holding(&stage.desk, Role::OrganizationDepartment, &stage.town.city);
    is(&reviewer.if_match("\"v5\"").post(&path, decision()).await, 403, "own-case");
    let own = stage.holding(&stage.member, Role::OrganizationDepartment, &stage.town.city);
    is(&own.if_match("\"v5\"").post(&path, decision()).await, 403, "own-case");
    let decide = async |score: u32, star: u8| {
        let body = json!({ "score": score, "star": star });
        stage.department().if_match("\"v5\"").post(&path, body).await
    };
    assert_eq!(pointer(&decide(8_999, 5).await), "/star");
    assert_eq!(pointer(&decide(8_999, 4).await), "/reason");
    let decided = ok(stage.department().if_match("\"v5\"").idempotency("decide-once").post(&path, decision()).await);
    assert_eq!(
        (decided.text("/state").as_str(), decided.text("/decisions/0/noticeUntil").as_str()),
        ("notice", "2026-12-02")
    );
    let again = ok(stage.department().if_match("\"v5\"").idempotency("decide-once").post(&path, decision()).await);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &decided.body));
    assert_eq!(stage.notices(&stage.secretary).await, ["star.decided", "star.reviewed"]);
    let told = stage.told(stage.town.branch.id).await;
    let (_, fields) = told.iter().find(|(kind, _)| kind == "star.decided").unwrap();
    assert_eq!(fields, "noticeUntil score star state version year", "it is public from now on");
}

#[tokio::test]
async fn the_application_of_a_branch_that_is_closed_goes_no_further() {
    let stage = stage().await;
    let path = stage.reviewed().await;
    let closed = Node { status: NodeStatus::Dissolved, ..stage.town.branch.clone() };
    let organizations = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    organizations.put(&NodeRow::new(closed)).await.unwrap();
    let code = "organization-closed";
    is(&stage.score(&path, 5, json!([])).await, 409, code);
    is(&step(&stage.chair(), 5, &format!("{path}/submit")).await, 409, code);
    is(&stage.above().if_match("\"v5\"").put(&format!("{path}/review"), review()).await, 409, code);
    is(&step(&stage.above(), 5, &format!("{path}/review/submit")).await, 409, code);
    is(&stage.department().if_match("\"v5\"").post(&format!("{path}/decide"), decision()).await, 409, code);
    is(&step(&stage.department(), 5, &format!("{path}/award")).await, 409, code);
    ok(stage.department().get(&path).await);
}

#[tokio::test]
async fn a_veto_item_leaves_no_star() {
    let stage = stage().await;
    let path = format!("{}/decide", stage.reviewed().await);
    let met = json!([{ "veto": "falsified", "reason": "会议记录系补造" }]);
    let body = json!({ "score": 9_000, "star": 0, "vetoes": met, "reason": "核查发现" });
    let decided = ok(stage.department().if_match("\"v5\"").post(&path, body).await);
    assert_eq!(decided.body["decisions"][0]["star"], json!(0));
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_told_of_it() {
    let stage = stage().await;
    let path = format!("{}/decide", stage.reviewed().await);
    let (first, second) = (stage.department().if_match("\"v5\""), stage.second().if_match("\"v5\""));
    let (one, other) = tokio::join!(first.post(&path, decision()), second.post(&path, decision()));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 409] || statuses == [200, 412], "{statuses:?}");
}
