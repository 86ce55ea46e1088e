//! What a person sees of themselves.

use crate::stage::{PHONE, Stage, is};
use authz::Role;
use dues_records::{Bill, BillRow, Class, DuesTable, Fen, Month, NewStandard, YearRow, Years};
use dynamo::Table;
use jiff::civil::Date;
use kernel::{AppointmentId, MemberId, ReadId};
use register::{Appointment, AppointmentRow, Node, Reading, Readings};
use serde_json::{Value, json};
use testkit::Town;

async fn appoint(stage: &Stage, n: u8, role: Role, node: &Node, until: Option<Date>) {
    let appointment = Appointment {
        id: AppointmentId::from_bytes(u64::from(n), [n; 10]),
        organization: node.id,
        role,
        holder: stage.person.id,
        holder_name: "陈静".try_into().unwrap(),
        from: Date::constant(2024, 1, 1),
        until,
        decision: "〔2024〕1号".try_into().unwrap(),
        version: 1,
    };
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&AppointmentRow::of_holder(appointment)).await.unwrap();
}

#[tokio::test]
async fn one_sees_oneself_with_offices_in_force_and_withheld() {
    let stage = Stage::new().await;
    appoint(&stage, 1, Role::GroupLeader, &stage.town.group, None).await;
    appoint(&stage, 2, Role::Secretary, &stage.town.branch, None).await;
    appoint(&stage, 3, Role::Editor, &stage.town.city, Some(Date::constant(2025, 1, 1))).await;
    let tokens = stage.sign_in().await;
    let me = stage.client(&tokens, &[(Role::GroupLeader, &stage.town.group)]).get("/v1/me").await;
    assert_eq!(me.status, 200, "{me:?}");
    let office =
        |role: &str, node: &Node| json!({ "role": role, "organization": { "id": node.id, "name": node.name } });
    assert_eq!(me.body["grants"], json!([office("group-leader", &stage.town.group)]));
    assert_eq!(me.body["withheld"], json!([office("secretary", &stage.town.branch)]));
    assert_eq!(me.body["organization"], json!({ "id": stage.town.branch.id, "name": "东社区党支部" }));
    assert_eq!((me.text("/id"), me.text("/name").as_str()), (stage.person.id.to_string(), "陈静"));
    assert_eq!((me.text("/phoneMasked").as_str(), me.text("/secondFactor").as_str()), ("139****0001", "not-enrolled"));
    assert_eq!((&me.body["hasPassword"], me.text("/session")), (&json!(true), tokens.text("/session")));
    let shown = me.body.to_string();
    assert!(!shown.contains(PHONE) && !shown.contains(Town::id_card(1).reveal()), "{shown}");
}

#[tokio::test]
async fn the_copy_of_own_data_has_numbers_in_full_and_no_secret() {
    let stage = Stage::new().await;
    appoint(&stage, 1, Role::Secretary, &stage.town.branch, None).await;
    appoint(&stage, 3, Role::Editor, &stage.town.city, Some(Date::constant(2025, 1, 1))).await;
    let (dues, month) = (DuesTable::open(&stage.bench.env).unwrap(), "2026-10".parse::<Month>().unwrap());
    let who = (stage.person.id, stage.person.name.clone());
    let bill = Bill::new(who, stage.town.branch.id, month, Fen(1_500), stage.bench.now());
    let new =
        NewStandard { class: Class::Student, base: None, amount: None, from: month, quarterly: false, reason: None };
    let hand = (stage.person.id, stage.bench.now());
    let years = Years::of(&stage.person, stage.town.branch.id, 2026).set(new, None, hand).unwrap();
    dues.table().put(&BillRow::new(bill, 3)).await.unwrap();
    dues.table().put(&YearRow::new(years, None)).await.unwrap();
    let tokens = stage.sign_in().await;
    let data = stage.client(&tokens, &[]).get("/v1/me/data").await;
    assert_eq!(
        (&data.body["dues"]["bills"][0]["amount"], &data.body["dues"]["years"][0]["year"]),
        (&json!(1_500), &json!(2026))
    );
    assert_eq!(data.status, 200, "{data:?}");
    assert_eq!(data.text("/record/phone"), format!("+86{PHONE}"));
    assert_eq!(data.text("/record/idCard"), Town::id_card(1).reveal());
    assert_eq!(data.body["appointments"].as_array().unwrap().len(), 2, "ended ones too");
    assert_eq!(data.text("/account/sessions/0/id"), tokens.text("/session"));
    assert_eq!(
        (&data.body["account"]["hasPassword"], &data.body["account"]["hasSecondFactor"]),
        (&json!(true), &json!(false))
    );
    let shown = data.body.to_string();
    assert!(!shown.contains("argon2") && !shown.contains("Hash") && !shown.contains("v1.1."), "{shown}");
}

