//! Payments in cash, and who may pay for whom.

use crate::stage::{fields, is, ok, paid, stage};
use authz::Role;
use dues_records::Account;
use futures_util::future::join_all;
use register::{Member, MemberRow, People};
use serde_json::json;

#[tokio::test]
async fn cash_is_entered_by_the_treasurer_and_settled_at_once() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-09").await;
    let paid = ok(stage.cash(&stage.member, &["2026-09", "2026-10"]).await);
    assert_eq!((paid.status, paid.text("/state").as_str(), &paid.body["held"]), (201, "settled", &json!(3_000)));
    assert!(paid.text("/receipt").starts_with("20261124-"), "{paid:?}");
    assert_eq!(stage.bills(&stage.member).await, ["paid", "paid", "open"]);
    assert_eq!((stage.account(Account::Cash).await, stage.account(Account::Dues).await), (3_000, -3_000));
    assert_eq!(fields(&stage.cash(&stage.member, &["2026-10", "2026-11"]).await), "/months", "one is paid already");

    let path = paid.header("location");
    for reader in [&stage.of(&stage.member), &stage.office, &stage.officer(Role::Inspector, &stage.town.city)] {
        assert_eq!(reader.get(path).await.status, 200);
    }
    is(&stage.of(&stage.other).get(path).await, 404, "not-found");
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    assert_eq!((&own["bills"][0]["payment"], &own["open"]), (&paid.body["id"], &json!(1_500)));
    let list = format!("/v1/organizations/{}/dues/payments", stage.town.branch.id);
    assert_eq!(ok(stage.till.get(&list).await).body["items"][0], paid.body);
    is(&stage.of(&stage.member).get(&list).await, 404, "not-found");
}

#[tokio::test]
async fn a_relative_or_another_member_may_pay() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-09").await;
    let pay = async |month: &str, payer| {
        let body = json!({ "member": stage.member.id, "months": [month], "channel": "cash", "payer": payer });
        stage.till.post("/v1/dues/payments", body).await
    };
    let by_relative = ok(pay("2026-09", json!({ "kind": "relative", "name": "陈父" })).await);
    assert_eq!(by_relative.text("/payer/name"), "陈父");
    let by_member = ok(pay("2026-10", json!({ "kind": "member", "member": stage.other.id })).await);
    assert_eq!((by_member.text("/payer/name"), by_member.text("/name")), ("何员".to_owned(), "陈员".to_owned()));
    for wrong in [
        json!({ "kind": "relative" }),
        json!({ "kind": "member" }),
        json!({ "kind": "member", "member": stage.member.id }),
        json!({ "kind": "oneself", "name": "陈父" }),
    ] {
        assert_eq!(fields(&pay("2026-11", wrong).await), "/payer");
    }
    let nobody = json!({ "kind": "member", "member": kernel::MemberId::from_bytes(9, [9; 10]) });
    assert_eq!(fields(&pay("2026-11", nobody).await), "/payer/member");

    // Through the provider: by another member of the branch, and by nobody from elsewhere.
    stage.provider().await;
    let id = stage.opened(&stage.other, stage.member.id, &["2026-11"]).await;
    let payment = stage.payment(&id).await;
    assert_eq!((&payment["state"], &payment["payer"]["member"]), (&json!("pending"), &json!(stage.other.id)));
    let body = json!({ "member": stage.member.id, "months": ["2026-11"], "channel": "provider", "provider": "bank" });
    is(&stage.of(&stage.neighbour).post("/v1/dues/payments", body).await, 404, "not-found");
}

