use super::*;
use jiff::{Timestamp, ToSpan};
use kernel::{ErrorCode, MemberId, OrgId, OrgPath};
use proptest::prelude::*;
use register::Category;

const TODAY: &str = "2026-11-24";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn sealed() -> vault::Sealed {
    serde_json::from_value("v1.1.a.b".into()).unwrap()
}

fn member(state: MemberState, joined_on: &str, since: &str, full_since: Option<&str>) -> Member {
    let org = OrgId::from_bytes(1, [1; 10]);
    Member {
        id: MemberId::from_bytes(1, [1; 10]),
        organization: org,
        path: OrgPath::root(org),
        name: "林晓".parse().unwrap(),
        sex: kernel::Sex::Female,
        born: day("1990-03-07"),
        ethnicity: "汉族".try_into().unwrap(),
        education: None,
        unit: None,
        category: Category::Wage,
        id_card: sealed(),
        id_card_masked: String::new(),
        id_card_index: String::new(),
        phone: sealed(),
        phone_masked: String::new(),
        phone_index: String::new(),
        state,
        state_since: day(since),
        joined_on: day(joined_on),
        full_since: full_since.map(day),
        exemption: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn step(to: MemberState, on: &str, last_contact_on: Option<&str>) -> Step {
    Step {
        to,
        on: day(on),
        reason: "会议决定".try_into().unwrap(),
        decision: "〔2026〕1号".try_into().unwrap(),
        probation_until: None,
        last_contact_on: last_contact_on.map(day),
    }
}

fn refused(member: &Member, step: &Step) -> (ErrorCode, Option<&'static str>) {
    let refusal = transition(member, step, day(TODAY)).unwrap_err();
    (refusal.code, refusal.article)
}

#[test]
fn probation_ends_a_year_after_the_branch_meeting_and_not_after_the_approval() {
    let probationer = member(MemberState::Probationary, "2025-06-18", "2025-06-18", None);
    let early = step(MemberState::Full, "2026-06-17", None);
    assert_eq!(refused(&probationer, &early), (ErrorCode::IllegalTransition, Some("细则2026 §31")));
    assert!(transition(&probationer, &step(MemberState::Full, "2026-06-18", None), day(TODAY)).is_ok());
    let confirmed = transition(&probationer, &step(MemberState::Full, "2026-07-02", None), day(TODAY)).unwrap();
    assert_eq!(confirmed.full_since, Some(day("2026-06-18")));
    assert_eq!(confirmed.state_since, day("2026-07-02"));
}

#[test]
fn an_extension_lasts_half_a_year_to_a_year() {
    let probationer = member(MemberState::Probationary, "2025-01-10", "2025-01-10", None);
    let confirm =
        |until: &str| Step { probation_until: Some(day(until)), ..step(MemberState::Full, "2026-11-20", None) };
    for (until, code) in [("2026-07-09", ErrorCode::InvalidField), ("2027-01-11", ErrorCode::InvalidField)] {
        assert_eq!(refused(&probationer, &confirm(until)), (code, Some("细则2026 §31")), "{until}");
    }
    assert_eq!(refused(&probationer, &confirm("2026-11-21")).0, ErrorCode::IllegalTransition);
    let confirmed = transition(&probationer, &confirm("2026-07-10"), day(TODAY)).unwrap();
    assert_eq!(confirmed.full_since, Some(day("2026-07-10")));
}

#[test]
fn the_rules_read_and_have_a_version() {
    assert_eq!(Rules::get().unwrap().version, "2026-05-11");
}

#[test]
fn six_months_without_contact_suspend_and_two_more_years_remove() {
    let full = member(MemberState::Full, "2010-01-05", "2011-01-05", Some("2011-01-05"));
    let suspend = |last| step(MemberState::Suspended, "2026-07-01", Some(last));
    assert_eq!(refused(&full, &suspend("2026-01-02")), (ErrorCode::IllegalTransition, Some("教管条例 §24")));
    assert!(transition(&full, &suspend("2026-01-01"), day(TODAY)).is_ok());
    assert_eq!(refused(&full, &step(MemberState::Suspended, "2026-07-01", None)).0, ErrorCode::InvalidField);

    let suspended = member(MemberState::Suspended, "2010-01-05", "2024-07-02", Some("2011-01-05"));
    let remove = |on| step(MemberState::Removed, on, None);
    assert_eq!(refused(&suspended, &remove("2026-07-01")), (ErrorCode::IllegalTransition, Some("教管条例 §24")));
    assert!(transition(&suspended, &remove("2026-07-02"), day(TODAY)).is_ok());
}

#[test]
fn who_is_suspended_comes_back_as_what_they_were() {
    let was_full = member(MemberState::Suspended, "2010-01-05", "2026-01-02", Some("2011-01-05"));
    let was_probationary = member(MemberState::Suspended, "2025-10-05", "2026-01-02", None);
    for (who, back, other) in [
        (was_full, MemberState::Full, MemberState::Probationary),
        (was_probationary, MemberState::Probationary, MemberState::Full),
    ] {
        assert!(transition(&who, &step(back, "2026-03-01", None), day(TODAY)).is_ok());
        assert_eq!(refused(&who, &step(other, "2026-03-01", None)).0, ErrorCode::IllegalTransition);
    }
}

#[test]
fn the_table_of_states() {
    use MemberState::{Deceased, Full, Probationary, Removed, Suspended};
    let legal = [
        (Probationary, Full),
        (Probationary, Suspended),
        (Probationary, Removed),
        (Probationary, Deceased),
        (Full, Suspended),
        (Full, Removed),
        (Full, Deceased),
        (Suspended, Full),
        (Suspended, Removed),
        (Suspended, Deceased),
    ];
    for from in MemberState::ALL {
        for to in MemberState::ALL {
            let full_since = (from != Probationary).then_some("2011-01-05");
            let who = member(from, "2010-01-05", "2012-01-05", full_since);
            let result = transition(&who, &step(to, "2026-11-01", Some("2020-01-01")), day(TODAY));
            assert_eq!(result.is_ok(), legal.contains(&(from, to)), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn nobody_leaves_for_another_organisation_but_by_a_transfer() {
    for state in [MemberState::Full, MemberState::Probationary] {
        let who = member(state, "2010-01-05", "2011-01-05", Some("2011-01-05"));
        let leave = step(MemberState::TransferredOut, "2026-11-01", None);
        assert_eq!(refused(&who, &leave), (ErrorCode::IllegalTransition, Some("教管条例 §25")));
    }
}

#[test]
fn a_decision_is_neither_of_tomorrow_nor_of_before() {
    let full = member(MemberState::Full, "2010-01-05", "2011-01-05", Some("2011-01-05"));
    assert_eq!(refused(&full, &step(MemberState::Deceased, "2026-11-25", None)).0, ErrorCode::InvalidField);
    assert_eq!(refused(&full, &step(MemberState::Deceased, "2011-01-04", None)).0, ErrorCode::InvalidField);
    for on in [TODAY, "2011-01-05"] {
        assert!(transition(&full, &step(MemberState::Deceased, on, None), day(TODAY)).is_ok(), "{on}");
    }
}

#[test]
fn a_corrected_record_has_days_of_membership_that_can_be() {
    let full = member(MemberState::Full, "2010-01-05", "2011-01-05", Some("2011-01-05"));
    plausible(&full, day(TODAY)).unwrap();
    let before_birth = Member { joined_on: day("1989-01-01"), ..full };
    assert_eq!(plausible(&before_birth, day(TODAY)).unwrap_err().code, ErrorCode::InvalidField);
}

#[test]
fn an_exemption_lasts_from_its_first_day_to_its_last() {
    let full = member(MemberState::Full, "2010-01-05", "2011-01-05", Some("2011-01-05"));
    let exempt = |until: Option<&str>, on: &str| {
        let exemption = Some(Exemption { since: day("2026-11-01"), until: until.map(day) });
        Member { exemption, ..full.clone() }.is_exempt(day(on))
    };
    assert!(!full.is_exempt(day("2026-11-01")));
    for (on, expected) in [("2026-10-31", false), ("2026-11-01", true), ("2026-11-20", true), ("2026-11-21", false)] {
        assert_eq!(exempt(Some("2026-11-20"), on), expected, "{on}");
    }
    assert!(exempt(None, "2030-01-01"));
}

#[test]
fn an_exemption_begins_no_later_than_today_and_ends_no_earlier_than_it_began() {
    let full = member(MemberState::Full, "2010-01-05", "2011-01-05", Some("2011-01-05"));
    let refused = |since, until: Option<&str>| {
        let exemption = Some(Exemption { since: day(since), until: until.map(day) });
        plausible(&Member { exemption, ..full.clone() }, day(TODAY)).is_err()
    };
    assert!(!refused(TODAY, Some(TODAY)) && !refused(TODAY, None));
    assert!(refused("2026-11-25", None) && refused(TODAY, Some("2026-11-23")));
}

proptest! {
    #[test]
    fn a_transition_changes_nothing_but_the_state_and_its_days(
        from in 0..6_usize, to in 0..6_usize, on in 0..6_000_i64,
    ) {
        let since = (from != 0).then_some("2011-01-05");
        let who = member(MemberState::ALL[from], "2010-01-05", "2011-01-05", since);
        let on = day("2011-01-05").saturating_add(on.days());
        let asked = Step { on, ..step(MemberState::ALL[to], TODAY, Some("2000-01-01")) };
        if let Ok(next) = transition(&who, &asked, day(TODAY)) {
            prop_assert!(on <= day(TODAY));
            prop_assert_eq!(next.state, asked.to);
            prop_assert_eq!(Member { state: who.state, state_since: who.state_since, full_since: who.full_since, ..next }, who);
        }
    }
}
