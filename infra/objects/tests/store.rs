//! The store, reached the way functions reach it.

#![expect(clippy::unwrap_used, reason = "tests")]

use aws_sdk_s3::{Client, error::ProvideErrorMetadata, primitives::ByteStream};
use cloud::Environment;
use futures_util::future::join_all;
use kernel::{Clock, Settings};
use objects::{BucketShape, CorsRule, KeyPair, Objects};
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

struct Shop {
    objects: Objects,
    client: Client,
    stranger: Client,
    /// Held until the test ends.
    _folder: TempDir,
}

async fn shop() -> Shop {
    let folder = TempDir::new().unwrap();
    let cors = CorsRule {
        origins: vec!["https://*.example.cn".to_owned()],
        methods: vec!["GET".to_owned(), "PUT".to_owned()],
        headers: vec!["content-*".to_owned()],
        exposed: vec!["ETag".to_owned()],
        max_age: Some(600),
    };
    let bucket = |name: &str, cors| BucketShape { name: name.to_owned(), cors };
    let buckets = [bucket("media-bucket", vec![cors]), bucket("plain-bucket", Vec::new())];
    let objects = Objects::open(folder.path(), &buckets, KeyPair { id: "local", secret: "secret" }).await.unwrap();
    let client = |secret: &str| {
        let settings = Settings::default()
            .with("AWS_REGION", "local")
            .with("AWS_ACCESS_KEY_ID", "local")
            .with("AWS_SECRET_ACCESS_KEY", secret)
            .with("AWS_ENDPOINT_URL_S3", format!("http://{}", objects.address()));
        Client::new(&Environment::new(settings, Clock::system()).unwrap().sdk_for("S3"))
    };
    let (client, stranger) = (client("secret"), client("guessed"));
    Shop { objects, client, stranger, _folder: folder }
}

fn body(text: &'static str) -> ByteStream {
    ByteStream::from_static(text.as_bytes())
}

/// One request in plain text, answered in plain text.
async fn exchange(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{}\r\nhost: {address}\r\nconnection: close\r\n\r\n", head.replace('\n', "\r\n"));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap().to_lowercase()
}

#[tokio::test]
async fn of_several_writers_to_an_absent_key_exactly_one_wins() {
    let Shop { objects, client, _folder, .. } = shop().await;
    let writers =
        (0..16).map(|_| client.put_object().bucket("media-bucket").key("k").if_none_match("*").body(body("x")).send());
    let outcomes = join_all(writers).await;
    let refusals: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refusals.len(), 15);
    assert!(refusals.iter().all(|refusal| refusal.raw_response().unwrap().status().as_u16() == 412));
    drop(client);
    objects.close().await;
}

#[tokio::test]
async fn a_read_can_be_conditional() {
    let Shop { client, objects: _objects, _folder, .. } = shop().await;
    let put = client.put_object().bucket("media-bucket").key("k").body(body("x")).send().await.unwrap();
    let etag = put.e_tag().unwrap().to_owned();
    let read = || client.get_object().bucket("media-bucket").key("k");
    let status = |outcome: Result<_, aws_sdk_s3::error::SdkError<_>>| match outcome {
        Ok(_) => 200,
        Err(refusal) => refusal.raw_response().unwrap().status().as_u16(),
    };
    assert_eq!(status(read().send().await), 200);
    assert_eq!(status(read().if_none_match(&etag).send().await), 304);
    assert_eq!(status(read().if_none_match("\"other\"").send().await), 200);
    assert_eq!(status(read().if_match(&etag).send().await), 200);
    assert_eq!(status(read().if_match("\"other\"").send().await), 412);
    let future = aws_sdk_s3::primitives::DateTime::from_secs(4_000_000_000);
    let past = aws_sdk_s3::primitives::DateTime::from_secs(1_000_000_000);
    assert_eq!(status(read().if_modified_since(future).send().await), 304);
    assert_eq!(status(read().if_modified_since(past).send().await), 200);
    assert_eq!(status(read().if_unmodified_since(past).send().await), 412);
    let head = client.head_object().bucket("media-bucket").key("k").if_none_match(&etag).send().await;
    assert_eq!(head.unwrap_err().raw_response().unwrap().status().as_u16(), 304);
}

#[tokio::test]
async fn only_the_credentials_of_the_folder_are_accepted() {
    let Shop { stranger, objects, _folder, .. } = shop().await;
    let refusal = stranger.get_object().bucket("media-bucket").key("k").send().await.unwrap_err();
    assert_eq!(refusal.code(), Some("SignatureDoesNotMatch"));
    let anonymous = exchange(objects.address(), "GET /media-bucket/k HTTP/1.1").await;
    assert!(anonymous.starts_with("http/1.1 403"), "{anonymous}");
}

#[tokio::test]
async fn browsers_are_told_what_the_template_says() {
    let Shop { objects, _folder, .. } = shop().await;
    let ask = |bucket: &str, origin: &str, method: &str, headers: &str| {
        let head = format!(
            "OPTIONS /{bucket}/k HTTP/1.1\norigin: {origin}\naccess-control-request-method: {method}\n\
             access-control-request-headers: {headers}"
        );
        let address = objects.address();
        async move { exchange(address, &head).await }
    };
    let allowed = ask("media-bucket", "https://a.example.cn", "PUT", "content-type, content-length").await;
    assert!(allowed.starts_with("http/1.1 200"), "{allowed}");
    for line in [
        "access-control-allow-origin: https://a.example.cn",
        "access-control-allow-methods: get, put",
        "access-control-allow-headers: content-type, content-length",
        "access-control-max-age: 600",
    ] {
        assert!(allowed.contains(line), "{line}: {allowed}");
    }
    for refused in [
        ask("media-bucket", "https://example.com", "PUT", "content-type").await,
        ask("media-bucket", "https://a.example.cn", "DELETE", "content-type").await,
        ask("media-bucket", "https://a.example.cn", "PUT", "x-secret").await,
        ask("plain-bucket", "https://a.example.cn", "PUT", "content-type").await,
    ] {
        assert!(refused.starts_with("http/1.1 403") && !refused.contains("allow-origin"), "{refused}");
    }
    let read = exchange(objects.address(), "GET /media-bucket/k HTTP/1.1\norigin: https://a.example.cn").await;
    assert!(read.contains("access-control-allow-origin: https://a.example.cn"), "{read}");
    assert!(read.contains("access-control-expose-headers: etag"), "{read}");
}
