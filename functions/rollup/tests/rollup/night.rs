//! Counting again: no difference where there is none, and one that was made by hand is found and repaired.

use crate::stage::{day, november, stage};
use counter_records::{AreaRow, Counter, MonthRow, NightRow, Part, Place};
use dynamo::{Found, Stretch};
use register::{Node, NodeStatus};
use serde_json::{Value, json};

/// What a night says it found.
fn found(report: &Value) -> [u64; 4] {
    ["organizations", "differences", "behind", "left"].map(|name| report[name].as_u64().unwrap())
}

#[tokio::test]
async fn a_night_finds_no_difference_and_the_next_one_has_nothing_to_do() {
    let stage = stage().await;
    stage.bring_all().await;
    let before: Vec<_> = stage.months().await.iter().map(MonthRow::whole).collect();
    // The branch, its group, its neighbour and the street, each once for both days.
    assert_eq!(found(&stage.night("2026-11-25").await), [4, 0, 0, 0]);
    let after: Vec<_> = stage.months().await.iter().map(MonthRow::whole).collect();
    assert_eq!(before, after);
    assert!(stage.month(stage.town.branch.id).await.is_closed(day("2026-11-24")));
    let rows = stage.rows().await;
    assert_eq!(found(&stage.night("2026-11-25").await), [0; 4]);
    assert_eq!(found(&stage.night("2026-11-24").await), [0; 4], "a past night");
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn a_difference_is_found_named_and_repaired() {
    let stage = stage().await;
    stage.bring_all().await;
    let id = stage.town.branch.id;
    let wanted = stage.month(id).await.whole();
    // By hand: as the item is kept.
    let all = Stretch::whole(MonthRow::partition(id)).consistent();
    let rows: Found<Value> = stage.counters.table().first(&all, 10).await.unwrap();
    let mut row = rows.items[0].clone();
    row["open"]["2026-11-23"][Counter::Attended.slug()] = json!(7);
    stage.counters.table().put(&row).await.unwrap();
    assert_ne!(stage.month(id).await.whole(), wanted);
    assert_eq!(found(&stage.night("2026-11-25").await), [4, 1, 0, 0]);
    assert_eq!(stage.month(id).await.whole(), wanted);
    // Of a day that was compared before as well, once something else is done.
    let rows: Found<Value> = stage.counters.table().first(&all, 10).await.unwrap();
    let mut row = rows.items[0].clone();
    row["settled"][Counter::DuesPaid.slug()] = json!(1);
    stage.counters.table().put(&row).await.unwrap();
    stage.tell("2026-11-25T09:00", "task.issued", id, &"tsk", json!({})).await;
    stage.bring_all().await;
    stage.at("2026-11-26T04:00");
    assert_eq!(found(&stage.night("2026-11-26").await), [1, 1, 0, 0]);
    let whole = stage.month(id).await.whole();
    assert_eq!((whole.of_counter(Counter::DuesPaid), whole.of_counter(Counter::TasksIssued)), (3_000, 2));
}

#[tokio::test]
async fn what_the_stream_has_not_brought_is_no_difference_and_is_counted_once() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.bring_all().await;
    stage.night("2026-11-25").await;
    let wanted: Vec<_> = stage.months().await.iter().map(MonthRow::whole).collect();
    for (brought, behind) in [(0, 3), (3, 2), (5, 2)] {
        stage.bench.restore(&before);
        if brought > 0 {
            stage.bring(0..brought).await;
        }
        // Of the street nothing is counted, whatever the stream brought of it.
        assert_eq!(found(&stage.night("2026-11-25").await), [4, 0, behind, 0], "{brought}");
        let id = stage.town.branch.id;
        assert_eq!(stage.month(id).await.whole().of_counter(Counter::TasksDone), 1, "the night was faster");
        stage.bring(brought..stage.many()).await;
        let now: Vec<_> = stage.months().await.iter().map(MonthRow::whole).collect();
        assert_eq!(now, wanted, "{brought}");
    }
}

