//! What becomes of a finding.

use super::*;
use crate::{Facts, Rules, causes};
use proptest::prelude::*;
use register::{MemberState, Node, NodeStatus, OrgKind};

/// Where somebody whose probation is over is on the rolls.
fn facts(n: u8) -> Facts {
    let id = OrgId::from_bytes(u64::from(n), [n; 10]);
    let node = Node {
        id,
        path: kernel::OrgPath::root(id),
        name: "东社区党支部".try_into().unwrap(),
        kind: OrgKind::GeneralBranch,
        branch_type: None,
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
    };
    let member = MemberId::from_bytes(1, [1; 10]);
    let joined_on = Date::constant(2024, 7, 1);
    let person = crate::OnRoll { id: member, state: MemberState::Probationary, joined_on, state_since: None };
    Facts { roll: vec![person], ..Facts::of(node) }
}

fn cause(facts: &Facts) -> Cause<'static> {
    causes(Rules::get().unwrap(), facts, &[], Date::constant(2026, 11, 24)).unwrap().remove(0)
}

fn by() -> MemberId {
    MemberId::from_bytes(2, [2; 10])
}

fn reason() -> Line<500> {
    "已决定延长预备期".try_into().unwrap()
}

#[test]
fn what_a_person_closed_stays_closed() {
    let (here, now) = (facts(4), Timestamp::UNIX_EPOCH);
    let finding = Finding::found(&cause(&here), now);
    assert_eq!((finding.rule.as_str(), finding.rule_version, finding.version), ("probation-over", 1, 1));
    assert_eq!(finding.again(&cause(&here), now), None, "it is found every night");
    let closed = finding.closed_by(by(), reason(), now).unwrap();
    assert_eq!(closed.again(&cause(&here), now), None);
    assert_eq!(closed.closed_by(by(), reason(), now).unwrap_err().code, ErrorCode::AlreadyDecided);
    assert_eq!(finding.gone(now).closed_by(by(), reason(), now).unwrap_err().code, ErrorCode::AlreadyDecided);
}

#[test]
fn a_change_says_when_it_was_and_changes_nothing_else() {
    let (here, there) = (facts(4), facts(5));
    let (before, at): (Timestamp, Timestamp) =
        ("2026-11-24T01:00:00Z".parse().unwrap(), "2026-11-25T01:00:00Z".parse().unwrap());
    let finding = Finding::found(&cause(&here), before);
    let changed = Finding { version: 2, updated_at: at, ..finding.clone() };
    let moved = Finding { organization: there.node.id, ..changed.clone() };
    assert_eq!(finding.again(&cause(&there), at), Some((moved, Turn::Moved)));
    let closed = |by, reason| Finding { closed: Some(Closure { by, reason, at }), ..changed.clone() };
    assert_eq!(finding.gone(at), closed(None, None));
    assert_eq!(finding.closed_by(by(), reason(), at).unwrap(), closed(Some(by()), Some(reason())));
}

#[test]
fn a_person_settles_a_finding_in_the_year_of_shanghai_in_which_they_close_it() {
    let now: Timestamp = "2026-12-31T16:30:00Z".parse().unwrap();
    let finding = Finding::found(&cause(&facts(4)), now);
    let closed = finding.closed_by(by(), reason(), now).unwrap();
    assert!(closed.is_settled_in(2027) && !closed.is_settled_in(2026));
    assert!(!finding.is_settled_in(2027) && !finding.gone(now).is_settled_in(2027));
}

#[test]
fn a_cause_that_comes_back_opens_it_again_where_it_is_now() {
    let (here, there, now) = (facts(4), facts(5), Timestamp::UNIX_EPOCH);
    let finding = Finding::found(&cause(&here), now);
    let (moved, turn) = finding.again(&cause(&there), now).unwrap();
    assert_eq!((turn, moved.id, moved.organization), (Turn::Moved, finding.id, there.node.id));
    let (again, turn) = moved.gone(now).again(&cause(&here), now).unwrap();
    assert_eq!((turn, again.id, again.organization), (Turn::Reopened, finding.id, here.node.id));
    assert!(again.closed.is_none() && again.version == 4);
}

proptest! {
    #[test]
    fn whatever_happens_each_change_counts_and_a_person_has_the_last_word(
        steps in proptest::collection::vec(0_u8..4, 1..20),
    ) {
        let (here, there, now) = (facts(4), facts(5), Timestamp::UNIX_EPOCH);
        let mut finding = Finding::found(&cause(&here), now);
        let (mut changes, mut decided) = (1, false);
        for step in steps {
            let next = match step {
                0 => finding.again(&cause(&here), now).map(|(next, _)| next),
                1 => finding.again(&cause(&there), now).map(|(next, _)| next),
                2 => finding.closed.is_none().then(|| finding.gone(now)),
                _ => finding.closed_by(by(), reason(), now).ok(),
            };
            if let Some(next) = next {
                prop_assert!(!decided, "it was changed after a person closed it");
                changes += 1;
                decided = next.closed.as_ref().is_some_and(|closure| closure.by.is_some());
                finding = next;
            }
            prop_assert_eq!(finding.version, changes);
        }
    }
}
