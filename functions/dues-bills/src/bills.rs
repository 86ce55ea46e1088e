//! One run of `dues-bills`: every member on the rolls has a bill for the month.

use crate::{App, LASTING, Report, store::ProgressRow};
use dues_records::{Bill, BillRow, Month, OnRoll, Rules};
use dynamo::{Actor, Change, StoreError};
use futures_util::future::join_all;
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Refusal};
use register::{Node, OrgKind};

/// Organisations that are looked at at the same time.
const AT_ONCE: usize = 10;
/// Bills of one transaction: with the activity they are fewer than a hundred items.
const TOGETHER: usize = 90;
/// Tries of a branch in which another run makes bills at the same time.
const TRIES: usize = 3;

/// Makes the bills of the month of `day`, if that is this month: another month's roll is not today's.
pub(crate) async fn all(app: &App, day: Date, report: &mut Report) -> Result<(), StoreError> {
    let (began, month) = (app.clock.now(), Month::of(day));
    if month != Month::at(began) {
        return Ok(());
    }
    let mut progress = app.store.progress(day).await?;
    if progress.done {
        return Ok(());
    }
    let roots = app.store.roots().await?;
    let first = progress.root;
    for root in roots.into_iter().filter(|root| first.is_none_or(|first| *root >= first)) {
        let mut after = progress.after.clone().filter(|_| first == Some(root));
        loop {
            if app.clock.now() > began + LASTING {
                report.more = true;
                return Ok(());
            }
            let page = app.store.nodes(root, after.as_deref()).await?;
            for some in page.items.chunks(AT_ONCE) {
                // Boxed: each has calls of several tables in it.
                let each = some.iter().map(|node| Box::pin(organization(app, node, month)));
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
                (progress.root, progress.after) = (Some(root), after.clone());
                if after.is_some() {
                    app.store.note(&progress).await?;
                }
            }
            if after.is_none() {
                break;
            }
        }
        // Behind every path of this tree.
        if report.left == 0 {
            progress.after = Some("\u{10ffff}".to_owned());
            app.store.note(&progress).await?;
        }
    }
    if report.left == 0 {
        app.store.note(&ProgressRow { done: true, ..progress }).await?;
    }
    Ok(())
}

impl Report {
    fn add(&mut self, part: &Self) {
        self.branches += part.branches;
        self.bills += part.bills;
        self.without += part.without;
        self.closed += part.closed;
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Closes the book of an organisation for the month before `month`; makes the bills of a branch.
async fn organization(app: &App, node: &Node, month: Month) -> Result<Report, StoreError> {
    let mut report = Report::default();
    if node.kind == OrgKind::Group {
        return Ok(report);
    }
    report.closed = u64::from(app.store.dues.close(node.id, month.after(-1)).await?);
    if node.kind != OrgKind::Branch || node.temporary {
        return Ok(report);
    }
    report.branches = 1;
    let now = app.clock.now();
    for _ in 0..TRIES {
        let owing = app.store.owing(node, month).await?;
        let years = app.store.dues.years(owing.iter().map(|member| member.id), month.year()).await?;
        let monthly = |member: &OnRoll| years.get(&member.id).and_then(|years| years.monthly(month));
        let (set, without): (Vec<_>, Vec<_>) = owing.iter().partition(|member| monthly(member).is_some());
        let billed = app.store.dues.billed(set.iter().map(|member| member.id), month).await?;
        let missing = set.into_iter().filter(|member| !billed.contains(&member.id));
        let bills: Vec<_> = missing
            .filter_map(|member| {
                let who = (member.id, member.name.clone());
                Some(Bill::new(who, node.id, month, monthly(member)?, now))
            })
            .collect();
        let mut through = true;
        for some in bills.chunks(TOGETHER) {
            if Box::pin(make(app, node, some, now)).await? {
                report.bills += count(some.len());
            } else {
                // Somebody else made one of them meanwhile.
                through = false;
            }
        }
        if through {
            report.without = count(without.len());
            return Ok(report);
        }
    }
    Err(Refusal::new(ErrorCode::Conflict).into())
}

/// Makes `bills` of one branch, all or none.
async fn make(app: &App, node: &Node, bills: &[Bill], now: Timestamp) -> Result<bool, StoreError> {
    let months = Rules::get()?.arrears.notice_months;
    let change = bills
        .iter()
        .fold(Change::new(), |change, bill| app.store.dues.enter_bill(change, &BillRow::new(bill.clone(), months)));
    let told = Bill::told(bills, node.id, (Actor::job("dues-bills"), now));
    app.store.commit(change, vec![told]).await
}
