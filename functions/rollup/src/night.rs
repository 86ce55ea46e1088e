//! A night: what the last one left, then the day that is over.

use crate::{App, Report, recount, walk};
use dynamo::StoreError;
use jiff::{Timestamp, civil::Date};

/// The last day that is over, and until when a run begins something new.
pub(crate) type Until = (Date, Timestamp);

/// Counts again and adds up, as long as there is time.
pub(crate) async fn all(app: &App, (last, deadline): Until, report: &mut Report) -> Result<(), StoreError> {
    let mut night = app.store.counters.night().await?;
    // Sums that a night did not come to the end of are those of its day: no later one is counted before they are complete.
    if Box::pin(walk::all(app, &mut night, deadline, report)).await?
        && Box::pin(recount::all(app, &mut night, (last, deadline), report)).await?
    {
        Box::pin(walk::all(app, &mut night, deadline, report)).await?;
    }
    Ok(())
}