#[tokio::test]
async fn whoever_pays_for_another_member_learns_the_sum_and_the_member_learns_of_it() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    stage.provider().await;
    let readings = register::Readings::open(&stage.bench.env).unwrap();
    let read = async || {
        let lines = readings.of(stage.member.id, None, 9).await.unwrap().items;
        lines.into_iter().map(|line| (line.reader, line.role)).collect::<Vec<_>>()
    };
    let own = stage.opened(&stage.member, stage.member.id, &["2026-10"]).await;
    let path = format!("/v1/dues/payments/{}", own.as_str().unwrap());
    assert!(ok(stage.of(&stage.member).get(&path).await).body["items"].is_array());
    assert_eq!(read().await, []);

    let body = json!({ "member": stage.member.id, "months": ["2026-10"], "channel": "provider", "provider": "bank" });
    let opened = ok(stage.of(&stage.other).post("/v1/dues/payments", body).await);
    let payer = (stage.other.id, "payer".to_owned());
    assert_eq!(read().await, std::slice::from_ref(&payer));
    let gist = json!({ "id": opened.body["id"], "total": 1_500, "state": "pending" });
    assert_eq!(opened.body, gist);
    let path = opened.header("location");
    assert_eq!(ok(stage.of(&stage.other).get(path).await).body, gist);
    assert_eq!(read().await.len(), 1, "the sum is not the member's dues");
    // Whether a month is open is told to nobody unseen either.
    let body = json!({ "member": stage.member.id, "months": ["2026-09"], "channel": "provider", "provider": "bank" });
    assert_eq!(fields(&stage.of(&stage.other).post("/v1/dues/payments", body).await), "/months");
    assert_eq!(read().await.len(), 2);
    assert!(ok(stage.office.get(path).await).body["items"].is_array());
    let read = read().await;
    assert!(read.contains(&payer) && read.contains(&(stage.secretary.id, "secretary".to_owned())), "{read:?}");
    assert_eq!(read.len(), 3);
}

#[tokio::test]
async fn who_moved_pays_what_is_open_where_they_are_now() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-09").await;
    ok(stage.cash(&stage.member, &["2026-09"]).await);
    let (organization, path) = (stage.town.neighbour.id, stage.town.neighbour.path.clone());
    let moved = Member { organization, path, ..stage.member.clone() };
    People::open(&stage.bench.env).unwrap().table().put(&MemberRow::new(moved)).await.unwrap();
    // The branch that made the bill has no more to do with it: it may be closed.
    is(&stage.cash(&stage.member, &["2026-10"]).await, 404, "not-found");
    let keeper = stage.officer(Role::DuesOfficer, &stage.town.neighbour);
    let body = json!({ "member": stage.member.id, "months": ["2026-10", "2026-11"], "channel": "cash" });
    let paid = ok(keeper.post("/v1/dues/payments", body).await);
    assert_eq!((&paid.body["organization"], &paid.body["held"]), (&json!(organization), &json!(3_000)));
    assert_eq!((stage.account(Account::Cash).await, stage.book(organization).await.of(Account::Dues)), (1_500, -3_000));
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    let branches: Vec<_> = own["bills"].as_array().unwrap().iter().map(|bill| bill["organization"].clone()).collect();
    assert_eq!(branches, [json!(stage.town.branch.id), json!(organization), json!(organization)]);
    let ledger = format!("/v1/organizations/{organization}/dues?month=2026-11");
    assert_eq!(ok(keeper.get(&ledger).await).body["items"][0]["state"], "paid");
}

#[tokio::test]
async fn months_to_come_are_paid_ahead_and_billed_once() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    let paid = ok(stage.cash(&stage.member, &["2026-11", "2026-12"]).await);
    assert_eq!(paid.body["held"], 3_000);
    assert_eq!(stage.bills(&stage.member).await, ["open", "paid", "paid"]);
    assert_eq!(stage.billed().await, [3, 4_500], "two that were set, and the one that was paid ahead");
    // The job asks who is billed already.
    let december: dues_records::Month = "2026-12".parse().unwrap();
    let people = [stage.member.id, stage.other.id];
    assert_eq!(stage.table.billed(people, december).await.unwrap(), [stage.member.id]);
    for twice in [&["2026-12"][..], &["2026-10", "2026-12"]] {
        assert_eq!(fields(&stage.cash(&stage.member, twice).await), "/months");
    }
    // What is set for later months counts, and of whom nothing is set, nothing is paid ahead.
    let less = json!({ "member": stage.other.id, "from": "2026-12", "class": "student" });
    ok(stage.till.post("/v1/dues/standards", less).await);
    assert_eq!(ok(stage.cash(&stage.other, &["2026-12"]).await).body["total"], 20);
    assert_eq!(fields(&stage.cash(&stage.secretary, &["2026-12"]).await), "/months");
    // Taken back, it is as if the month had not been billed.
    let path = paid.header("location");
    ok(stage.till.post(&format!("{path}/reversal"), json!({ "reason": "录错" })).await);
    ok(stage.office.post(&format!("{path}/reversal/decision"), json!({ "confirm": true })).await);
    assert_eq!(stage.bills(&stage.member).await, ["open", "open"]);
    assert_eq!(stage.account(Account::Dues).await, -20);
    ok(stage.cash(&stage.member, &["2026-12"]).await);
}

