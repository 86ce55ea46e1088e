//! Every rule at its boundary.

use super::*;
use kernel::OrgPath;
use register::{NodeStatus, OrgKind};
use serde_json::json;
use testkit::Bench;

fn now() -> Timestamp {
    "2026-11-24T02:00:00Z".parse().unwrap()
}

fn hand() -> Hand {
    Hand { by: MemberId::from_bytes(1, [1; 10]), at: now() }
}

fn node(n: u8, above: Option<&Node>) -> Node {
    let id = OrgId::from_bytes(u64::from(n), [n; 10]);
    let path = above.map_or_else(|| OrgPath::root(id), |above| above.path.child(id).unwrap());
    let (name, founded_on) = (Line::try_from("演示党组织").unwrap(), Date::constant(2010, 1, 4));
    Node {
        id,
        path,
        name,
        kind: OrgKind::SubDistrictCommittee,
        branch_type: None,
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on,
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: now(),
    }
}

/// A district, a street of it, another district, and a member of each of the last two.
struct Land {
    district: Node,
    street: Node,
    elsewhere: Node,
    member: Member,
    stranger: Member,
}

async fn land() -> Land {
    let bench = Bench::new().await;
    let town = testkit::Town::build(&bench).await;
    let (district, elsewhere) = (node(2, None), node(9, None));
    let street = node(3, Some(&district));
    let member = town.person_as(1, "林责", &town.branch, |member| member.path = street.path.clone()).await;
    let stranger = town.person_as(2, "陈外", &town.branch, |member| member.path = elsewhere.path.clone()).await;
    Land { district, street, elsewhere, member, stranger }
}

fn new(value: &serde_json::Value, land: &Land) -> NewTask {
    let mut body = json!({
        "kind": "key", "organization": land.district.id, "owner": land.member.id, "title": "示范点",
        "dueAt": "2026-12-31T10:00:00Z",
    });
    body.as_object_mut().unwrap().extend(value.as_object().cloned().unwrap());
    serde_json::from_value(body).unwrap()
}

fn parts(land: &Land, weights: &[u8]) -> Vec<NewPart> {
    let part = |weight: &u8| {
        let body = json!({
            "organization": land.street.id, "owner": land.member.id, "title": "走访", "weight": weight,
        });
        serde_json::from_value(body).unwrap()
    };
    weights.iter().map(part).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> ErrorCode {
    result.unwrap_err().code
}

fn pointer<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::InvalidField);
    refusal.fields[0].pointer.clone()
}

#[tokio::test]
async fn a_task_is_issued_for_a_time_to_come_and_to_somebody_of_the_place() {
    let land = land().await;
    let issue = |value| issued(new(&value, &land), &land.district, Some(&land.member), hand());
    let task = issue(json!({})).unwrap();
    assert_eq!(
        (task.state, task.root, task.weight, task.issuer),
        (TaskState::AwaitingSign, task.id, 100, land.district.id)
    );
    assert_eq!(task.starts_on, Date::constant(2026, 11, 24));
    for (value, wrong) in [
        (json!({ "dueAt": "2026-11-24T02:00:00Z" }), "/dueAt"),
        (json!({ "dueAt": "2036-11-24T02:00:00Z" }), "/dueAt"),
        (json!({ "startsOn": "2027-01-01" }), "/startsOn"),
        (json!({ "startsOn": "1990-04-20" }), "/startsOn"),
        (json!({ "caller": land.district.id }), "/caller"),
        (json!({ "kind": "whistle" }), "/caller"),
        (json!({ "plan": [{ "on": "2026-12-02", "percent": 50 }, { "on": "2026-12-01", "percent": 60 }] }), "/plan"),
        (json!({ "plan": [{ "on": "2026-12-01", "percent": 50 }, { "on": "2026-12-02", "percent": 40 }] }), "/plan"),
        (json!({ "plan": [{ "on": "2027-01-01", "percent": 50 }] }), "/plan"),
        (json!({ "plan": [{ "on": "2026-12-01", "percent": 101 }] }), "/plan"),
    ] {
        assert_eq!(pointer(issue(value.clone())), wrong, "{value}");
    }
    for owner in [None, Some(&land.stranger)] {
        assert_eq!(code(issued(new(&json!({}), &land), &land.district, owner, hand())), ErrorCode::Forbidden);
    }
    let closed = Node { closed_on: Some(Date::constant(2026, 1, 1)), ..land.district.clone() };
    let refused = issued(new(&json!({}), &land), &closed, Some(&land.member), hand());
    assert_eq!(code(refused), ErrorCode::OrganizationClosed);
}

