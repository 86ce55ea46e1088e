//! What changes a record.

use crate::stage::{Stage, draft, draft_id, is, stage, timeline};
use authz::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::Town;

#[tokio::test]
async fn an_update_names_the_version_it_is_based_on() {
    let Stage { town, client, .. } = stage().await;
    let person = town.person(2, "黄工", &town.branch).await;
    let path = format!("/v1/members/{}", person.id);
    is(&client.patch(&path, json!({ "unit": "一厂" })).await, 428, "version-required");
    let changed = client.if_match("\"v1\"").patch(&path, json!({ "unit": "一厂", "phone": "13600000001" })).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"v2\""), "{changed:?}");
    assert_eq!(changed.body["phoneMasked"], "136****0001");
    is(&client.if_match("\"v1\"").patch(&path, json!({ "unit": "二厂" })).await, 412, "stale");
    let told = &timeline(&client, &person.id.to_string()).await[0];
    assert_eq!(told["before"], json!({}));
    assert_eq!(told["after"], json!({ "changed": ["phoneMasked", "unit"] }), "that it changed, and not to what");

    let mut old_phone = draft(&town, 20);
    old_phone["phone"] = json!("13900000002");
    assert_eq!(client.post("/v1/members", old_phone).await.status, 201, "the old number is free again");
    let known = client.header("if-none-match", "\"v2\"").get(&path).await;
    assert_eq!((known.status, known.body), (304, Value::Null));
}

#[tokio::test]
async fn an_officer_exempts_somebody_and_ends_that_and_nobody_is_told_why() {
    let Stage { town, secretary, client, .. } = stage().await;
    let person = town.person(2, "黄工", &town.branch).await;
    let path = format!("/v1/members/{}", person.id);
    let exempt = |since: &str| json!({ "exemption": { "since": since } });
    let why = json!({ "exemption": { "reason": "行动不便", "since": "2026-11-01" } });
    is(&client.if_match("\"v1\"").patch(&path, why).await, 422, "invalid-field");
    let wrong = client.if_match("\"v1\"").patch(&path, exempt("2026-11-25")).await;
    assert_eq!((wrong.status, wrong.text("/fields/0/pointer").as_str()), (422, "/exemption/since"), "{wrong:?}");
    let given = client.if_match("\"v1\"").patch(&path, exempt("2026-11-01")).await;
    assert_eq!((given.status, &given.body["exemption"]), (200, &json!({ "since": "2026-11-01" })), "{given:?}");
    let until = |until: &str| json!({ "exemption": { "since": "2026-11-01", "until": until } });
    let wrong = client.if_match("\"v2\"").patch(&path, until("2026-10-31")).await;
    assert_eq!((wrong.status, wrong.text("/fields/0/pointer").as_str()), (422, "/exemption/until"), "{wrong:?}");
    let own = client.if_match("\"v1\"").patch(&format!("/v1/members/{}", secretary.id), exempt("2026-11-01")).await;
    is(&own, 403, "own-case");
    let unit = client.if_match("\"v2\"").patch(&path, json!({ "unit": "一厂" })).await;
    assert!(unit.body["exemption"].is_object(), "what is left out stays: {unit:?}");
    let ended = client.if_match("\"v3\"").patch(&path, until("2026-11-20")).await;
    assert_eq!((ended.status, &ended.body["exemption"]), (200, &until("2026-11-20")["exemption"]), "{ended:?}");
    let told = timeline(&client, &person.id.to_string()).await;
    let after = |wanted: Value| told.iter().filter(|line| line["after"] == wanted).count();
    assert_eq!(after(json!({ "changed": ["unit"] })), 1, "that it changed, and not to what: {told:?}");
    // Scores follow from the trace: it tells the days, as minutes tell who is exempt, and never why.
    assert_eq!((after(exempt("2026-11-01")), after(until("2026-11-20"))), (1, 1), "{told:?}");
}

