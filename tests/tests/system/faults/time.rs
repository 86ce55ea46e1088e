//! F4: every request ends, however slow the store is. F11: whatever the clock says, days and ids are right.

use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{ActivityId, Clock, add_months, shanghai_day, start_of_shanghai_day};
use serde_json::json;
use std::collections::BTreeSet;
use system::{
    Scene, invariants,
    tour::{Ask, Step, tour},
    workload,
};
use testkit::{Chaos, Fault, Faults, Reply, Tally};

/// A step that is ready to be sent, on a store of its own.
struct Ready {
    step: Step,
    scene: Scene,
    ask: Ask,
    chaos: Chaos,
}

async fn ready(step: Step) -> Ready {
    let chaos = Chaos::new(4, Clock::new(|| Timestamp::UNIX_EPOCH));
    let scene = Scene::through(|env| chaos.before(&env)).await;
    let ask: Ask = (step.ask)(&scene).await;
    Ready { step, scene, ask, chaos }
}

impl Ready {
    /// What it is answered when the store does what `faults` says, and what the store did.
    async fn answered(&self, faults: &Faults) -> (Reply, Tally) {
        self.chaos.begin(1);
        self.chaos.set(faults.clone());
        let before = self.chaos.tally().attempts;
        let client = self.step.client(&self.scene).idempotency("slow-store-0001");
        let reply = self.ask.send(self.step.method, &client).await;
        let tally = self.chaos.tally();
        (reply, Tally { attempts: tally.attempts - before, ..tally })
    }

