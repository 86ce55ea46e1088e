//! Completing an upload.

use crate::stage::{POSITION, Stage, Used, contains, draft, is, photograph, picture, rough, stage};
use futures_util::future::join_all;
use image::ImageFormat;
use jiff::SignedDuration;

#[tokio::test]
async fn a_photograph_with_a_position_goes_in_and_none_comes_out() {
    let stage = stage().await;
    let photograph = photograph();
    assert!(contains(&photograph, POSITION));
    let reply = stage.upload("合影.jpg", "image/jpeg", &photograph).await;
    assert_eq!((reply.status, reply.header("etag")), (200, "\"v2\""), "{reply:?}");
    assert_eq!(
        (reply.text("/state"), &reply.body["width"], &reply.body["height"]),
        ("ready".into(), &20.into(), &40.into())
    );
    let id = reply.text("/id");
    let kept = stage.object(&format!("media/{id}")).await.unwrap();
    assert!(!contains(&kept, POSITION) && !contains(&kept, b"Exif"));
    assert_eq!(reply.body["bytes"], kept.len());
    assert_eq!(stage.keys().await, [format!("media/{id}")], "the upload itself is gone");
    assert_eq!(stage.told(&id).await, ["media.completed", "media.declared"]);
    assert_eq!(stage.client.get(&format!("/v1/media/{id}")).await.body, reply.body);
}

#[tokio::test]
async fn completing_again_answers_the_same_and_does_nothing() {
    let stage = stage().await;
    let id = stage.kept().await;
    let first = stage.client.get(&format!("/v1/media/{id}")).await;
    let again = stage.complete(&id).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(stage.told(&id).await.len(), 2);
}

#[tokio::test]
async fn many_completions_at_once_are_one() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    let replies = join_all((0..8).map(|_| stage.complete(&id))).await;
    // Also who found the upload taken away by a faster one.
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.body == replies[0].body), "{replies:?}");
    assert_eq!(stage.told(&id).await, ["media.completed", "media.declared"]);
}

#[tokio::test]
async fn what_counts_is_what_is_kept_and_not_what_was_declared() {
    let stage = stage().await;
    let files = [[photograph(), vec![0; 4_096]].concat(), rough()];
    let mut replies = Vec::new();
    for bytes in &files {
        replies.push(stage.upload("a.jpg", "image/jpeg", bytes).await);
    }
    let kept: Vec<_> = replies.iter().map(|reply| reply.body["bytes"].as_u64().unwrap()).collect();
    let declared = files.map(|bytes| u64::try_from(bytes.len()).unwrap());
    assert!(kept[0] < declared[0] && kept[1] > declared[1], "{kept:?} {declared:?}");
    let bytes = i64::try_from(kept[0] + kept[1]).unwrap();
    assert_eq!(stage.used().await, Some(Used { bytes, files: 2 }));
    for reply in replies {
        assert_eq!(stage.client.delete(&format!("/v1/media/{}", reply.text("/id"))).await.status, 204);
    }
    assert_eq!(stage.used().await, Some(Used { bytes: 0, files: 0 }));
}

#[tokio::test]
async fn what_comes_out_larger_than_the_quota_has_room_for_is_not_kept() {
    let stage = stage().await;
    let rough = rough();
    let id = stage.declare("a.jpg", "image/jpeg", &rough).await;
    stage.put(&id, &rough).await;
    // Two gigabytes are twenty files of a hundred megabytes and one of forty-eight.
    for bytes in [vec![100 << 20; 20], vec![(48 << 20) - rough.len()]].concat() {
        let mut body = draft(&stage.town, "a.mp4", "video/mp4", b"x");
        body["bytes"] = bytes.into();
        assert_eq!(stage.client.post("/v1/media", body).await.status, 201);
    }
    is(&stage.complete(&id).await, 409, "quota-exceeded");
    assert_eq!(stage.client.get(&format!("/v1/media/{id}")).await.text("/state"), "pending");
    assert_eq!(stage.used().await, Some(Used { bytes: 2 << 30, files: 22 }));
}