#[tokio::test]
async fn a_corrected_id_card_number_moves_and_frees_the_old_one() {
    let Stage { town, client, .. } = stage().await;
    let (one, other) = (town.person(2, "黄工", &town.branch).await, town.person(3, "黄农", &town.branch).await);
    let path = format!("/v1/members/{}", one.id);
    let edit = |n: u32| json!({ "idCard": Town::id_card(n).reveal() });
    is(&client.if_match("\"v1\"").patch(&path, edit(3)).await, 409, "id-card-taken");
    assert_eq!(client.if_match("\"v1\"").patch(&path, edit(4)).await.status, 200);
    is(&client.post("/v1/members", draft(&town, 4)).await, 409, "id-card-taken");
    assert_eq!(
        client.post("/v1/members", draft(&town, 2)).await.status,
        201,
        "the mistyped number is free for its owner"
    );
    let child = json!({ "idCard": "350199201001010015" });
    let refused = client.if_match("\"v1\"").patch(&format!("/v1/members/{}", other.id), child).await;
    assert!(refused.status == 422, "{refused:?}");
}

#[tokio::test]
async fn the_numbers_of_an_officer_change_by_whoever_could_appoint_them() {
    let Stage { bench, town, client, .. } = stage().await;
    let officer = town.person(2, "黄干", &town.branch).await;
    let held = register::Appointment {
        id: kernel::AppointmentId::from_bytes(1, [1; 10]),
        organization: town.street.id,
        role: Role::PartyAffairsOfficer,
        holder: officer.id,
        holder_name: "黄干".try_into().unwrap(),
        from: jiff::civil::date(2026, 12, 1),
        until: None,
        decision: "〔2026〕1号".try_into().unwrap(),
        version: 1,
    };
    let table = dynamo::Table::open(&bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&register::AppointmentRow::of_holder(held)).await.unwrap();
    let path = format!("/v1/members/{}", officer.id);
    let phone = json!({ "phone": "13600000001" });
    is(&client.if_match("\"v1\"").patch(&path, phone.clone()).await, 403, "forbidden");
    assert_eq!(client.if_match("\"v1\"").patch(&path, json!({ "unit": "一厂" })).await.status, 200);
    let superior = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.district.id)]));
    assert_eq!(superior.if_match("\"v2\"").patch(&path, phone).await.status, 200);
    let step = json!({ "to": "removed", "on": "2026-11-20", "reason": "自行脱党", "decision": "〔2026〕9号" });
    is(&client.post(&format!("{path}/transitions"), step).await, 409, "holds-office");
}

#[tokio::test]
async fn states_change_by_decision_and_by_the_articles() {
    let Stage { bench, town, client, secretary } = stage().await;
    let reply = client.post("/v1/members", draft(&town, 20)).await;
    let path = format!("/v1/members/{}/transitions", reply.text("/id"));
    let step =
        |to: &str, on: &str| json!({ "to": to, "on": on, "reason": "支部大会讨论通过", "decision": "〔2027〕3号" });
    let early = client.post(&path, step("full", "2026-11-20")).await;
    is(&early, 409, "illegal-transition");
    assert_eq!(early.text("/article"), "细则2026 §31");
    bench.pass(SignedDuration::from_hours(24 * 230));
    let confirmed = client.post(&path, step("full", "2027-07-01")).await;
    assert_eq!((confirmed.status, confirmed.text("/fullSince").as_str()), (200, "2027-06-18"), "{confirmed:?}");
    let told = &timeline(&client, &reply.text("/id")).await[0];
    assert_eq!((&told["kind"], &told["after"]["decision"]), (&json!("member.full"), &json!("〔2027〕3号")));
    let own = format!("/v1/members/{}/transitions", secretary.id);
    is(&client.post(&own, step("deceased", "2027-07-01")).await, 403, "own-case");
}