    fn route(&self) -> String {
        format!("{} {}", self.step.method, self.step.route)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_store_that_hangs_is_given_up_on_at_its_first_call() {
    let faults = Faults { hung: 1.0, ..Faults::none() };
    // Every third route, of all functions; many wait side by side, each until the last of three tries is given up on.
    for some in tour().into_iter().step_by(3).collect::<Vec<_>>().chunks(24) {
        let mut all = Vec::new();
        for step in some {
            all.push(ready(*step).await);
        }
        let answers = join_all(all.iter().map(|ready| ready.answered(&faults))).await;
        for (ready, (reply, tally)) in all.iter().zip(answers) {
            let route = ready.route();
            assert_eq!(invariants::of_tally(&tally), [""; 0], "{route}");
            assert_eq!(invariants::of_reply(&reply), None, "{route}");
            // What asks no store is not held up; what asks one does not go on to a second call.
            let expected = if tally.attempts == 0 { ready.step.status } else { 503 };
            assert_eq!(reply.status, expected, "{route}: {reply:?}");
            // Some calls side by side, each tried three times.
            assert!(tally.attempts <= 24, "{route}: {} attempts", tally.attempts);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_slow_store_makes_slow_answers_and_no_wrong_ones() {
    let faults = Faults { slow: 1.0, slow_by_millis: 60, ..Faults::none() };
    for step in tour().into_iter().filter(|step| step.function == "members") {
        let ready = ready(step).await;
        let (reply, tally) = ready.answered(&faults).await;
        assert_eq!(reply.status, ready.step.status, "{}: {reply:?}", ready.route());
        assert!(tally.faults.contains_key(&Fault::Slow), "{}", ready.route());
    }
}

/// Instants at the edges of days, months and years in Shanghai, with the day that it is there.
const EDGES: [(&str, &str); 40] = [
    ("2026-11-24T15:59:59.999Z", "2026-11-24"),
    ("2026-11-24T16:00:00Z", "2026-11-25"),
    ("2026-11-24T00:00:00Z", "2026-11-24"),
    ("2026-11-23T23:59:59.999Z", "2026-11-24"),
    ("2026-11-30T15:59:59.999Z", "2026-11-30"),
    ("2026-11-30T16:00:00Z", "2026-12-01"),
    ("2026-12-31T15:59:59.999Z", "2026-12-31"),
    ("2026-12-31T16:00:00Z", "2027-01-01"),
    ("2026-12-31T23:59:59.999Z", "2027-01-01"),
    ("2027-01-01T00:00:00Z", "2027-01-01"),
    ("2027-02-28T15:59:59.999Z", "2027-02-28"),
    ("2027-02-28T16:00:00Z", "2027-03-01"),
    ("2028-02-28T15:59:59.999Z", "2028-02-28"),
    ("2028-02-28T16:00:00Z", "2028-02-29"),
    ("2028-02-29T15:59:59.999Z", "2028-02-29"),
    ("2028-02-29T16:00:00Z", "2028-03-01"),
    ("2027-04-30T16:00:00Z", "2027-05-01"),
    ("2027-06-30T15:59:59Z", "2027-06-30"),
    ("2027-06-30T16:00:00Z", "2027-07-01"),
    ("2027-08-31T16:00:00Z", "2027-09-01"),
    // Where other places change their clocks and Shanghai does not.
    ("2027-03-14T07:00:00Z", "2027-03-14"),
    ("2027-03-28T01:00:00Z", "2027-03-28"),
    ("2027-10-31T01:00:00Z", "2027-10-31"),
    ("2027-11-07T06:00:00Z", "2027-11-07"),
    // Spring festivals, and the last days whose holidays are known.
    ("2027-02-05T15:59:59.999Z", "2027-02-05"),
    ("2027-02-05T16:00:00Z", "2027-02-06"),
    ("2028-01-25T16:00:00Z", "2028-01-26"),
    ("2027-09-30T16:00:00Z", "2027-10-01"),
    ("2027-10-07T15:59:59.999Z", "2027-10-07"),
    // A second that was counted twice elsewhere, and what follows it.
    ("2026-12-31T23:59:59Z", "2027-01-01"),
    // The clock goes back: five minutes, an hour, a day, a year.
    ("2027-10-07T15:54:59.999Z", "2027-10-07"),
    ("2027-10-07T14:54:59.999Z", "2027-10-07"),
    ("2027-10-06T14:54:59.999Z", "2027-10-06"),
    ("2026-10-06T14:54:59.999Z", "2026-10-06"),
    // And leaps ahead.
    ("2032-02-28T16:00:00Z", "2032-02-29"),
    ("2036-02-29T16:00:00Z", "2036-03-01"),
    ("2038-01-19T03:14:07Z", "2038-01-19"),
    ("2038-01-19T03:14:08Z", "2038-01-19"),
    ("2099-12-31T15:59:59.999Z", "2099-12-31"),
    ("2100-02-28T16:00:00Z", "2100-03-01"),
];

#[tokio::test]
async fn f11_at_every_edge_of_a_day_today_is_today_in_shanghai() {
    let scene = Scene::set().await;
    let (client, mut ids) = (scene.chief("members"), BTreeSet::new());
    for (n, (instant, day)) in (1..).zip(EDGES) {
        let (instant, day): (Timestamp, Date) = (instant.parse().unwrap(), day.parse().unwrap());
        scene.bench.pass(instant.duration_since(scene.bench.now()));
        assert_eq!(shanghai_day(instant), day, "{instant}");
        let midnight = start_of_shanghai_day(day);
        assert!(midnight <= instant && instant < start_of_shanghai_day(day.saturating_add(1.day())), "{instant}");
        let register = async |n: u64, on: Date| {
            let body = json!({
                "organization": scene.town.branch.id, "name": "游新", "idCard": workload::id_card(n),
                "phone": format!("138{n:08}"), "ethnicity": "汉族", "category": "wage", "state": "probationary", "joinedOn": on,
            });
            client.post("/v1/members", body).await
        };
        let tomorrow = register(n, day.saturating_add(1.day())).await;
        assert_eq!((tomorrow.status, tomorrow.text("/fields/0/pointer").as_str()), (422, "/joinedOn"), "{instant}");
        let today = register(n, day).await;
        assert_eq!(today.status, 201, "{instant}: {today:?}");
        assert!(ids.insert(today.text("/id")), "an id twice at {instant}");
        // A year of probation and a month of notice end on days that there are.
        for months in [-12, -1, 1, 6, 12, 24] {
            let there = add_months(day, months);
            let back = add_months(there, -months);
            assert!(back == day || back.day() < day.day(), "{day} and {months} months");
        }
    }
    // Ten thousand at one instant, and the same instant again after the clock went back.
    let instant: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let made: BTreeSet<_> = (0..10_000).map(|n| ActivityId::new(instant - i64::from(n % 7).milliseconds())).collect();
    assert_eq!(made.len(), 10_000);
}
