//! Who was transferred out and comes back.

use crate::stage::{Stage, draft, draft_id, is, stage, timeline};
use authz::Role;
use dynamo::{Key, Read, Table};
use register::{Member, MemberRow, MemberState};
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn who_was_transferred_out_is_registered_again_under_the_same_id() {
    let Stage { bench, town, client, .. } = stage().await;
    let gone = |member: &mut Member| member.state = MemberState::TransferredOut;
    let person = town.person_as(20, "陈晓", &town.neighbour, gone).await;
    let came = client.post("/v1/members", draft(&town, 20)).await;
    assert_eq!((came.status, came.header("etag")), (201, "\"v2\""), "{came:?}");
    assert_eq!(came.header("location"), format!("/v1/members/{}", person.id));
    assert_eq!((came.text("/id"), came.text("/state")), (person.id.to_string(), "probationary".to_owned()));
    assert_eq!(
        (came.text("/organization"), came.text("/stateSince")),
        (town.branch.id.to_string(), "2026-06-18".into())
    );
    assert_eq!(client.get(&format!("/v1/members/{}", person.id)).await.body, came.body);

    let told = &timeline(&client, &person.id.to_string()).await[0];
    assert_eq!((&told["kind"], &told["organization"]), (&json!("member.readmitted"), &json!(town.branch.id)));
    assert_eq!(
        (&told["before"]["state"], &told["after"]["state"]),
        (&json!("transferred-out"), &json!("probationary"))
    );

    let purpose = json!({ "purpose": "核对" });
    let numbers = client.post(&format!("/v1/members/{}/disclosures", person.id), purpose).await;
    assert_eq!(numbers.text("/phone"), "+8613800000020", "the phone number is the one given now");
    let table = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    let row: Option<MemberRow> =
        table.get(Key::new(MemberRow::partition(person.id), "MBR"), Read::Consistent).await.unwrap();
    assert_eq!(row.unwrap().member.path, town.branch.path);
    let mut another = draft(&town, 21);
    another["phone"] = json!("13800000020");
    is(&client.post("/v1/members", another).await, 409, "phone-taken");
    is(&client.post("/v1/members", draft(&town, 20)).await, 409, "id-card-taken");
}

#[tokio::test]
async fn who_is_on_the_rolls_was_removed_or_died_is_not() {
    let Stage { town, client, .. } = stage().await;
    let others = MemberState::ALL.into_iter().filter(|state| *state != MemberState::TransferredOut);
    for (n, state) in (20..).zip(others) {
        town.person_as(n, "陈晓", &town.neighbour, |member| member.state = state).await;
        is(&client.post("/v1/members", draft(&town, n)).await, 409, "id-card-taken");
    }
}

#[tokio::test]
async fn what_they_asked_before_they_left_goes_with_them() {
    let Stage { town, client, .. } = stage().await;
    let person = town.person(20, "陈晓", &town.neighbour).await;
    let own = client.with(Town::caller(&person, &[]));
    let ask = json!({ "proposal": { "field": "unit", "value": "二厂" }, "reason": "换单位" });
    assert_eq!(own.post("/v1/me/corrections", ask).await.status, 201);
    town.person_as(20, "陈晓", &town.neighbour, |member| member.state = MemberState::TransferredOut).await;
    assert_eq!(client.post("/v1/members", draft(&town, 20)).await.status, 201);
    let everywhere = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
    for (place, found) in [(&town.neighbour, 0), (&town.branch, 1)] {
        let open = everywhere.get(&format!("/v1/corrections?organization={}", place.id)).await;
        assert_eq!(open.body["items"].as_array().unwrap().len(), found, "{open:?}");
    }
}

#[tokio::test]
async fn the_same_registration_again_is_one() {
    let Stage { town, client, .. } = stage().await;
    town.person_as(20, "陈晓", &town.neighbour, |member| member.state = MemberState::TransferredOut).await;
    let client = client.idempotency("readmission-0001");
    let first = client.post("/v1/members", draft(&town, 20)).await;
    let again = client.post("/v1/members", draft(&town, 20)).await;
    assert_eq!((first.status, again.status, &again.body), (201, 201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_temporary_branch_takes_nobody() {
    let Stage { bench, town, client, .. } = stage().await;
    let temporary = register::Node { temporary: true, ..town.branch.clone() };
    let table = Table::open(&bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&register::NodeRow::new(temporary)).await.unwrap();
    let refused = client.post("/v1/members", draft(&town, 20)).await;
    is(&refused, 409, "temporary-branch");
    assert_eq!(refused.text("/article"), "支部条例 §8");
}
