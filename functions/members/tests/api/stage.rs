//! Where the tests play: the branch of a town and its secretary.

use authz::Role;
use members::{App, router};
use register::Member;
use serde_json::{Value, json};
use testkit::{Bench, Client, Reply, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    /// Signed in as the secretary of the branch.
    pub(crate) client: Client,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let caller = Town::caller(&secretary, &[(Role::Secretary, &town.branch)]);
    let client = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(caller));
    Stage { bench, town, secretary, client }
}

pub(crate) fn draft(town: &Town, n: u32) -> Value {
    json!({
        "organization": town.branch.id, "name": "陈晓", "idCard": Town::id_card(n).reveal(), "phone": format!("138{n:08}"),
        "ethnicity": "汉族", "category": "wage", "state": "probationary", "joinedOn": "2026-06-18",
    })
}

pub(crate) async fn timeline(client: &Client, member: &str) -> Vec<Value> {
    let reply = client.get(&format!("/v1/members/{member}/timeline")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().unwrap().clone()
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.body["requestId"], "request-1");
}

pub(crate) fn draft_id() -> kernel::MemberId {
    kernel::MemberId::from_bytes(77, [7; 10])
}
