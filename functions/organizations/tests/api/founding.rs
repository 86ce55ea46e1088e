use crate::town::{CITY, EAST, ELSEWHERE, NEIGHBOUR, STREET, Town, at, branch, org};
use authz::Role;
use kernel::OrgId;
use serde_json::json;

#[tokio::test]
async fn a_branch_is_founded_and_leaves_its_trace() {
    let town = Town::new().await;
    let reply = town.desk().post("/v1/organizations", branch(STREET, "第三党支部")).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "\"v1\""));
    let id: OrgId = reply.text("/id").parse().unwrap();
    assert_eq!(reply.header("location"), format!("/v1/organizations/{id}"));
    assert_eq!(reply.body.get("warnings"), None);
    let node = town.row(id).await.node;
    assert_eq!((node.path.parent(), node.name.as_str()), (Some(org(STREET)), "第三党支部"));

    let activity = town.told(id, "organization.founded").await;
    assert_eq!((activity.actor.role.as_str(), activity.subject), ("organization-department", id.to_string()));
    assert_eq!(activity.after["decision"], "〔2026〕3号");
    assert_eq!((&activity.after["fullMembers"], &activity.after["rules"]), (&json!(12), &json!("2018-10-28")));
    assert_eq!(activity.after["parent"], json!(org(STREET)));

    let children = town.desk().get(&at(STREET, "/children")).await;
    let names: Vec<_> = children.body["items"].as_array().unwrap().iter().map(|node| node["name"].clone()).collect();
    assert_eq!(names, ["第一党支部", "第三党支部", "第二党支部"]);
}

#[tokio::test]
async fn what_is_unusual_is_said_and_not_forbidden() {
    let town = Town::new().await;
    let mut large = branch(STREET, "大支部");
    large["fullMembers"] = json!(51);
    let reply = town.desk().post("/v1/organizations", large).await;
    assert_eq!(reply.status, 201);
    let expected = json!([{
        "code": "many-members", "article": "支部条例 §4", "zh": "党支部党员人数一般不超过 50 人",
        "en": "a branch usually has at most 50 members",
    }]);
    assert_eq!(reply.body["warnings"], expected);
    let activity = town.told(reply.text("/id").parse().unwrap(), "organization.founded").await;
    assert_eq!(activity.after["warnings"], expected);
}

#[tokio::test]
async fn a_rule_refuses_with_its_code_and_article() {
    let town = Town::new().await;
    for (field, value, status, code, article) in [
        ("fullMembers", json!(2), 409, "branch-too-small", "支部条例 §4"),
        ("projectUntil", json!("2027-04-30"), 409, "project-too-short", "支部条例 §5"),
        ("units", json!(["甲"]), 422, "invalid-field", "支部条例 §5"),
        ("kind", json!("group"), 409, "wrong-parent", ""),
        ("parent", json!(org(NEIGHBOUR)), 409, "wrong-parent", ""),
        ("branchType", json!(null), 422, "invalid-field", ""),
        ("foundedOn", json!("2026-11-25"), 422, "invalid-field", ""),
        ("name", json!("第一党支部"), 409, "name-taken", ""),
        ("name", json!("a\u{202e}b"), 422, "invalid-field", ""),
        ("sponsor", json!("x"), 422, "invalid-field", ""),
    ] {
        let mut body = branch(STREET, "第三党支部");
        body[field] = value;
        let reply = town.desk().post("/v1/organizations", body.clone()).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{body}: {reply:?}");
        assert_eq!(reply.text("/article"), article, "{body}");
    }
    let mut small = branch(STREET, "第三党支部");
    small["fullMembers"] = json!(2);
    let reply = town.desk().header("accept-language", "en").post("/v1/organizations", small).await;
    assert!(reply.text("/detail").contains("joint branch"), "{reply:?}");
}

#[tokio::test]
async fn only_within_one_s_own_part_of_the_tree() {
    let town = Town::new().await;
    for (role, place, parent, expected) in [
        (Role::PartyAffairsOfficer, STREET, STREET, 201),
        (Role::Secretary, EAST, STREET, 201),
        (Role::Secretary, STREET, EAST, 404),
        (Role::Secretary, NEIGHBOUR, STREET, 404),
        (Role::OrganizationDepartment, ELSEWHERE, STREET, 404),
        (Role::Inspector, CITY, STREET, 403),
        (Role::SystemAdministrator, CITY, STREET, 403),
    ] {
        let body = branch(parent, &format!("由{}在{place}成立", role.zh()));
        let reply = town.officer(role, place).post("/v1/organizations", body).await;
        assert_eq!(reply.status, expected, "{role:?} of {place} below {parent}: {reply:?}");
    }
    let absent = town.desk().post("/v1/organizations", branch(99, "无上级")).await;
    assert_eq!((absent.status, absent.code()), (404, "not-found"));
    let nobody =
        testkit::Client::new(town.router.clone(), None).post("/v1/organizations", branch(STREET, "无人")).await;
    assert_eq!((nobody.status, nobody.code()), (401, "unauthenticated"));
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let town = Town::new().await;
    let desk = town.desk().idempotency("found-branch-3");
    let first = desk.post("/v1/organizations", branch(STREET, "第三党支部")).await;
    let again = desk.post("/v1/organizations", branch(STREET, "第三党支部")).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = desk.post("/v1/organizations", branch(STREET, "第四党支部")).await;
    assert_eq!((other.status, other.code()), (422, "key-reused"));
    assert_eq!(town.trace(first.text("/id").parse().unwrap()).await.len(), 1);
}

#[tokio::test]
async fn of_two_with_one_name_one_is_founded() {
    let town = Town::new().await;
    let desk = town.desk();
    let (one, two) = tokio::join!(
        desk.post("/v1/organizations", branch(STREET, "第三党支部")),
        desk.post("/v1/organizations", branch(STREET, "第三党支部")),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    // Two names do not get in each other's way.
    let (one, two) = tokio::join!(
        desk.post("/v1/organizations", branch(STREET, "第四党支部")),
        desk.post("/v1/organizations", branch(STREET, "第五党支部")),
    );
    assert_eq!([one.status, two.status], [201, 201]);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_before_anything_else() {
    let town = Town::new().await;
    let desk = town.desk();
    let send = async |body: String| {
        let reply = desk.send("POST", "/v1/organizations", Some(body)).await;
        (reply.status, reply.code().to_owned())
    };
    assert_eq!(send("{".to_owned()).await, (400, "malformed".to_owned()));
    assert_eq!(send("[".repeat(100_000)).await, (422, "invalid-field".to_owned()));
    assert_eq!(send(format!("\"{}\"", "x".repeat(300 * 1024))).await, (413, "too-large".to_owned()));
    for (field, value) in [
        ("fullMembers", json!(-1)),
        ("fullMembers", json!(1e40)),
        ("units", json!("甲")),
        ("name", json!("长".repeat(61))),
        ("name", json!("a\u{0}b")),
        ("foundedOn", json!("2026-02-30")),
        ("parent", json!("org_1")),
    ] {
        let mut body = branch(STREET, "第三党支部");
        body[field] = value;
        let reply = desk.post("/v1/organizations", body).await;
        let pointer = reply.text("/fields/0/pointer");
        assert_eq!((reply.status, pointer), (422, format!("/{field}")), "{reply:?}");
    }
    assert_eq!(desk.get(&at(STREET, "/subtree")).await.body["items"].as_array().unwrap().len(), 4);
}
