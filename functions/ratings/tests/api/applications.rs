//! A branch applies, scores itself and hands in.

use crate::stage::{is, items, ok, pointer, stage, step};
use authz::Role;
use dynamo::{Key, Read, Table};
use serde_json::{Value, json};

#[tokio::test]
async fn a_branch_applies_once_in_a_year_and_within_the_window() {
    let stage = stage().await;
    let apply = async || stage.chair().post("/v1/star-applications", stage.application()).await;
    assert_eq!(pointer(&apply().await), "/year", "there is no sheet yet");
    ok(stage.department().post("/v1/star-sheets/2026", stage.sheet()).await);
    let early = apply().await;
    is(&early, 403, "forbidden");
    assert_eq!(early.text("/detail"), "申报时间为 2026-11-25 至 2026-12-10");
    stage.pass(1);
    let filed = ok(apply().await);
    assert_eq!((filed.status, filed.text("/state").as_str(), filed.header("etag")), (201, "draft", "\"v1\""));
    is(&apply().await, 409, "already-open");
    let deputy = stage.holding(&stage.member, Role::DeputySecretary, &stage.town.branch);
    is(&deputy.post("/v1/star-applications", stage.application()).await, 409, "already-open");
    is(&stage.above().post("/v1/star-applications", stage.application()).await, 403, "forbidden");
    is(&stage.of(&stage.member).post("/v1/star-applications", stage.application()).await, 404, "not-found");
    let street = json!({ "organization": stage.town.street.id, "year": 2026 });
    let secretary = stage.holding(&stage.desk, Role::Secretary, &stage.town.street);
    assert_eq!(pointer(&secretary.post("/v1/star-applications", street).await), "/organization");
    stage.pass(16);
    let next = json!({ "organization": stage.town.neighbour.id, "year": 2026 });
    let late = stage.holding(&stage.neighbour, Role::Secretary, &stage.town.neighbour);
    is(&late.post("/v1/star-applications", next).await, 403, "forbidden");
}

#[tokio::test]
async fn evidence_is_what_the_trace_of_the_branch_and_its_groups_has() {
    let stage = stage().await;
    let path = stage.filed().await;
    let own = stage.signed(stage.town.branch.id, "2026-11-18").await;
    let group = stage.signed(stage.town.group.id, "2026-11-19").await;
    let other = stage.signed(stage.town.neighbour.id, "2026-11-18").await;
    let before = stage.signed(stage.town.branch.id, "2025-12-18").await;
    let life = |evidence: Value| json!([{ "item": "life", "score": 100, "evidence": evidence }]);
    for wrong in [
        json!({ "activity": other }),
        json!({ "activity": before }),
        json!({ "activity": group }),
        json!({ "activity": other, "group": stage.town.neighbour.id }),
        json!({ "activity": own, "group": stage.town.group.id }),
        json!({ "activity": "act_00000000000070008000000000000000" }),
    ] {
        let reply = stage.score(&path, 1, life(json!([wrong]))).await;
        assert_eq!(pointer(&reply), "/items/0/evidence/0", "{wrong}");
    }
    let both = json!([{ "activity": own }, { "activity": group, "group": stage.town.group.id }]);
    let scored = ok(stage.score(&path, 1, life(both.clone())).await);
    assert_eq!(scored.text("/scores/0/evidence/1/organization"), stage.town.group.id.to_string());
    assert_eq!(
        (scored.text("/scores/0/evidence/0/on").as_str(), &scored.body["selfTotal"]),
        ("2026-11-18", &json!(100))
    );
    // What is linked already need not be found again.
    ok(stage.score(&path, 2, life(both)).await);

    let facts = ok(stage.chair().get(&format!("{path}/facts")).await);
    let [fact] = items(&facts) else { panic!("{facts:?}") };
    assert_eq!((&fact["activity"], &fact["items"]), (&json!(own), &json!(["life"])));
    let of_group = ok(stage.above().get(&format!("{path}/facts?group={}", stage.town.group.id)).await);
    assert_eq!(items(&of_group)[0]["activity"], json!(group));
    let elsewhere = format!("{path}/facts?group={}", stage.town.neighbour.id);
    assert_eq!(pointer(&stage.chair().get(&elsewhere).await), "/group");
}

#[tokio::test]
async fn what_is_handed_in_is_whole_and_stays_as_it_is() {
    let stage = stage().await;
    let path = stage.filed().await;
    let most = json!([{ "item": "life", "score": 6_001 }]);
    assert_eq!(pointer(&stage.score(&path, 1, most).await), "/items/0/score");
    let part = json!([{ "item": "life", "score": 6_000, "note": "见台账" }]);
    ok(stage.score(&path, 1, part.clone()).await);
    is(&stage.score(&path, 1, part.clone()).await, 412, "stale");
    let submit = format!("{path}/submit");
    assert_eq!(pointer(&step(&stage.chair(), 2, &submit).await), "/items");
    let whole = json!([{ "item": "life", "score": 6_000, "note": "见台账" }, { "item": "work", "score": 0 }]);
    ok(stage.score(&path, 2, whole).await);
    is(&step(&stage.above(), 3, &submit).await, 403, "forbidden");
    is(&stage.chair().send("POST", &submit, None).await, 428, "version-required");
    let handed = ok(step(&stage.chair(), 3, &submit).await);
    assert_eq!((handed.text("/state").as_str(), handed.text("/reviewDueOn").as_str()), ("submitted", "2026-12-09"));
    is(&stage.score(&path, 4, part).await, 409, "illegal-transition");
    is(&step(&stage.chair(), 4, &submit).await, 409, "illegal-transition");
}