#[tokio::test]
async fn one_sees_what_was_done_to_the_account_and_the_branch_does_not() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let administrator = stage.administrator().await;
    let suspension = format!("/v1/accounts/{}/suspension", stage.person.id);
    stage.pass(1);
    assert_eq!(administrator.post(&suspension, json!({ "reason": "手机遗失" })).await.status, 204);
    stage.pass(1);
    assert_eq!(administrator.delete(&suspension).await.status, 204);
    stage.pass(1);
    let client = stage.client(&stage.sign_in().await, &[]);
    stage.pass(1);
    let new = json!({ "current": crate::stage::PASSWORD, "new": "an umbrella for Tuesday" });
    assert_eq!(client.put("/v1/me/password", new).await.status, 204);

    let data = client.get("/v1/me/data").await;
    let activities = data.body["accountActivities"].as_array().unwrap();
    let kinds: Vec<_> = activities.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["password.changed", "session.opened", "account.reinstated", "account.suspended", "session.opened"]
    );
    assert_eq!(activities[3]["after"], json!({ "reason": "手机遗失" }));
    let other = stage.api.with(Town::caller(&stage.newcomer(2).await.0, &[]));
    is(&other.get("/v1/me/data").await, 401, "session-ended");

    let timeline = stage.trace.of_subject(&stage.person.id.to_string(), None, None, 200).await.unwrap();
    assert_eq!(timeline.items, [], "the timeline of the person");
    let list = stage.trace.of_organization(stage.town.branch.id, (None, None), None, 200).await.unwrap();
    assert_eq!(list.items, [], "the list of the branch");
}

#[tokio::test]
async fn one_sees_the_latest_fifty_of_them() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    for _ in 0..55 {
        stage.pass(60);
        assert_eq!(
            stage
                .api
                .post(
                    "/v1/sessions",
                    json!({ "phone": PHONE, "password": crate::stage::PASSWORD,
            "deviceToken": tokens.text("/deviceToken") })
                )
                .await
                .status,
            201
        );
    }
    let latest = stage.told(stage.person.id).await.pop().unwrap();
    let client = stage.api.with(Town::caller(&stage.person, &[]));
    let data = client.get("/v1/me/data").await;
    assert_eq!(data.body["accountActivities"].as_array().unwrap().len(), 50);
    assert_eq!(data.text("/accountActivities/0/id"), latest.id.to_string());
}

