//! The register, from the gateway's event to the reply.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use authz::Role;
use jiff::SignedDuration;
use members::{App, router};
use register::Member;
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

struct Stage {
    bench: Bench,
    town: Town,
    secretary: Member,
    /// Signed in as the secretary of the branch.
    client: Client,
}

async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let caller = Town::caller(&secretary, &[(Role::Secretary, &town.branch)]);
    let client = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(caller));
    Stage { bench, town, secretary, client }
}

fn draft(town: &Town, n: u32) -> Value {
    json!({
        "organization": town.branch.id, "name": "陈晓", "idCard": Town::id_card(n).reveal(), "phone": format!("138{n:08}"),
        "ethnicity": "汉族", "category": "wage", "state": "probationary", "joinedOn": "2026-06-18",
    })
}

async fn timeline(client: &Client, member: &str) -> Vec<Value> {
    let reply = client.get(&format!("/v1/members/{member}/timeline")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap().clone()
}

fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.body["requestId"], "request-1");
}

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

fn draft_id() -> kernel::MemberId {
    kernel::MemberId::from_bytes(77, [7; 10])
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
    let step = json!({ "to": "transferred-out", "on": "2026-11-20", "reason": "调动", "decision": "介绍信" });
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
    let step = json!({ "to": "transferred-out", "on": "2026-11-20", "reason": "调动", "decision": "介绍信" });
    let path = format!("/v1/members/{}/transitions", officer.id);
    is(&client.post(&path, step.clone()).await, 409, "holds-office");
    bench.pass(SignedDuration::from_hours(24));
    assert_eq!(client.post(&path, step).await.status, 200, "the office ended yesterday");
}

#[tokio::test]
async fn who_left_is_off_the_list_and_their_phone_is_free() {
    let Stage { town, client, .. } = stage().await;
    let person = town.person(2, "黄离", &town.branch).await;
    let step = json!({ "to": "deceased", "on": "2026-11-20", "reason": "病故", "decision": "备案" });
    assert_eq!(client.post(&format!("/v1/members/{}/transitions", person.id), step).await.status, 200);
    let list = async |query: &str| {
        client.get(&format!("/v1/members?organization={}{query}", town.branch.id)).await.body["items"].clone()
    };
    assert_eq!(list("").await.as_array().unwrap().len(), 1);
    assert_eq!(list("&state=deceased").await[0]["id"], json!(person.id));
    let mut same_phone = draft(&town, 20);
    same_phone["phone"] = json!("13900000002");
    assert_eq!(client.post("/v1/members", same_phone).await.status, 201);
}

#[tokio::test]
async fn people_are_found_by_characters_pinyin_and_initials_in_every_level() {
    let Stage { town, client, .. } = stage().await;
    for (n, name, home) in [
        (2, "张伟", &town.branch),
        (3, "张伟民", &town.group),
        (4, "赵薇", &town.neighbour),
        (5, "周文", &town.branch),
        (6, "张薇", &town.neighbour),
    ] {
        town.person(n, name, home).await;
    }
    let everywhere = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
    let names = async |client: &Client, place: &kernel::OrgId, q: &str| -> Vec<String> {
        let reply = client.get(&format!("/v1/members?organization={place}&{q}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let items = reply.body["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    for (q, branch, city) in [
        ("q=%E5%BC%A0", vec!["张伟", "张伟民"], vec!["张伟", "张薇", "张伟民"]),
        ("q=%E5%BC%A0%E4%BC%9F", vec!["张伟", "张伟民"], vec!["张伟", "张伟民"]),
        ("q=zhangw", vec!["张伟", "张伟民"], vec!["张伟", "张薇", "张伟民"]),
        ("q=zw", vec!["张伟", "周文", "张伟民"], vec!["张伟", "张薇", "赵薇", "周文", "张伟民"]),
        ("q=nobody", vec![], vec![]),
        ("q=%C2%B7", vec![], vec![]),
    ] {
        assert_eq!(names(&client, &town.branch.id, q).await, branch, "{q}");
        assert_eq!(names(&everywhere, &town.city.id, q).await, city, "{q}");
    }
    assert_eq!(names(&client, &town.branch.id, "state=full").await.len(), 4);
}

#[tokio::test]
async fn pages_of_a_list_hold_everybody_once_and_a_forged_cursor_shows_nobody_else() {
    let Stage { town, client, .. } = stage().await;
    for n in 2..=13 {
        town.person(n, "吴明", if n % 2 == 0 { &town.branch } else { &town.neighbour }).await;
    }
    for (place, count) in [(town.branch.id, 7), (town.street.id, 13), (town.city.id, 13)] {
        let all = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
        let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), String::new());
        loop {
            let reply = all.get(&format!("/v1/members?organization={place}&limit=3{cursor}")).await;
            for item in reply.body["items"].as_array().unwrap() {
                assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "twice: {item}");
            }
            match reply.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), count);
    }
    let foreign = kernel::Cursor { after: format!("{}|{}", town.district.path, town.neighbour.path) }.encode("members");
    let reply = client.get(&format!("/v1/members?organization={}&cursor={foreign}", town.branch.id)).await;
    assert_eq!(reply.body["items"], json!([]));
    is(&client.get(&format!("/v1/members?organization={}&cursor=bm9wZQ", town.branch.id)).await, 400, "bad-cursor");
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
