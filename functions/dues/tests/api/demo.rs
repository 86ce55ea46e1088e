//! Demo data tells what the functions tell.

use crate::stage::stage;
use dues::{DemoDues, demo_dues};
use serde_json::Value;

#[tokio::test]
async fn the_trace_tells_of_each_bill_of_the_demo_once() {
    let stage = stage().await;
    let members = [&stage.secretary, &stage.treasurer, &stage.member, &stage.other];
    let dues = DemoDues { branch: &stage.town.branch, treasurer: &stage.treasurer, members: &members };
    let (rows, told) = demo_dues(dues, stage.town.vault(), stage.bench.now()).unwrap();
    let bills: Vec<&Value> = rows.iter().filter(|row| row["sk"].as_str().unwrap().starts_with("BILL#")).collect();
    let told: Vec<&Value> = told.iter().filter(|line| line.kind == "dues.billed").map(|line| &line.after).collect();
    let months: Vec<_> = told.iter().map(|after| after["months"][0].as_str().unwrap()).collect();
    assert_eq!(months, ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]);
    let sum = |all: &[&Value], field: &str| all.iter().map(|one| one[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum(&told, "bills"), u64::try_from(bills.len()).unwrap());
    assert_eq!(sum(&told, "amount"), sum(&bills, "amount"));
}
