//! One run of `dues-bills.arrears`: what has been open for long is told, and becomes a matter for people.

use crate::{App, LASTING, Report, store::Watched, words};
use dues_records::{Bill, BillRow, Case, Month, Rules, SHARDS, arrears};
use dynamo::{Activity, Actor, Change, StoreError};
use futures_util::future::join_all;
use jiff::Timestamp;
use kernel::{MemberId, OrgId, shanghai_day};
use std::collections::BTreeMap;

/// Members who are looked at at the same time.
const AT_ONCE: usize = 10;
/// How far back a run of open months is followed.
const BACK: i32 = 120;

/// Looks at every open bill that is due to be looked at.
pub(crate) async fn all(app: &App, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    for part in 0..SHARDS {
        let mut after = None;
        loop {
            if app.clock.now() > began + LASTING {
                report.more = true;
                return Ok(());
            }
            let page = app.store.watched(part, Month::at(began), after.as_deref()).await?;
            let mut members = BTreeMap::<MemberId, Vec<Month>>::new();
            for Watched { member, month } in page.items {
                members.entry(member).or_default().push(month);
            }
            let members: Vec<_> = members.into_iter().collect();
            for some in members.chunks(AT_ONCE) {
                // Boxed: each has calls of several tables in it.
                let each = some.iter().map(|(member, months)| Box::pin(member_of(app, *member, months, began)));
                for outcome in join_all(each).await {
                    match outcome {
                        Ok(looked) => {
                            report.due += looked.due;
                            report.told += looked.told;
                            report.cases += looked.cases;
                            report.left += looked.left;
                        }
                        Err(error) => report.leave(&error),
                    }
                }
            }
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Looks at the bills of one member for `months`.
async fn member_of(app: &App, member: MemberId, months: &[Month], now: Timestamp) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let this = Month::at(now);
    let rows = app.store.dues.bills(member, (this.after(-BACK), this)).await?;
    let bills: Vec<_> = rows.iter().map(|row| row.bill.clone()).collect();
    let branch = app.store.branch_of(member).await?;
    // The list is behind the bills, and another run may have looked at one since it was read.
    for row in rows.iter().filter(|row| months.contains(&row.bill.month) && row.is_due(this)) {
        report.due += 1;
        let through = match branch {
            Some(branch) => Box::pin(look(app, (row, &bills, branch), now, &mut report)).await?,
            // Who left is not reminded.
            None => app.store.commit(app.store.look_again(Change::new(), row, &row.watched(None)), Vec::new()).await?,
        };
        if !through {
            // Another run looked at it, or it was paid meanwhile; otherwise the next run looks again.
            let now_there = app.store.bill(member, row.bill.month).await?;
            let same = now_there.is_some_and(|there| there.watch_key == row.watch_key);
            report.left += u64::from(same);
        }
    }
    Ok(report)
}

/// Looks at one bill of a member who is in `branch` now; whether that is done.
async fn look(
    app: &App,
    (row, bills, branch): (&BillRow, &[Bill], OrgId),
    now: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let rules = Rules::get()?;
    let (bill, this) = (&row.bill, Month::at(now));
    let (notice, case) = (rules.arrears.notice_months, rules.arrears.case_months);
    let first_look = row.watched(Some(notice)).watch_key == row.watch_key;
    let next = row.watched(first_look.then_some(case));
    let change = app.store.look_again(Change::new(), row, &next);
    let run = arrears(bills, bill.month, if first_look { notice } else { case }, this);
    match run {
        None => app.store.commit(change, Vec::new()).await,
        Some(first) if first_look => tell(app, change, (bill, first, branch), now, report).await,
        Some(first) => open(app, change, (bill, first, branch), now, report).await,
    }
}

/// Tells the member and who keeps the dues of the branch, unless they heard of this run of months.
async fn tell(
    app: &App,
    change: Change,
    (bill, first, branch): (&Bill, Month, OrgId),
    now: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let rules = Rules::get()?;
    let own = words::to_member(bill, first, rules, now);
    if app.store.is_told(&own).await? {
        return app.store.commit(change, Vec::new()).await;
    }
    let mut change = app.store.post(change, &own);
    for officer in app.store.officers(branch, shanghai_day(now)).await? {
        let notice = words::to_officer(officer, bill, first, rules, now);
        if officer != bill.member && !app.store.is_told(&notice).await? {
            change = app.store.post(change, &notice);
        }
    }
    let about = Activity::new(now, Actor::job("dues-bills"), "dues.arrears-told", branch, bill.member.to_string());
    let told = app.store.commit(change, vec![about.stating("first", first)]).await?;
    report.told += u64::from(told);
    Ok(told)
}

/// Opens a case, unless there is one or one was closed that the bill is of.
async fn open(
    app: &App,
    change: Change,
    (bill, first, branch): (&Bill, Month, OrgId),
    now: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let Some(first) = app.store.new_case(bill.member, bill.month, first).await? else {
        return app.store.commit(change, Vec::new()).await;
    };
    let case = Case { organization: branch, ..Case::opened(bill, first, shanghai_day(now)) };
    let mut change = app.store.open_case(change, &case);
    let notice = words::of_case(&case, Rules::get()?, now);
    if !app.store.is_told(&notice).await? {
        change = app.store.post(change, &notice);
    }
    let about = Activity::new(now, Actor::job("dues-bills"), "dues.case-opened", branch, bill.member.to_string());
    let opened = app.store.commit(change, vec![about.stating("case", case.id).stating("first", first)]).await?;
    report.cases += u64::from(opened);
    Ok(opened)
}
