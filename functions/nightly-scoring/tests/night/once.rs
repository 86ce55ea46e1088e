//! Nights, and what comes of the messages that they send.

use crate::stage::{Stage, event, held, meeting, member, stage};
use dynamo::Table;
use nightly_scoring::App;
use register::{Node, NodeRow, NodeStatus};
use scoring::YearRow;
use serde_json::json;
use testkit::{Chaos, Crash, Faults};

#[tokio::test]
async fn a_night_scores_the_branches_where_something_was_done() {
    let stage = stage().await;
    let report = stage.night("2026-11-24").await;
    // The first night asks for every branch.
    assert_eq!(report, [2, 2, 2]);
    // Nine whole months: 90 of 1440 minutes, 2 of 9 months of dues, 0 of 3 key tasks and of 1 whistle task, no merit asked.
    assert_eq!(stage.points(1).await, [10_000, 625, 1333 + 4000, 2000, 10_000]);
    assert_eq!(stage.points(2).await, [10_000, 625, 4000, 2000, 10_000]);
    assert_eq!(stage.points(3).await, [7000, 0, 4000, 2000, 10_000]);
    // In the group since the twentieth, one whole month: 60 of 160 minutes.
    assert_eq!(stage.points(4).await, [10_000, 3750, 4000, 10_000, 10_000]);
    assert_eq!(stage.scores().await.len(), 2);
}

#[tokio::test]
async fn a_first_night_and_one_after_a_long_gap_score_whatever_was_told_before() {
    let stage = stage().await;
    stage.at("2026-12-20T10:00");
    let report = stage.night("2026-12-20").await;
    assert_eq!(report, [2, 2, 2]);
    assert_eq!(stage.points(1).await, [10_000, 625, 4000, 2000, 10_000], "of November, with what was reversed then");
    assert_eq!(stage.night("2026-12-20").await[0], 0, "it went to its end");
    // Fifty days without a night, and nothing was done in the last thirty-one of them.
    let neighbour = stage.town.neighbour.id;
    stage.tell("2026-12-21T09:00", "member.registered", neighbour, &member(6), json!({})).await;
    stage.at("2027-02-10T10:00");
    let report = stage.night("2027-02-10").await;
    // Of the year before the one branch in which something was done, of the new one both.
    assert_eq!(report, [2, 3, 2]);
    stage.at("2027-02-11T10:00");
    assert_eq!(stage.night("2027-02-11").await[0], 0, "a quiet day");
}

#[tokio::test]
async fn a_night_asks_and_writes_little() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    let _ = stage.bench.wire.take();
    stage.go("2026-11-25").await;
    let calls = stage.bench.wire.take();
    let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    // The index of a day, two rows and two partitions of the trace, groups and closed groups; run, scores, and that the
    // night is done.
    assert_eq!((count("Query"), count("GetItem"), count("PutItem")), (16 + 5, 1 + 1, 2 + 1 + 1), "{calls:?}");
}

#[tokio::test]
async fn what_is_reversed_the_next_day_takes_its_points_along() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    let report = stage.night("2026-11-25").await;
    assert_eq!(report, [1, 1, 0]);
    assert_eq!(stage.points(1).await, [10_000, 625, 4000, 2000, 10_000]);
    let report = stage.night("2026-11-26").await;
    assert_eq!(report[0], 0, "a quiet day");
}

#[tokio::test]
async fn a_year_begins_with_the_rolls_and_the_one_before_is_scored_while_its_records_may_be_late() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    stage.at("2026-12-25T10:00");
    stage.night("2026-12-25").await;
    let branch = stage.town.branch.id;
    let late = held("theme-day", "2026-12-20", 90, &[1], &[2, 3]);
    stage.tell("2027-01-10T09:00", "meeting.signed", branch, &meeting(3), late).await;
    stage.at("2027-01-11T10:00");
    let report = stage.night("2027-01-11").await;
    assert_eq!(report[1..], [2, 1], "both years, and a state of the new one");
    // Theme days 1 of 2; 180 of 1440 minutes, and none of the dues that were reversed in between.
    assert_eq!(stage.points_of(2026, 2).await, [8500, 625, 4000, 2000, 10_000]);
    assert_eq!(stage.points_of(2026, 1).await, [10_000, 1250, 4000, 2000, 10_000]);
    for n in 1..=4 {
        assert_eq!(stage.points_of(2027, n).await, [10_000, 0, 4000, 0, 10_000], "nothing of the year is done yet");
    }
    // In April it is over.
    let later = held("theme-day", "2026-12-21", 90, &[1], &[2, 3]);
    stage.tell("2027-04-01T09:00", "meeting.signed", branch, &meeting(4), later).await;
    stage.at("2027-04-02T10:00");
    stage.night("2027-04-02").await;
    assert_eq!(stage.points_of(2026, 1).await, [10_000, 1250, 4000, 2000, 10_000]);
}

