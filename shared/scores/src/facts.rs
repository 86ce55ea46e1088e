//! What an activity is for scores. Most are nothing.

use crate::Correction;
use dynamo::Activity;
use jiff::{Timestamp, civil::Date};
use kernel::{MemberId, TransferId, shanghai_day};
use scoring::{Fact, FactKind, Mark, Part, Record, Statement};
use serde::{Deserialize, de::DeserializeOwned};
use study::Rules;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    kinds: Vec<org_life::Kind>,
    held_on: Date,
    recorded_on: Option<Date>,
    minutes: u32,
    present: Vec<MemberId>,
    online: Vec<MemberId>,
    absent: Vec<MemberId>,
    exempt: Vec<MemberId>,
}

#[derive(Deserialize)]
struct Received {
    transfer: TransferId,
}

#[derive(Deserialize)]
struct Paid {
    member: MemberId,
    months: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Reversed {
    confirmed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    owner: MemberId,
    kind: String,
    due_at: Timestamp,
}

#[derive(Deserialize)]
struct Trained {
    state: String,
    on: Date,
    minutes: Option<u32>,
    people: Vec<MemberId>,
}

#[derive(Deserialize)]
struct Appealed {
    correction: Option<Correction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Behaved {
    state: String,
    kind: String,
    member: MemberId,
    on: Date,
    filed_on: Date,
}

#[derive(Deserialize)]
struct Attempted {
    member: MemberId,
    minutes: Option<u32>,
}

/// What `activity` says of its record; `None` where it says nothing that counts, or does not read as what it is called.
pub(crate) fn of(activity: &Activity, study: &Rules) -> Option<Fact> {
    let about = About(activity);
    match activity.kind.as_str() {
        "meeting.signed" => about.signed(study),
        "member.registered" => about.stated(about.record()?, about.rolls(FactKind::Membership)?),
        "member.readmitted" => about.stated(activity.id.into(), about.rolls(FactKind::Membership)?),
        "member.withdrawn" | "task.withdrawn" => about.withdrawn(),
        "member.transferred" | "member.transferred-out" | "member.removed" | "member.deceased" => {
            about.stated(activity.id.into(), about.rolls(FactKind::Departure)?)
        }
        // In the matters of who received; the sender's line has no `from`.
        "transfer.received" => {
            activity.after.get("from")?;
            about.stated(about.after::<Received>()?.transfer.into(), about.rolls(FactKind::Membership)?)
        }
        "dues.paid" => {
            let Paid { member, months } = about.after()?;
            let value = u32::try_from(months.len()).unwrap_or(u32::MAX);
            let says = Statement { value, ..about.today(&[FactKind::DuesPaid], done([member])) };
            about.stated(about.record()?, says)
        }
        "dues.reversal-decided" => about.after::<Reversed>()?.confirmed.then(|| about.withdrawn())?,
        "dues.published" => about.stated(activity.id.into(), about.today(&[FactKind::DuesPublished], Vec::new())),
        "task.accepted" => about.accepted(),
        "training.decided" => {
            let Trained { state, on, minutes, people } = about.after()?;
            let value = minutes.filter(|_| state == "confirmed")?;
            let says = Statement { day: on, value, ..about.today(&[FactKind::Study], done(people)) };
            about.stated(about.record()?, says)
        }
        "attempt.marked" => {
            let Attempted { member, minutes } = about.after()?;
            let says = Statement { value: minutes?, ..about.today(&[FactKind::Study], done([member])) };
            about.stated(about.record()?, says)
        }
        "appeal.decided" => about.after::<Appealed>()?.correction?.fact(shanghai_day(activity.at)),
        "conduct.decided" => about.behaved(),
        _ => None,
    }
}

fn done(members: impl IntoIterator<Item = MemberId>) -> Vec<Part> {
    marked(members, Mark::Done).collect()
}

fn marked(members: impl IntoIterator<Item = MemberId>, mark: Mark) -> impl Iterator<Item = Part> {
    members.into_iter().map(move |member| Part { member, mark })
}

struct About<'a>(&'a Activity);

impl About<'_> {
    fn after<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.0.after.clone()).ok()
    }

    fn record(&self) -> Option<Record> {
        self.0.subject.parse().ok()
    }

    /// What is said later of a record is newer.
    fn revision(&self) -> u64 {
        u64::try_from(self.0.id.millis()).unwrap_or(0)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the others answer")]
    fn stated(&self, record: Record, says: Statement) -> Option<Fact> {
        Some(Fact::stated(record, self.revision(), says))
    }

    fn withdrawn(&self) -> Option<Fact> {
        Some(Fact::withdrawn(self.record()?, self.revision()))
    }

    /// Something of the day of the activity.
    fn today(&self, kinds: &[FactKind], parts: Vec<Part>) -> Statement {
        let day = shanghai_day(self.0.at);
        Statement { kinds: kinds.iter().copied().collect(), day, recorded: day, value: 0, parts }
    }

    /// Something about the member who is the subject.
    fn rolls(&self, kind: FactKind) -> Option<Statement> {
        Some(self.today(&[kind], done([self.0.subject.parse().ok()?])))
    }

    fn signed(&self, study: &Rules) -> Option<Fact> {
        let Signed { kinds, held_on, recorded_on, minutes, present, online, absent, exempt } = self.after()?;
        let counted = minutes.min(study.sessions.most_a_day);
        let studied = kinds.iter().any(|kind| study.sessions.kinds.contains(kind)) && counted > 0;
        let came = marked(present.into_iter().chain(online), Mark::Done);
        let parts = came.chain(marked(absent, Mark::Missed)).chain(marked(exempt, Mark::Exempt));
        let says = Statement {
            kinds: kinds.into_iter().map(kind).chain(studied.then_some(FactKind::Study)).collect(),
            day: held_on,
            recorded: recorded_on.unwrap_or(held_on),
            value: counted,
            parts: parts.collect(),
        };
        self.stated(self.record()?, says)
    }

    /// Merit or fault, once somebody confirmed it after the member could answer. It is late by when it was filed.
    fn behaved(&self) -> Option<Fact> {
        let Behaved { state, kind, member, on, filed_on } = self.after()?;
        let kind = match kind.as_str() {
            "merit" => FactKind::Merit,
            "fault" => FactKind::Fault,
            _ => return None,
        };
        let says = Statement { day: on, recorded: filed_on, ..self.today(&[kind], done([member])) };
        (state == "confirmed").then(|| self.stated(self.record()?, says))?
    }

    /// Of a task that was done after its limit the limit is the day, so that it is seen to be late.
    fn accepted(&self) -> Option<Fact> {
        let Accepted { owner, kind, due_at } = self.after()?;
        let kind = if kind == "whistle" { FactKind::WhistleTask } else { FactKind::KeyTask };
        let says = self.today(&[kind], done([owner]));
        self.stated(self.record()?, Statement { day: says.day.min(shanghai_day(due_at)), ..says })
    }
}

