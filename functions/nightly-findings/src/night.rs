//! The walk of a night.

use crate::{App, LASTING, Report, look, store::NightRow};
use dynamo::StoreError;
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{OrgId, add_months, shanghai_day};

/// Organisations that are looked at at the same time.
const AT_ONCE: usize = 10;
/// For how many months an organisation is looked at that is closed.
const CLOSED: i32 = 12;
/// After how many days a walk that does not come to its end is a failure.
const BEHIND: i64 = 3;

/// Looks at every organisation, from where the last run stopped, unless that came to the end today.
pub(crate) async fn all(app: &App, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    let (mut night, today) = (app.store.night().await?, shanghai_day(began));
    if night.done_on.is_some_and(|day| day >= today) {
        return Ok(());
    }
    night.began_on = night.began_on.or(Some(today));
    // What an earlier run could not do may lie behind: then it goes round once more.
    while walk(app, &mut night, began, report).await? {}
    Ok(())
}

/// Goes on to the end, or as long as there is time; whether it has to go round again.
async fn walk(app: &App, night: &mut NightRow, began: Timestamp, report: &mut Report) -> Result<bool, StoreError> {
    let roots = app.store.roots().await?;
    let first = night.root;
    for root in roots.into_iter().filter(|root| first.is_none_or(|first| *root >= first)) {
        let mut after = night.after.clone().filter(|_| first == Some(root));
        loop {
            if is_over(app, night, began, report) {
                return Ok(false);
            }
            let page = app.store.nodes(root, true, after.as_deref()).await?;
            for some in page.items.chunks(AT_ONCE) {
                // Boxed: each has calls of several tables in it.
                let each = some.iter().map(|node| Box::pin(look::organization(app, node)));
                for outcome in join_all(each).await {
                    match outcome {
                        Ok(part) => report.add(&part),
                        Err(error) => {
                            report.leave(&error);
                            night.missed = true;
                        }
                    }
                }
            }
            after = page.after;
            // The last page of a tree ends behind every path of it.
            let reached = after.clone().unwrap_or_else(|| "\u{10ffff}".to_owned());
            (night.root, night.after) = (Some(root), Some(reached));
            app.store.note(night).await?;
            if after.is_none() {
                break;
            }
        }
        let through = closed(app, (root, &*night), began, report).await?;
        if report.more {
            return Ok(false);
        }
        night.missed |= !through;
    }
    let again = night.end(shanghai_day(began));
    app.store.note(night).await?;
    // What did not get through in this run is for the next one.
    Ok(again && report.left == 0)
}

/// Whether the time of the run is over, which `report` says then.
fn is_over(app: &App, night: &NightRow, began: Timestamp, report: &mut Report) -> bool {
    let over = app.clock.now() > began + LASTING;
    if over {
        report.more = true;
        report.behind = is_behind(night.done_on.or(night.began_on), shanghai_day(began));
    }
    over
}

/// Whether the last walk came to its end `since` so long that somebody has to look; before any did, whether the first one began so
/// long ago.
fn is_behind(since: Option<Date>, today: Date) -> bool {
    since.is_some_and(|day| day < today.saturating_sub(BEHIND.days()))
}

/// Ends what is open in organisations of a tree that were closed lately; whether all of them got through, as far as there was time.
async fn closed(
    app: &App,
    (root, night): (OrgId, &NightRow),
    now: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let (mut after, mut through) = (None, true);
    loop {
        if is_over(app, night, now, report) {
            return Ok(through);
        }
        let page = app.store.nodes(root, false, after.as_deref()).await?;
        for node in &page.items {
            if node.closed_on.is_none_or(|day| add_months(day, CLOSED) < shanghai_day(now)) {
                continue;
            }
            match Box::pin(look::closed(app, node)).await {
                Ok(part) => report.add(&part),
                Err(error) => {
                    report.leave(&error);
                    through = false;
                }
            }
        }
        after = page.after;
        if after.is_none() {
            return Ok(through);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::Report as _;

    #[test]
    fn a_walk_that_does_not_end_for_three_days_is_a_failure() {
        let today = Date::constant(2026, 11, 24);
        assert!(!is_behind(None, today) && !is_behind(Some(Date::constant(2026, 11, 21)), today));
        assert!(is_behind(Some(Date::constant(2026, 11, 20)), today));
        assert_eq!(Report { more: true, ..Report::default() }.failure(), None);
        let failure = Report { more: true, behind: true, ..Report::default() }.failure();
        assert_eq!(failure.as_deref(), Some("no walk came to its end for three days"));
    }
}
