//! A branch with a group, its neighbour, and what was done in them.

use counter_records::{AreaRow, CounterTable, MonthRow, NightRow, OwnRow};
use dues_records::Month;
use dynamo::{Activity, ActivityRow, Actor, Change, Found, Ledger, Stretch, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{ActivityId, MeetingId, MemberId, OrgId};
use register::{Node, NodeRow};
use rollup::App;
use serde_json::{Value, json};
use std::sync::Mutex;
use testkit::{Bench, Town, stream_event};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) app: App,
    pub(crate) counters: CounterTable,
    /// What the stream of the trace brings, in order.
    told: Mutex<Vec<ActivityRow>>,
}

/// The event of the night that begins on this day.
pub(crate) fn night_of(day: &str) -> Value {
    let time: Timestamp = format!("{day}T04:00:00+08:00").parse().unwrap();
    json!({ "time": time, "detail": { "job": "rollup", "attempt": "1" } })
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn november() -> Month {
    "2026-11".parse().unwrap()
}

pub(crate) fn member(n: u8) -> MemberId {
    MemberId::from_bytes(1, [n; 10])
}

pub(crate) fn meeting(n: u8) -> MeetingId {
    MeetingId::from_bytes(3, [n; 10])
}

/// What the trace tells of a meeting that was signed.
pub(crate) fn held(kind: &str, minutes: u32, present: &[u8], absent: &[u8]) -> Value {
    let all = |some: &[u8]| some.iter().map(|n| member(*n)).collect::<Vec<_>>();
    json!({
        "kinds": [kind], "heldOn": "2026-11-22", "recordedOn": "2026-11-22", "minutes": minutes,
        "present": all(present), "online": [], "absent": all(absent), "exempt": [],
    })
}

/// It is the morning of 2026-11-25. Three members of the branch, one of its group, one of the neighbour. On the third something was
/// done in the branch, on the twenty-third and the twenty-fourth everywhere. The last night that went to its end was that of the
/// twenty-second.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    for n in 1..=3 {
        town.person(n, "陈员", &town.branch).await;
    }
    town.person(4, "何员", &town.group).await;
    town.person(5, "郑众", &town.neighbour).await;
    let app = App::connect(&bench.env).await.unwrap();
    let counters = CounterTable::open(&bench.env).unwrap();
    let stage = Stage { bench, town, app, counters, told: Mutex::default() };
    let (branch, group, neighbour) = (stage.town.branch.id, stage.town.group.id, stage.town.neighbour.id);
    stage.tell("2026-11-03T09:00", "task.issued", branch, &"tsk", json!({})).await;
    let theme_day = held("theme-day", 90, &[1, 2], &[3]);
    stage.tell("2026-11-23T09:00", "meeting.signed", branch, &meeting(1), theme_day).await;
    stage.tell("2026-11-23T10:00", "meeting.signed", group, &meeting(2), held("group-meeting", 60, &[4], &[])).await;
    let paid = json!({ "member": member(1), "months": ["2026-10", "2026-11"], "amount": 3_000 });
    stage.tell("2026-11-23T11:00", "dues.paid", branch, &"pay", paid).await;
    stage.tell("2026-11-23T12:00", "session.opened", branch, &Activity::account(member(1)), json!({})).await;
    stage.tell("2026-11-23T13:00", "member.registered", neighbour, &member(5), json!({})).await;
    stage.tell("2026-11-24T09:00", "task.accepted", branch, &"tsk", json!({})).await;
    stage.tell("2026-11-24T10:00", "organization.edited", stage.town.street.id, &"org", json!({})).await;
    let mut night = NightRow::default();
    (night.through, night.walked) = (Some(day("2026-11-22")), Some(day("2026-11-22")));
    stage.counters.table().put(&night).await.unwrap();
    stage.at("2026-11-25T04:30");
    let _ = stage.bench.wire.take();
    stage
}

