//! F8: an event that comes five times, late and in another order has the effect of one.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use jiff::SignedDuration;
use kernel::Clock;
use serde_json::{Value, json};
use system::{
    Content, Invoker, Scene, invariants,
    invoker::{JOBS, Job, call},
};
use testkit::{Chaos, Faults};

/// A sub-district with a branch and its members moved, and the jobs called until nothing is left to do.
async fn moved(deliver: impl AsyncFn(&Scene)) -> Content {
    let scene = Box::pin(Scene::set()).await;
    for (who, to) in [(&scene.town.branch, &scene.town.other_street), (&scene.town.neighbour, &scene.town.other_street)]
    {
        let body = json!({ "parent": to.id, "on": "2026-11-20", "reason": "区划调整", "decision": "1号" });
        let reply = scene.chief("organizations").post(&format!("/v1/organizations/{}/move", who.id), body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    deliver(&scene).await;
    Content::read(&scene.bench.env).await
}

/// How long the schedule runs, in minutes: longer than the move takes.
const MINUTES: u32 = 12;

/// What the schedule says at a minute: the move goes on by the minute, the others come once in that time.
fn scheduled(minute: u32) -> impl Iterator<Item = Value> {
    JOBS.iter().filter(move |job| minute == 0 || job.name == "relocation").map(Job::event)
}

/// Each event once.
async fn in_order(scene: &Scene) {
    for minute in 0..MINUTES {
        for event in scheduled(minute) {
            call(&scene.bench.post, scene.bench.env.clone(), &event).await.unwrap();
        }
        scene.bench.pass(SignedDuration::from_mins(1));
    }
}

/// Times that the platform calls a function for an event before it gives it up; the schedule comes again.
const ATTEMPTS: u32 = 3;

/// The same events as an event source delivers them that keeps few promises, with what `env` says in between.
async fn in_disorder(scene: &Scene, seed: u64, faults: &Faults) -> (usize, usize) {
    let chaos = Chaos::new(seed, Clock::clone(&scene.bench.env.clock));
    let env = chaos.before(&scene.bench.env);
    let (mut invoker, mut delivered, mut failed, mut minute) = (Invoker::new(seed), 0, 0, 0);
    chaos.set(faults.clone());
    while minute < MINUTES || !invoker.is_idle() {
        if minute < MINUTES {
            invoker.emit(scheduled(minute), scene.bench.now());
        }
        for batch in invoker.due(scene.bench.now(), 10) {
            let mut undone: Vec<Value> = Vec::new();
            for mut event in batch {
                delivered += 1;
                chaos.begin(delivered as u64);
                if call(&scene.bench.post, env.clone(), &event).await.is_err() {
                    failed += 1;
                    let attempt = event["detail"]["attempt"].as_str().and_then(|text| text.parse().ok()).unwrap_or(1);
                    if attempt < ATTEMPTS {
                        event["detail"]["attempt"] = json!((attempt + 1).to_string());
                        undone.push(event);
                    }
                }
            }
            invoker.again(undone, scene.bench.now());
        }
        scene.bench.pass(SignedDuration::from_mins(1));
        minute += 1;
        assert!(minute < 1_000, "events never end");
    }
    (delivered, failed)
}

/// Where everybody is and under what they are listed. Numbers are sealed with a key of each store.
fn settled(content: &Content) -> String {
    let people = content.members.values();
    let people: Vec<_> = people.map(|row| (&row.area, &row.place, &row.name_key, row.member.version)).collect();
    format!("{people:#?} {:#?}", content.organizations)
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_events_that_come_again_late_and_in_disorder_lead_to_the_same_content() {
    let expected = moved(in_order).await;
    assert_eq!(invariants::violations(&expected), [""; 0]);
    for seed in 80..82 {
        let found = moved(async |scene| {
            let (delivered, _) = in_disorder(scene, seed, &Faults::none()).await;
            assert!(delivered > (0..MINUTES).flat_map(scheduled).count(), "seed {seed}: only {delivered}");
        })
        .await;
        assert_eq!(settled(&found), settled(&expected), "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_what_a_job_could_not_do_comes_again_until_it_is_done() {
    let expected = moved(in_order).await;
    let faults = Faults { hung: 0.0, ..Faults::mixed() };
    let found = moved(async |scene| {
        let (_, failed) = in_disorder(scene, 85, &faults).await;
        assert!(failed > 0, "nothing failed");
        // What the last events left is done by those of later minutes.
        in_order(scene).await;
    })
    .await;
    assert_eq!(settled(&found), settled(&expected));
}