#[tokio::test]
async fn one_sees_who_read_the_record() {
    let stage = Stage::new().await;
    let readings = Readings::open(&stage.bench.env).unwrap();
    let reader = stage.town.person(2, "黄读", &stage.town.branch).await;
    let gone = MemberId::from_bytes(77, [7; 10]);
    for n in 0..5_u64 {
        let at = stage.bench.now();
        let (organization, fields, role) = (stage.town.branch.id, format!("record {n}"), "secretary".to_owned());
        let id = ReadId::from_bytes(n, [0; 10]);
        readings
            .log(
                stage.person.id,
                Reading {
                    id,
                    at,
                    reader: if n == 0 { gone } else { reader.id },
                    role,
                    organization,
                    fields,
                    purpose: None,
                },
            )
            .await
            .unwrap();
    }
    let client = stage.client(&stage.sign_in().await, &[]);
    let (mut seen, mut names, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/v1/me/access-log?limit=2{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        seen.extend(
            page.body["items"].as_array().unwrap().iter().map(|item| item["fields"].as_str().unwrap().to_owned()),
        );
        names.extend(
            page.body["items"].as_array().unwrap().iter().map(|item| item["readerName"].as_str().map(str::to_owned)),
        );
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["record 4", "record 3", "record 2", "record 1", "record 0"]);
    let name = Some("黄读".to_owned());
    assert_eq!(names, [name.clone(), name.clone(), name.clone(), name, None], "no name for who is not in the register");
    let _ = stage.bench.wire.take();
    client.get("/v1/me/access-log").await;
    let calls: Vec<_> = stage.bench.wire.take().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["Query", "GetItem", "GetItem"], "each reader is read once");
    is(&client.get("/v1/me/access-log?cursor=bm9wZQ").await, 400, "bad-cursor");
    is(&client.get("/v1/me/access-log?limit=0").await, 422, "invalid-field");
    let other = stage.api.with(Town::caller(&reader, &[]));
    assert_eq!(other.get("/v1/me/access-log").await.body, json!({ "items": [] }), "of their own record only");
}

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_sees_and_ends_ones_sessions() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    stage.pass(1);
    let second = stage.sign_in().await;
    let client = stage.client(&second, &[]);
    let list = client.get("/v1/me/sessions").await;
    assert_eq!(ids(&list.body), [second.text("/session"), first.text("/session")]);
    assert_eq!((&list.body["items"][0]["current"], &list.body["items"][1]["current"]), (&json!(true), &json!(false)));

    stage.pass(1);
    let path = format!("/v1/me/sessions/{}", first.text("/session"));
    let ended = client.idempotency("end-session-0001").delete(&path).await;
    assert_eq!((ended.status, &ended.body), (204, &Value::Null));
    assert_eq!(client.idempotency("end-session-0001").delete(&path).await.status, 204, "the first answer again");
    is(&client.delete(&path).await, 404, "not-found");
    is(&stage.renew(&first).await, 401, "session-ended");
    assert_eq!(stage.renew(&second).await.status, 200);

    stage.pass(1);
    assert_eq!(client.delete("/v1/sessions/current").await.status, 204);
    is(&stage.renew(&second).await, 401, "session-ended");
    let told = stage.told(stage.person.id).await;
    assert_eq!(
        stage.kinds(stage.person.id).await,
        ["session.opened", "session.opened", "session.ended", "session.ended"]
    );
    assert_eq!(told[2].after, json!({ "session": first.text("/session") }));
}

#[tokio::test]
async fn somebody_elses_session_is_not_there() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let (other, _) = stage.newcomer(2).await;
    stage.give_account(other.id).await;
    let stranger = stage.api.with(Town::caller(&other, &[(Role::SecurityAdministrator, &stage.town.city)]));
    is(&stranger.delete(&format!("/v1/me/sessions/{}", tokens.text("/session"))).await, 404, "not-found");
    is(&stranger.delete("/v1/me/sessions/ses_1").await, 404, "not-found");
    assert_eq!(stage.renew(&tokens).await.status, 200);
}

#[tokio::test]
async fn without_a_caller_there_is_no_me() {
    let stage = Stage::new().await;
    for path in ["/v1/me", "/v1/me/data", "/v1/me/access-log", "/v1/me/sessions"] {
        is(&stage.api.get(path).await, 401, "unauthenticated");
    }
    is(&stage.api.delete("/v1/sessions/current").await, 401, "unauthenticated");
}

#[tokio::test]
async fn the_public_keys_verify_and_may_be_cached() {
    let stage = Stage::new().await;
    let keys = stage.api.get("/.well-known/jwks.json").await;
    assert_eq!((keys.status, keys.header("content-type")), (200, "application/jwk-set+json"));
    assert_eq!(keys.header("cache-control"), "public, max-age=3600");
    let key = &keys.body["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["use"], &key["alg"]),
        (&json!("EC"), &json!("P-256"), &json!("sig"), &json!("ES256"))
    );
    assert_eq!(key.get("d"), None, "the private half");
    let known = stage.api.header("if-none-match", keys.header("etag")).get("/.well-known/jwks.json").await;
    assert_eq!((known.status, known.body), (304, Value::Null));
    assert_eq!(stage.bench.wire.take(), [], "no call at all");
}
