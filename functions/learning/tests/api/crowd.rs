//! Two hundred at one paper at once, on bad lines and a bad store.

use crate::stage::{Stage, items, stage};
use dynamo::Trace;
use fastrand::Rng;
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::Clock;
use learning::{App, router};
use register::Member;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Chaos, Client, Faults, Reply, Town};

const PEOPLE: u32 = 200;
const QUESTIONS: u16 = 3;

/// A phone whose line breaks: before a request arrives, or before its answer does. It sends again under the same key.
struct Phone {
    client: Client,
    dice: Rng,
    sent: u32,
    lost: u32,
}

impl Phone {
    async fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.sent += 1;
        let client = self.client.idempotency(&format!("request-{:04}", self.sent));
        loop {
            if self.dice.f64() < 0.06 {
                self.lost += 1;
                continue;
            }
            let reply = client.send(method, path, body.as_ref().map(Value::to_string)).await;
            if self.dice.f64() < 0.1 || reply.status == 503 {
                self.lost += 1;
                continue;
            }
            return reply;
        }
    }
}

/// What one person gave and got: whether they handed in, how many answers were right, their attempt, lost lines.
struct Sat {
    handed_in: bool,
    right: u32,
    id: String,
    lost: u32,
}

async fn sit(router: axum::Router, member: Member, paper: String, n: u32) -> Sat {
    let client = Client::new(router, Some(Town::caller(&member, &[])));
    let mut phone = Phone { client, dice: Rng::with_seed(n.into()), sent: 0, lost: 0 };
    let begun = phone.send("POST", &format!("{paper}/attempts"), None).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let attempt = begun.header("location").to_owned();
    let mut right = 0;
    for question in 1..=QUESTIONS {
        let is_right = phone.dice.bool();
        right += u32::from(is_right);
        let body = json!({ "answer": { "choice": if is_right { "A" } else { "B" } } });
        let saved = phone.send("PUT", &format!("{attempt}/answers/{question}"), Some(body)).await;
        assert_eq!((saved.status, &saved.body["answered"]), (200, &json!(question)), "{saved:?}");
    }
    let handed_in = !n.is_multiple_of(10);
    if handed_in {
        let reply = phone.send("POST", &format!("{attempt}/submission"), None).await;
        assert_eq!((reply.status, &reply.body["result"]["score"]), (200, &json!(right)), "{reply:?}");
    }
    Sat { handed_in, right, id: begun.text("/id"), lost: phone.lost }
}

async fn crowd(stage: &Stage) -> Vec<Member> {
    stage.town.persons("郑众", (100..100 + PEOPLE).map(|n| (n, &stage.town.branch))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_attempts_at_once_each_answer_saved_and_each_marked_once() {
    let stage = stage().await;
    let people = crowd(&stage).await;
    let paper = stage.published(stage.paper(&stage.set(10).await, QUESTIONS)).await;
    let chaos = Chaos::new(200, Clock::clone(&stage.bench.env.clock));
    let router = router(App::connect(&chaos.before(&stage.bench.env)).await.unwrap());
    chaos.set(Faults { lost: 0.05, reset: 0.03, throttled: 0.03, ..Faults::none() });
    let each = (0..).zip(people).map(|(n, member)| tokio::spawn(sit(router.clone(), member, paper.clone(), n)));
    let sat: Vec<Sat> = join_all(each).await.into_iter().map(Result::unwrap).collect();
    chaos.set(Faults::none());
    let (lost, faults) = (sat.iter().map(|one| one.lost).sum::<u32>(), chaos.tally().faults.values().sum::<u64>());
    assert!(lost > 100 && faults > 100, "{lost} lines broke, {faults} calls failed");

    // Who never handed in is marked when the officer asks, by what was saved.
    stage.bench.pass(SignedDuration::from_hours(1));
    let (mut results, mut next) = (Vec::new(), String::new());
    loop {
        let page = stage.office.get(&format!("{paper}/results?limit=90{next}")).await;
        results.extend(items(&page).to_vec());
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(results.len(), sat.len(), "one attempt each");
    let (trace, branch) = (Trace::open(&stage.bench.env).unwrap(), stage.town.branch.id);
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut after = None;
    loop {
        let found = trace.of_organization(branch, (None, None), after.as_deref(), 200).await.unwrap();
        found.items.into_iter().for_each(|line| lines.entry(line.subject).or_default().push(line.kind));
        after = found.after;
        if after.is_none() {
            break;
        }
    }
    for one in &sat {
        let result = results.iter().find(|result| result["id"] == json!(one.id)).unwrap();
        assert_eq!(result["result"]["score"], json!(one.right), "each answer that was saved counts: {result}");
        assert_eq!(result["result"]["byLimit"], json!(!one.handed_in));
        lines.get_mut(&one.id).unwrap().sort_unstable();
        assert_eq!(lines[&one.id], ["attempt.begun", "attempt.marked"], "marked once");
    }
    let statistics = stage.office.get(&format!("{paper}/statistics")).await.body;
    let passed = sat.iter().filter(|one| one.right * 100 >= u32::from(QUESTIONS) * 60).count();
    assert_eq!((&statistics["marked"], &statistics["passed"]), (&json!(PEOPLE), &json!(passed)), "{statistics}");
    let right: u64 = statistics["questions"].as_array().unwrap().iter().map(|one| one["right"].as_u64().unwrap()).sum();
    assert_eq!(right, sat.iter().map(|one| u64::from(one.right)).sum::<u64>());
}
