//! Registering and reading.

use crate::stage::{Stage, draft, draft_id, is, stage, timeline};
use authz::Role;
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn a_secretary_registers_a_person_and_the_trace_tells_of_it() {
    let Stage { town, client, secretary, .. } = stage().await;
    let reply = client.post("/v1/members", draft(&town, 20)).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "\"v1\""), "{reply:?}");
    let id = reply.text("/id");
    assert_eq!(reply.header("location"), format!("/v1/members/{id}"));
    assert_eq!(reply.body["phoneMasked"], "138****0020");
    assert_eq!(reply.body["idCardMasked"].as_str().unwrap().len(), 18);
    assert!(!reply.body.to_string().contains(Town::id_card(20).reveal()));
    let (mask, number) = (reply.text("/idCardMasked"), Town::id_card(20).reveal().to_owned());
    let known = mask.chars().enumerate().filter(|(at, c)| *c != '*' || (6..14).contains(at)).count();
    assert!(known <= 10, "mask and date of birth together leave {} digits of {number}", 18 - known);

    let read = client.get(&format!("/v1/members/{id}")).await;
    assert_eq!(read.body, reply.body);
    let told = timeline(&client, &id).await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["kind"], &told[0]["actor"]["member"]), (&json!("member.registered"), &json!(secretary.id)));
    assert_eq!(told[0]["after"]["state"], "probationary");
}

#[tokio::test]
async fn numbers_belong_to_one_person() {
    let Stage { town, client, .. } = stage().await;
    assert_eq!(client.post("/v1/members", draft(&town, 20)).await.status, 201);
    let mut same_card = draft(&town, 20);
    same_card["phone"] = json!("13700000001");
    is(&client.post("/v1/members", same_card).await, 409, "id-card-taken");
    let mut same_phone = draft(&town, 21);
    same_phone["phone"] = json!("+86 138 0000 0020");
    is(&client.post("/v1/members", same_phone).await, 409, "phone-taken");
}

