//! Rules at their boundaries, and which step follows which.

mod shares;
mod steps;

use super::{Hand, Judge, NewStarScores, NewStarSheet, Rules, StarApplication, StarEvidence, StarSheet, points};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ActivityId, ErrorCode, MemberId, OrgId, OrgPath, Refusal, working_days_after};
use proptest::prelude::*;
use register::Node;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn member(n: u8) -> MemberId {
    MemberId::from_bytes(1, [n; 10])
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(1, [n; 10])
}

/// Member `n` at ten in the morning of `day` in Shanghai.
fn hand(n: u8, day: &str) -> Hand {
    let at: Timestamp = format!("{day}T10:00:00+08:00").parse().unwrap();
    Hand { by: member(n), at }
}

/// The same, who belongs to another branch and holds no office of this one.
fn judge(n: u8, day: &str) -> Judge {
    Judge { hand: hand(n, day), home: org(8), officer: false }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn code<T>(result: Result<T, Refusal>) -> Option<ErrorCode> {
    result.err().map(|refusal| refusal.code)
}

/// The pointer of the field that is refused.
fn pointer<T>(result: Result<T, Refusal>) -> String {
    result.err().and_then(|refusal| refusal.fields.first().map(|field| field.pointer.clone())).unwrap_or_default()
}

fn rules() -> &'static Rules {
    Rules::get().unwrap()
}

/// A sheet whose window is November.
fn plan() -> Value {
    json!({
        "organization": org(7), "total": 10_000, "opensOn": "2026-11-02", "closesOn": "2026-11-30",
        "items": [
            { "id": "life", "name": "组织生活", "max": 6_000, "kinds": ["meeting.signed"] },
            { "id": "work", "name": "重点工作", "max": 4_000 },
        ],
        "vetoes": [
            { "id": "satisfaction", "name": "满意度低", "atMost": 2 },
            { "id": "falsified", "name": "弄虚作假", "atMost": 0 },
        ],
        "shares": [{ "star": 5, "atMostPercent": 30 }],
    })
}

fn drawn(plan: Value) -> Result<StarSheet, Refusal> {
    let new: NewStarSheet = serde_json::from_value(plan).unwrap();
    new.drawn(2026, rules(), hand(9, "2026-10-20"))
}

fn sheet() -> StarSheet {
    drawn(plan()).unwrap()
}

/// The plan with another value at `pointer`.
fn with(at: &str, value: Value) -> Value {
    let mut plan = plan();
    *plan.pointer_mut(at).unwrap() = value;
    plan
}

fn branch() -> Node {
    let path = OrgPath::root(org(7)).child(org(1)).unwrap();
    let node = json!({
        "id": org(1), "path": path, "name": "东社区党支部", "kind": "branch", "status": "active",
        "foundedOn": "2010-01-04", "version": 1, "updatedAt": "2026-01-01T00:00:00Z",
    });
    serde_json::from_value(node).unwrap()
}

fn filed() -> StarApplication {
    StarApplication::filed(&branch(), &sheet(), hand(1, "2026-11-03")).unwrap()
}

fn activity(n: u8) -> ActivityId {
    ActivityId::from_bytes(1, [n; 10])
}

/// Activity 1 is a signed meeting of the branch, activity 2 is of another kind.
fn known() -> BTreeMap<ActivityId, StarEvidence> {
    let one = |n: u8, kind: &str| {
        let (activity, kind, subject) = (activity(n), kind.to_owned(), "mtg_1".to_owned());
        (activity, StarEvidence { activity, organization: org(1), kind, subject, on: day("2026-03-18") })
    };
    [one(1, "meeting.signed"), one(2, "dues.published")].into()
}

fn scored(items: &Value) -> Result<StarApplication, Refusal> {
    let new: NewStarScores = serde_json::from_value(json!({ "items": items })).unwrap();
    filed().scored(new, &known(), &sheet(), hand(1, "2026-11-04"))
}

/// A whole score of the branch: 60 and 30 points.
fn whole() -> Value {
    json!([
        { "item": "life", "score": 6_000, "evidence": [{ "activity": activity(1) }] },
        { "item": "work", "score": 3_000, "note": "阵地已建成" },
    ])
}

