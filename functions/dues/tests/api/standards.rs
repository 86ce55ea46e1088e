//! What a member owes, set by the branch, and hardship.

use crate::stage::{fields, is, ok, stage};
use authz::Role;
use dynamo::Trace;
use notices::{NoticeRow, Recipient};
use register::{MemberState, OrgKind};
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn the_branch_sets_a_year_and_missing_bills_are_made() {
    let stage = stage().await;
    let reply = stage.set(&stage.member, "2026-09").await;
    assert_eq!(reply.body["steps"][0]["monthly"], 1_500);
    let says = |text: String| ["2999.87", "299987"].iter().any(|earned| text.contains(earned));
    assert!(!says(reply.body.to_string()), "what somebody earns is not kept: {reply:?}");
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    let months: Vec<_> = own["bills"].as_array().unwrap().iter().map(|bill| bill["month"].clone()).collect();
    assert_eq!((months, &own["open"]), (vec![json!("2026-09"), json!("2026-10"), json!("2026-11")], &json!(4_500)));
    assert_eq!(stage.billed().await, [3, 4_500]);
    let trace = Trace::open(&stage.bench.env).unwrap();
    let trace = trace.of_subject(&stage.member.id.to_string(), None, None, 5).await.unwrap();
    assert_eq!((trace.items[0].kind.as_str(), &trace.items[0].after["monthly"]), ("dues.standard-set", &json!(1_500)));
    assert!(!says(json!(trace.items).to_string()));

    // A change within the year needs a reason, and begins this month or later where something is paid.
    let change = |from: &str, reason: Option<&str>| json!({ "member": stage.member.id, "from": from, "class": "retired", "base": "6000", "reason": reason });
    ok(stage.cash(&stage.member, &["2026-10"]).await);
    assert_eq!(fields(&stage.till.post("/v1/dues/standards", change("2026-11", None)).await), "/reason");
    for paid in ["2026-09", "2026-10"] {
        let refused = stage.till.post("/v1/dues/standards", change(paid, Some("退休"))).await;
        assert_eq!(fields(&refused), "/from");
        assert!(refused.body.to_string().contains("组电明字〔2017〕5号"), "{refused:?}");
    }
    ok(stage.till.post("/v1/dues/standards", change("2026-11", Some("退休"))).await);
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    assert_eq!((&own["bills"][1]["amount"], &own["bills"][2]["amount"]), (&json!(1_500), &json!(6_000)));
    assert_eq!(stage.billed().await, [3, 4_500], "as they were made");
    let next = json!({ "member": stage.member.id, "from": "2027-01", "class": "farmer", "amount": 100 });
    assert_eq!(ok(stage.till.post("/v1/dues/standards", next).await).body["year"], 2027);
}

#[tokio::test]
async fn what_was_set_wrong_is_put_right_from_a_month_on_that_nothing_is_paid_of() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-08").await;
    ok(stage.cash(&stage.member, &["2026-08"]).await);
    let right = |from: &str| json!({ "member": stage.member.id, "from": from, "class": "wage", "base": "6000", "reason": "录错" });
    ok(stage.till.post("/v1/dues/standards", right("2026-09")).await);
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    let amounts: Vec<_> = own["bills"].as_array().unwrap().iter().map(|bill| bill["amount"].clone()).collect();
    assert_eq!(amounts, [1_500, 9_000, 9_000, 9_000]);
    // What was put right stands before what comes later.
    assert_eq!(fields(&stage.till.post("/v1/dues/standards", right("2026-08")).await), "/from");
    for base in [json!(300_000), json!("-1"), json!("1.234"), json!("1000000000")] {
        let wrong = json!({ "member": stage.member.id, "from": "2026-11", "class": "wage", "base": base });
        assert_eq!(stage.till.post("/v1/dues/standards", wrong).await.status, 422, "{base}");
    }
}

#[tokio::test]
async fn only_the_branch_itself_sets_what_its_members_owe() {
    let stage = stage().await;
    let body = json!({ "member": stage.member.id, "from": "2026-11", "class": "wage", "base": "3000" });
    for (role, place, status) in [
        (Role::Secretary, &stage.town.branch, 200),
        (Role::DuesOfficer, &stage.town.branch, 422),
        (Role::PublicityOfficer, &stage.town.branch, 403),
        (Role::Secretary, &stage.town.street, 403),
        (Role::DuesOfficer, &stage.town.neighbour, 404),
        (Role::Inspector, &stage.town.city, 403),
    ] {
        let reply = stage.officer(role, place).post("/v1/dues/standards", body.clone()).await;
        assert_eq!(reply.status, status, "{role:?}: {reply:?}");
    }
    is(&stage.of(&stage.member).post("/v1/dues/standards", body).await, 404, "not-found");
    let suspended = stage.town.person_as(20, "许停", &stage.town.branch, |m| m.state = MemberState::Suspended).await;
    let body = json!({ "member": suspended.id, "from": "2026-11", "class": "student" });
    is(&stage.till.post("/v1/dues/standards", body).await, 409, "illegal-transition");
    let far = json!({ "member": stage.member.id, "from": "2030-01", "class": "student" });
    assert_eq!(fields(&stage.till.post("/v1/dues/standards", far).await), "/from");
    assert_eq!(stage.town.branch.kind, OrgKind::Branch);
}

