//! Every call to the store, beside those of the table of tasks itself (`task-records`).

use cloud::{Environment, StartError};
use dynamo::{Activity, Change, Found, Key, Ledger, Read, StoreError, Table};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{ErrorCode, MemberId, TaskId, shanghai_day};
use notices::{Announcement, CauseRow, Notice, Notices};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use task_records::{BillRow, CommentRow, Done, Listed, Period, SHARDS, TaskRow, Tasks, Warning};

/// How far back the first run looks.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// What a low-water mark stays behind: requests that are under way, and indexes that lag.
const BEHIND: SignedDuration = SignedDuration::from_hours(2);
/// Rows of one slot that are read at once.
const ROWS: u16 = 30_000;
/// Lines of a thread of one request.
const LINES: u16 = 50;

/// A task as index `next` has it, as far as what is due is concerned.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DueTask {
    pub(crate) id: TaskId,
    pub(crate) owner: MemberId,
    next_key: String,
}

impl DueTask {
    /// Whether it is due at `now`.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        TaskRow::is_key_due(&self.next_key, now)
    }
}

/// The low-water mark of one shard.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct WaterRow {
    /// `WATER`
    pk: String,
    /// The shard.
    sk: String,
    /// The hour, counted from 1970: only a later one replaces it.
    version: u64,
}

impl WaterRow {
    fn key(shard: u8) -> Key {
        Key::new("WATER", shard.to_string())
    }

    fn at(&self) -> Option<Timestamp> {
        Timestamp::from_second(i64::try_from(self.version).ok()?.checked_mul(3_600)?).ok()
    }
}

/// That a run got through with the bills of a week.
#[derive(Debug, Serialize, Deserialize)]
struct WeekRow {
    /// `WEEKS`
    pk: String,
    /// Its Monday.
    sk: String,
    /// The day on which one did.
    on: Date,
    /// When it may go, in seconds since 1970.
    ttl: i64,
}

impl WeekRow {
    /// How long it is kept, in seconds: longer than the week.
    const KEPT: i64 = 14 * 24 * 3_600;

    fn key(week: Period) -> Key {
        Key::new("WEEKS", week.day().to_string())
    }
}

/// How far trees are counted again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recounting {
    /// Trees are counted in which something changed on this day or later.
    pub(crate) from: Date,
    /// Where a run that ended early left them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) at: Option<Place>,
    /// Trees that were not in order, or could not be counted: every run counts them until they are in order.
    pub(crate) again: BTreeSet<TaskId>,
}

/// Where the next run goes on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The day on which the run was due that began with them; what changed on it or later is counted after them.
    pub(crate) began: Date,
    /// The part of the index.
    pub(crate) shard: u8,
    /// The first tree that is not counted.
    pub(crate) root: TaskId,
}

/// The same as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct CountedRow {
    /// `RECOUNT`
    pk: String,
    /// `RECOUNT`
    sk: String,
    #[serde(flatten)]
    recounting: Recounting,
}

impl CountedRow {
    fn key() -> Key {
        Key::new("RECOUNT", "RECOUNT")
    }
}

