//! Lists.

use crate::stage::{is, letter, new_letter, stage, why, yes};
use authz::Role;
use kernel::MemberId;
use serde_json::json;
use testkit::caller;

#[tokio::test]
async fn each_side_lists_what_is_under_way_and_what_is_done_with() {
    let stage = stage().await;
    let town = &stage.town;
    let (branch, neighbour, street, city) = (town.branch.id, town.neighbour.id, town.street.id, town.city.id);
    let path = stage.issued(stage.request()).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let everywhere = stage.own.with(caller(MemberId::from_bytes(73, [1; 10]), &[(Role::OrganizationDepartment, city)]));
    let list = |organization, rest: &str| format!("/v1/transfers?organization={organization}&{rest}");
    for (organization, rest, there) in [
        (branch, "direction=out", true),
        (branch, "direction=in", false),
        (neighbour, "direction=in", true),
        (neighbour, "direction=out", false),
        (street, "direction=out", true),
        (city, "direction=in", true),
        (city, "direction=out&state=issued", true),
        (branch, "direction=out&state=draft", false),
        (branch, "direction=out&state=overdue", false),
    ] {
        let expected = if there { vec![id.clone()] } else { Vec::new() };
        assert_eq!(stage.ids(&everywhere, &list(organization, rest)).await, expected, "{rest}");
    }
    stage.pass_days(11);
    for (state, there) in [("overdue", true), ("issued", false)] {
        let rest = format!("direction=out&state={state}");
        let expected = if there { vec![id.clone()] } else { Vec::new() };
        assert_eq!(stage.ids(&everywhere, &list(branch, &rest)).await, expected, "{state}");
    }
    assert_eq!(stage.sender.post(&format!("{path}/withdraw"), why()).await.status, 200);
    for direction in ["direction=out", "direction=in"] {
        assert_eq!(stage.ids(&everywhere, &list(city, direction)).await, [""; 0]);
        assert_eq!(
            stage.ids(&everywhere, &list(city, &format!("{direction}&state=withdrawn"))).await,
            std::slice::from_ref(&id)
        );
    }
    is(&stage.sender.get(&list(neighbour, "direction=in")).await, 404, "not-found");
    is(&stage.sender.get(&format!("/v1/transfers?organization={branch}")).await, 422, "invalid-field");
    is(&stage.sender.get(&list(branch, "direction=out&limit=0")).await, 422, "invalid-field");
    is(&stage.sender.get(&list(branch, "direction=out&cursor=x")).await, 400, "bad-cursor");
}

#[tokio::test]
async fn pocket_members_are_listed_longest_overdue_first_wherever_they_are_below() {
    let stage = stage().await;
    let town = &stage.town;
    let overdue = |organization| format!("/v1/transfers/overdue?organization={organization}");
    let mut ids = Vec::new();
    // One of the group first, then one of the branch, three days between their letters.
    for (n, home) in [(5, &town.group), (6, &town.branch), (7, &town.neighbour)] {
        let person = town.person(n, "李众", home).await;
        let mut request = stage.request_of(&person);
        if n == 7 {
            request["to"] = json!({ "organization": town.branch.id });
        }
        let drafted = stage.committee.post("/v1/transfers", request).await;
        assert_eq!(drafted.status, 201, "{drafted:?}");
        let path = format!("/v1/transfers/{}", drafted.text("/id"));
        let other = caller(MemberId::from_bytes(74, [1; 10]), &[(Role::OrganizationDepartment, town.district.id)]);
        let other = stage.committee.with(other);
        assert_eq!(other.post(&format!("{path}/decision"), yes()).await.status, 200);
        assert_eq!(other.post(&format!("{path}/letters"), letter("1号")).await.status, 200);
        ids.push(drafted.text("/id"));
        stage.pass_days(3);
    }
    // Letters lapse after the 10th, 13th and 16th day; this is the 9th.
    let everywhere =
        stage.own.with(caller(MemberId::from_bytes(73, [1; 10]), &[(Role::OrganizationDepartment, town.city.id)]));
    stage.pass_days(1);
    assert_eq!(stage.ids(&everywhere, &overdue(town.city.id)).await, [""; 0], "the 10th day is the last");
    stage.pass_days(7);
    for (place, expected) in [
        (town.city.id, &ids[..]),
        (town.district.id, &ids[..]),
        (town.street.id, &ids[..]),
        (town.branch.id, &ids[..2]),
        (town.group.id, &ids[..1]),
        (town.neighbour.id, &ids[2..]),
        (town.other_street.id, &[]),
    ] {
        assert_eq!(stage.ids(&everywhere, &overdue(place)).await, expected);
    }
    let list = everywhere.get(&overdue(town.street.id)).await;
    let days: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|item| item["daysOverdue"].clone()).collect();
    assert_eq!(days, [7, 4, 1]);
    assert_eq!((list.text("/items/0/state"), list.text("/items/0/name")), ("overdue".into(), "李众".into()));

    let mut found = Vec::new();
    let mut path = format!("{}&limit=1", overdue(town.street.id));
    while found.len() < 5 {
        let page = everywhere.get(&path).await;
        found.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("{}&limit=1&cursor={next}", overdue(town.street.id));
    }
    assert_eq!(found, ids, "page by page");

    let again = everywhere.post(&format!("/v1/transfers/{}/letters", ids[0]), new_letter("2号")).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(stage.ids(&everywhere, &overdue(town.branch.id)).await, ids[1..2]);
    is(&stage.receiver.get(&overdue(town.branch.id)).await, 404, "not-found");
}

#[tokio::test]
async fn a_receipt_is_missed_from_the_day_of_receiving_until_it_is_noted() {
    let stage = stage().await;
    let missing = format!("/v1/transfers/receipts?organization={}", stage.town.street.id);
    let path = stage.issued(stage.request()).await;
    assert_eq!(stage.ids(&stage.committee, &missing).await, [""; 0]);
    assert_eq!(stage.receive(&stage.receiver, &path).await.status, 200);
    let list = stage.committee.get(&missing).await;
    assert_eq!(
        (list.text("/items/0/receiptDueOn").as_str(), &list.body["items"][0]["daysOverdue"]),
        ("2026-12-24", &json!(null))
    );
    stage.pass_days(32);
    assert_eq!(stage.committee.get(&missing).await.body["items"][0]["daysOverdue"], 2);
    assert_eq!(stage.sender.post(&format!("{path}/receipt"), json!({ "on": "2026-12-25" })).await.status, 200);
    assert_eq!(stage.ids(&stage.committee, &missing).await, [""; 0]);
}
