//! Hours: from signed meetings, confirmed trainings and passed papers, and from nothing else.

use crate::stage::{Stage, fields, is, items, stage};
use authz::Role;
use dynamo::Table;
use jiff::SignedDuration;
use kernel::{AppointmentId, MeetingId};
use register::{Appointment, AppointmentRow, Exemption, Member, Readings};
use serde_json::{Value, json};

/// A row of a signed meeting, as `meetings` writes it for who was there.
async fn attended(stage: &Stage, member: &Member, (n, day, minutes): (u8, &str, u32)) {
    let meeting = MeetingId::from_bytes(u64::from(n), [n; 10]);
    let credit = json!({
        "organization": stage.town.branch.id, "title": "主题党日", "kinds": ["theme-day"], "minutes": minutes, "rules": "test",
    });
    let row = json!({
        "pk": format!("MTG#{meeting}"), "sk": format!("PER#{}", member.id), "meeting": meeting, "member": member.id,
        "personKey": format!("{day}#{meeting}"), "credit": credit,
    });
    Table::open(&stage.bench.env, "MEETINGS_TABLE").unwrap().put(&row).await.unwrap();
}

fn training(stage: &Stage, people: &[&Member], half_days: u32) -> Value {
    let people: Vec<_> = people.iter().map(|member| member.id).collect();
    json!({
        "organization": stage.town.branch.id, "title": "集中培训", "from": "2026-11-20", "to": "2026-11-22",
        "halfDays": half_days, "people": people,
    })
}

#[tokio::test]
async fn a_year_is_what_was_confirmed_in_it() {
    let stage = stage().await;
    for held in [(1, "2025-12-31", 120), (2, "2026-01-01", 90), (3, "2026-11-10", 60), (4, "2026-11-11", 0)] {
        attended(&stage, &stage.member, held).await;
    }
    let member = stage.of(&stage.member);
    let paper = stage.published(stage.paper(&stage.set(2).await, 2)).await;
    let attempt = stage.begun(&member, &paper).await;
    assert_eq!(stage.sat(&member, &attempt, (2, 2)).await.status, 200);
    let mine = member.get("/v1/me/hours").await;
    assert_eq!((&mine.body["countedMinutes"], &mine.body["owedMinutes"]), (&json!(210), &json!(1920)), "{mine:?}");
    let entries = mine.body["entries"].as_array().unwrap();
    let sources: Vec<_> =
        entries.iter().map(|entry| (entry["source"].as_str().unwrap(), entry["on"].as_str().unwrap())).collect();
    assert_eq!(sources, [("meeting", "2026-01-01"), ("meeting", "2026-11-10"), ("paper", "2026-11-24")]);
    let last = member.get("/v1/me/hours?year=2025").await;
    assert_eq!(last.body["countedMinutes"], 120, "nothing is carried over: {last:?}");
    assert_eq!(fields(&member.get("/v1/me/hours?year=1900").await), ["/year"]);
}

#[tokio::test]
async fn a_training_counts_once_somebody_else_confirmed_it() {
    let stage = stage().await;
    let secretary = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    let entered = secretary.post("/v1/trainings", training(&stage, &[&stage.member, &stage.secretary], 6)).await;
    assert_eq!((entered.status, entered.text("/state").as_str()), (201, "entered"), "{entered:?}");
    let path = format!("{}/decision", entered.header("location"));
    let accept = json!({ "accept": true });
    let hours = async || stage.of(&stage.member).get("/v1/me/hours").await.body["countedMinutes"].clone();
    assert_eq!(hours().await, 0);
    is(&secretary.post(&path, accept.clone()).await, 403, "own-case");
    is(&stage.of(&stage.member).post(&path, accept.clone()).await, 404, "not-found");
    let decided = stage.office.post(&path, accept.clone()).await;
    assert_eq!((decided.status, decided.text("/state").as_str()), (200, "confirmed"), "{decided:?}");
    assert_eq!(hours().await, 6 * 240, "three whole days");
    attended(&stage, &stage.member, (1, "2026-11-21", 60)).await;
    assert_eq!(hours().await, 6 * 240, "a day counts eight hours at most");
    is(&stage.office.post(&path, accept).await, 409, "illegal-transition");
    let list = format!("/v1/trainings?organization={}", stage.town.branch.id);
    assert_eq!(items(&secretary.get(&list).await).len(), 1);

    let refused = secretary.post("/v1/trainings", training(&stage, &[&stage.member], 2)).await;
    let path = format!("{}/decision", refused.header("location"));
    assert_eq!(fields(&stage.office.post(&path, json!({ "accept": false })).await), ["/reason"]);
    let reply = stage.office.post(&path, json!({ "accept": false, "reason": "无签到" })).await;
    assert_eq!(reply.text("/state"), "refused");
    assert_eq!(hours().await, 6 * 240);
    assert_eq!(fields(&secretary.post("/v1/trainings", training(&stage, &[&stage.neighbour], 2)).await), ["/people/0"]);
}

#[tokio::test]
async fn whoever_is_new_is_trained_once() {
    let stage = stage().await;
    let new = |member: &mut Member| member.joined_on = jiff::civil::Date::constant(2026, 5, 10);
    let member = stage.town.person_as(7, "许新", &stage.town.branch, new).await;
    let first = async |year| stage.of(&member).get(&format!("/v1/me/hours?year={year}")).await.body["first"].clone();
    let owed = json!([{
        "who": "member", "since": "2026-05-10", "dueOn": "2028-05-10", "missing": false, "article": "2019–2023 规划",
        "unconfirmed": true,
    }]);
    assert_eq!(first(2026).await, owed);
    assert_eq!((first(2025).await, first(2029).await), (Value::Null, Value::Null), "not new before and after it");
    let entered = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    let entered = entered.post("/v1/trainings", training(&stage, &[&member], 2)).await;
    let path = format!("{}/decision", entered.header("location"));
    assert_eq!(first(2027).await[0]["trainedOn"], Value::Null, "nobody confirmed it");
    assert_eq!(stage.office.post(&path, json!({ "accept": true })).await.status, 200);
    assert_eq!(first(2027).await[0]["trainedOn"], "2026-11-22");
}

