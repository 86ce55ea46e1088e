use super::*;
use crate::domain::offices::Offices;
use authz::Role;
use kernel::{AppointmentId, MemberId, Sex};
use register::{Appointment, Category, Member, MemberState};

fn member(n: u8, state: MemberState, full_since: &str) -> Member {
    let sealed: vault::Sealed = serde_json::from_value("v1.1.a.b".into()).unwrap();
    Member {
        id: MemberId::from_bytes(u64::from(n), [n; 10]),
        organization: org(2),
        path: OrgPath::root(org(2)),
        name: "林晓".parse().unwrap(),
        sex: Sex::Female,
        born: day("1990-03-07"),
        ethnicity: "汉族".try_into().unwrap(),
        education: None,
        unit: None,
        category: Category::Wage,
        id_card: sealed.clone(),
        id_card_masked: String::new(),
        id_card_index: String::new(),
        phone: sealed,
        phone_masked: String::new(),
        phone_index: String::new(),
        state,
        state_since: day(full_since),
        joined_on: day("2009-01-01"),
        full_since: Some(day(full_since)),
        exemption: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn full(n: u8) -> Member {
    member(n, MemberState::Full, "2010-01-01")
}

fn nomination(who: &Member, role: Role, from: &str) -> Nomination {
    Nomination { holder: who.id, role, from: day(from), decision: "〔2026〕2号".try_into().unwrap() }
}

fn held(who: &Member, role: Role, from: &str, until: Option<&str>) -> Appointment {
    Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: org(2),
        role,
        holder: who.id,
        holder_name: "林晓".try_into().unwrap(),
        from: day(from),
        until: until.map(day),
        decision: "〔2020〕2号".try_into().unwrap(),
        version: 1,
    }
}

/// Appointing `who` in a branch of `members` full members where `held` are in office.
fn in_branch(
    who: &Member,
    role: Role,
    from: &str,
    held: &[Appointment],
    members: usize,
) -> Result<Vec<Warning>, Refusal> {
    let offices = Offices { of_organization: held, of_holder: &[], full_members: Some(members) };
    appoint(&nomination(who, role, from), &node(OrgKind::Branch, &[1, 2]), who, offices, rules(), day(TODAY))
}

#[test]
fn only_full_members_hold_an_office() {
    for state in MemberState::ALL {
        let result = in_branch(&member(1, state, "2010-01-01"), Role::Secretary, TODAY, &[], 7);
        match state {
            MemberState::Full => assert!(result.is_ok()),
            _ => assert_eq!(told(&result.unwrap_err()), (ErrorCode::NotAFullMember, Some("党章 §7")), "{state:?}"),
        }
    }
}

#[test]
fn a_single_office_has_one_holder_on_each_day() {
    let before = |until| [held(&full(1), Role::Secretary, "2021-01-01", until)];
    let next = |from, held: &[Appointment]| {
        in_branch(&full(2), Role::Secretary, from, held, 7).map_err(|refusal| refusal.code)
    };
    assert_eq!(next(TODAY, &before(None)), Err(ErrorCode::OfficeTaken));
    assert_eq!(next(TODAY, &before(Some(TODAY))), Err(ErrorCode::OfficeTaken));
    assert!(next(TODAY, &before(Some("2026-11-23"))).is_ok());
    let later = [held(&full(1), Role::Secretary, "2027-01-01", None)];
    assert_eq!(next(TODAY, &later), Err(ErrorCode::OfficeTaken));
    // A deputy may have a colleague, but nobody is deputy twice.
    let deputy = [held(&full(1), Role::DeputySecretary, "2021-01-01", None)];
    assert!(in_branch(&full(2), Role::DeputySecretary, TODAY, &deputy, 7).is_ok());
    assert_eq!(in_branch(&full(1), Role::DeputySecretary, TODAY, &deputy, 7).unwrap_err().code, ErrorCode::OfficeTaken);
}

#[test]
fn below_seven_members_there_is_a_secretary_and_where_needed_a_deputy() {
    let secretary = [held(&full(1), Role::Secretary, "2021-01-01", None)];
    let two = [secretary[0].clone(), held(&full(2), Role::DeputySecretary, "2021-01-01", None)];
    let size = Some((ErrorCode::CommitteeSize, Some("支部条例 §20")));
    let result = |role, held: &[Appointment], members| {
        in_branch(&full(3), role, TODAY, held, members).err().map(|refusal| (refusal.code, refusal.article))
    };
    assert_eq!(result(Role::Secretary, &[], 6), None);
    assert_eq!(result(Role::DeputySecretary, &secretary, 6), None);
    assert_eq!(result(Role::DeputySecretary, &two, 6), size);
    assert_eq!(result(Role::OrganizationOfficer, &secretary, 6), size);
    assert_eq!(result(Role::OrganizationOfficer, &secretary, 7), None);
    // Who is not in the committee is not counted.
    assert_eq!(result(Role::DuesOfficer, &two, 6), None);
}

#[test]
fn a_committee_has_usually_five_and_at_most_seven_persons() {
    let committee =
        |count: u8| (1..=count).map(|n| held(&full(n), Role::CommitteeMember, "2021-01-01", None)).collect::<Vec<_>>();
    let result = |who: u8, held: &[Appointment]| in_branch(&full(who), Role::OrganizationOfficer, TODAY, held, 30);
    assert_eq!(codes(&result(9, &committee(4)).unwrap()), Vec::<&str>::new());
    assert_eq!(codes(&result(9, &committee(5)).unwrap()), ["large-committee"]);
    assert_eq!(codes(&result(9, &committee(6)).unwrap()), ["large-committee"]);
    assert_eq!(told(&result(9, &committee(7)).unwrap_err()), (ErrorCode::CommitteeSize, Some("支部条例 §20")));
    // Somebody with two offices is one person.
    assert_eq!(codes(&result(1, &committee(5)).unwrap()), Vec::<&str>::new());
}

#[test]
fn the_fullest_day_of_a_committee_counts() {
    let mut committee: Vec<_> =
        (1..=6).map(|n| held(&full(n), Role::CommitteeMember, "2021-01-01", Some("2027-06-01"))).collect();
    committee.push(held(&full(7), Role::CommitteeMember, "2027-01-01", None));
    assert_eq!(
        in_branch(&full(9), Role::CommitteeMember, TODAY, &committee, 30).unwrap_err().code,
        ErrorCode::CommitteeSize
    );
    committee[6].from = day("2027-06-02");
    assert!(in_branch(&full(9), Role::CommitteeMember, TODAY, &committee, 30).is_ok());
}

#[test]
fn administrators_are_three_persons() {
    let who = full(1);
    let in_city = |role, of_holder: &[Appointment]| {
        let offices = Offices { of_organization: &[], of_holder, full_members: None };
        appoint(
            &nomination(&who, role, TODAY),
            &node(OrgKind::MunicipalCommittee, &[1]),
            &who,
            offices,
            rules(),
            day(TODAY),
        )
    };
    let three = [Role::SystemAdministrator, Role::SecurityAdministrator, Role::Auditor];
    for one in three {
        for other in Role::ALL.iter().copied().filter(|other| *other != one) {
            if other == Role::GroupLeader {
                continue;
            }
            let now = in_city(other, &[held(&who, one, "2021-01-01", None)]);
            let excluded = three.contains(&other);
            assert_eq!(now.is_err(), excluded, "{one:?} and {other:?}");
            if let Err(refusal) = now {
                assert_eq!(told(&refusal), (ErrorCode::IncompatibleOffices, Some("GB/T 22239-2019 8.1.4.2")));
            }
            assert!(in_city(other, &[held(&who, one, "2021-01-01", Some("2026-11-23"))]).is_ok());
        }
        assert!(in_city(one, &[held(&who, one, "2021-01-01", None)]).is_ok(), "the same office elsewhere");
    }
}

#[test]
fn a_secretary_has_usually_been_a_full_member_for_a_year() {
    for (since, from, expected) in [
        ("2025-11-24", TODAY, vec![]),
        ("2025-11-25", TODAY, vec!["young-secretary"]),
        ("2024-02-29", "2025-02-27", vec!["young-secretary"]),
        ("2024-02-29", "2025-02-28", vec![]),
    ] {
        let warnings = in_branch(&member(1, MemberState::Full, since), Role::Secretary, from, &[], 7).unwrap();
        assert_eq!(codes(&warnings), expected, "{since}");
    }
    let young = member(1, MemberState::Full, "2026-11-01");
    assert!(in_branch(&young, Role::DeputySecretary, TODAY, &[], 7).unwrap().is_empty());
}

#[test]
fn offices_fit_their_organisation_and_days_their_life() {
    let pointer = |kind, role, from: &str| {
        let offices = Offices { of_organization: &[], of_holder: &[], full_members: None };
        let result =
            appoint(&nomination(&full(1), role, from), &node(kind, &[1, 2]), &full(1), offices, rules(), day(TODAY));
        result.err().map(|refusal| refusal.fields[0].pointer.clone())
    };
    assert_eq!(pointer(OrgKind::Group, Role::GroupLeader, TODAY), None);
    assert_eq!(pointer(OrgKind::Group, Role::Secretary, TODAY).as_deref(), Some("/role"));
    assert_eq!(pointer(OrgKind::Branch, Role::GroupLeader, TODAY).as_deref(), Some("/role"));
    assert_eq!(pointer(OrgKind::Branch, Role::Secretary, "2020-01-15"), None);
    assert_eq!(pointer(OrgKind::Branch, Role::Secretary, "2020-01-14").as_deref(), Some("/from"));
    assert_eq!(pointer(OrgKind::Branch, Role::Secretary, "2027-11-24"), None);
    assert_eq!(pointer(OrgKind::Branch, Role::Secretary, "2027-11-25").as_deref(), Some("/from"));
}

#[test]
fn an_appointment_ends_once_and_can_be_taken_back() {
    let office = held(&full(1), Role::Secretary, "2026-11-01", None);
    let ended = end(&office, day(TODAY), day(TODAY)).unwrap();
    assert_eq!((ended.until, ended.version), (Some(day(TODAY)), 2));
    assert_eq!(end(&ended, day(TODAY), day(TODAY)).unwrap_err().code, ErrorCode::IllegalTransition);
    assert_eq!(end(&office, day("2027-11-24"), day(TODAY)).unwrap().until, Some(day("2027-11-24")));
    let taken_back = end(&office, day("2026-10-31"), day(TODAY)).unwrap();
    assert!(!taken_back.holds_on(day("2026-10-31")) && !taken_back.holds_on(day("2026-11-01")));
    for on in ["2026-10-30", "2027-11-25"] {
        assert_eq!(end(&office, day(on), day(TODAY)).unwrap_err().fields[0].pointer, "/on");
    }
}