#[test]
fn the_bound_of_a_band_belongs_to_it() {
    let bounds = [
        (10_000, 5),
        (9_000, 5),
        (8_999, 4),
        (8_000, 4),
        (7_999, 3),
        (7_000, 3),
        (6_999, 2),
        (6_000, 2),
        (5_999, 1),
        (0, 1),
    ];
    for (score, star) in bounds {
        assert_eq!(rules().star(score), star, "{score}");
    }
    assert!(rules().bands.windows(2).all(|pair| matches!(pair, [one, next] if one.from > next.from)));
    assert_eq!(rules().bands.last().map(|band| band.from), Some(0));
    assert!(rules().veto_at_most < 5 && rules().notice_working_days == 5 && rules().review_working_days == 10);
    assert!(rules().facts.iter().all(|fact| !fact.name.is_empty()));
}

#[test]
fn points_are_written_with_two_places() {
    for (hundredths, written) in [(0, "0.00"), (5, "0.05"), (8_950, "89.50"), (10_000, "100.00")] {
        assert_eq!(points(hundredths), written);
    }
}

proptest! {
    #[test]
    fn more_points_never_give_less(score in 0_u32..10_000) {
        prop_assert!(rules().star(score) <= rules().star(score + 1));
    }

    #[test]
    fn what_waits_for_too_long_is_what_ten_working_days_are_over_for(days in 0_i32..365) {
        let today = day("2026-01-01").saturating_add(days.days());
        let since = rules().waiting_since(today);
        prop_assert!(working_days_after(since, 10).day < today);
        prop_assert!(working_days_after(since.saturating_add(1.day()), 10).day >= today);
    }
}

#[test]
fn a_sheet_comes_to_its_total_and_names_what_can_be_linked() {
    assert_eq!((sheet().year, sheet().version, sheet().drawn_by), (2026, 1, member(9)));
    for (at, value, refused) in [
        ("/total", json!(9_999), "/total"),
        ("/items/1/max", json!(3_999), "/total"),
        ("/items/1/max", json!(0), "/items/1/max"),
        ("/items/1/max", json!(10_001), "/items/1/max"),
        ("/items/1/id", json!("life"), "/items/1/id"),
        ("/items/0/kinds/0", json!("session.opened"), "/items/0/kinds/0"),
        ("/items/0/kinds", json!(["meeting.signed", "meeting.signed"]), "/items/0/kinds/1"),
        ("/items", json!([]), "/items"),
        ("/vetoes/0/atMost", json!(3), "/vetoes/0/atMost"),
        ("/vetoes/1/id", json!("satisfaction"), "/vetoes/1/id"),
        ("/shares/0/star", json!(0), "/shares/0/star"),
        ("/shares/0/atMostPercent", json!(101), "/shares/0/atMostPercent"),
        ("/opensOn", json!("2026-10-20"), "/opensOn"),
        ("/opensOn", json!("2028-01-01"), "/opensOn"),
        ("/closesOn", json!("2026-11-01"), "/closesOn"),
        ("/closesOn", json!("2027-02-02"), "/closesOn"),
    ] {
        assert_eq!(pointer(drawn(with(at, value.clone()))), refused, "{at} {value}");
    }
    let vetoes = |most: u8| {
        let all: Vec<_> = (0..most).map(|n| json!({ "id": n.to_string(), "name": "否决项", "atMost": 0 })).collect();
        pointer(drawn(with("/vetoes", json!(all))))
    };
    assert_eq!((vetoes(10).as_str(), vetoes(11).as_str()), ("", "/vetoes"));
    let items = |most: u32| {
        let max = |n: u32| if n == 0 { 10_001 - most } else { 1 };
        let all: Vec<_> = (0..most).map(|n| json!({ "id": n.to_string(), "name": "项目", "max": max(n) })).collect();
        pointer(drawn(with("/items", json!(all))))
    };
    assert_eq!((items(40).as_str(), items(41).as_str()), ("", "/items"));
    // One that comes to its total, but not to that of the bands.
    let mut less = with("/total", json!(9_000));
    less["items"][1]["max"] = json!(3_000);
    assert_eq!(pointer(drawn(less)), "/total");
    for (at, value) in [
        ("/vetoes", json!([])),
        ("/shares/0/atMostPercent", json!(100)),
        ("/opensOn", json!("2026-10-21")),
        ("/closesOn", json!("2026-11-02")),
        ("/closesOn", json!("2027-02-01")),
    ] {
        assert!(drawn(with(at, value.clone())).is_ok(), "{at} {value}");
    }
    let mut after = with("/opensOn", json!("2027-12-31"));
    after["closesOn"] = json!("2028-01-31");
    assert!(drawn(after).is_ok(), "the last day of the year after it");
}

