//! Counting again, from the trace, the organisations in which something was done.
//!
//! The first night of all has no day before it to go on from. It asks every organisation for all that its trace tells, however old,
//! as a night of scores does: of months that are over nothing would be known otherwise.

use crate::{AT_ONCE, App, Report, night::Until, own, passes, store::Counted};
use counter_records::{MonthRow, NightRow, Part, Place, Recounted};
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
    /// Whether no night went to its end before: then all that was done up to the end of the last day is due, of everybody.
    is_first: bool,
}

impl Due {
    /// What is due up to the end of `last` after what `night` came to. The first night of all is of one day, however many runs it takes:
    /// who was asked for that day is not asked again for the next one.
    fn after(night: &NightRow, last: Date) -> Self {
        let Some(through) = night.through else {
            let day = night.at.as_ref().map_or(last, |at| at.day);
            return Self { first: day, last: day, is_first: true };
        };
        let first = through.saturating_add(1.day()).max(last.saturating_sub(BACK.days()));
        Self { first, last, is_first: false }
    }

    /// What it is gone through in, in that order.
    async fn parts(self, app: &App) -> Result<Vec<(Date, Part)>, StoreError> {
        if self.is_first {
            let roots = app.store.roots().await?.into_iter();
            let trees = roots.flat_map(|root| [Part::Tree(root, false), Part::Tree(root, true)]);
            return Ok(trees.map(|part| (self.last, part)).collect());
        }
        let days = self.first.series(1.day()).take_while(|day| *day <= self.last);
        Ok(days.flat_map(|day| SHARDS.map(|shard| (day, Part::Done(shard)))).collect())
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
    let due = Due::after(night, last);
    if due.first > due.last {
        return Ok(true);
    }
    loop {
        let begun = night.at.take().filter(|at| at.day >= due.first);
        let goes_on = begun.is_some();
        night.missed &= goes_on;
        night.busy &= goes_on;
        if !Box::pin(parts(app, night, begun.as_ref(), (due, deadline), report)).await? {
            return Ok(false);
        }
        // Those that did not get through are looked for again by the next run.
        if !night.missed {
            night.through = Some(due.last);
        }
        if !night.busy {
            night.passed = Some(due.last);
        }
        if due.is_first {
            // Sums are due from the month in which the trace begins.
            let since = night.since.unwrap_or(due.last.first_of_month());
            night.since = Some(since);
            night.walked = night.walked.or(Some(since.saturating_sub(1.day())));
        }
        app.store.note(night).await?;
        // A store that was busy for an earlier run may be so no longer: what is done already takes a read each.
        if !(night.busy && goes_on) {
            return Ok(!night.busy);
        }
    }
}

/// Counts again what is due, from where it was broken off; whether there was time for it.
async fn parts(
    app: &App,
    night: &mut NightRow,
    begun: Option<&Place>,
    (due, deadline): (Due, Timestamp),
    report: &mut Report,
) -> Result<bool, StoreError> {
    let parts = due.parts(app).await?.into_iter();
    let parts = parts.skip_while(|part| begun.is_some_and(|at| *part < (at.day, at.part)));
    for (day, part) in parts {
        // What was read of one part says nothing of another one.
        let mut after = begun.filter(|at| (at.day, at.part) == (day, part)).and_then(|at| at.after.clone());
        loop {
            if app.clock.now() >= deadline {
                report.more = true;
                night.at = Some(Place { day, part, after });
                app.store.note(night).await?;
                return Ok(false);
            }
            let (organizations, next) = app.store.some_of((day, part), after.as_deref()).await?;
            for error in some(app, &organizations, (day, due), report).await {
                night.missed = true;
                night.busy |= passes(&error);
                report.leave(&error);
            }
            night.since = [night.since, report.since].into_iter().flatten().min();
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

/// Counts again `organizations`, which are due for `day`; why some of them did not get through.
async fn some(app: &App, organizations: &[OrgId], (day, due): (Date, Due), report: &mut Report) -> Vec<StoreError> {
    let mut errors = Vec::new();
    for some in organizations.chunks(AT_ONCE) {
        let each = some.iter().map(|id| Box::pin(organization(app, *id, (day, due))));
        for outcome in join_all(each).await {
            match outcome {
                Ok(part) => report.add(&part),
                Err(error) => errors.push(error),
            }
        }
    }
    errors
}

/// Counts again an organisation that is due for `day`.
async fn organization(app: &App, id: OrgId, (day, due): (Date, Due)) -> Result<Report, StoreError> {
    if due.is_first {
        everything(app, id, due.last).await
    } else {
        one_month(app, (id, Month::of(day)), due.last).await
    }
}

/// Counts all that the trace tells of an organisation up to the end of `last`, month by month. It was never counted before, so that
/// nothing differs.
async fn everything(app: &App, id: OrgId, last: Date) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let told = app.store.told(id, (None, last)).await?;
    report.since = told.keys().next().map(|month| month.last_day().first_of_month());
    let is_of_now = told.contains_key(&Month::of(last));
    for (month, counted) in told {
        let old = app.store.counters.month(id, month).await?;
        let found = compared(app, (id, month), old, (counted, last.min(month.last_day()))).await?;
        report.organizations += u64::from(found.is_some());
    }
    if is_of_now {
        said_anew(app, id, last).await?;
    }
    Ok(report)
}

/// Counts again a month of an organisation as far as it is over by the end of `last`, and reads anew what that says of itself.
async fn one_month(app: &App, (id, month): (OrgId, Month), last: Date) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let until = last.min(month.last_day());
    let old = app.store.counters.month(id, month).await?;
    if !old.as_ref().is_some_and(|row| row.is_closed(until)) {
        let mut told = app.store.told(id, (Some(until.first_of_month()), until)).await?;
        let counted = told.remove(&month).unwrap_or_default();
        let found = compared(app, (id, month), old, (counted, until)).await?;
        report.organizations = u64::from(found.is_some());
        match found {
            Some(Recounted::Behind) => {
                report.behind = 1;
                tracing::warn!(organization = %id, %month, "counters were behind the trace and are repaired");
            }
            Some(Recounted::Different) => {
                report.differences = 1;
                tracing::error!(organization = %id, %month, "counters differed from the trace and are repaired");
            }
            Some(Recounted::Same) | None => {}
        }
    }
    said_anew(app, id, until).await?;
    Ok(report)
}

/// Compares what is known of a month with what the trace tells of it up to the end of a day that is over, and puts that in its
/// place; `None` where that was done before. At each try the trace tells the same.
async fn compared(
    app: &App,
    (id, month): (OrgId, Month),
    old: Option<MonthRow>,
    ((sum, latest), until): (Counted, Date),
) -> Result<Option<Recounted>, StoreError> {
    let again = |row: &MonthRow| (!row.is_closed(until)).then(|| row.counted_again(sum.clone(), latest, until));
    app.store.counters.change((id, month), old, again).await
}

/// Reads anew what an organisation says of itself after the end of `day`.
async fn said_anew(app: &App, id: OrgId, day: Date) -> Result<(), StoreError> {
    let Some(node) = app.store.node(id).await?.filter(|node| node.status == NodeStatus::Active) else {
        return Ok(());
    };
    own::renewed(app, &node, day).await?;
    // What is done in a group is its branch's as well: its members, and what is held.
    if let (OrgKind::Group, Some(branch)) = (node.kind, node.path.parent())
        && let Some(branch) = app.store.node(branch).await?
    {
        own::renewed(app, &branch, day).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_goes_on_after_the_last_one_and_the_first_one_is_of_one_day() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let last = day("2026-11-24");
        for (through, first) in [
            ("2026-11-23", "2026-11-24"),
            ("2026-11-24", "2026-11-25"),
            ("2026-10-30", "2026-10-31"),
            ("2026-08-10", "2026-10-24"),
        ] {
            let mut night = NightRow::default();
            night.through = Some(day(through));
            assert_eq!(Due::after(&night, last), Due { first: day(first), last, is_first: false }, "{through}");
        }
        let mut night = NightRow::default();
        assert_eq!(Due::after(&night, last), Due { first: last, last, is_first: true });
        let begun = day("2026-11-23");
        night.at = Some(Place { day: begun, part: Part::Tree(OrgId::from_bytes(1, [1; 10]), true), after: None });
        assert_eq!(Due::after(&night, last).last, begun, "it goes on with its day");
    }
}