#[tokio::test]
async fn somebody_on_probation_owes_from_the_month_of_the_meeting() {
    let stage = stage().await;
    let admitted = stage
        .town
        .person_as(21, "何预", &stage.town.branch, |member| {
            member.state = MemberState::Probationary;
            member.joined_on = "2026-10-20".parse().unwrap();
            member.full_since = None;
        })
        .await;
    stage.set(&admitted, "2026-08").await;
    let own = ok(stage.of(&admitted).get("/v1/me/dues").await).body;
    let months: Vec<_> = own["bills"].as_array().unwrap().iter().map(|bill| bill["month"].clone()).collect();
    assert_eq!(months, ["2026-10", "2026-11"]);
}

#[tokio::test]
async fn hardship_is_proposed_by_the_branch_and_decided_above_by_somebody_else() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-10").await;
    let path = format!("/v1/members/{}/dues/2026/relief", stage.member.id);
    let wanted = json!({ "from": "2026-10", "until": "2026-12", "monthly": 0, "reason": "重病住院" });
    is(&stage.officer(Role::DuesOfficer, &stage.town.neighbour).post(&path, wanted.clone()).await, 404, "not-found");
    ok(stage.till.post(&path, wanted.clone()).await);
    is(&stage.till.post(&path, wanted).await, 409, "already-open");
    let street = stage.officer(Role::Secretary, &stage.town.street);
    let open = format!("/v1/organizations/{}/dues/open?kind=relief", stage.town.street.id);
    assert_eq!(ok(street.get(&open).await).body["items"][0]["member"], json!(stage.member.id));

    let decision = format!("{path}/decision");
    let yes = json!({ "grant": true });
    is(&stage.till.post(&decision, yes.clone()).await, 403, "forbidden");
    is(&stage.office.post(&decision, yes.clone()).await, 403, "forbidden");
    let both = testkit::caller(
        stage.treasurer.id,
        &[(Role::DuesOfficer, stage.town.branch.id), (Role::Secretary, stage.town.street.id)],
    );
    is(&stage.anybody.with(both).post(&decision, yes.clone()).await, 403, "own-case");
    let granted = ok(street.post(&decision, yes.clone()).await);
    assert_eq!(granted.body["reliefs"][0]["granted"], true);
    is(&street.post(&decision, yes).await, 409, "already-decided");
    assert_eq!(stage.bills(&stage.member).await, ["exempt", "exempt"]);
    assert_eq!(ok(street.get(&open).await).body["items"], json!([]));
    let notices = notices::Notices::open(&stage.bench.env).unwrap();
    let told = dynamo::Stretch::beginning(Recipient::Member(stage.member.id).partition(), "ntc_");
    let told: dynamo::Found<NoticeRow> = notices.table().first(&told, 5).await.unwrap();
    assert_eq!(told.items[0].notice.kind, "dues.relief-decided");
}

#[tokio::test]
async fn a_general_branch_grants_no_relief() {
    let stage = stage().await;
    let organizations = register::Organizations::open(&stage.bench.env).unwrap();
    let id = |n: u8| kernel::OrgId::from_bytes(u64::from(n), [n; 10]);
    let below = |n: u8, above: &register::Node, kind| {
        let (id, path) = (id(n), above.path.child(id(n)).unwrap());
        register::Node {
            id,
            path,
            kind,
            name: format!("第{n}组织").as_str().try_into().unwrap(),
            ..stage.town.branch.clone()
        }
    };
    let general = below(40, &stage.town.street, OrgKind::GeneralBranch);
    let branch = below(41, &general, OrgKind::Branch);
    for node in [&general, &branch] {
        organizations.table().put(&register::NodeRow::new(node.clone())).await.unwrap();
    }
    let member = stage.town.person(42, "郑困", &branch).await;
    let keeper = stage.anybody.with(Town::caller(&stage.treasurer, &[(Role::DuesOfficer, &branch)]));
    let standard =
        |from: &str| json!({ "member": member.id, "from": from, "class": "wage", "base": "3000", "reason": "增减" });
    ok(keeper.post("/v1/dues/standards", standard("2026-10")).await);
    let path = format!("/v1/members/{}/dues/2026/relief", member.id);
    let wanted = json!({ "from": "2026-10", "until": "2026-12", "monthly": 0, "reason": "重病住院" });
    ok(keeper.post(&path, wanted).await);
    ok(keeper.post("/v1/dues/standards", standard("2026-11")).await);
    let street = stage.officer(Role::Secretary, &stage.town.street);
    let open = format!("/v1/organizations/{}/dues/open?kind=relief", stage.town.street.id);
    assert_eq!(ok(street.get(&open).await).body["items"][0]["member"], json!(member.id));
    let (decision, yes) = (format!("{path}/decision"), json!({ "grant": true }));
    is(&stage.officer(Role::Secretary, &general).post(&decision, yes.clone()).await, 403, "forbidden");
    ok(street.post(&decision, yes).await);
    assert_eq!(ok(street.get(&open).await).body["items"], json!([]));
}

