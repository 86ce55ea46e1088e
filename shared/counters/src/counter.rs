//! What is counted, and what of it an activity tells.

use crate::Tally;
use dynamo::Activity;
use org_life::Kind;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::collections::BTreeSet;
use study::Rules;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $slug:literal $zh:literal $unit:literal),+ $(,)?) => {
        /// Something that is counted, of what was recorded in a month.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Counter { $($(#[$doc])* $name),+ }

        impl Counter {
            /// Every counter.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in rows and in the API.
            #[must_use]
            pub const fn slug(self) -> &'static str { match self { $(Self::$name => $slug),+ } }

            /// Its Chinese name.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$name => $zh),+ } }

            /// What one of it is.
            #[must_use]
            pub const fn unit(self) -> &'static str { match self { $(Self::$name => $unit),+ } }
        }
    };
}

counters! {
    /// Persons who came onto the rolls: registered, readmitted or received.
    MembersJoined = "members-joined" "新增党员" "persons",
    /// Persons who left them: transferred, removed, deceased, or registered by mistake.
    MembersLeft = "members-left" "减少党员" "persons",
    /// Meetings whose minutes were signed.
    Meetings = "meetings" "已签字的会议" "meetings",
    /// Persons who came to them, once for each meeting, online ones included.
    Attended = "attended" "到会人次" "persons",
    /// Persons who should have come and were not exempt, once for each meeting.
    Expected = "expected" "应到人次" "persons",
    /// Study that meetings, confirmed trainings and passed papers count, added up over persons and before the limit of a day.
    StudyMinutes = "study-minutes" "学习时长" "minutes",
    /// Trainings that were confirmed.
    Trainings = "trainings" "已确认的培训" "trainings",
    /// Papers that were passed.
    PapersPassed = "papers-passed" "通过的测验" "papers",
    /// Tasks that were issued to the organisation.
    TasksIssued = "tasks-issued" "下达任务" "tasks",
    /// Tasks that were accepted, or rated.
    TasksDone = "tasks-done" "办结任务" "tasks",
    /// Tasks that were withdrawn.
    TasksWithdrawn = "tasks-withdrawn" "撤销任务" "tasks",
    /// Bills of dues that were made.
    DuesBills = "dues-bills" "党费账单" "bills",
    /// What they come to, as they were made: a sum that is set otherwise later changes nothing of it, and a bill that
    /// is gone with a payment ahead and made again counts twice.
    DuesBilled = "dues-billed" "应交党费" "fen",
    /// Months of dues that were paid, those included that money in hand was allotted to later.
    DuesMonths = "dues-months" "已交月数" "months",
    /// What came in for dues.
    DuesPaid = "dues-paid" "实交党费" "fen",
    /// What was taken back.
    DuesReversed = "dues-reversed" "冲正党费" "fen",
    /// Findings that were opened, or opened again.
    FindingsOpened = "findings-opened" "新增提醒" "findings",
    /// Findings that are over, or were closed.
    FindingsClosed = "findings-closed" "消除或关闭的提醒" "findings",
}