#[test]
fn a_task_may_begin_on_the_first_day_and_end_with_the_last() {
    let (today, longest) = (shanghai_day(now()), Rules::get().unwrap().longest_days);
    let first = today.saturating_sub(longest.days());
    let over = start_of_shanghai_day(today.saturating_add((longest + 1).days()));
    let in_time = over - SignedDuration::from_millis(1);
    assert!(lasts((first, in_time), now(), "").is_ok());
    assert_eq!(pointer(lasts((first, over), now(), "")), "/dueAt");
    assert_eq!(pointer(lasts((first.saturating_sub(1.day()), in_time), now(), "")), "/startsOn");
}

#[test]
fn a_plan_has_a_few_points_on_different_days_and_never_goes_down() {
    let due_at: Timestamp = "2026-12-31T10:00:00Z".parse().unwrap();
    let plan = |points: Vec<(i8, u8)>| {
        let point = |(day, percent)| Point { on: Date::constant(2026, 12, day), percent };
        let points: Vec<_> = points.into_iter().map(point).collect();
        planned(&points, (Date::constant(2026, 12, 1), due_at), "")
    };
    let level = |days: i8| (1..=days).map(|day| (day, 50)).collect::<Vec<(i8, u8)>>();
    for right in [vec![], vec![(1, 10), (31, 100)], level(24)] {
        assert!(plan(right.clone()).is_ok(), "{right:?}");
    }
    for wrong in [vec![(1, 10), (1, 20)], vec![(2, 10), (1, 20)], vec![(1, 20), (2, 10)], level(25)] {
        assert_eq!(pointer(plan(wrong.clone())), "/plan", "{wrong:?}");
    }
}

#[test]
fn only_organisations_below_one_root_are_within_call() {
    let (district, elsewhere) = (node(2, None), node(9, None));
    let (street, other) = (node(3, Some(&district)), node(4, Some(&district)));
    for (calling, place) in [(&district, &street), (&street, &district), (&street, &other)] {
        assert!(within_call(&calling.path, &place.path).is_ok(), "{} {}", calling.id, place.id);
    }
    for (calling, place) in [(&district, &elsewhere), (&elsewhere, &street)] {
        assert_eq!(code(within_call(&calling.path, &place.path)), ErrorCode::Forbidden);
    }
}

#[tokio::test]
async fn who_is_called_arrives_within_two_working_days() {
    let land = land().await;
    let whistle = json!({ "kind": "whistle", "caller": land.elsewhere.id });
    let issue = |at: &str| {
        let hand = Hand { at: at.parse().unwrap(), ..hand() };
        issued(new(&whistle, &land), &land.district, Some(&land.member), hand).unwrap().arrive_by.unwrap()
    };
    // Tuesday to Thursday; Friday over the weekend to Tuesday.
    assert_eq!(issue("2026-11-24T02:00:00Z").to_string(), "2026-11-26T15:59:59.999Z");
    assert_eq!(issue("2026-11-27T02:00:00Z").to_string(), "2026-12-01T15:59:59.999Z");
}

#[tokio::test]
async fn parts_total_a_hundred_and_stay_within_the_task() {
    let land = land().await;
    let task = issued(new(&json!({}), &land), &land.district, Some(&land.member), hand()).unwrap();
    let (places, owners) =
        ([land.street.clone(), land.elsewhere.clone()], [land.member.clone(), land.stranger.clone()]);
    let divide = |task: &Task, parts| split(task, &land.district, parts, (&places, &owners), hand());
    let (after, made) = divide(&task, parts(&land, &[60, 40])).unwrap();
    assert!(after.split && after.version == 2 && made.len() == 2);
    let (part, _) = &made[0];
    assert_eq!((part.parent(), part.root, part.parent_owner), (Some(task.id), task.id, Some(task.owner)));
    assert_eq!((part.due_at, part.issuer, part.weight), (task.due_at, land.district.id, 60));

    for weights in [&[][..], &[60, 39], &[100, 0], &[60, 41], &[1; 41]] {
        assert_eq!(pointer(divide(&task, parts(&land, weights))), "/parts", "{weights:?}");
    }
    let mut late = parts(&land, &[100]);
    late[0].due_at = Some(task.due_at + SignedDuration::from_secs(1));
    assert_eq!(pointer(divide(&task, late)), "/parts/0/dueAt");
    let mut foreign = parts(&land, &[100]);
    foreign[0].owner = land.stranger.id;
    assert_eq!(code(divide(&task, foreign)), ErrorCode::Forbidden);
    let mut foreign = parts(&land, &[100]);
    foreign[0].organization = land.elsewhere.id;
    assert_eq!(code(divide(&task, foreign)), ErrorCode::Forbidden);

    assert_eq!(code(divide(&after, parts(&land, &[100]))), ErrorCode::IllegalTransition, "a second time");
    let begun = Task { progress: 100, ..task.clone() };
    assert_eq!(code(divide(&begun, parts(&land, &[100]))), ErrorCode::IllegalTransition, "with progress");
    let deepest = Task { above: vec![task.id; 4], ..task.clone() };
    assert!(divide(&deepest, parts(&land, &[100])).is_ok(), "as deep as may be");
    let deep = Task { above: vec![task.id; 5], ..task };
    assert_eq!(code(divide(&deep, parts(&land, &[100]))), ErrorCode::IllegalTransition, "too deep");
}

