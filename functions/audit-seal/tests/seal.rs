//! Nights in which the trace is sealed.
#![expect(clippy::unwrap_used, reason = "tests")]

use audit_seal::App;
use blob::Bucket;
use cloud::Environment;
use dynamo::{Activity, ActivityRow, Actor, Table};
use futures_util::future::join;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ActivityId, MemberId, OrgId, start_of_shanghai_day};
use seal::{BEGINNING, Head, Seals};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Bench, Crash, Wire};

struct Stage {
    bench: Bench,
    app: App,
    seals: Seals,
    activities: Table,
    bucket: Bucket,
}

/// A bench on the night to the 25th of November 2026, one and a half hours after midnight.
async fn stage() -> Stage {
    let bench = Bench::new().await;
    bench.pass(start_of_shanghai_day(day("2026-11-25")).duration_since(bench.now()) + SignedDuration::from_mins(90));
    let app = App::connect(&bench.env).await.unwrap();
    let seals = Seals::open(&bench.env).unwrap();
    let activities = Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap();
    let bucket = Bucket::open(&bench.env, "SEAL_BUCKET").unwrap();
    Stage { bench, app, seals, activities, bucket }
}

/// The same with something to seal, and everything up to `last` sealed.
async fn stage_sealed_until(last: &str) -> Stage {
    let stage = stage().await;
    stage.fill().await;
    stage.seal_until(last).await;
    stage
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(1, [n; 10])
}

/// The `n`-th activity of `organization`, on `day` at noon; every third is one of an account.
fn activity(n: u8, organization: OrgId, day: &str) -> ActivityRow {
    let at = start_of_shanghai_day(day.parse().unwrap()) + SignedDuration::from_hours(12);
    let member = MemberId::from_bytes(1, [n; 10]);
    let actor = Actor::oneself(member);
    let made = if n.is_multiple_of(3) {
        Activity::of_account(at, actor, "session.opened", organization, member)
    } else {
        Activity::new(at, actor, "member.edited", organization, member).stating("reason", "变更")
    };
    Activity { id: ActivityId::of_instant(at, [n; 10]), ..made }.into()
}

/// The event of the schedule, due at `time`.
fn event(time: Timestamp) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/audit-seal.json")).unwrap();
    *event.get_mut("time").unwrap() = json!(time);
    event
}

impl Stage {
    async fn put(&self, rows: &[ActivityRow]) {
        self.activities.put_all(rows).await.unwrap();
    }

    /// Twelve activities of four organisations on the 24th, and one the day before.
    async fn fill(&self) {
        let rows: Vec<_> = (1..=12).map(|n| activity(n, org(n % 4 + 0x5c), "2026-11-24")).collect();
        self.put(&rows).await;
        self.put(&[activity(20, org(0x5c), "2026-11-23")]).await;
    }

    /// Seals the day `last`, as if it had been without activities.
    async fn seal_until(&self, last: &str) {
        let head = Head::seal(day(last), Vec::new(), BEGINNING);
        assert!(self.seals.put_head(&head, self.bench.now()).await.unwrap());
    }

    async fn run(&self) -> Value {
        audit_seal::run(&self.app, event(self.bench.now())).await.unwrap()
    }

    /// Everything in the bucket.
    async fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        for listed in self.bucket.page("", None, 1_000).await.unwrap().items {
            let bytes = self.bucket.get(&listed.key, 1 << 20).await.unwrap().unwrap();
            objects.insert(listed.key, bytes);
        }
        objects
    }

    fn env_on(&self, wire: &Wire) -> Environment {
        let env = &self.bench.env;
        Environment::with_http(env.settings.clone(), env.clock.clone(), wire.client()).unwrap()
    }
}

