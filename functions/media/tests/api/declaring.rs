//! Declaring a file, and what a person may declare in all.

use crate::stage::{Used, draft, is, photograph, stage};
use authz::Role;
use futures_util::future::join_all;
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn a_declaration_gives_a_link_for_this_file_and_no_other() {
    let stage = stage().await;
    let photograph = photograph();
    let reply = stage.client.post("/v1/media", draft(&stage.town, "合影.jpg", "image/jpeg", &photograph)).await;
    assert_eq!((reply.status, reply.header("etag")), (201, "\"v1\""), "{reply:?}");
    let id = reply.text("/id");
    assert_eq!(reply.header("location"), format!("/v1/media/{id}"));
    assert_eq!(
        (reply.text("/state"), reply.text("/upload/expiresAt")),
        ("pending".into(), "2026-11-24T02:10:00Z".into())
    );
    let url = reply.text("/upload/url");
    assert!(url.contains(&format!("/media-bucket/incoming/media/{id}?")), "{url}");
    for signed in ["content-length", "content-type", "if-none-match", "x-amz-checksum-sha256", "X-Amz-Expires=600"] {
        assert!(url.contains(signed), "{signed}: {url}");
    }
    let headers = &reply.body["upload"]["headers"];
    assert_eq!((&headers["content-type"], &headers["if-none-match"]), (&json!("image/jpeg"), &json!("*")));
    let bytes = i64::try_from(photograph.len()).unwrap();
    assert_eq!(stage.used().await, Some(Used { bytes, files: 1 }));
    assert_eq!(stage.told(&id).await, ["media.declared"]);
}

#[tokio::test]
async fn bad_input_is_named_and_takes_nothing() {
    let stage = stage().await;
    for (change, pointer) in [
        (json!({ "fileName": "../../a.jpg" }), "/fileName"),
        (json!({ "fileName": "..\\a.jpg" }), "/fileName"),
        (json!({ "fileName": "/etc/passwd" }), "/fileName"),
        (json!({ "fileName": "a\u{0}.jpg" }), "/fileName"),
        (json!({ "fileName": "a／b.jpg" }), "/fileName"),
        (json!({ "fileName": "a.png" }), "/fileName"),
        (json!({ "fileName": "a".repeat(1_100) }), "/fileName"),
        (json!({ "mediaType": "image/heic" }), "/mediaType"),
        (json!({ "mediaType": "image/svg+xml" }), "/mediaType"),
        (json!({ "mediaType": "text/html" }), "/mediaType"),
        (json!({ "bytes": 0 }), "/bytes"),
        (json!({ "bytes": -1 }), "/bytes"),
        (json!({ "bytes": 20 * 1024 * 1024 + 1 }), "/bytes"),
        (json!({ "sha256": "00" }), "/sha256"),
        (json!({ "sha256": "Z".repeat(64) }), "/sha256"),
        (json!({ "key": "media/med_1" }), "/key"),
    ] {
        let mut body = draft(&stage.town, "a.jpg", "image/jpeg", b"x");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = stage.client.post("/v1/media", body).await;
        is(&reply, 422, "invalid-field");
        assert_eq!(reply.text("/fields/0/pointer"), pointer, "{reply:?}");
        if change["mediaType"] == "image/heic" {
            assert!(reply.text("/fields/0/detail").contains("JPEG"), "{reply:?}");
        }
    }
    assert_eq!(stage.used().await, None);
}

#[tokio::test]
async fn where_one_may_not_upload_nothing_is_declared() {
    let stage = stage().await;
    let mut foreign = draft(&stage.town, "a.jpg", "image/jpeg", b"x");
    foreign["organization"] = json!(stage.town.neighbour.id);
    is(&stage.client.post("/v1/media", foreign).await, 404, "not-found");
    let own = draft(&stage.town, "a.jpg", "image/jpeg", b"x");
    let member = stage.client.with(Town::caller(&stage.secretary, &[]));
    is(&member.post("/v1/media", own.clone()).await, 404, "not-found");
    let inspector = stage.client.with(Town::caller(&stage.secretary, &[(Role::Inspector, &stage.town.branch)]));
    is(&inspector.post("/v1/media", own).await, 403, "forbidden");
    assert_eq!(stage.used().await, None);
}

#[tokio::test]
async fn the_same_declaration_sent_again_is_one() {
    let stage = stage().await;
    let client = stage.client.idempotency("declaration-0001");
    let body = draft(&stage.town, "a.jpg", "image/jpeg", b"x");
    let first = client.post("/v1/media", body.clone()).await;
    let again = client.post("/v1/media", body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(stage.used().await, Some(Used { bytes: 1, files: 1 }));
}

#[tokio::test]
async fn of_twenty_declarations_at_once_as_many_succeed_as_the_quota_has_room_for() {
    let stage = stage().await;
    // Two gigabytes are twenty files of a hundred megabytes and one of forty-eight.
    let video = |n: usize, megabytes: u64| {
        let mut body = draft(&stage.town, &format!("{n}.mp4"), "video/mp4", &[u8::try_from(n).unwrap()]);
        body["bytes"] = json!(megabytes << 20);
        stage.client.post("/v1/media", body)
    };
    let before: Vec<_> = join_all((0..10).map(|n| video(n, 100))).await;
    assert!(before.iter().all(|reply| reply.status == 201), "{before:?}");
    let replies = join_all((10..30).map(|n| video(n, 100))).await;
    let with = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    // One that met others again and again may be told to come back; nobody gets more than there is.
    assert_eq!(with(201) + with(409) + with(503), 20, "{replies:?}");
    assert!(with(201) <= 10);
    assert!(replies.iter().filter(|reply| reply.status == 409).all(|reply| reply.code() == "quota-exceeded"));
    let mut files = i64::try_from(10 + with(201)).unwrap();
    assert_eq!(stage.used().await, Some(Used { bytes: files * (100 << 20), files }));
    while files < 20 {
        assert_eq!(video(30, 100).await.status, 201);
        files += 1;
    }
    is(&video(31, 49).await, 409, "quota-exceeded");
    assert_eq!(video(32, 48).await.status, 201);
    is(&video(33, 1).await, 409, "quota-exceeded");
    assert_eq!(stage.used().await, Some(Used { bytes: 2 << 30, files: 21 }));
}
