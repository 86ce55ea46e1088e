//! Allowances: sums that a transaction takes from and that never come to more than their limit.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dynamo::{Activity, Actor, Change, Key, Ledger, Read, Share, StoreError, Table};
use futures_util::future::join_all;
use kernel::{ErrorCode, OrgId};
use serde::{Deserialize, Serialize};
use testkit::Bench;

/// What was taken.
#[derive(Debug, PartialEq, Deserialize)]
struct Sums {
    bytes: i64,
    files: i64,
}

#[derive(Debug, Serialize)]
struct Row {
    pk: &'static str,
    sk: &'static str,
    version: u64,
}

struct Store {
    bench: Bench,
    table: Table,
    ledger: Ledger,
}

async fn store() -> Store {
    let bench = Bench::new().await;
    let table = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    Store { table, ledger: Ledger::open(&bench.env).unwrap(), bench }
}

fn key() -> Key {
    Key::new("QUOTA#1", "QUOTA")
}

fn shares(bytes: u64) -> [Share; 2] {
    [Share { sum: "bytes", amount: bytes, limit: 100 }, Share { sum: "files", amount: 1, limit: 4 }]
}

impl Store {
    async fn commit(&self, change: Change) -> Result<(), ErrorCode> {
        let org = OrgId::from_bytes(1, [1; 10]);
        let activity = Activity::new(self.bench.now(), Actor::job("test"), "thing.made", org, "subject");
        match self.ledger.carry_out(change, [activity]).await {
            Ok(()) => Ok(()),
            Err(StoreError::Refused(refusal)) => Err(refusal.code),
            Err(error) => panic!("{error}"),
        }
    }

    async fn take(&self, bytes: u64) -> Result<(), ErrorCode> {
        self.commit(Change::new().take(&self.table, key(), &shares(bytes), ErrorCode::QuotaExceeded)).await
    }

    async fn sums(&self) -> Option<Sums> {
        self.table.get(key(), Read::Consistent).await.unwrap()
    }
}

#[tokio::test]
async fn a_sum_may_reach_its_limit_and_not_pass_it() {
    let store = store().await;
    assert_eq!(store.take(101).await, Err(ErrorCode::QuotaExceeded), "more than all of it, from nothing");
    assert_eq!(store.sums().await, None);
    assert_eq!(store.take(60).await, Ok(()));
    assert_eq!(store.take(41).await, Err(ErrorCode::QuotaExceeded));
    assert_eq!(store.take(40).await, Ok(()));
    assert_eq!(store.sums().await, Some(Sums { bytes: 100, files: 2 }));
    assert_eq!(store.take(0).await, Ok(()));
    assert_eq!(store.take(0).await, Ok(()));
    assert_eq!(store.take(0).await, Err(ErrorCode::QuotaExceeded), "the fifth file");
}

#[tokio::test]
async fn what_is_given_back_can_be_taken_again() {
    let store = store().await;
    store.take(100).await.unwrap();
    store.commit(Change::new().give_back(&store.table, key(), &[("bytes", 100), ("files", 1)])).await.unwrap();
    assert_eq!(store.sums().await, Some(Sums { bytes: 0, files: 0 }));
    assert_eq!(store.take(100).await, Ok(()));
}

#[tokio::test]
async fn of_many_at_once_as_many_succeed_as_there_is_room_for() {
    let store = store().await;
    let taken = join_all((0..20).map(|_| store.take(30))).await;
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 3, "{taken:?}");
    assert_eq!(store.sums().await, Some(Sums { bytes: 90, files: 3 }));
}

#[tokio::test]
async fn an_item_that_changed_is_not_removed() {
    let store = store().await;
    store.table.put(&Row { pk: "P", sk: "S", version: 2 }).await.unwrap();
    let remove = |version| Change::new().remove_unchanged(&store.table, Key::new("P", "S"), version);
    assert_eq!(store.commit(remove(1)).await, Err(ErrorCode::Conflict));
    assert_eq!(store.commit(remove(2)).await, Ok(()));
    assert_eq!(store.commit(remove(2)).await, Err(ErrorCode::Conflict), "it is gone");
}
