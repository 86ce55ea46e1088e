//! 微账单: of the week on its Monday, of other working days where something is red since an earlier one; once.

use crate::stage::{Stage, stage};
use serde_json::json;
use testkit::{Crash, Town};

/// What of the bills of the worker a list shows: periods, latest first.
async fn periods(stage: &Stage) -> Vec<String> {
    let reply = stage.desk.with(Town::caller(&stage.worker, &[])).get("/v1/me/bills").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let items = reply.body["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item.get("items").is_none()), "a list names no tasks");
    items.iter().map(|item| item["period"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_week_has_what_has_a_colour_and_what_is_coming() {
    let stage = stage().await;
    let red = stage.issued(&stage.worker, "走访", "2026-12-11T18:00").await;
    let coming = stage.issued(&stage.worker, "登记", "2026-12-06T18:00").await;
    stage.issued(&stage.neighbour, "以后", "2027-10-18T18:00").await;
    for path in [&red, &coming] {
        stage.step(&stage.worker, path, "sign").await;
    }
    stage.reported(&stage.worker, &coming, 99).await;
    for at in ["2026-11-27T07:00", "2026-11-30T07:00"] {
        stage.at(at);
        stage.run().await;
    }
    stage.at("2026-11-30T08:00");
    assert_eq!(stage.bills().await["bills"], 1);
    assert_eq!(periods(&stage).await, ["2026-W49"]);
    let client = stage.desk.with(Town::caller(&stage.worker, &[]));
    let bill = client.get("/v1/me/bills?period=2026-W49").await.body["items"][0].clone();
    assert_eq!(
        (&bill["tasks"], &bill["red"], &bill["coming"], &bill["late"]),
        (&json!(2), &json!(1), &json!(1), &json!(0))
    );
    let items = bill["items"].as_array().unwrap();
    let shown: Vec<_> =
        items.iter().map(|item| (item["title"].as_str().unwrap(), item["colour"].as_str().unwrap())).collect();
    assert_eq!(shown, [("走访", "red"), ("登记", "green")], "the worst first");
    assert_eq!(client.get("/v1/me/bills?period=2026-W48").await.body["items"], json!([]));
    assert_eq!(client.get("/v1/me/bills?period=week").await.status, 422);
    assert_eq!(stage.told(stage.worker.id).await.last().unwrap(), "bill.made");
    assert_eq!(stage.told(stage.neighbour.id).await, ["task.issued"], "nothing before them");
}

#[tokio::test]
async fn a_bill_lists_everything_that_is_open_and_nothing_is_made_for_what_waits_for_others() {
    let stage = stage().await;
    let coming = stage.issued(&stage.worker, "登记", "2026-12-06T18:00").await;
    stage.issued(&stage.worker, "以后", "2027-10-18T18:00").await;
    let handed_in = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    let elsewhere = stage.issued(&stage.neighbour, "走访", "2026-12-18T18:00").await;
    stage.step(&stage.worker, &coming, "sign").await;
    stage.reported(&stage.worker, &coming, 99).await;
    for (owner, path) in [(&stage.worker, &handed_in), (&stage.neighbour, &elsewhere)] {
        stage.step(owner, path, "sign").await;
        stage.reported(owner, path, 100).await;
        stage.step(owner, path, "submit").await;
    }
    for at in ["2026-11-24T11:00", "2026-11-27T07:00", "2026-11-30T07:00"] {
        stage.at(at);
        stage.run().await;
    }
    stage.at("2026-11-30T08:00");
    assert_eq!(stage.bills().await["bills"], 1, "the neighbour waits for somebody else");
    let client = stage.desk.with(Town::caller(&stage.worker, &[]));
    let bill = client.get("/v1/me/bills?period=2026-W49").await.body["items"][0].clone();
    let mut titles: Vec<_> =
        bill["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    assert_eq!((titles, &bill["tasks"], &bill["coming"]), (vec!["以后", "登记", "走访"], &json!(3), &json!(1)));
}

#[tokio::test]
async fn a_day_has_what_is_red_since_an_earlier_one() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.run().await;
    for (day, bills) in [
        ("2026-11-30", 1),
        ("2026-12-02", 0),
        ("2026-12-03", 1),
        ("2026-12-04", 1),
        ("2026-12-05", 0),
        ("2026-12-07", 1),
    ] {
        stage.at(&format!("{day}T07:00"));
        stage.run().await;
        stage.at(&format!("{day}T08:00"));
        assert_eq!(stage.bills().await["bills"], bills, "{day}");
    }
    assert_eq!(periods(&stage).await, ["2026-W50", "2026-12-04", "2026-12-03", "2026-W49"]);
}

#[tokio::test]
async fn a_week_whose_monday_was_missed_has_its_bill_on_the_next_working_day_once() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-01T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.run().await;
    // Red since Wednesday; nobody was there before Thursday.
    for (day, bills) in [("2026-12-02", None), ("2026-12-03", Some(1)), ("2026-12-04", Some(1))] {
        stage.at(&format!("{day}T07:00"));
        stage.run().await;
        stage.at(&format!("{day}T08:00"));
        if let Some(bills) = bills {
            assert_eq!(stage.bills().await["bills"], bills, "{day}");
            assert_eq!(stage.bills().await["bills"], 0, "{day}, again");
        }
    }
    assert_eq!(periods(&stage).await, ["2026-12-04", "2026-W49"], "one message a morning");
}

#[tokio::test]
async fn what_nobody_looked_at_for_days_is_on_the_bill_all_the_same() {
    let stage = stage().await;
    stage.at("2026-12-11T10:00");
    stage.marked().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.run().await;
    // Its look is in a slot that is over.
    stage.at("2026-12-14T08:00");
    assert_eq!(stage.bills().await["bills"], 1);
}

#[tokio::test]
async fn bills_are_made_once_however_often_and_wherever_a_run_ends() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-01T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    for day in ["2026-12-02T07:00", "2026-12-03T07:00"] {
        stage.at(day);
        stage.run().await;
    }
    stage.at("2026-12-03T08:00");
    stage.marked().await;
    let _ = stage.bench.wire.take();
    let before = stage.bench.image();
    stage.bills().await;
    let calls = stage.bench.wire.take();
    assert_eq!(stage.bills().await["bills"], 0, "again");
    let writes =
        calls.iter().enumerate().filter(|(_, call)| call.operation.contains("Write") || call.operation == "PutItem");
    let writes: Vec<usize> = writes.map(|(at, _)| at).collect();
    assert!(writes.len() >= 3, "{writes:?}");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = task_warnings::run(&stage.job, stage.event("task-warnings.bills")).await;
            stage.bench.wire.crash(None);
            // As the platform repeats it, and once more than that.
            let event = stage.event("task-warnings.bills");
            let (one, two) =
                tokio::join!(task_warnings::run(&stage.job, event.clone()), task_warnings::run(&stage.job, event));
            assert!(one.is_ok() && two.is_ok(), "{crash:?}: {one:?} {two:?}");
            assert_eq!(periods(&stage).await, ["2026-W49"], "{crash:?}");
            let told = stage.told(stage.worker.id).await;
            assert_eq!(told.iter().filter(|kind| *kind == "bill.made").count(), 1, "{crash:?}");
        }
    }
}
