//! F12: a bad store of objects loses none, shows none in part, and does nothing twice that matters.

use blob::Bucket;
use kernel::Clock;
use testkit::{Bench, Chaos, Fault, Faults};

/// An object that is not the same anywhere.
fn object(n: u32) -> Vec<u8> {
    (0..2_000_u32).flat_map(|at| (at ^ n).to_be_bytes()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_what_was_put_is_there_as_a_whole() {
    let bench = Bench::new().await;
    let chaos = Chaos::new(12, Clock::clone(&bench.env.clock));
    let bucket = Bucket::open(&chaos.before(&bench.env), "MEDIA_BUCKET").unwrap();
    let healthy = Bucket::open(&bench.env, "MEDIA_BUCKET").unwrap();
    let (mut put, mut read, mut busy) = (Vec::new(), 0, 0);
    chaos.set(Faults { hung: 0.0, truncated: 0.3, stale_index: 1.0, ..Faults::mixed() });
    for n in 0..60 {
        chaos.begin(u64::from(n));
        let key = format!("object-{n:03}");
        // A client tries again: the same key, the same bytes.
        while bucket.put(&key, "application/octet-stream", object(n)).await.is_err() {
            busy += 1;
        }
        put.push(key.clone());
        match bucket.get(&key, 10_000).await {
            Ok(found) => {
                assert!(found == Some(object(n)), "{key} came in part, or as another");
                read += 1;
            }
            Err(_) => busy += 1,
        }
        // A list may be behind; it never shows what is not there.
        if let Ok(list) = bucket.page("object-", None, 1_000).await {
            assert!(list.items.iter().all(|item| put.contains(&item.key)));
        }
    }
    chaos.set(Faults::none());
    for (n, key) in (0..).zip(&put) {
        assert!(healthy.get(key, 10_000).await.unwrap() == Some(object(n)), "{key}");
    }
    let list = healthy.page("object-", None, 1_000).await.unwrap();
    assert_eq!(list.items.len(), put.len());
    assert!(read > 20 && busy > 0, "{read} read, {busy} busy");
    for fault in [Fault::Throttled, Fault::Failed, Fault::Reset, Fault::Lost, Fault::Truncated, Fault::StaleIndex] {
        assert!(chaos.tally().faults.contains_key(&fault), "{fault:?} did not happen");
    }
}
