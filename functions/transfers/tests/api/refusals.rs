//! What is refused, and to whom.

use crate::stage::{Stage, is, letter, stage, why, yes};
use authz::Role;
use kernel::{AppointmentId, MemberId};
use register::{MemberState, NodeStatus, OrgKind};
use serde_json::json;
use testkit::caller;

#[tokio::test]
async fn each_side_does_its_own_steps() {
    let stage = stage().await;
    let Stage { sender, committee, receiver, own, .. } = &stage;
    for stranger in [receiver, own] {
        is(&stranger.post("/v1/transfers", stage.request()).await, 404, "not-found");
    }
    let path = stage.drafted(stage.request()).await;
    let decision = format!("{path}/decision");
    is(&sender.post(&decision, yes()).await, 403, "forbidden");
    is(&receiver.post(&decision, yes()).await, 404, "not-found");
    assert_eq!(committee.post(&decision, yes()).await.status, 200);
    is(&sender.post(&format!("{path}/letters"), letter("1号")).await, 403, "forbidden");
    assert_eq!(committee.post(&format!("{path}/letters"), letter("1号")).await.status, 200);
    for other in [sender, own] {
        is(&stage.receive(other, &path).await, 404, "not-found");
        is(&other.post(&format!("{path}/return"), why()).await, 404, "not-found");
    }
    for other in [receiver, own] {
        is(&other.post(&format!("{path}/withdraw"), why()).await, 404, "not-found");
        is(&other.post(&format!("{path}/receipt"), json!({ "on": "2026-11-24" })).await, 404, "not-found");
    }
    let nobody = own.with(caller(MemberId::from_bytes(71, [1; 10]), &[]));
    is(&nobody.get(&path).await, 404, "not-found");
    is(&nobody.get("/v1/transfers/trf_0190a0b0c0d07000800000000000000a").await, 404, "not-found");
    is(&nobody.get("/v1/transfers/x").await, 404, "not-found");
    let leader = own.with(caller(MemberId::from_bytes(71, [1; 10]), &[(Role::GroupLeader, stage.town.branch.id)]));
    is(&leader.get(&path).await, 403, "forbidden");
}

#[tokio::test]
async fn the_committee_decides_and_not_the_branch_or_general_branch_above_the_member() {
    let stage = stage().await;
    let town = &stage.town;
    let person = town.person(5, "李组", &town.group).await;
    let path = stage.drafted(stage.request_of(&person)).await;
    is(&stage.sender.post(&format!("{path}/decision"), yes()).await, 403, "forbidden");
    assert_eq!(stage.committee.post(&format!("{path}/decision"), yes()).await.status, 200);

    // The branch comes to stand below a general branch, which may not approve admissions either.
    let general = stage.change_node(&town.other_street, |node| node.kind = OrgKind::GeneralBranch).await;
    let below = general.path.child(town.branch.id).unwrap();
    stage.change_node(&town.branch, |node| node.path = below).await;
    let path = stage.drafted(stage.request_outside()).await;
    let officer = |n: u8, role, id| stage.own.with(caller(MemberId::from_bytes(72, [n; 10]), &[(role, id)]));
    let secretary = officer(1, Role::Secretary, general.id);
    is(&secretary.post(&format!("{path}/decision"), yes()).await, 403, "forbidden");
    let above = officer(2, Role::PartyAffairsOfficer, town.district.id);
    assert_eq!(above.post(&format!("{path}/decision"), yes()).await.status, 200);
}

#[tokio::test]
async fn nobody_decides_what_they_drafted_or_in_their_own_case() {
    let stage = stage().await;
    let reply = stage.committee.post("/v1/transfers", stage.request()).await;
    assert_eq!(reply.status, 201, "the committee may draft too: {reply:?}");
    let path = format!("/v1/transfers/{}", reply.text("/id"));
    is(&stage.committee.post(&format!("{path}/decision"), yes()).await, 403, "own-case");
    let oneself = stage.own.with(caller(stage.member.id, &[(Role::PartyAffairsOfficer, stage.town.street.id)]));
    is(&oneself.post(&format!("{path}/decision"), yes()).await, 403, "own-case");
    is(&stage.receive(&oneself, &path).await, 403, "own-case");
}

