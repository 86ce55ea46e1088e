//! One run of `task-warnings.bills`: who has something before them gets a bill.

use crate::{
    App, Report, words,
    work::{hours, leave},
};
use dynamo::{Change, StoreError};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{MemberId, TaskId, shanghai_day, start_of_shanghai_day};
use std::collections::BTreeSet;
use task_records::{Bill, BillItem, BillRow, Colour, Listed, Period, Rules, is_red_before};

/// How long a run makes bills; less than the timeout of the function.
const LASTING: SignedDuration = SignedDuration::from_mins(13);
/// Slots that are read at the same time.
const SLOTS: usize = 24;
/// Persons whose bills are made at the same time.
const AT_ONCE: usize = 10;
/// Open tasks of one person that are looked at.
const TASKS: u16 = 5_000;

/// The bills of `day`, if it is still today: another day's would say what is so now. Those of the week are made on its Monday,
/// or on the first working day after it on which a run gets through; who gets one then gets none of the day beside it.
pub(crate) async fn all(app: &App, day: Date, report: &mut Report) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Some(period) = Period::of(day).filter(|_| day == shanghai_day(now)) else { return Ok(()) };
    let (week, mut served) = (Period::week_of(day), BTreeSet::new());
    // On the day on which they were made it is looked at again who got one.
    if period == week || app.store.week_made_on(week).await?.is_none_or(|made| made == day) {
        make(app, week, &mut served, now, report).await?;
        if report.left == 0 && !report.more {
            app.store.week_made(week, now).await?;
        }
    }
    if period != week && !report.more {
        make(app, period, &mut served, now, report).await?;
    }
    Ok(())
}

/// Makes the bills of `period` for whoever is not `served` yet, as far as time allows; whoever has theirs since today is served.
async fn make(
    app: &App,
    period: Period,
    served: &mut BTreeSet<MemberId>,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), StoreError> {
    let people: Vec<_> = people(app, period, now, report).await?.difference(served).copied().collect();
    for (done, some) in people.chunks(AT_ONCE).enumerate() {
        if app.clock.now() > now + LASTING {
            // The run that follows finds the bills that are there.
            report.left += u64::try_from(people.len() - done * AT_ONCE).unwrap_or(u64::MAX);
            report.more = true;
            return Ok(());
        }
        let each = some.iter().map(|member| Box::pin(one(app, *member, period, now)));
        for (member, outcome) in some.iter().zip(join_all(each).await) {
            match outcome {
                Ok(outcome) => {
                    let made = u64::from(outcome == Outcome::Made);
                    report.bills += made;
                    report.notices += made;
                    if outcome != Outcome::None {
                        served.insert(*member);
                    }
                }
                Err(error) => leave(report, &error),
            }
        }
    }
    Ok(())
}

/// What became of the bill of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It was made.
    Made,
    /// It was made earlier today.
    Known,
    /// There is none, or one of an earlier day.
    None,
}

/// Who may get a bill. Whatever has a colour and awaits its owner is looked at again by the next midnight, and whatever
/// has none by the time at which its limit comes near: so the slots up to that midnight, of a week up to its end and the
/// day after, have them all, whatever holidays there are. What was due and could not be looked at is there as well.
/// Whoever is in a slot that cannot be read gets theirs in the run that follows.
async fn people(
    app: &App,
    period: Period,
    now: Timestamp,
    report: &mut Report,
) -> Result<BTreeSet<MemberId>, StoreError> {
    let days = if period.is_week() { Rules::get()?.warnings.coming_days + 1 } else { 1 };
    let until = start_of_shanghai_day(shanghai_day(now).saturating_add(days.days()));
    let mut people = BTreeSet::new();
    for (shard, mark) in app.store.marks(now).await? {
        for hours in hours(mark, until).chunks(SLOTS) {
            let slots = hours.iter().map(|hour| app.store.whole_slot(*hour, shard));
            for slot in join_all(slots).await {
                let tasks = match slot {
                    Ok(tasks) => tasks,
                    Err(error) => {
                        leave(report, &error);
                        continue;
                    }
                };
                people.extend(tasks.into_iter().filter(|task| may_count(task, period, now)).map(|task| task.owner));
            }
        }
    }
    Ok(people)
}

/// Whether `task` may be on a bill; of one that was split the index does not say how far it is.
fn may_count(task: &Listed, period: Period, now: Timestamp) -> bool {
    let item = BillItem::of(task, task.progress, now);
    task.split || if period.is_week() { item.counts() } else { item.colour == Colour::Red }
}

/// Makes the bill of one person, unless there is one or nothing for which to make it; what became of it. It lists everything that
/// is open, what waits for somebody else included: who reads it sees the whole.
async fn one(app: &App, member: MemberId, period: Period, now: Timestamp) -> Result<Outcome, StoreError> {
    let tasks = &app.store.tasks;
    if let Some(at) = app.store.billed_at(member, period).await? {
        let today = shanghai_day(at) == shanghai_day(now);
        return Ok(if today { Outcome::Known } else { Outcome::None });
    }
    let open = tasks.open_of(member, TASKS).await?;
    let progress = tasks.progress_of(&open).await?;
    let items = open.iter().map(|task| {
        let progress = progress.get(&task.id).copied().unwrap_or_default();
        BillItem::of(task, progress, now)
    });
    let items: Vec<_> = items.collect();
    let wanted = if period.is_week() {
        items.iter().any(BillItem::counts)
    } else {
        let red: BTreeSet<TaskId> =
            items.iter().filter(|item| item.colour == Colour::Red).map(|item| item.task).collect();
        let rows = tasks.rows(&red).await?;
        rows.iter().any(|row| is_red_before(row.warning.as_ref(), period.day()))
    };
    if !wanted {
        return Ok(Outcome::None);
    }
    let bill = Bill::new(period, items, now)?;
    let Some(notice) = words::billed(member, period, &bill, now) else { return Ok(Outcome::None) };
    let change = app.store.post(Change::new(), &notice);
    let change = app.store.bill(change, &BillRow::new(member, period, bill));
    // Where it was not, another run made it meanwhile.
    Ok(if app.store.commit(change, Vec::new()).await? { Outcome::Made } else { Outcome::Known })
}
