//! Counting again, from the trace, the organisations in which something was done.

use crate::{AT_ONCE, App, Report, night::Until, own, passes};
use counter_records::{MonthRow, NightRow, Place, Recounted};
use dues_records::Month;
use dynamo::{SHARDS, StoreError};
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::OrgId;
use register::{NodeStatus, OrgKind};

/// Days before the last one that a night looks back at most.
const BACK: i32 = 31;

/// The days that a night counts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    first: Date,
    last: Date,
    /// Whether no night went to its end before: what was done until then is news, and no difference.
    is_first: bool,
}

impl Due {
    /// What is due up to the end of `last` where everything up to the end of `through` was counted. The first night of all begins with
    /// its month, so that it is whole.
    fn after(through: Option<Date>, last: Date) -> Self {
        let first = match through {
            Some(through) => through.saturating_add(1.day()).max(last.saturating_sub(BACK.days())),
            None => last.first_of_month(),
        };
        Self { first, last, is_first: through.is_none() }
    }
}

/// Counts again what was done since the last night that went to its end, up to the end of the last day; whether that is done, as
/// far as it can be: there was time for it, and the store was not too busy for any of it.
pub(crate) async fn all(
    app: &App,
    night: &mut NightRow,
    (last, deadline): Until,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let due = Due::after(night.through, last);
    if due.first > last {
        return Ok(true);
    }
    loop {
        let begun = night.at.take().filter(|at| at.day >= due.first);
        let goes_on = begun.is_some();
        night.missed &= goes_on;
        night.busy &= goes_on;
        if !Box::pin(days(app, night, begun.as_ref(), (due, deadline), report)).await? {
            return Ok(false);
        }
        // Those that did not get through are looked for again by the next run.
        if !night.missed {
            night.through = Some(last);
            night.since = if due.is_first { Some(due.first) } else { night.since };
        }
        if !night.busy {
            night.passed = Some(last);
        }
        app.store.note(night).await?;
        // A store that was busy for an earlier run may be so no longer: what is done already takes a read each.
        if !(night.busy && goes_on) {
            return Ok(!night.busy);
        }
    }
}

/// Counts again what was done on the days that are due, from where it was broken off; whether there was time for it.
async fn days(
    app: &App,
    night: &mut NightRow,
    begun: Option<&Place>,
    (due, deadline): (Due, Timestamp),
    report: &mut Report,
) -> Result<bool, StoreError> {
    let days = due.first.series(1.day()).take_while(|day| *day <= due.last);
    let parts = days.flat_map(|day| SHARDS.map(|part| (day, part)));
    let parts = parts.skip_while(|part| begun.is_some_and(|at| *part < (at.day, at.part)));
    let mut after = begun.and_then(|at| at.after.clone());
    for (day, part) in parts {
        loop {
            if app.clock.now() >= deadline {
                report.more = true;
                night.at = Some(Place { day, part, after });
                app.store.note(night).await?;
                return Ok(false);
            }
            let (organizations, next) = app.store.done_on((day, part), after.as_deref()).await?;
            for error in some(app, &organizations, (day, due), report).await {
                night.missed = true;
                night.busy |= passes(&error);
                report.leave(&error);
            }
            after = next;
            if !organizations.is_empty() {
                night.at = Some(Place { day, part, after: after.clone() });
                app.store.note(night).await?;
            }
            if after.is_none() {
                break;
            }
        }
    }
    night.at = None;
    Ok(true)
}

/// Counts again `organizations`, in which something was done on `day`; why some of them did not get through.
async fn some(app: &App, organizations: &[OrgId], (day, due): (Date, Due), report: &mut Report) -> Vec<StoreError> {
    let mut errors = Vec::new();
    for some in organizations.chunks(AT_ONCE) {
        let each = some.iter().map(|id| Box::pin(organization(app, *id, day, due)));
        for outcome in join_all(each).await {
            match outcome {
                Ok(part) => report.add(&part),
                Err(error) => errors.push(error),
            }
        }
    }
    errors
}

/// Counts again the month of `day` of an organisation, as far as it is over, and reads anew what it says of itself.
async fn organization(app: &App, id: OrgId, day: Date, due: Due) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let month = Month::of(day);
    let until = due.last.min(month.last_day());
    if let Some(found) = counted(app, (id, month), until).await? {
        report.organizations = 1;
        match found {
            Recounted::Behind if !due.is_first => {
                report.behind = 1;
                tracing::warn!(organization = %id, %month, "counters were behind the trace and are repaired");
            }
            Recounted::Different if !due.is_first => {
                report.differences = 1;
                tracing::error!(organization = %id, %month, "counters differed from the trace and are repaired");
            }
            _ => {}
        }
    }
    let Some(node) = app.store.node(id).await?.filter(|node| node.status == NodeStatus::Active) else {
        return Ok(report);
    };
    own::renewed(app, &node, until).await?;
    // What is done in a group is its branch's as well: its members, and what is held.
    if let (OrgKind::Group, Some(branch)) = (node.kind, node.path.parent())
        && let Some(branch) = app.store.node(branch).await?
    {
        own::renewed(app, &branch, until).await?;
    }
    Ok(report)
}

/// Compares the counters of a month with the trace up to the end of `until`, and puts what the trace says in their place; `None`
/// where that was done before.
async fn counted(app: &App, (id, month): (OrgId, Month), until: Date) -> Result<Option<Recounted>, StoreError> {
    let old = app.store.counters.month(id, month).await?;
    if old.as_ref().is_some_and(|row| row.is_closed(until)) {
        return Ok(None);
    }
    // Days that are over: the trace says of them what it will say at each try.
    let (sum, latest) = app.store.told(id, (until.first_of_month(), until)).await?;
    let again = |row: &MonthRow| (!row.is_closed(until)).then(|| row.counted_again(sum.clone(), latest, until));
    app.store.counters.change((id, month), old, again).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_goes_on_after_the_last_one_and_the_first_one_takes_its_month() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (through, first) in [
            (None, "2026-11-01"),
            (Some("2026-11-23"), "2026-11-24"),
            (Some("2026-11-24"), "2026-11-25"),
            (Some("2026-10-30"), "2026-10-31"),
            (Some("2026-08-10"), "2026-10-24"),
        ] {
            let due = Due::after(through.map(day), day("2026-11-24"));
            assert_eq!((due.first, due.is_first), (day(first), through.is_none()), "{through:?}");
        }
    }
}
