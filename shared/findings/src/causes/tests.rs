//! What is found, and what is not.

use super::*;
use crate::{OnRoll, since};
use dues_records::{Bill, Case, Fen};
use jiff::{Timestamp, ToSpan};
use org_life::Strength;
use proptest::prelude::*;
use register::{BranchType, Node, NodeStatus, OrgKind, Term};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn branch() -> Node {
    let id = OrgId::from_bytes(4, [4; 10]);
    Node {
        id,
        path: kernel::OrgPath::root(id),
        name: "东社区党支部".try_into().unwrap(),
        kind: OrgKind::Branch,
        branch_type: Some(BranchType::Community),
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: Date::constant(2010, 1, 4),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn member(n: u8) -> MemberId {
    MemberId::from_bytes(u64::from(n), [n; 10])
}

fn person(n: u8, state: MemberState) -> OnRoll {
    OnRoll { id: member(n), state, joined_on: day("2010-07-01"), state_since: None }
}

/// A branch of three full members where nothing is the matter.
fn facts() -> Facts {
    Facts { roll: (1..=3).map(|n| person(n, MemberState::Full)).collect(), ..Facts::of(branch()) }
}

fn duty(kind: Kind, period: &str, due_on: &str, standing: Standing) -> Duty {
    Duty {
        kind,
        period: period.to_owned(),
        due_on: day(due_on),
        standing,
        held_on: None,
        usual_on: None,
        strength: Strength::Required,
        article: "支部条例 §16".to_owned(),
    }
}

/// What is found on a day: rule, period, and what is recorded.
fn found(facts: &Facts, today: &str) -> Vec<(String, String, Vec<String>)> {
    let causes = causes(Rules::get().unwrap(), facts, &[], day(today)).unwrap();
    causes.into_iter().map(|cause| (cause.rule.id.clone(), cause.period, cause.records)).collect()
}

fn names(facts: &Facts, today: &str) -> Vec<String> {
    found(facts, today).into_iter().map(|(rule, ..)| rule).collect()
}

#[test]
fn where_nothing_is_the_matter_nothing_is_found() {
    assert!(found(&facts(), "2026-11-24").is_empty());
    let committee = Facts::of(Node { kind: OrgKind::SubDistrictCommittee, branch_type: None, ..branch() });
    assert!(found(&committee, "2026-11-24").is_empty(), "nobody counts the members of a committee");
    let temporary = Facts::of(Node { temporary: true, ..branch() });
    assert!(found(&temporary, "2026-11-24").is_empty(), "支部条例 §8");
}

#[test]
fn a_period_that_was_missed_is_found_with_what_was_looked_for() {
    let mut facts = facts();
    facts.owed = vec![
        duty(Kind::ThemeDay, "2026-10", "2026-10-31", Standing::Missing),
        duty(Kind::ThemeDay, "2026-09", "2026-09-30", Standing::Late),
        duty(Kind::ThemeDay, "2026-11", "2026-11-30", Standing::Due),
        // Of a lecture the regulation names no number, so that no rule asks for one.
        duty(Kind::PartyLecture, "2026-10", "2026-10-31", Standing::Missing),
    ];
    let rules = Rules::get().unwrap();
    let causes = causes(rules, &facts, &[], day("2026-11-24")).unwrap();
    let [cause] = causes.as_slice() else { panic!("{causes:?}") };
    assert_eq!((cause.rule.id.as_str(), cause.period.as_str()), ("no-theme-day", "2026-10"));
    assert!(cause.records.is_empty() && cause.looked_for.as_ref().unwrap().contains("2026-10-31"), "{cause:?}");
    assert_eq!(cause.name(), format!("finding/no-theme-day/{}/2026-10", facts.node.id));
    for (today, recent) in [("2026-11-01", true), ("2027-01-31", true), ("2027-02-01", false)] {
        assert_eq!(cause.is_recent(rules, day(today)), recent, "{today}");
    }
}

#[test]
fn of_a_year_the_account_and_each_kind_of_talk_are_found_and_of_talks_nothing_but_that_they_were_held_is_looked_for() {
    let yearly = [
        (Kind::TalkAmongCommittee, "no-talk-among-committee", "支部条例 §19"),
        (Kind::TalkWithMembers, "no-talk-with-members", "支部条例 §19"),
        (Kind::TalkAmongMembers, "no-talk-among-members", "支部条例 §19"),
        (Kind::SecretaryAccount, "no-secretary-account", "支部条例 §27"),
    ];
    let rules = Rules::get().unwrap();
    for (kind, rule, article) in yearly {
        for standing in [Standing::Done, Standing::Late, Standing::Due] {
            let facts = Facts { owed: vec![duty(kind, "2026", "2026-12-31", standing)], ..facts() };
            assert!(found(&facts, "2027-01-01").is_empty(), "{rule}: {standing:?}");
        }
        let facts = Facts { owed: vec![duty(kind, "2026", "2026-12-31", Standing::Missing)], ..facts() };
        let causes = causes(rules, &facts, &[], day("2027-01-01")).unwrap();
        let [cause] = causes.as_slice() else { panic!("{causes:?}") };
        assert_eq!(
            (cause.rule.id.as_str(), cause.rule.article.as_str(), cause.period.as_str()),
            (rule, article, "2026")
        );
        let looked_for = cause.looked_for.as_ref().unwrap();
        assert!(looked_for.contains(kind.zh()) && looked_for.contains("2026-12-31"), "{looked_for}");
        assert_eq!(looked_for.contains("不记谈话内容"), kind != Kind::SecretaryAccount, "{looked_for}");
        for (today, recent) in [("2027-03-31", true), ("2027-04-01", false)] {
            assert_eq!(cause.is_recent(rules, day(today)), recent, "{rule} on {today}");
        }
    }
}

#[test]
fn a_term_is_over_the_day_after_its_election_was_due() {
    let term = Term { elected_on: day("2021-11-24"), ends_on: day("2026-11-24"), due_on: day("2026-12-24") };
    let mut facts = facts();
    facts.node.term = Some(term);
    assert!(names(&facts, "2026-12-24").is_empty(), "it was shifted by a month");
    let id = facts.node.id.to_string();
    let over = ("term-over".to_owned(), "2026-12-24".to_owned(), vec![id]);
    assert_eq!(found(&facts, "2026-12-25"), [over]);
    let committee = Facts::of(Node { kind: OrgKind::DistrictCommittee, branch_type: None, ..facts.node.clone() });
    assert_eq!(names(&committee, "2026-12-25"), ["term-over"]);
}

#[test]
fn a_branch_has_three_full_members_and_usually_not_more_than_fifty() {
    let mut small = facts();
    small.roll.push(OnRoll { joined_on: day("2026-07-01"), ..person(4, MemberState::Probationary) });
    assert!(names(&small, "2026-11-24").is_empty());
    small.roll[0].state = MemberState::Suspended;
    assert_eq!(found(&small, "2026-11-24")[0].1, "2026");
    assert_eq!(names(&small, "2026-11-24"), ["too-few-members"]);
    let large = |many| Facts { roll: (1..=many).map(|n| person(n, MemberState::Full)).collect(), ..facts() };
    assert!(names(&large(50), "2026-11-24").is_empty());
    assert_eq!(names(&large(51), "2026-11-24"), ["too-many-members"]);
}

#[test]
fn a_condition_that_lasts_over_new_year_stays_one_finding() {
    let (rules, small) = (Rules::get().unwrap(), Facts::of(branch()));
    let first = causes(rules, &small, &[], day("2026-11-24")).unwrap();
    let open = Finding::found(&first[0], Timestamp::UNIX_EPOCH);
    let later = causes(rules, &small, &[open], day("2027-01-01")).unwrap();
    assert_eq!((later.len(), later[0].id()), (1, first[0].id()));
    let again = causes(rules, &small, &[], day("2027-01-01")).unwrap();
    assert_ne!(again[0].id(), first[0].id(), "what was closed in one year is asked again in the next");
}

#[test]
fn a_condition_that_lasts_goes_by_its_own_finding_and_by_no_other() {
    let (rules, small) = (Rules::get().unwrap(), Facts::of(branch()));
    let missed = Facts { owed: vec![duty(Kind::SecretaryAccount, "2025", "2025-12-31", Standing::Missing)], ..facts() };
    let other = causes(rules, &missed, &[], day("2026-01-01")).unwrap();
    let open = [Finding::found(&other[0], Timestamp::UNIX_EPOCH)];
    let few = causes(rules, &small, &open, day("2026-11-24")).unwrap();
    assert_eq!((few.len(), open[0].period.as_str(), few[0].period.as_str()), (1, "2025", "2026"));
}

#[test]
fn a_condition_without_a_period_knows_its_findings_of_five_years_before() {
    let (rules, small) = (Rules::get().unwrap(), Facts::of(branch()));
    let of = |today: &str| causes(rules, &small, &[], day(today)).unwrap().remove(0);
    let before: Vec<_> = (2022..=2026).rev().map(|year| of(&format!("{year}-11-24")).id()).collect();
    assert_eq!(of("2027-03-01").before(), before);
    let mut facts = facts();
    facts.owed = vec![duty(Kind::ThemeDay, "2026-10", "2026-10-31", Standing::Missing)];
    assert!(causes(rules, &facts, &[], day("2026-11-24")).unwrap()[0].before().is_empty());
}

#[test]
fn probation_and_suspension_are_over_after_their_time() {
    let mut facts = facts();
    let joined_on = day("2025-11-24");
    facts.roll.push(OnRoll { joined_on, ..person(4, MemberState::Probationary) });
    assert!(names(&facts, "2027-02-24").is_empty(), "there are three months to decide");
    let over = ("probation-over".to_owned(), "2026-11-24".to_owned(), vec![member(4).to_string()]);
    assert_eq!(found(&facts, "2027-02-25"), [over]);
    facts.roll.pop();
    let state_since = Some(day("2024-11-24"));
    facts.roll.push(OnRoll { state_since, ..person(5, MemberState::Suspended) });
    assert!(names(&facts, "2026-11-24").is_empty());
    assert_eq!(names(&facts, "2026-11-25"), ["suspension-over"]);
    facts.roll.push(person(6, MemberState::Suspended));
    assert_eq!(names(&facts, "2026-11-25").len(), 1, "where it is not known since when, nothing is found");
}

#[test]
fn of_what_is_over_the_election_or_the_decision_was_looked_for() {
    let due_on = day("2026-12-24");
    let mut elects = facts();
    elects.node.term = Some(Term { elected_on: day("2021-11-24"), ends_on: day("2026-11-24"), due_on });
    let with = |person: OnRoll| {
        let mut facts = facts();
        facts.roll.push(person);
        facts
    };
    let joined_on = day("2025-11-24");
    let probation = with(OnRoll { joined_on, ..person(4, MemberState::Probationary) });
    let state_since = Some(day("2024-11-24"));
    let suspension = with(OnRoll { state_since, ..person(5, MemberState::Suspended) });
    for (facts, looked_for) in [
        (elects, "2026-12-24前应有的换届选举记录"),
        (probation, "2026-11-24以后的决定"),
        (suspension, "2026-11-24以后的决定"),
    ] {
        let causes = causes(Rules::get().unwrap(), &facts, &[], day("2027-02-25")).unwrap();
        let [cause] = causes.as_slice() else { panic!("{causes:?}") };
        assert_eq!(cause.looked_for.as_deref(), Some(looked_for));
    }
}

#[test]
fn long_arrears_are_found_by_their_case_and_nothing_is_said_about_the_member() {
    let month = "2026-05".parse().unwrap();
    let who = (member(1), "陈员".parse().unwrap());
    let bill = Bill::new(who, branch().id, month, Fen(1_500), Timestamp::UNIX_EPOCH);
    let case = Case::opened(&bill, month, day("2026-11-01"));
    let facts = Facts { cases: vec![case.clone()], ..facts() };
    let rules = Rules::get().unwrap();
    let found = causes(rules, &facts, &[], day("2026-11-24")).unwrap();
    let [unpaid] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((unpaid.member, &unpaid.records), (Some(member(1)), &vec![case.id.to_string()]));
    assert!(unpaid.says.contains("不作任何认定") && !unpaid.says.contains("陈员"), "{}", unpaid.says);
}

#[test]
fn what_is_open_from_an_earlier_year_is_looked_at_again() {
    let rules = Rules::get().unwrap();
    for (today, first) in [("2026-11-24", "2026-01-01"), ("2026-03-31", "2025-01-01"), ("2026-04-01", "2026-01-01")] {
        assert_eq!(since(rules, &[], day(today)), day(first), "{today}");
    }
    let mut facts = facts();
    facts.owed = vec![duty(Kind::OrgLifeMeeting, "2024", "2024-12-31", Standing::Missing)];
    let term = Term { elected_on: day("2016-11-24"), ends_on: day("2021-11-24"), due_on: day("2021-11-24") };
    facts.node.term = Some(term);
    let causes = causes(rules, &facts, &[], day("2026-11-24")).unwrap();
    let open: Vec<_> = causes.iter().map(|cause| Finding::found(cause, Timestamp::UNIX_EPOCH)).collect();
    assert_eq!((open.len(), since(rules, &open, day("2026-11-24"))), (2, day("2024-01-01")));
}

proptest! {
    #[test]
    fn no_two_causes_are_one_finding_and_looking_again_finds_the_same(
        states in proptest::collection::vec(0_usize..3, 0..8),
        joined in proptest::collection::vec(0_i32..3_000, 8),
        missing in proptest::collection::vec((0_usize..11, 1_i8..=12), 0..12),
    ) {
        let state = |at: usize| [MemberState::Probationary, MemberState::Full, MemberState::Suspended][at];
        let roll = states.iter().zip(&joined).zip(1_u8..).map(|((at, days), n)| {
            let on = day("2018-01-01").saturating_add(days.days());
            OnRoll { joined_on: on, state_since: Some(on), ..person(n, state(*at)) }
        });
        let mut months: Vec<_> = missing.into_iter().collect();
        months.sort_unstable();
        months.dedup();
        let owed = months.into_iter().map(|(at, month)| {
            let last = Date::new(2026, month, 1).unwrap().last_of_month();
            duty(Kind::ALL[at], &format!("2026-{month:02}"), &last.to_string(), Standing::Missing)
        });
        let facts = Facts { roll: roll.collect(), owed: owed.collect(), ..Facts::of(branch()) };
        let (rules, today) = (Rules::get().unwrap(), day("2026-12-31"));
        let first = causes(rules, &facts, &[], today).unwrap();
        let ids: std::collections::BTreeSet<_> = first.iter().map(Cause::id).collect();
        prop_assert_eq!(ids.len(), first.len());
        let open: Vec<_> = first.iter().map(|cause| Finding::found(cause, Timestamp::UNIX_EPOCH)).collect();
        prop_assert_eq!(&causes(rules, &facts, &open, today).unwrap(), &first);
        prop_assert!(first.iter().all(|cause| cause.looked_for.is_some() || !cause.records.is_empty()));
    }
}
