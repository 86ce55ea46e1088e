use super::*;
use crate::tests::{at, course};
use proptest::prelude::*;

#[test]
fn blue_begins_with_the_day_after_which_three_working_days_are_left() {
    // Tuesday: Wednesday, Thursday and Friday are left.
    let (course, done) = (course(), 9_900);
    assert_eq!(course.colour(done, at("2026-11-23T15:59:59.999Z")), Colour::Green);
    assert_eq!(course.colour(done, at("2026-11-23T16:00:00Z")), Colour::Blue);
    // Over the national holiday: due on the first day after it, three working days are before.
    let holiday = Course { due_at: at("2026-10-08T10:00:00Z"), starts_on: Date::constant(2026, 9, 1), ..course };
    assert_eq!(holiday.colour(done, at("2026-09-27T15:59:59Z")), Colour::Green);
    assert_eq!(holiday.colour(done, at("2026-09-27T16:00:00Z")), Colour::Blue);
}

#[test]
fn a_task_is_late_from_the_moment_after_its_limit_until_it_is_done() {
    let course = course();
    assert_eq!(course.colour(WHOLE, at("2026-11-27T10:00:00Z")), Colour::Blue);
    assert_eq!(course.colour(WHOLE, at("2026-11-27T10:00:00.001Z")), Colour::Red);
    assert!(course.is_late(at("2026-11-27T10:00:00.001Z")) && !course.is_late(at("2026-11-27T10:00:00Z")));
    for state in [TaskState::Done, TaskState::Withdrawn] {
        let over = Course { state, ..course.clone() };
        assert_eq!(over.colour(0, at("2027-01-01T00:00:00Z")), Colour::Green);
        assert_eq!(over.next_at(0, at("2026-11-03T00:00:00Z")), None);
    }
}

#[test]
fn while_it_is_reviewed_the_clock_stands() {
    let handed_in = |at| Course { state: TaskState::InReview, submitted_at: Some(at), ..course() };
    let in_time = handed_in(at("2026-11-20T10:00:00Z"));
    assert_eq!(in_time.colour(WHOLE, at("2026-12-20T10:00:00Z")), Colour::Green);
    assert_eq!(handed_in(at("2026-11-27T10:00:00.001Z")).colour(WHOLE, at("2026-11-28T10:00:00Z")), Colour::Red);
    assert_eq!(in_time.next_at(WHOLE, at("2026-11-21T10:00:00Z")), None);
}

#[test]
fn what_was_handed_in_in_time_is_not_late_until_it_is_sent_back() {
    let in_time = course().due_at;
    for (state, submitted_at, late) in [
        (TaskState::InReview, Some(in_time), false),
        (TaskState::InReview, Some(in_time + TICK), true),
        (TaskState::InReview, None, true),
        (TaskState::Returned, Some(in_time), true),
        (TaskState::Done, Some(in_time + TICK), false),
    ] {
        let course = Course { state, submitted_at, ..course() };
        assert_eq!(course.is_late(at("2026-12-01T00:00:00Z")), late, "{state:?} {submitted_at:?}");
    }
}

#[test]
fn ten_points_below_the_plan_are_yellow_and_more_than_thirty_red() {
    // Half is planned by the end of Tuesday the 10th.
    let plan = vec![Point { on: Date::constant(2026, 11, 10), percent: 50 }];
    let course = Course { plan, ..course() };
    let end = at("2026-11-10T16:00:00Z");
    assert_eq!(course.planned(end), 5_000);
    for (progress, colour) in [
        (5_000, Colour::Green),
        (4_001, Colour::Green),
        (4_000, Colour::Yellow),
        (2_000, Colour::Yellow),
        (1_999, Colour::Red),
    ] {
        assert_eq!(course.colour(progress, end), colour, "{progress}");
    }
    assert_eq!(course.colour(4_000, end - TICK), Colour::Green, "a moment before it is not ten points");
    let back = Course { state: TaskState::Returned, ..course };
    assert_eq!(back.colour(WHOLE, end), Colour::Yellow);
    assert_eq!(back.colour(1_999, end), Colour::Red, "the worst wins");
}

#[test]
fn the_plan_is_linear_between_its_points_and_whole_at_the_limit() {
    let plan = |on, percent| Point { on: Date::constant(2026, 11, on), percent };
    let course = Course { plan: vec![plan(3, 20), plan(5, 20), plan(9, 60)], ..course() };
    for (now, planned) in [
        ("2026-10-01T00:00:00Z", 0),
        ("2026-11-01T16:00:00Z", 0),
        ("2026-11-02T16:00:00Z", 1_000),
        ("2026-11-03T16:00:00Z", 2_000),
        ("2026-11-04T20:00:00Z", 2_000),
        ("2026-11-07T16:00:00Z", 4_000),
        ("2026-11-09T16:00:00Z", 6_000),
        ("2026-11-27T10:00:00Z", 10_000),
        ("2026-12-27T10:00:00Z", 10_000),
    ] {
        assert_eq!(course.planned(at(now)), planned, "{now}");
    }
}