#[tokio::test]
async fn a_year_begins_with_all_that_was_told_in_it_though_the_one_before_was_followed_further() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    stage.at("2026-12-25T10:00");
    stage.night("2026-12-25").await;
    let branch = stage.town.branch.id;
    // So many late records of the year before that its state is written in the night in which the new one begins.
    for n in 10..42 {
        let late = held("committee-meeting", "2026-12-20", 0, &[1], &[]);
        stage.tell("2027-01-10T09:00", "meeting.signed", branch, &meeting(n), late).await;
    }
    let new = held("theme-day", "2027-01-05", 90, &[1], &[2, 3]);
    stage.tell("2027-01-10T10:00", "meeting.signed", branch, &meeting(50), new).await;
    stage.at("2027-01-11T10:00");
    let report = stage.night("2027-01-11").await;
    assert_eq!(report[1..], [2, 2], "both years with their states");
    assert_eq!((stage.points_of(2027, 1).await[0], stage.points_of(2027, 2).await[0]), (10_000, 7000));
}

#[tokio::test]
async fn a_first_night_in_the_new_year_scores_the_one_before_as_well() {
    let stage = stage().await;
    stage.at("2027-01-11T10:00");
    let report = stage.night("2027-01-11").await;
    assert_eq!(report, [2, 4, 4]);
    assert_eq!(stage.points_of(2026, 1).await, [10_000, 625, 4000, 2000, 10_000]);
    assert_eq!(stage.points_of(2027, 1).await, [10_000, 0, 4000, 0, 10_000]);
}

#[tokio::test]
async fn what_is_told_of_another_year_counts_in_that_year() {
    let stage = stage().await;
    let branch = stage.town.branch.id;
    let free = |months: u32, year: i16| json!({ "granted": true, "exempted": months, "year": year });
    stage.tell("2026-11-23T15:00", "dues.relief-decided", branch, &member(2), free(12, 2027)).await;
    stage.night("2026-11-24").await;
    stage.tell("2027-01-10T09:00", "dues.relief-decided", branch, &member(3), free(1, 2026)).await;
    stage.at("2027-01-11T10:00");
    stage.night("2027-01-11").await;
    // One of nine months.
    assert_eq!((stage.points_of(2026, 2).await[2], stage.points_of(2026, 3).await[2]), (4000, 666 + 4000));
    assert_eq!((stage.points_of(2027, 2).await[2], stage.points_of(2027, 3).await[2]), (6000 + 4000, 4000));
}

/// In the place of every state there is one that was packed before the facts of now were known.
async fn age_states(stage: &Stage) {
    let table = Table::open(&stage.bench.env, "SCORES_TABLE").unwrap();
    for row in stage.rows().await.into_iter().filter(YearRow::is_state) {
        let mut old = serde_json::to_value(&row).unwrap();
        old["packed"] = json!("\u{1}");
        let old: YearRow = serde_json::from_str(&old.to_string()).unwrap();
        table.put(&old).await.unwrap();
    }
}

#[tokio::test]
async fn a_state_of_an_older_version_is_made_again_from_the_trace() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    age_states(&stage).await;
    let report = stage.night("2026-11-25").await;
    assert_eq!(report[1..], [1, 1], "the one where something was done");
    assert_eq!(stage.points(1).await, [10_000, 625, 4000, 2000, 10_000]);
    // The year after begins with the trace where the one before cannot be read.
    age_states(&stage).await;
    stage.at("2027-04-02T10:00");
    let report = stage.night("2027-04-02").await;
    assert_eq!(report[1..], [2, 2]);
    assert_eq!(stage.points_of(2027, 1).await, [10_000, 0, 4000, 0, 10_000]);
}

