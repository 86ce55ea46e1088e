//! The roll-up when something goes wrong, and what is withdrawn.

use crate::stage::{Stage, id, part, report, stage, why};
use futures_util::future::join_all;
use serde_json::{Value, json};
use task_records::{Recount, TaskRow};
use testkit::Crash;

/// A root with two parts of two each; the paths of the root, of what is below, and of the four.
async fn tree(stage: &Stage) -> (String, Vec<String>, Vec<String>) {
    let part = |weight| part(&stage.town.branch, &stage.worker, weight);
    let root = stage.issued(stage.key()).await;
    let middle = stage.split(&root, vec![part(75), part(25)]).await;
    let mut leaves = stage.split(&middle[0], vec![part(60), part(40)]).await;
    leaves.extend(stage.split(&middle[1], vec![part(90), part(10)]).await);
    for leaf in &leaves {
        stage.signed(leaf, &stage.worker).await;
    }
    (root, middle, leaves)
}

async fn recount(stage: &Stage, root: &str) -> Recount {
    stage.tasks.recount(id(root)).await.unwrap()
}

fn nothing_wrong(tasks: usize) -> Recount {
    Recount { tasks, differences: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_reports_at_once_are_all_in_the_sum() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    let parts: Vec<Value> = (0..40_u8).map(|n| part(&stage.town.branch, &stage.worker, 2 + u8::from(n < 20))).collect();
    let paths = stage.split(&root, parts).await;
    for path in &paths {
        stage.signed(path, &stage.worker).await;
    }
    let worker = stage.of(&stage.worker);
    let ask = |n: usize, path: &str| {
        let (worker, path) = (worker.clone(), format!("{path}/progress"));
        async move { worker.post(&path, report(u8::try_from(n % 101).unwrap())).await }
    };
    // Ten of them report twice, and either may be first.
    let replies = join_all((0..50).map(|n| ask(n, &paths[n % 40]))).await;
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)), "{replies:?}");
    assert_eq!(recount(&stage, &root).await, nothing_wrong(41));
    let (seen, counted) = (stage.seen(&root).await, stage.seen(&format!("{root}/rollup")).await);
    assert_eq!((&seen["progress"], &counted["pending"]), (&counted["progress"], &json!(false)));
}

#[tokio::test]
async fn what_a_request_leaves_the_next_one_or_the_job_finishes() {
    // The calls of a report: the task, the change; then for each level its sum, its parts and the new sum; then the mark.
    let stage = stage().await;
    let (root, _, leaves) = tree(&stage).await;
    let before = stage.bench.image();
    for by_job in [true, false] {
        for call in 2..9 {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(Crash::Before(call)));
            let reply = stage
                .of(&stage.worker)
                .idempotency("left-behind-1")
                .post(&format!("{}/progress", leaves[0]), report(50))
                .await;
            stage.bench.wire.crash(None);
            assert_eq!(reply.status, 200, "what was asked for is done: {reply:?}");
            assert_eq!(stage.seen(&format!("{root}/rollup")).await["pending"], json!(true), "before call {call}");
            if by_job {
                assert_eq!(stage.tasks.settle_marked(stage.bench.now(), 100).await.unwrap(), 1);
            } else {
                let again = stage
                    .of(&stage.worker)
                    .idempotency("left-behind-1")
                    .post(&format!("{}/progress", leaves[0]), report(50))
                    .await;
                assert_eq!((again.status, &again.body), (200, &reply.body));
            }
            assert_eq!(recount(&stage, &root).await, nothing_wrong(7));
            let rollup = stage.seen(&format!("{root}/rollup")).await;
            assert_eq!((&rollup["progress"], &rollup["pending"]), (&json!(2_250), &json!(false)), "before call {call}");
        }
    }
}

#[tokio::test]
async fn what_is_withdrawn_takes_everything_below_along_and_leaves_the_mean() {
    let stage = stage().await;
    let (root, middle, leaves) = tree(&stage).await;
    stage.reported(&leaves[0], &stage.worker, 50).await;
    stage.reported(&leaves[2], &stage.worker, 20).await;
    stage.finished_after_signing(&leaves[3]).await;
    assert_eq!(stage.seen(&root).await["progress"], 2_950);
    let reply = stage.officer.post(&format!("{}/withdraw", middle[1]), why()).await;
    assert_eq!((reply.status, reply.text("/state").as_str()), (200, "withdrawn"), "{reply:?}");
    let states = [&stage.seen(&leaves[2]).await["state"], &stage.seen(&leaves[3]).await["state"]].map(Clone::clone);
    assert_eq!(states, [json!("withdrawn"), json!("done")], "what is done stays done");
    assert_eq!(stage.seen(&root).await["progress"], 3_000);
    assert_eq!(recount(&stage, &root).await, nothing_wrong(7));

    let gone = stage.officer.post(&format!("{root}/withdraw"), why()).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(stage.seen(&leaves[0]).await["state"], "withdrawn");
    assert_eq!(recount(&stage, &root).await, nothing_wrong(7));
}

#[tokio::test]
async fn a_large_tree_is_withdrawn_in_steps() {
    let stage = stage().await;
    let (root, _, leaves) = tree(&stage).await;
    stage.bench.wire.crash(Some(Crash::Before(4)));
    let client = stage.officer.idempotency("withdraw-in-steps");
    let first = client.post(&format!("{root}/withdraw"), why()).await;
    stage.bench.wire.crash(None);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(stage.seen(&leaves[0]).await["state"], "in-progress", "there is more to do");
    let row = stage.tasks.row(id(&root)).await.unwrap();
    for (most, finished) in [(2, false), (2, false), (20, true), (0, true)] {
        assert_eq!(stage.tasks.settle(&row, stage.bench.now(), most).await.unwrap(), finished, "{most}");
    }
    for leaf in &leaves {
        assert_eq!(stage.seen(leaf).await["state"], "withdrawn");
    }
    assert_eq!(client.post(&format!("{root}/withdraw"), why()).await.body, first.body);
    assert_eq!(recount(&stage, &root).await, nothing_wrong(7));
}

#[tokio::test]
async fn a_task_above_is_looked_at_earlier_once_there_is_less_progress() {
    let stage = stage().await;
    let (_, middle, leaves) = tree(&stage).await;
    for leaf in &leaves[..2] {
        stage.reported(leaf, &stage.worker, 100).await;
    }
    // As after its owner was told of it.
    let row = TaskRow { news: false, ..stage.tasks.row(id(&middle[0])).await.unwrap() };
    stage.tasks.table().put(&row).await.unwrap();
    assert!(stage.tasks.look_again(&row, 10_000, stage.bench.now()).await.unwrap());
    let late = stage.tasks.row(id(&middle[0])).await.unwrap().next_key.unwrap();
    stage.reported(&leaves[0], &stage.worker, 0).await;
    let early = stage.tasks.row(id(&middle[0])).await.unwrap().next_key.unwrap();
    assert!(early < late, "{early} {late}");
}
