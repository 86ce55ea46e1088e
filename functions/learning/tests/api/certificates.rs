//! Certificates, and whether one is real.

use crate::stage::{is, items, stage};
use serde_json::json;

#[tokio::test]
async fn a_certificate_is_issued_once_and_anybody_can_check_it() {
    let stage = stage().await;
    let paper = stage.published(stage.paper(&stage.set(2).await, 2)).await;
    let of = json!({ "paper": paper.rsplit('/').next().unwrap() });
    let member = stage.of(&stage.member);
    is(&member.post("/v1/me/certificates", of.clone()).await, 409, "illegal-transition");
    let attempt = stage.begun(&member, &paper).await;
    assert_eq!(stage.sat(&member, &attempt, (2, 2)).await.status, 200);
    let keyed = member.idempotency("certificate-01");
    let issued = keyed.post("/v1/me/certificates", of.clone()).await;
    assert_eq!(keyed.post("/v1/me/certificates", of.clone()).await.status, 201, "the first answer again");
    assert_eq!((issued.status, issued.text("/issuedOn").as_str()), (201, "2026-11-24"), "{issued:?}");
    let code = issued.text("/code");
    assert_eq!(code.len(), 32);
    let again = member.post("/v1/me/certificates", of.clone()).await;
    assert_eq!((again.status, &again.body), (200, &issued.body));
    assert_eq!(items(&member.get("/v1/me/certificates").await).len(), 1);

    let anybody = testkit::Client::new(learning::router(learning::App::connect(&stage.bench.env).await.unwrap()), None);
    let seen = anybody.get(&format!("/v1/certificates/{code}")).await;
    assert_eq!(
        (seen.status, seen.text("/maskedName").as_str(), &seen.body["valid"]),
        (200, "陈*", &json!(true)),
        "{seen:?}"
    );
    assert!(!seen.body.to_string().contains("mbr_"), "{seen:?}");
    for other in ["0".repeat(32), code.to_uppercase(), "x".to_owned()] {
        is(&anybody.get(&format!("/v1/certificates/{other}")).await, 404, "not-found");
    }

    let document = member.get(&format!("/v1/me/certificates/{code}/document")).await;
    assert_eq!(document.status, 200);
    assert!(document.header("content-type").ends_with("wordprocessingml.document"));
    let text = document.body.as_str().unwrap();
    assert!(
        text.starts_with("PK") && text.contains(&code) && text.contains("陈员同志"),
        "its parts are stored as they are"
    );
    is(&stage.of(&stage.secretary).get(&format!("/v1/me/certificates/{code}/document")).await, 404, "not-found");
}

#[tokio::test]
async fn a_year_is_certified_when_its_hours_are_reached() {
    let stage = stage().await;
    let member = stage.of(&stage.member);
    let of = json!({ "year": 2026 });
    is(&member.post("/v1/me/certificates", of.clone()).await, 409, "illegal-transition");
    let training = json!({
        "organization": stage.town.branch.id, "title": "集中培训", "from": "2026-11-16", "to": "2026-11-20",
        "halfDays": 8, "people": [stage.member.id],
    });
    let entered = stage.office.post("/v1/trainings", training).await;
    let colleague = stage.holding(&stage.neighbour, authz::Role::PartyAffairsOfficer, &stage.town.street);
    let path = format!("{}/decision", entered.header("location"));
    assert_eq!(colleague.post(&path, json!({ "accept": true })).await.status, 200);
    let issued = member.post("/v1/me/certificates", of).await;
    assert_eq!(
        (issued.status, issued.text("/title").as_str()),
        (201, "2026 年度参加集中学习培训已满 32 学时"),
        "{issued:?}"
    );
}
