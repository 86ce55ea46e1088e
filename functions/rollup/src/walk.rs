//! Sums along the tree.

use crate::{AT_ONCE, App, Report, own, passes};
use counter_records::{AreaRow, NightRow, OwnRow, Stars, Sum, Tally, WalkRow};
use dues_records::Month;
use dynamo::{Found, StoreError};
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{OrgId, OrgPath};
use register::{Node, OrgKind};
use std::collections::BTreeMap;

/// Pages after which it is noted where a walk is.
const PAGES: u64 = 10;
/// Where a tree ends: behind every path of it.
const END: &str = "\u{10ffff}";

/// What sums are made of: the day to whose end they reach, and whether organisations are asked what they say of themselves.
type Of = (Date, bool);

/// Adds up every area for each day that is due, up to the end of the last that was gone through; whether there was time for all of it.
pub(crate) async fn all(
    app: &App,
    night: &mut NightRow,
    deadline: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let Some(last) = night.passed else { return Ok(true) };
    while let Some(day) = next(night.walked, last) {
        let begun = app.store.counters.walk().await?.filter(|walk| walk.day == day);
        let mut walk = begun.unwrap_or_else(|| WalkRow::new(day));
        let asks = asks(night.walked, day, last);
        if !Box::pin(trees(app, &mut walk, (asks, deadline), report)).await? {
            report.more = true;
            return Ok(false);
        }
        night.walked = Some(day);
        app.store.note(night).await?;
    }
    Ok(true)
}

/// The day that sums are due of after those of `walked`: `last`, but no month is left out.
fn next(walked: Option<Date>, last: Date) -> Option<Date> {
    let Some(walked) = walked else { return Some(last) };
    let day = walked.saturating_add(1.day());
    (day <= last).then(|| day.last_of_month().min(last))
}

/// Whether organisations are asked what they say of themselves for `day`: in the month of the last day, and in one in which a night was,
/// when they said it before. Who was on the rolls in another month nobody can say any more.
fn asks(walked: Option<Date>, day: Date, last: Date) -> bool {
    let is_of_month = |other: Date| Month::of(other) == Month::of(day);
    is_of_month(last) || walked.is_some_and(is_of_month)
}

