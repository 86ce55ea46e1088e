//! Dues: any operations in any order on a store that loses answers. Every fen is in exactly one place, and in the book is what
//! came in, as the world outside knows it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use authz::Role;
use fastrand::Rng;
use futures_util::future::join_all;
use jiff::Timestamp;
use kernel::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use system::{
    Content, Scene, invariants,
    tour::{
        Ask,
        dues::{SECRET, said},
    },
};
use testkit::{Chaos, Client, Faults, Reply, Town};

/// What the store does to the function.
fn faults() -> Faults {
    Faults { lost: 0.05, reset: 0.05, ..Faults::none() }
}

/// Asks under the same key until it is answered.
async fn again(client: &Client, path: &str, body: Value) -> Reply {
    loop {
        let reply = client.post(path, body.clone()).await;
        if reply.status < 500 {
            return reply;
        }
    }
}

/// What the provider said came in, by transaction, as payments have it.
fn received(content: &Content) -> BTreeMap<String, u64> {
    let all = content.payments.iter().flat_map(|row| row["received"].as_array().into_iter().flatten());
    all.filter_map(|one| Some((one["transaction"].as_str()?.to_owned(), one["amount"].as_u64()?))).collect()
}

/// Says it until it is heard, `times` at once.
async fn hear(anybody: &Client, ask: &Ask, times: usize) {
    loop {
        let replies = join_all((0..times).map(|_| ask.send("POST", anybody))).await;
        if replies.iter().any(|reply| reply.status == 200) {
            return;
        }
    }
}

/// The invariants, and what the world knows: what came in, and the payments that were acknowledged.
async fn check(scene: &Scene, world: &BTreeMap<String, u64>, payments: &[String], why: &str) {
    let content = Content::read(&scene.bench.env).await;
    assert_eq!(invariants::violations(&content), [""; 0], "{why}");
    assert_eq!(received(&content), *world, "{why}");
    let known: BTreeSet<_> = content.payments.iter().filter_map(|row| row["id"].as_str()).collect();
    let acknowledged: BTreeSet<_> = payments.iter().map(String::as_str).collect();
    assert_eq!(known, acknowledged, "{why}");
}

/// One seed: some hundred operations.
async fn play(seed: u64) {
    let chaos = Chaos::new(seed, Clock::new(|| Timestamp::UNIX_EPOCH));
    let scene = Scene::through(|env| chaos.before(&env)).await;
    let (branch, mut dice) = (&scene.town.branch, Rng::with_seed(seed));
    let other = scene.town.person(41, "何员", &scene.town.group).await;
    let members = [&scene.member, &scene.secretary, &other];
    let keeper = |member, place| scene.client("dues").with(Town::caller(member, &[(Role::DuesOfficer, place)]));
    let (till, office) = (keeper(&scene.secretary, branch), keeper(&scene.stranger, branch));
    let (street, anybody) = (keeper(&scene.stranger, &scene.town.street), scene.client("dues"));
    let provider = scene.chief("dues").put("/v1/dues/providers/bank", json!({ "secret": SECRET })).await;
    assert_eq!(provider.status, 200, "{provider:?}");
    for member in members {
        let body = json!({ "member": member.id, "from": "2026-01", "class": "wage", "base": "2999.87" });
        assert_eq!(till.post("/v1/dues/standards", body).await.status, 200);
    }
    // What the provider says came in, each transaction once; what it says of a payment is asked of that one alone.
    let (mut payments, mut online, mut remittances) = (Vec::<String>::new(), BTreeMap::new(), Vec::<String>::new());
    let mut world: BTreeMap<String, u64> = BTreeMap::new();
    chaos.set(faults());
    for step in 0..120_u64 {
        chaos.begin(step);
        // A client that heard nothing asks again under the same key.
        let key = format!("operation-{seed}-{step}");
        let (till, office) = (till.idempotency(&key), office.idempotency(&key));
        let member = members[dice.usize(..members.len())];
        let from = dice.u8(1..=12);
        let months: Vec<_> = (from..=(from + dice.u8(0..2)).min(12)).map(|month| format!("2026-{month:02}")).collect();
        let some = payments.get(dice.usize(..payments.len().max(1))).cloned();
        match dice.u8(0..10) {
            0 | 1 => {
                let (path, body) = if dice.u8(0..8) == 0 {
                    ("/v1/dues/gifts", json!({ "member": member.id, "amount": dice.u64(100_000..200_000) }))
                } else {
                    ("/v1/dues/payments", json!({ "member": member.id, "months": months, "channel": "cash" }))
                };
                let paid = again(&till, path, body).await;
                payments.extend(paid.body["id"].as_str().map(str::to_owned));
            }
            2 | 3 => {
                let own = anybody.with(Town::caller(member, &[])).idempotency(&key);
                let body = json!({ "member": member.id, "months": months, "channel": "provider", "provider": "bank" });
                let opened = again(&own, "/v1/dues/payments", body).await;
                if let Some(id) = opened.body["id"].as_str() {
                    payments.push(id.to_owned());
                    online.insert(id.to_owned(), opened.body["total"].as_u64().unwrap());
                }
            }
            4 | 5 => {
                let Some((id, total)) = online.iter().nth(dice.usize(..online.len().max(1))) else { continue };
                let amount = if dice.u8(0..4) == 0 { dice.u64(1..9_000) } else { *total };
                let transaction = format!("T{}-{id}", dice.u8(0..3));
                let amount = world.get(&transaction).copied().unwrap_or(amount);
                let ask = said(&json!(id), &transaction, amount, scene.bench.now());
                hear(&anybody, &ask, dice.usize(1..=2)).await;
                world.insert(transaction, amount);
            }
            6 => {
                let Some(id) = some else { continue };
                let path = format!("/v1/dues/payments/{id}/reversal");
                again(&till, &path, json!({ "reason": "随机" })).await;
                again(&office, &format!("{path}/decision"), json!({ "confirm": dice.bool() })).await;
            }
            7 => {
                let Some(id) = some else { continue };
                let body = json!({ "months": months, "reason": "随机" });
                again(&till, &format!("/v1/dues/payments/{id}/allotment"), body).await;
            }
            8 => {
                let amount = dice.u64(1..5_000);
                let body = json!({ "organization": branch.id, "amount": amount, "reference": key });
                again(&till, "/v1/dues/payouts", body).await;
                let body = json!({ "organization": branch.id, "everything": dice.bool() });
                let sender = till.idempotency(&format!("remittance-{seed}-{step}"));
                let sent = again(&sender, "/v1/dues/remittances", body).await;
                remittances.extend(sent.body["id"].as_str().map(str::to_owned));
            }
            _ => {
                let Some(id) = remittances.pop() else { continue };
                let body = json!({ "received": dice.bool(), "reason": "随机" });
                again(&street.idempotency(&key), &format!("/v1/dues/remittances/{id}/receipt"), body).await;
            }
        }
        if step % 30 == 29 {
            check(&scene, &world, &payments, &format!("seed {seed}, step {step}")).await;
        }
    }
    assert!(
        payments.len() >= 10 && world.len() >= 5,
        "seed {seed} plays too little: {} {}",
        payments.len(),
        world.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_operations_on_a_failing_store_every_fen_is_in_one_place() {
    for seed in 0..2 {
        Box::pin(play(seed)).await;
    }
}
