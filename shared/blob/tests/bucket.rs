//! A bucket, against the embedded store.

#![expect(clippy::unwrap_used, reason = "tests")]

use blob::{BlobError, Bucket, Show, Signed, Upload};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;
use testkit::{Bench, Crash};

type Http = Client<HttpConnector, Full<&'static [u8]>>;

const TEXT: &[u8] = b"some text";
/// SHA-256 of [`TEXT`].
const DIGEST: &str = "b94f6f125c79e3a5ffaa826f584c10d52ada669e6762051b826b55776d05aed2";
const LASTING: Duration = Duration::from_mins(10);

async fn bucket() -> (Bench, Bucket) {
    let bench = Bench::new().await;
    let bucket = Bucket::open(&bench.env, "MEDIA_BUCKET").unwrap();
    (bench, bucket)
}

fn digest() -> [u8; 32] {
    std::array::from_fn(|n| u8::from_str_radix(&DIGEST[2 * n..2 * n + 2], 16).unwrap())
}

fn upload() -> Upload<'static> {
    Upload { media_type: "text/plain", length: TEXT.len().try_into().unwrap(), sha256: digest() }
}

/// Sends a signed request; the status and the headers and body of the answer.
async fn send(method: &str, signed: &Signed, body: &'static [u8]) -> (u16, String, Vec<u8>) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let mut request = http::Request::builder().method(method).uri(&signed.url);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    let answer = http.request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let headers = format!("{:?}", head.headers);
    (head.status.as_u16(), headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn what_is_put_is_found_read_copied_listed_and_removed() {
    let (_bench, bucket) = bucket().await;
    for n in 0..5 {
        bucket.put(&format!("media/{n}"), "text/plain", TEXT.to_vec()).await.unwrap();
    }
    let head = bucket.head("media/1").await.unwrap().unwrap();
    assert_eq!((head.length, head.media_type.as_str()), (9, "text/plain"));
    assert_eq!(bucket.get("media/1", 9).await.unwrap().unwrap(), TEXT);
    assert_eq!(bucket.start("media/1", 4).await.unwrap().unwrap(), b"some");
    assert_eq!(bucket.start("media/1", 400).await.unwrap().unwrap(), TEXT);
    assert!(matches!(bucket.get("media/1", 8).await, Err(BlobError::Refused(_))));

    bucket.copy("media/1", "kept/支 1").await.unwrap();
    assert_eq!(bucket.get("kept/支 1", 9).await.unwrap().unwrap(), TEXT);

    let first = bucket.page("media/", None, 3).await.unwrap();
    let rest = bucket.page("media/", first.after.as_deref(), 3).await.unwrap();
    let keys: Vec<_> = first.items.iter().chain(&rest.items).map(|listed| listed.key.clone()).collect();
    assert_eq!(keys, ["media/0", "media/1", "media/2", "media/3", "media/4"]);
    assert_eq!(rest.after, None);

    bucket.delete("media/1").await.unwrap();
    bucket.delete("media/1").await.unwrap();
    assert_eq!(bucket.get("media/1", 9).await.unwrap(), None);
    assert_eq!(bucket.head("media/1").await.unwrap(), None);
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    let (_bench, bucket) = bucket().await;
    bucket.put("media/empty", "text/plain", Vec::new()).await.unwrap();
    assert_eq!(bucket.start("media/empty", 10).await.unwrap().unwrap(), b"");
    assert_eq!(bucket.get("media/empty", 10).await.unwrap().unwrap(), b"");
}

#[tokio::test]
async fn a_link_puts_what_was_declared_once_and_nothing_else() {
    let (bench, bucket) = bucket().await;
    let signed = bucket.presign_put("incoming/1", &upload(), bench.env.clock.now(), LASTING).await.unwrap();
    assert!(signed.url.contains("X-Amz-Expires=600"), "{}", signed.url);
    let mut names: Vec<_> = signed.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected =
        ["content-length", "content-type", "if-none-match", "x-amz-checksum-sha256", "x-amz-sdk-checksum-algorithm"];
    assert_eq!(names, expected);
    for name in names {
        assert!(signed.url.contains(name), "{name} is not signed: {}", signed.url);
    }
}

#[tokio::test]
async fn a_link_works_until_it_expires() {
    let (_bench, bucket) = bucket().await;
    // The embedded store looks at the machine's clock when it checks a signature.
    let now = kernel::Clock::system().now();
    let signed = bucket.presign_put("incoming/1", &upload(), now, LASTING).await.unwrap();
    assert_eq!(send("PUT", &signed, b"other txt").await.0, 400, "the checksum is another");
    bucket.delete("incoming/1").await.unwrap();
    assert_eq!(send("PUT", &signed, TEXT).await.0, 200);
    assert_eq!(send("PUT", &signed, TEXT).await.0, 412, "something is there already");
    let mut other = signed.clone();
    other.headers.retain(|(name, _)| name != "content-type");
    other.headers.push(("content-type".to_owned(), "text/html".to_owned()));
    assert_eq!(send("PUT", &other, TEXT).await.0, 403, "another type was signed");
    let head = bucket.head("incoming/1").await.unwrap().unwrap();
    assert_eq!(head.sha256, Some(digest()));

    let show = Show { file_name: "一.txt", media_type: "application/octet-stream", inline: false };
    let get = bucket.presign_get("incoming/1", &show, now, LASTING).await.unwrap();
    let (status, headers, body) = send("GET", &get, b"").await;
    assert_eq!((status, body.as_slice()), (200, TEXT));
    assert!(headers.contains("attachment; filename*=UTF-8''%E4%B8%80.txt"), "{headers}");
    assert!(headers.contains("application/octet-stream"), "{headers}");
    let bent = Signed { url: get.url.replace("incoming/1", "incoming/2"), headers: get.headers.clone() };
    assert_eq!(send("GET", &bent, b"").await.0, 403);
    let past = now - jiff::SignedDuration::from_mins(11);
    let old = bucket.presign_get("incoming/1", &show, past, LASTING).await.unwrap();
    assert_eq!(send("GET", &old, b"").await.0, 403);
}

#[tokio::test]
async fn calls_are_counted_and_a_dead_wire_is_a_busy_store() {
    let (bench, bucket) = bucket().await;
    bucket.put("media/1", "text/plain", TEXT.to_vec()).await.unwrap();
    bucket.copy("media/1", "kept/1").await.unwrap();
    bucket.page("media/", None, 10).await.unwrap();
    let actions: Vec<_> = bench.wire.take().into_iter().flat_map(|call| call.actions).collect();
    let expected = [
        ("s3:PutObject", "MEDIA_BUCKET/media"),
        ("s3:GetObject", "MEDIA_BUCKET/media"),
        ("s3:PutObject", "MEDIA_BUCKET/kept"),
        ("s3:ListBucket", "MEDIA_BUCKET"),
    ];
    assert_eq!(actions, expected.map(|(action, place)| (action.to_owned(), place.to_owned())));
    bench.wire.crash(Some(Crash::Before(0)));
    assert!(matches!(bucket.get("media/1", 9).await, Err(BlobError::Busy(_))));
}
