//! Tables and the ledger against the embedded store.
#![expect(clippy::unwrap_used, reason = "tests")]

use dynamo::{
    Activity, Actor, Answer, Change, Filter, Found, Key, Ledger, Once, Read, StoreError, Stretch, Table, Trace,
};
use kernel::{ErrorCode, MemberId, OrgId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use testkit::{Bench, Crash};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    color: String,
    version: u64,
}

fn row(sk: &str, color: &str) -> Row {
    Row { pk: "P".to_owned(), sk: sk.to_owned(), color: color.to_owned(), version: 1 }
}

struct Store {
    bench: Bench,
    table: Table,
    ledger: Ledger,
    trace: Trace,
}

async fn store() -> Store {
    let bench = Bench::new().await;
    let table = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    Store { table, ledger: Ledger::open(&bench.env).unwrap(), trace: Trace::open(&bench.env).unwrap(), bench }
}

fn org() -> OrgId {
    OrgId::from_bytes(1, [1; 10])
}

impl Store {
    fn activity(&self) -> Activity {
        Activity::new(self.bench.now(), Actor::job("test"), "thing.made", org(), "subject").stating("a", 1)
    }

    async fn insert(&self, sk: &str, once: Option<&Once>) -> Result<Answer, StoreError> {
        let change = Change::new().insert(&self.table, &row(sk, "red"), ErrorCode::NameTaken);
        let answer =
            Answer { status: 201, location: None, etag: None, body: format!("{{\"sk\":\"{sk}\"}}"), replayed: false };
        self.ledger.commit(change, [self.activity()], once, answer).await
    }

    async fn activities(&self) -> usize {
        self.trace.of_organization(org(), (None, None), None, 200).await.unwrap().items.len()
    }
}

fn once(key: &str, body: &str) -> Once {
    Once::new(MemberId::from_bytes(1, [1; 10]), key, &[b"POST", b"/v1/things", body.as_bytes()])
}

fn code(result: Result<Answer, StoreError>) -> Option<ErrorCode> {
    match result {
        Err(StoreError::Refused(refusal)) => Some(refusal.code),
        _ => None,
    }
}

#[tokio::test]
async fn pages_hold_every_item_once_in_both_directions() {
    let store = store().await;
    let rows: Vec<_> = (0..57).map(|n| row(&format!("K#{n:03}"), if n % 3 == 0 { "red" } else { "blue" })).collect();
    store.table.put_all(&rows).await.unwrap();
    store.table.put(&row("L#other", "red")).await.unwrap();
    let red: Vec<_> = rows.iter().filter(|row| row.color == "red").cloned().collect();

    for (stretch, expected) in [
        (Stretch::beginning("P", "K#"), rows.clone()),
        (Stretch::beginning("P", "K#").descending(), rows.iter().rev().cloned().collect()),
        (Stretch::beginning("P", "K#").only(Filter::default().equals("color", "red")), red.clone()),
        (
            Stretch::beginning("P", "K#").descending().only(Filter::default().equals("color", "red")),
            red.iter().rev().cloned().collect(),
        ),
    ] {
        for size in [1, 7, 57, 200] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let found: Found<Row> = store.table.page(&stretch, after.as_deref(), size).await.unwrap();
                assert!(found.items.len() <= usize::from(size));
                seen.extend(found.items);
                after = found.after;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "{stretch:?} by {size}");
        }
    }
}

#[tokio::test]
async fn a_cursor_outside_the_stretch_shows_nothing_of_what_lies_there() {
    let store = store().await;
    store.table.put_all(&[row("A#1", "red"), row("K#1", "red"), row("Z#1", "red")]).await.unwrap();
    for (after, expected) in [("A", 1), ("K#0", 1), ("K#1", 0), ("Z#2", 0)] {
        let found: Found<Row> = store.table.page(&Stretch::beginning("P", "K#"), Some(after), 10).await.unwrap();
        assert_eq!(found.items.len(), expected, "{after}");
        let down: Found<Row> =
            store.table.page(&Stretch::beginning("P", "K#").descending(), Some(after), 10).await.unwrap();
        assert!(down.items.iter().all(|row| row.sk == "K#1"), "{after}");
    }
}

#[tokio::test]
async fn a_change_and_its_activity_are_written_together_or_not_at_all() {
    let store = store().await;
    store.insert("A", None).await.unwrap();
    assert_eq!(code(store.insert("A", None).await), Some(ErrorCode::NameTaken));
    assert_eq!(store.activities().await, 1);
}

#[tokio::test]
async fn the_same_request_gets_the_first_answer_again() {
    let store = store().await;
    let first = store.insert("A", Some(&once("key-0001", "body"))).await.unwrap();
    let again = store.insert("A", Some(&once("key-0001", "body"))).await.unwrap();
    assert_eq!(again, Answer { replayed: true, ..first });
    assert_eq!(code(store.insert("B", Some(&once("key-0001", "other"))).await), Some(ErrorCode::KeyReused));
    assert_eq!(store.activities().await, 1);
    assert_eq!(store.table.get::<Row>(Key::new("P", "B"), Read::Consistent).await.unwrap(), None);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_and_nothing_is_written_twice() {
    let store = store().await;
    for crash in [Crash::Before(0), Crash::After(0)] {
        let key = format!("key-{crash:?}");
        store.bench.wire.crash(Some(crash));
        let lost = store.insert(&key, Some(&once(&key, "body"))).await;
        assert!(matches!(lost, Err(StoreError::Busy(_))), "{lost:?}");
        store.bench.wire.crash(None);
        assert_eq!(store.insert(&key, Some(&once(&key, "body"))).await.unwrap().status, 201);
    }
    assert_eq!(store.activities().await, 2);
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let store = store().await;
    store.insert("A", None).await.unwrap();
    let newer = Row { version: 2, ..row("A", "blue") };
    let answer = || Answer { status: 200, location: None, etag: None, body: String::new(), replayed: false };
    let replace = |version| Change::new().replace(&store.table, &newer, version);
    store.ledger.commit(replace(1), [store.activity()], None, answer()).await.unwrap();
    assert_eq!(
        code(store.ledger.commit(replace(1), [store.activity()], None, answer()).await),
        Some(ErrorCode::Conflict)
    );
    assert_eq!(store.activities().await, 2);
}

#[tokio::test]
async fn transactions_that_meet_are_tried_again() {
    let store = store().await;
    let reasons = json!({ "CancellationReasons": [{ "Code": "None" }, { "Code": "TransactionConflict" }] });
    store.bench.wire.fail_next(3, 400, "TransactionCanceledException", reasons.as_object().unwrap().clone());
    assert_eq!(store.insert("A", None).await.unwrap().status, 201);
    assert_eq!(store.activities().await, 1);
}

#[tokio::test]
async fn a_throttled_store_is_busy_and_a_wrong_call_is_not() {
    let store = store().await;
    store.bench.wire.fail_next(3, 400, "ThrottlingException", Map::new());
    assert!(matches!(store.insert("A", None).await, Err(StoreError::Busy(_))));
    store.bench.wire.fail_next(1, 400, "ValidationException", Map::new());
    assert!(matches!(store.insert("A", None).await, Err(StoreError::Call(_))));
}

#[tokio::test]
async fn what_a_batch_leaves_undone_is_sent_again() {
    let store = store().await;
    let rows: Vec<_> = (0..60).map(|n| row(&format!("K#{n:03}"), "red")).collect();
    store.table.put_all(&rows).await.unwrap();
    assert_eq!(store.table.count(&Stretch::beginning("P", "K#")).await.unwrap(), 60);
}
