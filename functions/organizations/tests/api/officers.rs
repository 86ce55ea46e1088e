use crate::town::{BRANCH, CITY, EAST, GROUP, NEIGHBOUR, STREET, Town, WEST, at, day, org, person};
use authz::Role;
use register::MemberState;
use serde_json::{Value, json};

fn nomination(who: u8, role: &str) -> Value {
    json!({ "holder": person(who), "role": role, "from": "2026-11-24", "decision": "〔2026〕12号" })
}

#[tokio::test]
async fn an_officer_is_appointed_holds_authority_and_leaves() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 7).await;
    let desk = town.desk();
    let reply = desk.post(&at(BRANCH, "/officers"), nomination(20, "secretary")).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "\"v1\""));
    assert_eq!((reply.text("/holderName").as_str(), reply.text("/role").as_str()), ("林晓", "secretary"));
    let id = reply.text("/id");
    assert_eq!(reply.header("location"), at(BRANCH, &format!("/officers/{id}")));
    let held = town.organizations.appointments(person(20), day("2026-11-24")).await.unwrap();
    assert_eq!((held.len(), held[0].role, held[0].organization), (1, Role::Secretary, org(BRANCH)));
    let activity = town.told(org(BRANCH), "officer.appointed").await;
    assert_eq!((activity.subject, &activity.after["role"]), (person(20).to_string(), &json!("secretary")));
    assert!(!activity.after.to_string().contains("林晓"), "names stay out of the trace");

    let in_office = |query: &'static str| {
        let desk = desk.clone();
        async move { desk.get(&at(BRANCH, &format!("/officers{query}"))).await.body["items"].as_array().unwrap().len() }
    };
    assert_eq!((in_office("").await, in_office("?on=2026-11-23").await), (1, 0));
    let end = at(BRANCH, &format!("/officers/{id}/end"));
    let ending = json!({ "on": "2026-11-30", "reason": "工作调动" });
    let ended = desk.post(&end, ending.clone()).await;
    assert_eq!((ended.status, ended.text("/until").as_str(), ended.header("etag")), (200, "2026-11-30", "\"v2\""));
    assert_eq!((in_office("?on=2026-11-30").await, in_office("?on=2026-12-01").await), (1, 0));
    assert!(town.organizations.appointments(person(20), day("2026-12-01")).await.unwrap().is_empty());
    assert_eq!(town.told(org(BRANCH), "officer.ended").await.after["reason"], "工作调动");
    assert_eq!(desk.post(&end, ending).await.code(), "illegal-transition");
    // The office is free from the next day.
    assert_eq!(desk.post(&at(BRANCH, "/officers"), nomination(21, "secretary")).await.code(), "office-taken");
    let mut next = nomination(21, "secretary");
    next["from"] = json!("2026-12-01");
    assert_eq!(desk.post(&at(BRANCH, "/officers"), next).await.status, 201);
}

#[tokio::test]
async fn a_rule_refuses_with_its_code_and_article() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 6).await;
    town.enrol_as(BRANCH, 40, MemberState::Probationary).await;
    town.in_office(CITY, 21, Role::Auditor, "2024-01-01").await;
    town.in_office(BRANCH, 22, Role::Secretary, "2024-01-01").await;
    for (place, who, role, status, code, article) in [
        (BRANCH, 40, "deputy-secretary", 409, "not-a-full-member", "党章 §7"),
        (BRANCH, 23, "secretary", 409, "office-taken", ""),
        (BRANCH, 23, "organization-officer", 409, "committee-size", "支部条例 §20"),
        (EAST, 21, "system-administrator", 403, "forbidden", ""),
        (BRANCH, 23, "group-leader", 422, "invalid-field", ""),
        (BRANCH, 99, "editor", 422, "invalid-field", ""),
        (BRANCH, 23, "emperor", 422, "invalid-field", ""),
    ] {
        let reply = town.desk().post(&at(place, "/officers"), nomination(who, role)).await;
        assert_eq!(
            (reply.status, reply.code(), reply.text("/article").as_str()),
            (status, code, article),
            "{role}: {reply:?}"
        );
    }
    // Administrators are made by an administrator, and exclude each other.
    let administrator = town.officer(Role::SystemAdministrator, CITY);
    let reply = administrator.post(&at(EAST, "/officers"), nomination(21, "security-administrator")).await;
    assert_eq!((reply.code(), reply.text("/article").as_str()), ("incompatible-offices", "GB/T 22239-2019 8.1.4.2"));
    // A seventh full member makes room for a committee.
    town.enrol(GROUP, 30, 1).await;
    assert_eq!(town.desk().post(&at(BRANCH, "/officers"), nomination(23, "organization-officer")).await.status, 201);
}

