//! What activities are, and what they are not.

use super::*;
use dynamo::Actor;
use jiff::Timestamp;
use kernel::{MeetingId, OrgId, PaymentId, TaskId, TrainingId};
use serde_json::{Value, json};

fn member(n: u8) -> MemberId {
    MemberId::from_bytes(1, [n; 10])
}

/// What is made of an activity on 2026-11-24.
fn fact(kind: &str, subject: impl Into<String>, after: Value) -> Option<Fact> {
    changed(kind, subject, Value::Null, after)
}

/// The same where something was there before.
fn changed(kind: &str, subject: impl Into<String>, before: Value, after: Value) -> Option<Fact> {
    let at: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
    let told = Activity::new(at, Actor::job("test"), kind, OrgId::from_bytes(1, [1; 10]), subject);
    of(&Activity { before, after, ..told }, Rules::get().unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn a_signed_meeting_is_all_its_kinds_and_study_where_it_is_one() {
    let meeting = MeetingId::from_bytes(2, [2; 10]);
    let after = json!({
        "kinds": ["theme-day", "committee-meeting"], "heldOn": "2026-11-20", "recordedOn": "2026-11-29", "minutes": 90,
        "present": [member(1)], "online": [member(2)], "absent": [member(3)], "exempt": [member(4)],
    });
    let found = fact("meeting.signed", meeting.to_string(), after.clone()).unwrap();
    let says = found.says.unwrap();
    let kinds = [FactKind::ThemeDay, FactKind::CommitteeMeeting, FactKind::Study];
    assert_eq!((found.record, says.kinds), (meeting.into(), kinds.into_iter().collect()));
    assert_eq!((says.day, says.recorded, says.value), (day("2026-11-20"), day("2026-11-29"), 90));
    let marks = [Mark::Done, Mark::Done, Mark::Missed, Mark::Exempt];
    assert!(says.parts.iter().zip(1..).zip(marks).all(|((part, n), mark)| *part == Part { member: member(n), mark }));
    assert_eq!(says.parts.len(), 4);

    let mut committee = after;
    committee["kinds"] = json!(["committee-meeting"]);
    let says = fact("meeting.signed", meeting.to_string(), committee).unwrap().says.unwrap();
    assert!(!says.kinds.contains(FactKind::Study));
}

#[test]
fn who_comes_and_goes_is_on_the_rolls_from_the_day_on() {
    let transfer = TransferId::from_bytes(3, [3; 10]);
    let rolls = |kind: &str, after| fact(kind, member(1).to_string(), after).map(|fact| (fact.record, fact.says));
    let (record, says) = rolls("member.registered", json!({})).unwrap();
    let says = says.unwrap();
    assert_eq!((record, says.day), (member(1).into(), day("2026-11-24")));
    assert_eq!((says.kinds, says.parts), ([FactKind::Membership].into_iter().collect(), done([member(1)])));
    let (record, says) = rolls("transfer.received", json!({ "transfer": transfer, "from": "org" })).unwrap();
    let comes: scoring::Kinds = [FactKind::Membership, FactKind::Exemption].into_iter().collect();
    assert_eq!((record, says.map(|says| (says.kinds, says.value))), (transfer.into(), Some((comes, 0))));
    let (_, says) = rolls("member.readmitted", json!({})).unwrap();
    assert_eq!(
        says.map(|says| (says.kinds, says.value)),
        Some((comes, 0)),
        "whoever comes again is not exempt any more"
    );
    assert!(rolls("transfer.received", json!({ "transfer": transfer })).is_none(), "the sender's line");
    let (_, says) = rolls("member.transferred", json!({ "transfer": transfer })).unwrap();
    assert_eq!(says.unwrap().kinds, [FactKind::Departure].into_iter().collect());
    assert_eq!(rolls("member.withdrawn", json!({})), Some((member(1).into(), None)));
}

#[test]
fn of_whom_nothing_is_asked_is_on_the_rolls_with_the_days() {
    let exempt =
        |kind: &str, after| fact(kind, member(1).to_string(), after).map(|fact| (fact.record, fact.says.unwrap()));
    let (record, says) = exempt("member.edited", json!({ "exemption": { "since": "2024-03-01" } })).unwrap();
    assert!(record.to_string().starts_with("act_"), "each time it is said is a record of its own");
    assert_eq!((says.day, says.value, says.parts), (day("2024-03-01"), Statement::ENDLESS, done([member(1)])));
    assert_eq!(says.kinds, [FactKind::Exemption].into_iter().collect());
    for (until, days) in [("2026-11-01", 1), ("2026-11-30", 30)] {
        let after = json!({ "exemption": { "since": "2026-11-01", "until": until } });
        assert_eq!(exempt("member.edited", after).unwrap().1.value, days, "{until}");
    }
    assert_eq!(exempt("member.edited", json!({ "changed": ["unit"] })), None);
    // It goes with somebody who comes from another branch: from that day on, as long as it lasts.
    for (until, days) in [(None, Statement::ENDLESS), (Some("2026-11-30"), 7), (Some("2026-11-01"), 0)] {
        let exemption = json!({ "since": "2024-03-01", "until": until });
        let after = json!({ "transfer": TransferId::from_bytes(3, [3; 10]), "from": "org", "exemption": exemption });
        let (_, says) = exempt("transfer.received", after).unwrap();
        assert_eq!((says.day, says.value), (day("2026-11-24"), days), "{until:?}");
    }
}

#[test]
fn offices_of_a_committee_are_on_the_rolls_until_they_end() {
    let appointment = kernel::AppointmentId::from_bytes(9, [9; 10]);
    let held = |role: &str| json!({ "appointment": appointment, "role": role, "from": "2026-03-10" });
    let found = fact("officer.appointed", member(1).to_string(), held("secretary")).unwrap();
    let says = found.says.unwrap();
    assert_eq!((found.record, says.kinds), (appointment.into(), [FactKind::Office].into_iter().collect()));
    assert_eq!((says.day, says.value, says.parts), (day("2026-03-10"), Statement::ENDLESS, done([member(1)])));
    for role in ["group-leader", "dues-officer", "party-affairs-officer"] {
        assert_eq!(fact("officer.appointed", member(1).to_string(), held(role)), None, "{role}");
    }
    for (until, days) in [("2026-03-31", 22), ("2026-03-10", 1), ("2026-03-09", 0)] {
        let found =
            changed("officer.ended", member(1).to_string(), held("secretary"), json!({ "until": until })).unwrap();
        assert_eq!((found.record, found.says.unwrap().value), (appointment.into(), days), "{until}");
    }
}

#[test]
fn dues_count_by_the_month_until_they_are_reversed() {
    let payment = PaymentId::from_bytes(4, [4; 10]).to_string();
    let paid = json!({ "member": member(1), "months": ["2026-10", "2026-11"], "amount": 3000 });
    let says = fact("dues.paid", payment.clone(), paid).unwrap().says.unwrap();
    assert_eq!((says.value, says.parts), (2, done([member(1)])));
    let decided = |confirmed| fact("dues.reversal-decided", payment.clone(), json!({ "confirmed": confirmed }));
    assert_eq!(decided(true).unwrap().says, None);
    assert_eq!(decided(false), None);
}

#[test]
fn a_payment_of_which_more_is_told_counts_all_that_it_paid() {
    // Ten in the evening of the last of December.
    let begun: Timestamp = "2025-12-31T14:00:00Z".parse().unwrap();
    let payment = PaymentId::new(begun).to_string();
    let told = |kind: &str, months: &[&str], paid: &[&str]| {
        let after = json!({ "member": member(1), "months": months, "paid": paid });
        let (record, says) = fact(kind, payment.clone(), after).map(|fact| (fact.record, fact.says.unwrap()))?;
        assert_eq!((says.day, says.recorded), (day("2025-12-31"), day("2025-12-31")), "whenever it is told");
        Some((record.to_string(), says.value))
    };
    // Nobody knows what it is for; then somebody says so, twice; then more comes in.
    assert_eq!(told("dues.paid", &[], &[]), None);
    assert_eq!(told("dues.allotted", &["2026-10"], &["2026-10"]), Some((payment.clone(), 1)));
    assert_eq!(told("dues.allotted", &["2026-11"], &["2026-10", "2026-11"]), Some((payment.clone(), 2)));
    assert_eq!(told("dues.paid", &[], &["2026-10", "2026-11"]), Some((payment.clone(), 2)));
}

#[test]
fn months_of_which_nothing_is_owed_are_told_by_their_number() {
    let decided = |after| fact("dues.relief-decided", member(1).to_string(), after);
    let says = decided(json!({ "granted": true, "exempted": 3 })).unwrap().says.unwrap();
    let kinds = [FactKind::DuesExempted].into_iter().collect();
    assert_eq!((says.kinds, says.value, says.parts), (kinds, 3, done([member(1)])));
    for (year, on) in [(2025, "2025-12-31"), (2026, "2026-11-24"), (2027, "2027-01-01")] {
        let says = decided(json!({ "granted": true, "exempted": 3, "year": year })).unwrap().says.unwrap();
        assert_eq!((says.day, says.value), (day(on), 3), "it is of the year whose months they are");
    }
    assert_eq!(decided(json!({ "granted": true, "exempted": 0 })), None, "a reduction");
    assert_eq!(decided(json!({ "granted": false })), None);
}

#[test]
fn a_task_that_is_done_after_its_limit_is_of_the_day_of_the_limit() {
    let task = TaskId::from_bytes(5, [5; 10]).to_string();
    for (told, kind, due, wanted, on) in [
        ("task.accepted", "key", "2026-11-30T15:59:59Z", FactKind::KeyTask, "2026-11-24"),
        ("task.rated", "whistle", "2026-11-10T15:59:59Z", FactKind::WhistleTask, "2026-11-10"),
    ] {
        let after = json!({ "owner": member(1), "kind": kind, "dueAt": due });
        let says = fact(told, task.clone(), after).unwrap().says.unwrap();
        assert_eq!((says.kinds, says.day), ([wanted].into_iter().collect(), day(on)));
        assert_eq!(says.recorded, day("2026-11-24"));
    }
    assert_eq!(fact("task.withdrawn", task, json!({})).unwrap().says, None);
}

#[test]
fn study_counts_once_somebody_confirmed_it() {
    let training = TrainingId::from_bytes(6, [6; 10]).to_string();
    let decided = |state: &str, minutes: Value| {
        let after = json!({ "state": state, "on": "2026-11-02", "minutes": minutes, "people": [member(1), member(2)] });
        fact("training.decided", training.clone(), after)
    };
    let says = decided("confirmed", json!(480)).unwrap().says.unwrap();
    assert_eq!((says.day, says.value, says.parts), (day("2026-11-02"), 480, done([member(1), member(2)])));
    assert_eq!(decided("refused", Value::Null), None);
    let attempt = kernel::AttemptId::from_bytes(7, [7; 10]).to_string();
    let marked = |minutes| fact("attempt.marked", attempt.clone(), json!({ "member": member(1), "minutes": minutes }));
    assert_eq!(marked(json!(60)).unwrap().says.unwrap().value, 60);
    assert_eq!(marked(Value::Null), None, "who does not pass has studied nothing that counts");
}

#[test]
fn a_granted_appeal_is_beside_its_record_and_a_refused_one_is_nothing() {
    let meeting = MeetingId::from_bytes(8, [8; 10]);
    let decided = |correction: Value| {
        let appeal = kernel::AppealId::from_bytes(8, [8; 10]).to_string();
        fact("appeal.decided", appeal, json!({ "granted": !correction.is_null(), "correction": correction }))
    };
    let part = json!({ "member": member(1), "counts": false, "appeal": kernel::AppealId::from_bytes(8, [8; 10]) });
    let found = decided(json!({ "record": meeting, "on": "2026-11-02", "version": 2, "parts": [part] })).unwrap();
    assert_eq!((found.record, found.revision), (Record::from(meeting).correction(), 2));
    let says = found.says.unwrap();
    assert_eq!((says.kinds, says.day), ([FactKind::Correction].into_iter().collect(), day("2026-11-02")));
    assert_eq!((says.recorded, says.parts), (day("2026-11-24"), vec![Part { member: member(1), mark: Mark::Exempt }]));
    assert_eq!(decided(Value::Null), None);
}

#[test]
fn a_merit_or_a_fault_counts_once_somebody_confirmed_it() {
    let item = kernel::ConductId::from_bytes(9, [9; 10]);
    let decided = |state: &str, kind: &str| {
        let after =
            json!({ "state": state, "kind": kind, "member": member(1), "on": "2026-11-02", "filedOn": "2026-11-05" });
        fact("conduct.decided", item.to_string(), after)
    };
    let found = decided("confirmed", "fault").unwrap();
    let says = found.says.unwrap();
    assert_eq!((found.record, says.kinds), (item.into(), [FactKind::Fault].into_iter().collect()));
    assert_eq!((says.day, says.recorded, says.parts), (day("2026-11-02"), day("2026-11-05"), done([member(1)])));
    assert_eq!(decided("confirmed", "merit").unwrap().says.unwrap().kinds, [FactKind::Merit].into_iter().collect());
    assert_eq!((decided("dropped", "fault"), decided("confirmed", "rumour")), (None, None));
    let dropped = fact("conduct.decided", item.to_string(), json!({ "state": "dropped", "version": 2 }));
    assert_eq!(dropped, None, "of what is dropped nothing else is told");
}

#[test]
fn what_does_not_count_or_does_not_read_is_nothing() {
    for kind in ["session.opened", "meeting.checked-in", "lesson.played", "dues.paid", "meeting.signed", "member.full"]
    {
        assert_eq!(fact(kind, member(1).to_string(), json!({ "minutes": 5 })), None, "{kind}");
    }
}
