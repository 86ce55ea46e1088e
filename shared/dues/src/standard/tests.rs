use super::*;
use crate::tests::{member, month};
use jiff::civil::date;

fn line<const MAX: usize>(text: &str) -> Line<MAX> {
    text.try_into().unwrap()
}

/// Who sets or proposes something, and when: in June.
fn hand() -> (MemberId, Timestamp) {
    (member(9), "2026-06-10T02:00:00Z".parse().unwrap())
}

fn step(from: &str, fen: u64) -> Step {
    let ((by, at), rules) = (hand(), Rules::get().unwrap().version.clone());
    let (from, monthly) = (month(from), Fen(fen));
    Step { from, class: Class::Wage, monthly, quarterly: false, reason: None, rules, by, at }
}

fn relief(from: &str, until: &str, fen: u64) -> Relief {
    let (proposed_by, proposed_at) = hand();
    Relief {
        from: month(from),
        until: month(until),
        monthly: Fen(fen),
        reason: line("住院"),
        proposed_by,
        proposed_at,
        granted: None,
        decided_by: None,
        remark: None,
    }
}

fn year(steps: Vec<Step>, reliefs: Vec<Relief>) -> Years {
    let (name, organization) = ("陈员".parse().unwrap(), OrgId::from_bytes(2, [2; 10]));
    Years { member: member(1), name, organization, year: 2026, steps, reliefs, version: 1 }
}

/// That of a wage of 3000.01 yuan: 30 yuan.
fn standard(from: &str, reason: Option<&str>) -> NewStandard {
    let (base, reason) = (Some(Fen(300_001)), reason.map(line));
    NewStandard { class: Class::Wage, base, amount: None, from: month(from), quarterly: false, reason }
}

/// The field that is refused.
fn pointer(after: Result<Years, Refusal>) -> Option<String> {
    after.err().map(|refusal| refusal.fields[0].pointer.clone())
}

#[test]
fn members_owe_from_the_month_of_the_meeting_that_admitted_them_until_it_is_over() {
    let (long_ago, last_day, next_month) = (date(2016, 7, 1), date(2026, 3, 31), date(2026, 4, 1));
    for (state, joined_on, expected) in [
        (MemberState::Probationary, last_day, true),
        (MemberState::Probationary, next_month, false),
        (MemberState::Full, long_ago, true),
        (MemberState::Full, next_month, false),
        (MemberState::Suspended, long_ago, false),
        (MemberState::Removed, long_ago, false),
        (MemberState::TransferredOut, long_ago, false),
        (MemberState::Deceased, long_ago, false),
    ] {
        assert_eq!(owes(state, joined_on, month("2026-03")), expected, "{state:?} {joined_on}");
    }
}

#[test]
fn a_month_owes_what_is_set_or_the_less_that_was_granted_last() {
    let decided = |granted: bool, relief: Relief| Relief { granted: Some(granted), ..relief };
    let steps = vec![step("2026-02", 3_000), Step { quarterly: true, ..step("2026-07", 5_000) }];
    let reliefs = vec![
        decided(true, relief("2026-03", "2026-05", 500)),
        decided(true, relief("2026-05", "2026-06", 0)),
        decided(false, relief("2026-02", "2026-12", 0)),
        decided(true, relief("2026-08", "2026-08", 6_000)),
        relief("2026-10", "2026-10", 0),
    ];
    let years = year(steps, reliefs);
    for (text, owed, quarterly) in [
        ("2026-01", None, false),
        ("2026-02", Some(3_000), false),
        ("2026-03", Some(500), false),
        ("2026-04", Some(500), false),
        ("2026-05", Some(0), false),
        ("2026-06", Some(0), false),
        ("2026-07", Some(5_000), true),
        ("2026-08", Some(5_000), true),
        ("2026-10", Some(5_000), true),
        ("2026-12", Some(5_000), true),
        ("2027-01", None, false),
    ] {
        let month = month(text);
        assert_eq!((years.monthly(month), years.is_quarterly(month)), (owed.map(Fen), quarterly), "{text}");
    }
}

#[test]
fn a_change_within_the_year_follows_what_was_set_and_replaces_that_of_the_same_month() {
    let before = year(vec![step("2026-01", 1_500)], Vec::new());
    let change = Step { reason: Some(line("涨薪")), ..step("2026-07", 3_000) };
    let after = before.set(standard("2026-07", Some("涨薪")), None, hand()).unwrap();
    assert_eq!(after, Years { steps: vec![step("2026-01", 1_500), change.clone()], version: 2, ..before });
    let by_quarter = NewStandard { quarterly: true, ..standard("2026-07", Some("涨薪")) };
    let again = after.set(by_quarter, None, hand()).unwrap();
    let change = Step { quarterly: true, ..change };
    assert_eq!(again, Years { steps: vec![step("2026-01", 1_500), change], version: 3, ..after });
}

