//! What happens when a call fails: nothing is lost, and asking again finishes it.

use crate::stage::{Used, is, photograph, stage};
use testkit::Crash;

#[tokio::test]
async fn completion_dies_at_any_call_and_the_second_try_finishes_it() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    let (client, path) = (stage.client.idempotency("completion-0001"), format!("/v1/media/{id}/completion"));
    let before = stage.bench.image();
    for at in 0.. {
        let mut done = true;
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let first = client.send("POST", &path, None).await;
            stage.bench.wire.crash(None);
            if first.status != 200 {
                is(&first, 503, "unavailable");
                done = false;
            }
            let second = client.send("POST", &path, None).await;
            assert_eq!(second.status, 200, "{crash:?}: {second:?}");
            assert_eq!(stage.told(&id).await, ["media.completed", "media.declared"], "{crash:?}");
            assert!(stage.object(&format!("media/{id}")).await.is_some(), "{crash:?}");
            assert_eq!(stage.used().await.unwrap().files, 1, "{crash:?}");
        }
        if done {
            assert!(at >= 5, "the calls of a completion are more than {at}");
            return;
        }
    }
}

#[tokio::test]
async fn removal_dies_at_any_call_and_the_record_never_outlives_the_file() {
    let stage = stage().await;
    let id = stage.kept().await;
    let (client, path) = (stage.client.idempotency("removal-0001"), format!("/v1/media/{id}"));
    let before = stage.bench.image();
    for at in 0..8 {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let first = client.delete(&path).await;
            stage.bench.wire.crash(None);
            let (record, object) = (client.get(&path).await, stage.object(&format!("media/{id}")).await);
            assert!(record.status == 404 || object.is_some(), "{crash:?}: {first:?}");
            assert_eq!(client.delete(&path).await.status, 204, "{crash:?}");
            assert_eq!(stage.used().await, Some(Used { bytes: 0, files: 0 }), "{crash:?}");
        }
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_a_busy_service() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    // The record and the organisation are read; the third call is the first to the bucket.
    stage.bench.wire.crash(Some(Crash::Before(2)));
    let reply = stage.complete(&id).await;
    is(&reply, 503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    stage.bench.wire.crash(None);
    assert_eq!(stage.complete(&id).await.status, 200);
}
