use crate::town::{
    BRANCH, CITY, EAST, ELSEWHERE, FAR, GROUP, HILL, NEIGHBOUR, STREET, Town, WEST, at, node, org, term,
};
use authz::Role;
use register::{MemberState, Node, OrgKind};
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::{Client, Reply};

fn ids(reply: &Reply) -> Vec<String> {
    let items = reply.body["items"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    items
        .iter()
        .map(|item| item.get("id").or(item.get("organization")).and_then(Value::as_str).unwrap().to_owned())
        .collect()
}

fn expected(numbers: &[u8]) -> Vec<String> {
    numbers.iter().map(|n| org(*n).to_string()).collect()
}

/// All items of a list, `limit` at a time.
async fn walk(client: &Client, path: &str, limit: u16) -> Vec<String> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = client.get(&format!("{path}{sign}limit={limit}{cursor}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let items = ids(&reply);
        assert!(items.len() <= usize::from(limit));
        all.extend(items);
        match reply.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn an_organisation_is_read_by_those_who_see_it() {
    let town = Town::new().await;
    let reply = town.officer(Role::Secretary, BRANCH).get(&at(BRANCH, "")).await;
    assert_eq!((reply.status, reply.header("etag"), reply.text("/name").as_str()), (200, "\"v1\"", "第一党支部"));
    for (role, place, wanted, status) in [
        (Role::Secretary, STREET, BRANCH, 200),
        (Role::Secretary, BRANCH, GROUP, 200),
        (Role::Secretary, BRANCH, STREET, 404),
        (Role::Secretary, BRANCH, NEIGHBOUR, 404),
        (Role::GroupLeader, GROUP, GROUP, 200),
        (Role::DuesOfficer, STREET, BRANCH, 404),
        (Role::Auditor, ELSEWHERE, BRANCH, 404),
        (Role::Auditor, CITY, BRANCH, 200),
    ] {
        let reply = town.officer(role, place).get(&at(wanted, "")).await;
        assert_eq!(reply.status, status, "{role:?} of {place} reads {wanted}");
    }
    let known = town.desk().header("if-none-match", "\"v1\"").get(&at(BRANCH, "")).await;
    assert_eq!((known.status, known.body), (304, Value::Null));
    let nowhere = town.desk().get("/v1/organizations/org_1").await;
    assert_eq!((nowhere.status, nowhere.code()), (404, "not-found"));
}

#[tokio::test]
async fn a_member_sees_their_organisation_and_those_above_it() {
    let town = Town::new().await;
    town.enrol(GROUP, 21, 1).await;
    town.enrol_as(BRANCH, 22, MemberState::Removed).await;
    let member = town.person(21, &[]);
    for (wanted, status) in
        [(GROUP, 200), (BRANCH, 200), (STREET, 200), (CITY, 200), (NEIGHBOUR, 404), (WEST, 404), (ELSEWHERE, 404)]
    {
        assert_eq!(member.get(&at(wanted, "")).await.status, status, "{wanted}");
    }
    // That is the organisation itself, not the lists below it.
    for list in ["/children", "/subtree", "/officers", "/elections"] {
        assert_eq!(member.get(&at(GROUP, list)).await.status, 404, "{list}");
    }
    assert_eq!(town.person(22, &[]).get(&at(BRANCH, "")).await.status, 404, "removed from the rolls");
    assert_eq!(town.person(23, &[]).get(&at(BRANCH, "")).await.status, 404, "on no roll");
}

#[tokio::test]
async fn children_come_in_the_order_of_levels_and_names() {
    let town = Town::new().await;
    town.plant(node(OrgKind::Branch, "甲支部", &[CITY, EAST, 30])).await;
    town.plant(node(OrgKind::BaseCommittee, "乙党委", &[CITY, EAST, 31])).await;
    let secretary = town.officer(Role::Secretary, EAST);
    let all = expected(&[HILL, STREET, 31, 30]);
    for limit in [1, 2, 3, 200] {
        assert_eq!(walk(&secretary, &at(EAST, "/children"), limit).await, all, "{limit} at a time");
    }
    assert_eq!(secretary.get(&at(WEST, "/children")).await.status, 404);
    assert_eq!(secretary.get(&at(EAST, "/children?limit=201")).await.code(), "invalid-field");
    assert_eq!(secretary.get(&at(EAST, "/children?cursor=x")).await.code(), "bad-cursor");
    assert_eq!(secretary.get(&at(EAST, "/children?sort=x")).await.code(), "invalid-field");
}

#[tokio::test]
async fn a_subtree_comes_from_the_top_down() {
    let town = Town::new().await;
    let secretary = town.officer(Role::Secretary, EAST);
    let all = expected(&[EAST, STREET, BRANCH, GROUP, NEIGHBOUR, HILL]);
    for limit in [1, 4, 200] {
        assert_eq!(walk(&secretary, &at(EAST, "/subtree"), limit).await, all, "{limit} at a time");
    }
    assert_eq!(walk(&secretary, &at(EAST, "/subtree?kind=branch"), 1).await, expected(&[BRANCH, NEIGHBOUR]));
    assert_eq!(walk(&secretary, &at(STREET, "/subtree"), 200).await, expected(&[STREET, BRANCH, GROUP, NEIGHBOUR]));
    let reply = secretary.get(&at(EAST, "/subtree?kind=club")).await;
    assert_eq!((reply.status, reply.code()), (422, "invalid-field"));
    // A cursor of another list or another tree shows nothing that was not asked for.
    let far = town.officer(Role::Auditor, ELSEWHERE);
    let next = far.get(&at(ELSEWHERE, "/subtree?limit=1")).await.text("/next");
    assert_eq!(ids(&secretary.get(&at(EAST, &format!("/subtree?cursor={next}"))).await), Vec::<String>::new());
    assert_eq!(secretary.get(&at(EAST, &format!("/children?cursor={next}"))).await.code(), "bad-cursor");
    assert_eq!(ids(&far.get(&at(FAR, "/subtree")).await), expected(&[FAR]));
}

#[tokio::test]
async fn elections_are_told_half_a_year_ahead() {
    let town = Town::new().await;
    for (n, name, due_on) in [
        (40, "逾期", "2026-11-23"),
        (41, "今日", "2026-11-24"),
        (42, "半年", "2027-05-24"),
        (43, "半年一日", "2027-05-25"),
    ] {
        let branch = node(OrgKind::Branch, name, &[CITY, EAST, HILL, n]);
        town.plant(Node { term: Some(term("2024-01-01", due_on)), ..branch }).await;
    }
    let secretary = town.officer(Role::Secretary, EAST);
    let reply = secretary.get(&at(EAST, "/elections")).await;
    assert_eq!(ids(&reply), expected(&[40, 41, 42]));
    let overdue: Vec<_> = reply.body["items"].as_array().unwrap().iter().map(|item| item["overdue"].clone()).collect();
    assert_eq!(overdue, [true, false, false]);
    assert_eq!(reply.text("/items/0/term/dueOn"), "2026-11-23");
    assert_eq!(ids(&secretary.get(&at(EAST, "/elections?dueBefore=2027-05-25")).await), expected(&[40, 41, 42, 43]));
    assert_eq!(walk(&secretary, &at(EAST, "/elections"), 1).await, expected(&[40, 41, 42]));
    assert_eq!(ids(&secretary.get(&at(STREET, "/elections")).await), Vec::<String>::new());
    assert_eq!(secretary.get(&at(EAST, "/elections?dueBefore=soon")).await.code(), "invalid-field");
}

#[tokio::test]
async fn what_no_route_answers_is_a_problem() {
    let town = Town::new().await;
    let desk = town.desk();
    let seen: BTreeSet<_> =
        [desk.get("/v1/organisations").await.code().to_owned(), desk.delete(&at(BRANCH, "")).await.code().to_owned()]
            .into();
    assert_eq!(seen, BTreeSet::from(["method-not-allowed".to_owned(), "not-found".to_owned()]));
}
