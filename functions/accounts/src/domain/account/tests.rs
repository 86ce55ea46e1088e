use super::*;
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_485_600 + seconds).unwrap()
}

fn sealed(text: &str) -> Sealed {
    serde_json::from_str(&format!("\"{text}\"")).unwrap()
}

fn session() -> Session {
    Session::new("one".to_owned(), false, None, at(0))
}

fn id(n: u8) -> SessionId {
    SessionId::from_bytes(u64::from(n), [n; 10])
}

#[test]
fn the_token_before_gives_the_same_successor_for_a_minute() {
    let renewed = session().renewed("two".to_owned(), sealed("TWO"), at(100));
    assert_eq!(renewed.presented("two", at(100)), Presented::Present);
    assert_eq!(renewed.presented("one", at(100)), Presented::Before(sealed("TWO")));
    assert_eq!(renewed.presented("one", at(159)), Presented::Before(sealed("TWO")));
    assert_eq!(renewed.presented("one", at(160)), Presented::Superseded);
    assert_eq!(renewed.presented("two", at(1_000)), Presented::Present);
}

#[test]
fn once_the_successor_is_used_the_token_before_it_is_superseded() {
    let twice = session().renewed("two".to_owned(), sealed("TWO"), at(100)).renewed(
        "three".to_owned(),
        sealed("THREE"),
        at(101),
    );
    assert_eq!(twice.presented("one", at(101)), Presented::Superseded);
    assert_eq!(twice.presented("two", at(101)), Presented::Before(sealed("THREE")));
    assert_eq!(twice.presented("three", at(101)), Presented::Present);
}

#[test]
fn a_session_lasts_thirty_days_unused_and_ninety_at_most() {
    const DAY: i64 = 86_400;
    let mut session = session();
    assert_eq!(session.expires_at, at(30 * DAY));
    for day in [20, 40, 60, 80] {
        session = session.renewed("x".to_owned(), sealed("X"), at(day * DAY));
        assert_eq!(session.expires_at, at((day + 30).min(90) * DAY));
    }
}

#[test]
fn a_session_is_over_at_the_instant_it_expires() {
    let mut account = Account::new(MemberId::from_bytes(1, [1; 10]));
    account.keep(id(1), session(), at(0));
    let end = account.sessions[&id(1)].expires_at;
    assert!(account.session(id(1), end - SignedDuration::from_secs(1)).is_ok());
    assert_eq!(account.session(id(1), end), Err(ErrorCode::SessionEnded));
    assert_eq!(account.session(id(2), at(0)), Err(ErrorCode::SessionEnded));
}

#[test]
fn a_renewed_session_was_used_when_it_was_renewed_and_is_fresh_no_longer_than_it_was() {
    let renewed = session().renewed("two".to_owned(), sealed("TWO"), at(899));
    assert_eq!(renewed.refreshed_at, at(899));
    assert_eq!([0, 899, 900, 901].map(|now| renewed.is_fresh(at(now))), [true, true, false, false]);
}

#[test]
fn a_session_is_ended_once_and_those_that_ran_out_go_with_the_next() {
    let mut account = Account::new(MemberId::from_bytes(1, [1; 10]));
    account.keep(id(1), session(), at(0));
    assert_eq!((account.end(id(1)), account.end(id(1))), (Ok(()), Err(ErrorCode::NotFound)));
    account.keep(id(2), session(), at(0));
    let end = session().expires_at;
    account.keep(id(3), Session { expires_at: end + FRESH, ..session() }, end);
    assert_eq!(account.sessions.keys().collect::<Vec<_>>(), [&id(3)]);
}

#[test]
fn beyond_ten_the_session_that_was_unused_for_longest_goes() {
    let mut account = Account::new(MemberId::from_bytes(1, [1; 10]));
    for n in 0..10 {
        account.keep(id(n), Session { refreshed_at: at(i64::from(n)), ..session() }, at(10));
    }
    // The first one is in use again; the second is now the oldest.
    account.keep(id(0), Session { refreshed_at: at(20), ..session() }, at(20));
    account.keep(id(10), Session { refreshed_at: at(0), ..session() }, at(20));
    assert_eq!(account.sessions.len(), 10);
    assert!(
        account.sessions.contains_key(&id(0)) && account.sessions.contains_key(&id(10)),
        "the new one stays whatever its time"
    );
    assert!(!account.sessions.contains_key(&id(1)));
}

proptest! {
    /// Whatever order tokens come in, only the present one and the one right before it are ever good.
    #[test]
    fn no_older_token_is_ever_good(times in prop::collection::vec(1_i64..50, 1..12), asked in 0_usize..12, later in 0_i64..200) {
        let mut session = session();
        let mut now = 0;
        let mut hashes = vec!["one".to_owned()];
        for (n, time) in times.iter().enumerate() {
            now += time;
            hashes.push(format!("next {n}"));
            session = session.renewed(hashes[n + 1].clone(), sealed(&format!("S{n}")), at(now));
        }
        let asked = asked.min(hashes.len() - 1);
        let found = session.presented(&hashes[asked], at(now + later));
        let age = hashes.len() - 1 - asked;
        match found {
            Presented::Present => prop_assert_eq!(age, 0),
            Presented::Before(successor) => {
                prop_assert!(age == 1 && later < 60);
                prop_assert_eq!(successor, sealed(&format!("S{}", times.len() - 1)));
            }
            Presented::Superseded => prop_assert!(age > 1 || (age == 1 && later >= 60)),
        }
    }
}
