//! Dues: I1. Every fen that came in is in exactly one place, and every bill is paid once.

use super::Content;
use dues_records::{Account, Balances, BillState, CloseRow, EntryRow, Month};
use kernel::{MemberId, OrgId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Amounts by organisation; those of nothing are left out.
type Sums = BTreeMap<OrgId, i64>;

/// What entries come to.
fn counted<'a>(entries: impl Iterator<Item = &'a EntryRow>) -> Balances {
    entries.fold(Balances::default(), |balances, row| balances.with(&row.entry))
}

/// What the entries of each book come to.
fn books(content: &Content) -> BTreeMap<OrgId, Balances> {
    let owners: BTreeSet<_> = content.entries.iter().map(|row| row.entry.organization).collect();
    let book = |owner: &OrgId| counted(content.entries.iter().filter(|row| row.entry.organization == *owner));
    owners.iter().map(|owner| (*owner, book(owner))).collect()
}

fn sums(amounts: impl Iterator<Item = (OrgId, i64)>) -> Sums {
    let mut sums = Sums::new();
    amounts.for_each(|(of, fen)| *sums.entry(of).or_default() += fen);
    sums.retain(|_, fen| *fen != 0);
    sums
}

/// The balance of an account in every book, as a credit where `sign` is -1.
fn account(books: &BTreeMap<OrgId, Balances>, account: Account, sign: i64) -> Sums {
    sums(books.iter().map(|(of, book)| (*of, sign * book.of(account))))
}

fn fen(row: &Value, name: &str) -> i64 {
    row[name].as_i64().unwrap_or_default()
}

fn organization(row: &Value, name: &str) -> OrgId {
    row[name].as_str().unwrap().parse().unwrap()
}

/// What is wrong when `found` is not what it must be.
fn differ<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, due: &T) -> Option<String> {
    (found != due).then(|| format!("{what}: {found:?}, not {due:?}"))
}

/// Each entry has two equal sides and stands where it belongs; a close is what the entries say.
pub(super) fn entries(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in &content.entries {
        let (entry, place) = (&row.entry, EntryRow::new(row.entry.clone()));
        if entry.lines.iter().map(|line| line.fen).sum::<i64>() != 0 || (&row.pk, &row.sk) != (&place.pk, &place.sk) {
            wrong.push(format!("{} {} {entry:?}", row.pk, row.sk));
        }
    }
    for CloseRow { pk, month, balances, .. } in &content.closes {
        let until = content.entries.iter().filter(|row| row.pk == *pk && Month::at(row.entry.at) <= *month);
        wrong.extend(differ(&format!("{pk} at the end of {month}"), balances, &counted(until)));
    }
    wrong
}

/// The trace tells of each bill once; and of those that are gone since a payment for months ahead was taken back.
pub(super) fn told(content: &Content) -> Vec<String> {
    let lines = |kind: &'static str| content.activities.iter().filter(move |line| line.kind == kind);
    let told: u64 = lines("dues.billed").filter_map(|line| line.after["bills"].as_u64()).sum();
    let gone = lines("dues.reversal-decided").any(|line| line.after["confirmed"] == true);
    let there = u64::try_from(content.dues.len()).unwrap();
    let holds = if gone { told >= there } else { told == there };
    (!holds).then(|| format!("{told} bills were told of, {there} are there")).into_iter().collect()
}

