//! What is told of a task, from its beginning to its end.

use crate::stage::stage;
use jiff::SignedDuration;
use task_records::Colour;

#[tokio::test]
async fn every_step_is_told_to_whom_it_concerns() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    assert_eq!(stage.told(stage.worker.id).await, [""; 0], "the request itself tells nothing");
    let report = stage.run().await;
    assert_eq!((&report["told"], &report["notices"]), (&1.into(), &1.into()), "{report}");
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued"]);
    let notice = stage.inbox(stage.worker.id).await.remove(0).notice;
    assert_eq!(notice.title, "您有一项新任务");
    assert_eq!(notice.body, "新任务：走访，期限2026-12-18，请签收。");
    assert_eq!(notice.article.as_deref(), Some("任务督办规则（2026-11-28）"));

    stage.pass_minutes(15);
    stage.step(&stage.worker, &path, "sign").await;
    stage.reported(&stage.worker, &path, 100).await;
    assert_eq!(stage.run().await["notices"], 0, "that is nobody's business");
    stage.step(&stage.worker, &path, "submit").await;
    stage.run().await;
    assert_eq!(stage.told(stage.officer).await, ["task.submitted"]);

    stage.pass_minutes(15);
    stage.decided(&path, false).await;
    stage.run().await;
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued", "task.returned"]);
    let warning = stage.row(&path).await.warning.unwrap();
    assert_eq!((warning.colour, warning.is_open()), (Colour::Yellow, true));

    stage.pass_minutes(15);
    stage.reported(&stage.worker, &path, 100).await;
    assert!(!stage.row(&path).await.warning.unwrap().is_open(), "it is green again");
    stage.step(&stage.worker, &path, "submit").await;
    stage.run().await;
    stage.pass_minutes(15);
    stage.decided(&path, true).await;
    stage.run().await;
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued", "task.returned", "task.finished"]);
    assert_eq!(stage.told(stage.officer).await, ["task.submitted", "task.submitted"]);
    assert_eq!(stage.row(&path).await.next_key, None);
}

#[tokio::test]
async fn a_task_goes_yellow_and_red_and_up() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    stage.run().await;
    stage.step(&stage.worker, &path, "sign").await;
    // Planned are ten points on the third day, and more than thirty on the eighth.
    for (at, told) in [
        ("2026-11-26T07:00", vec!["task.issued"]),
        ("2026-11-27T07:00", vec!["task.issued", "task.warned"]),
        ("2026-11-30T07:00", vec!["task.issued", "task.warned"]),
        ("2026-12-02T07:00", vec!["task.issued", "task.warned", "task.warned"]),
        ("2026-12-03T07:00", vec!["task.issued", "task.warned", "task.warned"]),
    ] {
        stage.at(at);
        stage.run().await;
        assert_eq!(stage.told(stage.worker.id).await, told, "{at}");
    }
    let seen = stage.desk.get(&path).await;
    assert_eq!(seen.text("/warning/colour"), "red");
    assert_eq!(seen.body["warning"]["escalated"], false);
    // Red since Wednesday: Thursday and Friday have to be over.
    stage.at("2026-12-04T20:45");
    stage.run().await;
    assert_eq!(stage.told(stage.officer).await, [""; 0]);
    stage.at("2026-12-05T07:00");
    assert_eq!(stage.run().await["escalated"], 1);
    stage.at("2026-12-07T07:00");
    stage.run().await;
    assert_eq!(stage.told(stage.officer).await, ["task.escalated"], "once");
    assert_eq!(stage.desk.get(&path).await.body["warning"]["escalated"], true);
    stage.reported(&stage.worker, &path, 90).await;
    assert!(stage.desk.get(&path).await.body.get("warning").is_none(), "it is over with the report");
    assert_eq!(stage.run().await["notices"], 0);
}

#[tokio::test]
async fn what_comes_late_says_so_at_once() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-11-27T18:00").await;
    for step in ["sign", "progress", "submit"] {
        match step {
            "progress" => stage.reported(&stage.worker, &path, 100).await,
            _ => stage.step(&stage.worker, &path, step).await,
        }
    }
    stage.run().await;
    stage.at("2026-11-30T10:00");
    stage.decided(&path, false).await;
    stage.run().await;
    let notice = stage.inbox(stage.worker.id).await.pop().unwrap().notice;
    assert_eq!(notice.body, "退回：走访，期限2026-11-27，原因：材料不全，请改进后再提交。（红色预警）");
    assert_eq!(stage.row(&path).await.warning.unwrap().told, Colour::Red);
    let asked = stage.inbox(stage.officer).await.remove(0).notice;
    assert_eq!(asked.body, "待审核：走访，责任人陈员，期限2026-11-27。");
    // To sign again is an answer.
    stage.pass_minutes(15);
    stage.step(&stage.worker, &path, "sign").await;
    stage.at("2026-12-03T07:00");
    stage.run().await;
    assert_eq!(stage.told(stage.officer).await, ["task.submitted"]);
}

#[tokio::test]
async fn whoever_answers_is_not_taken_further_up() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.at("2026-12-10T07:00");
    stage.run().await;
    stage.pass_minutes(1);
    stage.reported(&stage.worker, &path, 1).await;
    stage.at("2026-12-15T07:00");
    stage.run().await;
    assert_eq!(stage.told(stage.officer).await, [""; 0]);
    assert_eq!(stage.row(&path).await.warning.unwrap().colour, Colour::Red);
}

#[tokio::test]
async fn what_is_withdrawn_with_its_parent_is_told_too() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    let place = stage.row(&path).await.organization;
    let part = |weight: u8| serde_json::json!({ "organization": place, "owner": stage.neighbour.id, "title": "登记", "weight": weight });
    let body = serde_json::json!({ "parts": [part(60), part(40)] });
    let reply = stage.desk.post(&format!("{path}/split"), body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    stage.run().await;
    let notice = stage.inbox(stage.neighbour.id).await.remove(0).notice;
    assert_eq!((notice.kind.as_str(), notice.title.as_str()), ("task.issued", "您有一项新任务（2项）"));
    stage.pass_minutes(15);
    let reply = stage.desk.post(&format!("{path}/withdraw"), serde_json::json!({ "reason": "工作调整" })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    stage.run().await;
    assert_eq!(stage.told(stage.neighbour.id).await, ["task.issued", "task.withdrawn"]);
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued", "task.withdrawn"]);
    stage.bench.pass(SignedDuration::from_hours(24));
    assert_eq!(stage.run().await["due"], 0);
}

#[tokio::test]
async fn where_the_owner_issued_it_the_office_hears_that_it_waits() {
    let stage = stage().await;
    let own = stage.owned_by_their_officer().await;
    stage.run().await;
    stage.step(&own.1, &own.0, "sign").await;
    stage.reported(&own.1, &own.0, 100).await;
    stage.step(&own.1, &own.0, "submit").await;
    assert_eq!(stage.announced().await, 0);
    stage.run().await;
    assert_eq!((stage.announced().await, stage.told(own.1.id).await), (1, vec![]));
    // A run that comes again, after the task was put back to an earlier time, tells nobody twice.
    let row = stage.row(&own.0).await;
    stage.tasks.table().put(&row.with_news()).await.unwrap();
    let report = stage.run().await;
    assert_eq!((stage.announced().await, &report["left"]), (1, &0.into()), "{report}");
    assert!(!stage.row(&own.0).await.news);
}
