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

#[test]
fn minutes_are_of_what_was_held_and_late_ones_say_why() {
    let write = |changes: &Value, now: &str| written(&meeting(), minutes(changes), &people(), hand(now));
    for (changes, now, wrong) in [
        (json!({ "heldTo": BEGIN }), "2026-11-24T13:00:00Z", "/heldTo"),
        (json!({}), "2026-11-24T12:29:59Z", "/heldTo"),
        (json!({}), "2026-12-02T01:00:00Z", "/lateReason"),
        (
            json!({ "resolutions": [{ "text": "整改", "owner": who(1) }] }),
            "2026-11-24T13:00:00Z",
            "/resolutions/0/dueOn",
        ),
    ] {
        assert_eq!(pointer(&write(&changes, now).unwrap_err()), wrong, "{changes} at {now}");
    }
    let first = write(&json!({}), "2026-12-01T10:00:00Z").unwrap();
    assert_eq!((first.state, first.version, first.counts()), (State::Recorded, 2, None));
    let late = write(&json!({ "lateReason": "停电" }), "2026-12-20T01:00:00Z").unwrap();
    assert_eq!(late.minutes.as_ref().unwrap().entered_at, at("2026-12-20T01:00:00Z"));
    // Written again later, they were entered when they were entered first.
    let again = written(&first, minutes(&json!({ "text": "补充" })), &people(), hand("2026-12-20T01:00:00Z")).unwrap();
    assert_eq!(again.minutes.unwrap().entered_at, at("2026-12-01T10:00:00Z"));
    let moved = json!({ "heldFrom": "2026-11-25T11:00:00Z", "heldTo": "2026-11-25T12:00:00Z" });
    assert_eq!(write(&moved, "2026-11-25T13:00:00Z").unwrap().day().to_string(), "2026-11-25");
}

fn ballot(should_vote: u32, present_voting: u32) -> Value {
    let ballot = Ballot {
        vote: Vote::Ordinary,
        should_vote,
        present_voting,
        issued: present_voting,
        returned: present_voting,
        invalid: 0,
        approve: present_voting,
        against: 0,
        abstain: 0,
        written: 0,
    };
    json!({ "ballots": [{ "subject": "年度计划", "ballot": ballot, "scrutineer": "陈监", "teller": "林计" }] })
}

#[test]
fn minutes_go_to_their_limits_and_no_further() {
    let now = "2026-12-25T18:00:00Z";
    let write = |changes: &Value| {
        let late_reason = Some("停电".try_into().unwrap());
        written(&meeting(), NewMinutes { late_reason, ..minutes(changes) }, &people(), hand(now))
    };
    let held = |from: &str, to: &str| json!({ "heldFrom": from, "heldTo": to });
    let due = |on: &str| json!({ "resolutions": [{ "text": "整改", "owner": who(1), "dueOn": on }] });
    let resolved = |n: usize| json!({ "resolutions": vec![json!({ "text": "整改" }); n] });
    let voted = |n: usize| json!({ "ballots": vec![ballot(4, 4)["ballots"][0].clone(); n] });
    let media = |n: usize| json!({ "media": vec![kernel::MediaId::from_bytes(1, [1; 10]); n] });
    for (last, beyond, wrong) in [
        (held(BEGIN, "2026-11-27T11:00:00Z"), held(BEGIN, "2026-11-27T11:00:01Z"), "/heldTo"),
        (held("2026-12-25T11:00:00Z", now), held("2026-12-25T11:00:00Z", "2026-12-25T18:00:01Z"), "/heldTo"),
        // By the days of Shanghai: 31 before and after the planned one.
        (
            held("2026-10-23T16:00:00Z", "2026-10-23T17:00:00Z"),
            held("2026-10-23T15:59:59Z", "2026-10-23T17:00:00Z"),
            "/heldFrom",
        ),
        (
            held("2026-12-25T15:59:59Z", "2026-12-25T17:00:00Z"),
            held("2026-12-25T16:00:00Z", "2026-12-25T17:00:00Z"),
            "/heldFrom",
        ),
        (due("2026-11-24"), due("2026-11-23"), "/resolutions/0/dueOn"),
        (resolved(5), resolved(6), "/resolutions"),
        (voted(20), voted(21), "/ballots"),
        (media(9), media(10), "/media"),
    ] {
        assert!(write(&last).is_ok(), "{last}");
        assert_eq!(pointer(&write(&beyond).unwrap_err()), wrong, "{beyond}");
    }
}