#[test]
fn a_target_is_reached_at_the_first_millisecond_at_which_so_much_is_planned() {
    let plan = |on, percent| Point { on: Date::constant(2026, 11, on), percent };
    let course = Course { plan: vec![plan(2, 7), plan(3, 20), plan(5, 20), plan(9, 60)], ..course() };
    for target in [1, 100, 699, 700, 701, 2_000, 2_001, 4_000, 6_000, 6_001, 9_999, 10_000] {
        let from = course.planned_from(target).unwrap();
        assert!(course.planned(from) >= target && course.planned(from - TICK) < target, "{target}: {from}");
    }
}

#[test]
fn a_plan_that_is_behind_on_its_last_day_catches_up_at_the_limit() {
    let course = Course { plan: vec![Point { on: Date::constant(2026, 11, 27), percent: 80 }], ..course() };
    let due = course.due_at;
    assert_eq!((course.planned(due - TICK), course.planned(due)), (7_999, 10_000));
    for (target, from) in [(8_001, Some(due)), (10_000, Some(due)), (10_001, None)] {
        assert_eq!(course.planned_from(target), from, "{target}");
    }
    let whistle = Course { kind: TaskKind::Whistle, plan: Vec::new(), ..course };
    assert_eq!((whistle.planned(due), whistle.planned_from(1)), (0, None), "it has no plan");
}

#[test]
fn who_was_called_arrives_in_time_and_has_no_plan() {
    let course = Course {
        kind: TaskKind::Whistle,
        state: TaskState::AwaitingSign,
        arrive_by: Some(at("2026-11-04T15:59:59Z")),
        ..course()
    };
    assert_eq!(course.colour(0, at("2026-11-04T15:59:59Z")), Colour::Blue);
    assert_eq!(course.colour(0, at("2026-11-04T16:00:00Z")), Colour::Red);
    let arrived = Course { state: TaskState::InProgress, ..course };
    assert_eq!(arrived.colour(0, at("2026-11-20T16:00:00Z")), Colour::Green);
    assert_eq!(arrived.colour(0, at("2026-11-27T10:00:00.001Z")), Colour::Red);
}

#[test]
fn what_has_a_colour_is_looked_at_once_a_day() {
    let far = Course { state: TaskState::Returned, ..course() };
    assert_eq!(far.next_at(WHOLE, at("2026-11-10T02:00:00Z")), Some(at("2026-11-10T16:00:00Z")));
    assert_eq!(course().next_at(0, at("2026-12-01T02:00:00Z")), Some(at("2026-12-01T16:00:00Z")));
}

#[test]
fn the_next_look_is_at_the_millisecond_at_which_the_colour_changes() {
    // A basis point is planned every 222.48 seconds.
    let (course, yellow, red) = (course(), at("2026-11-09T09:24:00Z"), at("2026-11-14T13:03:42.480Z"));
    for (from, before, then) in [(yellow, Colour::Green, Colour::Yellow), (red, Colour::Yellow, Colour::Red)] {
        assert_eq!((course.colour(2_000, from - TICK), course.colour(2_000, from)), (before, then));
    }
    for (now, next) in [
        (at("2026-11-03T00:00:00Z"), yellow),
        (yellow - TICK, yellow),
        (yellow, at("2026-11-09T16:00:00Z")),
        (at("2026-11-14T02:00:00Z"), red),
        (red, at("2026-11-14T16:00:00Z")),
    ] {
        assert_eq!(course.next_at(2_000, now), Some(next), "{now}");
    }
}

proptest! {
    #[test]
    fn between_now_and_the_next_look_the_colour_stays(
        minutes in 0_i64..60_000, later in 0_u8..=100, progress in 0_u16..=10_000, returned: bool, whistle: bool,
        points in proptest::collection::btree_map(2_i8..27, 0_u8..=100, 0..4),
    ) {
        let mut percent = 0;
        let plan = points.into_iter().map(|(day, more)| {
            percent = percent.max(more);
            Point { on: Date::constant(2026, 11, day), percent }
        });
        let kind = if whistle { TaskKind::Whistle } else { TaskKind::Key };
        let plan = if whistle { Vec::new() } else { plan.collect() };
        let state = if returned { TaskState::Returned } else { TaskState::InProgress };
        let course = Course { kind, state, plan, ..course() };
        let now = at("2026-10-28T00:00:00Z") + SignedDuration::from_mins(minutes);
        let next = course.next_at(progress, now).unwrap();
        prop_assert!(next > now);
        let span = next.as_millisecond() - now.as_millisecond() - 1;
        let between = now + SignedDuration::from_millis(span * i64::from(later) / 100);
        prop_assert_eq!(course.colour(progress, between), course.colour(progress, now));
        prop_assert!(course.planned(now) <= course.planned(next), "a plan does not go down");
    }
}
