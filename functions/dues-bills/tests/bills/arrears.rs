//! Three months: people are told, once. Six: a case for people, and nothing by itself.

use crate::stage::{Stage, month, stage};
use dues_records::{BillRow, BillState, CaseRow, Closure, Outcome, Waiting};
use register::{Member, MemberRow, MemberState, People};
use testkit::Crash;

const OPEN: [&str; 6] = ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01"];

#[tokio::test]
async fn after_three_months_member_and_branch_are_told_and_after_six_there_is_a_case() {
    let stage = stage().await;
    stage.owes(&stage.member, &OPEN).await;
    stage.at("2026-11-01T07:30");
    let report = stage.arrears().await;
    assert_eq!((&report["due"], &report["told"], &report["cases"]), (&1.into(), &1.into(), &0.into()), "{report}");
    for told in [&stage.member, &stage.secretary, &stage.treasurer] {
        assert_eq!(stage.told(told.id).await, ["dues.arrears"]);
    }
    // The same run of months is told once, however many of its months reach three.
    for day in ["2026-11-02", "2026-12-01", "2027-01-01"] {
        stage.at(&format!("{day}T07:30"));
        assert_eq!(stage.arrears().await["told"], 0, "{day}");
    }
    assert!(stage.case(&stage.member).await.is_none(), "six months are not over");
    stage.at("2027-02-01T07:30");
    let report = stage.arrears().await;
    assert_eq!((&report["told"], &report["cases"]), (&0.into(), &1.into()), "{report}");
    let case = stage.case(&stage.member).await.unwrap().case;
    assert_eq!((case.first, case.organization), (month("2026-08"), stage.town.branch.id));
    let waiting = stage.table.table().first(&Waiting::at(stage.town.branch.id, Some(Waiting::Case)), 9).await.unwrap();
    let waiting: Vec<_> = waiting.items.into_iter().map(|row: CaseRow| row.case).collect();
    assert_eq!(waiting, [case], "whoever is in office finds it");
    assert_eq!(stage.told(stage.member.id).await, ["dues.arrears", "dues.case-opened"]);
    let member =
        People::open(&stage.bench.env).unwrap().person(stage.member.id, dynamo::Read::Consistent).await.unwrap();
    assert_eq!(member, stage.member, "nothing happens to the member");
    for day in ["2027-02-02", "2027-03-01", "2027-06-01"] {
        stage.at(&format!("{day}T07:30"));
        let report = stage.arrears().await;
        assert_eq!((&report["told"], &report["cases"]), (&0.into(), &0.into()), "{day}");
    }
    assert_eq!(stage.arrears().await["due"], 0, "what was looked at twice is not looked at again");
}

#[tokio::test]
async fn six_more_months_after_a_case_was_closed_make_another_one() {
    let stage = stage().await;
    let months: Vec<_> = month("2026-08").to(month("2027-10")).map(|month| month.to_string()).collect();
    stage.owes(&stage.member, &months.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut cases = Vec::new();
    for now in month("2026-11").to(month("2027-11")) {
        stage.at(&format!("{now}-01T07:30"));
        stage.arrears().await;
        if let Some(CaseRow { case, .. }) = stage.case(&stage.member).await {
            // It is closed at once, so that nothing but the months keeps another one away.
            let (outcome, reason) = (Outcome::GoodReason, "住院治疗".try_into().unwrap());
            let closure = Closure { outcome, reason, by: stage.secretary.id, at: stage.bench.now() };
            stage.table.table().put(&CaseRow::new(case.closed(closure).unwrap())).await.unwrap();
            let open = dynamo::Change::new().discard(stage.table.table(), CaseRow::claimed(case.member));
            let ledger = dynamo::Ledger::of_job(&stage.bench.env).unwrap();
            assert!(ledger.attempt(open, Vec::new()).await.unwrap());
            cases.push((now.to_string(), case.first.to_string()));
        }
    }
    let cases: Vec<_> = cases.iter().map(|(now, first)| (now.as_str(), first.as_str())).collect();
    assert_eq!(cases, [("2027-02", "2026-08"), ("2027-08", "2027-02")]);
    let told = stage.told(stage.member.id).await;
    assert_eq!(told.iter().filter(|kind| *kind == "dues.case-opened").count(), 2);
}

#[tokio::test]
async fn nobody_is_late_with_bills_that_were_made_the_day_before() {
    let stage = stage().await;
    for month in 1..=11 {
        stage.billed(&stage.member, &format!("2026-{month:02}"), stage.bench.now()).await;
    }
    for (day, told, cases) in [("2026-11-30", 0, 0), ("2027-02-01", 1, 0), ("2027-05-01", 0, 1)] {
        stage.at(&format!("{day}T07:30"));
        let report = stage.arrears().await;
        assert_eq!((&report["told"], &report["cases"]), (&told.into(), &cases.into()), "{day}: {report}");
    }
}

#[tokio::test]
async fn whoever_pays_in_between_is_left_in_peace() {
    let stage = stage().await;
    stage.owes(&stage.member, &OPEN).await;
    stage.pays(&stage.member, "2026-10").await;
    stage.at("2026-11-01T07:30");
    assert_eq!(stage.arrears().await["told"], 0, "August and September are two");
    stage.at("2027-02-01T07:30");
    let report = stage.arrears().await;
    assert_eq!((&report["told"], &report["cases"]), (&1.into(), &0.into()), "November to January are three");
    let row = &stage.table.bills(stage.member.id, (month("2026-10"), month("2026-10"))).await.unwrap()[0];
    assert_eq!((row.bill.state, &row.watch_key), (BillState::Paid, &None));
}

#[tokio::test]
async fn the_branch_where_the_member_is_now_hears_of_it_and_looks_into_it() {
    let stage = stage().await;
    stage.owes(&stage.member, &OPEN).await;
    let branch = stage.branch(30).await;
    let secretary = stage.town.person(31, "许书", &branch).await;
    stage.appoint(9, &branch, &secretary).await;
    let (organization, path) = (branch.id, branch.path.clone());
    let moved = Member { organization, path, ..stage.member.clone() };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(moved)).await.unwrap();
    stage.at("2026-11-01T07:30");
    stage.arrears().await;
    assert_eq!((stage.told(secretary.id).await.len(), stage.told(stage.secretary.id).await.len()), (1, 0));
    stage.at("2027-02-01T07:30");
    stage.arrears().await;
    assert_eq!(stage.case(&stage.member).await.unwrap().case.organization, branch.id);
    // Who is in a group is in its branch.
    stage.owes(&stage.other, &OPEN).await;
    stage.arrears().await;
    stage.arrears().await;
    assert_eq!(stage.case(&stage.other).await.unwrap().case.organization, stage.town.branch.id);
}

