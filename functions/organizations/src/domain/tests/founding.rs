use super::*;
use serde_json::json;

fn founding(kind: OrgKind, extra: &serde_json::Value) -> Founding {
    let mut body = json!({
        "parent": org(1), "name": "新组织", "kind": kind, "foundedOn": "2026-03-01", "decision": "〔2026〕1号",
    });
    if kind == OrgKind::Branch {
        body["branchType"] = json!("community");
        body["fullMembers"] = json!(10);
    }
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

fn found_below(parent: OrgKind, kind: OrgKind, extra: &serde_json::Value) -> Result<(Node, Vec<Warning>), Refusal> {
    founding(kind, extra).found(org(9), &node(parent, &[1]), rules(), Timestamp::UNIX_EPOCH, day(TODAY))
}

fn branch(extra: &serde_json::Value) -> Result<Vec<Warning>, Refusal> {
    found_below(OrgKind::SubDistrictCommittee, OrgKind::Branch, extra).map(|(_, warnings)| warnings)
}

fn refused(extra: &serde_json::Value) -> (ErrorCode, String, Option<&'static str>) {
    let refusal = branch(extra).unwrap_err();
    let pointer = refusal.fields.first().map(|field| field.pointer.clone()).unwrap_or_default();
    (refusal.code, pointer, refusal.article)
}

#[test]
fn a_branch_has_three_full_members_and_usually_at_most_fifty() {
    for (count, expected) in [(3, vec![]), (50, vec![]), (51, vec!["many-members"])] {
        assert_eq!(codes(&branch(&json!({ "fullMembers": count })).unwrap()), expected, "{count}");
    }
    for count in [0, 1, 2] {
        let refusal = branch(&json!({ "fullMembers": count })).unwrap_err();
        assert_eq!(told(&refusal), (ErrorCode::BranchTooSmall, Some("支部条例 §4")), "{count}");
        assert!(refusal.detail.unwrap().zh.contains("联合党支部"));
    }
    assert_eq!(refused(&json!({ "fullMembers": null })).1, "/fullMembers");
}

#[test]
fn units_with_fewer_members_form_a_joint_branch_of_two_to_five_usually() {
    let units = |count: usize| (0..count).map(|n| format!("单位{n}")).collect::<Vec<_>>();
    for (count, expected) in [(2, vec![]), (5, vec![]), (6, vec!["many-units"]), (20, vec!["many-units"])] {
        assert_eq!(codes(&branch(&json!({ "units": units(count) })).unwrap()), expected, "{count}");
    }
    for count in [1, 21] {
        assert_eq!(
            refused(&json!({ "units": units(count) })),
            (ErrorCode::InvalidField, "/units".to_owned(), Some("支部条例 §5"))
        );
    }
    assert_eq!(codes(&branch(&json!({ "units": units(2), "fullMembers": 2 })).unwrap()), ["few-members"]);
    assert_eq!(refused(&json!({ "units": ["甲", "甲"] })).1, "/units");
}

#[test]
fn a_project_lasts_six_months() {
    let project = |from: &str, until: &str| branch(&json!({ "foundedOn": from, "projectUntil": until }));
    for (from, last_too_short, first_long_enough) in [
        ("2026-03-01", "2026-08-31", "2026-09-01"),
        // August has a 31st, February does not: its last day serves.
        ("2025-08-31", "2026-02-27", "2026-02-28"),
        ("2023-08-30", "2024-02-28", "2024-02-29"),
    ] {
        let refusal = project(from, last_too_short).unwrap_err();
        assert_eq!(told(&refusal), (ErrorCode::ProjectTooShort, Some("支部条例 §5")), "{from}");
        assert!(project(from, first_long_enough).is_ok(), "{from}");
    }
}

#[test]
fn general_branches_and_base_committees_are_usually_larger() {
    for (kind, small, large, code) in [
        (OrgKind::GeneralBranch, 50, 51, "small-general-branch"),
        (OrgKind::BaseCommittee, 100, 101, "small-base-committee"),
    ] {
        let size =
            |count: u32| found_below(OrgKind::SubDistrictCommittee, kind, &json!({ "fullMembers": count })).unwrap().1;
        assert_eq!(codes(&size(small)), [code]);
        assert_eq!(codes(&size(large)), Vec::<&str>::new());
    }
    assert!(found_below(OrgKind::SubDistrictCommittee, OrgKind::BaseCommittee, &json!({})).unwrap().1.is_empty());
}

#[test]
fn levels_go_down() {
    let refusal = found_below(OrgKind::Branch, OrgKind::Branch, &json!({})).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::WrongParent);
    assert_eq!(refusal.detail.unwrap().zh, "党支部不能设在党支部之下");
    assert!(found_below(OrgKind::Branch, OrgKind::Group, &json!({})).is_ok());
    let deepest = node(OrgKind::ProvincialCommittee, &[1; OrgPath::MAX_DEPTH]);
    let refusal =
        founding(OrgKind::Branch, &json!({})).found(org(9), &deepest, rules(), Timestamp::UNIX_EPOCH, day(TODAY));
    assert_eq!(refusal.unwrap_err().code, ErrorCode::TooDeep);
}

