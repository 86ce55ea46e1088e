mod minutes;
mod talks;

use super::{attendance::Leave, *};
use kernel::{ErrorCode, Text};
use org_life::{Ballot, Outcome, Vote};
use proptest::prelude::*;
use serde_json::{Value, json};

const BEGIN: &str = "2026-11-24T11:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn who(n: u8) -> MemberId {
    MemberId::from_bytes(u64::from(n), [n; 10])
}

fn hand(at_: &str) -> Hand {
    Hand { by: who(1), at: at(at_) }
}

fn plan(changes: &Value) -> Plan {
    let mut body = json!({
        "organization": OrgId::from_bytes(1, [1; 10]), "kinds": ["branch-meeting", "theme-day"], "title": "十一月党员大会",
        "startsAt": BEGIN, "endsAt": "2026-11-24T13:00:00Z", "mode": "hybrid", "place": "党群服务中心", "host": who(1),
        "recorder": who(2),
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

fn planned(changes: &Value, people: usize) -> Result<Meeting, Refusal> {
    let plan = plan(changes);
    Meeting::planned(plan.organization, plan.into(), people, hand("2026-11-20T02:00:00Z"))
}

fn meeting() -> Meeting {
    planned(&json!({}), 4).unwrap()
}

/// Four who should attend, the last of them on probation.
fn people() -> Vec<Person> {
    let person = |n: u8| Person {
        meeting: meeting().id,
        member: who(n),
        name: "陈员".parse().unwrap(),
        voting: n < 4,
        leave: None,
        checked_in_at: None,
        wrong_codes: 0,
        presence: None,
        reason: None,
        entered_by: None,
        credit: None,
        version: 1,
    };
    (1..=4).map(person).collect()
}

fn entry(n: u8, presence: Presence, reason: Option<&str>) -> Entry {
    Entry { member: who(n), presence, reason: reason.map(|text| text.try_into().unwrap()) }
}

fn pointer(refusal: &Refusal) -> String {
    refusal.fields.first().map(|field| field.pointer.clone()).unwrap_or_default()
}

/// `people` after `entries`, and all others came.
fn attended(people: &[Person], entries: &[Entry]) -> Vec<Person> {
    let changed = entered(&meeting(), people, (entries, Some(Presence::Present)), hand(BEGIN)).unwrap();
    let of = |person: &Person| changed.iter().find(|one| one.member == person.member).unwrap_or(person).clone();
    people.iter().map(of).collect()
}

fn minutes(changes: &Value) -> NewMinutes {
    let mut body = json!({ "heldFrom": BEGIN, "heldTo": "2026-11-24T12:30:00Z", "text": "学习，讨论，表决。" });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

#[test]
fn a_meeting_has_kinds_people_and_a_time_that_can_be() {
    for (changes, wrong) in [
        (json!({ "kinds": [] }), "/kinds"),
        (json!({ "endsAt": BEGIN }), "/endsAt"),
        (json!({ "endsAt": "2026-11-27T11:00:01Z" }), "/endsAt"),
        (json!({ "startsAt": "2025-10-16T01:59:59Z", "endsAt": "2025-10-16T03:00:00Z" }), "/startsAt"),
        (json!({ "startsAt": "2027-12-25T02:00:01Z", "endsAt": "2027-12-25T03:00:00Z" }), "/startsAt"),
        (json!({ "agenda": vec!["议题"; 21] }), "/agenda"),
        (json!({ "invited": vec!["来宾"; 31] }), "/invited"),
    ] {
        let refusal = planned(&changes, 4).unwrap_err();
        assert_eq!(pointer(&refusal), wrong, "{changes}");
    }
    for changes in [
        json!({ "endsAt": "2026-11-27T11:00:00Z" }),
        json!({ "startsAt": "2025-10-16T02:00:00Z", "endsAt": "2025-10-16T03:00:00Z" }),
        json!({ "startsAt": "2027-12-25T02:00:00Z", "endsAt": "2027-12-25T03:00:00Z" }),
        json!({ "agenda": vec!["议题"; 20], "invited": vec!["来宾"; 30] }),
    ] {
        assert!(planned(&changes, 4).is_ok(), "{changes}");
    }
    for (people, fits) in [(0, false), (1, true), (MOST_PEOPLE, true), (MOST_PEOPLE + 1, false)] {
        assert_eq!(planned(&json!({}), people).is_ok(), fits, "{people}");
    }
    let meeting = meeting();
    assert_eq!((meeting.state, meeting.version, meeting.sequence, meeting.people), (State::Planned, 1, 0, 4));
    assert_eq!(meeting.day().to_string(), "2026-11-24");
}

#[test]
fn calendars_hear_of_what_concerns_them() {
    let old = meeting();
    let other = |changes: &Value| Particulars::from(plan(changes));
    let moved = old.edited(other(&json!({ "place": "二楼会议室" })), hand(BEGIN)).unwrap();
    assert_eq!((moved.sequence, moved.version, moved.updated_at), (1, 2, at(BEGIN)));
    assert_eq!(old.edited(old.particulars.clone(), hand(BEGIN)).unwrap().sequence, 0);
    let refusal = old.edited(other(&json!({ "kinds": ["committee-meeting"] })), hand(BEGIN)).unwrap_err();
    assert_eq!(pointer(&refusal), "/kinds");
    let later = "2026-11-24T11:05:00Z";
    let gone = moved.cancelled("改期".try_into().unwrap(), hand(later)).unwrap();
    let cancelled_for = Some("改期".try_into().unwrap());
    let state = State::Cancelled;
    assert_eq!(gone, Meeting { state, cancelled_for, sequence: 2, version: 3, updated_at: at(later), ..moved });
    for refused in [
        gone.edited(gone.particulars.clone(), hand(BEGIN)).unwrap_err(),
        gone.cancelled("改期".try_into().unwrap(), hand(BEGIN)).unwrap_err(),
        gone.is_attended(at(BEGIN)).unwrap_err(),
        written(&gone, minutes(&json!({})), &people(), hand("2026-11-24T13:00:00Z")).unwrap_err(),
    ] {
        assert_eq!(refused.code, ErrorCode::IllegalTransition);
        assert!(refused.detail.unwrap().zh.starts_with("会议已取消，不能"));
    }
}

#[test]
fn a_step_that_is_refused_says_how_far_the_meeting_is() {
    let cancel = |meeting: &Meeting| meeting.cancelled("改期".try_into().unwrap(), hand(BEGIN));
    let sign = |meeting: &Meeting| signed(meeting, &attended(&people(), &[]), hand("2026-11-24T14:00:00Z"));
    let held = written(&meeting(), minutes(&json!({})), &people(), hand("2026-11-24T13:00:00Z")).unwrap();
    for (refused, zh, en) in [
        (sign(&meeting()), "会议已计划，不能签字", "a meeting that is planned cannot be signed"),
        (cancel(&held), "会议已记录，不能取消", "a meeting that is recorded cannot be cancelled"),
        (cancel(&sign(&held).unwrap()), "会议已签字，不能取消", "a meeting that is signed cannot be cancelled"),
        (sign(&cancel(&meeting()).unwrap()), "会议已取消，不能签字", "a meeting that is cancelled cannot be signed"),
    ] {
        assert_eq!(refused.unwrap_err().detail, Some(Text::of(zh, en)));
    }
}

#[test]
fn nobody_is_told_of_what_has_begun_but_that_it_does_not_take_place() {
    let (planned, all) = (meeting(), people());
    let gone = planned.cancelled("停电".try_into().unwrap(), hand(BEGIN)).unwrap();
    let everybody = concerned(&planned, &all);
    let many = everybody.len();
    let before = "2026-11-24T10:59:59Z";
    for (meeting, now, told, again) in [
        (&planned, before, [many, many, 1], true),
        (&planned, BEGIN, [0, 0, 1], false),
        (&gone, before, [many, 0, 0], true),
        (&gone, BEGIN, [many, 0, 0], true),
    ] {
        let now = at(now);
        let tell = |stage| messages((meeting, &all), stage, &everybody, now).len();
        assert_eq!([Stage::News, Stage::Reminder, Stage::Record].map(tell), told, "{:?} at {now}", meeting.state);
        let news = again.then_some(Outlook { stage: Stage::News, due: now });
        assert_eq!(Outlook::after(meeting, now), news, "{:?} at {now}", meeting.state);
    }
}

#[test]
fn attendance_begins_an_hour_before() {
    let meeting = meeting();
    assert!(meeting.is_attended(at("2026-11-24T10:00:00Z")).is_ok());
    assert_eq!(meeting.is_attended(at("2026-11-24T09:59:59Z")).unwrap_err().code, ErrorCode::IllegalTransition);
}

#[test]
fn everybody_but_a_few_is_one_entry() {
    let mut all = people();
    all[2] = all[2].asking("出差".try_into().unwrap(), at(BEGIN)).unwrap();
    let after = attended(&all, &[entry(2, Presence::Online, None), entry(4, Presence::Exempt, Some("行动不便"))]);
    let seen: Vec<_> = after.iter().map(|person| person.presence.unwrap()).collect();
    assert_eq!(seen, [Presence::Present, Presence::Online, Presence::Absent, Presence::Exempt]);
    assert_eq!(after[2].reason.as_ref().unwrap().as_str(), "出差", "who asked is not present with the others");
    assert!(after.iter().all(|person| person.version > 1 && person.entered_by == Some(who(1))));
    let tally = Tally::of(&after);
    let expected = Tally { should_attend: 3, present: 2, absent: 1, should_vote: 3, present_voting: 2, open: 0 };
    assert_eq!(tally, expected);
    assert_eq!(tally.should_attend, tally.present + tally.absent, "应到 = 实到 + 缺席");
}

#[test]
fn what_is_entered_is_of_those_who_should_attend_and_has_its_reason() {
    let enter = |entries: &[Entry], others| entered(&meeting(), &people(), (entries, others), hand(BEGIN));
    for (entries, others, wrong) in [
        (vec![entry(9, Presence::Present, None)], None, "/people/0/member"),
        (vec![entry(1, Presence::Present, None), entry(1, Presence::Absent, Some("病假"))], None, "/people/1/member"),
        (vec![entry(1, Presence::Absent, None)], None, "/people/0/reason"),
        (vec![entry(1, Presence::Exempt, None)], None, "/people/0/reason"),
        (vec![], Some(Presence::Absent), "/others"),
    ] {
        assert_eq!(pointer(&enter(&entries, others).unwrap_err()), wrong);
    }
    assert_eq!(enter(&[], None).unwrap(), []);
    let only = enter(&[entry(1, Presence::Present, Some("忽略"))], None).unwrap();
    assert_eq!((only.len(), &only[0].reason), (1, &None), "who came needs no reason");
}

#[test]
fn a_code_says_that_one_came_and_the_recorder_stands_above_it() {
    let person = &people()[0];
    let there = person.typed(true, false, at(BEGIN)).unwrap();
    assert_eq!(
        (there.presence, there.checked_in_at, there.entered_by),
        (Some(Presence::Present), Some(at(BEGIN)), None)
    );
    assert_eq!(person.typed(true, true, at(BEGIN)).unwrap().presence, Some(Presence::Online));
    let again = there.typed(true, false, at("2026-11-24T11:05:00Z")).unwrap();
    assert_eq!(again.checked_in_at, Some(at(BEGIN)), "the first time counts");
    let gone = attended(&[there], &[entry(1, Presence::Absent, Some("中途离会"))]).remove(0);
    let typed = gone.typed(true, false, at(BEGIN)).unwrap();
    assert_eq!((typed.presence, typed.reason), (Some(Presence::Absent), gone.reason.clone()));
    let mut guessing = person.clone();
    for _ in 0..10 {
        guessing = guessing.typed(false, false, at(BEGIN)).unwrap();
        assert_eq!(guessing.presence, None);
    }
    assert_eq!(guessing.typed(true, false, at(BEGIN)).unwrap_err().code, ErrorCode::TooManyAttempts);
    assert!(there_after_asking().presence.is_some());
}

#[test]
fn who_asks_or_types_a_code_changes_that_and_nothing_else() {
    let (person, now) = (people().remove(0), at(BEGIN));
    let reason: Line<200> = "出差".try_into().unwrap();
    let leave = Some(Leave { reason: reason.clone(), asked_at: now });
    assert_eq!(person.asking(reason.clone(), now).unwrap(), Person { leave, version: 2, ..person.clone() });
    let (came, checked_in_at) = (Some(Presence::Present), Some(now));
    // By their record nobody expects them; the recorder said nothing.
    let exempt = Person { presence: Some(Presence::Exempt), reason: Some(reason), ..person.clone() };
    let absent = Person { presence: Some(Presence::Absent), entered_by: Some(who(1)), ..exempt.clone() };
    for (before, after) in [
        (&person, Person { presence: came, checked_in_at, version: 2, ..person.clone() }),
        (&exempt, Person { presence: came, reason: None, checked_in_at, version: 2, ..exempt.clone() }),
        (&absent, Person { checked_in_at, version: 2, ..absent.clone() }),
    ] {
        assert_eq!(before.typed(true, false, now).unwrap(), after);
        let wrong = Person { wrong_codes: 1, version: 2, ..before.clone() };
        assert_eq!(before.typed(false, false, now).unwrap(), wrong);
    }
}

#[test]
fn the_others_are_those_of_whom_nothing_is_known() {
    let mut all = people();
    all[0] = all[0].typed(true, true, at(BEGIN)).unwrap();
    let changed = entered(&meeting(), &all, (&[], Some(Presence::Present)), hand(BEGIN)).unwrap();
    let (presence, entered_by) = (Some(Presence::Present), Some(who(1)));
    let came = |person: &Person| Person { presence, entered_by, version: 2, ..person.clone() };
    assert_eq!(changed, all[1..].iter().map(came).collect::<Vec<_>>());
}

#[test]
fn who_is_written_again_with_their_meeting_is_as_they_were() {
    let before = people();
    let after: Vec<_> = before.iter().map(|person| Person { version: 2, ..person.clone() }).collect();
    assert_eq!(rewritten(&before), after);
}

/// Somebody who asked not to have to come, and came.
fn there_after_asking() -> Person {
    let asked = people()[0].asking("出差".try_into().unwrap(), at(BEGIN)).unwrap();
    let came = asked.typed(true, false, at(BEGIN)).unwrap();
    assert_eq!(came.asking("出差".try_into().unwrap(), at(BEGIN)).unwrap_err().code, ErrorCode::IllegalTransition);
    came
}

proptest! {
    #[test]
    fn who_should_attend_is_who_came_and_who_did_not(presences in prop::collection::vec(0_usize..4, 1..80)) {
        let all = [Presence::Present, Presence::Online, Presence::Absent, Presence::Exempt];
        let one = people().remove(0);
        let people: Vec<_> =
            presences.iter().map(|which| Person { presence: Some(all[*which]), ..one.clone() }).collect();
        let tally = Tally::of(&people);
        prop_assert_eq!(tally.should_attend, tally.present + tally.absent);
        prop_assert!(tally.present_voting <= tally.present && tally.open == 0);
        prop_assert_eq!(usize::try_from(tally.should_vote).unwrap(), people.len(), "nobody loses a vote by not being expected");
    }
}
