//! Bills of a month: each once, however often the job runs and wherever it dies.

use crate::stage::{Stage, month, stage};
use dues_records::{BillState, CloseRow};
use dynamo::{Read, Trace};
use register::{Member, MemberRow, MemberState, NodeRow, Organizations, People};
use testkit::Crash;

/// Two members owe, two have no standard; it is the first of December.
async fn scene() -> Stage {
    let stage = stage().await;
    for member in [&stage.member, &stage.other] {
        stage.set(member, stage.town.branch.id, "2026-12").await;
    }
    stage.at("2026-12-01T07:00");
    let _ = stage.bench.wire.take();
    stage
}

async fn assert_billed(stage: &Stage, why: &str) {
    for member in [&stage.member, &stage.other] {
        let bills = stage.bills(member, "2026-12").await;
        assert_eq!(bills.len(), 1, "{why}");
        let bill = &bills[0];
        assert_eq!((bill.organization, bill.amount.0, bill.state), (stage.town.branch.id, 1_500, BillState::Open));
        assert_eq!(bill.version, 1, "{why}");
    }
    let trace = Trace::open(&stage.bench.env).unwrap();
    let told = trace.of_subject(&stage.town.branch.id.to_string(), None, None, 50).await.unwrap().items;
    let made: u64 =
        told.iter().filter(|line| line.kind == "dues.billed").map(|line| line.after["bills"].as_u64().unwrap()).sum();
    assert_eq!(made, 2, "{why}: the trace tells of each once");
}

#[tokio::test]
async fn whoever_is_on_the_rolls_gets_one_bill_if_it_is_set_what_they_owe() {
    let stage = scene().await;
    let report = stage.run().await;
    assert_eq!(
        (&report["bills"], &report["without"], &report["branches"]),
        (&2.into(), &2.into(), &2.into()),
        "{report}"
    );
    assert_billed(&stage, "once").await;
    assert!(stage.bills(&stage.secretary, "2026-12").await.is_empty(), "nobody's sum is guessed");
    assert_eq!(stage.run().await["branches"], 0, "the walk of the day is done");
    stage.at("2026-12-02T07:00");
    let report = stage.run().await;
    assert_eq!((&report["bills"], &report["branches"]), (&0.into(), &2.into()), "the next day looks again");
    assert_billed(&stage, "twice").await;
}

#[tokio::test]
async fn a_month_that_was_paid_ahead_is_billed_already() {
    let stage = scene().await;
    stage.owes(&stage.member, &["2026-12"]).await;
    stage.pays(&stage.member, "2026-12").await;
    assert_eq!(stage.run().await["bills"], 1, "the other one's");
    let bills = stage.bills(&stage.member, "2026-12").await;
    assert_eq!((bills.len(), bills[0].state), (1, BillState::Paid));
}

#[tokio::test]
async fn who_does_not_owe_and_branches_that_have_no_dues_get_none() {
    let stage = scene().await;
    let neighbour = stage.town.neighbour.clone();
    let temporary = register::Node { temporary: true, ..neighbour.clone() };
    Organizations::open(&stage.bench.env).unwrap().table().put(&NodeRow::new(temporary)).await.unwrap();
    let guest = stage.town.person(20, "黄临", &neighbour).await;
    let suspended = stage.town.person_as(21, "许停", &stage.town.branch, |m| m.state = MemberState::Suspended).await;
    let later = stage
        .town
        .person_as(22, "何预", &stage.town.branch, |m| {
            (m.state, m.joined_on, m.full_since) = (MemberState::Probationary, "2027-01-05".parse().unwrap(), None);
        })
        .await;
    let admitted = stage
        .town
        .person_as(23, "郑预", &stage.town.branch, |m| {
            (m.state, m.joined_on, m.full_since) = (MemberState::Probationary, "2026-11-30".parse().unwrap(), None);
        })
        .await;
    for (member, branch) in [
        (&guest, &neighbour),
        (&suspended, &stage.town.branch),
        (&later, &stage.town.branch),
        (&admitted, &stage.town.branch),
    ] {
        stage.set(member, branch.id, "2026-12").await;
    }
    stage.run().await;
    for member in [&guest, &suspended, &later] {
        assert!(stage.bills(member, "2026-12").await.is_empty(), "{:?}", member.id);
    }
    assert_eq!(stage.bills(&admitted, "2026-12").await.len(), 1, "on probation one pays as well");
}

