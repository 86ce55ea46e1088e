//! What a bad store does to batches, pages and single writes.
#![expect(clippy::unwrap_used, reason = "tests")]

use dynamo::{Found, Key, Read, StoreError, Stretch, Table};
use kernel::Clock;
use serde::{Deserialize, Serialize};
use testkit::{Bench, Chaos, Fault, Faults};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    version: u64,
}

fn rows(count: usize) -> Vec<Row> {
    (0..count).map(|n| Row { pk: "P".to_owned(), sk: format!("K#{n:03}"), version: 1 }).collect()
}

/// A table behind chaos, and the same table without.
async fn tables(faults: Faults) -> (Bench, Chaos, Table, Table) {
    let bench = Bench::new().await;
    let chaos = Chaos::new(5, Clock::clone(&bench.env.clock));
    let table = |env| Table::open(env, "MEMBERS_TABLE").unwrap();
    let (troubled, healthy) = (table(&chaos.before(&bench.env)), table(&bench.env));
    chaos.set(faults);
    (bench, chaos, troubled, healthy)
}

#[tokio::test]
async fn what_a_batch_leaves_undone_is_done_by_the_next() {
    let (_bench, chaos, table, healthy) = tables(Faults { unprocessed: 0.8, ..Faults::none() }).await;
    let rows = rows(130);
    table.put_all(&rows).await.unwrap();
    let stored: Found<Row> = healthy.page(&Stretch::beginning("P", "K#"), None, 1_000).await.unwrap();
    assert_eq!(stored.items, rows);
    let keys = rows.iter().map(|row| Key::new(&*row.pk, &*row.sk)).collect();
    let mut read: Vec<Row> = table.get_all(keys, Read::Consistent).await.unwrap();
    read.sort_by(|one, other| one.sk.cmp(&other.sk));
    assert_eq!(read, rows);
    assert!(chaos.tally().faults.contains_key(&Fault::Unprocessed));
}

#[tokio::test]
async fn pages_that_end_early_hold_every_item_once() {
    let (_bench, chaos, table, healthy) = tables(Faults { short_page: 1.0, ..Faults::none() }).await;
    let rows = rows(57);
    healthy.put_all(&rows).await.unwrap();
    let down: Vec<_> = rows.iter().rev().cloned().collect();
    for (stretch, expected) in
        [(Stretch::beginning("P", "K#"), &rows), (Stretch::beginning("P", "K#").descending(), &down)]
    {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let found: Found<Row> = table.page(&stretch, after.as_deref(), 20).await.unwrap();
            seen.extend(found.items);
            after = found.after;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(&seen, expected, "{stretch:?}");
        for most in [1, 7, 56, 200] {
            let first: Found<Row> = table.first(&stretch, most).await.unwrap();
            let wanted = expected.get(..usize::from(most).min(57)).unwrap();
            assert_eq!((first.items.as_slice(), first.after.is_some()), (wanted, most < 57), "the first {most}");
        }
    }
    assert_eq!(table.count(&Stretch::beginning("P", "K#")).await.unwrap(), 57);
    assert!(chaos.tally().faults.contains_key(&Fault::ShortPage));
}

#[tokio::test]
async fn a_write_that_meets_a_transaction_may_be_sent_again() {
    let (_bench, _chaos, table, healthy) = tables(Faults { conflict: 1.0, ..Faults::none() }).await;
    let row = rows(1).remove(0);
    assert!(matches!(table.put(&row).await, Err(StoreError::Busy(_))));
    healthy.put(&row).await.unwrap();
    let moved = table.update_keys(Key::new("P", &*row.sk), 1, &[], &[("area", Some("x"))]).await;
    assert!(matches!(moved, Err(StoreError::Busy(_))), "{moved:?}");
}
