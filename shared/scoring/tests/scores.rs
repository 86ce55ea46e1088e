//! Scores that were computed by hand.
#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::civil::Date;
use kernel::{ActivityId, AppointmentId, MeetingId, MemberId, OrgId, PaymentId, TaskId, TrainingId, TransferId};
use scoring::{Fact, FactKind, Line, Mark, Part, Record, Scores, Sheet, State, Statement, Subject, Why};

fn member(name: char) -> MemberId {
    MemberId::from_bytes(1, [u8::try_from(name).unwrap(); 10])
}

fn meeting(n: u8) -> MeetingId {
    MeetingId::from_bytes(2, [n; 10])
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// What happened on `at` to whom: names of members with a mark behind each, `+` done, `-` missed, `0` exempt.
fn says(kinds: &[FactKind], at: &str, value: u32, people: &str) -> Statement {
    let letters: Vec<char> = people.chars().filter(|letter| *letter != ' ').collect();
    let parts = letters.chunks(2).map(|pair| {
        let mark = match pair {
            [_, '+'] => Mark::Done,
            [_, '-'] => Mark::Missed,
            _ => Mark::Exempt,
        };
        Part { member: member(*pair.first().unwrap()), mark }
    });
    let kinds = kinds.iter().copied().collect();
    Statement { kinds, day: day(at), recorded: day(at), value, parts: parts.collect() }
}

fn belongs(name: char, from: &str) -> Fact {
    Fact::stated(member(name), 1, says(&[FactKind::Membership], from, 0, &format!("{name}+")))
}

/// A is there all the year; of B nothing is asked; C comes on the first of July; D leaves with the end of March.
fn year() -> State {
    use FactKind::{BranchMeeting, DuesPaid, Exemption, Fault, Founding, KeyTask, Study, ThemeDay};
    let branch = OrgId::from_bytes(1, [1; 10]);
    let pay = |n: u8| PaymentId::from_bytes(3, [n; 10]);
    let task = |n: u8| TaskId::from_bytes(4, [n; 10]);
    let late = says(&[BranchMeeting, Study], "2026-09-10", 120, "A+ C+ B0");
    let mut state = State::new(branch, 2026);
    assert!(state.apply([
        Fact::stated(branch, 1, says(&[Founding], "2020-05-01", 0, "")),
        belongs('A', "2019-02-01"),
        belongs('B', "1970-07-01"),
        belongs('C', "2026-07-01"),
        belongs('D', "2025-04-01"),
        Fact::stated(ActivityId::from_bytes(8, [9; 10]), 1, says(&[Exemption], "2024-03-01", Statement::ENDLESS, "B+")),
        Fact::stated(TransferId::from_bytes(6, [1; 10]), 1, says(&[FactKind::Departure], "2026-04-01", 0, "D+")),
        Fact::stated(meeting(1), 1, says(&[ThemeDay, Study], "2026-03-05", 90, "A+ B0 D-")),
        Fact::stated(meeting(2), 1, Statement { recorded: day("2026-09-18"), ..late }),
        Fact::stated(meeting(3), 1, says(&[ThemeDay], "2026-10-05", 0, "A- C+ B0")),
        Fact::stated(TrainingId::from_bytes(5, [1; 10]), 1, says(&[Study], "2026-05-01", 960, "A+")),
        Fact::stated(pay(1), 1, says(&[DuesPaid], "2026-01-10", 6, "A+")),
        Fact::stated(pay(2), 1, says(&[DuesPaid], "2026-07-10", 6, "A+")),
        Fact::stated(pay(3), 1, says(&[DuesPaid], "2026-08-01", 5, "C+")),
        Fact::stated(pay(4), 1, says(&[DuesPaid], "2026-02-01", 3, "D+")),
        Fact::stated(task(1), 1, says(&[KeyTask], "2026-06-01", 0, "A+")),
        Fact::stated(task(2), 1, says(&[KeyTask], "2026-11-01", 0, "C-")),
        Fact::stated(meeting(9), 1, says(&[Fault], "2026-11-02", 0, "C+")),
        // Of other years.
        Fact::stated(meeting(7), 1, says(&[ThemeDay, Study], "2025-12-31", 900, "A- B0 C-")),
        Fact::stated(meeting(8), 1, says(&[ThemeDay, Study], "2027-01-01", 900, "A- B0 C-")),
    ]));
    state
}

fn points(state: &State, name: char) -> [u16; 5] {
    let scores = Scores::of(state, Sheet::get().unwrap());
    scores.members.iter().find(|score| score.member == member(name)).unwrap().points
}

/// Record, day, whether it is late, why, and points.
type Told = (Option<Record>, Option<Date>, bool, Why, i32);

fn lines(state: &State, subject: Subject, rule: &str) -> Vec<Told> {
    let lines = state.lines(Sheet::get().unwrap(), subject);
    let of = lines.iter().filter(|line| line.rule.id == rule);
    of.map(|line: &Line<'_>| (line.record, line.on, line.late, line.why, line.points)).collect()
}

#[test]
fn a_member_of_the_whole_year() {
    // Meetings 1 of 1, theme days 1 of 2, reviews none held; 1170 of 1920 minutes; dues and task; 1 of 4 key tasks.
    assert_eq!(points(&year(), 'A'), [4000 + 1500 + 3000, 6093, 6000 + 4000, 1000, 10_000]);
}

#[test]
fn of_an_exempt_member_nothing_is_asked() {
    assert_eq!(points(&year(), 'B'), [10_000; 5]);
    let lines = lines(&year(), Subject::Member(member('B')), "org-life.theme-days");
    let expected = |n, on| (Some(meeting(n).into()), Some(day(on)), false, Why::Exempt, 0);
    let whole = (None, None, false, Why::NothingAsked, 3000);
    assert_eq!(lines, [whole, expected(1, "2026-03-05"), expected(3, "2026-10-05")]);
}

#[test]
fn who_comes_or_leaves_in_the_year_is_asked_for_their_months() {
    // Six months: 120 of 960 minutes, 5 of 6 months of dues, a task missed, 0 of 2 key tasks, 0 of 1 whistle task, no merit.
    assert_eq!(points(&year(), 'C'), [10_000, 1250, 5000, 2000, 8000]);
    // Three months: a theme day missed, 0 of 480 minutes, 3 of 3 months of dues, 0 of 1 key task, no whistle task, no merit.
    assert_eq!(points(&year(), 'D'), [7000, 0, 10_000, 6000, 10_000]);
}

#[test]
fn the_branch_is_asked_for_what_it_holds_and_for_its_members() {
    let scores = Scores::of(&year(), Sheet::get().unwrap());
    // Terms, and no committee that would have met; 1 of 4 meetings and 2 of 12 theme days; 1290 of 3360 minutes; 1 of 2 tasks;
    // 20 of 21 months of dues.
    assert_eq!(scores.branch, [4000 + 3000, 750 + 666, 3071, 5000, 4761]);
    assert_eq!(scores.members.len(), 4);
}

#[test]
fn a_committee_is_asked_for_meetings_in_the_months_in_which_there_is_one() {
    let held = |n: u8, name: char, from, days| {
        let says = says(&[FactKind::Office], from, days, &format!("{name}+"));
        Fact::stated(AppointmentId::from_bytes(7, [n; 10]), u64::from(days), says)
    };
    let mut state = year();
    let endless = Statement::ENDLESS;
    assert!(state.apply([held(1, 'A', "2024-01-01", endless), held(2, 'C', "2024-01-01", endless)]));
    let meetings = |state: &State| {
        let standings = state.standings(Sheet::get().unwrap(), Subject::Branch);
        let found = standings.iter().find(|standing| standing.rule.id == "set-up.committee-meetings").unwrap();
        (found.done, found.asked, found.points, found.months.numbers().collect::<Vec<_>>())
    };
    assert_eq!(meetings(&state), (0, 0, 4000, vec![]), "a secretary and a deputy are none");
    // From the tenth of March on: nine whole months.
    assert!(state.apply([held(3, 'B', "2026-03-10", 1)]));
    assert!(state.apply([held(3, 'B', "2026-03-10", endless)]));
    assert_eq!(meetings(&state), (0, 9, 0, (4..=12).collect()));
    let met = |n| Fact::stated(meeting(n), 1, says(&[FactKind::CommitteeMeeting], "2026-05-20", 0, "A+ B+ C+"));
    assert!(state.apply((20..23).map(met)));
    assert_eq!(meetings(&state), (3, 9, 1333, (4..=12).collect()));
    let lines = lines(&state, Subject::Branch, "set-up.committee-meetings");
    assert_eq!(lines.iter().map(|line| line.4).collect::<Vec<_>>(), [444, 444, 445]);
}

#[test]
fn somebody_is_asked_for_the_months_in_which_they_are_not_exempt() {
    let exempt = |revision: u8, since, days| {
        let says = says(&[FactKind::Exemption], since, days, "A+");
        Fact::stated(ActivityId::from_bytes(8, [revision; 10]), revision.into(), says)
    };
    let mut state = year();
    assert!(state.apply([exempt(1, "2026-07-10", Statement::ENDLESS)]));
    // Six months: more than 960 minutes, 12 of 6 months of dues; 1 of 2 key tasks, 0 of 1 whistle task, no merit.
    assert_eq!(points(&state, 'A'), [4000 + 1500 + 3000, 10_000, 10_000, 2000 + 2000, 10_000]);
    // It ended with August: ten months, 1170 of 1600 minutes, 1 of 3 key tasks, 0 of 1 whistle task, no merit.
    assert!(state.apply([exempt(2, "2026-07-10", 53)]));
    assert_eq!(points(&state, 'A'), [8500, 7312, 10_000, 1333 + 2000, 10_000]);
}

#[test]
fn months_that_are_not_owed_count_like_those_that_were_paid() {
    let mut state = year();
    let relieved = says(&[FactKind::DuesExempted], "2026-11-05", 1, "C+");
    assert!(state.apply([Fact::stated(ActivityId::from_bytes(9, [1; 10]), 1, relieved)]));
    // 5 months paid and 1 not owed of 6; a task missed.
    assert_eq!(points(&state, 'C')[2], 6000);
    assert_eq!(Scores::of(&state, Sheet::get().unwrap()).branch[4], 5000);
}

#[test]
fn every_point_has_its_line() {
    let state = year();
    let training = Some(TrainingId::from_bytes(5, [1; 10]).into());
    assert_eq!(
        lines(&state, Subject::Member(member('A')), "study.hours"),
        [
            (Some(meeting(1).into()), Some(day("2026-03-05")), false, Why::Done, 468),
            (training, Some(day("2026-05-01")), false, Why::Done, 5000),
            (Some(meeting(2).into()), Some(day("2026-09-10")), true, Why::Done, 625),
        ]
    );
    assert_eq!(
        lines(&state, Subject::Member(member('C')), "conduct.faults"),
        [
            (None, None, false, Why::FromTheBeginning, 10_000),
            (Some(meeting(9).into()), Some(day("2026-11-02")), false, Why::Done, -2000),
        ]
    );
    let of_branch = lines(&state, Subject::Branch, "education.hours");
    assert_eq!(of_branch.iter().map(|line| line.4).collect::<Vec<_>>(), [214, 2286, 571]);
    assert!(state.lines(Sheet::get().unwrap(), Subject::Member(member('Z'))).is_empty());
}

#[test]
fn late_is_more_than_seven_days_after() {
    let mut state = year();
    for (recorded, late) in [("2026-09-17", false), ("2026-09-18", true)] {
        let on = says(&[FactKind::BranchMeeting], "2026-09-10", 0, "A+");
        let fact = Fact::stated(meeting(2), u64::from(late) + 2, Statement { recorded: day(recorded), ..on });
        assert!(state.apply([fact]));
        let line = lines(&state, Subject::Member(member('A')), "org-life.meetings");
        assert_eq!(line, [(Some(meeting(2).into()), Some(day("2026-09-10")), late, Why::Done, 4000)]);
    }
}

#[test]
fn a_corrected_record_counts_as_corrected_and_a_withdrawn_one_takes_its_points_along() {
    let mut state = year();
    let corrected = says(&[FactKind::ThemeDay], "2026-10-05", 0, "A+ C+ B0");
    assert!(state.apply([Fact::stated(meeting(3), 2, corrected)]));
    assert_eq!(points(&state, 'A'), [10_000, 6093, 10_000, 1000, 10_000]);
    let training = TrainingId::from_bytes(5, [1; 10]);
    assert!(state.apply([Fact::withdrawn(training, 2)]));
    // 210 of 1920 minutes.
    assert_eq!(points(&state, 'A'), [10_000, 1093, 10_000, 1000, 10_000]);
    let lines = state.lines(Sheet::get().unwrap(), Subject::Member(member('A')));
    assert!(lines.iter().all(|line| line.record != Some(training.into())));
    // What was said before does not come back.
    assert!(!state.apply([Fact::stated(training, 1, says(&[FactKind::Study], "2026-05-01", 960, "A+"))]));
}

#[test]
fn what_a_granted_appeal_says_counts_for_its_member_and_for_nobody_else() {
    let corrected = |n, at, people| {
        Fact::stated(Record::from(meeting(n)).correction(), 1, says(&[FactKind::Correction], at, 0, people))
    };
    let mut state = year();
    let before = points(&state, 'C');
    // A was there on 5 October, whatever the minutes say.
    assert!(state.apply([corrected(3, "2026-10-05", "A+")]));
    assert_eq!(points(&state, 'A'), [10_000, 6093, 10_000, 1000, 10_000]);
    assert_eq!(points(&state, 'C'), before);
    let shown = state.lines(Sheet::get().unwrap(), Subject::Member(member('A')));
    let shown = shown.iter().filter(|line| line.corrected).map(|line| (line.record, line.why));
    assert_eq!(shown.collect::<Vec<_>>(), [(Some(meeting(3).into()), Why::Done)]);
    // What is said of C on 2 November is left out.
    assert!(state.apply([corrected(9, "2026-11-02", "C0")]));
    assert_eq!(points(&state, 'C'), [10_000, 1250, 5000, 2000, 10_000]);
    assert_eq!(
        lines(&state, Subject::Member(member('C')), "conduct.faults"),
        [
            (None, None, false, Why::FromTheBeginning, 10_000),
            (Some(meeting(9).into()), Some(day("2026-11-02")), false, Why::Exempt, 0),
        ]
    );
    // Somebody whom the record does not name was there too.
    assert!(state.apply([corrected(1, "2026-03-05", "C+")]));
    let study = lines(&state, Subject::Member(member('C')), "study.hours");
    assert_eq!(study.first(), Some(&(Some(meeting(1).into()), Some(day("2026-03-05")), false, Why::Done, 937)));
    assert!(!state.apply([corrected(1, "2026-03-05", "C+")]), "twice is once");
    assert_eq!(State::unpack(&state.pack()), Ok(state));
}

#[test]
fn how_each_rule_stands_adds_up_to_the_score() {
    let (state, sheet) = (year(), Sheet::get().unwrap());
    let standings = state.standings(sheet, Subject::Member(member('A')));
    let days = standings.iter().find(|standing| standing.rule.id == "org-life.theme-days").unwrap();
    assert_eq!((days.done, days.asked, days.points), (1, 2, 1500));
    for subject in [Subject::Branch, Subject::Member(member('A')), Subject::Member(member('D'))] {
        let (standings, lines) = (state.standings(sheet, subject), state.lines(sheet, subject));
        let shown: i32 = lines.iter().map(|line| line.points).sum();
        assert_eq!(standings.iter().map(|standing| standing.points).sum::<u32>(), shown.unsigned_abs());
    }
    assert!(state.standings(sheet, Subject::Member(member('Z'))).is_empty());
}

#[test]
fn a_branch_founded_in_the_year_is_measured_pro_rata() {
    let branch = OrgId::from_bytes(1, [2; 10]);
    let mut state = State::new(branch, 2026);
    let held = (1..=8)
        .map(|n| Fact::stated(meeting(n), 1, says(&[FactKind::ThemeDay], &format!("2026-{:02}-10", n + 4), 0, "A+")));
    assert!(state.apply(held.chain([Fact::stated(branch, 1, says(&[FactKind::Founding], "2026-04-15", 0, ""))])));
    let theme_days =
        |state: &State| -> i32 { lines(state, Subject::Branch, "events.theme-days").iter().map(|line| line.4).sum() };
    // Eight whole months ask for eight; a branch that is there since January for twelve.
    assert_eq!(theme_days(&state), 4000);
    assert!(state.apply([Fact::stated(branch, 2, says(&[FactKind::Founding], "2026-01-01", 0, ""))]));
    assert_eq!(theme_days(&state), 2666);
}
