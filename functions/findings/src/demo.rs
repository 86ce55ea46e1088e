//! Findings for demo data, found by the rules that the job asks.

use dynamo::{Activity, Actor};
use finding_records::{Facts, Finding, FindingRow, Rules, Turn, causes, since};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, Refusal, shanghai_day};
use org_life::{MeetingRecord, duties};
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

/// The items of what rules find at `now` in what a branch held, the earliest of which its secretary closed, and what they leave in the
/// trace.
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
    let (since, last) = (since(rules, &[], today), Date::new(today.year(), 12, 31).unwrap_or(today));
    let owed = duties(org_life::Rules::get()?, &obliged, (since, last), today);
    let facts = Facts { owed, ..Facts::of(branch.clone()) };
    let (mut items, mut told) = (Vec::new(), Vec::new());
    let found = causes(rules, &facts, &[], today)?;
    // Of its rolls nothing is said here, so that nothing is found of them either.
    let mut missed: Vec<_> =
        found.iter().filter(|cause| cause.looked_for.is_some() && cause.is_recent(rules, today)).collect();
    missed.sort_by_key(|cause| cause.on);
    for (at, cause) in missed.into_iter().enumerate() {
        let mut finding = Finding::found(cause, now);
        told.push(tell(&finding, Actor::job("demo"), Turn::Opened, now));
        if at == 0 {
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

fn tell(finding: &Finding, actor: Actor, turn: Turn, now: Timestamp) -> Activity {
    let about = Activity::new(now, actor, turn.kind(), finding.organization, finding.id.to_string());
    about.stating("rule", &finding.rule).stating("period", &finding.period)
}