#[test]
fn what_is_for_branches_is_for_branches() {
    for (name, value) in [
        ("branchType", json!("village")),
        ("temporary", json!(true)),
        ("units", json!(["甲", "乙"])),
        ("projectUntil", json!("2027-01-01")),
    ] {
        let refusal =
            found_below(OrgKind::SubDistrictCommittee, OrgKind::BaseCommittee, &json!({ name: value })).unwrap_err();
        assert_eq!(refusal.fields[0].pointer, format!("/{name}"));
    }
    let village = json!({ "branchType": "village" });
    assert!(found_below(OrgKind::SubDistrictCommittee, OrgKind::GeneralBranch, &village).is_ok());
    assert_eq!(refused(&json!({ "branchType": null })).1, "/branchType");
    assert_eq!(refused(&json!({ "division": "35010" })).1, "/division");
    assert_eq!(refused(&json!({ "division": "35010a" })).1, "/division");
    assert!(branch(&json!({ "division": "350102" })).is_ok());
    assert!(branch(&json!({ "division": "350102001000" })).is_ok());
    assert_eq!(refused(&json!({ "foundedOn": "2026-11-25" })).1, "/foundedOn");
    assert!(branch(&json!({ "foundedOn": TODAY })).is_ok(), "founded today");
}

#[test]
fn an_edit_is_held_to_the_same_rules() {
    let old =
        Node { units: vec!["甲".try_into().unwrap(), "乙".try_into().unwrap()], ..node(OrgKind::Branch, &[1, 2]) };
    let edit = |body: serde_json::Value| serde_json::from_value::<Edit>(body).unwrap();
    let later = Timestamp::from_second(1).unwrap();
    let apply = |body, members| edit(body).apply(&old, members, rules(), later);
    assert!(edit(json!({ "units": [] })).parts_units(&old));
    assert!(!edit(json!({ "name": "新名" })).parts_units(&old));
    assert_eq!(apply(json!({ "units": [] }), Some(2)).unwrap_err().code, ErrorCode::BranchTooSmall);
    assert!(apply(json!({ "units": [] }), Some(3)).unwrap().0.units.is_empty());
    assert_eq!(apply(json!({ "projectUntil": "2020-07-14" }), None).unwrap_err().code, ErrorCode::ProjectTooShort);

    assert_eq!(apply(json!({ "themeDay": 15 }), None).unwrap().0.theme_day, Some(15));
    for (day, kind) in [(0, OrgKind::Branch), (29, OrgKind::Branch), (15, OrgKind::Group)] {
        let old = Node {
            kind,
            branch_type: old.branch_type.filter(|_| kind == OrgKind::Branch),
            units: Vec::new(),
            ..old.clone()
        };
        let refusal = edit(json!({ "themeDay": day })).apply(&old, None, rules(), later).unwrap_err();
        assert_eq!(refusal.fields[0].pointer, "/themeDay", "the {day}th of a {kind:?}");
    }

    let (new, _) = apply(json!({ "name": "新名" }), None).unwrap();
    assert_eq!((new.name.as_str(), new.version, new.updated_at), ("新名", old.version + 1, later));
    assert_eq!(Node { name: old.name.clone(), version: old.version, updated_at: old.updated_at, ..new }, old);
}

#[test]
fn only_organisations_of_one_kind_merge() {
    let (gone, other) = (node(OrgKind::Branch, &[1, 2]), node(OrgKind::Branch, &[1, 3]));
    let later = Timestamp::from_second(1).unwrap();
    let close = |into: Option<&Node>, on| closing(&gone, into, day(on), later, day(TODAY));
    let merged = close(Some(&other), TODAY).unwrap();
    assert_eq!(
        (merged.status, merged.merged_into, merged.closed_on),
        (NodeStatus::Merged, Some(other.id), Some(day(TODAY)))
    );
    assert_eq!((merged.version, merged.updated_at), (gone.version + 1, later));
    let dissolved = close(None, "2020-01-15").unwrap();
    assert_eq!((dissolved.status, dissolved.merged_into), (NodeStatus::Dissolved, None));
    for into in [&gone, &node(OrgKind::GeneralBranch, &[1, 4])] {
        assert_eq!(close(Some(into), TODAY).unwrap_err().fields[0].pointer, "/into");
    }
    let closed = Node { closed_on: Some(day("2026-01-01")), ..other };
    assert_eq!(close(Some(&closed), TODAY).unwrap_err().code, ErrorCode::OrganizationClosed);
    for on in ["2026-11-25", "2020-01-14"] {
        assert_eq!(close(None, on).unwrap_err().fields[0].pointer, "/on");
    }
}
