//! The way of a transfer, from one side to the other.

use crate::stage::{Stage, is, letter, new_letter, stage, why, yes};
use dynamo::{Activity, Trace};
use kernel::MemberId;
use register::{Member, MemberState, Readings};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn told(stage: &Stage, id: MemberId) -> Vec<Activity> {
    Trace::open(&stage.bench.env).unwrap().of_subject(&id.to_string(), None, None, 50).await.unwrap().items
}

#[tokio::test]
async fn a_member_moves_when_they_are_received_and_not_when_the_letter_is_issued() {
    let stage = stage().await;
    let Stage { town, member, sender, committee, receiver, own, .. } = &stage;
    let before = stage.record(member.id).await;
    let path = stage.drafted(stage.request()).await;
    assert_eq!(own.get("/v1/me/transfers").await.text("/items/0/next/step"), "decision");
    assert_eq!(committee.post(&format!("{path}/decision"), yes()).await.text("/next/step"), "letter");
    let issued = committee.post(&format!("{path}/letters"), letter("榕组介〔2026〕1号")).await;
    assert_eq!((issued.status, issued.header("etag")), (200, "\"v3\""), "{issued:?}");
    assert_eq!(issued.body["next"], json!({ "step": "reception", "by": "2026-12-04" }));
    assert_eq!(stage.record(member.id).await, before, "issuing moves nobody");
    for (client, organization, direction) in [(sender, town.branch.id, "out"), (receiver, town.neighbour.id, "in")] {
        let list = client.get(&format!("/v1/transfers?organization={organization}&direction={direction}")).await;
        assert_eq!((list.text("/items/0/id"), list.text("/items/0/state")), (issued.text("/id"), "issued".to_owned()));
        assert_eq!(client.get(&path).await.body, issued.body, "both sides see it");
    }

    stage.pass_days(10);
    let received = stage.receive(receiver, &path).await;
    assert_eq!((received.status, received.text("/state").as_str()), (200, "received"), "{received:?}");
    let after = stage.record(member.id).await;
    assert_eq!((after.organization, &after.path), (town.neighbour.id, &town.neighbour.path));
    assert_eq!((after.version, after.updated_at), (before.version + 1, stage.bench.now()));
    let (version, updated_at) = (before.version, before.updated_at);
    let back = Member { organization: before.organization, path: before.path.clone(), version, updated_at, ..after };
    assert_eq!(back, before, "nothing else of the record changes");

    assert_eq!(received.body["next"], json!({ "step": "receipt", "by": "2027-01-04" }));
    let noted = sender.post(&format!("{path}/receipt"), json!({ "on": "2026-12-04" })).await;
    assert_eq!((noted.status, noted.text("/receiptOn").as_str()), (200, "2026-12-04"), "{noted:?}");
    assert_eq!(noted.body["next"], Value::Null);
    let steps: Vec<_> = noted.body["steps"].as_array().unwrap().iter().map(|step| step["done"].clone()).collect();
    assert_eq!(steps, ["drafted", "approved", "issued", "received", "acknowledged"]);
    assert!(noted.body["steps"].as_array().unwrap().iter().all(|step| step["rules"] == "2019-05-06"));

    let told: Vec<_> = told(&stage, member.id).await;
    let lines: Vec<_> = told.iter().map(|line| (line.kind.as_str(), line.organization)).collect();
    let (old, new) = (town.branch.id, town.neighbour.id);
    assert!(lines.contains(&("member.transferred", old)) && lines.contains(&("transfer.received", new)), "{lines:?}");
    let moved = told.iter().find(|line| line.kind == "member.transferred").unwrap();
    assert_eq!((&moved.before["organization"], &moved.after["organization"]), (&json!(old), &json!(new)));
}

#[tokio::test]
async fn a_probation_goes_on_as_it_was() {
    let stage = stage().await;
    let joined = jiff::civil::date(2026, 1, 12);
    let adjust = |member: &mut Member| {
        (member.state, member.full_since) = (MemberState::Probationary, None);
        (member.joined_on, member.state_since) = (joined, joined);
    };
    let person = stage.town.person_as(5, "李预", &stage.town.group, adjust).await;
    let path = stage.issued(stage.request_of(&person)).await;
    assert_eq!(stage.receive(&stage.receiver, &path).await.status, 200);
    let after = stage.record(person.id).await;
    assert_eq!((after.id, after.state, after.joined_on, after.state_since), (person.id, person.state, joined, joined));
    assert_eq!(after.organization, stage.town.neighbour.id);
}

