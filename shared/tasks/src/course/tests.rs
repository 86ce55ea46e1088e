use super::*;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// From Monday 2026-11-02 to Friday 2026-11-27, 18:00 in Shanghai.
fn course() -> Course {
    Course {
        kind: TaskKind::Key,
        state: TaskState::InProgress,
        starts_on: Date::constant(2026, 11, 2),
        due_at: at("2026-11-27T10:00:00Z"),
        arrive_by: None,
        plan: Vec::new(),
        submitted_at: None,
    }
}

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
