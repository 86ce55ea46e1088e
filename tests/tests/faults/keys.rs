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
    for n in 1..=60_u64 {
        let body = |n: u64| {
            json!({
                "organization": scene.town.branch.id, "name": "游新", "idCard": workload::id_card(n),
                "phone": format!("138{n:08}"), "ethnicity": "汉族", "category": "wage", "state": "probationary",
                "joinedOn": "2025-06-18",
            })
        };
        let client = officer.idempotency(&format!("key-of-f14-{n:04}"));
        let copies = join_all((0..4).map(|_| client.post("/v1/members", body(n)))).await;
        assert!(copies.iter().all(|reply| reply.status == 201 && reply.body == copies[0].body), "{copies:?}");
        // A day and a half later it is still known.
        scene.bench.pass(SignedDuration::from_mins(36));
        let later = client.post("/v1/members", body(n)).await;
        assert_eq!((later.status, &later.body), (201, &copies[0].body));
        assert_eq!(client.post("/v1/members", body(n + 1)).await.code(), "key-reused");
        // In somebody else's hands it is another key.
        assert_eq!(client.with(other.clone()).post("/v1/members", body(n)).await.code(), "id-card-taken");
    }
}