#[test]
fn a_standard_is_of_the_year_and_changes_no_past_month_that_is_paid() {
    let years = year(vec![step("2026-03", 1_500)], Vec::new());
    for (from, paid, refused) in [
        ("2025-12", None, Some("/from")),
        ("2027-01", None, Some("/from")),
        // Before what is set already.
        ("2026-02", None, Some("/from")),
        ("2026-03", None, None),
        ("2026-05", Some("2026-04"), None),
        ("2026-05", Some("2026-05"), Some("/from")),
        ("2026-04", Some("2026-05"), Some("/from")),
        // This month and later ones, also when they were paid ahead.
        ("2026-06", Some("2026-06"), None),
        ("2026-07", Some("2026-09"), None),
    ] {
        let after = years.set(standard(from, Some("涨薪")), paid.map(month), hand());
        assert_eq!(pointer(after).as_deref(), refused, "{from} {paid:?}");
    }
}

#[test]
fn a_standard_keeps_to_the_rules_and_a_change_of_it_has_a_reason() {
    let (empty, set) = (year(Vec::new(), Vec::new()), year(vec![step("2026-03", 1_500)], Vec::new()));
    let first = || standard("2026-03", None);
    for (years, new, refused) in [
        (&empty, first(), None),
        (&empty, NewStandard { base: None, ..first() }, Some("/base")),
        (&empty, NewStandard { amount: Some(Fen(2_999)), ..first() }, Some("/amount")),
        (&set, first(), Some("/reason")),
        (&set, standard("2026-03", Some("录错")), None),
    ] {
        let case = format!("{new:?}");
        assert_eq!(pointer(years.set(new, None, hand())).as_deref(), refused, "{case}");
    }
    for (steps, refused) in [(STEPS - 1, None), (STEPS, Some("/from"))] {
        let steps = (1..=steps).map(|number| step(&format!("2026-{number:02}"), 1_500)).collect();
        let after = year(steps, Vec::new()).set(standard("2026-12", Some("涨薪")), None, hand());
        assert_eq!(pointer(after).as_deref(), refused);
    }
}

#[test]
fn a_relief_is_of_the_year_and_less_than_what_is_set() {
    let steps = || vec![step("2026-02", 3_000)];
    for (from, until, fen, refused) in [
        ("2026-03", "2026-05", 2_999, None),
        ("2026-03", "2026-03", 0, None),
        ("2026-03", "2026-05", 3_000, Some("/monthly")),
        ("2026-01", "2026-03", 0, Some("/from")),
        ("2026-05", "2026-04", 0, Some("/until")),
        ("2025-12", "2026-03", 0, Some("/until")),
        ("2026-12", "2027-01", 0, Some("/until")),
    ] {
        let after = year(steps(), Vec::new()).proposed(relief(from, until, fen));
        assert_eq!(pointer(after).as_deref(), refused, "{from} {until} {fen}");
    }
    for (times, refused) in [(STEPS - 1, None), (STEPS, Some("/from"))] {
        let over = Relief { granted: Some(false), ..relief("2026-03", "2026-05", 0) };
        let after = year(steps(), vec![over; times]).proposed(relief("2026-03", "2026-05", 0));
        assert_eq!(pointer(after).as_deref(), refused);
    }
}

#[test]
fn one_relief_waits_at_a_time_and_is_decided_once_by_somebody_else() {
    let before = year(vec![step("2026-01", 3_000)], Vec::new());
    assert_eq!(before.decided(true, member(8), None).unwrap_err().code, ErrorCode::AlreadyDecided);
    let asked = relief("2026-03", "2026-05", 500);
    let waits = before.proposed(asked.clone()).unwrap();
    assert_eq!(waits, Years { reliefs: vec![asked.clone()], version: 2, ..before });
    assert_eq!(waits.waiting(), Some(&asked));
    assert_eq!(waits.proposed(asked.clone()).unwrap_err().code, ErrorCode::AlreadyOpen);
    // The member whose dues they are, and who proposed it.
    for own in [1, 9] {
        assert_eq!(waits.decided(true, member(own), None).unwrap_err().code, ErrorCode::OwnCase, "{own}");
    }
    for (grant, owed) in [(true, 500), (false, 3_000)] {
        let (by, remark) = (member(8), Some(line("已核实")));
        let after = waits.decided(grant, by, remark.clone()).unwrap();
        let decided = Relief { granted: Some(grant), decided_by: Some(by), remark, ..asked.clone() };
        assert_eq!(after, Years { reliefs: vec![decided], version: 3, ..waits.clone() });
        assert_eq!((after.waiting(), after.monthly(month("2026-03"))), (None, Some(Fen(owed))));
        assert_eq!(after.decided(grant, by, None).unwrap_err().code, ErrorCode::AlreadyDecided);
    }
}
