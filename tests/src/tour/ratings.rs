//! The star review: the branch applied, by a sheet whose window is open.

use super::{Ask, For, Step, accounts, day, hour, step};
use crate::Scene;
use authz::{Action, Role};
use dynamo::{Activity, Actor, Change, Key, Ledger, Read, Table};
use futures_util::future::BoxFuture;
use kernel::ActivityId;
use register::Node;
use serde_json::{Value, json};
use testkit::{Client, Town};

fn table(scene: &Scene) -> Table {
    Table::open(&scene.bench.env, "RATINGS_TABLE").unwrap()
}

fn items() -> Value {
    json!([
        { "id": "life", "name": "组织生活", "max": 6_000, "kinds": ["dues.published"] },
        { "id": "work", "name": "重点工作", "max": 4_000 },
    ])
}

fn vetoes() -> Value {
    json!([{ "id": "falsified", "name": "弄虚作假", "atMost": 0 }])
}

/// The year of a sheet that opens in some days, and the sheet.
fn drawn(scene: &Scene) -> (i16, Value) {
    let opens = day(scene, 10);
    let sheet = json!({
        "organization": scene.town.city.id, "total": 10_000, "items": items(), "vetoes": vetoes(),
        "shares": [{ "star": 5, "atMostPercent": 30 }], "opensOn": opens, "closesOn": day(scene, 20),
    });
    (opens.year(), sheet)
}

/// The sheet of this year is there, and its window is open.
async fn open(scene: &Scene) -> i16 {
    let (year, city) = (day(scene, 0).year(), scene.town.city.id);
    let row = json!({
        "pk": format!("SHT#{city}"), "sk": year.to_string(), "year": year, "organization": city, "total": 10_000,
        "items": items(), "vetoes": vetoes(), "shares": [{ "star": 5, "atMostPercent": 30 }], "opensOn": day(scene, -5),
        "closesOn": day(scene, 20), "drawnBy": scene.stranger.id, "drawnAt": hour(day(scene, -10), 9), "rules": "test",
        "version": 1,
    });
    table(scene).put(&row).await.unwrap();
    year
}

/// The secretary of a branch.
async fn secretary(scene: &Scene, branch: &Node) -> Client {
    officer(scene, 20, Role::Secretary, branch).await
}

/// Somebody of the other street in an office.
async fn officer(scene: &Scene, n: u32, role: Role, node: &Node) -> Client {
    let person = scene.town.person(n, "黄办", &scene.town.other_street).await;
    scene.client("ratings").with(Town::caller(&person, &[(role, node)]))
}

async fn application(scene: &Scene, branch: &Node) -> Value {
    json!({ "organization": branch.id, "year": open(scene).await })
}

