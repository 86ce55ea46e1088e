//! F1: the function dies at any of its calls of the store, before or after the store has done what the call says. The
//! client sends the same request again. Afterwards the store is as if nothing had happened. Between two points everything
//! is put back to what it was before the first.

#![expect(clippy::unwrap_used, reason = "tests")]

use aws_sdk_dynamodb::{Client, types::Select};
use std::collections::BTreeMap;
use system::{
    Scene,
    tour::{Step, tour},
};
use testkit::{Crash, TABLES};

/// Routes whose answers are secrets and are therefore not kept for a repetition. What a repetition may leave behind is
/// their own tests' business (accounts).
const NOT_KEPT: [&str; 4] = ["/v1/sign-in-codes", "/v1/sessions", "/v1/sessions/refresh", "/v1/me/second-factor"];

/// Calls that change nothing in a store.
const READINGS: [&str; 5] = ["GetItem", "BatchGetItem", "Query", "GetObject", "HeadObject"];

/// Items per table; the log of readings apart, where an attempt to read is a line of its own.
async fn census(scene: &Scene) -> BTreeMap<&'static str, usize> {
    let client = Client::new(&scene.bench.env.sdk_for("DYNAMODB"));
    let mut counts = BTreeMap::new();
    for table in TABLES.iter().filter(|table| table.setting != "ACCESS_LOG_TABLE") {
        let mut pages = client.scan().table_name(table.setting).select(Select::Count).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += usize::try_from(page.unwrap().count()).unwrap();
        }
        counts.insert(table.setting, count);
    }
    counts
}

async fn attempt(scene: &Scene, step: &Step, ask: &system::tour::Ask) -> u16 {
    ask.send(step.method, &step.client(scene).idempotency("crash-point-0001")).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_loses_nothing_and_doubles_nothing() {
    let scene = Scene::set().await;
    let start = scene.bench.image();
    let (mut points, mut wrong) = (0, Vec::new());
    for step in tour().iter().filter(|step| step.changes() && !NOT_KEPT.contains(&step.route)) {
        scene.bench.restore(&start);
        let ask = (step.ask)(&scene).await;
        let image = scene.bench.image();
        let _ = scene.wire(step.function).take();
        assert_eq!(attempt(&scene, step, &ask).await, step.status, "{} {}", step.method, step.route);
        let calls = scene.wire(step.function).take();
        let expected = census(&scene).await;

        for (n, call) in calls.iter().enumerate() {
            // Of a reading that nobody heard the store knows as little as of one that was never asked.
            let ways = if READINGS.contains(&call.operation.as_str()) { 1 } else { 2 };
            for crash in [Crash::Before(n), Crash::After(n)].into_iter().take(ways) {
                scene.bench.restore(&image);
                scene.wire(step.function).crash(Some(crash));
                let first = attempt(&scene, step, &ask).await;
                scene.wire(step.function).crash(None);
                let second = attempt(&scene, step, &ask).await;
                let found = census(&scene).await;
                points += 1;
                if first < 500 && first != step.status || second != step.status || found != expected {
                    let (method, route) = (step.method, step.route);
                    wrong
                        .push(format!("{method} {route} {crash:?}: {first} then {second}, {found:?} for {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {points} crash points:\n{}", wrong.len(), wrong.join("\n"));
    assert!(points > 100, "only {points} crash points");
}
