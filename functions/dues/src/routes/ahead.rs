//! Paying ahead: months of this quarter that have no bill yet, if the branch agrees (党费规定 §12).

use super::payments::bills;
use crate::App;
use dues_records::{Bill, BillRow, Month, Rules, owes};
use http_api::Problem;
use kernel::{MemberId, OrgId};

/// The bills that a payment of `months` to `branch` can pay: those that are `known`, and, for months that have none yet up to the last
/// that the rule lets be paid ahead, what is set for the member, as long as they owe dues and the branch agreed: as its standard says, or
/// because `agreed` it is who keeps its dues that takes the money. Such a bill is made by the payment under the
/// key under which the job would make it in its month, so that the month is billed once, and paid.
pub(super) async fn payable(
    app: &App,
    (member, branch): (MemberId, OrgId),
    months: &[Month],
    known: &[BillRow],
    agreed: bool,
) -> Result<Vec<Bill>, Problem> {
    let (mut payable, now) = (bills(known), app.clock.now());
    let this = Month::at(now);
    let last = Rules::get()?.ahead.until.last(this);
    let ahead = months.iter().copied().filter(|month| (this..=last).contains(month));
    let ahead: Vec<_> = ahead.filter(|month| known.iter().all(|row| row.bill.month != *month)).collect();
    if ahead.is_empty() {
        return Ok(payable);
    }
    let person = app.store.person(member).await?;
    let Some(set) = app.store.dues.year(member, this.year()).await? else { return Ok(payable) };
    let may = |month: Month| agreed || month == this || set.years.is_quarterly(month);
    for month in ahead.into_iter().filter(|month| owes(person.state, person.joined_on, *month) && may(*month)) {
        let who = (member, person.name.clone());
        payable.extend(set.years.monthly(month).map(|amount| Bill::new(who, branch, month, amount, now)));
    }
    Ok(payable)
}
