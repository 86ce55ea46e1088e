//! Meetings of the branch, which the secretary of the scene leads and writes down.

use super::{Ask, For, Step, day, hour, step};
use crate::Scene;
use authz::{Action, Role};
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use serde_json::{Value, json};
use testkit::{Client, Town};

/// One that is held in the morning of `on`.
fn plan_for(scene: &Scene, on: Date) -> Value {
    json!({
        "organization": scene.town.branch.id, "kinds": ["branch-meeting", "theme-day"], "title": "党员大会",
        "startsAt": hour(on, 8), "endsAt": hour(on, 9), "mode": "offline", "place": "党群服务中心",
        "host": scene.secretary.id, "recorder": scene.secretary.id,
    })
}

/// One that was held yesterday.
fn plan(scene: &Scene) -> Value {
    plan_for(scene, day(scene, -1))
}

/// It is held tomorrow.
fn particulars(scene: &Scene) -> Value {
    let mut plan = plan_for(scene, day(scene, 1));
    plan.as_object_mut().unwrap().remove("organization");
    plan
}

fn secretary(scene: &Scene) -> Client {
    scene.client("meetings").with(Town::caller(&scene.secretary, &[(Role::Secretary, &scene.town.branch)]))
}

/// The path of a meeting that was planned.
async fn planned(scene: &Scene) -> String {
    secretary(scene).post("/v1/meetings", plan(scene)).await.header("location").to_owned()
}

/// The code that is shown at one, and its path.
async fn shown(scene: &Scene) -> (String, String) {
    let path = planned(scene).await;
    let code = secretary(scene).send("POST", &format!("{path}/code"), None).await.text("/code");
    (path, code)
}

fn minutes(scene: &Scene) -> Value {
    let on = day(scene, -1);
    json!({
        "heldFrom": hour(on, 8), "heldTo": hour(on, 9), "text": "学习，讨论。",
        "resolutions": [{ "text": "整改阵地", "owner": scene.member.id, "dueOn": day(scene, 24) }],
    })
}

/// One that everybody attended and that was written down.
async fn recorded(scene: &Scene) -> String {
    let path = planned(scene).await;
    secretary(scene).put(&format!("{path}/attendance"), json!({ "others": "present" })).await;
    let reply = secretary(scene).if_match("\"v1\"").put(&format!("{path}/minutes"), minutes(scene)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

async fn signed(scene: &Scene) -> String {
    let path = recorded(scene).await;
    let reply = secretary(scene).if_match("\"v2\"").send("POST", &format!("{path}/signature"), None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    path
}

/// The address of the member's calendar.
async fn subscribed(scene: &Scene) -> String {
    let own = scene.client("meetings").with(Town::caller(&scene.member, &[]));
    own.send("POST", "/v1/me/calendar", None).await.text("/path")
}

const fn meeting(
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    step("meetings", method, route, whom, status, ask)
}

const READ: For = For::Whoever(Action::ReadMeeting);
const MANAGE: For = For::Whoever(Action::ManageMeeting);
const SIGN: For = For::Whoever(Action::SignMinutes);

pub(super) const STEPS: &[Step] = &[
    meeting("POST", "/v1/meetings", MANAGE, 201, |scene| Box::pin(async { Ask::with("/v1/meetings", plan(scene)) })),
    meeting("GET", "/v1/meetings", READ, 200, |scene| {
        Box::pin(async {
            planned(scene).await;
            Ask::get(format!("/v1/meetings?organization={}", scene.town.branch.id))
        })
    }),
    meeting("GET", "/v1/meetings/{meeting}", For::WhoeverOrMember(Action::ReadMeeting), 200, |scene| {
        Box::pin(async { Ask::get(signed(scene).await) })
    }),
    meeting("PUT", "/v1/meetings/{meeting}", MANAGE, 200, |scene| {
        Box::pin(async { Ask::with(planned(scene).await, particulars(scene)).header("if-match", "\"v1\"") })
    }),
    meeting("POST", "/v1/meetings/{meeting}/cancellation", MANAGE, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/cancellation", planned(scene).await), json!({ "reason": "防汛" })) })
    }),
    meeting("POST", "/v1/meetings/{meeting}/code", MANAGE, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/code", planned(scene).await)) })
    }),
    meeting("POST", "/v1/meetings/{meeting}/check-in", For::Oneself, 200, |scene| {
        Box::pin(async {
            let (path, code) = shown(scene).await;
            Ask::with(format!("{path}/check-in"), json!({ "code": code }))
        })
    }),
    meeting("POST", "/v1/meetings/{meeting}/leave", For::Oneself, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/leave", planned(scene).await), json!({ "reason": "出差" })) })
    }),
    meeting("PUT", "/v1/meetings/{meeting}/attendance", MANAGE, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/attendance", planned(scene).await), json!({ "others": "present" })) })
    }),
    meeting("PUT", "/v1/meetings/{meeting}/minutes", MANAGE, 200, |scene| {
        Box::pin(async {
            let media = super::media::kept(scene).await.replace("/v1/media/", "");
            let mut body = minutes(scene);
            body["media"] = json!([media]);
            Ask::with(format!("{}/minutes", planned(scene).await), body).header("if-match", "\"v1\"")
        })
    }),
    // With a resolution that becomes a task.
    meeting("POST", "/v1/meetings/{meeting}/signature", SIGN, 200, |scene| {
        Box::pin(async { Ask::get(format!("{}/signature", recorded(scene).await)).header("if-match", "\"v2\"") })
    }),
    meeting("POST", "/v1/meetings/{meeting}/notes", SIGN, 200, |scene| {
        Box::pin(async { Ask::with(format!("{}/notes", signed(scene).await), json!({ "text": "期限应为月底" })) })
    }),
    meeting("GET", "/v1/organizations/{organization}/org-life", READ, 200, |scene| {
        Box::pin(async {
            signed(scene).await;
            let year = day(scene, -1).year();
            Ask::get(format!("/v1/organizations/{}/org-life?year={year}", scene.town.branch.id))
        })
    }),
    meeting("GET", "/v1/organizations/{organization}/org-life/coverage", READ, 200, |scene| {
        Box::pin(async {
            signed(scene).await;
            Ask::get(format!("/v1/organizations/{}/org-life/coverage?year=2026&limit=5", scene.town.branch.id))
        })
    }),
    meeting("GET", "/v1/me/meetings", For::Oneself, 200, |scene| {
        Box::pin(async {
            secretary(scene).post("/v1/meetings", plan_for(scene, day(scene, 1))).await;
            Ask::get("/v1/me/meetings")
        })
    }),
    meeting("POST", "/v1/me/calendar", For::Oneself, 200, |_| Box::pin(async { Ask::get("/v1/me/calendar") })),
    meeting("DELETE", "/v1/me/calendar", For::Oneself, 204, |scene| {
        Box::pin(async {
            subscribed(scene).await;
            Ask::get("/v1/me/calendar")
        })
    }),
    meeting("GET", "/v1/calendars/{calendar}", For::Everybody, 200, |scene| {
        Box::pin(async {
            planned(scene).await;
            Ask::get(subscribed(scene).await)
        })
    }),
];
