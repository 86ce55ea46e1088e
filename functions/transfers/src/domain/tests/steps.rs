//! Steps in any order.

use super::*;
use kernel::shanghai_day;

/// The whole of what may happen, apart from the table that the code uses: state, step, state.
const LEGAL: &[(&str, &str, &str)] = &[
    ("draft", "approved", "approved"),
    ("draft", "declined", "returned"),
    ("draft", "withdrawn", "withdrawn"),
    ("approved", "issued", "issued"),
    ("approved", "withdrawn", "withdrawn"),
    ("issued", "received", "received"),
    ("issued", "arrived", "received"),
    ("issued", "returned", "returned"),
    ("issued", "withdrawn", "withdrawn"),
    ("overdue", "reissued", "issued"),
    ("overdue", "arrived", "received"),
    ("overdue", "returned", "returned"),
    ("overdue", "withdrawn", "withdrawn"),
    ("received", "acknowledged", "received"),
];

#[test]
fn no_step_is_possible_but_those_of_the_regulation() {
    for state in State::ALL {
        for done in Done::ALL {
            let expected = LEGAL.iter().find(|(from, step, _)| (*from, *step) == (state.slug(), done.slug()));
            assert_eq!(state.after(done).map(State::slug), expected.map(|(_, _, to)| *to), "{state:?} {done:?}");
        }
    }
}

#[test]
fn a_transfer_is_open_as_long_as_it_can_be_withdrawn() {
    for state in State::ALL {
        let withdrawn = LEGAL.iter().any(|(from, step, _)| (*from, *step) == (state.slug(), "withdrawn"));
        assert_eq!(state.is_open(), withdrawn, "{state:?}");
    }
}

/// What somebody tries to do.
#[derive(Debug, Clone, Copy)]
enum Try {
    Decide(bool),
    Issue,
    Receive,
    Receipt,
    Return,
    Withdraw,
}

/// Does it on the day of `at`: the step it comes to, and what came out of it.
fn attempt(
    wish: Try,
    transfer: &Transfer,
    member: &Member,
    at: Timestamp,
) -> (Done, Result<(Transfer, Member), Refusal>) {
    let hand = |n: u8| Hand { by: MemberId::from_bytes(u64::from(n), [n; 10]), at };
    let stays = |result: Result<Transfer, Refusal>| result.map(|new| (new, member.clone()));
    match wish {
        Try::Decide(accept) => {
            let done = if accept { Done::Approved } else { Done::Declined };
            (done, stays(transfer.decided(accept, Some(why()), hand(COMMITTEE))))
        }
        Try::Issue => {
            let again = !transfer.letters.is_empty();
            let number = format!("{}号", transfer.letters.len() + 1);
            let new = NewLetter { reason: Some(why()), ..letter(&number) };
            let to = "去处".try_into().unwrap();
            let done = if again { Done::Reissued } else { Done::Issued };
            (done, stays(transfer.issued(new, member, &branch(4, 1), to, hand(COMMITTEE))))
        }
        Try::Receive => (Done::Received, transfer.received(member, &branch(5, 1).node, hand(RECEIVER))),
        Try::Receipt => {
            let receipt = Receipt { on: shanghai_day(at), received_on: None };
            (Done::Acknowledged, stays(transfer.acknowledged(receipt, hand(DRAFTER))))
        }
        Try::Return => (Done::Returned, stays(transfer.returned(why(), hand(RECEIVER)))),
        Try::Withdraw => (Done::Withdrawn, stays(transfer.withdrawn(why(), hand(DRAFTER)))),
    }
}

fn wish() -> impl Strategy<Value = (Try, i64)> {
    let wish = prop_oneof![
        1 => Just(Try::Decide(true)),
        1 => Just(Try::Decide(false)),
        2 => Just(Try::Issue),
        2 => Just(Try::Receive),
        1 => Just(Try::Receipt),
        1 => Just(Try::Return),
        1 => Just(Try::Withdraw),
    ];
    (wish, prop_oneof![3 => 0_i64..3, 1 => 8_i64..13])
}

proptest! {
    #[test]
    fn whatever_is_tried_only_legal_steps_are_done_and_the_member_moves_when_received(
        wishes in proptest::collection::vec(wish(), 1..20),
    ) {
        let to = branch(5, 1);
        let start = hand(DRAFTER, "2026-01-05");
        let request = request(Kind::WithinCommittee, Destination::Organization(to.node.id));
        let mut transfer = Transfer::drafted(request, &member(), (&branch(4, 1), Some(&to)), start).unwrap();
        let (mut person, mut at) = (member(), start.at);
        for (wish, days) in wishes {
            at += SignedDuration::from_hours(24 * days);
            let before = transfer.state_on(shanghai_day(at));
            let (done, result) = attempt(wish, &transfer, &person, at);
            let legal = LEGAL.iter().find(|(from, step, _)| (*from, *step) == (before.slug(), done.slug()));
            // The receipt comes back once.
            let possible = legal.is_some() && !(done == Done::Acknowledged && transfer.receipt_on.is_some());
            match result {
                Ok((new, member)) => {
                    prop_assert!(possible, "{before:?} {done:?}");
                    prop_assert_eq!(new.state.slug(), legal.unwrap().2);
                    prop_assert_eq!(new.version, transfer.version + 1);
                    prop_assert_eq!(new.steps.len(), transfer.steps.len() + 1);
                    prop_assert!(new.letters.starts_with(&transfer.letters), "letters are kept");
                    prop_assert_eq!(member != person, done == Done::Received);
                    (transfer, person) = (new, member);
                }
                Err(refusal) => {
                    prop_assert!(!possible, "{before:?} {done:?} {refusal:?}");
                    prop_assert_eq!(refusal.code, ErrorCode::IllegalTransition);
                    prop_assert!(refusal.article.is_some(), "{before:?} {done:?}");
                }
            }
            let received = transfer.state == State::Received;
            prop_assert_eq!(person.organization, if received { to.node.id } else { org(4) });
        }
    }

    #[test]
    fn a_letter_lapses_on_the_day_after_its_last_and_stays_so(days in 1_u16..=90, wait in 0_i32..200) {
        let transfer = issued(Kind::OtherProvince, "2026-02-20", Some(days));
        let today = day("2026-02-20").saturating_add(wait.days());
        let expected = if wait > i32::from(days) { State::Overdue } else { State::Issued };
        prop_assert_eq!(transfer.state_on(today), expected);
        prop_assert_eq!(transfer.state, State::Issued, "what is stored is not rewritten");
    }
}
