//! F2 to F7: nothing is lost, nothing is doubled, no invariant is violated, one fault at a time and all of them together.

use system::workload::{Report, run};
use testkit::{Fault, Faults};

/// What the faults must not do; and that they happened at all.
fn judge(seed: u64, report: &Report, happened: &[Fault]) {
    assert!(report.is_clean(), "seed {seed}\n{report}");
    for fault in happened {
        assert!(report.tally.faults.contains_key(fault), "{fault:?} did not happen\n{report}");
    }
    let kinds = report.acknowledged.len();
    assert!(kinds >= 10, "only {kinds} kinds of changes were acknowledged\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f2_a_store_that_is_over_its_limit_or_fails_loses_nothing() {
    let faults = Faults { throttled: 0.10, failed: 0.05, reset: 0.05, ..Faults::none() };
    judge(20, &run(20, 4, 200, &faults, |_| {}).await, &[Fault::Throttled, Fault::Failed, Fault::Reset]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f3_an_answer_that_is_lost_doubles_nothing() {
    let faults = Faults { lost: 0.10, ..Faults::none() };
    judge(30, &run(30, 4, 200, &faults, |_| {}).await, &[Fault::Lost]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f5_pages_that_end_early_are_read_to_their_end() {
    let faults = Faults { unprocessed: 0.20, short_page: 0.50, ..Faults::none() };
    judge(50, &run(50, 4, 200, &faults, |_| {}).await, &[Fault::ShortPage]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f6_transactions_that_meet_are_tried_again() {
    let faults = Faults { conflict: 0.20, ..Faults::none() };
    let report = run(60, 4, 200, &faults, |_| {}).await;
    judge(60, &report, &[Fault::Conflict]);
    assert!(report.tally.most_transactions > 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_no_decision_depends_on_an_index_that_is_behind() {
    let faults = Faults { stale_index: 1.0, ..Faults::none() };
    judge(70, &run(70, 4, 280, &faults, |_| {}).await, &[Fault::StaleIndex]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_together_lose_nothing_double_nothing_and_violate_nothing() {
    let all = [
        Fault::Throttled,
        Fault::Failed,
        Fault::Reset,
        Fault::Conflict,
        Fault::Lost,
        Fault::Slow,
        Fault::ShortPage,
        Fault::StaleIndex,
    ];
    judge(1, &run(1, 8, 560, &Faults::mixed(), |_| {}).await, &all);
}
