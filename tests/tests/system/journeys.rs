//! Journeys through the runner's HTTP port: the gateway, the authorizer and the functions together.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use demo::{CAST, Plan, Stage};
use jiff::SignedDuration;
use serde_json::{Value, json};
use system::{
    Stand, Token,
    tour::{For, tour},
};

fn phone(title: &str) -> &'static str {
    CAST.iter().find(|part| part.title == title).unwrap().phone
}

fn place(stage: Stage) -> String {
    demo::tree(&Plan::small()).unwrap().at(stage).to_string()
}

fn newcomer(branch: &str) -> Value {
    json!({
        "organization": branch, "name": "游新", "idCard": "350199199901010010", "phone": "14099999999", "ethnicity": "汉族",
        "category": "student", "state": "probationary", "joinedOn": "2026-06-18",
    })
}

#[tokio::test]
async fn the_walk_of_the_readme() {
    let stand = Stand::start().await;
    let token = stand.sign_in(phone("支部书记")).await;
    let (branch, neighbour) = (place(Stage::Branch), place(Stage::Neighbour));

    let list = stand.with(&token, "GET", &format!("/v1/members?organization={branch}&limit=5"), None).await;
    assert_eq!((list.status, list.body["items"].as_array().unwrap().len()), (200, 5), "{list:?}");

    stand.pass(SignedDuration::from_secs(5));
    let added = stand.with(&token, "POST", "/v1/members", Some(&newcomer(&branch))).await;
    assert_eq!(added.status, 201, "{added:?}");

    let trace = stand.with(&token, "GET", &format!("/v1/audit?organization={branch}&limit=1"), None).await;
    assert_eq!(trace.body["items"][0]["kind"], "member.registered", "{trace:?}");
    assert_eq!(trace.body["items"][0]["subject"], added.body["id"]);
    assert_eq!(trace.body["items"][0]["actor"]["member"], json!(token.member));

    for (method, path, body) in [
        ("GET", format!("/v1/members?organization={neighbour}"), None),
        ("POST", "/v1/members".to_owned(), Some(newcomer(&neighbour))),
        ("GET", format!("/v1/audit?organization={neighbour}"), None),
    ] {
        let refused = stand.with(&token, method, &path, body.as_ref()).await;
        assert_eq!((refused.status, refused.code()), (404, "not-found"), "{method} {path}");
    }
}

#[tokio::test]
async fn everybody_of_the_cast_signs_in_and_finds_their_office() {
    let stand = Stand::start().await;
    for part in CAST {
        let token = stand.sign_in(part.phone).await;
        let me = stand.with(&token, "GET", "/v1/me", None).await;
        assert_eq!(me.status, 200, "{}: {me:?}", part.title);
        let held: Vec<_> = me.body["grants"].as_array().unwrap().iter().map(|office| office["role"].clone()).collect();
        let expected: Vec<_> = part.office.iter().map(|(role, _)| json!(role)).collect();
        assert_eq!(held, expected, "{}", part.title);
    }
}

#[tokio::test]
async fn a_person_sees_who_read_their_record() {
    let stand = Stand::start().await;
    let (secretary, member) = (stand.sign_in(phone("支部书记")).await, stand.sign_in(phone("普通党员")).await);
    let path = format!("/v1/members/{}", member.member);
    let lines =
        async || stand.with(&member, "GET", "/v1/me/access-log", None).await.body["items"].as_array().unwrap().clone();
    let before = lines().await.len();
    assert_eq!(stand.with(&secretary, "GET", &path, None).await.status, 200);
    assert_eq!(stand.with(&member, "GET", &path, None).await.status, 200);
    let after = lines().await;
    assert_eq!(after.len(), before + 1, "one's own reading leaves no line: {after:?}");
    assert_eq!((&after[0]["reader"], &after[0]["role"]), (&json!(secretary.member), &json!("secretary")));
}

