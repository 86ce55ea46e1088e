//! The score sheet of a year.

use crate::stage::{is, ok, pointer, stage};
use authz::Role;
use serde_json::json;

#[tokio::test]
async fn the_department_of_the_root_draws_it_up_and_everybody_reads_it() {
    let stage = stage().await;
    let path = "/v1/star-sheets/2026";
    is(&stage.of(&stage.member).get(path).await, 404, "not-found");
    let drawn = ok(stage.department().idempotency("sheet-2026").post(path, stage.sheet()).await);
    assert_eq!((drawn.status, drawn.header("location"), drawn.header("etag")), (201, path, "\"v1\""));
    let again = ok(stage.department().idempotency("sheet-2026").post(path, stage.sheet()).await);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &drawn.body));
    is(&stage.second().post(path, stage.sheet()).await, 409, "already-decided");
    for reader in [&stage.member, &stage.secretary, &stage.neighbour] {
        assert_eq!(ok(stage.of(reader).get(path).await).body, drawn.body);
    }
    let stranger = stage.town.person(9, "黄外", &stage.town.elsewhere).await;
    is(&stage.of(&stranger).get(path).await, 404, "not-found");
    assert_eq!(stage.told(stage.town.city.id).await[0].0, "star-sheet.drawn");
}

#[tokio::test]
async fn nobody_else_draws_it_up() {
    let stage = stage().await;
    let path = "/v1/star-sheets/2026";
    for (role, status, code) in [(Role::Secretary, 403, "forbidden"), (Role::PartyAffairsOfficer, 403, "forbidden")] {
        let client = stage.holding(&stage.officer, role, &stage.town.city);
        is(&client.post(path, stage.sheet()).await, status, code);
    }
    let district = stage.holding(&stage.officer, Role::OrganizationDepartment, &stage.town.district);
    is(&district.post(path, stage.sheet()).await, 404, "not-found");
    let mut own = stage.sheet();
    own["organization"] = json!(stage.town.district.id);
    assert_eq!(pointer(&district.post(path, own).await), "/organization");
    assert_eq!(pointer(&stage.department().post("/v1/star-sheets/1900", stage.sheet()).await), "/year");
    let mut less = stage.sheet();
    less["total"] = json!(9_000);
    assert_eq!(pointer(&stage.department().post(path, less).await), "/total");
}

#[tokio::test]
async fn it_is_edited_until_its_window_opens() {
    let stage = stage().await;
    let path = "/v1/star-sheets/2026";
    ok(stage.department().post(path, stage.sheet()).await);
    let mut other = stage.sheet();
    other["items"][1]["name"] = json!("中心工作");
    is(&stage.department().put(path, other.clone()).await, 428, "version-required");
    let edited = ok(stage.second().if_match("\"v1\"").put(path, other.clone()).await);
    assert_eq!((edited.text("/items/1/name").as_str(), edited.header("etag")), ("中心工作", "\"v2\""));
    is(&stage.department().if_match("\"v1\"").put(path, other.clone()).await, 412, "stale");
    stage.pass(1);
    other["opensOn"] = json!("2026-11-27");
    is(&stage.department().if_match("\"v2\"").put(path, other).await, 409, "illegal-transition");
}
