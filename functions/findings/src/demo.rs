//! Findings for demo data, found by the rules that the job asks.

use dynamo::{Activity, Actor};
use finding_records::{Cause, Check, Facts, Finding, FindingRow, Rules, Turn, causes, since};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ErrorCode, Line, Refusal, shanghai_day, start_of_shanghai_day};
use org_life::{Kind, MeetingRecord, Obliged, duties};
use register::{Appointment, Member, Node};
use serde_json::Value;

/// What findings of demo data follow from.
#[derive(Debug, Clone, Copy)]
pub struct DemoRecords<'a> {
    /// A branch.
    pub branch: &'a Node,
    /// Its secretary, who closes one of them.
    pub secretary: &'a Member,
    /// Rows of its meetings.
    pub meetings: &'a [Value],
    /// Offices, those of other organisations among them.
    pub appointments: &'a [Appointment],
}

/// The items of what rules find at `now` in what a branch held, the earliest of which its secretary closed; what the first night of
/// the year found of the year before that is held once in it, and is open since then; and what they leave in the trace.
///
/// # Errors
/// [`ErrorCode::Internal`] when a meeting does not read; or as a rule refuses.
pub fn demo_findings(records: DemoRecords<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (branch, rules, today) = (records.branch, Rules::get()?, shanghai_day(now));
    let rows = records.meetings.iter().filter(|row| row.get("sk").and_then(Value::as_str) == Some("MTG"));
    let meetings: Result<Vec<MeetingRecord>, _> = rows.map(|row| serde_json::from_value(row.clone())).collect();
    let meetings = meetings.map_err(|_| Refusal::new(ErrorCode::Internal))?;
    let offices: Vec<_> = records.appointments.iter().filter(|held| held.organization == branch.id).cloned().collect();
    let held = meetings.iter().filter_map(MeetingRecord::counts).collect();
    let obliged = branch.obliged(held, &offices, Vec::new());
    let (missed, new_year) = (lacking(rules, (branch, &obliged), today)?, today.first_of_year());
    // Half past three, when the job runs.
    let night = start_of_shanghai_day(new_year) + SignedDuration::from_mins(210);
    let lasting = lacking(rules, (branch, &obliged), new_year)?.into_iter().filter(is_of_a_year);
    let lasting = lasting.filter(|cause| missed.iter().all(|one| one.id() != cause.id())).map(|cause| (cause, night));
    let (mut items, mut told) = (Vec::new(), Vec::new());
    let found = missed.iter().cloned().map(|cause| (cause, now)).chain(lasting);
    for (at, (cause, found_at)) in found.enumerate() {
        let mut finding = Finding::found(&cause, found_at);
        told.push(tell(&finding, Actor::job("demo"), Turn::Opened, found_at));
        if at == 0 && found_at == now {
            let reason: Line<500> = "当月参加防汛抢险，改期后并入下月开展（演示）"
                .try_into()
                .map_err(|_| Refusal::new(ErrorCode::Internal))?;
            finding = finding.closed_by(records.secretary.id, reason, now)?;
            let actor = Actor::person(records.secretary.id, authz::Role::Secretary.slug());
            told.push(tell(&finding, actor, Turn::Closed, now));
        }
        let row = serde_json::to_value(FindingRow::new(finding, branch.path.clone()));
        items.push(row.map_err(|_| Refusal::new(ErrorCode::Internal))?);
    }
    Ok((items, told))
}

/// What rules find on `today` that a branch did not do. Of its rolls nothing is said here, so that nothing is found of them either.
fn lacking<'a>(rules: &'a Rules, (branch, obliged): (&Node, &Obliged), today: Date) -> Result<Vec<Cause<'a>>, Refusal> {
    let whole = (since(rules, &[], today), Date::new(today.year(), 12, 31).unwrap_or(today));
    let owed = duties(org_life::Rules::get()?, obliged, whole, today);
    let facts = Facts { owed, ..Facts::of(branch.clone()) };
    let mut missed = causes(rules, &facts, &[], today)?;
    missed.retain(|cause| cause.looked_for.is_some() && cause.is_recent(rules, today));
    missed.sort_by_key(|cause| cause.on);
    Ok(missed)
}

/// Whether it is about the account of the secretary or a talk; what else is held once a year, the demonstration takes as held.
fn is_of_a_year(cause: &Cause<'_>) -> bool {
    matches!(cause.rule.check, Check::NotHeld(kind) if kind.is_talk() || kind == Kind::SecretaryAccount)
}

fn tell(finding: &Finding, actor: Actor, turn: Turn, now: Timestamp) -> Activity {
    let about = Activity::new(now, actor, turn.kind(), finding.organization, finding.id.to_string());
    about.stating("rule", &finding.rule).stating("period", &finding.period)
}
