//! Letters: how long they are valid, and new ones.

use super::*;

#[test]
fn a_letter_is_valid_on_its_last_day_and_lapsed_on_the_next() {
    for (kind, on, days, last, next) in [
        (Kind::WithinCommittee, "2026-01-20", None, "2026-01-30", "2026-01-31"),
        (Kind::WithinCommittee, "2026-01-21", None, "2026-01-31", "2026-02-01"),
        (Kind::WithinCity, "2026-02-18", None, "2026-02-28", "2026-03-01"),
        (Kind::WithinProvince, "2026-01-29", None, "2026-02-28", "2026-03-01"),
        (Kind::OtherProvince, "2026-01-05", None, "2026-04-05", "2026-04-06"),
        (Kind::OtherProvince, "2026-11-30", Some(90), "2027-02-28", "2027-03-01"),
        (Kind::System, "2026-01-05", Some(1), "2026-01-06", "2026-01-07"),
    ] {
        let transfer = issued(kind, on, days);
        assert_eq!(transfer.valid_until, Some(day(last)), "{kind:?} of {on}");
        assert_eq!(transfer.state_on(day(last)), State::Issued, "{kind:?} of {on}");
        assert_eq!(transfer.state_on(day(next)), State::Overdue, "{kind:?} of {on}");
    }
}

#[test]
fn the_last_day_ends_at_midnight_in_shanghai() {
    let transfer = issued(Kind::WithinCommittee, "2026-01-20", None);
    for (at, received) in [("2026-01-30T15:59:59Z", true), ("2026-01-30T16:00:00Z", false)] {
        let hand = Hand { at: at.parse().unwrap(), ..hand(RECEIVER, "2026-01-30") };
        assert_eq!(transfer.received(&member(), &branch(5, 1).node, hand).is_ok(), received, "{at}");
    }
    let late = transfer.received(&member(), &branch(5, 1).node, hand(RECEIVER, "2026-01-31"));
    assert_eq!(code(late), (ErrorCode::IllegalTransition, Some("组通字〔2006〕45号")));
}

#[test]
fn a_letter_is_valid_for_a_day_at_least_and_three_months_at_most() {
    let issue = |days| {
        let new = NewLetter { days: Some(days), ..letter("1号") };
        let to = "去处".try_into().unwrap();
        approved(Kind::OtherProvince).issued(new, &member(), &branch(4, 1), to, hand(COMMITTEE, "2026-01-05"))
    };
    assert!(issue(1).is_ok() && issue(90).is_ok());
    for days in [0, 91] {
        assert_eq!(pointer(issue(days)), "/days");
    }
}

#[test]
fn a_new_letter_keeps_the_old_one_and_needs_a_reason_and_a_number_of_its_own() {
    let transfer = issued(Kind::WithinCommittee, "2026-01-20", None);
    let issue = |new: NewLetter, on: &str| {
        transfer.issued(new, &member(), &branch(4, 1), "去处".try_into().unwrap(), hand(COMMITTEE, on))
    };
    let again = |number: &str| NewLetter { reason: Some(why()), ..letter(number) };
    assert_eq!(code(issue(again("2号"), "2026-01-30")).0, ErrorCode::IllegalTransition, "the first one is still valid");
    assert_eq!(pointer(issue(letter("2号"), "2026-01-31")), "/reason");
    assert_eq!(pointer(issue(again("1号"), "2026-01-31")), "/number");
    let second = issue(again("2号"), "2026-01-31").unwrap();
    assert_eq!((second.letters.len(), second.valid_until), (2, Some(day("2026-02-10"))));
    assert_eq!(second.letters[0], transfer.letters[0]);
    assert_eq!(second.state_on(day("2026-02-10")), State::Issued);
}

#[test]
fn the_receipt_of_an_earlier_letter_may_come_after_a_new_one_was_issued() {
    let first = issued(Kind::WithinCity, "2026-01-05", None);
    let new = NewLetter { reason: Some(why()), ..letter("2号") };
    let hand_in = hand(COMMITTEE, "2026-02-01");
    let second = first.issued(new, &member(), &branch(4, 1), "去处".try_into().unwrap(), hand_in).unwrap();
    let arrive = |received_on: &str| {
        let receipt = Receipt { on: day("2026-02-20"), received_on: Some(day(received_on)) };
        second.arrived(&member(), receipt, hand(DRAFTER, "2026-02-20"))
    };
    for (valid, between) in [("2026-01-05", "2026-01-16"), ("2026-01-15", "2026-01-31"), ("2026-02-11", "2026-02-12")] {
        assert_eq!(arrive(valid).unwrap().1.state_since, day(valid));
        assert_eq!(pointer(arrive(between)), "/receivedOn", "{between}");
    }
}

#[test]
fn a_graduate_gets_a_new_letter_within_six_months_of_leaving() {
    let transfer = issued(Kind::Graduate, "2026-01-31", None);
    let issue = |on: &str| {
        let new = NewLetter { reason: Some(why()), ..letter("2号") };
        transfer.issued(new, &member(), &branch(4, 1), "去处".try_into().unwrap(), hand(COMMITTEE, on))
    };
    assert!(issue("2026-07-31").is_ok());
    assert_eq!(code(issue("2026-08-01")), (ErrorCode::IllegalTransition, Some("组通字〔2015〕33号 §1")));
}
