//! Callbacks of a provider: forged, repeated, reordered, late, of other amounts, and all at once.

use crate::stage::{SECRET, fields, is, ok, paid, signature, stage};
use dues_records::Account;
use futures_util::future::join_all;
use jiff::SignedDuration;
use register::Member;
use serde_json::{Value, json};

#[tokio::test]
async fn a_signed_callback_settles_a_payment_and_its_repetitions_change_nothing() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-10").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-10", "2026-11"]).await;
    assert_eq!(stage.payment(&id).await["total"], 3_000);
    let first = ok(stage.callback(&paid(&id, "T1", 3_000)).await);
    let settled = stage.payment(&id).await;
    for _ in 0..3 {
        let again = ok(stage.callback(&paid(&id, "T1", 3_000)).await);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(stage.payment(&id).await, settled);
    assert_eq!((&settled["state"], &settled["unclarified"]), (&json!("settled"), &json!(0)));
    assert_eq!(stage.bills(&stage.member).await, ["paid", "paid"]);
    assert_eq!((stage.account(Account::Clearing).await, stage.account(Account::Dues).await), (3_000, -3_000));
    assert_eq!(stage.waiting("difference").await, [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_forged_has_no_effect() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    let before = stage.payment(&id).await;
    let body = paid(&id, "T1", 1_500).to_string();
    let at = |seconds: i64| (stage.bench.now().as_second() + seconds).to_string();
    let sign = |secret: &str, at: &str, body: &str| signature(secret, &format!("{at}.{body}"));
    let cheaper = body.replace("1500", "1");
    for (provider, time, signed, body) in [
        ("bank", at(0), sign("another-secret-of-somebody-else-000", &at(0), &body), &body),
        ("bank", at(0), sign(SECRET, &at(0), &body), &cheaper),
        ("bank", at(1), sign(SECRET, &at(0), &body), &body),
        ("bank", at(-301), sign(SECRET, &at(-301), &body), &body),
        ("bank", at(301), sign(SECRET, &at(301), &body), &body),
        ("bank", String::new(), String::new(), &body),
        ("nobody", at(0), sign(SECRET, &at(0), &body), &body),
    ] {
        let sender = stage.anybody.header("x-dues-timestamp", &time).header("x-dues-signature", &signed);
        let reply = sender.send("POST", &format!("/v1/dues/callbacks/{provider}"), Some(body.clone())).await;
        is(&reply, 401, "unauthenticated");
    }
    is(&stage.anybody.send("POST", "/v1/dues/callbacks/NOT-A-NAME", Some(body)).await, 404, "not-found");
    assert_eq!(stage.payment(&id).await, before);
    assert!(stage.book(stage.town.branch.id).await.0.is_empty());
}

#[tokio::test]
async fn what_is_signed_but_says_nothing_is_refused() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    let unknown = json!(kernel::PaymentId::from_bytes(1, [1; 10]));
    is(&stage.callback(&paid(&unknown, "T1", 1_500)).await, 404, "not-found");
    is(&stage.callback(&json!({ "payment": unknown, "status": "closed" })).await, 404, "not-found");
    is(&stage.callback(&json!({ "payment": id, "status": "perhaps" })).await, 400, "malformed");
    for nothing in [json!({ "payment": id, "status": "paid", "amount": 1 }), paid(&id, "T1", 0)] {
        assert_eq!(fields(&stage.callback(&nothing).await), "/transaction");
    }
    // Of a payment in cash no provider says anything.
    let cash = ok(stage.cash(&stage.member, &["2026-11"]).await).body["id"].clone();
    is(&stage.callback(&paid(&cash, "T1", 1_500)).await, 404, "not-found");
}

#[tokio::test]
async fn in_any_order_the_end_is_the_same() {
    let stage = stage().await;
    stage.provider().await;
    let people: [&Member; 2] = [&stage.member, &stage.other];
    let mut ends = Vec::new();
    for (person, closed_first) in people.into_iter().zip([true, false]) {
        stage.set(person, "2026-11").await;
        let id = stage.opened(person, person.id, &["2026-11"]).await;
        let closed = json!({ "payment": id, "status": "closed" });
        let mut said = vec![closed, paid(&id, &format!("T-{id}"), 1_500)];
        if !closed_first {
            said.reverse();
        }
        for one in &said {
            ok(stage.callback(one).await);
        }
        let payment = stage.payment(&id).await;
        ends.push((payment["state"].clone(), payment["held"].clone(), stage.bills(person).await));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].0, "settled");
}

