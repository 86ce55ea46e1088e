//! The statement of a provider beside the book.

use crate::stage::{Stage, fields, is, ok, paid, stage};
use authz::Role;
use serde_json::{Value, json};

async fn reconciled(stage: &Stage, day: &str, items: Value) -> Value {
    let path = format!("/v1/organizations/{}/dues/reconciliations", stage.town.branch.id);
    ok(stage.till.post(&path, json!({ "provider": "bank", "from": day, "until": day, "items": items })).await).body
}

#[tokio::test]
async fn what_is_missing_extra_or_different_is_told_and_nothing_is_changed() {
    let stage = stage().await;
    stage.provider().await;
    let mut ids = Vec::new();
    for (member, transaction) in [(&stage.member, "T1"), (&stage.other, "T2"), (&stage.secretary, "T3")] {
        stage.set(member, "2026-11").await;
        let id = stage.opened(member, member.id, &["2026-11"]).await;
        ok(stage.callback(&paid(&id, transaction, 1_500)).await);
        ids.push(id);
    }
    // One comes again and is one; one is taken back, and came in all the same.
    ok(stage.callback(&paid(&ids[0], "T1", 1_500)).await);
    let path = format!("/v1/dues/payments/{}/reversal", ids[1].as_str().unwrap());
    ok(stage.till.post(&path, json!({ "reason": "重复" })).await);
    ok(stage.office.post(&format!("{path}/decision"), json!({ "confirm": true })).await);
    let before = stage.book(stage.town.branch.id).await;
    let items = json!([
        { "transaction": "T1", "amount": 1_500 },
        { "transaction": "T2", "amount": 1_500 },
        { "transaction": "T4", "amount": 700 },
    ]);
    let found = reconciled(&stage, "2026-11-24", items).await;
    assert_eq!((&found["same"], &found["different"]), (&json!(2), &json!([])), "{found}");
    assert_eq!(found["missing"], json!([{ "transaction": "T4", "amount": 700 }]));
    let extra = &found["extra"];
    assert_eq!(
        (extra.as_array().unwrap().len(), &extra[0]["transaction"], &extra[0]["payment"]),
        (1, &json!("T3"), &ids[2])
    );
    assert!(!found.to_string().contains("陈员"), "it names nobody");
    let found = reconciled(&stage, "2026-11-24", json!([{ "transaction": "T3", "amount": 150 }])).await;
    assert_eq!(
        (&found["different"][0]["stated"], &found["different"][0]["booked"]["amount"]),
        (&json!(150), &json!(1_500))
    );
    assert_eq!(stage.book(stage.town.branch.id).await, before);
    // On the statement of the day before, heard of the day after.
    let found = reconciled(&stage, "2026-11-23", json!([{ "transaction": "T1", "amount": 1_500 }])).await;
    assert_eq!((&found["same"], &found["extra"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn a_statement_is_of_one_provider_some_days_and_each_transaction_once() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/dues/reconciliations", stage.town.branch.id);
    let body = |provider: &str, until: &str, items: Value| json!({ "provider": provider, "from": "2026-11-01", "until": until, "items": items });
    assert_eq!(fields(&stage.till.post(&path, body("bank", "2026-11-01", json!([]))).await), "/provider");
    stage.provider().await;
    let twice = json!([{ "transaction": "T1", "amount": 1 }, { "transaction": "T1", "amount": 1 }]);
    let many: Vec<_> = (0..=1_000).map(|n| json!({ "transaction": format!("T{n}"), "amount": 1 })).collect();
    for (until, items, pointer) in [
        ("2026-10-31", json!([]), "/until"),
        ("2026-12-02", json!([]), "/until"),
        ("2026-11-30", twice, "/items"),
        ("2026-11-30", json!(many), "/items"),
    ] {
        assert_eq!(fields(&stage.till.post(&path, body("bank", until, items)).await), pointer, "{until}");
    }
    ok(stage.officer(Role::Inspector, &stage.town.city).post(&path, body("bank", "2026-12-01", json!([]))).await);
    is(&stage.of(&stage.member).post(&path, body("bank", "2026-11-01", json!([]))).await, 404, "not-found");
    // What came in for another branch is not in this book.
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    let keeper = stage.officer(Role::DuesOfficer, &stage.town.neighbour);
    let elsewhere = format!("/v1/organizations/{}/dues/reconciliations", stage.town.neighbour.id);
    let items = json!([{ "transaction": "T1", "amount": 1_500 }]);
    let found = ok(keeper.post(&elsewhere, body("bank", "2026-11-30", items.clone())).await).body;
    assert_eq!((&found["missing"], &found["extra"]), (&items, &json!([])));
}
