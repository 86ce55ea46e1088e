//! The function dies at any of its calls, before or after the call has its effect; starting again ends the work.

use crate::{
    founding::{HEADER, rows, stage_nodes, street},
    stage::{Stage, counts, file, people, stage},
};
use sheet::Format;
use testkit::Crash;

async fn put(stage: &Stage) -> String {
    let path = stage.put(&stage.town.branch, Format::Csv, file(Format::Csv, &people(30)), false).await;
    let _ = stage.bench.wire.take();
    path
}

async fn whole(stage: &Stage) -> [usize; 5] {
    let kinds = ["member.registered", "import.started", "import.finished", "member.withdrawn"];
    let mut counted = [stage.members().await.len(), 0, 0, 0, 0];
    for (place, kind) in counted.iter_mut().skip(1).zip(kinds) {
        *place = stage.told(kind).await;
    }
    counted
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_again_after_a_crash_at_any_call_registers_everybody_once() {
    let stage = stage().await;
    let path = put(&stage).await;
    let before = stage.bench.image();
    assert_eq!(counts(&stage.start(&path).await), [30, 30, 0, 0]);
    let calls = stage.bench.wire.take().len();
    assert!(calls > 8, "{calls}");
    for n in 0..calls {
        for crash in [Crash::Before(n), Crash::After(n)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            assert!(stage.start(&path).await.status >= 500 || n == calls - 1, "{crash:?}");
            stage.bench.wire.crash(None);
            let reply = stage.start(&path).await;
            assert_eq!((reply.text("/state").as_str(), counts(&reply)), ("done", [30, 30, 0, 0]), "{crash:?}");
            assert_eq!(whole(&stage).await, [30, 30, 1, 1, 0], "{crash:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_again_after_a_crash_at_any_call_removes_everybody_once() {
    let stage = stage().await;
    let path = put(&stage).await;
    stage.start(&path).await;
    let before = stage.bench.image();
    let undo = async || stage.client.send("POST", &format!("{path}/undo"), None).await;
    let mut calls = 1;
    let mut n = 0;
    while n < calls {
        for crash in [Crash::Before(n), Crash::After(n)] {
            stage.bench.restore(&before);
            let _ = stage.bench.wire.take();
            stage.bench.wire.crash(Some(crash));
            undo().await;
            stage.bench.wire.crash(None);
            let _ = stage.bench.wire.take();
            let reply = undo().await;
            calls = calls.max(stage.bench.wire.take().len());
            assert_eq!(
                (reply.text("/state").as_str(), reply.body["undone"].as_u64()),
                ("undone", Some(30)),
                "{crash:?}"
            );
            assert_eq!(whole(&stage).await, [0, 30, 1, 1, 30], "{crash:?}");
        }
        n += 1;
    }
    assert!(n > 5, "{n}");
}

/// A street with a file of four organisations below it.
async fn tree() -> (Stage, String) {
    let stage = street().await;
    let bytes = sheet::write(Format::Csv, [HEADER.map(str::to_owned).to_vec()].iter().chain(&rows())).unwrap();
    let path = stage.put_as("organizations", &stage.town.street, Format::Csv, bytes, false).await;
    let _ = stage.bench.wire.take();
    (stage, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_is_founded_and_removed_once_whichever_call_is_the_last_before_a_crash() {
    for (verb, state, left) in [("start", "done", 8), ("undo", "undone", 4)] {
        let (stage, path) = Box::pin(tree()).await;
        let send = async |verb: &str| stage.client.send("POST", &format!("{path}/{verb}"), None).await;
        if verb == "undo" {
            assert_eq!(send("start").await.text("/state"), "done");
        }
        let before = stage.bench.image();
        let (mut calls, mut n) = (1, 0);
        while n < calls {
            for crash in [Crash::Before(n), Crash::After(n)] {
                stage.bench.restore(&before);
                let _ = stage.bench.wire.take();
                stage.bench.wire.crash(Some(crash));
                send(verb).await;
                stage.bench.wire.crash(None);
                let _ = stage.bench.wire.take();
                let reply = send(verb).await;
                calls = calls.max(stage.bench.wire.take().len());
                let done = (reply.body["created"].as_u64(), reply.body["undone"].as_u64(), reply.body["kept"].as_u64());
                let expected = (Some(4), Some(if verb == "undo" { 4 } else { 0 }), Some(0));
                assert_eq!((reply.text("/state").as_str(), done), (state, expected), "{verb} {crash:?}: {reply:?}");
                assert_eq!(stage_nodes(&stage).await.len(), left, "{verb} {crash:?}");
            }
            n += 1;
        }
        assert!(n > 5, "{n}");
    }
}