/// What a task says of itself beside what its version counts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Beside<'a> {
    news: Option<bool>,
    warning: Option<&'a Warning>,
    next_slot: Option<String>,
    next_key: Option<String>,
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) tasks: Tasks,
    notices: Notices,
    ledger: Ledger,
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let ledger = Ledger::of_job(env)?;
        Ok(Self { tasks: Tasks::open(env, ledger.clone())?, notices: Notices::open(env)?, ledger })
    }

    fn table(&self) -> &Table {
        self.tasks.table()
    }

    /// For each shard the hour before which every slot was empty.
    pub(crate) async fn marks(&self, now: Timestamp) -> Result<Vec<(u8, Timestamp)>, StoreError> {
        let rows: Vec<WaterRow> =
            self.table().get_all((0..SHARDS).map(WaterRow::key).collect(), Read::Eventual).await?;
        let mark = |shard: u8| {
            let row = rows.iter().find(|row| row.sk == shard.to_string());
            row.and_then(WaterRow::at).unwrap_or(now - FIRST)
        };
        Ok((0..SHARDS).map(|shard| (shard, mark(shard))).collect())
    }

    /// Notes that every slot of `shard` before `first`, the first in which something was found, was empty. Nothing moves
    /// backwards.
    pub(crate) async fn mark(
        &self,
        (shard, old): (u8, Timestamp),
        first: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let latest = now - BEHIND;
        let hour = |at: Timestamp| at.as_second() / 3_600;
        let new = hour(first.map_or(latest, |first| first.min(latest)));
        if new <= hour(old) {
            return Ok(());
        }
        let (Key { pk, sk }, version) = (WaterRow::key(shard), u64::try_from(new).unwrap_or_default());
        self.table().put_newer(&WaterRow { pk, sk, version }, version).await.map(drop)
    }

    /// What is in the slot of the hour of `at`, as far as one run looks at it. The index may be behind.
    pub(crate) async fn slot(&self, at: Timestamp, shard: u8) -> Result<Found<DueTask>, StoreError> {
        self.table().first(&TaskRow::next_in(at, shard), ROWS).await
    }

    /// Everything in the slot of the hour of `at`.
    pub(crate) async fn whole_slot(&self, at: Timestamp, shard: u8) -> Result<Vec<Listed>, StoreError> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page: Found<Listed> = self.table().page(&TaskRow::next_in(at, shard), after.as_deref(), ROWS).await?;
            rows.extend(page.items);
            after = page.after;
            if after.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Whether the owner of `row` said anything on it after `since`.
    pub(crate) async fn answered(&self, row: &TaskRow, since: Timestamp) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let found: Found<CommentRow> = self.tasks.thread(row.id, after.as_deref(), LINES).await?;
            let mut lines = found.items.iter().map(|row| &row.comment);
            if lines.clone().any(|line| line.by == row.owner && line.at > since) {
                return Ok(true);
            }
            after = found.after;
            if after.is_none() || lines.any(|line| line.at <= since) {
                return Ok(false);
            }
        }
    }

    /// Why `row` was sent back or withdrawn, as its thread has it; of what was withdrawn with its parent nothing is said.
    pub(crate) async fn reason(&self, row: &TaskRow) -> Result<Option<String>, StoreError> {
        let found: Found<CommentRow> = self.tasks.thread(row.id, None, 10).await?;
        let step = |done: Option<Done>| matches!(done, Some(Done::Returned | Done::Withdrawn));
        let line = found.items.into_iter().map(|row| row.comment).find(|line| step(line.done));
        Ok(line.and_then(|line| line.text).map(|text| text.as_str().to_owned()))
    }

    /// Adds to `change` what is known of `row` then: nothing is news, it has `warning`, and is looked at again when
    /// `progress` asks for it; if the task is as it was read and nobody else looked at it.
    pub(crate) fn known(
        &self,
        change: Change,
        (row, warning): (&TaskRow, Option<&Warning>),
        (progress, now): (u16, Timestamp),
    ) -> Change {
        let (next_slot, next_key) = TaskRow::next(row, progress, now);
        let beside = Beside { news: None, warning, next_slot, next_key };
        let expected = [("nextKey", row.next_key.as_deref())];
        change.amend(self.table(), TaskRow::key(row.id), (row.version, &expected), &beside)
    }

    /// Adds a message.
    pub(crate) fn post(&self, change: Change, notice: &Notice) -> Change {
        self.notices.post(change, notice)
    }

    /// Adds what an office is told.
    pub(crate) fn announce(&self, change: Change, announcement: &Announcement) -> Change {
        self.notices.announce(change, announcement)
    }

    /// Those of `notices` and `offices` whose cause was not told before.
    pub(crate) async fn untold(
        &self,
        notices: &[Notice],
        offices: &[Announcement],
    ) -> Result<(Vec<Notice>, Vec<Announcement>), StoreError> {
        let (mut untold, mut unheard) = (Vec::new(), Vec::new());
        for notice in notices {
            if !self.notices.is_told(&CauseRow::of(notice)).await? {
                untold.push(notice.clone());
            }
        }
        for office in offices {
            if !self.notices.is_told(&CauseRow::of_announcement(office)).await? {
                unheard.push(office.clone());
            }
        }
        Ok((untold, unheard))
    }

    /// When the bill of `member` was made, if there is one.
    pub(crate) async fn billed_at(&self, member: MemberId, period: Period) -> Result<Option<Timestamp>, StoreError> {
        #[derive(Deserialize)]
        struct Made {
            at: Timestamp,
        }
        let row: Option<Made> = self.table().get(BillRow::key(member, period), Read::Eventual).await?;
        Ok(row.map(|row| row.at))
    }

    /// The day on which a run got through with the bills of a week, if one did.
    pub(crate) async fn week_made_on(&self, week: Period) -> Result<Option<Date>, StoreError> {
        let row: Option<WeekRow> = self.table().get(WeekRow::key(week), Read::Eventual).await?;
        Ok(row.map(|row| row.on))
    }

    /// Notes that the bills of a week are made.
    pub(crate) async fn week_made(&self, week: Period, now: Timestamp) -> Result<(), StoreError> {
        let Key { pk, sk } = WeekRow::key(week);
        self.table().put(&WeekRow { pk, sk, on: shanghai_day(now), ttl: now.as_second() + WeekRow::KEPT }).await
    }

    /// What the recount that is due on `day` has to look at; what changed since the day before for the first one.
    pub(crate) async fn recounting(&self, day: Date) -> Result<Recounting, StoreError> {
        let row: Option<CountedRow> = self.table().get(CountedRow::key(), Read::Consistent).await?;
        let first = || Recounting { from: day.saturating_sub(1.day()), at: None, again: BTreeSet::new() };
        Ok(row.map_or_else(first, |row| row.recounting))
    }

    /// Notes what the next recount has to look at.
    pub(crate) async fn recounted(&self, recounting: Recounting) -> Result<(), StoreError> {
        let Key { pk, sk } = CountedRow::key();
        self.table().put(&CountedRow { pk, sk, recounting }).await
    }

    /// Adds a bill.
    pub(crate) fn bill(&self, change: Change, row: &BillRow) -> Change {
        change.insert(self.table(), row, ErrorCode::Conflict)
    }

    /// All or nothing; `false` when a condition did not hold.
    pub(crate) async fn commit(&self, change: Change, told: Vec<Activity>) -> Result<bool, StoreError> {
        self.ledger.attempt(change, told).await
    }
}