#[tokio::test]
async fn the_first_night_of_all_counts_all_that_the_trace_tells_and_finds_no_fault() {
    let stage = stage().await;
    let (near, far) = (stage.town.elsewhere.id, stage.town.other_street.id);
    stage.tell("2026-11-01T00:00", "task.issued", near, &"tsk", json!({})).await;
    stage.tell("2026-09-30T09:00", "task.issued", far, &"tsk", json!({})).await;
    stage.counters.table().put(&NightRow::default()).await.unwrap();
    // Of the neighbour the last that was done came by the stream, and what was done before the stream did not.
    stage.tell("2026-11-02T09:00", "task.issued", stage.town.neighbour.id, &"tsk", json!({})).await;
    stage.bring(5..6).await;
    assert_eq!(found(&stage.night("2026-11-25").await), [6, 0, 0, 0], "it was never counted before");
    let night = stage.counters.night().await.unwrap();
    assert_eq!((night.since, night.through), (Some(day("2026-09-01")), Some(day("2026-11-24"))));
    assert_eq!(stage.month(stage.town.neighbour.id).await.whole().of_counter(Counter::TasksIssued), 1);
    assert_eq!(stage.month(near).await.whole().of_counter(Counter::TasksIssued), 1);
    let september = november().after(-2);
    assert!(stage.counters.month(far, september).await.unwrap().unwrap().is_closed(day("2026-09-30")));
    // What stands over it has its months; who was on the rolls in them nobody says.
    let areas = stage.counters.area(stage.town.district.id, (september, november())).await.unwrap();
    let told = |row: &AreaRow| {
        let (issued, members) = (row.sum.counts.of_counter(Counter::TasksIssued), row.sum.members.total());
        (row.as_of, row.recorded_alone, issued, members)
    };
    let told: Vec<_> = areas.iter().map(told).collect();
    assert_eq!(
        told,
        [(day("2026-09-30"), true, 1, 0), (day("2026-10-31"), true, 0, 0), (day("2026-11-24"), false, 2, 5)]
    );
    assert_eq!(areas[0].sum.organizations.total(), 6, "district and all below it");
    let rows = stage.rows().await;
    assert_eq!(found(&stage.night("2026-11-25").await), [0; 4]);
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn what_was_closed_before_the_first_night_is_counted_and_in_no_sum() {
    let stage = stage().await;
    let neighbour = stage.town.neighbour.clone();
    let (status, closed_on) = (NodeStatus::Dissolved, Some(day("2026-11-24")));
    stage.change(Node { status, closed_on, ..neighbour.clone() }).await;
    stage.counters.table().put(&NightRow::default()).await.unwrap();
    stage.night("2026-11-25").await;
    let row = stage.month(neighbour.id).await;
    assert!(row.is_closed(day("2026-11-24")));
    assert_eq!(row.whole().of_counter(Counter::MembersJoined), 1);
    assert_eq!(stage.area(stage.town.street.id).await.sum.counts.of_counter(Counter::MembersJoined), 0);
}

#[tokio::test]
async fn who_is_closed_while_the_first_night_is_broken_off_is_counted() {
    let stage = stage().await;
    // It came to the end of what is open.
    let mut night = NightRow::default();
    night.at = Some(Place { day: day("2026-11-24"), part: Part::Tree(stage.town.city.id, true), after: None });
    stage.counters.table().put(&night).await.unwrap();
    let neighbour = stage.town.neighbour.clone();
    let (status, closed_on) = (NodeStatus::Dissolved, Some(day("2026-11-25")));
    stage.change(Node { status, closed_on, ..neighbour.clone() }).await;
    stage.night("2026-11-25").await;
    assert!(stage.month(neighbour.id).await.is_closed(day("2026-11-24")));
}

#[tokio::test]
async fn a_place_in_the_index_of_days_is_none_in_a_tree() {
    let stage = stage().await;
    let mut night = NightRow::default();
    let after = Some("\u{10ffff}".to_owned());
    night.at = Some(Place { day: day("2026-11-24"), part: Part::Done('5'), after });
    stage.counters.table().put(&night).await.unwrap();
    // Everything of the first tree, as if no night had begun.
    assert_eq!(found(&stage.night("2026-11-25").await), [4, 0, 0, 0]);
}

#[tokio::test]
async fn nights_that_did_not_come_are_made_up_for_over_the_turn_of_a_month() {
    let stage = stage().await;
    stage.bring_all().await;
    stage.night("2026-11-25").await;
    let id = stage.town.branch.id;
    stage.tell("2026-11-30T23:59", "task.issued", id, &"tsk", json!({})).await;
    stage.tell("2026-12-01T00:00", "task.issued", id, &"tsk", json!({})).await;
    stage.bring_all().await;
    stage.at("2026-12-03T04:00");
    assert_eq!(found(&stage.night("2026-12-03").await), [2, 0, 0, 0], "both months of the branch");
    assert!(stage.month(id).await.is_closed(day("2026-11-30")));
    let december = stage.counters.month(id, november().after(1)).await.unwrap().unwrap();
    assert!(december.is_closed(day("2026-12-02")));
    assert_eq!(december.whole().of_counter(Counter::TasksIssued), 1);
    // No month is left without its sums.
    let areas = stage.counters.area(stage.town.city.id, (november(), november().after(1))).await.unwrap();
    let reached: Vec<_> = areas.iter().map(|row| row.as_of.to_string()).collect();
    assert_eq!(reached, ["2026-11-30", "2026-12-02"]);
}

#[tokio::test]
async fn an_organisation_that_does_not_get_through_holds_up_no_other_and_is_looked_for_again() {
    let stage = stage().await;
    stage.bring_all().await;
    let sound = stage.spoil(stage.town.branch.id).await;
    assert!(rollup::run(&stage.app, crate::stage::night_of("2026-11-25")).await.is_err());
    assert!(stage.month(stage.town.street.id).await.is_closed(day("2026-11-24")));
    stage.counters.table().put(&sound).await.unwrap();
    assert_eq!(found(&stage.night("2026-11-25").await), [1, 0, 0, 0]);
}
