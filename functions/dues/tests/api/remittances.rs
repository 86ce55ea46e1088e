//! Up the tree.

use crate::stage::{Stage, fields, is, ok, paid, stage};
use authz::Role;
use dues_records::{Account, Month};
use dynamo::{Change, Found, Key, Ledger, Stretch};
use notices::{CauseRow, Notices, Recipient};
use register::{Member, MemberRow, NameRow, Node, NodeRow, NodeStatus, Organizations, People};
use serde_json::json;

/// Somebody is where `member` says.
async fn stays(stage: &Stage, member: Member) {
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(member)).await.unwrap();
}

#[tokio::test]
async fn a_branch_sends_up_what_it_does_not_retain_and_the_committee_above_receives_it() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-09").await;
    ok(stage.cash(&stage.member, &["2026-09", "2026-10"]).await);
    let remit = async || stage.till.post("/v1/dues/remittances", json!({ "organization": stage.town.branch.id })).await;
    let sent = ok(remit().await);
    assert_eq!((sent.status, &sent.body["amount"]), (201, &json!(2_400)), "a fifth stays");
    is(&remit().await, 409, "illegal-transition");
    let path = format!("{}/receipt", sent.header("location"));
    let came = json!({ "received": true });
    is(&stage.till.post(&path, came.clone()).await, 404, "not-found");
    let both = testkit::caller(
        stage.treasurer.id,
        &[(Role::DuesOfficer, stage.town.branch.id), (Role::DuesOfficer, stage.town.street.id)],
    );
    is(&stage.anybody.with(both).post(&path, came.clone()).await, 403, "own-case");
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    let open = format!("/v1/organizations/{}/dues/open?kind=remittance", stage.town.street.id);
    assert_eq!(ok(street.get(&open).await).body["items"][0]["amount"], 2_400);
    assert_eq!(fields(&street.post(&path, json!({ "received": false })).await), "/reason");
    ok(street.post(&path, came.clone()).await);
    is(&street.post(&path, came).await, 409, "already-decided");
    let branch = stage.book(stage.town.branch.id).await;
    assert_eq!((branch.of(Account::Cash), branch.of(Account::Remitted), branch.money()), (600, 2_400, 600));
    let above = stage.book(stage.town.street.id).await;
    assert_eq!((above.of(Account::Cash), above.of(Account::FromBelow)), (2_400, -2_400));
    // The next level retains two fifths, and the district is reached.
    let next = ok(street.post("/v1/dues/remittances", json!({ "organization": stage.town.street.id })).await);
    assert_eq!((&next.body["amount"], &next.body["to"]), (&json!(1_440), &json!(stage.town.district.id)));
    let list = format!("/v1/organizations/{}/dues/remittances", stage.town.branch.id);
    assert_eq!(ok(stage.till.get(&list).await).body["items"][0]["decision"]["received"], true);
}

#[tokio::test]
async fn what_did_not_come_is_in_cash_again() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let body = json!({ "organization": stage.town.branch.id });
    let sent = ok(stage.till.post("/v1/dues/remittances", body.clone()).await);
    assert_eq!(stage.account(Account::OnTheWay).await, 1_200);
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    let path = format!("{}/receipt", sent.header("location"));
    ok(street.post(&path, json!({ "received": false, "reason": "未到账" })).await);
    assert_eq!((stage.account(Account::OnTheWay).await, stage.account(Account::Cash).await), (0, 1_500));
    assert_eq!(ok(stage.till.post("/v1/dues/remittances", body).await).body["amount"], 1_200);
}

#[tokio::test]
async fn everything_goes_up_before_an_organisation_is_closed() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let branch = stage.town.branch.id;
    let is_settled = async || stage.table.is_settled(branch, Month::at(stage.bench.now())).await.unwrap();
    ok(stage.till.post("/v1/dues/remittances", json!({ "organization": branch })).await);
    assert!(!is_settled().await, "a fifth is in cash, the rest on its way");
    let all = json!({ "organization": branch, "everything": true });
    for member in [&stage.secretary, &stage.treasurer, &stage.member, &stage.other] {
        is(&stage.till.post("/v1/dues/remittances", all.clone()).await, 409, "illegal-transition");
        let (organization, path) = (stage.town.neighbour.id, stage.town.neighbour.path.clone());
        stays(&stage, Member { organization, path, ..member.clone() }).await;
    }
    is(&stage.till.post("/v1/dues/remittances", all.clone()).await, 409, "illegal-transition");
    let NameRow { pk, sk, .. } = NameRow::of(&stage.town.group);
    let names = Organizations::open(&stage.bench.env).unwrap();
    let change = Change::new().remove(names.table(), Key::new(pk, sk));
    Ledger::open(&stage.bench.env).unwrap().carry_out(change, []).await.unwrap();
    assert_eq!(ok(stage.till.post("/v1/dues/remittances", all.clone()).await).body["amount"], 300);
    is(&stage.till.post("/v1/dues/remittances", all).await, 409, "illegal-transition");
    assert!(!is_settled().await, "nobody said yet that it came");
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    let list = format!("/v1/organizations/{}/dues/open?kind=remittance", stage.town.street.id);
    for sent in ok(street.get(&list).await).body["items"].as_array().unwrap() {
        let path = format!("/v1/dues/remittances/{}/receipt", sent["id"].as_str().unwrap());
        ok(street.post(&path, json!({ "received": true })).await);
    }
    assert!(is_settled().await);
    // What is received is the next one's to send up, and what waits for somebody is not settled either.
    assert!(!stage.table.is_settled(stage.town.street.id, Month::at(stage.bench.now())).await.unwrap());
    stays(&stage, stage.other.clone()).await;
    stage.set(&stage.other, "2026-11").await;
    let path = ok(stage.cash(&stage.other, &["2026-11"]).await).header("location").to_owned();
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错人" })).await);
    assert!(!is_settled().await);
}