#[tokio::test]
async fn nothing_is_paid_ahead_beyond_the_quarter() {
    let stage = stage().await;
    stage.at("2027-01-05T08:00:00");
    stage.set(&stage.member, "2027-01").await;
    let refused = stage.cash(&stage.member, &["2027-04"]).await;
    assert_eq!((fields(&refused), &refused.body["article"]), (json!("/months"), &json!("党费规定 §12")));
    assert_eq!(ok(stage.cash(&stage.member, &["2027-01", "2027-02", "2027-03"]).await).body["held"], 4_500);
}

#[tokio::test]
async fn who_pays_ahead_through_a_provider_needs_the_agreement_of_the_branch() {
    let stage = stage().await;
    stage.provider().await;
    stage.set(&stage.member, "2026-11").await;
    let ahead = json!({
        "member": stage.member.id, "months": ["2026-11", "2026-12"], "channel": "provider", "provider": "bank",
    });
    let own = stage.of(&stage.member);
    let refused = own.post("/v1/dues/payments", ahead.clone()).await;
    assert_eq!((fields(&refused), &refused.body["article"]), (json!("/months"), &json!("党费规定 §12")));
    stage.opened(&stage.member, stage.member.id, &["2026-11"]).await;

    let agreed = stage.set_quarterly(&stage.member, "2026-12").await;
    let steps = ["/steps/0/quarterly", "/steps/1/quarterly"].map(|at| agreed.body.pointer(at).cloned());
    assert_eq!(steps, [None, Some(json!(true))]);
    assert_eq!(ok(own.post("/v1/dues/payments", ahead).await).body["total"], 3_000);
    // What was opened stays agreed to.
    let id = stage.opened(&stage.member, stage.member.id, &["2026-12"]).await;
    let other = json!({
        "member": stage.member.id, "from": "2026-12", "class": "wage", "base": "2999.87", "reason": "按月交纳",
    });
    ok(stage.till.post("/v1/dues/standards", other).await);
    ok(stage.callback(&paid(&id, "T1", 1_500)).await);
    assert_eq!(stage.bills(&stage.member).await, ["open", "paid"]);
}

#[tokio::test]
async fn a_month_that_is_billed_while_it_is_paid_ahead_is_paid_once() {
    let stage = stage().await;
    stage.provider().await;
    for member in [&stage.member, &stage.other] {
        stage.set_quarterly(member, "2026-11").await;
    }
    let ids = [
        stage.opened(&stage.member, stage.member.id, &["2026-12"]).await,
        stage.opened(&stage.other, stage.other.id, &["2026-12"]).await,
    ];
    // One is heard of before the month is billed; of the other the job made the bill meanwhile.
    ok(stage.callback(&paid(&ids[0], "T1", 1_500)).await);
    stage.at("2026-12-01T08:00:00");
    let (who, month) = ((stage.other.id, stage.other.name.clone()), "2026-12".parse().unwrap());
    let bill = dues_records::Bill::new(who, stage.town.branch.id, month, dues_records::Fen(1_500), stage.bench.now());
    stage.table.table().put(&dues_records::BillRow::new(bill, 3)).await.unwrap();
    ok(stage.callback(&paid(&ids[1], "T2", 1_500)).await);
    for member in [&stage.member, &stage.other] {
        assert_eq!(stage.bills(member).await, ["open", "paid"]);
    }
    // Two that were set, and one; of the bill that was put there by hand nobody told.
    assert_eq!(stage.billed().await, [3, 4_500]);
    assert_eq!((stage.account(Account::Dues).await, stage.account(Account::Unclarified).await), (-3_000, 0));
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    let pay = async |client: &testkit::Client, body| client.post("/v1/dues/payments", body).await;
    let body = json!({ "member": stage.member.id, "months": ["2026-10"], "channel": "cash" });
    is(&pay(&stage.of(&stage.member), body.clone()).await, 404, "not-found");
    is(&pay(&stage.officer(Role::DuesOfficer, &stage.town.neighbour), body.clone()).await, 404, "not-found");
    is(&pay(&stage.officer(Role::Secretary, &stage.town.street), body).await, 403, "forbidden");
    for (months, channel, provider, pointer) in [
        (json!([]), "cash", None, "/months"),
        (json!(["2026-10", "2026-10"]), "cash", None, "/months"),
        (json!(["2026-09"]), "cash", None, "/months"),
        (json!(["2027-01"]), "cash", None, "/months"),
        (json!(["2026-13"]), "cash", None, "/months/0"),
        (json!(["2026-10"]), "provider", None, "/provider"),
        (json!(["2026-10"]), "provider", Some("nobody"), "/provider"),
        (json!(["2026-10"]), "cash", Some("nobody"), "/provider"),
    ] {
        let body = json!({ "member": stage.member.id, "months": months, "channel": channel, "provider": provider });
        let client = if channel == "cash" { stage.till.clone() } else { stage.of(&stage.member) };
        assert_eq!(fields(&pay(&client, body).await), pointer, "{months}");
    }
    assert!(stage.book(stage.town.branch.id).await.0.is_empty());
}

