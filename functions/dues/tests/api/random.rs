//! Any operations in any order, on a store that fails: every fen is in exactly one place.

use crate::stage::{Stage, paid, stage_on};
use authz::Role;
use dues_records::{Account, Balances, Entry, EntryRow};
use dynamo::{Found, Stretch};
use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Bench, Chaos, Faults, Town};

/// Money that came into the town and that left it again, as the world outside knows it.
#[derive(Default)]
struct World {
    /// By payment: what the provider says came in, each transaction once.
    transactions: BTreeMap<(String, String), u64>,
}

/// The balances of a book, counted again from all its entries, and what each payment says it holds.
async fn recounted(stage: &Stage, organization: kernel::OrgId) -> (Balances, Vec<Entry>) {
    let all = Stretch::beginning(EntryRow::book(organization), "20").consistent();
    let found: Found<EntryRow> = stage.table.table().first(&all, 10_000).await.unwrap();
    let entries: Vec<_> = found.items.into_iter().map(|row| row.entry).collect();
    for entry in &entries {
        assert_eq!(entry.lines.iter().map(|line| line.fen).sum::<i64>(), 0, "{entry:?}");
    }
    (entries.iter().fold(Balances::default(), Balances::with), entries)
}

/// Checks that every fen is in exactly one place.
async fn check(stage: &Stage, world: &World, payments: &BTreeSet<String>, why: &str) {
    let mut money = 0;
    for node in [&stage.town.branch, &stage.town.street] {
        let (counted, _) = recounted(stage, node.id).await;
        assert_eq!(counted, stage.book(node.id).await, "{why}");
        money += counted.money();
    }
    let branch = stage.book(stage.town.branch.id).await;
    let street = stage.book(stage.town.street.id).await;
    assert_eq!(branch.of(Account::Remitted), -street.of(Account::FromBelow), "{why}");
    let (mut held, mut unclarified, mut received) = (0, 0, BTreeMap::new());
    for id in payments {
        let payment = stage.payment(&json!(id)).await;
        let number = |name: &str| i64::try_from(payment[name].as_u64().unwrap()).unwrap();
        held += number("held");
        unclarified += number("unclarified");
        for one in payment["received"].as_array().unwrap() {
            if let Some(transaction) = one["transaction"].as_str() {
                let before = received.insert((id.clone(), transaction.to_owned()), one["amount"].as_u64().unwrap());
                assert_eq!(before, None, "{why}: a transaction counts once");
            }
        }
    }
    assert_eq!(received, world.transactions, "{why}");
    assert_eq!(money, held, "{why}: what lies somewhere is what payments hold");
    assert_eq!(unclarified, -branch.of(Account::Unclarified), "{why}");
    let mut bills = 0;
    for member in [&stage.member, &stage.other, &stage.secretary, &stage.treasurer] {
        let months = ("2026-01".parse().unwrap(), "2026-12".parse().unwrap());
        for row in stage.table.bills(member.id, months).await.unwrap() {
            let paid = row.bill.payment.is_some();
            assert_eq!(paid, row.bill.state == dues_records::BillState::Paid, "{why}");
            bills += if paid { row.bill.amount.signed() } else { 0 };
        }
    }
    assert_eq!(bills, -branch.of(Account::Dues), "{why}: what bills were paid with is the income of the book");
}