#[derive(Deserialize)]
struct Signed {
    kinds: BTreeSet<Kind>,
    minutes: u32,
    present: Vec<IgnoredAny>,
    online: Vec<IgnoredAny>,
    absent: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Trained {
    state: String,
    minutes: Option<u64>,
    people: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Attempted {
    minutes: Option<u64>,
}

#[derive(Deserialize)]
struct Billed {
    bills: u64,
    amount: u64,
}

#[derive(Deserialize)]
struct Paid {
    amount: u64,
    months: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Allotted {
    months: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Reversed {
    confirmed: bool,
    amount: Option<u64>,
}

fn after<T: DeserializeOwned>(activity: &Activity) -> Option<T> {
    serde_json::from_value(activity.after.clone()).ok()
}

fn many(persons: &[IgnoredAny]) -> u64 {
    u64::try_from(persons.len()).unwrap_or(u64::MAX)
}

/// What a confirmed training or a passed paper counts; nothing where it counts nothing.
fn studied(what: Counter, minutes: Option<u64>, persons: u64) -> Option<Vec<(Counter, u64)>> {
    Some(vec![(what, 1), (Counter::StudyMinutes, minutes?.saturating_mul(persons))])
}

fn signed(Signed { kinds, minutes, present, online, absent }: &Signed, study: &Rules) -> Vec<(Counter, u64)> {
    let attended = many(present).saturating_add(many(online));
    let is_study = !kinds.is_disjoint(&study.sessions.kinds);
    let minutes = if is_study { u64::from((*minutes).min(study.sessions.most_a_day)) } else { 0 };
    vec![
        (Counter::Meetings, 1),
        (Counter::Attended, attended),
        (Counter::Expected, attended.saturating_add(many(absent))),
        (Counter::StudyMinutes, minutes.saturating_mul(attended)),
    ]
}

/// What is counted of `activity`; `None` where nothing is, or it does not read as what it is called.
fn counted(activity: &Activity, study: &Rules) -> Option<Vec<(Counter, u64)>> {
    let once = |counter| Some(vec![(counter, 1)]);
    match activity.kind.as_str() {
        "member.registered" | "member.readmitted" => once(Counter::MembersJoined),
        // In the matters of who received; the sender's line has no `from`.
        "transfer.received" => activity.after.get("from").and_then(|_| once(Counter::MembersJoined)),
        "member.transferred" | "member.transferred-out" | "member.removed" | "member.deceased" | "member.withdrawn" => {
            once(Counter::MembersLeft)
        }
        "meeting.signed" => Some(signed(&after(activity)?, study)),
        "training.decided" => {
            let Trained { state, minutes, people } = after(activity)?;
            studied(Counter::Trainings, minutes.filter(|_| state == "confirmed"), many(&people))
        }
        "attempt.marked" => studied(Counter::PapersPassed, after::<Attempted>(activity)?.minutes, 1),
        "task.issued" => once(Counter::TasksIssued),
        "task.accepted" | "task.rated" => once(Counter::TasksDone),
        "task.withdrawn" => once(Counter::TasksWithdrawn),
        "dues.billed" => {
            let Billed { bills, amount } = after(activity)?;
            Some(vec![(Counter::DuesBills, bills), (Counter::DuesBilled, amount)])
        }
        "dues.paid" => {
            let Paid { amount, months } = after(activity)?;
            Some(vec![(Counter::DuesMonths, many(&months)), (Counter::DuesPaid, amount)])
        }
        // What came in was counted with the payment; it pays these months now.
        "dues.allotted" => Some(vec![(Counter::DuesMonths, many(&after::<Allotted>(activity)?.months))]),
        "dues.reversal-decided" => {
            let Reversed { confirmed, amount } = after(activity)?;
            Some(vec![(Counter::DuesReversed, amount.filter(|_| confirmed)?)])
        }
        "finding.opened" | "finding.reopened" => once(Counter::FindingsOpened),
        "finding.closed" => once(Counter::FindingsClosed),
        _ => None,
    }
}

impl Tally {
    /// What is counted of `activity`: nothing of most.
    #[must_use]
    pub fn of(activity: &Activity, study: &Rules) -> Self {
        let counted = counted(activity, study).unwrap_or_default();
        counted.into_iter().map(|(counter, many)| (counter.slug(), many)).collect()
    }

    /// How much of `counter` is in it.
    #[must_use]
    pub fn of_counter(&self, counter: Counter) -> u64 {
        self.get(counter.slug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamo::Actor;
    use jiff::Timestamp;
    use kernel::OrgId;
    use serde_json::{Value, json};

    fn of(kind: &str, after: Value) -> Vec<(&'static str, u64)> {
        let told = Activity::new(
            Timestamp::UNIX_EPOCH,
            Actor::job("test"),
            kind,
            OrgId::from_bytes(1, [1; 10]),
            "x".to_owned(),
        );
        let tally = Tally::of(&Activity { after, ..told }, Rules::get().unwrap());
        let found = Counter::ALL.iter().map(|counter| (counter.slug(), tally.of_counter(*counter)));
        found.filter(|(_, many)| *many > 0).collect()
    }

    #[test]
    fn a_signed_meeting_counts_who_came_and_what_they_learned() {
        let meeting = |kinds: &[&str], minutes: u32| {
            json!({
                "kinds": kinds, "minutes": minutes, "heldOn": "2026-11-20", "present": ["a", "b"], "online": ["c"],
                "absent": ["d"], "exempt": ["e"],
            })
        };
        let with =
            |minutes: u64| [("meetings", 1), ("attended", 3), ("expected", 4), ("study-minutes", minutes)].to_vec();
        assert_eq!(of("meeting.signed", meeting(&["theme-day", "branch-meeting"], 90)), with(270));
        let none: Vec<_> = with(0).into_iter().filter(|(_, many)| *many > 0).collect();
        assert_eq!(of("meeting.signed", meeting(&["committee-meeting"], 90)), none);
        let longest = u64::from(Rules::get().unwrap().sessions.most_a_day) * 3;
        assert_eq!(of("meeting.signed", meeting(&["theme-day"], 5_000)), with(longest));
    }

    #[test]
    fn study_counts_once_it_counts() {
        let trained = |state: &str, minutes: Value| {
            of("training.decided", json!({ "state": state, "minutes": minutes, "people": ["a", "b"] }))
        };
        assert_eq!(trained("confirmed", json!(240)), [("study-minutes", 480), ("trainings", 1)]);
        assert!(trained("refused", Value::Null).is_empty() && trained("refused", json!(240)).is_empty());
        let marked = |minutes: Value| of("attempt.marked", json!({ "member": "a", "minutes": minutes }));
        assert_eq!(marked(json!(60)), [("study-minutes", 60), ("papers-passed", 1)]);
        assert!(marked(Value::Null).is_empty());
    }

    #[test]
    fn money_is_counted_in_fen() {
        assert_eq!(
            of("dues.billed", json!({ "months": ["2026-11"], "bills": 3, "amount": 4_500 })),
            [("dues-bills", 3), ("dues-billed", 4_500)]
        );
        let paid = json!({ "member": "a", "months": ["2026-10", "2026-11"], "amount": 3_000 });
        assert_eq!(of("dues.paid", paid), [("dues-months", 2), ("dues-paid", 3_000)]);
        // Money that was not clear pays months later; it came in before.
        let allotted =
            json!({ "member": "a", "months": ["2026-12"], "paid": ["2026-11", "2026-12"], "unclarified": 0 });
        assert_eq!(of("dues.allotted", allotted), [("dues-months", 1)]);
        let reversed = |confirmed: bool, amount: Value| {
            of("dues.reversal-decided", json!({ "confirmed": confirmed, "amount": amount }))
        };
        assert_eq!(reversed(true, json!(3_000)), [("dues-reversed", 3_000)]);
        assert!(reversed(false, Value::Null).is_empty() && reversed(false, json!(3_000)).is_empty());
    }

    #[test]
    fn what_happens_once_is_counted_once() {
        for (kind, counter) in [
            ("member.registered", Counter::MembersJoined),
            ("member.readmitted", Counter::MembersJoined),
            ("member.transferred", Counter::MembersLeft),
            ("member.transferred-out", Counter::MembersLeft),
            ("member.removed", Counter::MembersLeft),
            ("member.deceased", Counter::MembersLeft),
            ("member.withdrawn", Counter::MembersLeft),
            ("task.issued", Counter::TasksIssued),
            ("task.accepted", Counter::TasksDone),
            ("task.rated", Counter::TasksDone),
            ("task.withdrawn", Counter::TasksWithdrawn),
            ("finding.opened", Counter::FindingsOpened),
            ("finding.reopened", Counter::FindingsOpened),
            ("finding.closed", Counter::FindingsClosed),
        ] {
            assert_eq!(of(kind, json!({})), [(counter.slug(), 1)], "{kind}");
        }
        assert_eq!(of("transfer.received", json!({ "from": "org" })), [("members-joined", 1)]);
        assert!(of("transfer.received", json!({})).is_empty(), "the sender's line");
    }

    #[test]
    fn what_is_not_counted_or_does_not_read_is_nothing() {
        for kind in [
            "session.opened",
            "member.edited",
            "meeting.signed",
            "dues.paid",
            "dues.allotted",
            "training.decided",
            "task.signed",
        ] {
            assert!(of(kind, json!({ "minutes": 5 })).is_empty(), "{kind}");
        }
    }

    #[test]
    fn no_two_counters_have_one_name() {
        let names: BTreeSet<_> = Counter::ALL.iter().map(|counter| counter.slug()).collect();
        assert_eq!(names.len(), Counter::ALL.len());
        assert!(Counter::ALL.iter().all(|counter| !counter.zh().is_empty() && !counter.unit().is_empty()));
    }
}
