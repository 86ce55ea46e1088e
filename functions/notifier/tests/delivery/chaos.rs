//! On a store that throttles, fails, loses answers and has its index behind, with runs that come twice and at once:
//! nothing is lost, nothing comes twice.

use crate::stage::{event, stage};
use kernel::Clock;
use notices::RobotService;
use std::collections::BTreeMap;
use testkit::{Chaos, Faults};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_store_loses_no_message_and_doubles_none() {
    for seed in 40..43 {
        let stage = stage().await;
        stage.robot(RobotService::Wecom).await;
        stage.wants_texts().await;
        let chaos = Chaos::new(seed, Clock::clone(&stage.bench.env.clock));
        let job = notifier::App::connect(&chaos.before(&stage.bench.env)).await.unwrap();
        chaos.set(Faults { hung: 0.0, slow: 0.0, ..Faults::mixed() });
        let mut dice = fastrand::Rng::with_seed(seed);
        let (mut failed, mut told) = (0, 0);
        for minute in 0..60_u64 {
            if minute < 20 {
                stage.announce(&format!("组织第{minute:02}件")).await;
                stage.tell(&format!("member-{minute:02}")).await;
                told += 2;
            }
            if minute == 40 {
                chaos.set(Faults { stale_index: 0.5, ..Faults::none() });
            }
            // As often as the event comes, some of them at once.
            for _ in 0..dice.u64(1..=3) {
                chaos.begin(minute * 10 + dice.u64(..10));
                let (one, two) = tokio::join!(notifier::run(&job, event()), notifier::run(&job, event()));
                failed += usize::from(one.is_err()) + usize::from(two.is_err());
            }
            stage.pass_minutes(1);
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for message in stage.receiver.take() {
            for n in 0..20 {
                for cause in [format!("组织第{n:02}件"), format!("member-{n:02}")] {
                    if message.body.contains(&cause) {
                        *seen.entry(cause).or_default() += 1;
                    }
                }
            }
        }
        let twice: Vec<_> = seen.iter().filter(|(_, count)| **count != 1).collect();
        assert_eq!((seen.len(), &twice), (told, &Vec::new()), "seed {seed}");
        assert_eq!((stage.due().await, stage.dead().await.len()), (0, 0), "seed {seed}");
        assert!(failed > 0, "seed {seed}: nothing went wrong");
        assert_eq!(stage.inbox().await, (20, 20));
    }
}