#[test]
fn a_vote_agrees_with_who_came_and_who_voted_what_is_nowhere() {
    let after = attended(&people(), &[entry(3, Presence::Absent, Some("病假"))]);
    let write =
        |people: &[Person], body: &Value| written(&meeting(), minutes(body), people, hand("2026-11-24T13:00:00Z"));
    let held = write(&after, &ballot(3, 2)).unwrap();
    let counted = held.minutes.as_ref().unwrap().ballots.first().unwrap();
    assert_eq!(counted.outcome, Outcome::Passed);
    let names = json!(counted).to_string();
    assert!(!names.contains("mbr_"), "{names}");
    assert_eq!(pointer(&write(&after, &ballot(4, 3)).unwrap_err()), "/ballots/0/ballot/presentVoting");
    // As long as attendance is open, the vote is taken as it is told, and held against it when it is signed.
    let early = write(&people(), &ballot(4, 4)).unwrap();
    let refusal = signed(&early, &after, hand("2026-11-24T14:00:00Z")).unwrap_err();
    assert_eq!(pointer(&refusal), "/ballots/0/ballot/presentVoting");
    assert!(signed(&held, &after, hand("2026-11-24T14:00:00Z")).is_ok());
}

#[test]
fn what_was_decided_is_written_down_and_signed_later_too() {
    let after = attended(&people(), &[]);
    let body =
        json!({ "resolutions": [{ "text": "宣讲" }, { "text": "整改", "owner": who(1), "dueOn": "2026-11-26" }] });
    for (entered, at) in
        [("2026-11-24T13:00:00Z", "2026-11-26T16:00:00Z"), ("2026-11-27T01:00:00Z", "2026-11-28T01:00:00Z")]
    {
        let held = written(&meeting(), minutes(&body), &after, hand(entered)).unwrap();
        assert!(signed(&held, &after, hand(at)).is_ok(), "entered at {entered}, after its last day at {at}");
    }
}

#[test]
fn a_secret_ballot_is_watched_and_counted_by_somebody() {
    let write = |vote: &str, without: &str| {
        let mut body = ballot(4, 4);
        body["ballots"][0]["ballot"]["vote"] = json!(vote);
        body["ballots"][0].as_object_mut().unwrap().remove(without);
        written(&meeting(), minutes(&body), &people(), hand("2026-11-24T13:00:00Z"))
    };
    for name in ["scrutineer", "teller"] {
        for vote in ["admission", "election"] {
            assert_eq!(pointer(&write(vote, name).unwrap_err()), format!("/ballots/0/{name}"), "{vote}");
        }
        assert!(write("ordinary", name).is_ok(), "hands that everybody sees need nobody to count them");
    }
    let held = write("election", "nothing").unwrap();
    let counted = held.minutes.unwrap().ballots.remove(0);
    assert_eq!((counted.scrutineer.unwrap().as_str(), counted.teller.unwrap().as_str()), ("陈监", "林计"));
}

