//! Whatever way facts come, the state is the same, and so is what it comes to.
#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::{ToSpan, civil::Date};
use kernel::{MeetingId, MemberId, OrgId};
use proptest::{collection::vec, prelude::*, sample::select};
use scoring::{Dimension, Fact, FactKind, Mark, Part, Record, Scores, Sheet, State, Statement, Subject};

fn branch() -> OrgId {
    OrgId::from_bytes(1, [1; 10])
}

fn member(n: u8) -> MemberId {
    MemberId::from_bytes(2, [n; 10])
}

fn record(n: u8) -> Record {
    MeetingId::from_bytes(3, [n; 10]).into()
}

fn date() -> impl Strategy<Value = Date> {
    (-400..400_i32).prop_map(|days| Date::constant(2026, 7, 1).saturating_add(days.days()))
}

fn says() -> impl Strategy<Value = Statement> {
    let mark = select(vec![Mark::Done, Mark::Missed, Mark::Exempt]);
    let part = (0_u8..6, mark).prop_map(|(n, mark)| Part { member: member(n), mark });
    let kinds = vec(select(FactKind::ALL.to_vec()), 0..4);
    (kinds, date(), 0..30_i32, 0..2_000_u32, vec(part, 0..8)).prop_map(|(kinds, day, delay, value, parts)| Statement {
        kinds: kinds.into_iter().collect(),
        day,
        recorded: day.saturating_add((delay - 5).days()),
        value,
        parts,
    })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let corrects = proptest::bool::weighted(0.2);
    let fact = (0_u8..12, corrects, 0_u64..4, proptest::option::weighted(0.8, says()));
    let fact = fact.prop_map(|(n, corrects, revision, says)| Fact {
        record: if corrects { record(n).correction() } else { record(n) },
        revision,
        says,
    });
    vec(fact, 0..40)
}

/// Everybody belongs to the branch from some day on.
fn rolls() -> Vec<Fact> {
    (0..6_u8)
        .map(|n| {
            let parts = vec![Part { member: member(n), mark: Mark::Done }];
            let day = Date::constant(2025, 12, 1).saturating_add((i32::from(n) * 60).days());
            let kinds = [FactKind::Membership, FactKind::Exemption].into_iter().collect();
            let value = if n == 5 { Statement::ENDLESS } else { 0 };
            Fact::stated(member(n), 1, Statement { kinds, day, recorded: day, value, parts })
        })
        .collect()
}

fn state(facts: impl IntoIterator<Item = Fact>) -> State {
    let mut state = State::new(branch(), 2026);
    state.apply(facts);
    state
}

/// The state after each of `parts` was applied by a worker of its own, which reads and writes bytes.
fn by_night(parts: &[&[Fact]]) -> Vec<u8> {
    parts.iter().fold(State::new(branch(), 2026).pack(), |bytes, facts| {
        let mut state = State::unpack(&bytes).unwrap();
        state.apply(facts.iter().cloned());
        state.pack()
    })
}

proptest! {
    #[test]
    fn step_by_step_is_all_at_once_byte_for_byte(facts in facts(), night in 1_usize..9) {
        let whole = state(facts.clone()).pack();
        prop_assert_eq!(&by_night(&facts.chunks(night).collect::<Vec<_>>()), &whole);
        prop_assert_eq!(State::unpack(&whole).unwrap(), state(facts));
    }

    #[test]
    fn twice_and_in_any_order_is_once(
        (facts, shuffled) in facts().prop_flat_map(|facts| {
            let twice: Vec<_> = facts.iter().chain(&facts).cloned().collect();
            (Just(facts), Just(twice).prop_shuffle())
        }),
        night in 1_usize..9,
    ) {
        let whole = state(facts.clone()).pack();
        prop_assert_eq!(&state(shuffled.clone()).pack(), &whole);
        prop_assert_eq!(&by_night(&shuffled.chunks(night).collect::<Vec<_>>()), &whole);
        prop_assert!(!State::unpack(&whole).unwrap().apply(facts), "nothing of it is new");
    }

    #[test]
    fn states_of_two_parts_are_one_by_their_facts(facts in facts(), at in 0_usize..40) {
        let (one, other) = facts.split_at(at.min(facts.len()));
        let mut merged = state(one.to_vec());
        merged.apply(state(other.to_vec()).facts());
        prop_assert_eq!(merged.pack(), state(facts).pack());
    }

    #[test]
    fn every_score_is_the_sum_of_its_lines_and_lies_within_its_bounds(facts in facts()) {
        let sheet = Sheet::get().unwrap();
        let state = state(facts.into_iter().chain(rolls()));
        let scores = Scores::of(&state, sheet);
        prop_assert!(!scores.members.is_empty());
        let of_members = scores.members.iter().map(|score| (Subject::Member(score.member), score.points));
        for (subject, points) in of_members.chain([(Subject::Branch, scores.branch)]) {
            let five = if subject == Subject::Branch { Dimension::OF_BRANCH } else { Dimension::OF_MEMBER };
            let lines = state.lines(sheet, subject);
            for (dimension, points) in five.into_iter().zip(points) {
                prop_assert!(points <= 10_000);
                let of = lines.iter().filter(|line| line.rule.dimension == dimension);
                prop_assert_eq!(of.map(|line| line.points).sum::<i32>(), i32::from(points), "{:?} {:?}", subject, dimension);
            }
        }
    }

    #[test]
    fn a_withdrawn_record_leaves_the_scores_of_a_year_without_it(facts in facts(), n in 0_u8..12) {
        let sheet = Sheet::get().unwrap();
        let without = facts.iter().filter(|fact| fact.record != record(n)).cloned();
        let without = state(without.chain(rolls()));
        let withdrawn = state(facts.into_iter().chain(rolls()).chain([Fact::withdrawn(record(n), 9)]));
        prop_assert_eq!(Scores::of(&withdrawn, sheet), Scores::of(&without, sheet));
        for subject in (0..6).map(|n| Subject::Member(member(n))).chain([Subject::Branch]) {
            prop_assert!(withdrawn.lines(sheet, subject).iter().all(|line| line.record != Some(record(n))));
        }
    }
}