/// What lies somewhere is what payments hold; what was sent up is what remittances say.
pub(super) fn places(content: &Content) -> Vec<String> {
    let books = books(content);
    let money: i64 = books.values().map(Balances::money).sum();
    let held: i64 = content.payments.iter().map(|row| fen(row, "held")).sum();
    let unclarified = content.payments.iter().map(|row| (organization(row, "organization"), fen(row, "unclarified")));
    let of =
        |part: &str, row: &Value| if part == "gifts" { fen(row, part) } else { fen(row, "amount") - fen(row, "gifts") };
    let sent = |received: Option<bool>, to: &'static str, part: &'static str| {
        let some = content.remittances.iter().filter(move |row| row["decision"]["received"].as_bool() == received);
        sums(some.map(move |row| (organization(row, to), of(part, row))))
    };
    // What was given to an organisation or came to it from below, and was not received above.
    let given = content.payments.iter().filter(|row| row["gift"] == true);
    let given = given.map(|row| (organization(row, "organization"), fen(row, "held") - fen(row, "unclarified")));
    let come = sent(Some(true), "to", "gifts").into_iter();
    let gone = sent(Some(true), "organization", "gifts").into_iter().map(|(of, fen)| (of, -fen));
    let gifts = sums(given.chain(come).chain(gone));
    let wrong = [
        differ("money in all books is what payments hold", &money, &held),
        differ("unclarified", &account(&books, Account::Unclarified, -1), &sums(unclarified)),
        differ("on the way", &account(&books, Account::OnTheWay, 1), &sent(None, "organization", "dues")),
        differ("gifts on the way", &account(&books, Account::GiftOnTheWay, 1), &sent(None, "organization", "gifts")),
        differ("gifts", &account(&books, Account::Gift, -1), &gifts),
        differ("remitted", &account(&books, Account::Remitted, 1), &sent(Some(true), "organization", "dues")),
        differ("from below", &account(&books, Account::FromBelow, -1), &sent(Some(true), "to", "dues")),
    ];
    wrong.into_iter().flatten().collect()
}

/// A bill is paid by one payment, which says so, and what bills were paid with is the income of their book.
pub(super) fn bills(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut due: BTreeMap<(MemberId, String), (String, i64)> = BTreeMap::new();
    for payment in &content.payments {
        for item in payment["items"].as_array().into_iter().flatten().filter(|item| item["paid"] == true) {
            let bill = (payment["member"].as_str().unwrap().parse().unwrap(), item["month"].to_string());
            let by = (payment["id"].as_str().unwrap().to_owned(), fen(item, "amount"));
            if let Some(other) = due.insert(bill.clone(), by.clone()) {
                wrong.push(format!("{bill:?} is paid by {by:?} and {other:?}"));
            }
        }
    }
    let paid = || content.dues.iter().map(|row| &row.bill).filter(|bill| bill.state == BillState::Paid);
    let found: BTreeMap<_, _> = paid()
        .map(|bill| {
            let by = bill.payment.map(|payment| payment.to_string()).unwrap_or_default();
            ((bill.member, format!("\"{}\"", bill.month)), (by, bill.amount.signed()))
        })
        .collect();
    wrong.extend(differ("bills that are paid", &found, &due));
    wrong.extend(content.dues.iter().map(|row| &row.bill).filter_map(|bill| {
        let stray = bill.payment.is_some() && bill.state != BillState::Paid;
        stray.then(|| format!("{bill:?} has a payment"))
    }));
    let income = sums(paid().map(|bill| (bill.organization, bill.amount.signed())));
    wrong.extend(differ("income", &account(&books(content), Account::Dues, -1), &income));
    wrong
}

/// A transaction of a provider is of one payment, once, with its amount.
pub(super) fn transactions(content: &Content) -> Vec<String> {
    let (mut wrong, mut received) = (Vec::new(), BTreeMap::new());
    for payment in &content.payments {
        for one in payment["received"].as_array().into_iter().flatten() {
            let Some(transaction) = one["transaction"].as_str() else { continue };
            let name = format!("TXN#{}/{transaction}", payment["provider"].as_str().unwrap_or_default());
            if received.insert(name.clone(), (payment["id"].clone(), one["amount"].clone())).is_some() {
                wrong.push(format!("{name} counts twice"));
            }
        }
    }
    let claims = content.transactions.iter();
    let claims: BTreeMap<_, _> = claims
        .map(|row| (row["pk"].as_str().unwrap().to_owned(), (row["payment"].clone(), row["amount"].clone())))
        .collect();
    wrong.extend(differ("transactions", &claims, &received));
    wrong
}