/// The path of an application.
pub(super) async fn filed(scene: &Scene, branch: &Node) -> String {
    let application = application(scene, branch).await;
    let reply = secretary(scene, branch).await.post("/v1/star-applications", application).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

/// Something in the trace of the branch that can be linked.
async fn recorded(scene: &Scene, branch: &Node) -> ActivityId {
    let actor = Actor::job("test");
    let told = Activity::new(scene.bench.now(), actor, "dues.published", branch.id, "books");
    let id = told.id;
    Ledger::of_job(&scene.bench.env).unwrap().carry_out(Change::new(), [told]).await.unwrap();
    id
}

async fn scores(scene: &Scene, branch: &Node) -> Value {
    let activity = recorded(scene, branch).await;
    json!({ "items": [
        { "item": "life", "score": 6_000, "evidence": [{ "activity": activity }] },
        { "item": "work", "score": 4_000, "note": "阵地已建成" },
    ] })
}

/// One of version 2, scored by its branch.
async fn scored(scene: &Scene, branch: &Node) -> String {
    let (path, scores) = (filed(scene, branch).await, scores(scene, branch).await);
    let reply = secretary(scene, branch).await.if_match("\"v1\"").put(&format!("{path}/self"), scores).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

async fn sent(client: &Client, version: u64, path: &str) {
    let reply = client.if_match(&format!("\"v{version}\"")).send("POST", path, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

/// One of version 3, handed in.
async fn submitted(scene: &Scene, branch: &Node) -> String {
    let path = scored(scene, branch).await;
    sent(&secretary(scene, branch).await, 2, &format!("{path}/submit")).await;
    path
}

fn review() -> Value {
    json!({ "items": [
        { "item": "life", "score": 5_000, "reason": "主题党日少一次" },
        { "item": "work", "score": 4_000 },
    ] })
}

/// One of version 4, scored by the committee above.
async fn rescored(scene: &Scene, branch: &Node) -> String {
    let path = submitted(scene, branch).await;
    let above = officer(scene, 21, Role::PartyAffairsOfficer, &scene.town.street).await;
    let reply = above.if_match("\"v3\"").put(&format!("{path}/review"), review()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// One of version 5, reviewed.
async fn reviewed(scene: &Scene, branch: &Node) -> String {
    let path = rescored(scene, branch).await;
    let above = officer(scene, 21, Role::PartyAffairsOfficer, &scene.town.street).await;
    sent(&above, 4, &format!("{path}/review/submit")).await;
    path
}

fn decision() -> Value {
    json!({ "score": 9_000, "star": 5 })
}

/// One of version 6, under public notice.
async fn decided(scene: &Scene, branch: &Node) -> String {
    let path = reviewed(scene, branch).await;
    let department = officer(scene, 22, Role::OrganizationDepartment, &scene.town.city).await;
    let reply = department.if_match("\"v5\"").post(&format!("{path}/decide"), decision()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// The same after its notice.
async fn noticed(scene: &Scene, branch: &Node) -> String {
    let path = decided(scene, branch).await;
    let id = path.rsplit('/').next().unwrap();
    let key = Key::new(format!("STA#{id}"), "STA");
    let mut row: Value = table(scene).get(key, Read::Consistent).await.unwrap().unwrap();
    row["decisions"][0]["at"] = json!(hour(day(scene, -40), 9));
    row["decisions"][0]["noticeUntil"] = json!(day(scene, -20));
    table(scene).put(&row).await.unwrap();
    path
}

/// The path of one that was awarded.
async fn awarded(scene: &Scene, branch: &Node) -> String {
    let path = noticed(scene, branch).await;
    let department = officer(scene, 22, Role::OrganizationDepartment, &scene.town.city).await;
    sent(&department, 6, &format!("{path}/award")).await;
    path
}

fn objection() -> Value {
    json!({ "text": "台账与实际不符" })
}

/// The path of an objection of the member to one under public notice.
async fn objected(scene: &Scene, branch: &Node) -> String {
    let path = format!("{}/objections", decided(scene, branch).await);
    let own = scene.client("ratings").with(accounts::signed_in(scene));
    let reply = own.post(&path, objection()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    format!("{path}/{}", reply.text("/id"))
}

const fn of_branch(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("ratings", method, route, whom, status, ask)
}

/// What the committee above a branch does, of which who does everything here holds no office.
const fn of_neighbour(
    method: &'static str,
    route: &'static str,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    let whom = For::Whoever(Action::ReviewStars);
    Step { function: "ratings", method, route, whom, place: |scene| &scene.town.neighbour, also: None, status, ask }
}

/// What the department of the committee at the root does.
const fn of_city(
    method: &'static str,
    route: &'static str,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    let whom = For::Whoever(Action::GiveStars);
    Step { function: "ratings", method, route, whom, place: |scene| &scene.town.city, also: None, status, ask }
}

const READ: For = For::Whoever(Action::ReadStars);
const APPLY: For = For::Whoever(Action::ApplyForStars);

pub(super) const STEPS: &[Step] = &[
    of_city("POST", "/v1/star-sheets/{year}", 201, |scene| {
        Box::pin(async {
            let (year, sheet) = drawn(scene);
            Ask::with(format!("/v1/star-sheets/{year}"), sheet)
        })
    }),
    of_city("PUT", "/v1/star-sheets/{year}", 200, |scene| {
        Box::pin(async {
            let (year, mut sheet) = drawn(scene);
            let path = format!("/v1/star-sheets/{year}");
            let reply = scene.chief("ratings").post(&path, sheet.clone()).await;
            assert_eq!(reply.status, 201, "{reply:?}");
            sheet["items"][1]["name"] = json!("中心工作");
            Ask::with(path, sheet).header("if-match", "\"v1\"")
        })
    }),
    of_branch("GET", "/v1/star-sheets/{year}", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::get(format!("/v1/star-sheets/{}", open(scene).await)) })
    }),
    of_branch("POST", "/v1/star-applications", APPLY, 201, |scene| {
        Box::pin(async { Ask::with("/v1/star-applications", application(scene, &scene.town.branch).await) })
    }),
    of_branch("GET", "/v1/star-applications", READ, 200, |scene| {
        Box::pin(async {
            submitted(scene, &scene.town.branch).await;
            let (branch, year) = (scene.town.branch.id, day(scene, 0).year());
            Ask::get(format!("/v1/star-applications?organization={branch}&year={year}&state=submitted"))
        })
    }),
    of_branch("GET", "/v1/star-applications/{application}", READ, 200, |scene| {
        Box::pin(async { Ask::get(reviewed(scene, &scene.town.branch).await) })
    }),
    of_branch("GET", "/v1/star-applications/{application}/facts", READ, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/facts", scored(scene, &scene.town.branch).await)) })
    }),
    of_branch("PUT", "/v1/star-applications/{application}/self", APPLY, 200, |scene| {
        Box::pin(async {
            let path = format!("{}/self", filed(scene, &scene.town.branch).await);
            Ask::with(path, scores(scene, &scene.town.branch).await).header("if-match", "\"v1\"")
        })
    }),
    of_branch("POST", "/v1/star-applications/{application}/submit", APPLY, 200, |scene| {
        Box::pin(async {
            Ask::get(format!("{}/submit", scored(scene, &scene.town.branch).await)).header("if-match", "\"v2\"")
        })
    }),
    of_neighbour("PUT", "/v1/star-applications/{application}/review", 200, |scene| {
        Box::pin(async {
            let path = format!("{}/review", submitted(scene, &scene.town.neighbour).await);
            Ask::with(path, review()).header("if-match", "\"v3\"")
        })
    }),
    of_neighbour("POST", "/v1/star-applications/{application}/review/submit", 200, |scene| {
        Box::pin(async {
            Ask::get(format!("{}/review/submit", rescored(scene, &scene.town.neighbour).await))
                .header("if-match", "\"v4\"")
        })
    }),
    of_city("POST", "/v1/star-applications/{application}/decide", 200, |scene| {
        Box::pin(async {
            let path = format!("{}/decide", reviewed(scene, &scene.town.neighbour).await);
            Ask::with(path, decision()).header("if-match", "\"v5\"")
        })
    }),
    of_city("POST", "/v1/star-applications/{application}/award", 200, |scene| {
        Box::pin(async {
            Ask::get(format!("{}/award", noticed(scene, &scene.town.neighbour).await)).header("if-match", "\"v6\"")
        })
    }),
    of_branch("POST", "/v1/star-applications/{application}/objections", For::Oneself, 201, |scene| {
        Box::pin(async { Ask::with(format!("{}/objections", decided(scene, &scene.town.branch).await), objection()) })
    }),
    of_city("GET", "/v1/star-applications/{application}/objections", 200, |scene| {
        Box::pin(async {
            let one = objected(scene, &scene.town.neighbour).await;
            let (path, _) = one.rsplit_once('/').unwrap();
            Ask::get(path)
        })
    }),
    of_city("POST", "/v1/star-applications/{application}/objections/{objection}/answer", 200, |scene| {
        Box::pin(async {
            let answer = json!({ "granted": true, "reason": "已核实，重新复核" });
            Ask::with(format!("{}/answer", objected(scene, &scene.town.neighbour).await), answer)
        })
    }),
    of_branch("GET", "/v1/star-notices/{year}", For::Oneself, 200, |scene| {
        Box::pin(async {
            decided(scene, &scene.town.branch).await;
            Ask::get(format!("/v1/star-notices/{}", day(scene, 0).year()))
        })
    }),
    of_branch("GET", "/v1/star-report", READ, 200, |scene| {
        Box::pin(async {
            awarded(scene, &scene.town.branch).await;
            let (branch, year) = (scene.town.branch.id, day(scene, 0).year());
            Ask::get(format!("/v1/star-report?year={year}&organization={branch}"))
        })
    }),
];