#[tokio::test]
async fn a_repeated_request_pays_once_and_two_treasurers_do_too() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    let body = json!({ "member": stage.member.id, "months": ["2026-10"], "channel": "cash" });
    let till = stage.till.idempotency("payment-1");
    let (first, again) =
        (till.post("/v1/dues/payments", body.clone()).await, till.post("/v1/dues/payments", body.clone()).await);
    assert_eq!((first.status, first.body, again.header("idempotency-replayed")), (201, again.body.clone(), "true"));
    let other = json!({ "member": stage.member.id, "months": ["2026-11"], "channel": "cash" });
    let tills = [&stage.till, &stage.office];
    let replies = join_all(tills.iter().map(|till| till.post("/v1/dues/payments", other.clone()))).await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!([409, 422].contains(&statuses[1]), "{replies:?}");
    assert_eq!(stage.account(Account::Cash).await, 3_000);
}

#[tokio::test]
async fn who_reads_a_page_of_dues_is_seen_by_each_member_on_it() {
    let stage = stage().await;
    for member in [&stage.member, &stage.other, &stage.secretary] {
        stage.set(member, "2026-10").await;
        ok(stage.cash(member, &["2026-10"]).await);
    }
    ok(stage.cash(&stage.member, &["2026-11"]).await);
    let readings = register::Readings::open(&stage.bench.env).unwrap();
    let read = async |member: &Member| readings.of(member.id, None, 9).await.unwrap().items;
    let branch = format!("/v1/organizations/{}/dues", stage.town.branch.id);
    // Who enters a payment sees what is owed: one line for each.
    assert_eq!((read(&stage.member).await.len(), read(&stage.other).await.len()), (2, 1));
    stage.bench.pass(jiff::SignedDuration::from_secs(1));
    for (lines, rest) in [(3, "/payments"), (4, "?month=2026-10"), (5, "?month=2026-11&state=paid")] {
        ok(stage.office.get(&format!("{branch}{rest}")).await);
        assert_eq!(read(&stage.member).await.len(), lines, "{rest}: one line, however often they are on the page");
    }
    let line = &read(&stage.other).await[0];
    assert_eq!((line.reader, line.role.as_str(), line.fields.as_str()), (stage.secretary.id, "secretary", "dues"));
    assert_eq!(read(&stage.other).await.len(), 3, "they are not on the third page");
    assert_eq!(read(&stage.secretary).await.len(), 1, "nobody reads themselves");
    // What waits for somebody names members as well.
    let path = format!("/v1/members/{}/dues/2026/relief", stage.other.id);
    ok(stage.till.post(&path, json!({ "from": "2026-11", "until": "2026-12", "monthly": 0, "reason": "重病" })).await);
    stage.bench.pass(jiff::SignedDuration::from_secs(1));
    let street = stage.officer(Role::Secretary, &stage.town.street);
    ok(street.get(&format!("/v1/organizations/{}/dues/open", stage.town.street.id)).await);
    assert_eq!(read(&stage.other).await[0].reader, stage.neighbour.id);
    is(&stage.of(&stage.other).get(&format!("{branch}/payments")).await, 404, "not-found");
    assert_eq!(read(&stage.member).await.len(), 5);
}

#[tokio::test]
async fn who_reads_a_members_dues_is_seen_by_the_member() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    let path = format!("/v1/members/{}/dues?year=2026", stage.member.id);
    assert_eq!(ok(stage.office.get(&path).await).body["open"], 3_000);
    is(&stage.of(&stage.other).get(&path).await, 404, "not-found");
    let readings = register::Readings::open(&stage.bench.env).unwrap();
    let read = readings.of(stage.member.id, None, 5).await.unwrap().items;
    assert_eq!((read.len(), read[0].reader, read[0].fields.as_str()), (1, stage.secretary.id, "dues"));
    assert_eq!(fields(&stage.of(&stage.member).get("/v1/me/dues?year=1900").await), "/year");
}