#[tokio::test]
async fn a_letter_has_three_parts_that_can_be_printed() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let shown = stage.own.get(&path).await;
    let part = &shown.body["letters"][0];
    assert_eq!(part["number"], "榕组介〔2026〕1号");
    let from_to = json!({ "bearer": "陈员", "from": "东社区党支部", "to": "西社区党支部", "issuedOn": "2026-11-24" });
    assert_eq!(part["stub"], from_to);
    let letter = &part["letter"];
    let dates = json!([letter["duesUntil"], letter["issuedOn"], letter["validUntil"], letter["issuedBy"]]);
    assert_eq!(dates, json!(["2026-11", "2026-11-24", "2026-12-04", "街道工委"]));
    assert_eq!((&letter["bearer"]["name"], &letter["bearer"]["state"]), (&json!("陈员"), &json!("full")));
    assert!(letter["bearer"]["phoneMasked"].as_str().unwrap().contains('*'));
    assert_eq!(part["receipt"], json!({ "to": "街道工委", "bearer": "陈员", "from": "西社区党支部" }));
}

#[tokio::test]
async fn reading_somebody_elses_transfer_leaves_a_line_and_ones_own_does_not() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let log = Readings::open(&stage.bench.env).unwrap();
    assert_eq!(stage.own.get(&path).await.status, 200);
    assert_eq!(log.of(stage.member.id, None, 10).await.unwrap().items, []);
    assert_eq!(stage.receiver.get(&path).await.status, 200);
    let lines = log.of(stage.member.id, None, 10).await.unwrap().items;
    assert_eq!((lines[0].fields.as_str(), lines[0].organization), ("transfer", stage.town.neighbour.id));
}

#[tokio::test]
async fn a_lapsed_letter_is_replaced_by_a_new_one_of_the_same_transfer() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let letters = format!("{path}/letters");
    stage.pass_days(10);
    is(&stage.committee.post(&letters, new_letter("2号")).await, 409, "illegal-transition");
    stage.pass_days(1);
    let late = stage.receive(&stage.receiver, &path).await;
    is(&late, 409, "illegal-transition");
    assert_eq!(late.text("/article"), "组通字〔2006〕45号");
    let mine = stage.own.get("/v1/me/transfers").await;
    assert_eq!((mine.text("/items/0/state"), mine.text("/items/0/next/step")), ("overdue".into(), "new-letter".into()));
    let again = stage.committee.post(&letters, new_letter("2号")).await;
    assert_eq!((again.status, again.text("/state").as_str()), (200, "issued"), "{again:?}");
    assert_eq!(
        (again.text("/letters/0/number"), again.text("/letters/1/number")),
        ("榕组介〔2026〕1号".into(), "2号".into())
    );
    assert_eq!(
        (&again.body["letters"][0]["lapsed"], &again.body["letters"][1]["lapsed"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(stage.receive(&stage.receiver, &path).await.status, 200);
}

#[tokio::test]
async fn the_receipt_from_outside_takes_the_member_off_the_rolls() {
    let stage = stage().await;
    let path = stage.issued(stage.request_outside()).await;
    is(&stage.receive(&stage.committee, &path).await, 404, "not-found");
    stage.pass_days(20);
    let receipt = json!({ "on": "2026-12-14", "receivedOn": "2026-12-10" });
    let done = stage.sender.post(&format!("{path}/receipt"), receipt).await;
    assert_eq!((done.status, done.text("/state").as_str()), (200, "received"), "{done:?}");
    assert_eq!(done.body["next"], Value::Null);
    let left = stage.record(stage.member.id).await;
    assert_eq!((left.state, left.state_since), (MemberState::TransferredOut, jiff::civil::date(2026, 12, 10)));
    assert_eq!((left.organization, left.joined_on), (stage.member.organization, stage.member.joined_on));
    let people = register::People::open(&stage.bench.env).unwrap();
    let phone = "13900000002".parse().unwrap();
    assert_eq!(people.by_phone(stage.town.vault(), &phone).await.unwrap(), None, "the number is free");
    let told = told(&stage, stage.member.id).await;
    let kinds: BTreeSet<_> = told.iter().take(2).map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["member.transferred-out", "transfer.arrived"]));
}

#[tokio::test]
async fn what_is_done_with_makes_room_for_the_next_transfer() {
    let stage = stage().await;
    let client = &stage.sender;
    for ending in ["withdraw", "return"] {
        let path = stage.issued(stage.request()).await;
        is(&client.post("/v1/transfers", stage.request()).await, 409, "transfer-open");
        let who = if ending == "return" { &stage.receiver } else { client };
        let done = who.post(&format!("{path}/{ending}"), why()).await;
        assert_eq!((done.status, &done.body["next"]), (200, &Value::Null), "{done:?}");
        assert_eq!(done.body["steps"][3]["reason"], "本人不再迁居");
        assert_eq!(stage.record(stage.member.id).await.organization, stage.town.branch.id);
    }
    let path = stage.drafted(stage.request()).await;
    let no = json!({ "accept": false, "reason": "材料不全" });
    assert_eq!(stage.committee.post(&format!("{path}/decision"), no).await.text("/state"), "returned");
    stage.drafted(stage.request()).await;
    assert_eq!(stage.own.get("/v1/me/transfers").await.body["items"].as_array().unwrap().len(), 4);
}