impl Stage {
    /// The trace tells of something that was done at an instant of Shanghai.
    pub(crate) async fn tell(&self, at: &str, kind: &str, organization: OrgId, subject: &impl ToString, after: Value) {
        let at: Timestamp = format!("{at}:00+08:00").parse().unwrap();
        let told = Activity::new(at, Actor::job("test"), kind, organization, subject.to_string());
        let activity = Activity { id: ActivityId::new(at), after, ..told };
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [activity.clone()]).await.unwrap();
        self.told.lock().unwrap().push(ActivityRow::from(activity));
    }

    /// The activities that were told so far.
    pub(crate) fn many(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// Makes the counters of an organisation unreadable; gives them as they were.
    pub(crate) async fn spoil(&self, organization: OrgId) -> Value {
        let all = Stretch::whole(MonthRow::partition(organization)).consistent();
        let rows: Found<Value> = self.counters.table().first(&all, 10).await.unwrap();
        let sound = rows.items[0].clone();
        let mut broken = sound.clone();
        broken["settled"] = json!("?");
        self.counters.table().put(&broken).await.unwrap();
        sound
    }

    /// The event that brings a part of them.
    pub(crate) fn batch(&self, part: std::ops::Range<usize>) -> Value {
        let told = self.told.lock().unwrap();
        let rows = told.iter().enumerate().skip(part.start).take(part.len());
        stream_event(rows.map(|(n, row)| (u64::try_from(n).unwrap(), row)))
    }

    /// What the function answers to a batch.
    pub(crate) async fn bring(&self, part: std::ops::Range<usize>) -> Value {
        rollup::run(&self.app, self.batch(part)).await.unwrap()
    }

    /// Brings everything.
    pub(crate) async fn bring_all(&self) {
        assert_eq!(self.bring(0..self.many()).await, json!({ "batchItemFailures": [] }));
    }

    /// The night that begins on `day`.
    pub(crate) async fn night(&self, day: &str) -> Value {
        rollup::run(&self.app, night_of(day)).await.unwrap()
    }

    /// Moves the clock to an instant of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// Puts an organisation as it is now.
    pub(crate) async fn change(&self, node: Node) {
        Table::open(&self.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&NodeRow::new(node)).await.unwrap();
    }

    /// Every organisation of both trees.
    pub(crate) fn everywhere(&self) -> [OrgId; 8] {
        let Town { city, district, street, branch, group, neighbour, other_street, elsewhere, .. } = &self.town;
        [city, district, street, branch, group, neighbour, other_street, elsewhere].map(|node| node.id)
    }

    /// The counters of every organisation.
    pub(crate) async fn months(&self) -> Vec<MonthRow> {
        let mut rows = Vec::new();
        for id in self.everywhere() {
            let all = Stretch::whole(MonthRow::partition(id)).consistent();
            let found: Found<MonthRow> = self.counters.table().first(&all, 100).await.unwrap();
            rows.extend(found.items);
        }
        rows
    }

    /// What every organisation says of itself.
    pub(crate) async fn owns(&self) -> Vec<OwnRow> {
        let mut rows = Vec::new();
        for id in self.everywhere() {
            let all = Stretch::whole(OwnRow::partition(id)).consistent();
            let found: Found<OwnRow> = self.counters.table().first(&all, 100).await.unwrap();
            rows.extend(found.items);
        }
        rows
    }

    /// What every area comes to.
    pub(crate) async fn areas(&self) -> Vec<AreaRow> {
        let mut rows = Vec::new();
        for id in self.everywhere() {
            let all = Stretch::whole(AreaRow::partition(id)).consistent();
            let found: Found<AreaRow> = self.counters.table().first(&all, 100).await.unwrap();
            rows.extend(found.items);
        }
        rows
    }

    /// The three together.
    pub(crate) async fn rows(&self) -> (Vec<MonthRow>, Vec<OwnRow>, Vec<AreaRow>) {
        (self.months().await, self.owns().await, self.areas().await)
    }

    /// The counters of an organisation in November.
    pub(crate) async fn month(&self, organization: OrgId) -> MonthRow {
        self.counters.month(organization, november()).await.unwrap().unwrap()
    }

    /// What an area came to in November.
    pub(crate) async fn area(&self, organization: OrgId) -> AreaRow {
        self.counters.areas(&[organization], november()).await.unwrap().pop().unwrap()
    }
}
