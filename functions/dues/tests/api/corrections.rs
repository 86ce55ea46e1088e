//! Reversals take two persons and leave what was.

use crate::stage::{is, ok, paid, stage};
use dues_records::Account;
use serde_json::{Value, json};

#[tokio::test]
async fn a_payment_is_taken_back_by_two_persons_and_stays_in_the_book() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    let payment = ok(stage.cash(&stage.member, &["2026-11"]).await);
    let path = payment.header("location").to_owned();
    let decision = format!("{path}/reversal/decision");
    is(&stage.office.post(&decision, json!({ "confirm": true })).await, 409, "already-decided");
    is(&stage.of(&stage.member).post(&format!("{path}/reversal"), json!({ "reason": "录错" })).await, 404, "not-found");
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错人" })).await);
    is(&stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错人" })).await, 409, "already-open");
    assert_eq!(stage.waiting("reversal").await.len(), 1);
    assert_eq!(stage.bills(&stage.member).await, ["paid"], "nothing happens until somebody else agrees");
    is(&stage.till.post(&decision, json!({ "confirm": true })).await, 403, "own-case");
    stage.bench.pass(jiff::SignedDuration::from_secs(1));
    let reversed = ok(stage.office.post(&decision, json!({ "confirm": true })).await);
    assert_eq!((reversed.text("/state").as_str(), &reversed.body["held"]), ("reversed", &json!(0)));
    assert_eq!(stage.bills(&stage.member).await, ["open"]);
    assert_eq!(stage.waiting("reversal").await, [] as [Value; 0]);
    assert_eq!(stage.account(Account::Cash).await, 0);
    let book = format!("/v1/organizations/{}/dues/book", stage.town.branch.id);
    let entries = ok(stage.till.get(&book).await).body["entries"].clone();
    let kinds: Vec<_> = entries.as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["payment", "reversal"]);
    assert_eq!(ok(stage.cash(&stage.member, &["2026-11"]).await).status, 201, "it can be paid again");
}

#[tokio::test]
async fn a_refused_reversal_changes_nothing() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    let path = ok(stage.cash(&stage.member, &["2026-11"]).await).header("location").to_owned();
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "误会" })).await);
    let kept = ok(stage.office.post(&format!("{path}/reversal/decision"), json!({ "confirm": false })).await);
    assert_eq!((kept.text("/state").as_str(), &kept.body["reversal"]["confirmed"]), ("settled", &json!(false)));
    assert_eq!(stage.account(Account::Cash).await, 1_500);
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "确实录错" })).await);
}

#[tokio::test]
async fn cash_that_was_sent_up_cannot_be_given_back() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    let path = ok(stage.cash(&stage.member, &["2026-11"]).await).header("location").to_owned();
    ok(stage.till.post("/v1/dues/remittances", json!({ "organization": stage.town.branch.id })).await);
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错人" })).await);
    is(
        &stage.office.post(&format!("{path}/reversal/decision"), json!({ "confirm": true })).await,
        409,
        "illegal-transition",
    );
    assert_eq!(stage.bills(&stage.member).await, ["paid"]);
}

#[tokio::test]
async fn a_reversal_takes_no_more_than_there_is_and_was_asked_for() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    let path = format!("/v1/dues/payments/{}/reversal", id.as_str().unwrap());
    let decision = format!("{path}/decision");
    let (yes, no) = (json!({ "confirm": true }), json!({ "confirm": false }));
    let asked = ok(stage.till.post(&path, json!({ "reason": "重复" })).await);
    assert_eq!(asked.body["reversal"]["amount"], 1_500);
    ok(stage.callback(&paid(&id, "T2", 100)).await);
    is(&stage.office.post(&decision, yes.clone()).await, 409, "conflict");
    ok(stage.office.post(&decision, no).await);
    ok(stage.till.post(&path, json!({ "reason": "重复" })).await);
    let payout = |amount: u64| json!({ "organization": stage.town.branch.id, "amount": amount, "reference": "S1" });
    ok(stage.till.post("/v1/dues/payouts", payout(1_600)).await);
    assert_eq!((stage.account(Account::Clearing).await, stage.account(Account::Cash).await), (0, 1_600));
    let sent = ok(stage.till.post("/v1/dues/remittances", json!({ "organization": stage.town.branch.id })).await);
    is(&stage.office.post(&decision, yes.clone()).await, 409, "illegal-transition");
    // It did not come, and is in cash again.
    let keeper = stage.officer(authz::Role::DuesOfficer, &stage.town.street);
    let receipt = format!("{}/receipt", sent.header("location"));
    ok(keeper.post(&receipt, json!({ "received": false, "reason": "退回" })).await);
    ok(stage.office.post(&decision, yes).await);
    assert_eq!((stage.account(Account::Clearing).await, stage.account(Account::Cash).await), (0, 0));
}

#[tokio::test]
async fn money_of_a_reversed_payment_that_comes_again_is_unclarified() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    let path = format!("/v1/dues/payments/{}", id.as_str().unwrap());
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "重复" })).await);
    ok(stage.office.post(&format!("{path}/reversal/decision"), json!({ "confirm": true })).await);
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    assert_eq!(stage.account(Account::Clearing).await, 0, "the same money is the same money");
    ok(stage.callback(&paid(&id, "T2", 1_500)).await);
    assert_eq!((stage.account(Account::Clearing).await, stage.account(Account::Unclarified).await), (1_500, -1_500));
    assert_eq!(stage.bills(&stage.member).await, ["open"]);
    assert_eq!(stage.payment(&id).await["state"], "reversed");
}