#[tokio::test]
async fn the_demo_data_has_something_to_decide() {
    let stand = Stand::start().await;
    let secretary = stand.sign_in(phone("支部书记")).await;
    let open =
        stand.with(&secretary, "GET", &format!("/v1/corrections?organization={}", place(Stage::Branch)), None).await;
    let correction = open.body["items"][0].clone();
    let (member, id) = (correction["member"].as_str().unwrap(), correction["id"].as_str().unwrap());
    let path = format!("/v1/members/{member}/corrections/{id}/decision");
    let decided = stand.with(&secretary, "POST", &path, Some(&json!({ "accept": true, "reason": "与调令一致" }))).await;
    assert_eq!((decided.status, decided.text("/status").as_str()), (200, "accepted"), "{decided:?}");
}

/// What a list holds, for whoever has the token.
async fn items(stand: &Stand, token: &Token, path: &str) -> Vec<Value> {
    let reply = stand.with(token, "GET", path, None).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_demo_data_has_an_objection_that_was_decided_and_one_that_waits() {
    let stand = Stand::start().await;
    let (department, member) = (stand.sign_in(phone("市委组织部干部")).await, stand.sign_in(phone("普通党员")).await);
    let public = items(&stand, &member, "/v1/star-notices/2026").await;
    assert_eq!((public.len(), &public[0]["awarded"]), (1, &json!(false)), "{public:?}");
    let objections = format!("/v1/star-applications/{}/objections", public[0]["id"].as_str().unwrap());
    let all = items(&stand, &department, &objections).await;
    let states: Vec<_> = all.iter().map(|objection| objection["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["refused", "open"]);
    let own = items(&stand, &member, &objections).await;
    assert_eq!(own, all[..1], "who objected reads the answer, and nothing of what others object");
    assert_eq!((own[0]["answer"].is_string(), &own[0]["raisedBy"]), (true, &json!(member.member)));

    for organization in [json!(place(Stage::City)), public[0]["organization"].clone()] {
        let trace = format!("/v1/audit?organization={}&limit=200", organization.as_str().unwrap());
        let trace = json!(items(&stand, &department, &trace).await).to_string();
        let mut raisers = all.iter().map(|objection| objection["raisedBy"].as_str().unwrap());
        assert!(raisers.all(|raiser| !trace.contains(raiser)), "who objected is in no such trace: {trace}");
    }
    let answer = json!({ "granted": false, "reason": "测评人数符合规定" });
    let path = format!("{objections}/{}/answer", all[1]["id"].as_str().unwrap());
    let answered = stand.with(&department, "POST", &path, Some(&answer)).await;
    assert_eq!((answered.status, answered.text("/state").as_str()), (200, "refused"), "{answered:?}");
}

#[tokio::test]
async fn the_demo_data_has_a_branch_that_was_merged_after_its_members_had_gone() {
    let stand = Stand::start().await;
    let officer = stand.sign_in(phone("街道党务干部")).await;
    let (street, neighbour) = (place(Stage::SubDistrict), place(Stage::Neighbour));
    let ended = format!("/v1/star-applications?organization={street}&state=branch-closed");
    let ended = items(&stand, &officer, &ended).await;
    assert_eq!((ended.len(), &ended[0]["year"]), (1, &json!(2025)), "{ended:?}");
    let branch = ended[0]["organization"].as_str().unwrap();
    let own = stand.with(&officer, "GET", &format!("/v1/organizations/{branch}"), None).await;
    assert_eq!((own.text("/status").as_str(), own.text("/mergedInto")), ("merged", neighbour.clone()), "{own:?}");
    assert_eq!(own.text("/closedOn"), "2025-11-20");

    // Nobody is in office or on the rolls there, and who was is where it was merged into.
    let list = async |of: &str| items(&stand, &officer, &format!("/v1/members?organization={of}&limit=200")).await;
    assert!(list(branch).await.is_empty());
    let officers = format!("/v1/organizations/{branch}/officers");
    assert_eq!(items(&stand, &officer, &format!("{officers}?on=2025-11-20")).await.len(), 1);
    assert!(items(&stand, &officer, &officers).await.is_empty());
    let trace = items(&stand, &officer, &format!("/v1/audit?organization={branch}&limit=200")).await;
    let told = |kind: &str| -> Vec<Value> {
        trace.iter().filter(|line| line["kind"] == kind).map(|line| line["subject"].clone()).collect()
    };
    let here: Vec<_> = list(&neighbour).await.into_iter().map(|member| member["id"].clone()).collect();
    let left = told("member.transferred");
    assert_eq!((left.len(), told("member.registered").len()), (2, 2), "{trace:?}");
    assert!(left.iter().all(|member| here.contains(member)), "{left:?}");
    for once in ["organization.founded", "officer.appointed", "officer.ended", "star.closed", "organization.merged"] {
        assert_eq!(told(once).len(), 1, "{once}: {trace:?}");
    }
}

#[tokio::test]
async fn an_appointment_counts_from_the_next_request_and_ends_with_it() {
    let stand = Stand::start().await;
    let (officer, member) = (stand.sign_in(phone("街道党务干部")).await, stand.sign_in(phone("普通党员")).await);
    let branch = place(Stage::Neighbour);
    let list = format!("/v1/members?organization={branch}");
    assert_eq!(stand.with(&member, "GET", &list, None).await.status, 404);
    let nomination =
        json!({ "holder": member.member, "role": "dues-officer", "from": "2026-11-24", "decision": "〔2026〕1号" });
    let officers = format!("/v1/organizations/{branch}/officers");
    let appointed = stand.with(&officer, "POST", &officers, Some(&nomination)).await;
    assert_eq!(appointed.status, 201, "{appointed:?}");
    assert_eq!(stand.with(&member, "GET", &list, None).await.status, 200);
    let id = [appointed.text("/appointment/id"), appointed.text("/id")].concat();
    let ending = json!({ "on": "2026-11-24", "reason": "工作调动" });
    let ended = stand.with(&officer, "POST", &format!("{officers}/{id}/end"), Some(&ending)).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    stand.pass(SignedDuration::from_hours(24));
    let later = stand.sign_in(phone("普通党员")).await;
    assert_eq!(stand.with(&later, "GET", &list, None).await.status, 404);
}

#[tokio::test]
async fn a_moved_branch_is_found_at_its_new_place() {
    let stand = Stand::start().await;
    let department = stand.sign_in(phone("市委组织部干部")).await;
    let tree = demo::tree(&Plan::small()).unwrap();
    let branch = place(Stage::Neighbour);
    let target =
        tree.nodes.iter().filter(|node| node.kind == register::OrgKind::SubDistrictCommittee).nth(3).unwrap().id;
    let count = async |place: &str| {
        let reply = stand.with(&department, "GET", &format!("/v1/members?organization={place}&limit=200"), None).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["items"].as_array().unwrap().len()
    };
    let members = count(&branch).await;
    let order = json!({ "parent": target, "on": "2026-11-24", "reason": "区划调整", "decision": "〔2026〕2号" });
    let moved = stand.with(&department, "POST", &format!("/v1/organizations/{branch}/move"), Some(&order)).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    stand.runner.fire("relocation", "2026-11-24T02:01:00Z".parse().unwrap()).await.unwrap();
    assert_eq!((count(&branch).await, count(&target.to_string()).await), (members, members));
}

#[tokio::test]
async fn a_night_scores_a_branch_by_way_of_the_queue() {
    let stand = Stand::start().await;
    let branch = place(Stage::Branch);
    let secretary = stand.sign_in(phone("支部书记")).await;
    let added = stand.with(&secretary, "POST", "/v1/members", Some(&newcomer(&branch))).await;
    assert_eq!(added.status, 201, "{added:?}");
    stand.pass(SignedDuration::from_hours(24));
    let slot = "2026-11-25T02:00:00+08:00".parse().unwrap();
    let report = stand.runner.fire("nightly-scoring", slot).await.unwrap();
    assert!(report["messages"].as_u64().unwrap() > 0, "{report}");
    stand.settle().await;
    for queue in ["ScoringQueue", "ScoringFailures"] {
        assert_eq!(stand.runner.queued(queue).unwrap(), 0, "{queue}");
    }
    let secretary = stand.sign_in(phone("支部书记")).await;
    let scores = stand.with(&secretary, "GET", &format!("/v1/organizations/{branch}/scores"), None).await;
    assert_eq!((scores.status, &scores.body["asOf"]), (200, &json!("2026-11-24")), "{scores:?}");
}

#[tokio::test]
async fn no_route_takes_a_token_that_is_not_in_order() {
    let stand = Stand::start().await;
    let suspended = stand.sign_in(phone("编辑")).await;
    let security = stand.sign_in(phone("安全管理员")).await;
    let path = format!("/v1/accounts/{}/suspension", suspended.member);
    let done = stand.with(&security, "POST", &path, Some(&json!({ "reason": "账号核查" }))).await;
    assert_eq!(done.status, 204, "{done:?}");
    let ended = stand.sign_in(phone("督查员")).await;
    assert_eq!(stand.with(&ended, "DELETE", "/v1/sessions/current", None).await.status, 204);
    let expired = stand.sign_in(phone("支部书记")).await;
    stand.pass(SignedDuration::from_mins(16));
    let good = stand.sign_in(phone("支部书记")).await;
    let with_audience = |audience: &str| Token { access: repainted(&good.access, "aud", audience), ..good.clone() };

    for step in tour() {
        let path = step.route.replace(['{', '}'], "");
        let body = (step.method != "GET" && step.method != "DELETE").then(|| json!({}));
        let none = stand.send(step.method, &path, &[], body.as_ref()).await;
        if step.whom == For::Everybody {
            // The gateway lets it in; what a provider did not sign is refused by the function.
            assert_ne!(none.body["message"], "Unauthorized", "{} {}", step.method, step.route);
            continue;
        }
        assert_eq!(
            (none.status, &none.body["message"]),
            (401, &json!("Unauthorized")),
            "{} {}",
            step.method,
            step.route
        );
        for (token, status, code) in [
            (&expired, 401, "token-expired"),
            (&with_audience("somebody-else"), 401, "unauthenticated"),
            (&Token { access: "x.y.z".to_owned(), ..good.clone() }, 401, "unauthenticated"),
        ] {
            let reply = stand.with(token, step.method, &path, body.as_ref()).await;
            assert_eq!((reply.status, reply.code()), (status, code), "{} {}", step.method, step.route);
        }
    }
    stand.pass(SignedDuration::from_mins(-16));
    for (token, code) in [(&suspended, "account-suspended"), (&ended, "session-ended")] {
        for step in tour().iter().filter(|step| step.whom != For::Everybody) {
            let path = step.route.replace(['{', '}'], "");
            let body = (step.method != "GET" && step.method != "DELETE").then(|| json!({}));
            let reply = stand.with(token, step.method, &path, body.as_ref()).await;
            assert_eq!(reply.code(), code, "{} {}: {reply:?}", step.method, step.route);
        }
    }
}

/// The token with another claim, its signature as it was.
fn repainted(token: &str, claim: &str, value: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    claims[claim] = json!(value);
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    parts.join(".")
}

#[tokio::test]
async fn the_gateway_answers_for_itself_what_no_route_is_for() {
    let stand = Stand::start().await;
    let token = stand.sign_in(phone("支部书记")).await;
    let unknown = stand.with(&token, "GET", "/v1/unknown", None).await;
    assert_eq!((unknown.status, &unknown.body["message"]), (404, &json!("Not Found")));
    let large = json!("x".repeat(11 * 1024 * 1024));
    let refused = stand.with(&token, "POST", "/v1/members", Some(&large)).await;
    assert_eq!(refused.status, 413, "{:?}", refused.headers);
}

#[tokio::test]
async fn a_throttled_store_is_answered_with_a_time_to_try_again() {
    let stand = Stand::start().await;
    let health = stand.send("GET", "/healthz", &[], None).await;
    assert_eq!((health.status, health.text("/status").as_str()), (200, "ok"));
    stand.wire.fail_next(40, 400, "ThrottlingException", serde_json::Map::new());
    let keys = json!({ "phone": phone("支部书记"), "password": demo::PASSWORD });
    let busy = stand.send("POST", "/v1/sessions", &[], Some(&keys)).await;
    assert_eq!((busy.status, busy.code(), busy.header("retry-after")), (503, "unavailable", "1"), "{busy:?}");
}
