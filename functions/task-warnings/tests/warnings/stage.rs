//! Where the tests play: a branch with two members who answer for tasks, and the officer who issues them.

use authz::Role;
use dynamo::{Found, Ledger, Read, Stretch};
use jiff::{SignedDuration, Timestamp};
use kernel::{MemberId, TaskId};
use notices::{NoticeRow, Notices, Recipient};
use register::Member;
use serde_json::{Value, json};
use task_records::{SHARDS, TaskRow, Tasks};
use testkit::{Bench, Client, Town, caller};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) worker: Member,
    pub(crate) neighbour: Member,
    /// Desk officer of the district.
    pub(crate) officer: MemberId,
    pub(crate) desk: Client,
    pub(crate) tasks: Tasks,
    pub(crate) job: task_warnings::App,
    town: Town,
    notices: Notices,
}

/// A stage on which runs came every quarter of an hour until now.
pub(crate) async fn stage() -> Stage {
    let stage = new().await;
    stage.marked().await;
    let _ = stage.bench.wire.take();
    stage
}

/// A stage on which there was no run yet.
pub(crate) async fn new() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let worker = town.person(2, "陈员", &town.branch).await;
    let neighbour = town.person(3, "郑邻", &town.neighbour).await;
    let officer = MemberId::from_bytes(70, [1; 10]);
    let held = caller(officer, &[(Role::PartyAffairsOfficer, town.district.id)]);
    let desk = Client::new(tasks::router(tasks::App::connect(&bench.env).await.unwrap()), Some(held));
    let tasks = Tasks::open(&bench.env, Ledger::of_job(&bench.env).unwrap()).unwrap();
    let notices = Notices::open(&bench.env).unwrap();
    let job = task_warnings::App::connect(&bench.env).await.unwrap();
    Stage { bench, worker, neighbour, officer, desk, tasks, job, town, notices }
}

impl Stage {
    /// The event of `job` that is due now.
    pub(crate) fn event(&self, job: &str) -> Value {
        let at = Timestamp::from_second(self.bench.now().as_second()).unwrap();
        json!({ "time": at, "detail": { "job": job, "attempt": "1" } })
    }

    /// As after runs every quarter of an hour until now.
    pub(crate) async fn marked(&self) {
        let hour = self.bench.now().as_second() / 3_600 - 2;
        let mark = |shard: u8| json!({ "pk": "WATER", "sk": shard.to_string(), "version": hour });
        self.tasks.table().put_all(&(0..SHARDS).map(mark).collect::<Vec<_>>()).await.unwrap();
    }

    /// One run.
    pub(crate) async fn run(&self) -> Value {
        task_warnings::run(&self.job, self.event("task-warnings")).await.unwrap()
    }

    /// One run of the job that makes bills.
    pub(crate) async fn bills(&self) -> Value {
        task_warnings::run(&self.job, self.event("task-warnings.bills")).await.unwrap()
    }

    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    pub(crate) fn pass_minutes(&self, minutes: i64) {
        self.bench.pass(SignedDuration::from_mins(minutes));
    }

    /// Issues a task to `owner`, to be done by `due_at`; its path.
    pub(crate) async fn issued(&self, owner: &Member, title: &str, due_at: &str) -> String {
        let place = self.town.district.id;
        let body = json!({
            "kind": "key", "organization": place, "owner": owner.id, "title": title, "dueAt": format!("{due_at}+08:00"),
        });
        let reply = self.desk.post("/v1/tasks", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.header("location").to_owned()
    }

    /// A step of `owner`.
    pub(crate) async fn step(&self, owner: &Member, path: &str, step: &str) {
        let reply = self.desk.with(Town::caller(owner, &[])).send("POST", &format!("{path}/{step}"), None).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    pub(crate) async fn reported(&self, owner: &Member, path: &str, percent: u8) {
        let client = self.desk.with(Town::caller(owner, &[]));
        let reply = client.post(&format!("{path}/progress"), json!({ "percent": percent, "note": "走访" })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    pub(crate) async fn decided(&self, path: &str, accept: bool) {
        let body = json!({ "accept": accept, "reason": "材料不全" });
        let reply = self.desk.post(&format!("{path}/decision"), body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// A task that an officer of the district issued to themselves: its path, and who they are.
    pub(crate) async fn owned_by_their_officer(&self) -> (String, Member) {
        let place = &self.town.district;
        let officer = self.town.person(4, "周组织员", place).await;
        let desk = self.desk.with(Town::caller(&officer, &[(Role::PartyAffairsOfficer, place)]));
        let body = json!({
            "kind": "key", "organization": place.id, "owner": officer.id, "title": "走访",
            "dueAt": "2026-12-18T18:00+08:00",
        });
        let reply = desk.post("/v1/tasks", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        (reply.header("location").to_owned(), officer)
    }

    /// How much the district was told.
    pub(crate) async fn announced(&self) -> usize {
        let all = Stretch::beginning(Recipient::Organization(self.town.district.id).partition(), "CAUSE#");
        self.notices.table().count(&all).await.unwrap()
    }

    /// What a person was told, in order.
    pub(crate) async fn inbox(&self, member: MemberId) -> Vec<NoticeRow> {
        let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").consistent();
        let found: Found<NoticeRow> = self.notices.table().first(&all, 1_000).await.unwrap();
        found.items
    }

    /// The kinds of what a person was told, in order.
    pub(crate) async fn told(&self, member: MemberId) -> Vec<String> {
        self.inbox(member).await.into_iter().map(|row| row.notice.kind).collect()
    }

    pub(crate) async fn row(&self, path: &str) -> TaskRow {
        let id: TaskId = path.rsplit('/').next().unwrap().parse().unwrap();
        self.tasks.table().get(TaskRow::key(id), Read::Consistent).await.unwrap().unwrap()
    }
}