#[tokio::test]
async fn the_size_of_a_branch_is_known_while_the_register_follows_a_move() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 7).await;
    let to_west = json!({ "parent": org(WEST), "on": "2026-11-20", "reason": "调整", "decision": "1号" });
    assert_eq!(town.desk().post(&at(STREET, "/move"), to_west).await.status, 200);
    let reply = town.desk().post(&at(BRANCH, "/officers"), nomination(23, "organization-officer")).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn elected_officers_come_from_above_and_the_others_also_from_the_administrator() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 8).await;
    for (role, place, office, status) in [
        (Role::Secretary, STREET, "publicity-officer", 201),
        (Role::Secretary, BRANCH, "discipline-officer", 403),
        (Role::Secretary, NEIGHBOUR, "discipline-officer", 404),
        (Role::SystemAdministrator, CITY, "discipline-officer", 403),
        (Role::SystemAdministrator, CITY, "editor", 201),
        (Role::SystemAdministrator, BRANCH, "dues-officer", 201),
        (Role::SecurityAdministrator, CITY, "inspector", 403),
        (Role::SystemAdministrator, WEST, "inspector", 404),
        (Role::Secretary, STREET, "inspector", 201),
    ] {
        let reply = town.officer(role, place).post(&at(BRANCH, "/officers"), nomination(24, office)).await;
        assert_eq!(reply.status, status, "{role:?} of {place} appoints {office}: {reply:?}");
    }
    let ended = town.in_office(BRANCH, 25, Role::CommitteeMember, "2024-01-01").await;
    let ending = json!({ "on": "2026-11-24", "reason": "调动" });
    let end = at(BRANCH, &format!("/officers/{}/end", ended.id));
    assert_eq!(town.officer(Role::SystemAdministrator, CITY).post(&end, ending.clone()).await.status, 403);
    assert_eq!(town.officer(Role::Secretary, NEIGHBOUR).post(&end, ending.clone()).await.status, 404);
    let elsewhere = at(NEIGHBOUR, &format!("/officers/{}/end", ended.id));
    assert_eq!(town.desk().post(&elsewhere, ending).await.status, 404, "not an officer of that branch");
}

#[tokio::test]
async fn nobody_appoints_or_dismisses_themselves() {
    let town = Town::new().await;
    town.enrol(BRANCH, 20, 7).await;
    for role in [Role::SystemAdministrator, Role::OrganizationDepartment] {
        let reply =
            town.person(20, &[(role, org(CITY))]).post(&at(BRANCH, "/officers"), nomination(20, "editor")).await;
        assert_eq!((reply.status, reply.code()), (403, "own-case"), "{role:?}");
    }
    let held = town.in_office(BRANCH, 20, Role::Editor, "2024-01-01").await;
    let ending = json!({ "on": "2026-11-24", "reason": "辞职" });
    let end = at(BRANCH, &format!("/officers/{}/end", held.id));
    let own = town.person(20, &[(Role::OrganizationDepartment, org(CITY))]).post(&end, ending).await;
    assert_eq!((own.status, own.code()), (403, "own-case"));
}

#[tokio::test]
async fn of_two_appointments_to_one_office_one_wins() {
    for round in 0..10 {
        let town = Town::new().await;
        town.enrol(BRANCH, 20, 7).await;
        let (one, two, path) = (town.desk(), town.desk(), at(BRANCH, "/officers"));
        let (one, two) =
            tokio::join!(one.post(&path, nomination(20, "secretary")), two.post(&path, nomination(21, "secretary")),);
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "round {round}: {one:?} {two:?}");
        let officers = town.desk().get(&path).await;
        assert_eq!(officers.body["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn of_two_incompatible_offices_of_one_person_one_is_given() {
    for round in 0..10 {
        let town = Town::new().await;
        town.enrol(BRANCH, 20, 1).await;
        let desk = town.officer(Role::SystemAdministrator, CITY);
        let (east, west) = (at(EAST, "/officers"), at(BRANCH, "/officers"));
        let (one, two) = tokio::join!(
            desk.post(&east, nomination(20, "auditor")),
            desk.post(&west, nomination(20, "system-administrator")),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "round {round}: {one:?} {two:?}");
        assert_eq!(town.organizations.appointments(person(20), day("2026-11-24")).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_list_goes_on_where_it_stopped() {
    let town = Town::new().await;
    for (who, from) in [(41, "2024-01-01"), (42, "2027-01-01"), (43, "2024-01-01")] {
        town.in_office(BRANCH, who, Role::CommitteeMember, from).await;
    }
    let (mut holders, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let reply = town.desk().get(&at(BRANCH, &format!("/officers?limit=1{cursor}"))).await;
        pages += 1;
        holders.extend(reply.body["items"].as_array().unwrap().iter().map(|held| held["holder"].clone()));
        match reply.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    holders.sort_by_key(Value::to_string);
    assert_eq!(holders, [json!(person(41)), json!(person(43))]);
    assert!(pages >= 3);
    assert_eq!(town.officer(Role::Secretary, NEIGHBOUR).get(&at(BRANCH, "/officers")).await.status, 404);
}
