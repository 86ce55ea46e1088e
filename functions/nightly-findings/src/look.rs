//! One organisation: what is found in it, and what is found no more.

use crate::{App, NAME, Report, store::Store, words};
use dynamo::{Activity, Actor, Change, StoreError};
use finding_records::{Cause, Finding, FindingRow, Rules, Tell, Turn, causes, since};
use jiff::{Timestamp, civil::Date};
use kernel::{FindingId, MemberId, OrgPath, shanghai_day};
use notices::Notice;
use register::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Asks the rules of the records of `node`, and keeps what they find.
pub(crate) async fn organization(app: &App, node: &Node) -> Result<Report, StoreError> {
    let mut report = Report::default();
    if !Store::looks_at(node) {
        return Ok(report);
    }
    report.organizations = 1;
    let (rules, now) = (Rules::get()?, app.clock.now());
    let today = shanghai_day(now);
    let open = app.store.findings.open_at(&node.path).await?;
    let findings: Vec<_> = open.iter().map(|row| row.finding.clone()).collect();
    let facts = Box::pin(app.store.facts(node, since(rules, &findings, today), today)).await?;
    let causes = causes(rules, &facts, &findings, today)?;
    let found: BTreeSet<FindingId> = causes.iter().map(Cause::id).collect();
    let asked = causes.iter().flat_map(Cause::before).chain(found.iter().copied()).collect();
    let known = app.store.findings.rows(&asked).await?;
    for cause in &causes {
        let (next, turn, version) = match known.get(&cause.id()) {
            None if !cause.is_recent(rules, today) => continue,
            // A person had the last word on it this year.
            None if is_settled(cause, &known, today) => continue,
            None => (Finding::found(cause, now), Turn::Opened, None),
            Some(row) => match row.finding.again(cause, now) {
                Some((next, turn)) => (next, turn, Some(row.finding.version)),
                None => continue,
            },
        };
        // Boxed: hardly any of them is new.
        Box::pin(keep(app, cause, (next, turn, version), now, &mut report)).await?;
    }
    let gone: Vec<_> = open.iter().filter(|row| !found.contains(&row.finding.id)).collect();
    over(app, &gone, now, &mut report).await?;
    Ok(report)
}

/// Whether a person closed this year what was found of it in an earlier one.
fn is_settled(cause: &Cause<'_>, known: &BTreeMap<FindingId, FindingRow>, today: Date) -> bool {
    cause.before().iter().filter_map(|id| known.get(id)).any(|row| row.finding.is_settled_in(today.year()))
}

/// Ends what is open in `node`, which is closed.
pub(crate) async fn closed(app: &App, node: &Node) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let open = app.store.findings.open_at(&node.path).await?;
    over(app, &open.iter().collect::<Vec<_>>(), app.clock.now(), &mut report).await?;
    Ok(report)
}

/// Ends `rows`, whose causes are gone.
async fn over(app: &App, rows: &[&FindingRow], now: Timestamp, report: &mut Report) -> Result<(), StoreError> {
    for row in rows {
        let over = app.store.placed(row.finding.gone(now)).await?;
        let change = app.store.findings.put(Change::new(), &over, Some(row.finding.version));
        // Where a person was faster, or the list was behind, it is over or looked at again in the next night.
        let through = app.store.commit(change, told(&over.finding, Turn::Closed, now)).await?;
        report.closed += u64::from(through);
    }
    Ok(())
}

/// Keeps `finding`, of which `version` was read, and tells who has not heard of it.
async fn keep(
    app: &App,
    cause: &Cause<'_>,
    (finding, turn, version): (Finding, Turn, Option<u64>),
    now: Timestamp,
    report: &mut Report,
) -> Result<(), StoreError> {
    let row = app.store.placed(finding).await?;
    let mut change = app.store.findings.put(Change::new(), &row, version);
    let mut posted = 0;
    for notice in notices(app, cause, &row, now).await? {
        if !app.store.is_told(&notice).await? {
            change = app.store.post(change, &notice);
            posted += 1;
        }
    }
    // Another run that was faster did the same.
    if app.store.commit(change, told(&row.finding, turn, now)).await? {
        report.told += posted;
        match turn {
            Turn::Moved => report.moved += 1,
            Turn::Opened | Turn::Reopened | Turn::Closed => report.opened += 1,
        }
    }
    Ok(())
}

/// Who leads the organisation at `path`, other than whom something is `about`; where nobody does, who leads the nearest one above it.
async fn leaders(
    app: &App,
    path: &OrgPath,
    about: Option<MemberId>,
    day: Date,
) -> Result<BTreeSet<MemberId>, StoreError> {
    let mut upwards: Vec<_> = path.ids().collect();
    upwards.reverse();
    for organization in upwards {
        let mut leaders = app.store.leaders(organization, day).await?;
        if let Some(member) = about {
            leaders.remove(&member);
        }
        if !leaders.is_empty() {
            return Ok(leaders);
        }
    }
    Ok(BTreeSet::new())
}

/// Who hears of a finding, as its rule says; the person whom it is about is told nothing as an officer.
async fn notices(app: &App, cause: &Cause<'_>, row: &FindingRow, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let (finding, mut notices) = (&row.finding, Vec::new());
    for whom in &cause.rule.tell {
        match whom {
            Tell::Member => notices.extend(cause.member.map(|member| words::to_member(member, cause, finding, now))),
            Tell::Leaders => {
                let leaders = leaders(app, &row.path, cause.member, shanghai_day(now)).await?;
                notices.extend(leaders.into_iter().map(|leader| words::to_leader(leader, cause, finding, now)));
            }
        }
    }
    Ok(notices)
}

/// What the trace tells of it.
fn told(finding: &Finding, turn: Turn, now: Timestamp) -> Activity {
    let about = Activity::new(now, Actor::job(NAME), turn.kind(), finding.organization, finding.id.to_string())
        .stating("rule", &finding.rule)
        .stating("ruleVersion", finding.rule_version)
        .stating("period", &finding.period);
    match finding.member {
        Some(member) => about.stating("member", member),
        None => about,
    }
}
