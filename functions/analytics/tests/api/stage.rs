//! Two branches of a street with members, what was done in them, and the night after it.

use analytics::{App, router};
use authz::Role;
use dynamo::{Activity, ActivityRow, Actor, Change, Ledger, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{ActivityId, MemberId, OrgId, Sex};
use register::{Member, MemberState, Node};
use scoring::{Sheet, State, YearRow};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Bench, Client, Reply, Town, stream_event};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    secretary: Member,
    anybody: Client,
    brought: AtomicU64,
}

/// It is the morning of 2026-11-25. The branch has nine formal members and a probationary one, two of them women, its group two more,
/// the neighbour three.
pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    for n in 2..=9 {
        town.person_as(n, "陈员", &town.branch, |member| {
            member.sex = if n < 4 { Sex::Female } else { Sex::Male };
            member.education = Some("大学本科".try_into().unwrap());
        })
        .await;
    }
    town.person_as(10, "吴预", &town.branch, |member| {
        (member.state, member.full_since) = (MemberState::Probationary, None);
    })
    .await;
    for (n, home) in [(11, &town.group), (12, &town.group), (13, &town.neighbour), (14, &town.neighbour)] {
        town.person(n, "何员", home).await;
    }
    town.person(15, "何员", &town.neighbour).await;
    let anybody = Client::new(router(App::connect(&bench.env).await.unwrap()), None);
    let stage = Stage { bench, town, secretary, anybody, brought: AtomicU64::new(0) };
    stage.at("2026-11-25T04:30");
    stage
}

pub(crate) fn ok(reply: Reply) -> Reply {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
}

/// What the trace tells of a meeting that was signed.
pub(crate) fn held(minutes: u32, present: usize, absent: usize) -> Value {
    let some = |many: usize| vec![MemberId::from_bytes(1, [1; 10]); many];
    json!({
        "kinds": ["theme-day"], "heldOn": "2026-11-22", "recordedOn": "2026-11-22", "minutes": minutes,
        "present": some(present), "online": [], "absent": some(absent), "exempt": [],
    })
}

impl Stage {
    /// The secretary in an office.
    pub(crate) fn officer(&self, role: Role, node: &Node) -> Client {
        self.anybody.with(Town::caller(&self.secretary, &[(role, node)]))
    }

    /// Somebody in no office.
    pub(crate) fn nobody(&self) -> Client {
        self.anybody.with(Town::caller(&self.secretary, &[]))
    }

    /// Moves the clock to an instant of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}:00+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// Something was done at an instant of Shanghai; the trace tells of it and the stream brings it.
    pub(crate) async fn done(&self, at: &str, kind: &str, organization: OrgId, after: Value) {
        let at: Timestamp = format!("{at}:00+08:00").parse().unwrap();
        let told = Activity::new(at, Actor::job("test"), kind, organization, "x");
        let activity = Activity { id: ActivityId::new(at), after, ..told };
        Ledger::of_job(&self.bench.env).unwrap().carry_out(Change::new(), [activity.clone()]).await.unwrap();
        let number = self.brought.fetch_add(1, Ordering::Relaxed);
        let event = stream_event([(number, &ActivityRow::from(activity))]);
        let app = rollup::App::connect(&self.bench.env).await.unwrap();
        assert_eq!(rollup::run(&app, event).await.unwrap(), json!({ "batchItemFailures": [] }));
    }

    /// The night that begins on this day.
    pub(crate) async fn night(&self, day: &str) {
        let time: Timestamp = format!("{day}T04:00:00+08:00").parse().unwrap();
        let app = rollup::App::connect(&self.bench.env).await.unwrap();
        let event = json!({ "time": time, "detail": { "job": "rollup", "attempt": "1" } });
        rollup::run(&app, event).await.unwrap();
    }

    /// A branch was scored; its five scores.
    pub(crate) async fn scored(&self, branch: OrgId, through: Date) -> [u16; 5] {
        let row = YearRow::of_scores(&State::new(branch, through.year()), Sheet::get().unwrap(), through);
        Table::open(&self.bench.env, "SCORES_TABLE").unwrap().put(&row).await.unwrap();
        row.scores().unwrap().branch
    }
}