#[tokio::test]
async fn whoever_leaves_is_relieved_of_their_offices_first() {
    let Stage { bench, town, client, .. } = stage().await;
    let officer = town.person(2, "黄组", &town.branch).await;
    let held = register::Appointment {
        id: kernel::AppointmentId::from_bytes(1, [1; 10]),
        organization: town.branch.id,
        role: Role::OrganizationOfficer,
        holder: officer.id,
        holder_name: "黄组".try_into().unwrap(),
        from: jiff::civil::date(2026, 1, 4),
        until: Some(jiff::civil::date(2026, 11, 24)),
        decision: "〔2026〕1号".try_into().unwrap(),
        version: 1,
    };
    let table = dynamo::Table::open(&bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&register::AppointmentRow::of_holder(held)).await.unwrap();
    let step = json!({ "to": "removed", "on": "2026-11-20", "reason": "自行脱党", "decision": "〔2026〕9号" });
    let path = format!("/v1/members/{}/transitions", officer.id);
    is(&client.post(&path, step.clone()).await, 409, "holds-office");
    bench.pass(SignedDuration::from_hours(24));
    assert_eq!(client.post(&path, step).await.status, 200, "the office ended yesterday");
}

#[tokio::test]
async fn a_correction_is_asked_by_one_and_decided_by_another() {
    let Stage { town, client, secretary, .. } = stage().await;
    let person = town.person(2, "黄正", &town.group).await;
    let own = client.with(Town::caller(&person, &[]));
    let ask = json!({ "proposal": { "field": "joined-on", "value": "2009-07-01" }, "reason": "档案为 2009 年" });
    let asked = own.post("/v1/me/corrections", ask.clone()).await;
    assert_eq!((asked.status, asked.text("/dueOn").as_str()), (201, "2026-12-15"), "{asked:?}");
    is(&own.post("/v1/me/corrections", ask).await, 409, "already-open");
    let probationer = town.person_as(4, "黄预", &town.branch, |member| member.full_since = None).await;
    let unconfirmed = json!({ "proposal": { "field": "full-since", "value": "2011-01-01" }, "reason": "x" });
    is(
        &client.with(Town::caller(&probationer, &[])).post("/v1/me/corrections", unconfirmed).await,
        422,
        "invalid-field",
    );
    let impossible = json!({ "proposal": { "field": "joined-on", "value": "1990-07-01" }, "reason": "x" });
    is(&own.post("/v1/me/corrections", impossible).await, 422, "invalid-field");

    let everywhere = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
    for (who, place) in [(&client, town.branch.id), (&everywhere, town.district.id), (&everywhere, town.city.id)] {
        let open = who.get(&format!("/v1/corrections?organization={place}")).await;
        assert_eq!(open.body["items"][0]["id"], asked.body["id"], "{open:?}");
    }
    let decide = format!("/v1/members/{}/corrections/{}/decision", person.id, asked.text("/id"));
    let yes = json!({ "accept": true, "reason": "与档案一致" });
    is(&own.post(&decide, yes.clone()).await, 404, "not-found");
    assert_eq!(client.post(&decide, yes.clone()).await.text("/status"), "accepted");
    is(&client.post(&decide, yes).await, 409, "already-decided");
    assert_eq!(own.get(&format!("/v1/members/{}", person.id)).await.text("/joinedOn"), "2009-07-01");
    assert_eq!(own.get("/v1/me/corrections").await.text("/items/0/decision"), "与档案一致");
    assert_eq!(client.get(&format!("/v1/corrections?organization={}", town.branch.id)).await.body["items"], json!([]));

    let self_asked = client
        .post("/v1/me/corrections", json!({ "proposal": { "field": "unit", "value": "一厂" }, "reason": "换单位" }))
        .await;
    let own_case = format!("/v1/members/{}/corrections/{}/decision", secretary.id, self_asked.text("/id"));
    is(&client.post(&own_case, json!({ "accept": true, "reason": "x" })).await, 403, "own-case");
}
