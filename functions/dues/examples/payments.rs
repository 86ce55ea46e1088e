//! Payments of many members at once, with callbacks that come again:
//! `cargo run --release -p dues --example payments` (1,000 payments; `-- 100` for fewer).
//!
//! Sets what the members of some branches owe, opens a payment for each, and lets the provider call back for all of them at the
//! same time, one in ten twice and in any order. Fails unless the trial balance of every branch is zero and every fen that came in
//! is in its book, each bill paid once. The store is the embedded one, in the same process: the time is that of both.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints and gives up"
)]

use authz::Role;
use dues_records::{Account, Bill, BillRow, BillState, DuesTable, Fen, Month};
use fastrand::Rng;
use futures_util::future::join_all;
use kernel::{MemberId, OrgId};
use register::Member;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Instant};
use testkit::{Bench, Client, Reply, Town};

/// Members of one branch.
const EACH: u64 = 50;
const SECRET: &str = "a-secret-of-the-provider-0123456789";

/// Puts an open bill of each of `all`, no two sums of one branch alike.
async fn bill(bench: &Bench, all: Vec<Member>) -> Vec<(Member, Bill)> {
    let month = Month::at(bench.now());
    let billed = all.into_iter().zip(0..).map(|(member, n)| {
        let who = (member.id, member.name.clone());
        let bill = Bill::new(who, member.organization, month, Fen(1_000 + n * 7 % 9_973), bench.now());
        (member, bill)
    });
    let billed: Vec<_> = billed.collect();
    let rows: Vec<_> = billed.iter().map(|(_, bill)| BillRow::new(bill.clone(), 3)).collect();
    DuesTable::open(&bench.env).unwrap().table().put_all(&rows).await.unwrap();
    billed
}

/// Calls back as the provider, again where the store was busy.
async fn callback(client: &Client, at: i64, said: &Value) -> (Reply, u32) {
    let (at, body) = (at.to_string(), said.to_string());
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = kernel::hex(aws_lc_rs::hmac::sign(&key, format!("{at}.{body}").as_bytes()).as_ref());
    let sender = client.header("x-dues-timestamp", &at).header("x-dues-signature", &signed);
    let mut tries = 0;
    loop {
        let reply = sender.send("POST", "/v1/dues/callbacks/bank", Some(body.clone())).await;
        tries += 1;
        if reply.status < 500 && reply.status != 409 {
            return (reply, tries);
        }
    }
}

#[tokio::main]
async fn main() {
    let members = std::env::args().nth(1).map_or(1_000, |text| text.parse().unwrap());
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let all = bill(&bench, town.crowd(members, EACH).await).await;
    let router = dues::router(dues::App::connect(&bench.env).await.unwrap());
    let anybody = Client::new(router, None);
    let admin =
        anybody.with(testkit::caller(MemberId::from_bytes(1, [9; 10]), &[(Role::SystemAdministrator, town.city.id)]));
    assert_eq!(admin.put("/v1/dues/providers/bank", json!({ "secret": SECRET })).await.status, 200);

    let mut said = Vec::new();
    for (n, (member, bill)) in all.iter().enumerate() {
        let body = json!({ "member": member.id, "months": [bill.month], "channel": "provider", "provider": "bank" });
        let opened = anybody.with(Town::caller(member, &[])).post("/v1/dues/payments", body).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        let transaction = format!("T{n}");
        said.push(json!({ "payment": opened.body["id"], "status": "paid", "transaction": transaction, "amount": bill.amount }));
    }
    let again: Vec<_> = said.iter().step_by(10).cloned().collect();
    println!("{members} payments, {} callbacks of which {} come again", said.len() + again.len(), again.len());
    said.extend(again);
    Rng::with_seed(7).shuffle(&mut said);
    let _ = bench.wire.take();
    let (began, at) = (Instant::now(), bench.now().as_second());
    let heard = join_all(said.iter().map(|one| callback(&anybody, at, one))).await;
    let (took, calls) = (began.elapsed(), bench.wire.take());
    let tries: u32 = heard.iter().map(|(_, tries)| tries).sum();
    assert!(
        heard.iter().all(|(reply, _)| reply.status == 200),
        "{:?}",
        heard.iter().find(|(reply, _)| reply.status != 200)
    );
    let units: f64 = calls.iter().map(|call| call.units).sum();
    println!("  {took:.1?}, {tries} tries, {} requests, {units:.0} units", calls.len());

    let (table, month) = (DuesTable::open(&bench.env).unwrap(), Month::at(bench.now()));
    let mut owed = BTreeMap::<OrgId, i64>::new();
    for (member, bill) in &all {
        let rows = table.bills(member.id, (month, month)).await.unwrap();
        assert!(rows.iter().all(|row| row.bill.state == BillState::Paid && row.bill.version == 2), "paid once");
        *owed.entry(bill.organization).or_default() += bill.amount.signed();
    }
    let (mut total, mut accounts) = (0, 0);
    for (branch, owed) in &owed {
        let balances = table.balances(*branch, month).await.unwrap();
        assert!(balances.is_balanced());
        let is = [Account::Clearing, Account::Dues, Account::Unclarified].map(|account| balances.of(account));
        assert_eq!(is, [*owed, -owed, 0], "every fen of {branch}");
        total += owed;
        accounts += balances.0.len();
    }
    println!(
        "  trial balance of {} books, {accounts} accounts: 0; {total} fen in clearing, {total} fen of dues",
        owed.len()
    );
}
