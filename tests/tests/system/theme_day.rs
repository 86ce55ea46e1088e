//! One theme day, recorded once, is everywhere where it belongs: through the runner's HTTP port.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use demo::{CAST, Plan, Stage};
use serde_json::{Value, json};
use system::{Stand, Token};

/// The runner, and how often somebody entered something.
struct Walk {
    stand: Stand,
    entered: usize,
}

fn phone(title: &str) -> &'static str {
    CAST.iter().find(|part| part.title == title).unwrap().phone
}

impl Walk {
    async fn get(&self, token: &Token, path: &str) -> Value {
        let reply = self.stand.with(token, "GET", path, None).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.body
    }

    async fn enter(&mut self, token: &Token, (method, path): (&str, &str), etag: &str, body: Option<&Value>) -> Value {
        self.entered += 1;
        let bearer = format!("Bearer {}", token.access);
        let headers = [("authorization", bearer.as_str()), ("if-match", etag)];
        let reply = self.stand.send(method, path, &headers, body).await;
        assert!(reply.status < 300, "{method} {path}: {reply:?}");
        reply.body
    }

    /// Minutes of study that count for whoever has the token, this year.
    async fn hours(&self, token: &Token) -> u64 {
        self.get(token, "/v1/me/hours?year=2026").await["countedMinutes"].as_u64().unwrap()
    }
}

/// How the theme day of November stands in a branch's calendar.
fn standing(life: &Value) -> Value {
    let duties = life["duties"].as_array().unwrap();
    let duty = duties.iter().find(|duty| duty["kind"] == "theme-day" && duty["period"] == "2026-11").unwrap();
    duty["standing"].clone()
}

#[tokio::test]
async fn one_theme_day_is_recorded_once_and_seen_in_ledger_hours_calendar_and_trace() {
    let mut walk = Walk { stand: Stand::start().await, entered: 0 };
    let branch = demo::tree(&Plan::small()).unwrap().at(Stage::Neighbour).to_string();
    let secretary = walk.stand.sign_in(phone("相邻支部书记")).await;
    let member = walk.stand.sign_in(phone("支部委员")).await;
    let calendar = format!("/v1/organizations/{branch}/org-life?year=2026");
    let of_branch = format!("/v1/organizations/{branch}/hours?year=2026&limit=50");
    let (before, own) = (walk.hours(&member).await, walk.hours(&secretary).await);
    assert_eq!(standing(&walk.get(&secretary, &calendar).await), "due");

    // Once: planned, attended, written down, signed.
    let plan = json!({
        "organization": branch, "kinds": ["theme-day"], "title": "主题党日", "startsAt": "2026-11-23T11:00:00Z",
        "endsAt": "2026-11-23T12:30:00Z", "mode": "offline", "place": "党群服务中心", "host": secretary.member,
        "recorder": secretary.member,
    });
    let planned = walk.enter(&secretary, ("POST", "/v1/meetings"), "", Some(&plan)).await;
    let (id, path) = (planned["id"].clone(), format!("/v1/meetings/{}", planned["id"].as_str().unwrap()));
    let came = json!({ "others": "present" });
    walk.enter(&secretary, ("PUT", &format!("{path}/attendance")), "", Some(&came)).await;
    assert_eq!(walk.hours(&member).await, before, "what is not signed does not count");
    let minutes = json!({ "heldFrom": plan["startsAt"], "heldTo": plan["endsAt"], "text": "重温入党誓词，学习讨论。" });
    walk.enter(&secretary, ("PUT", &format!("{path}/minutes")), "\"v1\"", Some(&minutes)).await;
    let signed = walk.enter(&secretary, ("POST", &format!("{path}/signature")), "\"v2\"", None).await;
    assert_eq!((walk.entered, &signed["state"]), (4, &json!("signed")));

    // The branch's ledger.
    let ledger = walk.get(&secretary, &format!("/v1/meetings?organization={branch}")).await;
    let listed: Vec<_> = ledger["items"].as_array().unwrap().iter().filter(|one| one["id"] == id).collect();
    assert_eq!((listed.len(), &listed[0]["state"], &listed[0]["heldOn"]), (1, &json!("signed"), &json!("2026-11-23")));

    // The hours of each who was there, as they see them and as their branch does.
    assert_eq!((walk.hours(&member).await, walk.hours(&secretary).await), (before + 90, own + 90));
    let mine = walk.get(&member, "/v1/me/hours?year=2026").await;
    let entry: Vec<_> = mine["entries"].as_array().unwrap().iter().filter(|entry| entry["id"] == id).collect();
    assert_eq!((entry.len(), &entry[0]["minutes"], &entry[0]["source"]), (1, &json!(90), &json!("meeting")), "{mine}");
    let all = walk.get(&secretary, &of_branch).await;
    let found = all["items"].as_array().unwrap().iter().find(|one| one["member"] == json!(member.member)).unwrap();
    assert_eq!(found["countedMinutes"], json!(before + 90), "{found}");

    // The calendar of what the branch owes.
    assert_eq!(standing(&walk.get(&secretary, &calendar).await), "done");

    // The trace: a line for each step, and none else.
    let trace = walk.get(&secretary, &format!("/v1/audit?organization={branch}&limit=50")).await;
    let lines = trace["items"].as_array().unwrap().iter().filter(|line| line["subject"] == id);
    let mut kinds: Vec<_> = lines.map(|line| line["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["meeting.attendance-entered", "meeting.planned", "meeting.recorded", "meeting.signed"]);
}
