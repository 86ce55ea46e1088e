//! Trainings that somebody else held.

use super::*;

fn new_training(from: &str, to: &str, half_days: u32, people: usize) -> NewTraining {
    let people: Vec<_> = (0..people).map(|n| MemberId::from_bytes(n as u64, [3; 10])).collect();
    serde_json::from_value(json!({
        "organization": OrgId::from_bytes(1, [1; 10]), "title": "集中培训", "from": from, "to": to, "halfDays": half_days,
        "people": people,
    }))
    .unwrap()
}

fn entered(new: NewTraining) -> Result<Training, Refusal> {
    let hand = Hand { by: MemberId::from_bytes(9, [9; 10]), at: at("2026-11-24T00:00:00Z") };
    new.entered(jiff::civil::Date::constant(2026, 11, 24), Rules::get().unwrap(), hand)
}

#[test]
fn a_training_is_over_and_no_longer_than_its_days() {
    for (from, to, half_days, people, field) in [
        ("2026-11-25", "2026-11-25", 1, 1, "/to"),
        ("2026-11-24", "2026-11-23", 1, 1, "/to"),
        ("2025-12-31", "2026-01-01", 1, 1, "/to"),
        ("2026-11-24", "2026-11-24", 3, 1, "/halfDays"),
        ("2026-11-24", "2026-11-24", 0, 1, "/halfDays"),
        ("2026-11-24", "2026-11-24", 1, 0, "/people"),
        ("2026-11-24", "2026-11-24", 1, 91, "/people"),
    ] {
        let refusal = entered(new_training(from, to, half_days, people)).unwrap_err();
        assert_eq!(pointer(&refusal), field, "{from} {to} {half_days}");
    }
    let mut twice = new_training("2026-11-24", "2026-11-24", 1, 2);
    twice.people[1] = twice.people[0];
    assert_eq!(pointer(&entered(twice).unwrap_err()), "/people");
}

#[test]
fn a_training_is_decided_once_and_counts_when_it_is_confirmed() {
    let entered = entered(new_training("2026-11-23", "2026-11-24", 4, 90)).unwrap();
    let (rules, hand) =
        (Rules::get().unwrap(), Hand { by: MemberId::from_bytes(8, [8; 10]), at: at("2026-11-24T01:00:00Z") });
    assert_eq!(entered.credit(rules), None, "nothing counts before it is confirmed");
    assert_eq!(pointer(&entered.decided(Decision { accept: false, reason: None }, hand).unwrap_err()), "/reason");
    let confirmed = entered.decided(Decision { accept: true, reason: None }, hand).unwrap();
    assert_eq!(confirmed.credit(rules).map(|entry| entry.minutes), Some(16 * 60));
    assert!(confirmed.decided(Decision { accept: true, reason: None }, hand).is_err());
    let reason = Some(Line::<500>::ours("未到场").unwrap());
    let refused = entered.decided(Decision { accept: false, reason: reason.clone() }, hand).unwrap();
    assert_eq!(refused.credit(rules), None);
    let (state, decided_by) = (crate::domain::training::State::Refused, Some(hand.by));
    assert_eq!(refused, Training { state, decided_by, reason, version: 2, updated_at: hand.at, ..entered });
}

#[test]
fn a_training_of_several_days_counts_on_the_last_and_says_the_first() {
    let hand = Hand { by: MemberId::from_bytes(8, [8; 10]), at: at("2026-11-24T01:00:00Z") };
    for (from, several) in [("2026-11-24", false), ("2026-11-23", true)] {
        let entered = entered(new_training(from, "2026-11-24", 1, 1)).unwrap();
        let confirmed = entered.decided(Decision { accept: true, reason: None }, hand).unwrap();
        let entry = confirmed.credit(Rules::get().unwrap()).unwrap();
        assert_eq!((entry.on, entry.from), (confirmed.to, several.then_some(confirmed.from)), "{from}");
    }
}
