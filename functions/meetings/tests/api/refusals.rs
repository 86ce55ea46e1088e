//! What is refused.

use crate::stage::{fields, is, stage};
use authz::Role;
use serde_json::json;

#[tokio::test]
async fn meetings_are_of_branches_and_kept_by_those_who_may() {
    let stage = stage().await;
    let plan = stage.plan(&["branch-meeting"], "2026-11-25");
    is(&stage.of(&stage.member).post("/v1/meetings", plan.clone()).await, 404, "not-found");
    for (role, place, status) in [
        (Role::Secretary, &stage.town.neighbour, 404),
        (Role::PublicityOfficer, &stage.town.branch, 403),
        (Role::OrganizationOfficer, &stage.town.branch, 201),
        (Role::Secretary, &stage.town.street, 201),
        (Role::PartyAffairsOfficer, &stage.town.street, 403),
    ] {
        let reply = stage.officer(role, place).post("/v1/meetings", plan.clone()).await;
        assert_eq!(reply.status, status, "{role:?}: {reply:?}");
    }
    let mut street = plan.clone();
    street["organization"] = json!(stage.town.street.id);
    assert_eq!(
        fields(&stage.officer(Role::Secretary, &stage.town.street).post("/v1/meetings", street).await),
        "/organization"
    );
    for (name, value, wrong) in [
        ("recorder", json!(stage.neighbour.id), "/recorder"),
        ("host", json!(kernel::MemberId::from_bytes(9, [9; 10])), "/host"),
        ("kinds", json!([]), "/kinds"),
        ("kinds", json!(["group-meeting"]), "/kinds"),
    ] {
        let mut wrong_plan = plan.clone();
        wrong_plan[name] = value;
        assert_eq!(fields(&stage.office.post("/v1/meetings", wrong_plan).await), wrong);
    }
    let mut guest = plan;
    guest["host"] = json!(stage.neighbour.id);
    assert_eq!(stage.office.post("/v1/meetings", guest).await.status, 201, "somebody from elsewhere may lead it");
}

#[tokio::test]
async fn the_secretary_of_the_branch_itself_signs() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    is(&stage.signed(&path).await, 409, "illegal-transition");
    assert_eq!(stage.recorded(&path, &json!({})).await.status, 200);
    let early = stage.signed(&path).await;
    assert_eq!(fields(&early), "/attendance", "nobody's attendance is known");
    assert!(early.body["fields"][0]["detail"].as_str().unwrap().contains("尚有 5 人未登记"), "{early:?}");
    stage.attended(&path).await;
    for (role, place, status) in [
        (Role::Secretary, &stage.town.street, 403),
        (Role::OrganizationOfficer, &stage.town.branch, 403),
        (Role::DeputySecretary, &stage.town.branch, 200),
    ] {
        let client = stage.fresh(&stage.officer(role, place), &path).await;
        let reply = client.send("POST", &format!("{path}/signature"), None).await;
        assert_eq!(reply.status, status, "{role:?}: {reply:?}");
    }
}

#[tokio::test]
async fn an_older_version_is_not_signed() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    stage.attended(&path).await;
    assert_eq!(stage.recorded(&path, &json!({})).await.status, 200);
    let signature = format!("{path}/signature");
    is(&stage.office.send("POST", &signature, None).await, 428, "version-required");
    is(&stage.office.if_match("\"v1\"").send("POST", &signature, None).await, 412, "stale");
}

#[tokio::test]
async fn a_resolution_is_for_somebody_of_the_branch() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    let resolution = |owner| json!({ "resolutions": [{ "text": "整改", "owner": owner, "dueOn": "2026-12-20" }] });
    assert_eq!(fields(&stage.recorded(&path, &resolution(stage.neighbour.id)).await), "/resolutions/0/owner");
    let media = json!({ "media": [kernel::MediaId::from_bytes(1, [1; 10])] });
    assert_eq!(fields(&stage.recorded(&path, &media).await), "/media/0");
    assert_eq!(stage.recorded(&path, &resolution(stage.member.id)).await.status, 200);
}

#[tokio::test]
async fn a_group_does_not_vote() {
    let stage = stage().await;
    let leader = stage.town.person(7, "吴组", &stage.town.group).await;
    let (office, plan) = stage.of_group(&leader, &["group-meeting", "theme-day"], "2026-11-25");
    for kind in ["branch-meeting", "committee-meeting", "talk-among-committee", "secretary-account"] {
        let (_, plan) = stage.of_group(&leader, &["theme-day", kind], "2026-11-25");
        assert_eq!(fields(&office.post("/v1/meetings", plan).await), "/kinds", "{kind} is one of the branch");
    }
    let path = office.post("/v1/meetings", plan.clone()).await.header("location").to_owned();
    stage.at("2026-11-25T21:00:00");
    let ballot = json!({
        "vote": "ordinary", "shouldVote": 1, "presentVoting": 1, "issued": 1, "returned": 1, "invalid": 0, "approve": 1,
        "against": 0, "abstain": 0,
    });
    let minutes = json!({
        "heldFrom": plan["startsAt"], "heldTo": plan["endsAt"], "text": "学习，讨论。",
        "ballots": [{ "subject": "年度计划", "ballot": ballot }],
    });
    assert_eq!(fields(&office.if_match("\"v1\"").put(&format!("{path}/minutes"), minutes).await), "/ballots");
}

#[tokio::test]
async fn what_somebody_attended_is_not_cancelled() {
    let stage = stage().await;
    let path = stage.planned(&["branch-meeting"], "2026-11-25").await;
    stage.at("2026-11-25T19:00:00");
    stage.attended(&path).await;
    is(
        &stage.office.post(&format!("{path}/cancellation"), json!({ "reason": "误建" })).await,
        409,
        "illegal-transition",
    );
}
