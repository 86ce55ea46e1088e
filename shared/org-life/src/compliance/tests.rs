use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const WHOLE: Lasting = Lasting { from: Date::constant(2020, 1, 1), until: None };

/// A branch with a secretary and a committee, without groups.
fn branch(founded_on: &str) -> Obliged {
    let lasted = Lasting::between(day(founded_on), None);
    let branch = Some(Body { lasted, held: Vec::new() });
    Obliged { branch, committee: vec![WHOLE], led: vec![WHOLE], ..Obliged::default() }
}

fn held(on: &str, entered_on: &str, kinds: &[Kind]) -> Held {
    Held { on: day(on), entered_on: day(entered_on), kinds: kinds.iter().copied().collect() }
}

fn group(lasted: Lasting, days: &[&str], kind: Kind) -> Body {
    Body { lasted, held: days.iter().map(|on| held(on, on, &[kind])).collect() }
}

/// What it owes in 2026 after its branch held `meetings`.
fn year(obliged: &Obliged, meetings: &[Held], today: &str) -> Vec<Duty> {
    let whole = (day("2026-01-01"), day("2026-12-31"));
    let branch = obliged.branch.clone().map(|body| Body { held: meetings.to_vec(), ..body });
    duties(Rules::get().unwrap(), &Obliged { branch, ..obliged.clone() }, whole, day(today))
}

fn standing(duties: &[Duty], kind: Kind, period: &str) -> Option<Standing> {
    let mut found = duties.iter().filter(|duty| duty.kind == kind && duty.period == period);
    let one = found.next().map(|duty| duty.standing);
    assert_eq!(found.next(), None, "once");
    one
}

#[test]
fn a_quarter_is_missing_on_the_day_after_it_and_not_before() {
    for (today, expected) in [("2026-09-30", Standing::Due), ("2026-10-01", Standing::Missing)] {
        let found = year(&branch("2020-01-01"), &[], today);
        assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q3"), Some(expected), "{today}");
    }
    let found = year(&branch("2020-01-01"), &[], "2026-10-01");
    assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), Some(Standing::Due));
    assert_eq!(standing(&found, Kind::BranchMeeting, "2027-Q1"), None);
    assert_eq!(found.first().unwrap().article, "支部条例 §12、§14");
}

#[test]
fn one_event_counts_as_all_that_it_was() {
    let meeting = held("2026-11-05", "2026-11-05", &[Kind::BranchMeeting, Kind::ThemeDay, Kind::PartyLecture]);
    let found = year(&branch("2020-01-01"), &[meeting], "2026-11-29");
    assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), Some(Standing::Done));
    assert_eq!(standing(&found, Kind::ThemeDay, "2026-11"), Some(Standing::Done));
    assert_eq!(standing(&found, Kind::CommitteeMeeting, "2026-11"), Some(Standing::Due));
    assert!(found.iter().all(|duty| duty.kind != Kind::PartyLecture), "nobody says how often");
}

#[test]
fn what_is_written_down_later_was_held_all_the_same() {
    let late = held("2026-10-20", "2026-11-03", &[Kind::ThemeDay]);
    let found = year(&branch("2020-01-01"), std::slice::from_ref(&late), "2026-11-29");
    assert_eq!(standing(&found, Kind::ThemeDay, "2026-10"), Some(Standing::Late));
    let found = year(&branch("2020-01-01"), &[late, held("2026-10-28", "2026-10-31", &[Kind::ThemeDay])], "2026-11-29");
    let duty = found.iter().find(|duty| duty.kind == Kind::ThemeDay && duty.period == "2026-10").unwrap();
    assert_eq!((duty.standing, duty.held_on), (Standing::Done, Some(day("2026-10-20"))));
}

#[test]
fn who_was_not_there_is_not_blamed() {
    let found = year(&branch("2026-11-02"), &[], "2026-12-31");
    assert_eq!(standing(&found, Kind::ThemeDay, "2026-11"), None, "founded on the second");
    assert_eq!(standing(&found, Kind::ThemeDay, "2026-12"), Some(Standing::Due));
    assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), None);
    let first = year(&branch("2026-11-01"), &[], "2026-12-31");
    assert_eq!(standing(&first, Kind::ThemeDay, "2026-11"), Some(Standing::Missing));
    let mut closed = branch("2020-01-01");
    closed.branch.as_mut().unwrap().lasted = Lasting::between(day("2020-01-01"), Some(day("2026-11-30")));
    let found = year(&closed, &[], "2026-12-31");
    assert_eq!(standing(&found, Kind::ThemeDay, "2026-10"), Some(Standing::Missing));
    assert_eq!(
        (standing(&found, Kind::ThemeDay, "2026-11"), standing(&found, Kind::OrgLifeMeeting, "2026")),
        (None, None)
    );
}

