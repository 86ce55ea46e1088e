//! Years that are made up: the same for the same number.

use fastrand::Rng;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ActivityId, AttemptId, MeetingId, MemberId, OrgId, PaymentId, TaskId};
use scoring::{Fact, FactKind, Mark, Part, Record, Statement};
use serde::{Deserialize, Serialize};

/// Members of one branch.
pub(crate) const EACH: usize = 20;
/// The year.
pub(crate) const YEAR: i16 = 2026;

/// An activity as it is stored, with what scores need of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activity {
    pk: String,
    sk: String,
    day: String,
    day_key: String,
    hash: String,
    id: ActivityId,
    at: Timestamp,
    actor: Actor,
    kind: String,
    organization: OrgId,
    subject: String,
    after: After,
}

#[derive(Serialize, Deserialize)]
struct Actor {
    member: MemberId,
    role: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct After {
    kinds: Vec<String>,
    held_on: Date,
    recorded_on: Date,
    value: u32,
    version: u64,
    present: Vec<MemberId>,
    absent: Vec<MemberId>,
    exempt: Vec<MemberId>,
}

impl Activity {
    /// What the trace has of `fact`.
    pub(crate) fn of(branch: OrgId, fact: &Fact) -> Self {
        let says = fact.says.as_ref().unwrap();
        let of = |mark| says.parts.iter().filter(|part| part.mark == mark).map(|part| part.member).collect();
        let (id, member) = (ActivityId::from_bytes(1, [7; 10]), MemberId::from_bytes(1, [7; 10]));
        Self {
            pk: format!("ORG#{branch}"),
            sk: id.to_string(),
            day: format!("{}#0", says.recorded),
            day_key: format!("{branch}#{id}"),
            hash: "0".repeat(64),
            id,
            at: Timestamp::UNIX_EPOCH,
            actor: Actor { member, role: "secretary".to_owned() },
            kind: "meeting.signed".to_owned(),
            organization: branch,
            subject: fact.record.to_string(),
            after: After {
                kinds: FactKind::ALL
                    .iter()
                    .filter(|kind| says.kinds.contains(**kind))
                    .map(|kind| kind.slug().to_owned())
                    .collect(),
                held_on: says.day,
                recorded_on: says.recorded,
                value: says.value,
                version: fact.revision,
                present: of(Mark::Done),
                absent: of(Mark::Missed),
                exempt: of(Mark::Exempt),
            },
        }
    }

    /// The fact that it tells of.
    pub(crate) fn fact(self) -> Fact {
        let After { kinds, held_on, recorded_on, value, version, present, absent, exempt } = self.after;
        let marked = [(present, Mark::Done), (absent, Mark::Missed), (exempt, Mark::Exempt)];
        let parts =
            marked.into_iter().flat_map(|(members, mark)| members.into_iter().map(move |member| Part { member, mark }));
        let says = Statement {
            kinds: kinds.iter().filter_map(|kind| FactKind::named(kind)).collect(),
            day: held_on,
            recorded: recorded_on,
            value,
            parts: parts.collect(),
        };
        Fact::stated(self.subject.parse::<Record>().unwrap(), version, says)
    }
}

struct Maker {
    rng: Rng,
    members: Vec<MemberId>,
    facts: Vec<Fact>,
}

impl Maker {
    fn random(&mut self) -> [u8; 10] {
        let mut random = [0; 10];
        self.rng.fill(&mut random);
        random
    }

    fn millis(&mut self) -> u64 {
        1_767_196_800_000 + self.rng.u64(..31_000_000_000)
    }

    fn state(&mut self, record: impl Into<Record>, kinds: &[FactKind], (month, value): (i32, u32), parts: Vec<Part>) {
        let day = Date::constant(YEAR, 1, 1).saturating_add(month.months()).saturating_add(self.rng.i32(0..28).days());
        let recorded = day.saturating_add(self.rng.i32(0..9).days());
        let says = Statement { kinds: kinds.iter().copied().collect(), day, recorded, value, parts };
        let record = record.into();
        if self.rng.u8(..20) == 0 {
            self.facts.push(Fact::stated(record, 2, Statement { value: value / 2, ..says.clone() }));
        }
        self.facts.push(Fact::stated(record, 1, says));
    }

    /// A meeting of the first `people` members.
    fn meet(&mut self, kinds: &[FactKind], month: i32, people: usize) {
        let members = self.members[..people].to_vec();
        let parts = members.into_iter().map(|member| {
            let mark = match self.rng.u8(..10) {
                0 => Mark::Missed,
                1 => Mark::Exempt,
                _ => Mark::Done,
            };
            Part { member, mark }
        });
        let parts = parts.collect();
        let id = MeetingId::from_bytes(self.millis(), self.random());
        self.state(id, kinds, (month, 90), parts);
    }

    fn alone(&mut self, record: impl Into<Record>, kind: FactKind, at: (i32, u32), member: MemberId) {
        let mark = if self.rng.u8(..10) == 0 { Mark::Missed } else { Mark::Done };
        self.state(record, &[kind], at, vec![Part { member, mark }]);
    }
}

/// The year of the `n`-th branch, in the order in which it was told.
pub(crate) fn year(n: usize) -> (OrgId, Vec<Fact>) {
    let mut rng = Rng::with_seed(u64::try_from(n).unwrap());
    let mut random = [0; 10];
    rng.fill(&mut random);
    let branch = OrgId::from_bytes(1_700_000_000_000, random);
    let mut made = Maker { rng, members: Vec::new(), facts: Vec::new() };
    made.members = (0..EACH).map(|_| MemberId::from_bytes(1_700_000_000_000, made.random())).collect();
    made.state(branch, &[FactKind::Founding], (-60, 0), Vec::new());
    for member in made.members.clone() {
        made.state(member, &[FactKind::Membership], (-40, 0), vec![Part { member, mark: Mark::Done }]);
    }
    for month in 0..12 {
        made.meet(&[FactKind::ThemeDay, FactKind::Study], month, EACH);
        made.meet(&[FactKind::CommitteeMeeting], month, 5);
        if month % 3 == 1 {
            made.meet(&[FactKind::BranchMeeting], month, EACH);
            made.meet(&[FactKind::PartyLecture, FactKind::Study], month, EACH);
            made.meet(&[FactKind::HeartToHeartTalk], month, 2);
        }
        for member in made.members.clone() {
            let id = PaymentId::from_bytes(made.millis(), made.random());
            made.alone(id, FactKind::DuesPaid, (month, 1), member);
            if month % 3 == 2 {
                let id = AttemptId::from_bytes(made.millis(), made.random());
                made.alone(id, FactKind::Study, (month, 120), member);
            }
            if month % 3 != 0 {
                let id = TaskId::from_bytes(made.millis(), made.random());
                let kind = if month == 7 { FactKind::WhistleTask } else { FactKind::KeyTask };
                made.alone(id, kind, (month, 0), member);
            }
        }
    }
    made.meet(&[FactKind::OrgLifeMeeting, FactKind::MemberAppraisal], 11, EACH);
    made.meet(&[FactKind::SecretaryAccount], 11, EACH);
    (branch, made.facts)
}
