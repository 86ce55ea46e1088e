//! What each route costs: requests to the store and consumed capacity units, against a checked-in table.

use std::fmt::Write;
use system::{Scene, tour::tour};

#[tokio::test]
async fn every_route_keeps_its_budget() {
    let mut table = String::from(
        "requests and capacity units of each example (a write is 1 unit per KB, doubled in a transaction)\n",
    );
    let scene = Scene::set().await;
    let fresh = scene.bench.image();
    for step in tour() {
        scene.bench.restore(&fresh);
        let ask = (step.ask)(&scene).await;
        let client = step.client(&scene).idempotency("budget-0001");
        let _ = scene.wire(step.function).take();
        let reply = ask.send(step.method, &client).await;
        assert_eq!(reply.status, step.status, "{} {}: {reply:?}", step.method, step.route);
        let calls = scene.wire(step.function).take();
        let units: f64 = calls.iter().map(|call| call.units).sum();
        let names: Vec<_> = calls.iter().map(|call| call.operation.as_str()).collect();
        writeln!(
            table,
            "{:6} {:70} {:2} requests {units:5.1} units  {}",
            step.method,
            step.route,
            calls.len(),
            names.join(" ")
        )
        .expect("a string takes text");
    }
    insta::assert_snapshot!(table);
}