#[tokio::test]
async fn a_step_that_is_not_next_is_refused_with_the_article() {
    let stage = stage().await;
    let path = stage.drafted(stage.request()).await;
    let early = [
        stage.committee.post(&format!("{path}/letters"), letter("1号")).await,
        stage.receive(&stage.receiver, &path).await,
        stage.receiver.post(&format!("{path}/return"), why()).await,
        stage.sender.post(&format!("{path}/receipt"), json!({ "on": "2026-11-24" })).await,
    ];
    for reply in early {
        is(&reply, 409, "illegal-transition");
        assert_eq!(reply.text("/article"), "教管条例 §25");
    }
    assert_eq!(stage.sender.post(&format!("{path}/withdraw"), why()).await.status, 200);
    let late = [
        stage.committee.post(&format!("{path}/decision"), yes()).await,
        stage.sender.post(&format!("{path}/withdraw"), why()).await,
    ];
    for reply in late {
        is(&reply, 409, "illegal-transition");
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named() {
    let stage = stage().await;
    let sent = |field: &str, value: serde_json::Value| {
        let mut request = stage.request();
        request[field] = value;
        request
    };
    let nowhere = kernel::OrgId::from_bytes(5, [99; 10]);
    for (field, value, pointer) in [
        ("to", json!({ "organization": nowhere }), "/to/organization"),
        ("to", json!({ "organization": stage.town.branch.id }), "/to/organization"),
        ("to", json!({ "organization": stage.town.city.id }), "/to/organization"),
        ("to", json!({ "outside": "" }), "/to/outside"),
        ("kind", json!("other-province"), "/kind"),
        ("reason", json!(""), "/reason"),
        ("keepUntil", json!("2027-01-01"), "/keepUntil"),
    ] {
        let reply = stage.sender.post("/v1/transfers", sent(field, value.clone())).await;
        assert_eq!((reply.status, reply.text("/fields/0/pointer").as_str()), (422, pointer), "{value}: {reply:?}");
    }
    let path = stage.issued(stage.request()).await;
    for (client, action) in [(&stage.receiver, "return"), (&stage.sender, "withdraw")] {
        let reply = client.post(&format!("{path}/{action}"), json!({})).await;
        assert_eq!((reply.status, reply.text("/fields/0/pointer").as_str()), (422, "/reason"), "{reply:?}");
    }
}

#[tokio::test]
async fn who_died_on_the_way_is_not_received_and_the_sender_takes_the_letter_back() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    stage.town.person_as(2, "陈员", &stage.town.branch, |member| member.state = MemberState::Deceased).await;
    let refused = stage.receive(&stage.receiver, &path).await;
    is(&refused, 409, "illegal-transition");
    assert!(refused.text("/detail").contains("去世"), "{refused:?}");
    assert_eq!(stage.sender.post(&format!("{path}/withdraw"), why()).await.status, 200);
    is(&stage.sender.post("/v1/transfers", stage.request()).await, 409, "illegal-transition");
}

#[tokio::test]
async fn whoever_holds_an_office_is_relieved_of_it_first() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let held = register::Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: stage.town.branch.id,
        role: Role::OrganizationOfficer,
        holder: stage.member.id,
        holder_name: "陈员".try_into().unwrap(),
        from: jiff::civil::date(2026, 1, 4),
        until: Some(jiff::civil::date(2026, 11, 24)),
        decision: "〔2026〕1号".try_into().unwrap(),
        version: 1,
    };
    let table = dynamo::Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&register::AppointmentRow::of_holder(held)).await.unwrap();
    is(&stage.receive(&stage.receiver, &path).await, 409, "holds-office");
    stage.pass_days(1);
    assert_eq!(stage.receive(&stage.receiver, &path).await.status, 200, "the office ended yesterday");
}

#[tokio::test]
async fn an_organisation_that_was_dissolved_receives_nobody_and_its_superior_sends_them_back() {
    let stage = stage().await;
    let path = stage.issued(stage.request()).await;
    let close = |node: &mut register::Node| {
        (node.status, node.closed_on) = (NodeStatus::Dissolved, Some(jiff::civil::date(2026, 11, 24)));
    };
    stage.change_node(&stage.town.neighbour, close).await;
    is(&stage.receive(&stage.receiver, &path).await, 409, "organization-closed");
    let back = stage.committee.post(&format!("{path}/return"), json!({ "reason": "转入支部已撤销" })).await;
    assert_eq!((back.status, back.text("/state").as_str()), (200, "returned"), "{back:?}");
    is(&stage.sender.post("/v1/transfers", stage.request()).await, 409, "organization-closed");
    stage.change_node(&stage.town.neighbour, |node| node.temporary = true).await;
    let temporary = stage.sender.post("/v1/transfers", stage.request()).await;
    is(&temporary, 409, "temporary-branch");
    assert_eq!(temporary.text("/article"), "支部条例 §8");
}