#[tokio::test]
async fn from_signing_to_the_end() {
    let land = land().await;
    let task = issued(new(&json!({}), &land), &land.district, Some(&land.member), hand()).unwrap();
    let report = |percent: u8| Report { percent, note: Line::try_from("走访").unwrap(), evidence: Vec::new() };
    assert_eq!(code(reported(&task, report(10), hand())), ErrorCode::IllegalTransition);
    let signed = task.stepped(Done::Signed, now()).unwrap();
    assert_eq!(pointer(reported(&signed, report(101), hand())), "/percent");
    let media = |many| vec![MediaId::from_bytes(1, [1; 10]); many];
    let many = Report { evidence: media(10), ..report(1) };
    assert_eq!(pointer(reported(&signed, many, hand())), "/evidence");
    let (half, line) = reported(&signed, Report { evidence: media(9), ..report(50) }, hand()).unwrap();
    assert_eq!(half, Task { progress: 5_000, version: signed.version + 1, ..signed.clone() });
    let Hand { by, at } = hand();
    let (done, text) = (Some(Done::Reported), Some(Line::try_from("走访").unwrap()));
    assert_eq!(line, Comment { id: line.id, at, by, done, text, percent: Some(50), evidence: media(9) });
    assert_eq!(code(submitted(&half, true, hand())), ErrorCode::IllegalTransition, "not at a hundred per cent");
    let (whole, _) = reported(&half, report(100), hand()).unwrap();
    let handed_in = submitted(&whole, true, hand()).unwrap();
    assert_eq!((handed_in.state, handed_in.submitted_at), (TaskState::InReview, Some(now())));
    assert_eq!(pointer(decided(&handed_in, false, None, hand())), "/reason");
    let why = Line::try_from("照片不清楚").unwrap();
    let back = decided(&handed_in, false, Some(&why), hand()).unwrap();
    assert_eq!((back.state, back.submitted_at, back.progress), (TaskState::Returned, None, 10_000));
    let (again, _) = reported(&back, report(80), hand()).unwrap();
    assert_eq!((again.state, again.progress), (TaskState::InProgress, 8_000));
    assert_eq!(decided(&handed_in, true, None, hand()).unwrap().state, TaskState::Done);
    assert_eq!(code(rated(&handed_in, 5, hand())), ErrorCode::IllegalTransition, "no whistle task");

    let divided = Task { split: true, progress: 0, ..signed };
    assert_eq!(code(reported(&divided, report(1), hand())), ErrorCode::IllegalTransition);
    assert_eq!(code(submitted(&divided, false, hand())), ErrorCode::IllegalTransition);
    assert!(submitted(&divided, true, hand()).is_ok());
}

#[tokio::test]
async fn a_whistle_task_is_done_and_then_rated() {
    let land = land().await;
    let whistle = json!({ "kind": "whistle", "caller": land.elsewhere.id });
    let task = issued(new(&whistle, &land), &land.district, Some(&land.member), hand()).unwrap();
    let arrived = task.stepped(Done::Signed, now()).unwrap();
    assert_eq!(
        code(split(&arrived, &land.district, parts(&land, &[100]), (&[], &[]), hand())),
        ErrorCode::IllegalTransition
    );
    let done = submitted(&arrived, true, hand()).unwrap();
    assert_eq!(code(decided(&done, true, None, hand())), ErrorCode::IllegalTransition);
    for stars in [0, 6] {
        assert_eq!(pointer(rated(&done, stars, hand())), "/stars");
    }
    let rated = rated(&done, 4, hand()).unwrap();
    assert_eq!((rated.state, rated.rating), (TaskState::Done, Some(4)));
}
