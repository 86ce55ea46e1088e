//! What an organisation says of itself.

use crate::App;
use counter_records::OwnRow;
use dues_records::Month;
use dynamo::StoreError;
use jiff::civil::Date;
use register::Node;

/// What `node` says of itself after the end of `day`: as it is kept, or read anew and kept.
pub(crate) async fn renewed(app: &App, node: &Node, day: Date) -> Result<OwnRow, StoreError> {
    let known = app.store.counters.own(node.id, Month::of(day)).await?;
    let known = match known {
        Some(row) if row.through >= day => return Ok(row),
        other => other,
    };
    // Bands are those of the first of the month: counted once, whatever happens later in it.
    let people = known.map(|row| row.sum.people);
    let sum = Box::pin(app.store.says(node, day, people)).await?;
    let row = OwnRow::new(node.id, day, sum);
    app.store.counters.keep_own(&row).await?;
    Ok(row)
}
