//! What each route costs: its calls, and the capacity units they consume.

use crate::stage::{PASSWORD, PHONE, Stage, totp};
use kernel::ReadId;
use register::{Reading, Readings};
use serde_json::json;
use std::sync::Mutex;
use testkit::Reply;

/// A route, its calls in order, and the units of all of them.
type Budget = (&'static str, &'static [&'static str], f64);

const GET: &str = "GetItem";
const QUERY: &str = "Query";
const COUNT: &str = "UpdateItem";
const WRITE: &str = "TransactWriteItems";

/// For an account with two or three sessions, which is between one and two kilobytes.
const BUDGETS: &[Budget] = &[
    ("POST /v1/sessions (password)", &[GET, GET, GET, GET, WRITE, WRITE, COUNT, COUNT], 13.5),
    ("POST /v1/sessions (password, known device)", &[GET, GET, GET, WRITE, COUNT], 9.5),
    ("POST /v1/sessions (code)", &[GET, GET, GET, WRITE, COUNT, COUNT], 12.5),
    ("POST /v1/sign-in-codes", &[GET, GET, WRITE, COUNT, COUNT], 8.0),
    ("POST /v1/sessions/refresh", &[GET, GET, WRITE], 5.5),
    ("GET /v1/me", &[GET, GET, GET, QUERY], 3.0),
    ("GET /v1/me/data", &[GET, GET, QUERY, QUERY, QUERY], 3.0),
    // With one reader on the page.
    ("GET /v1/me/access-log", &[QUERY, GET], 1.0),
    ("GET /v1/me/sessions", &[GET], 1.0),
    ("DELETE /v1/me/sessions/{session}", &[GET, GET, WRITE], 9.5),
    ("DELETE /v1/sessions/current", &[GET, GET, WRITE], 7.5),
    ("PUT /v1/me/password", &[GET, GET, WRITE, COUNT], 8.5),
    ("POST /v1/me/second-factor", &[GET, GET, WRITE], 7.5),
    ("POST /v1/me/second-factor/confirmations", &[GET, GET, WRITE, COUNT], 8.5),
    ("POST /v1/accounts/{member}/suspension", &[GET, GET, GET, WRITE], 10.0),
    ("DELETE /v1/accounts/{member}/suspension", &[GET, GET, GET, WRITE], 8.0),
    ("DELETE /v1/accounts/{member}/second-factor", &[GET, GET, GET, WRITE], 8.0),
    ("GET /.well-known/jwks.json", &[], 0.0),
];

/// What was spent on each.
struct Spent<'a>(&'a Stage, Mutex<Vec<(String, Vec<String>, f64)>>);

impl Spent<'_> {
    async fn on(&self, name: &str, reply: impl Future<Output = Reply>) -> Reply {
        let _ = self.0.bench.wire.take();
        let reply = reply.await;
        assert!(reply.status < 300, "{name}: {reply:?}");
        let calls = self.0.bench.wire.take();
        let units = calls.iter().fold(0.0, |units, call| units + call.units);
        // Calls side by side come in any order.
        let mut names: Vec<_> = calls.into_iter().map(|call| call.operation).collect();
        names.sort();
        self.1.lock().unwrap().push((name.to_owned(), names, units));
        reply
    }
}

#[tokio::test]
async fn every_route_keeps_its_budget() {
    let stage = Stage::new().await;
    let administrator = stage.administrator().await;
    let spent = Spent(&stage, Mutex::default());
    let reader = stage.town.person(2, "黄读", &stage.town.branch).await;
    let reading = Reading {
        id: ReadId::new(stage.bench.now()),
        at: stage.bench.now(),
        reader: reader.id,
        role: "secretary".to_owned(),
        organization: stage.town.branch.id,
        fields: "record".to_owned(),
        purpose: None,
    };
    Readings::open(&stage.bench.env).unwrap().log(stage.person.id, reading).await.unwrap();
    let password = json!({ "phone": PHONE, "password": PASSWORD });

    let tokens = spent.on("POST /v1/sessions (password)", stage.api.post("/v1/sessions", password.clone())).await;
    let known = json!({ "phone": PHONE, "password": PASSWORD, "deviceToken": tokens.text("/deviceToken") });
    let other = spent.on("POST /v1/sessions (password, known device)", stage.api.post("/v1/sessions", known)).await;
    spent.on("POST /v1/sign-in-codes", stage.api.post("/v1/sign-in-codes", json!({ "phone": PHONE }))).await;
    let code = json!({ "phone": PHONE, "code": stage.last_code() });
    spent.on("POST /v1/sessions (code)", stage.api.post("/v1/sessions", code)).await;
    let tokens = spent.on("POST /v1/sessions/refresh", stage.renew(&tokens)).await;

    let client = stage.client(&tokens, &[]);
    spent.on("GET /v1/me", client.get("/v1/me")).await;
    spent.on("GET /v1/me/data", client.get("/v1/me/data")).await;
    spent.on("GET /v1/me/access-log", client.get("/v1/me/access-log")).await;
    spent.on("GET /v1/me/sessions", client.get("/v1/me/sessions")).await;
    let path = format!("/v1/me/sessions/{}", other.text("/session"));
    spent.on("DELETE /v1/me/sessions/{session}", client.delete(&path)).await;
    let new = json!({ "current": PASSWORD, "new": "an umbrella for Tuesday" });
    spent.on("PUT /v1/me/password", client.put("/v1/me/password", new)).await;
    let enrolment = spent.on("POST /v1/me/second-factor", client.post("/v1/me/second-factor", json!({}))).await;
    let code = json!({ "code": totp(&enrolment.text("/secret"), stage.bench.now()) });
    spent.on("POST /v1/me/second-factor/confirmations", client.post("/v1/me/second-factor/confirmations", code)).await;
    spent.on("DELETE /v1/sessions/current", client.delete("/v1/sessions/current")).await;
    spent.on("GET /.well-known/jwks.json", stage.api.get("/.well-known/jwks.json")).await;

    let account = format!("/v1/accounts/{}", stage.person.id);
    let keyed = administrator.idempotency("budget-0001");
    let reason = json!({ "reason": "调查" });
    spent
        .on("DELETE /v1/accounts/{member}/second-factor", administrator.delete(&format!("{account}/second-factor")))
        .await;
    spent.on("POST /v1/accounts/{member}/suspension", keyed.post(&format!("{account}/suspension"), reason)).await;
    spent.on("DELETE /v1/accounts/{member}/suspension", administrator.delete(&format!("{account}/suspension"))).await;

    let mut spent = spent.1.into_inner().unwrap();
    spent.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let mut allowed: Vec<_> = BUDGETS
        .iter()
        .map(|(name, calls, units)| {
            let mut calls: Vec<_> = calls.iter().map(|call| (*call).to_owned()).collect();
            calls.sort();
            ((*name).to_owned(), calls, *units)
        })
        .collect();
    allowed.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    assert_eq!(spent, allowed);
}