#[tokio::test]
async fn a_relief_is_not_lost_on_a_bill_that_is_missing_or_was_paid() {
    let stage = stage().await;
    stage.set(&stage.member, "2026-11").await;
    let paid = ok(stage.cash(&stage.member, &["2026-11"]).await).header("location").to_owned();
    // The bill of December is on its way.
    stage.at("2026-12-01T06:59");
    let path = format!("/v1/members/{}/dues/2026/relief", stage.member.id);
    let wanted = |from: &str, monthly: u64| json!({ "from": from, "until": "2026-12", "monthly": monthly, "reason": "重病住院" });
    let street = stage.officer(Role::Secretary, &stage.town.street);
    let decision = format!("{path}/decision");
    ok(stage.till.post(&path, wanted("2026-12", 100)).await);
    ok(street.post(&decision, json!({ "grant": false })).await);
    assert_eq!(stage.bills(&stage.member).await, ["paid"], "what was refused changes nothing");
    ok(stage.till.post(&path, wanted("2026-11", 0)).await);
    ok(street.post(&decision, json!({ "grant": true })).await);
    assert_eq!(stage.bills(&stage.member).await, ["paid", "exempt"]);
    assert_eq!(stage.billed().await, [2, 1_500], "one of nothing");
    ok(stage.till.post(&format!("{paid}/reversal"), json!({ "reason": "已批准免交" })).await);
    ok(stage.office.post(&format!("{paid}/reversal/decision"), json!({ "confirm": true })).await);
    assert_eq!(stage.bills(&stage.member).await, ["exempt", "exempt"]);
    let own = ok(stage.of(&stage.member).get("/v1/me/dues").await).body;
    assert_eq!((&own["open"], &own["bills"][0]["amount"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_relief_tells_of_the_months_that_it_frees_alone() {
    let stage = stage().await;
    let path = format!("/v1/members/{}/dues/2026/relief", stage.member.id);
    let street = stage.officer(Role::Secretary, &stage.town.street);
    let grant = async |from: &str, until: &str| {
        let wanted = json!({ "from": from, "until": until, "monthly": 0, "reason": "重病住院" });
        ok(stage.till.post(&path, wanted).await);
        ok(street.post(&format!("{path}/decision"), json!({ "grant": true })).await);
        stage.bench.pass(jiff::SignedDuration::from_secs(1));
        let trace = Trace::open(&stage.bench.env).unwrap();
        let told = trace.of_subject(&stage.member.id.to_string(), None, None, 10).await.unwrap().items;
        let last = told.into_iter().find(|activity| activity.kind == "dues.relief-decided").unwrap();
        (last.after["year"].clone(), last.after["exempted"].clone())
    };
    stage.set(&stage.member, "2026-09").await;
    // November is paid, and December ahead.
    ok(stage.cash(&stage.member, &["2026-11", "2026-12"]).await);
    assert_eq!(grant("2026-10", "2026-12").await, (json!(2026), json!(1)), "October");
    assert_eq!(grant("2026-09", "2026-12").await, (json!(2026), json!(1)), "September, for October is free already");
}

#[tokio::test]
async fn a_relief_lowers_what_is_set_and_is_of_its_year() {
    let stage = stage().await;
    let path = format!("/v1/members/{}/dues/2026/relief", stage.member.id);
    let wanted = |from: &str, until: &str, monthly: u64| json!({ "from": from, "until": until, "monthly": monthly, "reason": "家庭困难" });
    is(&stage.till.post(&path, wanted("2026-11", "2026-12", 0)).await, 404, "not-found");
    stage.set(&stage.member, "2026-11").await;
    for (body, pointer) in [
        (wanted("2026-11", "2026-12", 1_500), "/monthly"),
        (wanted("2026-11", "2027-01", 0), "/until"),
        (wanted("2026-12", "2026-11", 0), "/until"),
        (wanted("2026-10", "2026-12", 0), "/from"),
    ] {
        assert_eq!(fields(&stage.till.post(&path, body).await), pointer);
    }
}

#[tokio::test]
async fn who_has_no_standard_is_listed() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/dues/without-standard", stage.town.branch.id);
    let without = async || ok(stage.till.get(&path).await).body["items"].as_array().unwrap().len();
    // Of whom something is set from next month on, nothing is set yet.
    let later = stage.town.person(7, "郑后", &stage.town.branch).await;
    stage.set(&later, "2026-12").await;
    assert_eq!(without().await, 5);
    for member in [&stage.member, &stage.other, &stage.secretary, &stage.treasurer] {
        stage.set(member, "2026-11").await;
    }
    assert_eq!(without().await, 1);
    stage.at("2026-12-01T08:00");
    assert_eq!(without().await, 0);
}
