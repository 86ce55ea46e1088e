//! Lists and searches.

use crate::stage::{Stage, draft, draft_id, is, stage};
use authz::Role;
use serde_json::json;
use testkit::Client;

#[tokio::test]
async fn who_left_is_off_the_list_and_their_phone_is_free() {
    let Stage { town, client, .. } = stage().await;
    let person = town.person(2, "黄离", &town.branch).await;
    let step = json!({ "to": "deceased", "on": "2026-11-20", "reason": "病故", "decision": "备案" });
    assert_eq!(client.post(&format!("/v1/members/{}/transitions", person.id), step).await.status, 200);
    let list = async |query: &str| {
        client.get(&format!("/v1/members?organization={}{query}", town.branch.id)).await.body["items"].clone()
    };
    assert_eq!(list("").await.as_array().unwrap().len(), 1);
    assert_eq!(list("&state=deceased").await[0]["id"], json!(person.id));
    let mut same_phone = draft(&town, 20);
    same_phone["phone"] = json!("13900000002");
    assert_eq!(client.post("/v1/members", same_phone).await.status, 201);
}

#[tokio::test]
async fn people_are_found_by_characters_pinyin_and_initials_in_every_level() {
    let Stage { town, client, .. } = stage().await;
    for (n, name, home) in [
        (2, "张伟", &town.branch),
        (3, "张伟民", &town.group),
        (4, "赵薇", &town.neighbour),
        (5, "周文", &town.branch),
        (6, "张薇", &town.neighbour),
    ] {
        town.person(n, name, home).await;
    }
    let everywhere = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
    let names = async |client: &Client, place: &kernel::OrgId, q: &str| -> Vec<String> {
        let reply = client.get(&format!("/v1/members?organization={place}&{q}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let items = reply.body["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    for (q, branch, city) in [
        ("q=%E5%BC%A0", vec!["张伟", "张伟民"], vec!["张伟", "张薇", "张伟民"]),
        ("q=%E5%BC%A0%E4%BC%9F", vec!["张伟", "张伟民"], vec!["张伟", "张伟民"]),
        ("q=zhangw", vec!["张伟", "张伟民"], vec!["张伟", "张薇", "张伟民"]),
        ("q=zw", vec!["张伟", "周文", "张伟民"], vec!["张伟", "张薇", "赵薇", "周文", "张伟民"]),
        ("q=nobody", vec![], vec![]),
        ("q=%C2%B7", vec![], vec![]),
    ] {
        assert_eq!(names(&client, &town.branch.id, q).await, branch, "{q}");
        assert_eq!(names(&everywhere, &town.city.id, q).await, city, "{q}");
    }
    assert_eq!(names(&client, &town.branch.id, "state=full").await.len(), 4);
}

#[tokio::test]
async fn pages_of_a_list_hold_everybody_once_and_a_forged_cursor_shows_nobody_else() {
    let Stage { town, client, .. } = stage().await;
    for n in 2..=13 {
        town.person(n, "吴明", if n % 2 == 0 { &town.branch } else { &town.neighbour }).await;
    }
    for (place, count) in [(town.branch.id, 7), (town.street.id, 13), (town.city.id, 13)] {
        let all = client.with(testkit::caller(draft_id(), &[(Role::OrganizationDepartment, town.city.id)]));
        let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), String::new());
        loop {
            let reply = all.get(&format!("/v1/members?organization={place}&limit=3{cursor}")).await;
            for item in reply.body["items"].as_array().unwrap() {
                assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "twice: {item}");
            }
            match reply.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), count);
    }
    let foreign = kernel::Cursor { after: format!("{}|{}", town.district.path, town.neighbour.path) }.encode("members");
    let reply = client.get(&format!("/v1/members?organization={}&cursor={foreign}", town.branch.id)).await;
    assert_eq!(reply.body["items"], json!([]));
    is(&client.get(&format!("/v1/members?organization={}&cursor=bm9wZQ", town.branch.id)).await, 400, "bad-cursor");
}