#[test]
fn a_small_branch_owes_no_committee_and_no_groups() {
    let small = Obliged { committee: Vec::new(), ..branch("2020-01-01") };
    let kinds =
        |branch: &Obliged| year(branch, &[], "2026-06-15").into_iter().map(|duty| duty.kind).collect::<BTreeSet<_>>();
    assert!(!kinds(&small).contains(&Kind::CommitteeMeeting) && !kinds(&small).contains(&Kind::GroupMeeting));
    let groups = vec![group(WHOLE, &[], Kind::GroupMeeting)];
    assert!(kinds(&Obliged { groups: groups.clone(), ..small }).contains(&Kind::GroupMeeting));
    let alone = Obliged { groups, ..Obliged::default() };
    assert_eq!(kinds(&alone), BTreeSet::from([Kind::GroupMeeting]), "a group by itself owes its own meetings");
}

#[test]
fn a_committee_owes_from_the_day_on_which_it_was_one_until_it_was_none() {
    let who = |n: u8| MemberId::from_bytes(u64::from(n), [n; 10]);
    let office = |n, from: &str, until: Option<&str>| (who(n), Lasting { from: day(from), until: until.map(day) });
    let elected = [
        office(1, "2026-01-01", Some("2026-11-10")),
        office(1, "2026-01-01", None),
        office(2, "2026-03-15", None),
        office(3, "2026-03-20", Some("2026-06-10")),
        office(4, "2026-06-11", None),
        office(2, "2026-10-05", Some("2026-10-20")),
    ];
    let there = committee(&elected);
    assert_eq!(there, [Lasting { from: day("2026-03-20"), until: None }], "one follows the other without a gap");
    let obliged = Obliged { committee: there, ..branch("2020-01-01") };
    let found = year(&obliged, &[], "2026-06-15");
    let seen = |period| standing(&found, Kind::CommitteeMeeting, period);
    assert_eq!((seen("2026-03"), seen("2026-04")), (None, Some(Standing::Missing)), "elected in March");
    let dissolved = [elected[1], elected[2], office(3, "2025-01-01", Some("2026-05-20"))];
    let obliged = Obliged { committee: committee(&dissolved), ..branch("2020-01-01") };
    let found = year(&obliged, &[], "2026-12-31");
    let seen = |period| standing(&found, Kind::CommitteeMeeting, period);
    assert_eq!((seen("2026-04"), seen("2026-05")), (Some(Standing::Missing), None), "what was missed stays so");
    assert_eq!(committee(&elected[..3]), [], "a secretary with a deputy is none");
}

#[test]
fn each_group_holds_its_own_meetings_and_the_worst_counts() {
    let two = |one: Body, other: Body| Obliged { groups: vec![one, other], ..branch("2020-01-01") };
    let seen = |obliged: &Obliged| {
        let at_branch = held("2026-10-08", "2026-10-08", &[Kind::GroupMeeting]);
        standing(&year(obliged, &[at_branch], "2026-11-29"), Kind::GroupMeeting, "2026-10")
    };
    let did = || group(WHOLE, &["2026-10-08"], Kind::GroupMeeting);
    let none = |lasted| group(lasted, &[], Kind::GroupMeeting);
    assert_eq!(seen(&two(did(), did())), Some(Standing::Done));
    assert_eq!(seen(&two(did(), none(WHOLE))), Some(Standing::Missing), "one of them held none");
    let young = Lasting::between(day("2026-10-02"), None);
    assert_eq!(seen(&two(did(), none(young))), Some(Standing::Done), "one founded in October is not blamed");
    let closed = Lasting::between(day("2020-01-01"), Some(day("2026-11-15")));
    assert_eq!(seen(&two(did(), none(closed))), Some(Standing::Missing), "one that was closed later was there");
}

