//! What changes between reading and writing is noticed.

use super::*;
use crate::domain::{Draft, Hand};
use dynamo::{Activity, Actor};
use http_api::Reply;
use serde_json::json;
use testkit::{Bench, Town};

struct Stage {
    bench: Bench,
    town: Town,
    member: Member,
    store: Transfers,
}

async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let member = town.person(2, "陈员", &town.branch).await;
    let store = Transfers::open(&bench.env).unwrap();
    Stage { bench, town, member, store }
}

impl Stage {
    /// The code of what is said to `change`.
    async fn refused(&self, change: Change) -> ErrorCode {
        let actor = Actor::oneself(self.member.id);
        let activity = Activity::new(self.bench.now(), actor, "test.changed", self.town.branch.id, self.member.id);
        match self.store.ledger.commit(change, [activity], None, Reply::nothing().into_answer()).await {
            Err(StoreError::Refused(refusal)) => refusal.code,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_is_drafted_whose_record_changed() {
    let stage = stage().await;
    let (from, to) = (
        stage.store.place(stage.town.branch.id).await.unwrap(),
        stage.store.place(stage.town.neighbour.id).await.unwrap(),
    );
    let draft: Draft = serde_json::from_value(json!({
        "member": stage.member.id, "kind": "within-committee", "to": { "organization": to.node.id }, "reason": "迁居",
    }))
    .unwrap();
    let hand = Hand { by: stage.member.id, at: stage.bench.now() };
    let transfer = Transfer::drafted(draft, &stage.member, (&from, Some(&to)), hand).unwrap();
    stage.town.person_as(2, "陈员", &stage.town.branch, |member| member.version += 1).await;
    let change = stage.store.draft(transfer, &stage.member, &from.node, Some(&to.node));
    assert_eq!(stage.refused(change).await, ErrorCode::Conflict);
}

#[tokio::test]
async fn nobody_is_received_without_what_they_ask_meanwhile() {
    let stage = stage().await;
    let Stage { town, member, store, .. } = &stage;
    let asked = store.open_corrections(member.id).await.unwrap();
    let counted = store.people.count_asked(Change::new(), member.id);
    let actor = Actor::oneself(member.id);
    let activity = Activity::new(member.updated_at, actor, "correction.asked", town.branch.id, member.id);
    store.ledger.commit(counted, [activity], None, Reply::nothing().into_answer()).await.unwrap();
    let change = store.receive(Change::new(), member, &town.neighbour, &asked);
    assert_eq!(stage.refused(change).await, ErrorCode::Conflict);
}