#[tokio::test]
async fn who_left_is_not_reminded() {
    let stage = stage().await;
    stage.owes(&stage.member, &OPEN).await;
    let gone = Member { state: MemberState::Deceased, ..stage.member.clone() };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(gone)).await.unwrap();
    stage.at("2027-02-01T07:30");
    let report = stage.arrears().await;
    assert_eq!((&report["told"], &report["cases"], &report["left"]), (&0.into(), &0.into(), &0.into()), "{report}");
    assert!(stage.told(stage.member.id).await.is_empty() && stage.told(stage.secretary.id).await.is_empty());
    assert_eq!(stage.arrears().await["due"], 0);
}

#[tokio::test]
async fn a_treasurer_in_arrears_is_told_as_a_member() {
    let stage = stage().await;
    stage.owes(&stage.treasurer, &OPEN).await;
    stage.at("2026-11-01T07:30");
    stage.arrears().await;
    assert_eq!((stage.told(stage.treasurer.id).await.len(), stage.told(stage.secretary.id).await.len()), (1, 1));
}

/// Six months are open, and nobody looked before.
async fn scene() -> Stage {
    let stage = stage().await;
    stage.owes(&stage.member, &OPEN).await;
    stage.owes(&stage.other, &OPEN[3..]).await;
    stage.at("2027-02-01T07:30");
    let _ = stage.bench.wire.take();
    stage
}

async fn assert_told(stage: &Stage, why: &str) {
    assert_eq!(stage.told(stage.member.id).await, ["dues.arrears", "dues.case-opened"], "{why}");
    assert_eq!(stage.told(stage.other.id).await, ["dues.arrears"], "{why}");
    assert_eq!(stage.told(stage.secretary.id).await, ["dues.arrears", "dues.arrears"], "{why}");
    assert!(stage.case(&stage.member).await.is_some() && stage.case(&stage.other).await.is_none(), "{why}");
}

#[tokio::test]
async fn days_without_a_run_lose_nothing_and_runs_at_once_tell_once() {
    let stage = scene().await;
    let run = || dues_bills::run(&stage.job, stage.event("dues-bills.arrears"));
    let _ = tokio::join!(run(), run());
    for _ in 0..3 {
        stage.arrears().await;
    }
    assert_told(&stage, "twice at once").await;
}

#[tokio::test]
async fn a_run_that_read_its_list_before_another_one_looked_takes_no_case_away() {
    let stage = stage().await;
    // More members of one part than are looked at at the same time: the last one has to wait.
    let (mut some, mut part) = (Vec::new(), None);
    for n in 100..400 {
        let member = stage.town.person(n, "郑众", &stage.town.branch).await;
        stage.owes(&member, &["2026-08"]).await;
        let row = stage.table.bills(member.id, (month("2026-08"), month("2026-08"))).await.unwrap().remove(0);
        if part.get_or_insert_with(|| row.watch_shard.clone()) == &row.watch_shard {
            some.push(member);
        } else {
            stage.table.table().put(&BillRow { watch_shard: None, watch_key: None, ..row }).await.unwrap();
        }
        if some.len() > 10 {
            break;
        }
    }
    let last = &some[10];
    stage.owes(last, &OPEN).await;
    stage.at("2026-11-01T07:30");
    let paused = stage.bench.wire.pause("TransactWriteItems");
    let slow = tokio::spawn({
        let (job, event) = (stage.job.clone(), stage.event("dues-bills.arrears"));
        async move { dues_bills::run(&job, event).await }
    });
    paused.reached().await;
    let row = stage.table.bills(last.id, (month("2026-08"), month("2026-08"))).await.unwrap().remove(0);
    stage.table.table().put(&row.watched(Some(6))).await.unwrap();
    paused.resume();
    slow.await.unwrap().unwrap();
    stage.at("2027-02-01T07:30");
    stage.arrears().await;
    assert!(stage.case(last).await.is_some(), "it is looked at again after six months");
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.arrears().await;
    let calls = stage.bench.wire.take();
    let writes = calls.iter().enumerate().filter(|(_, call)| call.operation == "TransactWriteItems").map(|(at, _)| at);
    let writes: Vec<_> = writes.collect();
    assert!(writes.len() >= 5, "{writes:?}");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = dues_bills::run(&stage.job, stage.event("dues-bills.arrears")).await;
            stage.bench.wire.crash(None);
            for _ in 0..3 {
                stage.arrears().await;
            }
            assert_told(&stage, &format!("{crash:?}")).await;
        }
    }
}
