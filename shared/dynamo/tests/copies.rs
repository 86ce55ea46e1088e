//! Counters of changes, and copies beside the ledger.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dynamo::{Answer, Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use kernel::ErrorCode;
use serde_json::{Value, json};
use testkit::Bench;

struct Store {
    table: Table,
    ledger: Ledger,
    _bench: Bench,
}

async fn store() -> Store {
    let bench = Bench::new().await;
    let table = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    Store { table, ledger: Ledger::open(&bench.env).unwrap(), _bench: bench }
}

fn counter() -> Key {
    Key::new("P", "COUNTER")
}

impl Store {
    async fn make(&self, change: Change) -> Option<ErrorCode> {
        let answer = Answer { status: 200, location: None, etag: None, body: String::new(), replayed: false };
        match self.ledger.commit(change, [], None, answer).await {
            Ok(_) => None,
            Err(StoreError::Refused(refusal)) => Some(refusal.code),
            Err(error) => panic!("{error}"),
        }
    }

    async fn item(&self, key: Key) -> Option<Value> {
        self.table.get(key, Read::Consistent).await.unwrap()
    }
}

#[tokio::test]
async fn who_advances_a_counter_notices_those_who_count() {
    let store = store().await;
    let advance = |from| Change::new().advance(&store.table, counter(), from);
    let count = || Change::new().count(&store.table, counter());
    assert_eq!(store.make(advance(1)).await, Some(ErrorCode::Conflict));
    assert_eq!(store.make(advance(0)).await, None);
    assert_eq!(store.make(advance(0)).await, Some(ErrorCode::Conflict));
    assert_eq!(store.make(count()).await, None);
    assert_eq!(store.make(advance(1)).await, Some(ErrorCode::Conflict));
    assert_eq!(store.make(advance(2)).await, None);
    assert_eq!(store.item(counter()).await.unwrap()["version"], 3);
    // Who counts needs no counter to begin with.
    let other = Key::new("P", "OTHER");
    assert_eq!(store.make(Change::new().count(&store.table, other.clone())).await, None);
    assert_eq!(store.item(other).await.unwrap()["version"], 1);
}

#[tokio::test]
async fn a_claim_is_discarded_whether_or_not_it_is_there() {
    let store = store().await;
    store.table.put(&json!({ "pk": "P", "sk": "CLAIM" })).await.unwrap();
    let key = || Key::new("P", "CLAIM");
    for _ in 0..2 {
        assert_eq!(store.make(Change::new().discard(&store.table, key())).await, None);
        assert_eq!(store.item(key()).await, None);
    }
}

#[tokio::test]
async fn keys_are_brought_up_to_date_only_on_what_was_read() {
    let store = store().await;
    let row =
        json!({ "pk": "P", "sk": "A", "version": 3, "area": "old", "place": "old/a", "path": "old", "open": "x" });
    store.table.put(&row).await.unwrap();
    let key = || Key::new("P", "A");
    let update = async |version, path: &str| {
        let values = [("area", Some("new")), ("place", Some("new/a")), ("path", Some("new")), ("open", None)];
        store.table.update_keys(key(), version, &[("path", path)], &values).await.unwrap()
    };
    assert!(!update(2, "old").await && !update(3, "other").await);
    assert_eq!(store.item(key()).await.unwrap(), row);
    assert!(update(3, "old").await);
    let expected = json!({ "pk": "P", "sk": "A", "version": 3, "area": "new", "place": "new/a", "path": "new" });
    assert_eq!(store.item(key()).await.unwrap(), expected);
    assert!(!update(3, "old").await, "a second time it is no longer as expected");
    assert!(!store.table.update_keys(Key::new("P", "B"), 1, &[], &[("area", Some("new"))]).await.unwrap());
    assert_eq!(store.item(Key::new("P", "B")).await, None, "nothing is made");
}

#[tokio::test]
async fn what_stands_beside_a_version_is_set_only_on_what_was_read() {
    let store = store().await;
    let key = Key::new("P", "T");
    let row = json!({ "pk": "P", "sk": "T", "version": 3, "next": "b", "old": true, "path": "/a/" });
    store.table.put(&row).await.unwrap();
    let amend = |version, next: Option<&str>| {
        let values = json!({ "news": true, "old": null, "next": "c" });
        Change::new().amend(&store.table, key.clone(), (version, &[("next", next)]), &values)
    };
    for (version, next) in [(2, Some("b")), (3, Some("a")), (3, None)] {
        assert_eq!(store.make(amend(version, next)).await, Some(ErrorCode::Conflict));
    }
    assert_eq!(store.make(amend(3, Some("b"))).await, None);
    let amended = json!({ "pk": "P", "sk": "T", "version": 3, "next": "c", "news": true, "path": "/a/" });
    assert_eq!(store.item(key.clone()).await.unwrap(), amended);
    let bare = json!({ "pk": "P", "sk": "T", "version": 3 });
    store.table.put(&bare).await.unwrap();
    assert_eq!(store.make(amend(3, None)).await, None, "nothing was there, as expected");
}

#[tokio::test]
async fn a_filter_reaches_into_an_attribute() {
    let store = store().await;
    for (sk, due) in
        [("A1", json!({ "dueOn": "2027-01-01" })), ("A2", json!({ "dueOn": "2027-01-02" })), ("A3", Value::Null)]
    {
        store.table.put(&json!({ "pk": "P", "sk": sk, "term": due })).await.unwrap();
    }
    let due = Filter::default().at_most("term.dueOn", "2027-01-01");
    let found: Found<Value> = store.table.page(&Stretch::beginning("P", "A").only(due), None, 10).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

#[tokio::test]
async fn a_sum_gives_way_to_a_newer_one_only() {
    let store = store().await;
    let sum = |version: u64, progress: u64| json!({ "pk": "P", "sk": "SUM", "version": version, "progress": progress });
    for (version, progress, taken, left) in [(3, 10, true, 10), (2, 5, false, 10), (3, 7, false, 10), (4, 0, true, 0)] {
        assert_eq!(store.table.put_newer(&sum(version, progress), version).await.unwrap(), taken, "version {version}");
        assert_eq!(store.item(Key::new("P", "SUM")).await.unwrap()["progress"], left);
    }
}