#[test]
fn a_vote_is_taken_where_it_belongs() {
    let admission = |kinds: &[&str], vote: &str| {
        let held = planned(&json!({ "kinds": kinds }), 4).unwrap();
        let mut body = ballot(4, 4);
        body["ballots"][0]["ballot"]["vote"] = json!(vote);
        written(&held, minutes(&body), &people(), hand("2026-11-24T13:00:00Z"))
    };
    let cases: [(&[&str], &str, bool); 10] = [
        (&["branch-meeting"], "ordinary", true),
        (&["branch-meeting", "theme-day"], "admission", true),
        (&["branch-meeting"], "election", true),
        (&["branch-meeting"], "committee", false),
        (&["committee-meeting"], "committee", true),
        (&["committee-meeting"], "admission", false),
        (&["committee-meeting"], "election", false),
        (&["committee-meeting", "branch-meeting"], "committee", false),
        (&["group-meeting"], "ordinary", false),
        (&["theme-day"], "admission", false),
    ];
    for (kinds, vote, allowed) in cases {
        match admission(kinds, vote) {
            Ok(_) => assert!(allowed, "{vote} at {kinds:?}"),
            Err(refusal) => assert_eq!((pointer(&refusal).as_str(), allowed), ("/ballots/0/ballot/vote", false)),
        }
    }
    let refusal = admission(&["committee-meeting"], "admission").unwrap_err();
    assert_eq!(refusal.fields[0].text.zh, "此项表决应在支部党员大会上进行（细则2026 §19、§20、§32）");
}

#[test]
fn who_is_exempt_from_attending_still_counts_among_the_voters() {
    let one = people().remove(0);
    let present = |n: usize| if n < 10 { Presence::Present } else { Presence::Exempt };
    let twenty: Vec<_> = (0..20).map(|n| Person { presence: Some(present(n)), ..one.clone() }).collect();
    let tally = Tally::of(&twenty);
    let expected = Tally { should_attend: 10, present: 10, should_vote: 20, present_voting: 10, ..Tally::default() };
    assert_eq!(tally, expected);
    let elect = |should_vote| {
        let mut body = ballot(should_vote, 10);
        body["ballots"][0]["ballot"]["vote"] = json!("election");
        written(&meeting(), minutes(&body), &twenty, hand("2026-11-24T13:00:00Z")).unwrap_err()
    };
    assert_eq!(elect(20).fields[0].text.zh, "到会有表决权人数未超过应到的 4/5，不能表决（选举条例）");
    assert!(elect(10).fields[0].text.zh.starts_with("与出席登记不符：应到有表决权 20 人"));
}

#[test]
fn what_is_signed_is_closed() {
    let open = people();
    let held = written(&meeting(), minutes(&json!({})), &open, hand("2026-11-24T13:00:00Z")).unwrap();
    assert_eq!(
        signed(&meeting(), &open, hand(BEGIN)).unwrap_err().code,
        ErrorCode::IllegalTransition,
        "nothing is written"
    );
    let refusal = signed(&held, &open, hand("2026-11-24T14:00:00Z")).unwrap_err();
    assert_eq!(pointer(&refusal), "/attendance");
    assert_eq!(refusal.fields[0].text.zh, "应到 4 人，实到 0 人，缺席 0 人，尚有 4 人未登记");
    let after = attended(&open, &[]);
    assert_eq!(held.noted("更正".try_into().unwrap(), hand(BEGIN)).unwrap_err().code, ErrorCode::IllegalTransition);
    let mut closed = signed(&held, &after, hand("2026-11-24T14:00:00Z")).unwrap();
    let signature = closed.signed.clone().unwrap();
    assert_eq!((signature.by, signature.tally.present, signature.rules.is_empty()), (who(1), 4, false));
    let counts = closed.counts().unwrap();
    assert_eq!((counts.on.to_string(), counts.kinds.len()), ("2026-11-24".to_owned(), 2));
    assert!(entered(&closed, &after, (&[], None), hand("2026-11-24T14:00:00Z")).is_err());
    assert!(written(&closed, minutes(&json!({})), &after, hand("2026-11-24T14:00:00Z")).is_err());
    for n in 1..=20 {
        closed = closed.noted("更正".try_into().unwrap(), hand("2026-11-25T01:00:00Z")).unwrap();
        assert_eq!(closed.notes.len(), n);
    }
    assert!(closed.noted("更正".try_into().unwrap(), hand("2026-11-25T01:00:00Z")).is_err());
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
