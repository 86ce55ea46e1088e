use super::*;
use crate::domain::overview;
use authz::Action;
use counter_records::{Life, Stars, Tally};
use org_life::{Duty, Kind, Standing, Strength};
use proptest::prelude::*;
use register::{Node, NodeStatus};
use serde_json::json;

fn organization() -> OrgId {
    OrgId::from_bytes(1, [1; 10])
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn known(month: &str, sum: Sum) -> Known {
    let (counted_on, taken_on) = (day("2026-11-24"), Some(day("2026-11-24")));
    Known { month: month.parse().unwrap(), sum, counted_on, taken_on }
}

fn node() -> Node {
    Node {
        id: organization(),
        path: kernel::OrgPath::root(organization()),
        name: "区委".try_into().unwrap(),
        kind: OrgKind::DistrictCommittee,
        branch_type: None,
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: day("2010-01-04"),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: "2026-11-24T00:00:00Z".parse().unwrap(),
    }
}

fn duty(kind: Kind, due_on: &str, standing: Standing) -> Duty {
    Duty {
        kind,
        period: String::new(),
        due_on: day(due_on),
        standing,
        held_on: None,
        usual_on: None,
        strength: Strength::Required,
        article: String::new(),
    }
}

/// The numbers of a group by its key.
fn of_group(series: &Series, key: &str) -> Vec<Option<u64>> {
    series.groups.iter().find(|group| group.key == key).unwrap().values.clone()
}

fn people(numbers: &[(&str, u64)]) -> Sum {
    Sum { people: numbers.iter().copied().collect(), ..Sum::default() }
}

#[test]
fn organisations_are_counted_by_level_and_type() {
    let organizations: Tally = [("branch", 5), ("group", 2), ("district-committee", 1)].into_iter().collect();
    let branch_types: Tally = [("village", 3), ("retired", 1)].into_iter().collect();
    let known = known("2026-11", Sum { organizations, branch_types, ..Sum::default() });
    let kinds = by_kind(organization(), &known);
    assert_eq!((of_group(&kinds, "branch"), kinds.total.clone()), (vec![Some(5)], vec![Some(8)]));
    assert_eq!(kinds.groups.len(), OrgKind::ALL.len(), "also those of which there are none");
    let types = by_type(organization(), &known);
    assert_eq!((of_group(&types, "village"), of_group(&types, "other")), (vec![Some(3)], vec![Some(1)]));
    assert_eq!(types.total, [Some(5)], "as many as there are branches");
}

#[test]
fn who_keeps_the_register_sees_states_apart_and_others_no_small_groups() {
    let rules = Rules::get().unwrap();
    let sum = people(&[
        ("age/to-30/full", 2),
        ("age/to-30/probationary", 1),
        ("age/31-35/full", 9),
        ("age/36-40/full", 20),
        ("age/from-61/full", 30),
        ("age/from-61/suspended", 1),
    ]);
    let known = known("2026-11", sum);
    let all = members(organization(), &known, (rules, Breakdown::Age), Sight::Whole);
    let keys: Vec<_> = all.columns.iter().map(|column| column.key).collect();
    assert_eq!(keys, ["persons", "full", "probationary", "suspended"]);
    assert_eq!(of_group(&all, "to-30"), [Some(3), Some(2), Some(1), Some(0)]);
    assert_eq!(all.total, [Some(63), Some(61), Some(1), Some(1)]);
    let some = members(organization(), &known, (rules, Breakdown::Age), Sight::Groups(5));
    assert_eq!((some.columns.len(), some.total.clone()), (1, vec![Some(63)]));
    assert_eq!((of_group(&some, "to-30"), of_group(&some, "31-35")), (vec![None], vec![None]));
    assert_eq!((of_group(&some, "36-40"), of_group(&some, "41-45")), (vec![Some(20)], vec![Some(0)]));
    assert_eq!(some.groups.iter().filter(|group| group.hidden).count(), 2);
    let total = members(organization(), &known, (rules, Breakdown::Age), Sight::Total);
    assert!(total.groups.iter().all(|group| group.hidden && group.values == [None]));
    assert_eq!((total.columns.len(), total.total), (1, vec![Some(63)]));
}

#[test]
fn areas_show_branches_and_hide_few_persons() {
    let part = |n: u8, branches: u64, persons: u64| {
        let organizations: Tally = [("branch", branches)].into_iter().collect();
        let members: Tally = [("full", persons)].into_iter().collect();
        (OrgId::from_bytes(2, [n; 10]), format!("街道{n}"), Sum { organizations, members, ..Sum::default() })
    };
    let parts = || vec![part(1, 3, 40), part(2, 1, 3), part(3, 2, 12), part(4, 0, 0)];
    let known = known("2026-11", Sum::default());
    let all = areas(organization(), &known, parts(), Some(Sight::Whole));
    assert_eq!((all.groups[1].values.clone(), all.total.clone()), (vec![Some(1), Some(3)], vec![Some(6), Some(55)]));
    let some = areas(organization(), &known, parts(), Some(Sight::Groups(5)));
    let persons: Vec<_> = some.groups.iter().map(|group| group.values[1]).collect();
    assert_eq!(persons, [Some(40), None, None, Some(0)]);
    assert!(some.groups.iter().all(|group| group.values[0].is_some()));
    let alone = areas(organization(), &known, vec![part(2, 1, 3)], Some(Sight::Groups(5)));
    assert_eq!((alone.groups[0].values[1], alone.total[1]), (None, None), "the total would tell");
    // Who may not read the register is not told that there is nobody.
    let none = areas(organization(), &known, parts(), None);
    assert_eq!((none.columns.len(), none.groups[1].values.clone(), none.total), (1, vec![Some(1)], vec![Some(6)]));
    assert!(none.groups.iter().all(|group| !group.hidden));
    // What was counted and is none of today's parts is one group more.
    let (_, _, sum) = part(9, 10, 70);
    let moved = areas(organization(), &Known { sum, ..known }, parts(), Some(Sight::Whole));
    assert_eq!(
        (of_group(&moved, "other"), moved.total.clone()),
        ([4, 15].map(Some).to_vec(), vec![Some(10), Some(70)])
    );
}

#[test]
fn coverage_is_by_period_and_kind_of_the_year() {
    let mut life = Life::of(&[
        duty(Kind::ThemeDay, "2025-12-31", Standing::Missing),
        duty(Kind::ThemeDay, "2026-10-31", Standing::Late),
        duty(Kind::BranchMeeting, "2026-12-31", Standing::Due),
    ]);
    life.merge(&Life::of(&[duty(Kind::ThemeDay, "2026-10-31", Standing::Missing)]));
    // The night read it a day before the last count.
    let taken_on = Some(day("2026-11-23"));
    let known = Known { taken_on, ..known("2026-11", Sum { life, ..Sum::default() }) };
    let rules = org_life::Rules::get().unwrap();
    let series = org_life(organization(), &known, 2026, rules, day("2026-11-25"));
    let of = Subject {
        cube: Cube::OrgLife,
        by: By::Period,
        organization: organization(),
        title: "组织生活覆盖率",
        period: "2026".to_owned(),
        as_of: day("2026-11-23"),
        since: None,
    };
    assert_eq!(series.of, of);
    let keys: Vec<_> = series.groups.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(keys, ["theme-day/2026-10", "branch-meeting/2026-Q4"]);
    assert_eq!(of_group(&series, "theme-day/2026-10"), [Some(2), Some(1), Some(1), Some(1), Some(5_000)]);
    assert_eq!(of_group(&series, "branch-meeting/2026-Q4"), [Some(1), Some(0), Some(0), Some(0), Some(0)]);
    assert_eq!(series.total, [Some(3), Some(1), Some(1), Some(1), Some(3_333)]);
    let before = org_life(organization(), &known, 2025, rules, day("2026-11-25"));
    assert_eq!(of_group(&before, "theme-day/2025-12"), [Some(1), Some(0), Some(0), Some(1), Some(0)]);
}

#[test]
fn dues_are_what_came_in_of_what_was_billed() {
    let month = |name: &str, billed: u64, paid: u64| {
        let counts: Tally = [("dues-billed", billed), ("dues-paid", paid)].into_iter().collect();
        known(name, Sum { counts, ..Sum::default() })
    };
    let months = [month("2026-10", 4_000, 3_000), month("2026-11", 4_000, 5_000)];
    let year = |year, months: &[Known]| Recorded { year, months: months.to_vec(), since: Some(day("2026-10-01")) };
    let series = dues(organization(), &year(2026, &months)).unwrap();
    assert_eq!(series.of.since, Some(day("2026-10-01")), "what was before is not known");
    assert_eq!(dues(organization(), &year(2027, &months)).unwrap().of.since, None);
    let whole = Recorded { since: Some(day("2026-01-01")), ..year(2026, &months) };
    assert_eq!(dues(organization(), &whole).unwrap().of.since, None, "all of the year is counted");
    assert_eq!(of_group(&series, "2026-10"), [4_000, 3_000, 0, 0, 0, 7_500].map(Some));
    assert_eq!(series.total, [8_000, 8_000, 0, 0, 0, 10_000].map(Some));
    assert!(dues(organization(), &year(2026, &[])).is_none() && study(organization(), &year(2026, &[])).is_none());
}

#[test]
fn what_is_recorded_of_a_year_has_the_months_of_that_year_alone() {
    let months = ["2025-11", "2025-12", "2026-01"].map(|month| known(month, Sum::default())).to_vec();
    let recorded = Recorded { year: 2025, months, since: Some(day("2025-11-01")) };
    for (year, wanted) in [(2025, &["2025-11", "2025-12"][..]), (2026, &["2026-01"][..])] {
        let of_year = recorded.clone().of(year);
        let months: Vec<_> = of_year.months.iter().map(|known| known.month.to_string()).collect();
        assert_eq!((of_year.year, of_year.since), (year, recorded.since));
        assert_eq!(months, wanted);
    }
}

proptest! {
    #[test]
    fn what_adds_adds_up_to_the_total_and_is_the_same_in_a_file(
        persons in proptest::collection::vec((0_usize..8, 0_u64..30), 0..12),
        sight in prop_oneof![Just(Sight::Whole), Just(Sight::Groups(5)), Just(Sight::Total)],
    ) {
        let rules = Rules::get().unwrap();
        let mut tally = Tally::default();
        for (band, many) in &persons {
            tally.add(&format!("age/{}/full", rules.age[*band].key), *many);
        }
        let known = known("2026-11", Sum { people: tally.clone(), ..Sum::default() });
        let series = members(organization(), &known, (rules, Breakdown::Age), sight);
        prop_assert_eq!(series.total[0], Some(tally.total()));
        let shown: u64 = series.groups.iter().filter_map(|group| group.values[0]).sum();
        let hidden = series.groups.iter().filter(|group| group.hidden).count();
        let is_whole = hidden == 0 && shown == tally.total();
        let is_total = sight == Sight::Total && hidden == series.groups.len();
        prop_assert!(is_whole || is_total || (hidden > 1 && shown < tally.total()));
        // The JSON and the table tell the same, number by number.
        let told = serde_json::to_value(&series).unwrap();
        let table = series.table();
        prop_assert_eq!(table.len(), series.groups.len() + 2);
        for (row, group) in table[1..].iter().zip(told["groups"].as_array().unwrap()) {
            prop_assert_eq!(&json!(row[0]), &group["key"]);
            let values = group["values"].as_array().unwrap();
            let written: Vec<_> =
                values.iter().map(|value| if value.is_null() { String::new() } else { value.to_string() }).collect();
            prop_assert_eq!(&row[2..], written.as_slice());
        }
    }
}

#[test]
fn an_overview_has_the_sections_that_may_be_read() {
    let members: Tally = [("full", 7), ("probationary", 1)].into_iter().collect();
    let known = known("2026-11", Sum { members, ..Sum::default() });
    let scored = Some((Stars::of([100, 200, 300, 400, 500]), day("2026-11-23")));
    let all = overview(&node(), &known, scored, |_| true);
    let keys: Vec<_> = all.sections.iter().map(|section| section.key).collect();
    assert_eq!(keys, ["organizations", "members", "org-life", "tasks", "dues", "study", "findings", "scores"]);
    let members: Vec<_> = all.sections[1].figures.iter().map(|figure| (figure.key, figure.value)).collect();
    assert_eq!(members[..4], [("members", 8), ("full", 7), ("probationary", 1), ("suspended", 0)]);
    assert_eq!((all.sections[7].as_of, all.sections[7].figures[5].value), (day("2026-11-23"), 500));
    let some = overview(&node(), &known, scored, |action| action == Action::ReadOrganization);
    assert_eq!(some.sections.len(), 1);
    // Where no night read who is on the rolls, nothing is said of them.
    let unread = Known { taken_on: None, ..known };
    let keys: Vec<_> = overview(&node(), &unread, None, |_| true).sections.iter().map(|section| section.key).collect();
    assert_eq!(keys, ["organizations", "dues", "study", "findings"]);
}

#[test]
fn an_overview_lists_levels_that_there_are_and_what_falls_due_in_its_month() {
    let organizations: Tally = [("district-committee", 1), ("branch", 5)].into_iter().collect();
    let life = Life::of(&[
        duty(Kind::ThemeDay, "2026-10-31", Standing::Missing),
        duty(Kind::ThemeDay, "2026-11-30", Standing::Late),
        duty(Kind::BranchMeeting, "2026-12-31", Standing::Due),
    ]);
    let known = known("2026-11", Sum { organizations, life, ..Sum::default() });
    let all = overview(&node(), &known, None, |_| true);
    let figures = |key: &str| {
        let section = all.sections.iter().find(|section| section.key == key).unwrap();
        section.figures.iter().map(|figure| (figure.key, figure.value)).collect::<Vec<_>>()
    };
    assert_eq!(figures("organizations"), [("organizations", 6), ("district-committee", 1), ("branch", 5)]);
    assert_eq!(figures("org-life")[..3], [("obliged", 1), ("done", 1), ("late", 1)]);
}
