//! A task of a district goes down to 400 persons in 60 branches of 10 sub-districts, and time goes on: every message that
//! anybody gets is one that the rules give, and every one that they give is there, once, although each run of the job comes
//! three times, twice of them at once, and two more are killed in the middle.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test that tells how much")]

mod cast;
mod rules;

use cast::{Cast, Group};
use rules::Ledger;

/// What people do on a day, by group; whether they do anything.
async fn act(cast: &mut Cast, day: &str) -> bool {
    match day {
        "2026-11-24" => {
            cast.owners_sign().await;
            cast.each(Group::Quick, &["sign", "report 100", "submit"]).await;
            cast.each(Group::Steady, &["sign", "report 60"]).await;
            cast.each(Group::Thorough, &["sign", "report 100"]).await;
        }
        "2026-11-25" => cast.decide(Group::Quick, true).await,
        "2026-11-26" => cast.withdraw(Group::Dropped).await,
        "2026-12-01" => cast.each(Group::Steady, &["report 95"]).await,
        "2026-12-02" => cast.each(Group::Thorough, &["submit"]).await,
        "2026-12-03" => {
            cast.decide(Group::Thorough, false).await;
            cast.each(Group::Steady, &["report 100", "submit"]).await;
        }
        "2026-12-04" => {
            cast.each(Group::Thorough, &["sign", "report 100", "submit"]).await;
            // They were asked by their superiors.
            cast.each(Group::Silent, &["sign", "report 100"]).await;
        }
        "2026-12-07" => {
            cast.each(Group::Silent, &["submit"]).await;
            for group in [Group::Steady, Group::Thorough, Group::Silent] {
                cast.decide(group, true).await;
            }
        }
        "2026-12-08" => cast.close(2).await,
        "2026-12-09" => cast.close(1).await,
        "2026-12-10" => cast.close(0).await,
        _ => return false,
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_persons_hear_what_the_rules_say_and_nothing_else() {
    let mut cast = Cast::gather().await;
    let mut ledger = Ledger::default();
    for day in cast::days() {
        for time in ["07:00", "08:00", "09:15"] {
            cast.at(&format!("{day}T{time}"));
            if time == "09:15" && !act(&mut cast, &day).await {
                continue;
            }
            if time == "08:00" {
                ledger.bills(&cast).await;
                cast.run("task-warnings.bills").await;
            } else {
                ledger.slot(&cast).await;
                cast.run("task-warnings").await;
            }
        }
    }
    let (expected, found) = (ledger.told, cast.inboxes().await);
    let all = expected.keys().chain(found.keys());
    let wrong: Vec<_> = all.filter(|at| expected.get(*at) != found.get(*at)).collect();
    let some = wrong.iter().take(10).map(|at| format!("{at:?}: {:?} for {:?}", found.get(*at), expected.get(*at)));
    let some: Vec<_> = some.collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), expected.len(), some.join("\n"));
    cast.ended().await;
    // The test is about something: each kind of message came.
    let kinds = ledger.kinds;
    for kind in ["新任务", "蓝色预警", "黄色预警", "红色预警", "退回", "办结", "撤销", "待审核", "红色预警满", "账单"]
    {
        assert!(kinds.get(kind).is_some_and(|count| *count > 0), "{kind}: {kinds:?}");
    }
    println!("{} messages to {} persons: {kinds:?}", expected.len(), cast.people());
}
