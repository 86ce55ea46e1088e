//! Tasks: what fifty people report, hand in, decide and withdraw at once is rolled up to what a recount says.

use system::reports::{self, Crowd};
use testkit::Faults;

/// Enough of them to meet each other. The example `faults` does it with 20,000 reports.
const CROWD: Crowd = Crowd { people: 50, reports: 6, widths: [3, 3, 7] };

async fn judge(seed: u64, faults: Faults) {
    let quiet = faults == Faults::none();
    let found = reports::run(seed, CROWD, faults).await;
    assert!(found.is_clean() && found.recounted == 76, "seed {seed}:\n{found}{:?}", found.differences);
    assert!(!quiet || found.left == 0, "{} roll-ups were left on a good store", found.left);
    assert!(found.acknowledged.get("task.reported").is_some_and(|reports| *reports > 100), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_at_once_leave_the_sums_that_a_recount_finds() {
    judge(301, Faults::none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f3_lost_answers_leave_the_sums_that_a_recount_finds() {
    judge(303, Faults { lost: 0.20, ..Faults::none() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_together_leave_the_sums_that_a_recount_finds() {
    judge(304, Faults { hung: 0.0, slow: 0.0, ..Faults::mixed() }).await;
}
