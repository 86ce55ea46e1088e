//! F14: a key is good for one request of one person, however often and at whatever distance it comes.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use system::{Scene, workload};
use testkit::Town;

#[tokio::test(flavor = "multi_thread")]
async fn f14_copies_repetitions_other_bodies_and_other_people() {
    let scene = Scene::set().await;
    let (officer, other) =
        (scene.chief("members"), Town::caller(&scene.secretary, &[(authz::Role::Secretary, &scene.town.branch)]));
    let person = |n: u64| {
        json!({
            "organization": scene.town.branch.id, "name": "游新", "idCard": workload::id_card(n),
            "phone": format!("138{n:08}"), "ethnicity": "汉族", "category": "wage", "state": "probationary",
            "joinedOn": "2025-06-18",
        })
    };
    for n in 1..=15_u64 {
        let client = officer.idempotency(&format!("key-of-f14-{n:04}"));
        let copies = join_all((0..4).map(|_| client.post("/v1/members", person(n)))).await;
        assert!(copies.iter().all(|reply| reply.status == 201 && reply.body == copies[0].body), "{copies:?}");
        // A day and a half later it is still known.
        scene.bench.pass(SignedDuration::from_mins(36));
        let later = client.post("/v1/members", person(n)).await;
        assert_eq!((later.status, &later.body), (201, &copies[0].body));
        assert_eq!(client.post("/v1/members", person(n + 1)).await.code(), "key-reused");
        // In somebody else's hands it is another key.
        assert_eq!(client.with(other.clone()).post("/v1/members", person(n)).await.code(), "id-card-taken");
    }
    // Two days later a key is free again, whether or not the store has taken the answer away: it serves somebody else's
    // registration, and the old one is refused for what it is.
    scene.bench.pass(SignedDuration::from_secs(dynamo::Once::KEPT));
    let client = officer.idempotency("key-of-f14-0001");
    assert_eq!(client.post("/v1/members", person(1)).await.code(), "id-card-taken");
    let fresh = client.post("/v1/members", person(61)).await;
    assert_eq!((fresh.status, fresh.header("idempotency-replayed")), (201, ""), "{fresh:?}");
    let again = client.post("/v1/members", person(61)).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{again:?}");
}
