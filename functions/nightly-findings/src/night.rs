//! The walk of a night.

use crate::{App, LASTING, Report, look, store::NightRow};
use dynamo::StoreError;
use futures_util::future::join_all;
use jiff::Timestamp;
use kernel::{OrgId, add_months, shanghai_day};

/// Organisations that are looked at at the same time.
const AT_ONCE: usize = 10;
/// For how many months an organisation is looked at that is closed.
const CLOSED: i32 = 12;

/// Looks at every organisation, from where the last run stopped, unless that came to the end today.
pub(crate) async fn all(app: &App, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    let mut night = app.store.night().await?;
    if night.done_on.is_some_and(|day| day >= shanghai_day(began)) {
        return Ok(());
    }
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
            if app.clock.now() > began + LASTING {
                report.more = true;
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
        night.missed |= !closed(app, root, began, report).await?;
    }
    let again = night.missed;
    *night = if again { NightRow::new(night.done_on) } else { NightRow::new(Some(shanghai_day(began))) };
    app.store.note(night).await?;
    // What did not get through in this run is for the next one.
    Ok(again && report.left == 0)
}

/// Ends what is open in organisations of a tree that were closed lately; whether all of them got through.
async fn closed(app: &App, root: OrgId, now: Timestamp, report: &mut Report) -> Result<bool, StoreError> {
    let (mut after, mut through) = (None, true);
    loop {
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
