//! A branch with a group, its neighbour, and what was done in them.

use cloud::Environment;
use dynamo::{Activity, Actor, Change, Found, Ledger, Stretch, Table};
use jiff::Timestamp;
use kernel::{ActivityId, MeetingId, MemberId, OrgId, PaymentId, TrainingId};
use nightly_scoring::App;
use scoring::YearRow;
use serde_json::{Value, json};
use testkit::{Bench, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) app: App,
}

pub(crate) fn member(n: u8) -> MemberId {
    MemberId::from_bytes(1, [n; 10])
}

/// Begun on 2026-11-23.
pub(crate) fn payment() -> PaymentId {
    PaymentId::from_bytes(1_795_402_800_000, [1; 10])
}

pub(crate) fn meeting(n: u8) -> MeetingId {
    MeetingId::from_bytes(3, [n; 10])
}

/// What the trace tells of a meeting that was signed.
pub(crate) fn held(kind: &str, on: &str, minutes: u32, present: &[u8], absent: &[u8]) -> Value {
    let all = |some: &[u8]| some.iter().map(|n| member(*n)).collect::<Vec<_>>();
    json!({
        "kinds": [kind], "heldOn": on, "recordedOn": on, "minutes": minutes,
        "present": all(present), "online": [], "absent": all(absent), "exempt": [],
    })
}

/// The event of the night that begins on this day.
pub(crate) fn event(day: &str) -> Value {
    let time: Timestamp = format!("{day}T02:00:00+08:00").parse().unwrap();
    json!({ "time": time, "detail": { "job": "nightly-scoring", "attempt": "1" } })
}

/// Members 1 to 3 are in the branch since March, 4 is in its group since the twentieth, 5 in the neighbour since the
/// twenty-second. On the twenty-third something is done everywhere, on the twenty-fourth a payment is reversed; it is the
/// morning of the twenty-seventh.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let app = App::connect(&bench.env).await.unwrap();
    let stage = Stage { bench, town, app };
    let (branch, group, neighbour) = (stage.town.branch.id, stage.town.group.id, stage.town.neighbour.id);
    for n in 1..=3 {
        stage.tell("2026-03-10T09:00", "member.registered", branch, &member(n), json!({})).await;
    }
    stage.tell("2026-11-20T09:00", "member.registered", group, &member(4), json!({})).await;
    stage.tell("2026-11-22T09:00", "member.registered", neighbour, &member(5), json!({})).await;
    let theme_day = held("theme-day", "2026-11-22", 90, &[1, 2], &[3]);
    stage.tell("2026-11-23T09:00", "meeting.signed", branch, &meeting(1), theme_day).await;
    let group_meeting = held("group-meeting", "2026-11-22", 60, &[4], &[]);
    stage.tell("2026-11-23T10:00", "meeting.signed", group, &meeting(2), group_meeting).await;
    let paid = json!({ "member": member(1), "months": ["2026-10", "2026-11"] });
    stage.tell("2026-11-23T11:00", "dues.paid", branch, &payment(), paid).await;
    let trained = json!({ "state": "confirmed", "on": "2026-11-22", "minutes": 240, "people": [member(5)] });
    let training = TrainingId::from_bytes(4, [1; 10]);
    stage.tell("2026-11-23T12:00", "training.decided", neighbour, &training, trained).await;
    let street = stage.town.street.id;
    stage.tell("2026-11-23T13:00", "organization.edited", street, &street, json!({})).await;
    let elsewhere = stage.town.elsewhere.id;
    stage.tell("2026-11-23T14:00", "session.opened", elsewhere, &Activity::account(member(9)), json!({})).await;
    let reversed = json!({ "confirmed": true });
    stage.tell("2026-11-24T09:00", "dues.reversal-decided", branch, &payment(), reversed).await;
    stage.at("2026-11-27T10:00");
    let _ = stage.bench.wire.take();
    stage
}

impl Stage {
    /// The trace tells of something that was done at an instant of Shanghai.
    pub(crate) async fn tell(&self, at: &str, kind: &str, organization: OrgId, subject: &impl ToString, after: Value) {
        let at: Timestamp = format!("{at}:00+08:00").parse().unwrap();
        let told = Activity::new(at, Actor::job("test"), kind, organization, subject.to_string());
        let activity = Activity { id: ActivityId::new(at), after, ..told };
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [activity]).await.unwrap();
    }

    /// Brings `app` the messages that wait in the queue; whether it took all of them.
    pub(crate) async fn deliver(&self, app: &App) -> bool {
        let Some(batch) = self.bench.post.batch() else { return true };
        let answer = nightly_scoring::run(app, batch.clone()).await.unwrap();
        self.bench.post.answered(&batch, &answer)
    }

    /// The night that begins on `day`, and what it hands on; how many organisations it found.
    pub(crate) async fn go(&self, day: &str) -> u64 {
        let report = nightly_scoring::run(&self.app, event(day)).await.unwrap();
        assert!(self.deliver(&self.app).await, "{day}");
        report["organizations"].as_u64().unwrap()
    }

    /// The same, with how many scores and how many states are new after it.
    pub(crate) async fn night(&self, day: &str) -> [u64; 3] {
        let before = self.rows().await;
        let found = self.go(day).await;
        let after = self.rows().await;
        let written = |state: bool| after.iter().filter(|row| row.is_state() == state && !before.contains(row)).count();
        [found, u64::try_from(written(false)).unwrap(), u64::try_from(written(true)).unwrap()]
    }

    async fn of(&self, organization: OrgId) -> Vec<YearRow> {
        let table = Table::open(&self.bench.env, "SCORES_TABLE").unwrap();
        let found: Found<YearRow> = table.first(&Stretch::whole(YearRow::partition(organization)), 100).await.unwrap();
        found.items
    }

    /// Every row of every organisation.
    pub(crate) async fn rows(&self) -> Vec<YearRow> {
        let Town { city, district, street, branch, group, neighbour, other_street, elsewhere, .. } = &self.town;
        let mut rows = Vec::new();
        for node in [city, district, street, branch, group, neighbour, other_street, elsewhere] {
            rows.extend(self.of(node.id).await);
        }
        rows
    }

    /// The rows of scores alone.
    pub(crate) async fn scores(&self) -> Vec<YearRow> {
        self.rows().await.into_iter().filter(|row| !row.is_state()).collect()
    }

    /// The five numbers of a member of the branch in this year.
    pub(crate) async fn points(&self, n: u8) -> [u16; 5] {
        self.points_of(2026, n).await
    }

    /// The five numbers of a member of the branch.
    pub(crate) async fn points_of(&self, year: i16, n: u8) -> [u16; 5] {
        let rows = self.of(self.town.branch.id).await;
        let of_year = |row: &&YearRow| row.sk.starts_with(&YearRow::beginning(year)) && !row.is_state();
        let scores = rows.iter().find(of_year).unwrap().scores().unwrap();
        scores.members.iter().find(|score| score.member == member(n)).unwrap().points
    }

    /// Moves the clock to an instant of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// The environment of the bench with another HTTP client or setting.
    pub(crate) fn env(&self) -> Environment {
        self.bench.env.clone()
    }
}
