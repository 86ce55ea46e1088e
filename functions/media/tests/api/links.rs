//! Links, sent to the bucket as a client does: what was signed cannot be changed.

use crate::stage::{Stage, contains, draft, photograph, stage};
use authz::Role;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::SignedDuration;
use kernel::Clock;
use testkit::{Reply, Town};

type Http = Client<HttpConnector, Full<&'static [u8]>>;

/// A stage at the time of the machine, which the embedded store looks at when it checks a signature.
async fn today() -> Stage {
    let stage = stage().await;
    stage.bench.pass(Clock::system().now().duration_since(stage.bench.now()));
    stage
}

fn leaked(bytes: Vec<u8>) -> &'static [u8] {
    Box::leak(bytes.into_boxed_slice())
}

async fn send(method: &str, url: &str, headers: &[(String, String)], body: &'static [u8]) -> (u16, String, Vec<u8>) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let request = headers
        .iter()
        .fold(http::Request::builder().method(method).uri(url), |request, (name, value)| request.header(name, value));
    let (head, body) = http.request(request.body(Full::new(body)).unwrap()).await.unwrap().into_parts();
    let headers = format!("{:?}", head.headers);
    (head.status.as_u16(), headers, body.collect().await.unwrap().to_bytes().to_vec())
}

/// The headers that a declaration says to send; `content-length` the client makes of the body, as browsers do.
fn headers(declared: &Reply) -> Vec<(String, String)> {
    let named = declared.body["upload"]["headers"].as_object().unwrap().iter();
    let named = named.filter(|(name, _)| *name != "content-length");
    named.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_file_goes_in_by_its_link_and_comes_out_by_another() {
    let stage = today().await;
    let photograph = leaked(photograph());
    let declared = stage.client.post("/v1/media", draft(&stage.town, "合影.jpg", "image/jpeg", photograph)).await;
    let (url, headers) = (declared.text("/upload/url"), headers(&declared));
    assert_eq!(send("PUT", &url, &headers, photograph).await.0, 200);
    assert_eq!(send("PUT", &url, &headers, photograph).await.0, 412, "a link serves once");
    let id = declared.text("/id");
    let done = stage.complete(&id).await;
    assert_eq!(done.status, 200, "{done:?}");

    let link = stage.client.get(&format!("/v1/media/{id}/download")).await.text("/url");
    let (status, headers, body) = send("GET", &link, &[], b"").await;
    assert_eq!(status, 200);
    assert!(headers.contains("inline; filename*=UTF-8''%E5%90%88%E5%BD%B1.jpg"), "{headers}");
    assert!(headers.contains("image/jpeg") && !contains(&body, b"Exif"), "{headers}");
    assert_eq!(send("GET", &link.replace(&id, "med_0"), &[], b"").await.0, 403, "a link is for one file");
}

#[tokio::test]
async fn a_link_that_expired_is_replaced_by_a_fresh_one_for_whoever_may_upload() {
    let stage = today().await;
    let photograph = leaked(photograph());
    let id = stage.declare("合影.jpg", "image/jpeg", photograph).await;
    let path = format!("/v1/media/{id}");
    stage.bench.pass(SignedDuration::from_mins(11));
    let fresh = stage.client.get(&path).await;
    assert_eq!((fresh.status, fresh.text("/state").as_str(), fresh.header("etag")), (200, "pending", ""), "{fresh:?}");
    let expires: jiff::Timestamp = fresh.text("/upload/expiresAt").parse().unwrap();
    assert_eq!(expires, stage.bench.now() + SignedDuration::from_mins(10));
    assert!(fresh.text("/upload/url").contains(&id));
    let inspector = stage.client.with(Town::caller(&stage.secretary, &[(Role::Inspector, &stage.town.branch)]));
    let seen = inspector.get(&path).await;
    assert_eq!((seen.status, &seen.body["upload"]), (200, &serde_json::Value::Null), "who may read does not upload");

    stage.put(&id, photograph).await;
    assert_eq!(stage.complete(&id).await.status, 200);
    assert!(stage.client.get(&path).await.body["upload"].is_null(), "nothing is expected any more");
    let late = stage.declare("合影.jpg", "image/jpeg", photograph).await;
    stage.bench.pass(SignedDuration::from_hours(24));
    assert!(stage.client.get(&format!("/v1/media/{late}")).await.body["upload"].is_null());
}

#[tokio::test]
async fn another_body_length_or_type_is_refused_by_the_bucket() {
    let stage = today().await;
    let photograph = leaked(photograph());
    let declared = stage.client.post("/v1/media", draft(&stage.town, "a.jpg", "image/jpeg", photograph)).await;
    let (url, headers) = (declared.text("/upload/url"), headers(&declared));
    let with = |name: &str, value: &str| {
        let mut changed: Vec<_> = headers.iter().filter(|(known, _)| known != name).cloned().collect();
        changed.push((name.to_owned(), value.to_owned()));
        changed
    };
    for (headers, body) in [
        (with("content-type", "text/html"), photograph),
        (headers.clone(), &photograph[1..]),
        (with("if-none-match", "\"x\""), photograph),
        (with("x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), photograph),
        (Vec::new(), photograph),
    ] {
        let (status, ..) = send("PUT", &url, &headers, body).await;
        assert_eq!(status, 403, "{headers:?}");
    }
    let moved = url.replace("/incoming/", "/media/");
    assert_eq!(send("PUT", &moved, &headers, photograph).await.0, 403, "the key is signed as well");
    assert_eq!(send("GET", &url, &headers, b"").await.0, 403, "so is the method");
    assert_eq!(stage.keys().await, Vec::<String>::new());
    // The embedded store keeps what it refuses for its checksum; completion throws it away.
    let other = leaked(photograph.iter().map(|byte| byte ^ 1).collect());
    assert_eq!(send("PUT", &url, &headers, other).await.0, 400);
    let id = declared.text("/id");
    assert!(matches!(stage.complete(&id).await.code(), "upload-mismatch" | "not-uploaded"));
    assert_eq!(send("PUT", &url, &headers, photograph).await.0, 200, "the link still serves the declared file");
    assert_eq!(stage.complete(&id).await.status, 200);
}

#[tokio::test]
async fn an_expired_link_serves_nobody() {
    let stage = today().await;
    let photograph = leaked(photograph());
    stage.bench.pass(jiff::SignedDuration::from_mins(-11));
    let declared = stage.client.post("/v1/media", draft(&stage.town, "a.jpg", "image/jpeg", photograph)).await;
    let (status, ..) = send("PUT", &declared.text("/upload/url"), &headers(&declared), photograph).await;
    assert_eq!(status, 403);
    let id = declared.text("/id");
    stage.put(&id, photograph).await;
    assert_eq!(stage.complete(&id).await.status, 200);
    let link = stage.client.get(&format!("/v1/media/{id}/download")).await.text("/url");
    assert_eq!(send("GET", &link, &[], b"").await.0, 403);
}
