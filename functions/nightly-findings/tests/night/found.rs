//! What is found, and when it is over.

use crate::stage::{Stage, day, stage};
use dues_records::{CaseRow, Closure, DuesTable, Outcome};
use register::{Member, MemberState, Node, NodeStatus};

fn pairs(open: &[(String, String)]) -> Vec<(&str, &str)> {
    open.iter().map(|(rule, period)| (rule.as_str(), period.as_str())).collect()
}

async fn assert_open(stage: &Stage, expected: &[(&str, &str)]) {
    assert_eq!(pairs(&stage.open().await), expected);
}

#[tokio::test]
async fn where_nothing_is_the_matter_a_night_leaves_nothing_behind() {
    let stage = stage().await;
    let report = stage.run().await;
    // Group and other tree included in the walk; groups are looked at with their branch.
    assert_eq!((&report["organizations"], &report["opened"], &report["left"]), (&7.into(), &0.into(), &0.into()));
    assert!(stage.findings().await.is_empty() && stage.told(stage.secretary.id).await.is_empty());
}

#[tokio::test]
async fn a_month_without_a_theme_day_is_found_and_over_when_it_is_made_up_for() {
    let stage = stage().await;
    stage.at("2026-12-01T03:30");
    stage.run().await;
    // The branch was there for the whole of November, and not for the whole of October.
    assert_open(&stage, &[("no-group-meeting", "2026-11"), ("no-theme-day", "2026-11")]).await;
    let finding = stage.findings().await.pop().unwrap();
    assert_eq!((finding.member, finding.article.as_str()), (None, "支部条例 §16、教管条例 §16"));
    assert!(finding.records.is_empty() && finding.looked_for.unwrap().contains("2026-11-30"));
    let told = stage.told(stage.secretary.id).await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|notice| notice.kind == "finding.opened" && notice.article.is_some()), "{told:?}");
    assert!(stage.told(stage.member.id).await.is_empty());

    stage.held(1, &["theme-day", "branch-meeting"], "2026-11-20").await;
    let report = stage.next_night().await;
    assert_eq!((&report["closed"], &report["told"]), (&1.into(), &0.into()), "{report}");
    assert_open(&stage, &[("no-group-meeting", "2026-11")]).await;
    let closed = stage.findings().await.pop().unwrap().closed.unwrap();
    assert_eq!((closed.by, closed.reason), (None, None), "its cause is gone");
}

