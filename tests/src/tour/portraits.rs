//! Portraits of the branch: its member missed a theme day, and was scored for it.

use super::{Ask, For, Step, accounts, day, hour, step};
use crate::Scene;
use authz::{Action, Role};
use dynamo::Table;
use futures_util::future::BoxFuture;
use jiff::{Timestamp, civil::Date};
use kernel::{AppointmentId, ConductId, MeetingId};
use register::{Appointment, AppointmentRow};
use scoring::{Fact, FactKind, Mark, Part, Sheet, State, Statement, YearRow};
use serde_json::{Value, json};
use testkit::{Client, Town};

/// The day of the theme day, in the year that the portraits are of.
fn held(scene: &Scene) -> Date {
    day(scene, -2)
}

fn year(scene: &Scene) -> i16 {
    held(scene).year()
}

fn meeting() -> MeetingId {
    MeetingId::from_bytes(1, [7; 10])
}

fn says(scene: &Scene, kind: FactKind, day: Date, mark: Mark) -> Statement {
    let parts = [&scene.member, &scene.secretary].map(|member| Part { member: member.id, mark }).to_vec();
    Statement { kinds: [kind].into_iter().collect(), day, recorded: day, value: 0, parts }
}

/// The branch was scored of the year and of the one before; its states are a day older than its scores.
async fn scored(scene: &Scene) {
    let (branch, on) = (scene.town.branch.id, held(scene));
    let table = Table::open(&scene.bench.env, "SCORES_TABLE").unwrap();
    for year in [on.year() - 1, on.year()] {
        let mut state = State::new(branch, year);
        state.apply([
            Fact::stated(scene.member.id, 1, says(scene, FactKind::Membership, Date::constant(2020, 1, 1), Mark::Done)),
            Fact::stated(meeting(), 1, says(scene, FactKind::ThemeDay, on, Mark::Missed)),
        ]);
        table.put(&YearRow::of_state(&state, on)).await.unwrap();
        table.put(&YearRow::of_scores(&state, Sheet::get().unwrap(), day(scene, -1))).await.unwrap();
    }
}

/// The path of something of a year, once there are scores.
async fn of_year(scene: &Scene, path: String) -> Ask {
    scored(scene).await;
    Ask::get(format!("{path}?year={}", year(scene)))
}

/// The path of what the member did in office in a year: they are in the committee of the branch.
async fn in_office(scene: &Scene, path: String) -> Ask {
    let held = Appointment {
        id: AppointmentId::from_bytes(1, [7; 10]),
        organization: scene.town.branch.id,
        role: Role::CommitteeMember,
        holder: scene.member.id,
        holder_name: "陈员".try_into().unwrap(),
        from: day(scene, -400),
        until: None,
        decision: "批复 1 号".try_into().unwrap(),
        version: 1,
    };
    let table = Table::open(&scene.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&AppointmentRow::of_holder(held)).await.unwrap();
    of_year(scene, path).await
}

fn of_branch(scene: &Scene, rest: &str) -> String {
    format!("/v1/organizations/{}/{rest}", scene.town.branch.id)
}

/// The rating of the year before, which is over, is due.
fn rating(scene: &Scene) -> String {
    format!("/v1/members/{}/ratings/{}", scene.member.id, year(scene) - 1)
}

fn good() -> Value {
    json!({ "band": "good", "basis": "支委会决议" })
}

