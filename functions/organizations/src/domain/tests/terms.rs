use super::*;
use register::Term;

fn term_of(kind: OrgKind, branch_type: Option<BranchType>, on: &str) -> Result<(Term, &'static str), Refusal> {
    elected(&Node { branch_type, ..node(kind, &[1, 2]) }, day(on), rules(), day(TODAY))
}

#[test]
fn a_term_is_as_long_as_the_level_says() {
    use BranchType::{Community, GovernmentOffice, Village};
    use OrgKind::{
        BaseCommittee, Branch, DistrictCommittee, GeneralBranch, MunicipalCommittee, ProvincialCommittee,
        SubDistrictCommittee,
    };
    for (kind, branch_type, years, article) in [
        (Branch, Some(Village), 5, "支部条例 §21"),
        (Branch, Some(Community), 5, "支部条例 §21"),
        (Branch, Some(GovernmentOffice), 3, "支部条例 §21"),
        (GeneralBranch, Some(Village), 5, "任期意见 2018"),
        (GeneralBranch, Some(GovernmentOffice), 3, "任期意见 2018"),
        (GeneralBranch, None, 3, "任期意见 2018"),
        (BaseCommittee, None, 5, "任期意见 2018"),
        (SubDistrictCommittee, None, 5, "任期意见 2018"),
        (DistrictCommittee, None, 5, "党章 §27"),
        (MunicipalCommittee, None, 5, "党章 §27"),
        (ProvincialCommittee, None, 5, "党章 §27"),
    ] {
        let (term, by) = term_of(kind, branch_type, "2024-02-29").unwrap();
        // A leap day comes back as the last day of February.
        let ends = day(if years == 5 { "2029-02-28" } else { "2027-02-28" });
        assert_eq!((term.ends_on, term.due_on, by), (ends, ends, article), "{kind:?} {branch_type:?}");
    }
}

#[test]
fn groups_and_temporary_branches_have_no_term() {
    assert_eq!(term_of(OrgKind::Group, None, TODAY).unwrap_err().code, ErrorCode::IllegalTransition);
    let term = Term { elected_on: day("2025-01-15"), ends_on: day("2028-01-15"), due_on: day("2028-01-15") };
    let temporary = Node { temporary: true, term: Some(term), ..node(OrgKind::Branch, &[1, 2]) };
    let expected = (ErrorCode::TemporaryBranch, Some("支部条例 §8"));
    assert_eq!(told(&elected(&temporary, day(TODAY), rules(), day(TODAY)).unwrap_err()), expected);
    assert_eq!(told(&shifted(&temporary, day("2028-01-16"), rules()).unwrap_err()), expected);
}

#[test]
fn an_election_was_held_and_comes_after_the_one_before() {
    let term = Term { elected_on: day("2023-05-10"), ends_on: day("2026-05-10"), due_on: day("2026-05-10") };
    let branch = Node { term: Some(term), ..node(OrgKind::Branch, &[1, 2]) };
    for on in ["2026-11-25", "2023-05-10", "2020-01-14"] {
        let refusal = elected(&branch, day(on), rules(), day(TODAY)).unwrap_err();
        assert_eq!(refusal.fields[0].pointer, "/electedOn", "{on}");
    }
    assert!(elected(&branch, day("2023-05-11"), rules(), day(TODAY)).is_ok());
}

#[test]
fn an_election_is_shifted_by_a_year_at_most() {
    let shift = |ends: &str, to: &str| {
        let term = Term { elected_on: day("2021-02-28"), ends_on: day(ends), due_on: day(ends) };
        shifted(&Node { term: Some(term), ..node(OrgKind::Branch, &[1, 2]) }, day(to), rules())
    };
    for (ends, earliest, latest, too_early, too_late) in [
        ("2026-05-10", "2025-05-10", "2027-05-10", "2025-05-09", "2027-05-11"),
        ("2024-02-29", "2023-02-28", "2025-02-28", "2023-02-27", "2025-03-01"),
    ] {
        for to in [earliest, latest] {
            let term = shift(ends, to).unwrap();
            assert_eq!((term.due_on, term.ends_on), (day(to), day(ends)));
        }
        for to in [too_early, too_late] {
            assert_eq!(
                told(&shift(ends, to).unwrap_err()),
                (ErrorCode::TermShiftTooLong, Some("支部条例 §21")),
                "{to}"
            );
        }
    }
    let none = node(OrgKind::Branch, &[1, 2]);
    assert_eq!(shifted(&none, day(TODAY), rules()).unwrap_err().code, ErrorCode::IllegalTransition);
}