#[tokio::test]
async fn money_that_comes_when_its_branch_is_closed_is_kept_by_the_organisation_above() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    let closed = Node {
        status: NodeStatus::Dissolved,
        closed_on: Some("2026-11-20".parse().unwrap()),
        version: 2,
        ..stage.town.branch.clone()
    };
    Organizations::open(&stage.bench.env).unwrap().table().put(&NodeRow::new(closed)).await.unwrap();
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    let all = Stretch::beginning(Recipient::Organization(stage.town.street.id).partition(), "CAUSE#");
    let told: Found<CauseRow> = Notices::open(&stage.bench.env).unwrap().table().first(&all, 9).await.unwrap();
    assert_eq!(told.items.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["dues.came-late"]);
    let keeper = stage.officer(Role::DuesOfficer, &stage.town.street);
    let payout = json!({ "organization": stage.town.branch.id, "amount": 1_500, "reference": "S1" });
    is(
        &stage.officer(Role::Secretary, &stage.town.district).post("/v1/dues/payouts", payout.clone()).await,
        403,
        "forbidden",
    );
    ok(keeper.post("/v1/dues/payouts", payout).await);
    let all = json!({ "organization": stage.town.branch.id, "everything": true });
    let sent = ok(keeper.post("/v1/dues/remittances", all).await);
    let second = testkit::caller(stage.secretary.id, &[(Role::DuesOfficer, stage.town.street.id)]);
    let path = format!("{}/receipt", sent.header("location"));
    ok(stage.anybody.with(second).post(&path, json!({ "received": true })).await);
    assert_eq!(stage.book(stage.town.branch.id).await.money(), 0);
    assert_eq!(stage.book(stage.town.street.id).await.of(Account::Cash), 1_500);
}

#[tokio::test]
async fn what_the_provider_holds_is_not_sent_before_it_is_paid_out() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    let body = json!({ "organization": stage.town.branch.id });
    is(&stage.till.post("/v1/dues/remittances", body.clone()).await, 409, "illegal-transition");
    let payout = |amount: u64, reference: &str| json!({ "organization": stage.town.branch.id, "amount": amount, "reference": reference });
    for wrong in [0, 1_501] {
        assert_eq!(fields(&stage.till.post("/v1/dues/payouts", payout(wrong, "S1")).await), "/amount");
    }
    is(&stage.of(&stage.member).post("/v1/dues/payouts", payout(1_000, "S1")).await, 404, "not-found");
    ok(stage.till.post("/v1/dues/payouts", payout(1_000, "S1")).await);
    is(&stage.till.post("/v1/dues/payouts", payout(500, "S1")).await, 409, "already-decided");
    // As much as there is; the rest follows.
    assert_eq!(ok(stage.till.post("/v1/dues/remittances", body.clone()).await).body["amount"], 1_000);
    ok(stage.till.post("/v1/dues/payouts", payout(500, "S2")).await);
    assert_eq!(ok(stage.till.post("/v1/dues/remittances", body).await).body["amount"], 200);
    assert_eq!((stage.account(Account::Cash).await, stage.account(Account::Clearing).await), (300, 0));
}

#[tokio::test]
async fn two_who_send_at_once_send_once() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let body = json!({ "organization": stage.town.branch.id });
    let (one, two) = tokio::join!(
        stage.till.post("/v1/dues/remittances", body.clone()),
        stage.office.post("/v1/dues/remittances", body.clone())
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{one:?} {two:?}");
    assert_eq!((stage.account(Account::OnTheWay).await, stage.account(Account::Cash).await), (1_200, 300));
    is(&stage.officer(Role::Secretary, &stage.town.street).post("/v1/dues/remittances", body).await, 403, "forbidden");
    let root = json!({ "organization": stage.town.city.id });
    is(
        &stage.officer(Role::DuesOfficer, &stage.town.city).post("/v1/dues/remittances", root).await,
        409,
        "illegal-transition",
    );
}
