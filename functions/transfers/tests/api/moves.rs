//! Lists follow moves of organisations.

use crate::stage::stage;
use authz::Role;
use jiff::SignedDuration;
use kernel::MemberId;
use serde_json::{Value, json};
use testkit::caller;

#[tokio::test]
async fn both_sides_are_found_where_they_stand_after_a_move() {
    let stage = stage().await;
    let town = &stage.town;
    let id = stage.issued(stage.request()).await.rsplit('/').next().unwrap().to_owned();
    let done = town.person(5, "李众", &town.branch).await;
    let done = stage.issued(stage.request_of(&done)).await;
    assert_eq!(stage.receive(&stage.receiver, &done).await.status, 200);
    let done = done.rsplit('/').next().unwrap().to_owned();
    stage.pass_days(11);

    let chief = stage.own.with(caller(
        MemberId::from_bytes(76, [1; 10]),
        &[(Role::OrganizationDepartment, town.city.id), (Role::OrganizationDepartment, town.elsewhere.id)],
    ));
    // The whole sub-district comes to another city.
    let api = organizations::App::connect(&stage.bench.env).await.unwrap();
    let officer = caller(
        MemberId::from_bytes(76, [1; 10]),
        &[(Role::OrganizationDepartment, town.city.id), (Role::OrganizationDepartment, town.elsewhere.id)],
    );
    let tree = testkit::Client::new(organizations::router(api), Some(officer));
    let to = json!({ "parent": town.elsewhere.id, "on": "2026-11-20", "reason": "区划调整", "decision": "1号" });
    let moved = tree.post(&format!("/v1/organizations/{}/move", town.street.id), to).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    let job = relocation::App::connect(&stage.bench.env).await.unwrap();
    let event: Value = serde_json::from_str(include_str!("../../../../events/relocation.json")).unwrap();
    relocation::run(&job, event).await.unwrap();
    stage.bench.pass(SignedDuration::from_mins(1));

    let (old, new) = (town.district.id, town.elsewhere.id);
    for (list, expected) in [
        ("/v1/transfers?direction=out", &id),
        ("/v1/transfers?direction=in", &id),
        ("/v1/transfers?direction=out&state=received", &done),
        ("/v1/transfers?direction=in&state=received", &done),
        ("/v1/transfers/overdue?", &id),
        ("/v1/transfers/receipts?", &done),
    ] {
        for (place, there) in [(old, false), (new, true), (town.street.id, true)] {
            let path = format!("{list}&organization={place}").replace("?&", "?");
            let expected = if there { vec![expected.clone()] } else { Vec::new() };
            assert_eq!(stage.ids(&chief, &path).await, expected, "{path}");
        }
    }
}