#[tokio::test]
async fn a_transaction_is_of_one_payment() {
    let stage = stage().await;
    stage.provider().await;
    let mut ids = Vec::new();
    for person in [&stage.member, &stage.other] {
        stage.set(person, "2026-11").await;
        ids.push(stage.opened(person, person.id, &["2026-11"]).await);
    }
    ok(stage.callback(&paid(&ids[0], "T1", 1_500)).await);
    let before = stage.payment(&ids[1]).await;
    is(&stage.callback(&paid(&ids[1], "T1", 1_500)).await, 409, "already-decided");
    assert_eq!(stage.payment(&ids[1]).await, before);
    ok(stage.callback(&paid(&ids[0], "T1", 1_500)).await);
    assert_eq!(stage.bills(&stage.member).await, ["paid"]);
    assert_eq!(stage.bills(&stage.other).await, ["open"]);
    assert_eq!((stage.account(Account::Clearing).await, stage.account(Account::Unclarified).await), (1_500, 0));
    // Of two that are said at once one is taken.
    let said = [paid(&ids[0], "T2", 1_500), paid(&ids[1], "T2", 1_500)];
    let heard = join_all(said.iter().map(|one| stage.callback(one))).await;
    let mut heard: Vec<_> = heard.iter().map(|reply| reply.status).collect();
    heard.sort_unstable();
    assert_eq!((heard, stage.account(Account::Clearing).await), (vec![200, 409], 3_000));
}

#[tokio::test]
async fn nobody_paid() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
    ok(stage.callback(&json!({ "payment": id, "status": "closed" })).await);
    assert_eq!(stage.payment(&id).await["state"], "closed");
    assert_eq!(stage.bills(&stage.member).await, ["open"], "it can be paid otherwise");
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    // And then somebody did, late: it is known and unclarified.
    stage.bench.pass(SignedDuration::from_hours(30));
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    assert_eq!(stage.payment(&id).await["unclarified"], 1_500);
    assert_eq!((stage.account(Account::Cash).await, stage.account(Account::Clearing).await), (1_500, 1_500));
    assert_eq!(stage.account(Account::Unclarified).await, -1_500);
    assert_eq!(stage.waiting("difference").await[0]["amount"], 1_500);
}

#[tokio::test]
async fn another_amount_pays_no_bill_and_is_not_lost() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-10").await;
    let id = stage.opened(&stage.member, stage.member.id, &["2026-10", "2026-11"]).await;
    ok(stage.callback(&paid(&id, "T1", 1_600)).await);
    assert_eq!(stage.bills(&stage.member).await, ["open", "open"]);
    let waiting = stage.waiting("difference").await;
    assert_eq!((&waiting[0]["id"], &waiting[0]["amount"]), (&id, &json!(1_600)));
    // The rest of it comes by itself, as another transaction.
    ok(stage.callback(&paid(&id, "T2", 1_400)).await);
    let path = format!("/v1/dues/payments/{}/allotment", id.as_str().unwrap());
    let body = json!({ "months": ["2026-10", "2026-11"], "reason": "分两笔到账" });
    is(&stage.of(&stage.member).post(&path, body.clone()).await, 404, "not-found");
    let allotted = ok(stage.till.post(&path, body.clone()).await);
    assert_eq!((&allotted.body["unclarified"], &allotted.body["held"]), (&json!(0), &json!(3_000)));
    assert_eq!(stage.bills(&stage.member).await, ["paid", "paid"]);
    assert_eq!(stage.waiting("difference").await, [] as [Value; 0]);
    assert_eq!(fields(&stage.till.post(&path, body).await), "/months");
    assert_eq!((stage.account(Account::Dues).await, stage.account(Account::Unclarified).await), (-3_000, 0));
}