#[tokio::test]
async fn of_a_year_the_account_and_the_talks_are_found_until_they_are_entered() {
    let stage = stage().await;
    stage.change(Node { founded_on: day("2025-12-31"), ..stage.town.branch.clone() }).await;
    let yearly = async || {
        let open = stage.open().await.into_iter().filter(|(_, period)| period == "2026");
        open.map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    stage.at("2026-12-31T03:30");
    stage.run().await;
    assert!(yearly().await.is_empty(), "the year is not over");
    stage.next_night().await;
    // Its secretary is alone, so that there is no pair of committee members.
    let missed = [
        "no-member-appraisal",
        "no-org-life-meeting",
        "no-secretary-account",
        "no-talk-among-members",
        "no-talk-with-members",
    ];
    assert_eq!(yearly().await, missed);
    let found = stage.findings().await.into_iter().find(|finding| finding.rule == "no-secretary-account").unwrap();
    assert_eq!((found.member, found.article.as_str()), (None, "支部条例 §27"));
    assert!(found.records.is_empty() && found.looked_for.unwrap().contains("支部书记述职"));
    stage.held(1, &["branch-meeting", "secretary-account"], "2026-12-20").await;
    stage.held(2, &["talk-with-members"], "2026-12-21").await;
    stage.next_night().await;
    assert_eq!(yearly().await, ["no-member-appraisal", "no-org-life-meeting", "no-talk-among-members"]);
}

#[tokio::test]
async fn what_is_longer_ago_is_history_and_what_was_found_stays() {
    let stage = stage().await;
    let node = Node { founded_on: day("2025-01-01"), ..stage.town.branch.clone() };
    stage.change(node).await;
    stage.run().await;
    // Three months back: August, September and October; the third quarter. Groups are there since October.
    let expected = [
        ("no-branch-meeting", "2026-Q3"),
        ("no-theme-day", "2026-08"),
        ("no-theme-day", "2026-09"),
        ("no-theme-day", "2026-10"),
    ];
    assert_open(&stage, &expected).await;
    // In May of the next year it is still there, and it is over once a late record of it is signed.
    stage.at("2027-05-02T03:30");
    stage.run().await;
    let open = stage.open().await;
    assert!(pairs(&open).contains(&("no-theme-day", "2026-08")), "{open:?}");
    stage.held(1, &["theme-day"], "2026-08-20").await;
    stage.next_night().await;
    let open = stage.open().await;
    assert!(!pairs(&open).contains(&("no-theme-day", "2026-08")), "{open:?}");
}

#[tokio::test]
async fn a_term_that_is_over_is_found_until_there_is_an_election() {
    let stage = stage().await;
    stage.elected("2021-11-20", "2026-11-20").await;
    stage.run().await;
    assert_open(&stage, &[("term-over", "2026-11-20")]).await;
    stage.elected("2026-11-24", "2031-11-24").await;
    stage.next_night().await;
    assert_open(&stage, &[]).await;
}

#[tokio::test]
async fn whose_probation_is_over_is_told_and_a_person_has_the_last_word() {
    let stage = stage().await;
    stage.admitted("2025-08-01").await;
    stage.run().await;
    let finding = stage.findings().await.remove(0);
    assert_eq!((finding.rule.as_str(), finding.member), ("probation-over", Some(stage.member.id)));
    assert_eq!(finding.records, [stage.member.id.to_string()]);
    assert_eq!((stage.told(stage.member.id).await.len(), stage.told(stage.secretary.id).await.len()), (1, 1));
    let titles = [stage.told(stage.member.id).await, stage.told(stage.secretary.id).await].concat();
    assert!(titles.iter().all(|notice| !notice.title.contains("陈员")), "{titles:?}");
    let closing: Vec<_> = titles.iter().map(|notice| notice.body.contains("关闭")).collect();
    assert_eq!(closing, [false, true], "whom it is about does not close it");
    stage.close(&finding).await;
    for _ in 0..2 {
        let report = stage.next_night().await;
        assert_eq!((&report["opened"], &report["told"]), (&0.into(), &0.into()), "{report}");
    }
    assert_eq!(stage.findings().await[0].closed.as_ref().unwrap().by, Some(stage.secretary.id));
}

#[tokio::test]
async fn what_is_about_a_member_follows_them_and_comes_back_without_a_second_notice() {
    let stage = stage().await;
    stage.admitted("2025-08-01").await;
    stage.run().await;
    let there = &stage.town.neighbour;
    let probationer = Member {
        state: MemberState::Probationary,
        full_since: None,
        joined_on: day("2025-08-01"),
        ..stage.member.clone()
    };
    stage.register(Member { organization: there.id, path: there.path.clone(), ..probationer.clone() }).await;
    for _ in 0..2 {
        stage.next_night().await;
    }
    assert_open(&stage, &[]).await;
    let moved = stage.findings_of(there).await;
    assert_eq!((moved.len(), moved[0].organization, moved[0].closed.is_none()), (1, there.id, true));
    stage.register(Member { state: MemberState::Full, ..stage.member.clone() }).await;
    stage.next_night().await;
    stage.register(probationer).await;
    stage.next_night().await;
    assert_open(&stage, &[("probation-over", "2026-08-01")]).await;
    assert_eq!((stage.told(stage.member.id).await.len(), stage.told(stage.secretary.id).await.len()), (1, 1));
}

#[tokio::test]
async fn where_nobody_else_leads_who_leads_above_is_told() {
    let stage = stage().await;
    let street = stage.town.person(30, "吴副", &stage.town.branch).await;
    let city = stage.town.person(31, "周记", &stage.town.branch).await;
    stage.appoint(&street, &stage.town.street).await;
    stage.appoint(&city, &stage.town.city).await;
    // The one who leads the branch is whom it is about.
    let (probationary, full_since, joined_on) = (MemberState::Probationary, None, day("2025-08-01"));
    stage.register(Member { state: probationary, full_since, joined_on, ..stage.secretary.clone() }).await;
    stage.run().await;
    assert_open(&stage, &[("probation-over", "2026-08-01")]).await;
    for (member, many) in [(&stage.secretary, 1), (&street, 1), (&city, 0)] {
        assert_eq!(stage.told(member.id).await.len(), many, "{}", member.id);
    }
    assert!(stage.told(stage.secretary.id).await[0].title.contains("与您有关"), "as whom it is about");
}

#[tokio::test]
async fn long_arrears_are_for_people_to_look_into_and_end_with_their_case() {
    let stage = stage().await;
    let case = stage.case().await;
    stage.run().await;
    let finding = stage.findings().await.remove(0);
    assert_eq!((finding.rule.as_str(), &finding.records), ("dues-unpaid", &vec![case.id.to_string()]));
    assert_eq!(finding.article, "党章 第九条、党费规定 §13");
    assert!(stage.told(stage.member.id).await.is_empty(), "they heard of it when the case was opened");
    assert_eq!(stage.told(stage.secretary.id).await.len(), 1);
    let (outcome, reason) = (Outcome::GoodReason, "住院治疗".try_into().unwrap());
    let closure = Closure { outcome, reason, by: stage.secretary.id, at: stage.bench.now() };
    let dues = DuesTable::open(&stage.bench.env).unwrap();
    dues.table().put(&CaseRow::new(case.closed(closure).unwrap())).await.unwrap();
    stage.next_night().await;
    assert_open(&stage, &[]).await;
}

#[tokio::test]
async fn a_branch_that_is_too_small_is_found_once_over_the_years() {
    let stage = stage().await;
    stage.register(Member { state: MemberState::Deceased, ..stage.member.clone() }).await;
    stage.run().await;
    assert_open(&stage, &[("too-few-members", "2026")]).await;
    stage.at("2027-01-01T03:30");
    stage.run().await;
    let open = stage.open().await;
    assert_eq!(open.iter().filter(|(rule, _)| rule == "too-few-members").count(), 1, "{open:?}");
    stage.register(stage.member.clone()).await;
    stage.next_night().await;
    let open = stage.open().await;
    assert!(!open.iter().any(|(rule, _)| rule == "too-few-members"), "{open:?}");
}

#[tokio::test]
async fn a_lasting_condition_that_a_person_closed_is_asked_about_again_a_year_later() {
    let stage = stage().await;
    stage.register(Member { state: MemberState::Deceased, ..stage.member.clone() }).await;
    stage.run().await;
    let finding = stage.findings().await.remove(0);
    assert_eq!((finding.rule.as_str(), finding.period.as_str()), ("too-few-members", "2026"));
    stage.at("2027-03-01T10:00");
    stage.close(&finding).await;
    let few = async || {
        let open = stage.open().await.into_iter().filter(|(rule, _)| rule == "too-few-members");
        open.map(|(_, period)| period).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        stage.next_night().await;
        assert!(few().await.is_empty());
    }
    stage.at("2028-01-01T03:30");
    stage.run().await;
    assert_eq!(few().await, ["2028"]);
}

#[tokio::test]
async fn nothing_is_open_in_what_is_closed() {
    let stage = stage().await;
    stage.elected("2021-11-20", "2026-11-20").await;
    stage.run().await;
    assert_open(&stage, &[("term-over", "2026-11-20")]).await;
    let (status, closed_on) = (NodeStatus::Dissolved, Some(day("2026-11-24")));
    stage.change(Node { status, closed_on, ..stage.town.branch.clone() }).await;
    let report = stage.next_night().await;
    assert_eq!((&report["closed"], &report["left"]), (&1.into(), &0.into()), "{report}");
    assert_open(&stage, &[]).await;
}
