//! The walk of a night.

use crate::{App, LASTING, Report, look, store::NightRow};
use dynamo::StoreError;
use futures_util::future::join_all;
use kernel::shanghai_day;

/// Organisations that are looked at at the same time.
const AT_ONCE: usize = 10;

/// Looks at every organisation, from where the last run stopped, unless that came to the end today.
pub(crate) async fn all(app: &App, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    let today = shanghai_day(began);
    let mut night = app.store.night().await?;
    if night.done_on.is_some_and(|day| day >= today) {
        return Ok(());
    }
    let roots = app.store.roots().await?;
    let first = night.root;
    for root in roots.into_iter().filter(|root| first.is_none_or(|first| *root >= first)) {
        let mut after = night.after.clone().filter(|_| first == Some(root));
        loop {
            if app.clock.now() > began + LASTING {
                report.more = true;
                return Ok(());
            }
            let page = app.store.nodes(root, after.as_deref()).await?;
            for some in page.items.chunks(AT_ONCE) {
                // Boxed: each has calls of several tables in it.
                let each = some.iter().map(|node| Box::pin(look::organization(app, node)));
                for outcome in join_all(each).await {
                    match outcome {
                        Ok(part) => report.add(&part),
                        Err(error) => report.leave(&error),
                    }
                }
            }
            after = page.after;
            // What did not get through is where the next run begins: the walk does not go past it.
            if report.left == 0 {
                (night.root, night.after) = (Some(root), after.clone());
                if after.is_some() {
                    app.store.note(&night).await?;
                }
            }
            if after.is_none() {
                break;
            }
        }
        // Behind every path of this tree.
        if report.left == 0 {
            night.after = Some("\u{10ffff}".to_owned());
            app.store.note(&night).await?;
        }
    }
    if report.left == 0 {
        app.store.note(&NightRow::done(today)).await?;
    }
    Ok(())
}
