use super::*;
use crate::domain::tests::{hand, member};
use dues_records::Balances;

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn bill(text: &str, fen: u64) -> Bill {
    let who = (member(1), "陈员".parse().unwrap());
    Bill::new(who, OrgId::from_bytes(2, [2; 10]), month(text), Fen(fen), hand(1).at)
}

fn line<const MAX: usize>(text: &str) -> Line<MAX> {
    text.try_into().unwrap()
}

fn opened(bills: &[Bill], channel: Channel) -> Payment {
    let months: Vec<_> = bills.iter().map(|bill| bill.month).collect();
    let payer = Payer { kind: Kind::Oneself, member: None, name: None };
    Payment::opened(OrgId::from_bytes(2, [2; 10]), bills, &months, (payer, channel, None), hand(1)).unwrap()
}

/// What a book comes to with these entries.
fn book(entries: &[&Entry]) -> Balances {
    entries.iter().fold(Balances::default(), |balances, entry| balances.with(entry))
}

#[test]
fn what_was_asked_for_pays_its_bills() {
    let bills = [bill("2026-10", 1_500), bill("2026-11", 1_500)];
    let Settled { payment, bills: paid, entry } =
        opened(&bills, Channel::Cash).settled(&bills, Fen(3_000), (None, Some(member(9))), hand(9).at).unwrap();
    assert_eq!((payment.state, payment.unclarified, paid.len()), (State::Settled, Fen::NONE, 2));
    assert!(payment.items.iter().all(|item| item.paid));
    assert!(payment.receipt.as_deref().unwrap().starts_with("20261124-"));
    let book = book(&[&entry]);
    assert_eq!((book.of(Account::Cash), book.of(Account::Dues)), (3_000, -3_000));
}

#[test]
fn money_that_nobody_asked_for_is_unclarified_and_never_lost() {
    let bills = [bill("2026-10", 1_500), bill("2026-11", 1_500)];
    let asked = opened(&bills, Channel::Provider);
    let some = |text: &str| (Some(line(text)), None);
    for wrong in [1, 2_999, 3_001] {
        let settled = asked.settled(&bills, Fen(wrong), some("T1"), hand(1).at).unwrap();
        assert_eq!((settled.bills.len(), settled.payment.unclarified), (0, Fen(wrong)));
    }
    // One of its bills was paid in cash meanwhile.
    let meanwhile = [bills[0].paid(PaymentId::new(hand(1).at), hand(1).at).unwrap(), bills[1].clone()];
    let partly = asked.settled(&meanwhile, Fen(3_000), some("T1"), hand(1).at).unwrap();
    assert_eq!((partly.bills.len(), partly.payment.unclarified), (1, Fen(1_500)));
    // The other has another sum now.
    let cheaper = [bills[0].clone(), bills[1].repriced(Fen(20), hand(1).at).unwrap()];
    let partly = asked.settled(&cheaper, Fen(3_000), some("T1"), hand(1).at).unwrap();
    assert_eq!((partly.bills.len(), partly.payment.unclarified), (1, Fen(1_500)));
    // It was paid twice.
    let once = asked.settled(&bills, Fen(3_000), some("T1"), hand(1).at).unwrap().payment;
    assert!(once.knows(&line("T1")) && !once.knows(&line("T2")));
    let twice = once.settled(&bills, Fen(3_000), some("T2"), hand(1).at).unwrap();
    assert_eq!((twice.bills.len(), twice.payment.held, twice.payment.unclarified), (0, Fen(6_000), Fen(3_000)));
}

#[test]
fn late_money_pays_what_was_closed_and_closing_what_is_paid_changes_nothing() {
    let bills = [bill("2026-11", 1_500)];
    let (asked, later) = (opened(&bills, Channel::Provider), hand(1).at + jiff::SignedDuration::from_hours(2));
    let closed = asked.closed(later).unwrap();
    assert_eq!(closed, Payment { state: State::Closed, version: 2, updated_at: later, ..asked });
    assert_eq!(closed.closed(later), None);
    let paid = closed.settled(&bills, Fen(1_500), (Some(line("T1")), None), hand(1).at).unwrap();
    assert_eq!((paid.payment.state, paid.bills.len()), (State::Settled, 1));
    assert_eq!(paid.payment.closed(hand(1).at), None);
}

#[test]
fn unclarified_money_is_allotted_to_open_bills_it_suffices_for() {
    let bills = [bill("2026-10", 1_500), bill("2026-11", 1_500)];
    let asked = opened(&bills, Channel::Provider);
    let first = asked.settled(&bills, Fen(2_000), (Some(line("T1")), None), hand(1).at).unwrap();
    let both = [month("2026-10"), month("2026-11")];
    assert!(first.payment.allotted(&bills, &both, hand(9)).is_err());
    let one = first.payment.allotted(&bills, &both[..1], hand(9)).unwrap();
    assert_eq!((one.bills.len(), one.payment.paid()), (1, vec![both[0]]));
    let book = book(&[&first.entry, &one.entry]);
    assert_eq!(
        (book.of(Account::Clearing), book.of(Account::Dues), book.of(Account::Unclarified)),
        (2_000, -1_500, -500)
    );
    let item = |month: Month, paid: bool| Item { month, amount: Fen(1_500), paid };
    let items = vec![item(both[0], true), item(both[1], false)];
    assert_eq!(one.payment, Payment { items, unclarified: Fen(500), version: 3, ..first.payment });
}