#[tokio::test]
async fn a_day_is_sealed_by_organisation_and_chained_to_the_day_before() {
    let stage = stage_sealed_until("2026-11-22").await;
    let report = stage.run().await;
    let expected = json!({ "days": ["2026-11-23", "2026-11-24"], "parts": 2, "activities": 13, "more": false });
    assert_eq!(report, expected);

    let before = stage.seals.head(day("2026-11-22")).await.unwrap().unwrap();
    let first = stage.seals.head(day("2026-11-23")).await.unwrap().unwrap();
    let second = stage.seals.head(day("2026-11-24")).await.unwrap().unwrap();
    assert_eq!((&first.previous, &second.previous), (&before.chain, &first.chain));
    assert!(first.is_sound() && second.is_sound());
    let part = stage.seals.part(second.day, 1).await.unwrap().unwrap();
    assert!(part.is_sound());
    assert_eq!(second.parts, [part.line()]);
    let groups: Vec<_> = part.groups.iter().map(|group| (group.group.clone(), group.leaves.len())).collect();
    let both = |n: u8| [(org(n).to_string(), 2), (format!("{}/accounts", org(n)), 1)];
    assert_eq!(groups, [both(0x5c), both(0x5d), both(0x5e), both(0x5f)].concat());
    let row = activity(4, org(0x5c), "2026-11-24");
    assert!(part.groups[0].leaves.iter().any(|leaf| leaf.0 == row.activity.id && leaf.1 == row.activity.hash()));
}

#[tokio::test]
async fn what_is_sealed_stays_as_it_is() {
    let stage = stage_sealed_until("2026-11-22").await;
    stage.run().await;
    let sealed = stage.objects().await;
    // Something turns up for a day that is sealed.
    stage.put(&[activity(97, org(0x5c), "2026-11-24")]).await;
    let again = stage.run().await;
    assert_eq!(again, json!({ "days": [], "parts": 0, "activities": 0, "more": false }));
    assert_eq!(stage.objects().await, sealed);
}