#[test]
fn a_sheet_stays_as_it_is_once_its_window_opens() {
    let again = |on: &str| {
        let new: NewStarSheet = serde_json::from_value(with("/opensOn", json!("2026-11-10"))).unwrap();
        sheet().edited(new, rules(), hand(8, on))
    };
    let edited = again("2026-11-01").unwrap();
    assert_eq!((edited.version, edited.drawn_by, edited.opens_on), (2, member(8), day("2026-11-10")));
    assert_eq!(code(again("2026-11-02")), Some(ErrorCode::IllegalTransition));
}

#[test]
fn a_branch_applies_within_the_window_and_is_told_its_days() {
    let on = |on: &str| StarApplication::filed(&branch(), &sheet(), hand(1, on));
    for fits in ["2026-11-02", "2026-11-30"] {
        assert!(on(fits).is_ok(), "{fits}");
    }
    for outside in ["2026-11-01", "2026-12-01"] {
        let refusal = on(outside).unwrap_err();
        let detail = refusal.detail.unwrap().zh;
        assert_eq!(
            (refusal.code, &*detail),
            (ErrorCode::Forbidden, "申报时间为 2026-11-02 至 2026-11-30"),
            "{outside}"
        );
    }
    let temporary = Node { temporary: true, ..branch() };
    let temporary = StarApplication::filed(&temporary, &sheet(), hand(1, "2026-11-03"));
    assert_eq!(code(temporary), Some(ErrorCode::TemporaryBranch));
    let closed = Node { status: register::NodeStatus::Dissolved, ..branch() };
    let closed = StarApplication::filed(&closed, &sheet(), hand(1, "2026-11-03"));
    assert_eq!(code(closed), Some(ErrorCode::OrganizationClosed));
}

#[test]
fn an_item_is_worth_its_maximum_at_most_and_rests_on_what_goes_with_it() {
    let one = |item: Value| pointer(scored(&json!([item])));
    let life = |score: u32, evidence: Value| json!({ "item": "life", "score": score, "evidence": evidence });
    let link = |n: u8| json!({ "activity": activity(n) });
    assert_eq!(one(life(6_000, json!([link(1)]))), "");
    assert_eq!(one(life(6_001, json!([]))), "/items/0/score");
    assert_eq!(one(json!({ "item": "other", "score": 0 })), "/items/0/item");
    assert_eq!(one(life(1, json!([link(1), link(2)]))), "/items/0/evidence/1");
    assert_eq!(one(life(1, json!([link(3)]))), "/items/0/evidence/0");
    assert_eq!(one(life(1, json!([link(1), link(1)]))), "/items/0/evidence/1");
    assert_eq!(pointer(scored(&json!([life(1, json!([])), life(2, json!([]))]))), "/items/1/item");
    let application = scored(&whole()).unwrap();
    let evidence = &application.scores[0].evidence;
    assert_eq!((evidence.len(), evidence[0].on), (1, day("2026-03-18")));
}

#[test]
fn no_more_is_linked_than_can_be_looked_up() {
    let linked = |n: u8| {
        let links: Vec<_> = (0..n).map(|n| json!({ "activity": activity(n) })).collect();
        let new = json!({ "items": [{ "item": "life", "score": 1, "evidence": links }] });
        let new: NewStarScores = serde_json::from_value(new).unwrap();
        new.links(org(1), rules())
    };
    assert_eq!(linked(100).unwrap().len(), 100);
    assert_eq!(pointer(linked(101)), "/items");
}

#[test]
fn what_is_handed_in_is_whole_and_says_what_it_rests_on() {
    let on = |items: Value, on: &str| scored(&items).unwrap().submitted(&sheet(), hand(1, on));
    let mut unfounded = whole();
    unfounded[1]["note"] = Value::Null;
    assert_eq!(pointer(on(unfounded.clone(), "2026-11-05")), "/items/1/evidence");
    unfounded[1]["score"] = json!(0);
    assert!(on(unfounded, "2026-11-05").is_ok(), "nothing need be said of no points");
    assert_eq!(pointer(on(json!([whole()[0]]), "2026-11-05")), "/items");
    assert!(on(whole(), "2026-11-30").is_ok());
    assert_eq!(code(on(whole(), "2026-12-01")), Some(ErrorCode::Forbidden));
}