#[tokio::test]
async fn a_secretary_owes_more_and_an_officer_sees_their_organisation_by_name() {
    let stage = stage().await;
    let held = Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: stage.town.branch.id,
        role: Role::Secretary,
        holder: stage.secretary.id,
        holder_name: "吴书".try_into().unwrap(),
        from: jiff::civil::Date::constant(2025, 1, 1),
        until: None,
        decision: "〔2025〕1号".try_into().unwrap(),
        version: 1,
    };
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&AppointmentRow::of_holder(held)).await.unwrap();
    attended(&stage, &stage.member, (1, "2026-11-10", 1920)).await;
    attended(&stage, &stage.secretary, (1, "2026-11-10", 1920)).await;
    let secretary = stage.holding(&stage.secretary, Role::Secretary, &stage.town.branch);
    let page = secretary.get(&format!("/v1/organizations/{}/hours?year=2026", stage.town.branch.id)).await;
    let seen: Vec<_> = items(&page).iter().map(|one| (one["owedMinutes"].clone(), one["reached"].clone())).collect();
    assert_eq!(seen.len(), 2, "{page:?}");
    assert!(seen.contains(&(json!(1920), json!(true))) && seen.contains(&(json!(3360), json!(false))), "{seen:?}");
    let sum = json!([{
        "organization": stage.town.branch.id, "members": 2, "reached": 1, "owedMinutes": 5280, "countedMinutes": 3840,
    }]);
    assert_eq!(page.body["organizations"], sum);
    let exempt = |member: &mut Member| {
        let since = jiff::civil::Date::constant(2026, 11, 1);
        member.exemption = Some(Exemption { since, until: None });
    };
    let old = stage.town.person_as(8, "许老", &stage.town.branch, exempt).await;
    let page = secretary.get(&format!("/v1/organizations/{}/hours?year=2026", stage.town.branch.id)).await;
    let own = items(&page).iter().find(|one| one["member"] == json!(old.id)).unwrap();
    assert_eq!((&own["exempt"], &page.body["organizations"]), (&json!(true), &sum), "nothing is owed by who is exempt");

    attended(&stage, &stage.secretary, (2, "2026-05-10", 1920)).await;
    let own = async || secretary.get("/v1/me/hours").await.body;
    let (more, year) = (own().await, json!({ "year": 2026 }));
    assert_eq!(more["first"], Value::Null, "in office since the beginning of 2025");
    let first = secretary.get("/v1/me/hours?year=2025").await.body["first"][0].clone();
    assert_eq!(
        (&first["who"], &first["dueOn"], &first["missing"]),
        (&json!("secretary"), &json!("2025-07-01"), &json!(true))
    );
    assert_eq!(
        (&more["countedMinutes"], &more["owedTrainings"], &more["trainings"]),
        (&json!(3840), &json!(1), &json!(0))
    );
    assert_eq!(more["reached"], false, "hours alone are not enough: {more}");
    is(&secretary.post("/v1/me/certificates", year.clone()).await, 409, "illegal-transition");
    let entered = secretary.post("/v1/trainings", training(&stage, &[&stage.secretary], 1)).await;
    let path = format!("{}/decision", entered.header("location"));
    assert_eq!(stage.office.post(&path, json!({ "accept": true })).await.status, 200);
    let more = own().await;
    assert_eq!((&more["trainings"], &more["reached"]), (&json!(1), &json!(true)), "{more}");
    assert_eq!(secretary.post("/v1/me/certificates", year).await.status, 201);

    let one = secretary.get(&format!("/v1/members/{}/hours", stage.member.id)).await;
    assert_eq!(one.body["countedMinutes"], 1920, "{one:?}");
    let readings = Readings::open(&stage.bench.env).unwrap().of(stage.member.id, None, 10).await.unwrap();
    assert_eq!((readings.items.len(), readings.items[0].fields.as_str()), (1, "hours"));
    is(&stage.of(&stage.member).get(&format!("/v1/members/{}/hours", stage.secretary.id)).await, 404, "not-found");
    is(&secretary.get(&format!("/v1/organizations/{}/hours", stage.town.neighbour.id)).await, 404, "not-found");
    for (node, status) in [(&stage.town.street, 403), (&stage.town.branch, 200)] {
        let committee = stage.holding(&stage.officer, Role::CommitteeMember, node);
        let seen = committee.get(&format!("/v1/organizations/{}/hours", node.id)).await;
        assert_eq!(seen.status, status, "what is below a street is not of its committee members: {seen:?}");
    }
    let city = stage.holding(&stage.officer, Role::OrganizationDepartment, &stage.town.city);
    assert_eq!(fields(&city.get(&format!("/v1/organizations/{}/hours", stage.town.city.id)).await), ["/organization"]);
    let first = city.get(&format!("/v1/organizations/{}/hours?limit=1", stage.town.street.id)).await;
    assert_eq!((items(&first).len(), first.body["next"].is_string()), (1, true));
    stage.bench.pass(SignedDuration::from_hours(24 * 40));
    assert_eq!(
        stage.of(&stage.member).get("/v1/me/hours").await.body["countedMinutes"],
        0,
        "a new year begins with nothing"
    );
}