#[test]
fn a_theme_day_says_on_which_day_it_usually_is() {
    let found = year(&Obliged { theme_day: Some(15), ..branch("2020-01-01") }, &[], "2026-02-01");
    let usual: Vec<_> = found.iter().filter_map(|duty| Some((duty.kind, duty.usual_on?))).collect();
    assert_eq!(usual, [(Kind::ThemeDay, day("2026-01-15")), (Kind::ThemeDay, day("2026-02-15"))]);
}

#[test]
fn each_kind_of_pair_talks_once_a_year() {
    let talk = held("2026-03-05", "2026-03-05", &[Kind::TalkWithMembers]);
    let of = |branch: &Obliged| {
        let found = year(branch, std::slice::from_ref(&talk), "2027-01-01");
        [Kind::TalkAmongCommittee, Kind::TalkWithMembers, Kind::TalkAmongMembers]
            .map(|kind| standing(&found, kind, "2026"))
    };
    let (done, missing) = (Some(Standing::Done), Some(Standing::Missing));
    assert_eq!(of(&branch("2020-01-01")), [missing, done, missing]);
    let alone = Obliged { committee: Vec::new(), ..branch("2020-01-01") };
    assert_eq!(of(&alone), [None, done, missing]);
}

#[test]
fn who_has_nobody_to_lead_it_when_the_year_ends_owes_neither_account_nor_talks_of_leaders() {
    let lasting = |from: &str, until: Option<&str>| Lasting { from: day(from), until: until.map(day) };
    let missing = Some(Standing::Missing);
    for (led, owed) in [
        (vec![], None),
        (vec![lasting("2020-01-01", Some("2026-12-30"))], None),
        (vec![lasting("2020-01-01", Some("2026-12-31"))], missing),
        (vec![lasting("2020-01-01", Some("2026-03-01")), lasting("2026-12-31", None)], missing),
        (vec![lasting("2027-01-01", None)], None),
    ] {
        let found = year(&Obliged { led: led.clone(), ..branch("2020-01-01") }, &[], "2027-01-01");
        let seen = [Kind::SecretaryAccount, Kind::TalkWithMembers, Kind::TalkAmongMembers];
        assert_eq!(seen.map(|kind| standing(&found, kind, "2026")), [owed, owed, missing], "{led:?}");
    }
}

#[test]
fn a_large_branch_meets_group_by_group() {
    let of = |kind: Kind, period: &str, days: [&[&str]; 2]| {
        let groups = days.map(|days| group(WHOLE, days, kind)).to_vec();
        let found = year(&Obliged { groups, ..branch("2020-01-01") }, &[], "2027-01-01");
        let duty = found.into_iter().find(|duty| duty.kind == kind && duty.period == period).unwrap();
        (duty.standing, duty.held_on)
    };
    let both: [&[&str]; 2] = [&["2026-08-02"], &["2026-08-01", "2026-08-09"]];
    assert_eq!(of(Kind::ThemeDay, "2026-08", both), (Standing::Done, Some(day("2026-08-02"))));
    assert_eq!(of(Kind::ThemeDay, "2026-08", [&["2026-08-02"], &[]]).0, Standing::Missing, "not all of it met");
    for (kind, period) in [(Kind::BranchMeeting, "2026-Q3"), (Kind::SecretaryAccount, "2026")] {
        assert_eq!(of(kind, period, both), (Standing::Missing, None), "not all its members are in a group");
    }
}

proptest! {
    #[test]
    fn a_meeting_settles_one_period_of_each_of_its_kinds(month in 1_i8..=12, of_month in 1_i8..=28, which in 0_usize..Kind::ALL.len()) {
        let (on, kind) = (Date::new(2026, month, of_month).unwrap(), Kind::ALL[which]);
        let meeting = Held { on, entered_on: on, kinds: BTreeSet::from([kind]) };
        let all = branch("2020-01-01");
        let (with, without) = (year(&all, &[meeting], "2026-12-31"), year(&all, &[], "2026-12-31"));
        let owes = |rule: &KindRule| rule.kind == kind && rule.every.is_some() && rule.who != Who::Groups;
        let owed = Rules::get().unwrap().kinds.iter().any(owes);
        let differ = with.iter().zip(&without).filter(|(one, other)| one != other).count();
        prop_assert_eq!((with.len(), differ), (without.len(), usize::from(owed)));
    }
}