#[tokio::test]
async fn what_was_not_uploaded_can_be_uploaded_still() {
    let stage = stage().await;
    let id = stage.declare("a.png", "image/png", &picture(ImageFormat::Png)).await;
    is(&stage.complete(&id).await, 409, "not-uploaded");
    stage.put(&id, &picture(ImageFormat::Png)).await;
    assert_eq!(stage.complete(&id).await.status, 200);
}

#[tokio::test]
async fn another_file_than_declared_is_refused_and_the_declared_one_can_be_put_still() {
    let stage = stage().await;
    let declared = picture(ImageFormat::Png);
    let id = stage.declare("a.png", "image/png", &declared).await;
    let mut same_length = declared.clone();
    *same_length.last_mut().unwrap() ^= 1;
    for other in [&same_length[..], &declared[1..], b"", &[declared.clone(), b"more".to_vec()].concat()] {
        stage.put(&id, other).await;
        is(&stage.complete(&id).await, 409, "upload-mismatch");
        assert_eq!(stage.keys().await, Vec::<String>::new(), "the way is free for the declared one");
    }
    stage.put(&id, &declared).await;
    assert_eq!(stage.complete(&id).await.status, 200);
}

#[tokio::test]
async fn what_is_not_what_it_says_is_refused_and_not_kept() {
    let stage = stage().await;
    let (png, html) = (picture(ImageFormat::Png), b"<html><script>alert(1)</script>".to_vec());
    for (name, kind, bytes) in [
        ("a.jpg", "image/jpeg", png.clone()),
        ("a.png", "image/png", html.clone()),
        ("a.pdf", "application/pdf", html),
        ("a.pdf", "application/pdf", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("a.png", "image/png", png[..png.len() / 2].to_vec()),
        ("a.mp4", "video/mp4", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec()),
        ("a.png", "image/png", flood()),
    ] {
        let reply = stage.upload(name, kind, &bytes).await;
        is(&reply, 422, "content-refused");
        assert!(!reply.text("/detail").is_empty());
    }
    let keys = stage.keys().await;
    assert!(keys.iter().all(|key| key.starts_with("incoming/")), "{keys:?}");
}

/// The header of a PNG of 60,000 × 60,000, in some seventy bytes.
fn flood() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0\x80\xd2\x75\x42\0\0\0\0IDAT\x35\xaf\x06\x1e"
        .to_vec()
}

#[tokio::test]
async fn what_hides_behind_a_picture_does_not_come_out() {
    let stage = stage().await;
    let polyglot = [photograph(), b"<script>alert(1)</script>PK\x05\x06".to_vec()].concat();
    let reply = stage.upload("a.jpg", "image/jpeg", &polyglot).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let kept = stage.object(&format!("media/{}", reply.text("/id"))).await.unwrap();
    assert!(!contains(&kept, b"script") && !contains(&kept, b"PK\x05\x06"));
}

#[tokio::test]
async fn a_document_comes_out_as_it_went_in() {
    let stage = stage().await;
    let pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF".to_vec();
    let reply = stage.upload("决议.pdf", "application/pdf", &pdf).await;
    assert_eq!(stage.object(&format!("media/{}", reply.text("/id"))).await.unwrap(), pdf);
    assert!(reply.body["width"].is_null());
}

#[tokio::test]
async fn a_day_later_it_is_too_late() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    let kept = stage.kept().await;
    stage.bench.pass(SignedDuration::from_hours(24));
    is(&stage.complete(&id).await, 409, "upload-expired");
    assert_eq!(stage.complete(&kept).await.status, 200, "what is kept is kept");
}

#[tokio::test]
async fn who_may_not_upload_here_completes_nothing() {
    let stage = stage().await;
    let id = stage.declare("a.jpg", "image/jpeg", &photograph()).await;
    stage.put(&id, &photograph()).await;
    let Stage { client, town, secretary, .. } = &stage;
    let path = format!("/v1/media/{id}/completion");
    for grants in [&[][..], &[(authz::Role::Secretary, &town.neighbour)]] {
        let other = client.with(testkit::Town::caller(secretary, grants));
        is(&other.send("POST", &path, None).await, 404, "not-found");
    }
    is(&client.send("POST", "/v1/media/med_1/completion", None).await, 404, "not-found");
    is(&client.send("POST", "/v1/media/..%2f..%2fetc/completion", None).await, 404, "not-found");
}