/// One seed: some hundred operations.
async fn play(seed: u64) {
    let bench = Bench::new().await;
    let chaos = Chaos::new(seed, bench.env.clock.clone());
    let stage = stage_on(bench, |env| chaos.before(&env)).await;
    let mut dice = Rng::with_seed(seed);
    stage.provider().await;
    for member in [&stage.member, &stage.other, &stage.secretary, &stage.treasurer] {
        stage.set(member, "2026-01").await;
    }
    let members = [&stage.member, &stage.other, &stage.secretary, &stage.treasurer];
    let street = stage.officer(Role::DuesOfficer, &stage.town.street);
    let (mut payments, mut world, mut remittances) = (BTreeSet::new(), World::default(), Vec::new());
    let mut online: Vec<String> = Vec::new();
    chaos.set(Faults { lost: 0.05, reset: 0.05, ..Faults::none() });
    for step in 0..120_u64 {
        chaos.begin(step);
        let member = members[dice.usize(0..members.len())];
        let from = dice.u8(1..=11);
        let months: Vec<_> = (from..=(from + dice.u8(0..2)).min(11)).map(|month| format!("2026-{month:02}")).collect();
        let some = payments.iter().nth(dice.usize(0..payments.len().max(1))).cloned();
        // A client that heard nothing asks again under the same key.
        let key = format!("operation-{seed}-{step}");
        let (till, office) = (stage.till.idempotency(&key), stage.office.idempotency(&key));
        let again = async |client: &testkit::Client, path: &str, body: Value| {
            loop {
                let reply = client.post(path, body.clone()).await;
                if reply.status != 503 && reply.status != 500 {
                    return reply;
                }
            }
        };
        match dice.u8(0..10) {
            0 | 1 => {
                let body = json!({ "member": member.id, "months": months, "channel": "cash" });
                payments.extend(again(&till, "/v1/dues/payments", body).await.body["id"].as_str().map(str::to_owned));
            }
            2 | 3 => {
                let own = stage.anybody.with(Town::caller(member, &[])).idempotency(&key);
                let body = json!({ "member": member.id, "months": months, "channel": "provider", "provider": "bank" });
                let opened = again(&own, "/v1/dues/payments", body).await.body["id"].as_str().map(str::to_owned);
                payments.extend(opened.clone());
                online.extend(opened);
            }
            4 | 5 => {
                let Some(id) = online.get(dice.usize(0..online.len().max(1))).cloned() else { continue };
                let total = stage.payment_total(&id).await;
                let amount = if dice.u8(0..4) == 0 { dice.u64(1..9_000) } else { total };
                let transaction = format!("T{}-{id}", dice.u8(0..3));
                let known = world.transactions.get(&(id.clone(), transaction.clone())).copied();
                let said = paid(&json!(id), &transaction, known.unwrap_or(amount));
                // Until it is heard; often twice at once.
                loop {
                    let replies = join_all((0..dice.usize(1..=2)).map(|_| stage.callback(&said))).await;
                    if replies.iter().any(|reply| reply.status == 200) {
                        world.transactions.insert((id, transaction), known.unwrap_or(amount));
                        break;
                    }
                    if replies.iter().all(|reply| reply.status == 404) {
                        break;
                    }
                }
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
                let body = json!({ "organization": stage.town.branch.id, "amount": amount, "reference": key });
                again(&till, "/v1/dues/payouts", body).await;
                let body = json!({ "organization": stage.town.branch.id });
                let key = format!("remittance-{seed}-{step}");
                let sent = again(&stage.till.idempotency(&key), "/v1/dues/remittances", body).await;
                remittances.extend(sent.body["id"].as_str().map(str::to_owned));
            }
            _ => {
                let Some(id) = remittances.pop() else { continue };
                let body = json!({ "received": dice.bool(), "reason": "随机" });
                again(&street.idempotency(&key), &format!("/v1/dues/remittances/{id}/receipt"), body).await;
            }
        }
        if step % 30 == 29 {
            chaos.set(Faults::none());
            check(&stage, &world, &payments, &format!("seed {seed}, step {step}")).await;
            chaos.set(Faults { lost: 0.05, reset: 0.05, ..Faults::none() });
        }
    }
    let played = (payments.len(), world.transactions.len(), remittances.len());
    assert!(payments.len() >= 10 && world.transactions.len() >= 5, "seed {seed} plays too little: {played:?}");
}

impl Stage {
    async fn payment_total(&self, id: &str) -> u64 {
        loop {
            let reply = self.till.get(&format!("/v1/dues/payments/{id}")).await;
            if reply.status == 200 {
                return reply.body["total"].as_u64().unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_operations_on_a_failing_store_every_fen_is_in_one_place() {
    for seed in 0..4 {
        Box::pin(play(seed)).await;
    }
}