#[test]
fn nothing_is_no_money_and_what_came_in_too_often_is_not_taken() {
    let asked = opened(&[bill("2026-11", 1_500)], Channel::Provider);
    let received = Received { amount: Fen(1), transaction: None, at: hand(1).at };
    for (times, fen, refused) in [
        (0, 0, Some(ErrorCode::InvalidField)),
        (MOST_RECEIVED - 1, 1, None),
        (MOST_RECEIVED, 1, Some(ErrorCode::InvalidField)),
    ] {
        let asked = Payment { received: vec![received.clone(); times], ..asked.clone() };
        let settled = asked.settled(&[], Fen(fen), (Some(line("T1")), None), hand(1).at);
        assert_eq!(settled.err().map(|refusal| refusal.code), refused, "{times} {fen}");
    }
}

#[test]
fn a_reversal_takes_two_persons_and_everything_back() {
    let bills = [bill("2026-11", 1_500)];
    let paid = opened(&bills, Channel::Cash).settled(&bills, Fen(1_500), (None, Some(member(9))), hand(9).at).unwrap();
    let there = book(&[&paid.entry]);
    assert_eq!(paid.payment.reversed(&paid.bills, &there, hand(8)).unwrap_err().code, ErrorCode::AlreadyDecided);
    let asked = paid.payment.questioned(line("录错人"), hand(9)).unwrap();
    assert_eq!(asked.questioned(line("录错人"), hand(8)).unwrap_err().code, ErrorCode::AlreadyOpen);
    assert_eq!(asked.reversed(&paid.bills, &there, hand(9)).unwrap_err().code, ErrorCode::OwnCase);
    let sent_up = Balances::default();
    assert_eq!(asked.reversed(&paid.bills, &sent_up, hand(8)).unwrap_err().code, ErrorCode::IllegalTransition);
    assert!(asked.kept(hand(8)).unwrap().questioned(line("录错人"), hand(9)).is_ok());
    let back = asked.reversed(&paid.bills, &there, hand(8)).unwrap();
    assert_eq!(
        (back.payment.state, back.payment.held, back.bills[0].state),
        (State::Reversed, Fen::NONE, BillState::Open)
    );
    assert!(book(&[&paid.entry, &back.entry]).0.values().all(|fen| *fen == 0));
    assert_eq!(back.payment.questioned(line("再次"), hand(9)).unwrap_err().code, ErrorCode::IllegalTransition);
}

#[test]
fn a_reversal_takes_what_was_asked_for_from_where_it_lies() {
    let bills = [bill("2026-11", 1_500)];
    let some = |text: &str| (Some(line(text)), None);
    let paid = opened(&bills, Channel::Provider).settled(&bills, Fen(1_500), some("T1"), hand(1).at).unwrap();
    let asked = paid.payment.questioned(line("录错人"), hand(9)).unwrap();
    let more = asked.settled(&bills, Fen(1_500), some("T2"), hand(1).at).unwrap();
    let there = book(&[&paid.entry, &more.entry]);
    assert_eq!(more.payment.reversed(&paid.bills, &there, hand(8)).unwrap_err().code, ErrorCode::Conflict);
    let again = more.payment.kept(hand(8)).unwrap().questioned(line("录错人"), hand(9)).unwrap();
    assert!(again.reversed(&paid.bills, &there, hand(8)).is_ok());
    // 10 of its 15 yuan were paid out.
    let at = |clearing: i64, cash: i64| Balances([(Account::Clearing, clearing), (Account::Cash, cash)].into());
    let back = asked.reversed(&paid.bills, &at(500, 1_000), hand(8)).unwrap();
    let left = at(500, 1_000).with(&back.entry);
    assert_eq!((left.of(Account::Clearing), left.of(Account::Cash)), (0, 0));
    for there in [at(500, 999), at(0, 0)] {
        assert_eq!(asked.reversed(&paid.bills, &there, hand(8)).unwrap_err().code, ErrorCode::IllegalTransition);
    }
}

#[test]
fn a_branch_takes_what_is_owed_of_months_elsewhere_and_the_bill_is_of_that_branch() {
    let elsewhere = Bill { organization: OrgId::from_bytes(3, [3; 10]), ..bill("2026-10", 1_500) };
    let bills = [elsewhere, bill("2026-11", 1_500)];
    let asked = opened(&bills, Channel::Cash);
    let settled = asked.settled(&bills, Fen(3_000), (None, Some(member(9))), hand(9).at).unwrap();
    assert_eq!(settled.bills.len(), 2);
    assert!(settled.bills.iter().all(|bill| bill.organization == asked.organization));
    // The same of money that came in with one fen more.
    let more = asked.settled(&bills, Fen(3_001), (Some(line("T1")), None), hand(1).at).unwrap().payment;
    let allotted = more.allotted(&bills, &[month("2026-10"), month("2026-11")], hand(9)).unwrap();
    assert_eq!((allotted.payment.unclarified, allotted.bills.len()), (Fen(1), 2));
    assert!(allotted.bills.iter().all(|bill| bill.organization == asked.organization));
}

#[test]
fn months_are_of_open_bills() {
    let bills = [bill("2026-10", 1_500), bill("2026-11", 0)];
    let payer = || Payer { kind: Kind::Oneself, member: None, name: None };
    for wrong in [&[][..], &["2026-10", "2026-10"], &["2026-11"], &["2026-09"]] {
        let months: Vec<_> = wrong.iter().map(|text| month(text)).collect();
        let to = OrgId::from_bytes(2, [2; 10]);
        let refused = Payment::opened(to, &bills, &months, (payer(), Channel::Cash, None), hand(1)).unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/months", "{wrong:?}");
    }
}

#[test]
fn a_payment_is_for_a_year_of_months_at_most() {
    let wanted: Vec<_> = month("2026-01").to(month("2027-01")).collect();
    assert_eq!(months(&wanted[..MOST_MONTHS]).unwrap().len(), MOST_MONTHS);
    assert_eq!(months(&wanted[..=MOST_MONTHS]).unwrap_err().fields[0].pointer, "/months");
}