/// Walks along all trees from where `walk` is; whether it came to the end.
async fn trees(
    app: &App,
    walk: &mut WalkRow,
    (asks, deadline): (bool, Timestamp),
    report: &mut Report,
) -> Result<bool, StoreError> {
    let (mut pages, of) = (0_u64, (walk.day, asks));
    let first = walk.root;
    for root in app.store.roots().await?.into_iter().filter(|root| first.is_none_or(|first| *root >= first)) {
        let mut after = walk.after.clone().filter(|_| first == Some(root));
        loop {
            if app.clock.now() >= deadline {
                app.store.put_aside(walk).await?;
                return Ok(false);
            }
            let Found { items, after: next } = app.store.nodes(root, after.as_deref()).await?;
            for (node, sum) in sums(app, items, of, report).await? {
                let left = walk.sums.enter(node.path, !node.kind.has_members(), sum);
                keep(app, left, of, report).await?;
            }
            if next.is_none() {
                keep(app, walk.sums.finish(), of, report).await?;
            }
            (walk.root, walk.after) = (Some(root), Some(next.clone().unwrap_or_else(|| END.to_owned())));
            pages += 1;
            if pages.is_multiple_of(PAGES) {
                app.store.put_aside(walk).await?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(true)
}

/// Keeps what areas come to.
async fn keep(app: &App, areas: Vec<(OrgPath, Sum)>, (day, asks): Of, report: &mut Report) -> Result<(), StoreError> {
    for (path, sum) in areas {
        if let Some(mut row) = AreaRow::new(&path, day, sum) {
            row.recorded_alone = !asks;
            app.store.counters.keep_area(&row).await?;
            report.areas += 1;
        }
    }
    Ok(())
}

/// What each of `nodes` comes to by itself, in their order. Where nobody is asked it is what was recorded, of those that were there.
async fn sums(
    app: &App,
    mut nodes: Vec<Node>,
    (day, asks): Of,
    report: &mut Report,
) -> Result<Vec<(Node, Sum)>, StoreError> {
    nodes.retain(|node| asks || node.founded_on <= day);
    let ids: Vec<OrgId> = nodes.iter().map(|node| node.id).collect();
    let month = Month::of(day);
    let asked = if asks { ids.as_slice() } else { &[] };
    let branches = nodes.iter().filter(|node| asks && node.kind == OrgKind::Branch);
    let branches: Vec<OrgId> = branches.map(|node| node.id).collect();
    let (recorded, said, stars) = tokio::try_join!(
        app.store.counters.recorded(&ids, month),
        app.store.counters.owns(asked, month),
        app.store.stars(&branches, day.year()),
    )?;
    // What does not read is left out, so that the sums of all others are made.
    let mut counts: BTreeMap<OrgId, Tally> = BTreeMap::new();
    for row in recorded {
        match row {
            Ok(row) => counts.extend(row.organization().map(|id| (id, row.through(day)))),
            Err(error) => report.leave(&error),
        }
    }
    // Who said what does not read is asked once more below, and left out there.
    let mut said: BTreeMap<OrgId, OwnRow> = said.into_iter().flatten().map(|row| (row.organization, row)).collect();
    let silent: Vec<_> = nodes.iter().filter(|node| asks && !said.contains_key(&node.id)).collect();
    said.extend(heard(app, &silent, day, report).await?);
    let sum = |node: &Node| {
        let counts = counts.get(&node.id).cloned().unwrap_or_default();
        let stars: Stars = stars.get(&node.id).copied().unwrap_or_default();
        Sum::of(node, counts, said.get(&node.id), stars)
    };
    Ok(nodes
        .into_iter()
        .map(|node| {
            let sum = sum(&node);
            (node, sum)
        })
        .collect())
}

/// What organisations say of themselves that have not said it this month. One whose records do not read is left out, so that the
/// sums of all others are made; a store that is busy ends the run.
async fn heard(
    app: &App,
    silent: &[&Node],
    day: Date,
    report: &mut Report,
) -> Result<Vec<(OrgId, OwnRow)>, StoreError> {
    let mut heard = Vec::with_capacity(silent.len());
    for some in silent.chunks(AT_ONCE) {
        let each = some.iter().map(|node| Box::pin(own::renewed(app, node, day)));
        for outcome in join_all(each).await {
            match outcome {
                Ok(row) => heard.push((row.organization, row)),
                Err(error) if passes(&error) => return Err(error),
                Err(error) => report.leave(&error),
            }
        }
    }
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_gets_its_last_day_though_nights_were_missed() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (walked, last, due) in [
            (None, "2026-11-05", Some("2026-11-05")),
            (Some("2026-11-05"), "2026-11-05", None),
            (Some("2026-11-06"), "2026-11-05", None),
            (Some("2026-11-04"), "2026-11-05", Some("2026-11-05")),
            (Some("2026-11-01"), "2026-11-05", Some("2026-11-05")),
            (Some("2026-10-30"), "2026-11-05", Some("2026-10-31")),
            (Some("2026-10-31"), "2026-11-05", Some("2026-11-05")),
            (Some("2026-08-10"), "2026-11-05", Some("2026-08-31")),
            (Some("2026-08-31"), "2026-11-05", Some("2026-09-30")),
        ] {
            assert_eq!(next(walked.map(day), day(last)), due.map(day), "{walked:?} {last}");
        }
    }

    #[test]
    fn of_a_month_without_a_night_nobody_is_asked() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (walked, due, last, asked) in [
            (None, "2026-11-05", "2026-11-05", true),
            (Some("2026-10-31"), "2026-11-05", "2026-11-05", true),
            (Some("2026-10-30"), "2026-10-31", "2026-11-05", true),
            (Some("2026-08-10"), "2026-08-31", "2026-11-05", true),
            (Some("2026-08-31"), "2026-09-30", "2026-11-05", false),
            (Some("2025-10-31"), "2026-10-31", "2026-11-05", false),
        ] {
            assert_eq!(asks(walked.map(day), day(due), day(last)), asked, "{walked:?} {due} {last}");
        }
    }
}