#[tokio::test]
async fn what_was_not_handed_in_within_the_window_is_under_way_no_more() {
    let stage = stage().await;
    stage.filed().await;
    let list = |more: &str| format!("/v1/star-applications?organization={}{more}", stage.town.street.id);
    // The window is open until 10 December.
    stage.pass(15);
    let listed = stage.above().get(&list("")).await;
    assert_eq!(items(&listed)[0]["closesOn"], json!("2026-12-10"));
    stage.pass(1);
    assert!(items(&stage.above().get(&list("")).await).is_empty());
    assert_eq!(items(&stage.above().get(&list("&state=draft")).await).len(), 1);
}

#[tokio::test]
async fn what_was_filed_before_its_last_day_was_kept_with_it_goes_on() {
    let stage = stage().await;
    let path = stage.filed().await;
    let table = Table::open(&stage.bench.env, "RATINGS_TABLE").unwrap();
    let key = Key::new(format!("STA#{}", path.rsplit('/').next().unwrap()), "STA");
    let mut row: Value = table.get(key, Read::Consistent).await.unwrap().unwrap();
    row.as_object_mut().unwrap().remove("closesOn").unwrap();
    table.put(&row).await.unwrap();
    ok(stage.chair().get(&path).await);
    let list = format!("/v1/star-applications?organization={}", stage.town.street.id);
    assert_eq!(items(&stage.above().get(&list).await).len(), 1);
    let part = json!([{ "item": "life", "score": 100, "note": "见台账" }]);
    let scored = stage.score(&path, 1, part).await;
    assert_eq!((scored.status, scored.text("/closesOn").is_empty()), (200, false), "{scored:?}");
}

#[tokio::test]
async fn points_are_for_the_branch_and_those_above_it_and_not_for_the_trace() {
    let stage = stage().await;
    let path = stage.reviewed().await;
    for reader in [stage.chair(), stage.above(), stage.department()] {
        let read = ok(reader.get(&path).await);
        assert_eq!((&read.body["selfTotal"], &read.body["reviewTotal"]), (&json!(10_000), &json!(9_000)));
    }
    let neighbour = stage.holding(&stage.neighbour, Role::Secretary, &stage.town.neighbour);
    for other in [neighbour, stage.of(&stage.member), stage.of(&stage.neighbour)] {
        is(&other.get(&path).await, 404, "not-found");
        is(&other.post(&format!("{path}/objections"), json!({ "text": "有异议" })).await, 404, "not-found");
        assert!(items(&other.get("/v1/star-notices/2026").await).is_empty());
    }
    let list = format!("/v1/star-applications?organization={}", stage.town.street.id);
    let listed = ok(stage.above().get(&list).await);
    assert!(items(&listed)[0].get("score").is_none() && items(&listed)[0].get("star").is_none());
    let told = stage.told(stage.town.branch.id).await;
    let told: Vec<_> = told.iter().filter(|(kind, _)| kind.starts_with("star.")).collect();
    let mut kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    let mut expected = ["star.applied", "star.self-scored", "star.submitted", "star.re-scored", "star.reviewed"];
    // Lines of one millisecond have no order.
    kinds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kinds, expected);
    assert!(told.iter().all(|(_, fields)| fields == "state version year"), "{told:?}");
}

#[tokio::test]
async fn what_waits_for_its_review_for_more_than_ten_working_days_is_listed() {
    let stage = stage().await;
    let path = stage.submitted().await;
    let list = |more: &str| format!("/v1/star-applications?organization={}{more}", stage.town.street.id);
    let waiting = async || items(&stage.above().get(&list("&waiting=true")).await).len();
    // Handed in on 25 November, a Wednesday: its tenth working day is 9 December.
    stage.pass(14);
    assert_eq!(waiting().await, 0);
    assert_eq!(stage.above().get(&path).await.body["waiting"], json!(false));
    stage.pass(1);
    assert_eq!(waiting().await, 1);
    assert_eq!(items(&stage.above().get(&list("&waiting=true&state=submitted")).await).len(), 1);
    assert_eq!(pointer(&stage.above().get(&list("&waiting=true&state=draft")).await), "/state");
    let listed = stage.above().get(&list("&year=2026")).await;
    assert_eq!(
        (&items(&listed)[0]["waiting"], &items(&listed)[0]["reviewDueOn"]),
        (&json!(true), &json!("2026-12-09"))
    );
    assert!(items(&stage.above().get(&list("&year=2025")).await).is_empty());
    assert!(items(&stage.above().get(&list("&state=draft")).await).is_empty());
    assert_eq!(
        items(&stage.department().get(&format!("/v1/star-applications?organization={}", stage.town.city.id)).await)
            .len(),
        1
    );
    ok(stage.above().if_match("\"v3\"").put(&format!("{path}/review"), crate::stage::review()).await);
    ok(step(&stage.above(), 4, &format!("{path}/review/submit")).await);
    assert_eq!(waiting().await, 0);
}
