//! One run of `task-warnings`: what is due is told.

use crate::{
    App, Report,
    domain::{self, Look, News},
    words::{self, Line},
};
use dynamo::{Activity, Actor, Change, StoreError};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use kernel::{MemberId, TaskId};
use notices::{Announcement, Notice};
use std::collections::{BTreeMap, BTreeSet};
use task_records::{SHARDS, TaskRow, Turn};

/// Tasks that finishing a withdrawal withdraws at most; the next run goes on.
const WITHDRAWN: usize = 400;
/// How long a run begins new shards and persons; less than the quarter of an hour between two.
const LASTING: SignedDuration = SignedDuration::from_mins(4);
/// From one run to the next.
const BETWEEN: SignedDuration = SignedDuration::from_mins(15);
/// Slots that are read at the same time.
const SLOTS: usize = 24;
/// Persons whose tasks are looked at at the same time.
const AT_ONCE: usize = 10;
/// Tries of tasks that somebody else changes meanwhile.
const TRIES: usize = 3;
/// Items of one transaction.
const ITEMS: usize = 100;
/// Items of one message.
const NOTICE: usize = 3;

/// Everything that is due.
pub(crate) async fn all(app: &App, report: &mut Report) -> Result<(), StoreError> {
    match Box::pin(app.store.tasks.settle_marked(app.clock.now(), WITHDRAWN)).await {
        Ok(settled) => report.settled = count(settled),
        // It does not keep anybody from being told.
        Err(error) => leave(report, &error),
    }
    let now = app.clock.now();
    let mut marks = app.store.marks(now).await?;
    // Each run begins with another shard: where time is short, it is not the same owners who wait.
    let first = now.as_second().div_euclid(BETWEEN.as_secs()).rem_euclid(i64::from(SHARDS));
    marks.rotate_left(usize::try_from(first).unwrap_or_default());
    for (shard, mark) in marks {
        let found = due(app, (shard, mark), now, report).await;
        report.more |= found.more;
        let owners: Vec<_> = found.owners.iter().collect();
        for some in owners.chunks(AT_ONCE) {
            if app.clock.now() > now + LASTING {
                report.more = true;
                return Ok(());
            }
            // Boxed: each has calls of several tables in it.
            let each = some.iter().map(|(owner, ids)| Box::pin(owner_of(app, **owner, ids, now)));
            for outcome in join_all(each).await {
                match outcome {
                    Ok(part) => report.add(&part),
                    Err(error) => leave(report, &error),
                }
            }
        }
        if let Err(error) = app.store.mark((shard, mark), found.first, now).await {
            leave(report, &error);
        }
    }
    Ok(())
}