const fn kind(kind: org_life::Kind) -> FactKind {
    use org_life::Kind;
    match kind {
        Kind::BranchMeeting => FactKind::BranchMeeting,
        Kind::CommitteeMeeting => FactKind::CommitteeMeeting,
        Kind::GroupMeeting => FactKind::GroupMeeting,
        Kind::PartyLecture => FactKind::PartyLecture,
        Kind::ThemeDay => FactKind::ThemeDay,
        Kind::OrgLifeMeeting => FactKind::OrgLifeMeeting,
        Kind::MemberAppraisal => FactKind::MemberAppraisal,
        Kind::TalkAmongCommittee | Kind::TalkWithMembers | Kind::TalkAmongMembers => FactKind::HeartToHeartTalk,
        Kind::SecretaryAccount => FactKind::SecretaryAccount,
    }
}

#[cfg(test)]
mod tests {
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
        let at: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
        let told = Activity::new(at, Actor::job("test"), kind, OrgId::from_bytes(1, [1; 10]), subject);
        of(&Activity { after, ..told }, Rules::get().unwrap())
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
        assert!(
            says.parts.iter().zip(1..).zip(marks).all(|((part, n), mark)| *part == Part { member: member(n), mark })
        );
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
        let (record, _) = rolls("transfer.received", json!({ "transfer": transfer, "from": "org" })).unwrap();
        assert_eq!(record, transfer.into());
        assert!(rolls("transfer.received", json!({ "transfer": transfer })).is_none(), "the sender's line");
        let (_, says) = rolls("member.transferred", json!({ "transfer": transfer })).unwrap();
        assert_eq!(says.unwrap().kinds, [FactKind::Departure].into_iter().collect());
        assert_eq!(rolls("member.withdrawn", json!({})), Some((member(1).into(), None)));
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
    fn a_task_that_is_done_after_its_limit_is_of_the_day_of_the_limit() {
        let task = TaskId::from_bytes(5, [5; 10]).to_string();
        for (kind, due, wanted, on) in [
            ("key", "2026-11-30T15:59:59Z", FactKind::KeyTask, "2026-11-24"),
            ("whistle", "2026-11-10T15:59:59Z", FactKind::WhistleTask, "2026-11-10"),
        ] {
            let after = json!({ "owner": member(1), "kind": kind, "dueAt": due });
            let says = fact("task.accepted", task.clone(), after).unwrap().says.unwrap();
            assert_eq!((says.kinds, says.day), ([wanted].into_iter().collect(), day(on)));
            assert_eq!(says.recorded, day("2026-11-24"));
        }
        assert_eq!(fact("task.withdrawn", task, json!({})).unwrap().says, None);
    }

    #[test]
    fn study_counts_once_somebody_confirmed_it() {
        let training = TrainingId::from_bytes(6, [6; 10]).to_string();
        let decided = |state: &str, minutes: Value| {
            let after =
                json!({ "state": state, "on": "2026-11-02", "minutes": minutes, "people": [member(1), member(2)] });
            fact("training.decided", training.clone(), after)
        };
        let says = decided("confirmed", json!(480)).unwrap().says.unwrap();
        assert_eq!((says.day, says.value, says.parts), (day("2026-11-02"), 480, done([member(1), member(2)])));
        assert_eq!(decided("refused", Value::Null), None);
        let attempt = kernel::AttemptId::from_bytes(7, [7; 10]).to_string();
        let marked =
            |minutes| fact("attempt.marked", attempt.clone(), json!({ "member": member(1), "minutes": minutes }));
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
        assert_eq!(
            (says.recorded, says.parts),
            (day("2026-11-24"), vec![Part { member: member(1), mark: Mark::Exempt }])
        );
        assert_eq!(decided(Value::Null), None);
    }

    #[test]
    fn a_merit_or_a_fault_counts_once_somebody_confirmed_it() {
        let item = kernel::ConductId::from_bytes(9, [9; 10]);
        let decided = |state: &str, kind: &str| {
            let after = json!({ "state": state, "kind": kind, "member": member(1), "on": "2026-11-02", "filedOn": "2026-11-05" });
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
        for kind in
            ["session.opened", "meeting.checked-in", "lesson.played", "dues.paid", "meeting.signed", "member.full"]
        {
            assert_eq!(fact(kind, member(1).to_string(), json!({ "minutes": 5 })), None, "{kind}");
        }
    }
}