#[tokio::test]
async fn bad_input_is_named_and_nothing_is_kept() {
    let Stage { town, client, .. } = stage().await;
    for (change, pointer) in [
        (json!({ "idCard": "350199198001010201" }), "/idCard"),
        (json!({ "phone": "12345" }), "/phone"),
        (json!({ "name": "x" }), "/name"),
        (json!({ "joinedOn": "2026-11-25" }), "/joinedOn"),
        (json!({ "joinedOn": "1997-12-31" }), "/joinedOn"),
        (json!({ "joinedOn": "2026-02-30" }), "/joinedOn"),
        (json!({ "state": "full" }), "/fullSince"),
        (json!({ "state": "removed" }), "/state"),
        (json!({ "fullSince": "2026-11-01" }), "/fullSince"),
        (json!({ "nickname": "x" }), "/nickname"),
        (json!({ "ethnicity": "汉\u{0}族" }), "/ethnicity"),
        (json!({ "organization": town.street.id }), "/organization"),
    ] {
        let mut body = draft(&town, 20);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let officer = client.with(testkit::caller(draft_id(), &[(Role::PartyAffairsOfficer, town.street.id)]));
        let reply = officer.post("/v1/members", body).await;
        is(&reply, 422, "invalid-field");
        assert_eq!(reply.text("/fields/0/pointer"), pointer, "{reply:?}");
    }
    let list = client.get(&format!("/v1/members?organization={}", town.branch.id)).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_json_is_refused_before_anything_else() {
    let Stage { client, .. } = stage().await;
    let send = async |body: String| client.send("POST", "/v1/members", Some(body)).await;
    is(&send("{".to_owned()).await, 400, "malformed");
    is(&send("[".repeat(100_000)).await, 422, "invalid-field");
    is(&send(format!("\"{}\"", "x".repeat(300 * 1024))).await, 413, "too-large");
    let plain = client.header("content-type", "text/plain");
    is(&plain.post("/v1/members", json!({})).await, 415, "unsupported-media-type");
    is(&client.delete("/v1/members").await, 405, "method-not-allowed");
    is(&client.get("/v1/nowhere").await, 404, "not-found");
    is(&client.get("/v1/members/mbr_1").await, 404, "not-found");
    is(&client.get("/v1/members?organization=x").await, 422, "invalid-field");
    is(&client.get("/v1/members?organisation=x").await, 422, "invalid-field");
}

#[tokio::test]
async fn messages_are_chinese_unless_english_is_asked_for() {
    let Stage { client, .. } = stage().await;
    let chinese = client.get("/v1/nowhere").await;
    assert_eq!(
        (chinese.header("content-language"), chinese.text("/title").as_str()),
        ("zh-CN", "没有找到，或不在您的管理范围内")
    );
    let english = client.header("accept-language", "en").get("/v1/nowhere").await;
    assert_eq!(english.text("/title"), "There is nothing here that you may see");
}

#[tokio::test]
async fn the_same_request_sent_three_times_registers_one_person() {
    let Stage { town, client, .. } = stage().await;
    let client = client.idempotency("registration-0001");
    let first = client.post("/v1/members", draft(&town, 20)).await;
    for _ in 0..2 {
        let again = client.post("/v1/members", draft(&town, 20)).await;
        assert_eq!((again.status, &again.body, again.header("location")), (201, &first.body, first.header("location")));
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
    is(&client.post("/v1/members", draft(&town, 21)).await, 422, "key-reused");
    assert_eq!(timeline(&client, &first.text("/id")).await.len(), 1);
    is(&client.idempotency("short").post("/v1/members", draft(&town, 22)).await, 400, "malformed");
}

#[tokio::test]
async fn another_branch_does_not_exist() {
    let Stage { town, client, .. } = stage().await;
    let stranger = town.person(2, "黄邻", &town.neighbour).await;
    let path = format!("/v1/members/{}", stranger.id);
    is(&client.get(&path).await, 404, "not-found");
    is(&client.get(&format!("{path}/timeline")).await, 404, "not-found");
    is(&client.if_match("\"v1\"").patch(&path, json!({ "unit": "x" })).await, 404, "not-found");
    is(&client.post(&format!("{path}/disclosures"), json!({ "purpose": "核对" })).await, 404, "not-found");
    is(&client.get(&format!("/v1/members?organization={}", town.neighbour.id)).await, 404, "not-found");
    let mut foreign = draft(&town, 20);
    foreign["organization"] = json!(town.neighbour.id);
    is(&client.post("/v1/members", foreign).await, 404, "not-found");
}

#[tokio::test]
async fn numbers_are_shown_for_a_purpose_and_the_reading_is_kept() {
    let Stage { bench, town, client, secretary } = stage().await;
    let person = town.person(2, "黄读", &town.branch).await;
    let path = format!("/v1/members/{}/disclosures", person.id);
    is(&client.post(&path, json!({})).await, 422, "invalid-field");
    let reply = client.post(&path, json!({ "purpose": "核对入党志愿书" })).await;
    assert_eq!(
        (reply.text("/phone").as_str(), reply.text("/idCard").as_str()),
        ("+8613900000002", Town::id_card(2).reveal())
    );
    let readings = register::Readings::open(&bench.env).unwrap().of(person.id, None, 10).await.unwrap().items;
    assert_eq!(readings.len(), 1);
    assert_eq!(
        (readings[0].reader, readings[0].fields.as_str(), readings[0].role.as_str()),
        (secretary.id, "numbers", "secretary")
    );
    assert_eq!(readings[0].purpose.as_deref(), Some("核对入党志愿书"));
}

#[tokio::test]
async fn without_a_line_in_the_log_nothing_is_shown() {
    let Stage { bench, town, client, .. } = stage().await;
    let person = town.person(2, "黄读", &town.branch).await;
    bench.wire.crash(Some(testkit::Crash::Before(2)));
    let reply = client.get(&format!("/v1/members/{}", person.id)).await;
    is(&reply, 503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
}