/// Something did not get through; the others go on.
pub(crate) fn leave(report: &mut Report, error: &StoreError) {
    report.left += 1;
    tracing::warn!(%error, "left for the next run");
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Report {
    fn add(&mut self, part: &Self) {
        self.due += part.due;
        self.told += part.told;
        self.asked += part.asked;
        self.escalated += part.escalated;
        self.closed += part.closed;
        self.notices += part.notices;
        self.left += part.left;
    }
}

/// What is due in one shard.
struct Shard {
    /// Of each owner their tasks, once each: an index that is behind may have one in two slots.
    owners: BTreeMap<MemberId, BTreeSet<TaskId>>,
    /// The first hour in which anything was found, or could not be looked for.
    first: Option<Timestamp>,
    /// Whether there is more than a run looks at.
    more: bool,
}

/// What is due at `now` among the owners of `shard`, from the hour of `mark` on. The next run begins at a slot that cannot be
/// read.
async fn due(app: &App, (shard, mark): (u8, Timestamp), now: Timestamp, report: &mut Report) -> Shard {
    let mut found = Shard { owners: BTreeMap::new(), first: None, more: false };
    let mut total = 0;
    for hours in hours(mark, now).chunks(SLOTS) {
        let slots = hours.iter().map(|hour| app.store.slot(*hour, shard));
        for (hour, slot) in hours.iter().zip(join_all(slots).await) {
            let rows = match slot {
                Ok(rows) => rows,
                Err(error) => {
                    leave(report, &error);
                    found.first.get_or_insert(*hour);
                    continue;
                }
            };
            if !rows.items.is_empty() {
                found.first.get_or_insert(*hour);
            }
            found.more |= rows.after.is_some();
            for task in rows.items.into_iter().filter(|task| task.is_due(now)) {
                total += 1;
                found.owners.entry(task.owner).or_default().insert(task.id);
            }
        }
        if total >= app.tasks {
            found.more |= hours.last().is_some_and(|last| *last < now - SignedDuration::from_hours(1));
            break;
        }
    }
    found
}

/// An instant in each hour from that of `from` to that of `until`.
pub(crate) fn hours(from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let hour = |at: Timestamp| at.as_second().div_euclid(3_600);
    (hour(from)..=hour(until)).filter_map(|hour| Timestamp::from_second(hour * 3_600).ok()).collect()
}

/// A task as it is, how far it is, and what comes of looking at it.
struct Seen {
    row: TaskRow,
    progress: u16,
    look: Look,
    /// Why it was sent back or withdrawn.
    reason: Option<String>,
}

/// Tells what is due of the tasks `ids` of one owner. What somebody changes meanwhile is read and decided again.
async fn owner_of(app: &App, owner: MemberId, ids: &BTreeSet<TaskId>, now: Timestamp) -> Result<Report, StoreError> {
    let mut report = Report::default();
    for attempt in 1..=TRIES {
        let mut rows = app.store.tasks.rows(ids).await?;
        rows.retain(|row| row.is_due(now));
        rows.sort_unstable_by_key(|row| row.id);
        if attempt == 1 {
            report.due = count(rows.len());
        }
        let progress = app.store.tasks.progress_now(&rows).await?;
        let counted = |row: &TaskRow| (row.clone(), progress.get(&row.id).copied().unwrap_or_default());
        let split: Vec<_> = rows.iter().filter(|row| row.split).map(counted).collect();
        let (mut changed, mut through) = (Vec::new(), true);
        for row in rows {
            let progress = progress.get(&row.id).copied().unwrap_or_default();
            let (warning, _) = domain::warning(&row, progress, now);
            let answered = match warning.filter(|warning| warning.is_overdue(now)) {
                Some(overdue) => app.store.answered(&row, overdue.at).await?,
                None => false,
            };
            let look = domain::look(&row, progress, answered, now);
            if look.changes(&row) {
                let reason = match look.owner {
                    Some(News::Returned | News::Withdrawn) => app.store.reason(&row).await?,
                    _ => None,
                };
                changed.push(Seen { row, progress, look, reason });
            } else {
                through &= app.store.tasks.look_again(&row, progress, now).await?;
            }
        }
        let mut left = changed.as_slice();
        while !left.is_empty() {
            let (some, rest) = left.split_at(together(left));
            left = rest;
            through &= Box::pin(tell(app, owner, some, now, &mut report)).await?;
        }
        if through {
            return forward(app, &split, now).await.map(|()| report);
        }
    }
    report.left += 1;
    Ok(report)
}

/// Brings the next look at tasks forward whose parts came to less after they were looked at.
async fn forward(app: &App, split: &[(TaskRow, u16)], now: Timestamp) -> Result<(), StoreError> {
    let (rows, before): (Vec<_>, Vec<_>) = split.iter().cloned().unzip();
    let progress = app.store.tasks.progress_now(&rows).await?;
    for (row, before) in rows.iter().zip(before) {
        let progress = progress.get(&row.id).copied().unwrap_or_default();
        if progress < before {
            app.store.tasks.look_earlier(row.id, progress, now).await?;
        }
    }
    Ok(())
}

/// How many of `left`, from the first on, one transaction tells.
fn together(left: &[Seen]) -> usize {
    let (mut items, mut told) = (0, Vec::new());
    let fits = left.iter().take_while(|seen| {
        let to = seen.look.owner.map(|_| seen.row.owner);
        for member in to.into_iter().chain(seen.look.superior.map(|(member, _)| member)) {
            if !told.contains(&member) {
                told.push(member);
                items += NOTICE;
            }
        }
        items += 1 + usize::from(seen.look.office) + usize::from(activity(seen, Timestamp::UNIX_EPOCH).is_some());
        items <= ITEMS
    });
    fits.count().max(1)
}

/// What the trace says of it.
fn activity(seen: &Seen, now: Timestamp) -> Option<Activity> {
    let Seen { row, look, .. } = seen;
    let about = |kind| Activity::new(now, Actor::job("task-warnings"), kind, row.organization, row.id.to_string());
    let warning = look.warning.as_ref()?;
    match look.turn {
        Turn::Told => Some(about("task.warned").stating("colour", warning.colour).stating("period", &warning.period)),
        Turn::Closed => Some(about("task.warning-closed").stating("period", &warning.period)),
        Turn::Stays | Turn::Quiet => {
            let (to, _) = look.superior.filter(|_| look.escalates())?;
            Some(about("task.escalated").stating("to", to).stating("period", &warning.period))
        }
    }
}

/// Tells what is new about `some` tasks of one owner, in one transaction; `false` when one of them changed meanwhile.
async fn tell(
    app: &App,
    owner: MemberId,
    some: &[Seen],
    now: Timestamp,
    report: &mut Report,
) -> Result<bool, StoreError> {
    let mut lines = BTreeMap::<MemberId, Vec<Line>>::new();
    for Seen { row, progress, look, reason } in some {
        if let Some(line) = Line::to_owner(row, look, (*progress, reason.as_deref()), now) {
            lines.entry(owner).or_default().push(line);
        }
        if let Some((member, line)) = Line::to_superior(row, look) {
            lines.entry(member).or_default().push(line);
        }
    }
    let mut notices: Vec<_> = lines.iter().filter_map(|(member, lines)| words::message(*member, lines, now)).collect();
    let told: Vec<_> = some.iter().filter_map(|seen| activity(seen, now)).collect();
    let offices = some.iter().filter(|seen| seen.look.office).map(|seen| words::to_office(&seen.row, now));
    let offices: Vec<_> = offices.collect();
    let post = |notices: &[Notice], offices: &[Announcement]| {
        let known = some.iter().fold(Change::new(), |change, Seen { row, progress, look, .. }| {
            app.store.known(change, (row, look.warning.as_ref()), (*progress, now))
        });
        let posted = notices.iter().fold(known, |change, notice| app.store.post(change, notice));
        offices.iter().fold(posted, |change, office| app.store.announce(change, office))
    };
    if !app.store.commit(post(&notices, &offices), told.clone()).await? {
        // Either a task changed, or somebody has heard of it already, though the task does not know: after a table was put
        // back to an earlier time. Then it learns it, and nobody hears it twice.
        let (untold, unheard) = app.store.untold(&notices, &offices).await?;
        let all_new = untold.len() == notices.len() && unheard.len() == offices.len();
        if all_new || !app.store.commit(post(&untold, &unheard), told).await? {
            return Ok(false);
        }
        notices = untold;
    }
    let of = |which: &dyn Fn(&Look) -> bool| count(some.iter().filter(|seen| which(&seen.look)).count());
    report.told += of(&|look| look.owner.is_some());
    report.asked += of(&|look| look.superior.is_some() && !look.escalates());
    report.escalated += of(&Look::escalates);
    report.closed += of(&|look| look.turn == Turn::Closed);
    report.notices += count(notices.len());
    Ok(true)
}