#[tokio::test]
async fn days_that_were_missed_and_days_without_anything_are_sealed_in_order() {
    let stage = stage().await;
    stage.seal_until("2026-11-19").await;
    stage.put(&[activity(1, org(1), "2026-11-20"), activity(2, org(2), "2026-11-23")]).await;
    let report = stage.run().await;
    let days = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"];
    assert_eq!(report["days"], json!(days));
    let mut previous = stage.seals.head(day("2026-11-19")).await.unwrap().unwrap().chain;
    for day in days {
        let head = stage.seals.head(day.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(head.previous, previous, "{day}");
        previous = head.chain;
    }
    stage.bench.pass(SignedDuration::from_hours(48));
    assert_eq!(stage.run().await["days"], json!(["2026-11-25", "2026-11-26"]));
}

#[tokio::test]
async fn the_first_run_ever_begins_with_the_month_before() {
    let stage = stage().await;
    stage.put(&[activity(1, org(1), "2026-10-23"), activity(2, org(1), "2026-10-24")]).await;
    let report = stage.run().await;
    let days = report["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0], &days[31]), (32, &json!("2026-10-24"), &json!("2026-11-24")));
    assert_eq!((&report["activities"], &report["parts"]), (&json!(1), &json!(1)));
    let first = stage.seals.head(day("2026-10-24")).await.unwrap().unwrap();
    let second = stage.seals.head(day("2026-10-25")).await.unwrap().unwrap();
    assert_eq!((first.previous.as_str(), first.activities), (BEGINNING, 1));
    assert_eq!((&second.previous, second.activities, second.parts.len()), (&first.chain, 0, 0));
}

#[tokio::test]
async fn a_day_that_is_not_over_is_not_sealed_whatever_the_event_says() {
    let stage = stage_sealed_until("2026-11-22").await;
    stage.put(&[activity(50, org(1), "2026-11-25")]).await;
    let early = audit_seal::run(&stage.app, event("2027-01-01T00:00:00Z".parse().unwrap())).await.unwrap();
    assert_eq!(early["days"], json!(["2026-11-23", "2026-11-24"]));
}

#[tokio::test]
async fn a_run_that_dies_at_any_call_leaves_the_next_one_to_write_the_same_bytes() {
    let whole = stage_sealed_until("2026-11-23").await;
    let (now, wire) = (whole.bench.now(), Wire::default());
    let app = App::connect(&whole.env_on(&wire)).await.unwrap().in_parts_of(2);
    audit_seal::run(&app, event(now)).await.unwrap();
    let (calls, expected) = (wire.take().len(), whole.objects().await);
    assert_eq!(expected.len(), 2 + 5, "two heads, and parts");
    // The last call records that it ended, which is not the work.
    for n in 0..calls - 1 {
        for crash in [Crash::Before(n), Crash::After(n)] {
            let (stage, wire) = (stage_sealed_until("2026-11-23").await, Wire::default());
            let app = App::connect(&stage.env_on(&wire)).await.unwrap().in_parts_of(2);
            wire.crash(Some(crash));
            assert!(audit_seal::run(&app, event(now)).await.is_err(), "{crash:?}");
            wire.crash(None);
            audit_seal::run(&app, event(now)).await.unwrap();
            assert!(stage.objects().await == expected, "{crash:?}");
        }
    }
}

#[tokio::test]
async fn two_runs_at_once_write_one_chain() {
    let whole = stage_sealed_until("2026-11-23").await;
    audit_seal::run(&whole.app.clone().in_parts_of(2), event(whole.bench.now())).await.unwrap();
    let stage = stage_sealed_until("2026-11-23").await;
    let app = stage.app.clone().in_parts_of(2);
    let run = || Box::pin(audit_seal::run(&app, event(stage.bench.now())));
    let (one, other) = join(run(), run()).await;
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(stage.objects().await, whole.objects().await);
}

#[tokio::test]
async fn what_another_run_sealed_otherwise_is_gone_on_from() {
    let stage = stage().await;
    stage.fill().await;
    let app = stage.app.clone().in_parts_of(2);
    audit_seal::run(&app, event(stage.bench.now())).await.unwrap();
    let sealed = stage.objects().await;
    // Only the first part of the 24th was written, and then something turned up that belongs into it.
    for key in sealed.keys().filter(|key| *key > &"parts/2026-11-24/0001.json".to_owned()) {
        stage.bucket.delete(key).await.unwrap();
    }
    stage.bucket.delete("heads/2026-11-24.json").await.unwrap();
    stage.put(&[activity(97, org(0x5c), "2026-11-24")]).await;
    audit_seal::run(&app, event(stage.bench.now())).await.unwrap();
    assert_eq!(stage.objects().await, sealed);
}

#[tokio::test]
async fn a_part_that_is_lost_or_broken_stops_the_seal_by_name() {
    let stage = stage().await;
    stage.fill().await;
    let app = stage.app.clone().in_parts_of(2);
    audit_seal::run(&app, event(stage.bench.now())).await.unwrap();
    stage.bucket.delete("heads/2026-11-24.json").await.unwrap();
    stage.bucket.delete("parts/2026-11-24/0002.json").await.unwrap();
    let error = audit_seal::run(&app, event(stage.bench.now())).await.unwrap_err();
    assert!(error.to_string().starts_with("2026-11-24, part 3"), "{error}");
}

#[tokio::test]
async fn a_run_stops_in_time_and_the_next_goes_on() {
    let (whole, slow) = (stage_sealed_until("2026-11-23").await, stage_sealed_until("2026-11-23").await);
    let now = whole.bench.now();
    audit_seal::run(&whole.app.clone().in_parts_of(2), event(now)).await.unwrap();
    // Each look at the clock is five minutes later than the one before.
    let clock = slow.bench.clone();
    let ticking = kernel::Clock::new(move || {
        clock.pass(SignedDuration::from_mins(5));
        clock.now()
    });
    let env = Environment { clock: ticking, ..slow.bench.env.clone() };
    let app = App::connect(&env).await.unwrap().in_parts_of(2);
    let mut runs = 1;
    while audit_seal::run(&app, event(now)).await.unwrap()["more"] == true {
        runs += 1;
    }
    assert!(runs > 1, "one run did it all");
    assert_eq!(slow.objects().await, whole.objects().await);
}

#[tokio::test]
async fn an_event_for_another_job_is_refused() {
    let stage = stage().await;
    let mut other = event(stage.bench.now());
    other["detail"]["job"] = json!("relocation");
    for event in [json!({}), other] {
        assert!(audit_seal::run(&stage.app, event).await.is_err());
    }
}

#[tokio::test]
async fn what_a_run_costs() {
    let stage = stage().await;
    stage.run().await;
    let cost = async || {
        let _ = stage.bench.wire.take();
        stage.run().await;
        let calls = stage.bench.wire.take();
        (calls.len(), calls.iter().map(|call| call.units).sum::<f64>())
    };
    // The list of days; whether the last one is there, and what it says; and the record of the run, twice.
    assert_eq!(cost().await, (3 + 2, 2.0), "nothing to do");
    stage.bench.pass(SignedDuration::from_hours(24));
    stage.put(&[activity(1, org(1), "2026-11-25"), activity(2, org(2), "2026-11-25")]).await;
    // Also the parts that are there, sixteen queries, a part and a head.
    assert_eq!(cost().await, (3 + 1 + 16 + 2 + 2, 8.0 + 2.0), "a day");
}