#[tokio::test]
async fn a_bill_belongs_to_the_branch_on_whose_rolls_one_is_on_the_first() {
    let stage = scene().await;
    let moved = Member {
        organization: stage.town.neighbour.id,
        path: stage.town.neighbour.path.clone(),
        ..stage.member.clone()
    };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(moved)).await.unwrap();
    stage.run().await;
    assert_eq!(stage.bills(&stage.member, "2026-12").await[0].organization, stage.town.neighbour.id);
}

#[tokio::test]
async fn the_book_of_the_month_before_is_closed() {
    let stage = scene().await;
    let about = (stage.town.branch.id, dues_records::EntryKind::Payment, "pay".to_owned());
    let fen = dues_records::Fen(1_500);
    let at = "2026-11-20T02:00:00Z".parse().unwrap();
    let entry = dues_records::Entry::new(
        about,
        &[(dues_records::Account::Cash, fen)],
        &[(dues_records::Account::Dues, fen)],
        (None, at),
    );
    stage.table.table().put(&dues_records::EntryRow::new(entry.unwrap())).await.unwrap();
    assert_eq!(stage.run().await["closed"], 1);
    let key = CloseRow::key(stage.town.branch.id, month("2026-11"));
    let close: CloseRow = stage.table.table().get(key, Read::Consistent).await.unwrap().unwrap();
    assert_eq!(close.balances.money(), 1_500);
    stage.at("2026-12-02T07:00");
    assert_eq!(stage.run().await["closed"], 0);
}

#[tokio::test]
async fn runs_at_once_and_late_ones_make_each_bill_once() {
    let stage = scene().await;
    let run = || dues_bills::run(&stage.job, stage.event("dues-bills"));
    let (one, two, three) = tokio::join!(run(), run(), run());
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
    assert_billed(&stage, "three at once").await;
    // What comes in January makes no bill of December.
    let late = stage.event("dues-bills");
    stage.at("2027-01-01T00:10");
    let report = dues_bills::run(&stage.job, late).await.unwrap();
    assert_eq!((&report["branches"], &report["bills"]), (&0.into(), &0.into()));
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.run().await;
    let calls = stage.bench.wire.take();
    // To stop before a reading is to stop after what was written before it.
    let writes =
        calls.iter().enumerate().filter(|(_, call)| !call.operation.contains("Get") && call.operation != "Query");
    let writes: Vec<_> = writes.map(|(at, _)| at).collect();
    assert!(writes.len() >= 4, "{writes:?}");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = dues_bills::run(&stage.job, stage.event("dues-bills")).await;
            stage.bench.wire.crash(None);
            stage.run().await;
            assert_billed(&stage, &format!("{crash:?}")).await;
            assert_eq!(stage.run().await["branches"], 0, "{crash:?}");
        }
    }
}

#[tokio::test]
async fn many_branches_whose_run_is_killed_twice_get_every_bill_once() {
    let stage = scene().await;
    let mut members = Vec::new();
    for n in 20..32_u8 {
        let branch = stage.branch(n).await;
        let numbers = u32::from(n) * 20..u32::from(n + 1) * 20;
        for member in stage.town.persons("郑众", numbers.map(|m| (m, &branch))).await {
            stage.set(&member, branch.id, "2026-12").await;
            members.push((member, branch.id));
        }
    }
    let _ = stage.bench.wire.take();
    for killed in [25, 40] {
        stage.bench.wire.crash(Some(Crash::After(killed)));
        let outcome = dues_bills::run(&stage.job, stage.event("dues-bills")).await;
        assert!(outcome.is_err(), "it was killed in the middle: {outcome:?}");
        stage.bench.wire.crash(None);
    }
    stage.run().await;
    let trace = Trace::open(&stage.bench.env).unwrap();
    let mut made = 0;
    for (_, branch) in members.iter().step_by(20) {
        let told = trace.of_subject(&branch.to_string(), None, None, 50).await.unwrap().items;
        made += told.iter().map(|line| line.after["bills"].as_u64().unwrap()).sum::<u64>();
    }
    assert_eq!(made, 240);
    for (member, branch) in &members {
        let bills = stage.bills(member, "2026-12").await;
        assert_eq!((bills.len(), bills[0].organization, bills[0].version), (1, *branch, 1));
    }
    assert_billed(&stage, "and these").await;
}