#[tokio::test]
async fn a_first_night_asks_for_what_was_closed_since_the_year_before_began() {
    let stage = stage().await;
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    let before = stage.bench.image();
    for (closed, organizations) in [("2026-11-24", 2), ("2025-01-01", 2), ("2024-12-31", 1)] {
        stage.bench.restore(&before);
        let on = Some(closed.parse().unwrap());
        let node = Node { status: NodeStatus::Dissolved, closed_on: on, ..stage.town.neighbour.clone() };
        table.put(&NodeRow::new(node)).await.unwrap();
        let report = stage.night("2026-11-25").await;
        assert_eq!(report[0], organizations, "{closed}");
        let scored = if closed.starts_with("2026") { 2 } else { 1 };
        assert_eq!(report[1], scored, "after {closed} it has no years");
    }
}

#[tokio::test]
async fn what_was_told_in_a_group_counts_though_the_group_was_closed() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    let group = &stage.town.group;
    let last = held("group-meeting", "2026-11-24", 60, &[4], &[]);
    stage.tell("2026-11-25T09:00", "meeting.signed", group.id, &meeting(5), last).await;
    let on = Some("2026-11-25".parse().unwrap());
    let closed = Node { status: NodeStatus::Dissolved, closed_on: on, ..group.clone() };
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&NodeRow::new(closed)).await.unwrap();
    stage.night("2026-11-26").await;
    assert_eq!(stage.points(4).await[1], 7500, "120 of 160 minutes");
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let stage = stage().await;
    stage.night("2026-11-24").await;
    let rows = stage.rows().await;
    assert_eq!(stage.night("2026-11-24").await[1], 0);
    assert_eq!(stage.rows().await, rows);
    stage.night("2026-11-25").await;
    let rows = stage.rows().await;
    assert_eq!(stage.night("2026-11-24").await[1], 0, "a past night");
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.go("2026-11-24").await;
    let calls = stage.bench.wire.take();
    let wanted = stage.rows().await;
    // To stop before a reading is to stop after what was written before it.
    let writes = calls.iter().enumerate().filter(|(_, call)| call.operation == "PutItem");
    let writes: Vec<_> = writes.map(|(at, _)| at).collect();
    assert_eq!(writes.len(), 2 + 4 + 1, "the run, two states and scores, the night");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = nightly_scoring::run(&stage.app, event("2026-11-24")).await;
            stage.deliver(&stage.app).await;
            stage.bench.wire.crash(None);
            stage.go("2026-11-24").await;
            assert_eq!(stage.rows().await, wanted, "{crash:?}");
        }
    }
}

#[tokio::test]
async fn nights_that_did_not_come_are_made_up_for() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.night("2026-11-24").await;
    stage.night("2026-11-25").await;
    let wanted: Vec<_> = stage.scores().await.iter().map(|row| row.scores().unwrap()).collect();
    stage.bench.restore(&before);
    stage.night("2026-11-24").await;
    stage.night("2026-11-27").await;
    let late: Vec<_> = stage.scores().await.iter().map(|row| row.scores().unwrap()).collect();
    assert_eq!(late, wanted);
    // From the trace alone, with no state from before.
    stage.bench.restore(&before);
    stage.night("2026-11-25").await;
    let branch = stage.scores().await[0].scores().unwrap();
    assert_eq!(branch, wanted[0]);
}

#[tokio::test]
async fn a_store_that_throttles_comes_to_the_same() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.night("2026-11-24").await;
    stage.night("2026-11-25").await;
    let wanted = stage.rows().await;
    for seed in 0..4 {
        stage.bench.restore(&before);
        let chaos = Chaos::new(seed, stage.bench.env.clock.clone());
        let app = App::connect(&chaos.before(&stage.env())).await.unwrap();
        chaos.set(Faults { throttled: 0.2, failed: 0.1, lost: 0.1, short_page: 0.3, ..Faults::none() });
        for (night, run) in ["2026-11-24", "2026-11-25"].into_iter().zip(0..) {
            let mut tries = 0;
            loop {
                chaos.begin_job(run * 1000 + tries);
                if nightly_scoring::run(&app, event(night)).await.is_ok() && stage.deliver(&app).await {
                    break;
                }
                tries += 1;
                assert!(tries < 50, "{night}");
            }
        }
        assert_eq!(stage.rows().await, wanted, "seed {seed}");
    }
}