fn secretary(scene: &Scene) -> Client {
    scene.client("portraits").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

fn appeal(scene: &Scene) -> Value {
    json!({
        "year": year(scene), "rule": "org-life.theme-days", "record": meeting(), "reason": "当日因公出差，已请假",
    })
}

/// The path of an appeal of the member.
async fn appealed(scene: &Scene) -> String {
    scored(scene).await;
    let own = scene.client("portraits").with(accounts::signed_in(scene));
    let reply = own.post("/v1/me/appeals", appeal(scene)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

fn merit(scene: &Scene) -> Value {
    json!({
        "member": scene.member.id, "kind": "merit", "title": "优秀共产党员", "on": day(scene, -3), "evidence": "表彰决定 1 号",
    })
}

/// The path of a merit of the member that the secretary filed just now.
async fn filed(scene: &Scene) -> String {
    let reply = secretary(scene).post("/v1/conduct-items", merit(scene)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("location").to_owned()
}

/// The path of one that was filed so long ago that the member can answer no more.
async fn waiting(scene: &Scene) -> String {
    let (branch, member) = (scene.town.branch.id, scene.member.id);
    let at: Timestamp = hour(day(scene, -40), 10);
    let id = ConductId::new(at);
    let key = format!("CDT#{id}");
    let row = json!({
        "pk": key, "sk": "CDT", "owner": branch, "ownerKey": key, "personKey": key, "id": id, "member": member,
        "branch": branch, "kind": "merit", "title": "优秀共产党员", "on": day(scene, -42), "evidence": "表彰决定 1 号",
        "filedBy": scene.secretary.id, "filedAt": at, "replyUntil": day(scene, -20), "provisional": false,
        "state": "filed", "version": 1,
    });
    Table::open(&scene.bench.env, "PORTRAITS_TABLE").unwrap().put(&row).await.unwrap();
    format!("/v1/conduct-items/{id}")
}

const fn show(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("portraits", method, route, whom, status, ask)
}

const READ: For = For::Whoever(Action::ReadScores);
const RATE: For = For::Whoever(Action::ConfirmRating);
const FILE: For = For::Whoever(Action::FileConduct);
const DECIDE: For = For::WhoeverFromAbove(Action::DecideAppeal);

pub(super) const STEPS: &[Step] = &[
    show("GET", "/v1/me/portrait", For::Oneself, 200, |scene| {
        Box::pin(async { of_year(scene, "/v1/me/portrait".to_owned()).await })
    }),
    show("GET", "/v1/members/{member}/portrait", READ, 200, |scene| {
        Box::pin(async { of_year(scene, format!("/v1/members/{}/portrait", scene.member.id)).await })
    }),
    show("GET", "/v1/organizations/{organization}/portrait", READ, 200, |scene| {
        Box::pin(async { of_year(scene, of_branch(scene, "portrait")).await })
    }),
    show("GET", "/v1/organizations/{organization}/scores", READ, 200, |scene| {
        Box::pin(async { of_year(scene, of_branch(scene, "scores")).await })
    }),
    show("GET", "/v1/organizations/{organization}/self-check", READ, 200, |scene| {
        Box::pin(async { of_year(scene, of_branch(scene, "self-check")).await })
    }),
    show("GET", "/v1/organizations/{organization}/evidence", READ, 200, |scene| {
        Box::pin(async { of_year(scene, of_branch(scene, "evidence")).await })
    }),
    show("GET", "/v1/me/performance", For::Oneself, 200, |scene| {
        Box::pin(async { in_office(scene, "/v1/me/performance".to_owned()).await })
    }),
    show("GET", "/v1/members/{member}/performance", For::Whoever(Action::AppointOfficer), 200, |scene| {
        Box::pin(async { in_office(scene, format!("/v1/members/{}/performance", scene.member.id)).await })
    }),
    show("POST", "/v1/members/{member}/ratings/{year}", RATE, 201, |scene| {
        Box::pin(async {
            scored(scene).await;
            Ask::with(rating(scene), good())
        })
    }),
    show("PUT", "/v1/members/{member}/ratings/{year}", RATE, 200, |scene| {
        Box::pin(async {
            scored(scene).await;
            let reply = secretary(scene).post(&rating(scene), good()).await;
            assert_eq!(reply.status, 201, "{reply:?}");
            let other = json!({ "band": "excellent", "basis": "申诉后更正" });
            Ask::with(rating(scene), other).header("if-match", "\"v1\"")
        })
    }),
    show("POST", "/v1/me/appeals", For::Oneself, 201, |scene| {
        Box::pin(async {
            scored(scene).await;
            Ask::with("/v1/me/appeals", appeal(scene))
        })
    }),
    show("GET", "/v1/me/appeals", For::Oneself, 200, |scene| {
        Box::pin(async {
            appealed(scene).await;
            Ask::get("/v1/me/appeals")
        })
    }),
    show("GET", "/v1/organizations/{organization}/appeals", DECIDE, 200, |scene| {
        Box::pin(async {
            appealed(scene).await;
            Ask::get(of_branch(scene, "appeals"))
        })
    }),
    show("GET", "/v1/appeals/{appeal}", DECIDE, 200, |scene| Box::pin(async { Ask::get(appealed(scene).await) })),
    show("POST", "/v1/appeals/{appeal}/decision", DECIDE, 200, |scene| {
        Box::pin(async {
            let decision = json!({ "outcome": "left-out", "reason": "请假条已核实" });
            Ask::with(format!("{}/decision", appealed(scene).await), decision)
        })
    }),
    show("POST", "/v1/conduct-items", FILE, 201, |scene| {
        Box::pin(async { Ask::with("/v1/conduct-items", merit(scene)) })
    }),
    show("GET", "/v1/me/conduct-items", For::Oneself, 200, |scene| {
        Box::pin(async {
            filed(scene).await;
            Ask::get("/v1/me/conduct-items")
        })
    }),
    show("GET", "/v1/organizations/{organization}/conduct-items", FILE, 200, |scene| {
        Box::pin(async {
            filed(scene).await;
            Ask::get(of_branch(scene, "conduct-items"))
        })
    }),
    show("POST", "/v1/conduct-items/{item}/reply", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/reply", filed(scene).await), json!({ "text": "属实" })) })
    }),
    show("POST", "/v1/conduct-items/{item}/decision", For::Whoever(Action::ConfirmConduct), 200, |scene| {
        Box::pin(async {
            let decision = json!({ "confirm": true, "reason": "表彰文件已核实" });
            Ask::with(format!("{}/decision", waiting(scene).await), decision)
        })
    }),
];
