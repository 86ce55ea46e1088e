//! Books, ledgers and what is published.

use crate::stage::{fields, is, ok, stage};
use authz::Role;
use dues_records::Month;
use dynamo::{Found, Stretch};
use notices::{NoticeRow, Recipient};
use register::Member;
use serde_json::json;

#[tokio::test]
async fn a_book_shows_its_trial_balance_and_its_closes_are_what_the_entries_say() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    ok(stage.cash(&stage.member, &["2026-10"]).await);
    let (branch, november): (_, Month) = (stage.town.branch.id, "2026-11".parse().unwrap());
    let whole = stage.book(branch).await;
    stage.at("2026-12-01T08:00:00");
    assert!(stage.table.close(branch, november).await.unwrap());
    assert!(!stage.table.close(branch, november).await.unwrap(), "once");
    assert_eq!(stage.table.balances(branch, november).await.unwrap(), whole);
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    assert_eq!(stage.book(branch).await.money(), 3_000);
    assert!(!stage.table.close(stage.town.neighbour.id, november).await.unwrap(), "an empty book has no close");

    let path = format!("/v1/organizations/{branch}/dues/book");
    let book = ok(stage.till.get(&path).await).body;
    assert_eq!((&book["balances"], &book["toSend"]), (&json!({ "cash": 3_000, "dues": -3_000 }), &json!(2_400)));
    assert_eq!((book["entries"].as_array().unwrap().len(), &book["sharesConfirmed"]), (1, &json!(false)));
    let earlier = ok(stage.till.get(&format!("{path}?month=2026-11")).await).body;
    assert_eq!((&earlier["balances"]["cash"], &earlier["month"]), (&json!(1_500), &json!("2026-11")));
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
    assert_eq!(fields(&stage.till.get(&format!("{path}?month=2026-13")).await), "/month");
}

#[tokio::test]
async fn a_ledger_is_read_page_by_page_and_by_state() {
    let stage = stage().await;
    for member in [&stage.member, &stage.other, &stage.secretary] {
        stage.set(member, "2026-11").await;
    }
    ok(stage.cash(&stage.other, &["2026-11"]).await);
    let path = format!("/v1/organizations/{}/dues?month=2026-11", stage.town.branch.id);
    let page = ok(stage.office.get(&format!("{path}&limit=2")).await).body;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let rest = ok(stage.office.get(&format!("{path}&cursor={}", page["next"].as_str().unwrap())).await).body;
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next")), (1, None));
    let open = ok(stage.office.get(&format!("{path}&state=open")).await).body;
    assert_eq!(open["items"].as_array().unwrap().len(), 2);
    let street = stage.officer(Role::PartyAffairsOfficer, &stage.town.street);
    assert_eq!(ok(street.get(&path).await).body["items"].as_array().unwrap().len(), 3);
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn a_year_is_published_to_the_members_of_the_branch_and_names_nobody() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    stage.set(&stage.other, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-10"]).await);
    let path = format!("/v1/organizations/{}/dues/publications", stage.town.branch.id);
    let year = format!("{path}?year=2026");
    is(&stage.of(&stage.member).get(&year).await, 404, "not-found");
    assert_eq!(fields(&stage.till.post(&path, json!({ "year": 2027 })).await), "/year");
    is(&stage.of(&stage.member).post(&path, json!({ "year": 2026 })).await, 404, "not-found");
    let said = ok(stage.till.post(&path, json!({ "year": 2026 })).await).body;
    let figures = ["members", "bills", "billed", "paidBills", "paid"].map(|name| said[name].as_u64().unwrap());
    assert_eq!(figures, [2, 3, 4_500, 1, 1_500]);
    assert!(!said.to_string().contains("陈员"));
    for reader in [&stage.member, &stage.other] {
        assert_eq!(ok(stage.of(reader).get(&year).await).body, said);
    }
    is(&stage.of(&stage.neighbour).get(&year).await, 404, "not-found");
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let again = ok(stage.till.post(&path, json!({ "year": 2026 })).await).body;
    assert_eq!((&again["version"], &again["paid"]), (&json!(2), &json!(3_000)));
}

#[tokio::test]
async fn each_member_is_told_once_of_what_is_published() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    let notices = notices::Notices::open(&stage.bench.env).unwrap();
    let told = async |member: &Member| {
        let all = Stretch::beginning(Recipient::Member(member.id).partition(), "ntc_").consistent();
        let found: Found<NoticeRow> = notices.table().first(&all, 9).await.unwrap();
        found.items.iter().filter(|row| row.notice.kind == "dues.published").count()
    };
    let path = format!("/v1/organizations/{}/dues/publications", stage.town.branch.id);
    let till = stage.till.idempotency("publication-1");
    let _ = stage.bench.wire.take();
    ok(till.post(&path, json!({ "year": 2026 })).await);
    let calls = stage.bench.wire.take();
    let committed = calls.iter().position(|call| call.operation == "TransactWriteItems").unwrap();
    for member in [&stage.member, &stage.other, &stage.secretary, &stage.treasurer] {
        assert_eq!(told(member).await, 1, "who is in a group is in its branch");
    }
    assert_eq!(told(&stage.neighbour).await, 0);
    // It breaks off when it has published and told nobody; the request that comes again tells, and publishes nothing.
    stage.bench.wire.crash(Some(testkit::Crash::After(committed)));
    let later = stage.till.idempotency("publication-2");
    assert!(later.post(&path, json!({ "year": 2026 })).await.status >= 500);
    stage.bench.wire.crash(None);
    assert_eq!(told(&stage.member).await, 1);
    for _ in 0..2 {
        assert_eq!(ok(later.post(&path, json!({ "year": 2026 })).await).body["version"], 2);
        assert_eq!(ok(till.post(&path, json!({ "year": 2026 })).await).body["version"], 1);
        assert_eq!(told(&stage.member).await, 2, "once of each publication");
    }
}

#[tokio::test]
async fn a_year_that_is_over_is_published_as_it_ended() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    stage.at("2027-01-10T08:00:00");
    stage.set(&stage.other, "2027-01").await;
    ok(stage.cash(&stage.other, &["2027-01"]).await);
    let path = format!("/v1/organizations/{}/dues/publications", stage.town.branch.id);
    let first = ok(stage.till.post(&path, json!({ "year": 2026 })).await).body;
    stage.at("2027-02-10T08:00:00");
    for (year, cash) in [(2026, 1_500), (2027, 3_000)] {
        let said = ok(stage.till.post(&path, json!({ "year": year })).await).body;
        let since = if year == 2026 { &first["at"] } else { &said["at"] };
        assert_eq!(
            (&said["firstAt"], said["at"] == first["at"]),
            (since, false),
            "what is corrected was published before"
        );
        assert_eq!((&said["paid"], &said["balances"]["cash"]), (&json!(1_500), &json!(cash)), "{year}");
    }
}
