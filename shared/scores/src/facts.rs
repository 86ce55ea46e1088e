//! What an activity is for scores. Most are nothing.

use crate::Correction;
use authz::Role;
use dynamo::Activity;
use jiff::{Timestamp, civil::Date};
use kernel::{AppointmentId, MemberId, PaymentId, TransferId, shanghai_day};
use register::Exemption;
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
    exemption: Option<Exemption>,
}

#[derive(Deserialize)]
struct Edited {
    exemption: Exemption,
}

#[derive(Deserialize)]
struct Appointed {
    appointment: AppointmentId,
    role: Role,
    from: Date,
}

#[derive(Deserialize)]
struct Ended {
    until: Date,
}

#[derive(Deserialize)]
struct Payment {
    member: MemberId,
    months: Vec<serde::de::IgnoredAny>,
    /// All that the payment paid, where it is told of more than once.
    paid: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
struct Relieved {
    exempted: u32,
    /// Whose months they are; not told by what was decided before.
    year: Option<i16>,
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
        "member.readmitted" => about.stated(activity.id.into(), about.comes(None)?),
        "member.edited" => about.exempted(),
        "member.withdrawn" | "task.withdrawn" => about.withdrawn(),
        "member.transferred" | "member.transferred-out" | "member.removed" | "member.deceased" => {
            about.stated(activity.id.into(), about.rolls(FactKind::Departure)?)
        }
        // In the matters of who received; the sender's line has no `from`.
        "transfer.received" => {
            activity.after.get("from")?;
            let Received { transfer, exemption } = about.after()?;
            about.stated(transfer.into(), about.comes(exemption)?)
        }
        "officer.appointed" => about.in_office(about.after()?, None),
        "officer.ended" => about.in_office(about.before()?, Some(about.after::<Ended>()?.until)),
        "dues.paid" | "dues.allotted" => {
            let Payment { member, months, paid } = about.after()?;
            let id: PaymentId = activity.subject.parse().ok()?;
            // Whatever is told of it later, it stays in the year in which it was begun.
            let day = id.day();
            let says = about.of_months(paid.unwrap_or(months).len(), (FactKind::DuesPaid, member))?;
            about.stated(id.into(), Statement { day, recorded: day, ..says })
        }
        "dues.relief-decided" => {
            let Relieved { exempted, year } = about.after()?;
            let member = activity.subject.parse().ok()?;
            let says = about.of_months(exempted.try_into().ok()?, (FactKind::DuesExempted, member))?;
            let day = year.map_or(says.day, |year| within(year, says.day));
            about.stated(activity.id.into(), Statement { day, ..says })
        }
        "dues.reversal-decided" => about.after::<Reversed>()?.confirmed.then(|| about.withdrawn())?,
        "dues.published" => about.stated(activity.id.into(), about.today(&[FactKind::DuesPublished], Vec::new())),
        // A key task is done once it was accepted, a whistle task once who called has rated what came of it.
        "task.accepted" | "task.rated" => about.accepted(),
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

/// Days from `from` to the last one, `until`; none when that lies before it.
fn lasting(from: Date, until: Option<Date>) -> u32 {
    let Some(until) = until else { return Statement::ENDLESS };
    from.until(until).ok().and_then(|apart| u32::try_from(apart.get_days() + 1).ok()).unwrap_or(0)
}

/// The day of `year` that is nearest to `day`.
fn within(year: i16, day: Date) -> Date {
    let of = |month, day| Date::new(year, month, day).ok();
    of(1, 1).zip(of(12, 31)).map_or(day, |(first, last)| day.clamp(first, last))
}

struct About<'a>(&'a Activity);

impl About<'_> {
    fn after<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.0.after.clone()).ok()
    }

    fn before<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.0.before.clone()).ok()
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

    /// That the subject is on the rolls from the day on, and of how much of it nothing is asked of them.
    fn comes(&self, exemption: Option<Exemption>) -> Option<Statement> {
        let says = self.rolls(FactKind::Membership)?;
        let value = exemption.map_or(0, |exemption| lasting(says.day, exemption.until));
        let kinds = [FactKind::Membership, FactKind::Exemption].into_iter().collect();
        Some(Statement { kinds, value, ..says })
    }

    /// Since when nothing is asked of the subject, as it is now.
    fn exempted(&self) -> Option<Fact> {
        let Edited { exemption: Exemption { since, until } } = self.after()?;
        let says = self.rolls(FactKind::Exemption)?;
        self.stated(self.0.id.into(), Statement { day: since, value: lasting(since, until), ..says })
    }

    /// That the subject holds an office of the committee, or held it `until` its last day.
    fn in_office(&self, Appointed { appointment, role, from }: Appointed, until: Option<Date>) -> Option<Fact> {
        let says = Statement { day: from, value: lasting(from, until), ..self.rolls(FactKind::Office)? };
        role.is_committee().then(|| self.stated(appointment.into(), says))?
    }

    /// Dues of so many months; of none there is nothing to tell.
    fn of_months(&self, months: usize, (kind, member): (FactKind, MemberId)) -> Option<Statement> {
        let value = u32::try_from(months).ok().filter(|months| *months > 0)?;
        Some(Statement { value, ..self.today(&[kind], done([member])) })
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
mod tests;
