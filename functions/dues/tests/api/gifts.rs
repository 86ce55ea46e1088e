//! What a member gives beyond what they owe goes up whole.

use crate::stage::{Stage, fields, is, ok, stage};
use authz::Role;
use dues_records::Account;
use dynamo::{Found, Stretch};
use notices::{NoticeRow, Notices, Recipient};
use serde_json::json;

/// What the member was told.
async fn told(stage: &Stage) -> Vec<String> {
    let all = Stretch::beginning(Recipient::Member(stage.member.id).partition(), "ntc_");
    let notices = Notices::open(&stage.bench.env).unwrap();
    let found: Found<NoticeRow> = notices.table().first(&all, 9).await.unwrap();
    let mut kinds: Vec<_> = found.items.into_iter().map(|row| row.notice.kind).collect();
    kinds.sort_unstable();
    kinds
}

#[tokio::test]
async fn a_gift_is_recorded_apart_and_no_level_retains_any_of_it() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let body = |amount: u64| json!({ "member": stage.member.id, "amount": amount });
    assert_eq!(fields(&stage.till.post("/v1/dues/gifts", body(99_999)).await), "/amount");
    is(&stage.of(&stage.member).post("/v1/dues/gifts", body(100_000)).await, 404, "not-found");
    let given = ok(stage.till.post("/v1/dues/gifts", body(100_000)).await);
    assert_eq!(
        (&given.body["gift"], &given.body["held"], &given.body["items"]),
        (&json!(true), &json!(100_000), &json!([]))
    );
    assert!(given.body["receipt"].is_string());
    assert_eq!(ok(stage.of(&stage.member).get(given.header("location")).await).body, given.body);
    assert_eq!(stage.bills(&stage.member).await, ["paid"], "it pays no bill");
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    let branch = stage.town.branch.id;
    let gift = json!({ "payment": given.body["id"], "organization": branch, "amount": 100_000, "month": "2026-11", "reversed": false });
    assert_eq!(own["gifts"], json!([gift]));
    assert_eq!(ok(stage.of(&stage.member).get("/v1/me/dues?year=2025").await).body["gifts"], json!([]));
    let (_, bills, gifts) = stage.table.own(stage.member.id).await.unwrap();
    assert_eq!((bills.len(), json!(gifts)), (1, json!([gift])));
    assert_eq!(told(&stage).await, ["dues.gift-paid"]);
    assert_eq!((stage.account(Account::Gift).await, stage.account(Account::Dues).await), (-100_000, -1_500));
    let book = format!("/v1/organizations/{}/dues/book", stage.town.branch.id);
    let book = ok(stage.till.get(&book).await).body;
    assert_eq!((&book["toSend"], &book["giftsToSend"]), (&json!(1_200), &json!(100_000)));

    let sent = ok(stage.till.post("/v1/dues/remittances", json!({ "organization": stage.town.branch.id })).await);
    assert_eq!((&sent.body["amount"], &sent.body["gifts"]), (&json!(101_200), &json!(100_000)));
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    ok(street.post(&format!("{}/receipt", sent.header("location")), json!({ "received": true })).await);
    let branch = stage.book(stage.town.branch.id).await;
    assert_eq!((branch.of(Account::Gift), branch.of(Account::Cash), branch.money()), (0, 300, 300));
    // The next level keeps two fifths of the dues and nothing of the gift.
    let above = stage.book(stage.town.street.id).await;
    assert_eq!((above.of(Account::Gift), above.of(Account::FromBelow)), (-100_000, -1_200));
    let next = ok(street.post("/v1/dues/remittances", json!({ "organization": stage.town.street.id })).await);
    assert_eq!((&next.body["amount"], &next.body["gifts"]), (&json!(100_720), &json!(100_000)));
}

#[tokio::test]
async fn a_gift_that_did_not_come_is_in_cash_again_and_one_that_was_sent_is_not_given_back() {
    let stage = stage().await;
    let given = ok(stage.till.post("/v1/dues/gifts", json!({ "member": stage.member.id, "amount": 150_000 })).await);
    let remit = async || stage.till.post("/v1/dues/remittances", json!({ "organization": stage.town.branch.id })).await;
    let sent = ok(remit().await);
    assert_eq!(stage.account(Account::GiftOnTheWay).await, 150_000);
    is(&remit().await, 409, "illegal-transition");
    // Dues come in and are in cash, but they are not what was given.
    stage.set(&stage.other, "2026-01").await;
    ok(stage.cash(&stage.other, &["2026-01"]).await);
    let path = given.header("location");
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错" })).await);
    let decision = format!("{path}/reversal/decision");
    is(&stage.office.post(&decision, json!({ "confirm": true })).await, 409, "illegal-transition");
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    let receipt = format!("{}/receipt", sent.header("location"));
    ok(street.post(&receipt, json!({ "received": false, "reason": "未到账" })).await);
    assert_eq!((stage.account(Account::GiftOnTheWay).await, stage.account(Account::Cash).await), (0, 151_500));
    let back = ok(stage.office.post(&decision, json!({ "confirm": true })).await);
    assert_eq!((&back.body["state"], &back.body["held"]), (&json!("reversed"), &json!(0)));
    assert_eq!((stage.account(Account::Gift).await, stage.account(Account::Cash).await), (0, 1_500));
    assert_eq!(told(&stage).await, ["dues.gift-paid", "dues.gift-reversed"]);
    assert_eq!(ok(stage.of(&stage.member).get("/v1/me/dues").await).body["gifts"][0]["reversed"], true);
}