#[tokio::test]
async fn cash_and_provider_at_once_are_both_in_the_book() {
    for _ in 0..5 {
        let stage = stage().await;
        stage.provider().await;
        stage.set(&stage.member, "2026-11").await;
        let id = stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;
        let said = paid(&id, "T1", 1_500);
        let callbacks = join_all((0..3).map(|_| stage.callback(&said)));
        let (heard, cash) = tokio::join!(callbacks, stage.cash(&stage.member, &["2026-11"]));
        assert!(heard.iter().all(|reply| reply.status == 200), "{heard:?}");
        let in_cash = if cash.status == 201 { 1_500 } else { 0 };
        assert_eq!(stage.account(Account::Clearing).await, 1_500);
        assert_eq!(stage.account(Account::Cash).await, in_cash, "{cash:?}");
        assert_eq!(stage.account(Account::Dues).await, -1_500, "the bill is paid once");
        assert_eq!(stage.account(Account::Unclarified).await, -in_cash);
        assert_eq!(stage.bills(&stage.member).await, ["paid"]);
    }
}

#[tokio::test]
async fn a_hundred_payments_at_once_with_repeated_callbacks_leave_an_exact_book() {
    let stage = stage().await;
    stage.provider().await;
    let mut people = Vec::new();
    for person in stage.town.persons("郑众", (100..200).map(|n| (n, &stage.town.branch))).await {
        stage.set(&person, "2026-11").await;
        let id = stage.opened(&person, person.id, &["2026-11"]).await;
        people.push((person, id));
    }
    let mut said: Vec<Value> = people.iter().map(|(_, id)| paid(id, &format!("T-{id}"), 1_500)).collect();
    // One in ten comes again.
    said.extend(said.clone().into_iter().step_by(10));
    // A provider says it again until it was heard.
    let mut tries = 0;
    while !said.is_empty() {
        let replies = join_all(said.iter().map(|one| stage.callback(one))).await;
        assert!(replies.iter().all(|reply| [200, 503].contains(&reply.status)), "{replies:?}");
        let mut heard = replies.iter().map(|reply| reply.status == 200);
        said.retain(|_| heard.next() == Some(false));
        tries += 1;
        assert!(tries <= 20, "{} are not heard", said.len());
    }
    assert_eq!(stage.account(Account::Clearing).await, 150_000);
    assert_eq!(stage.account(Account::Dues).await, -150_000);
    for (person, _) in &people {
        assert_eq!(stage.bills(person).await, ["paid"]);
    }
}

#[tokio::test]
async fn a_provider_is_set_by_the_system_administrator_and_its_secret_stays_hidden() {
    let stage = stage().await;
    let body = json!({ "secret": SECRET });
    is(&stage.office.put("/v1/dues/providers/bank", body.clone()).await, 403, "forbidden");
    is(&stage.of(&stage.member).put("/v1/dues/providers/bank", body.clone()).await, 403, "forbidden");
    let admin = stage.officer(authz::Role::SystemAdministrator, &stage.town.city);
    let set = ok(admin.put("/v1/dues/providers/bank", body).await);
    assert_eq!((set.header("etag"), set.body.to_string().contains(SECRET)), ("\"v1\"", false));
    assert_eq!(fields(&admin.put("/v1/dues/providers/bank", json!({ "secret": "short" })).await), "/secret");
    // Another secret ends the old one.
    ok(admin.put("/v1/dues/providers/bank", json!({ "secret": "another-secret-of-the-provider-9876" })).await);
    let unknown = json!(kernel::PaymentId::from_bytes(1, [1; 10]));
    is(&stage.callback(&paid(&unknown, "T1", 1_500)).await, 401, "unauthenticated");
}
