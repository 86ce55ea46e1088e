//! The embedded stores, reached the way functions reach them.

use super::*;
use crate::template::{Bucket, CorsRule, Index, KeyAttribute, Projection, Table};
use aws_sdk_s3::{Client, error::ProvideErrorMetadata, primitives::ByteStream};
use cloud::Environment;
use dynoxide::actions::{
    describe_table::DescribeTableRequest, describe_time_to_live::DescribeTimeToLiveRequest, get_item::GetItemRequest,
    put_item::PutItemRequest,
};
use futures_util::future::join_all;
use kernel::{Clock, Settings};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn clock() -> Clock {
    Clock::new(|| "2026-12-01T00:00:00Z".parse().unwrap())
}

fn key(name: &str, role: &str) -> KeyAttribute {
    KeyAttribute { name: name.to_owned(), role: role.to_owned() }
}

fn table() -> Table {
    Table {
        logical_id: "AccountsTable".to_owned(),
        name: "accounts".to_owned(),
        key: vec![key("pk", "HASH"), key("sk", "RANGE")],
        attributes: [("pk", "S"), ("sk", "S")].map(|(name, kind)| (name.to_owned(), kind.to_owned())).into(),
        indexes: Vec::new(),
        ttl: Some("ttl".to_owned()),
        stream: None,
    }
}

fn index(name: &str, projection: Projection) -> Index {
    Index { name: name.to_owned(), key: vec![key("sk", "HASH"), key("pk", "RANGE")], projection }
}

fn included() -> Projection {
    Projection::Include(["name", "state"].map(str::to_owned).into())
}

fn put(records: &Records, item: &Value) {
    let asked: PutItemRequest = serde_json::from_value(json!({ "TableName": "accounts", "Item": item })).unwrap();
    records.database().put_item(asked).unwrap();
}

fn get(records: &Records, pk: &str) -> Value {
    let key = json!({ "pk": { "S": pk }, "sk": { "S": "x" } });
    let asked: GetItemRequest = serde_json::from_value(json!({ "TableName": "accounts", "Key": key })).unwrap();
    serde_json::to_value(records.database().get_item(asked).unwrap()).unwrap()["Item"].clone()
}

fn described(records: &Records) -> Value {
    let table = records.database().describe_table(DescribeTableRequest { table_name: "accounts".to_owned() });
    serde_json::to_value(table.unwrap().table).unwrap()
}

#[tokio::test]
async fn tables_are_made_as_declared() {
    let declared = Table {
        indexes: vec![index("all", Projection::All), index("some", included()), index("none", Projection::Keys)],
        stream: Some("NEW_AND_OLD_IMAGES".to_owned()),
        ..table()
    };
    let records = Records::open(None, &[declared], &clock()).await.unwrap();
    assert!(records.fresh());
    let found = described(&records);
    let mut projections: Vec<_> = found["GlobalSecondaryIndexes"].as_array().unwrap().iter().collect();
    projections.sort_by_key(|index| index["IndexName"].to_string());
    assert_eq!(projections[0]["Projection"]["ProjectionType"], "ALL");
    assert_eq!(projections[1]["Projection"]["ProjectionType"], "KEYS_ONLY");
    assert_eq!(projections[2]["Projection"]["NonKeyAttributes"], json!(["name", "state"]));
    assert_eq!(found["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    let asked = DescribeTimeToLiveRequest { table_name: "accounts".to_owned() };
    let expiry = records.database().describe_time_to_live(asked).unwrap().time_to_live_description;
    assert_eq!((expiry.time_to_live_status.as_str(), expiry.attribute_name.as_deref()), ("ENABLED", Some("ttl")));
    records.close().await;
}

#[tokio::test]
async fn items_expire_by_the_clock_of_the_runner() {
    let seconds = Arc::new(AtomicI64::new(1000));
    let read = Arc::clone(&seconds);
    let clock = Clock::new(move || jiff::Timestamp::from_second(read.load(Ordering::Relaxed)).unwrap());
    let records = Records::open(None, &[table()], &clock).await.unwrap();
    put(&records, &json!({ "pk": { "S": "a" }, "sk": { "S": "x" }, "ttl": { "N": "1500" } }));
    assert_eq!(sweep(records.database()).await.unwrap(), 0);
    seconds.store(1501, Ordering::Relaxed);
    assert_eq!(sweep(records.database()).await.unwrap(), 1);
    assert_eq!(get(&records, "a"), Value::Null);
    records.close().await;
}

#[tokio::test]
async fn a_folder_keeps_data_and_credentials() {
    let temporary = TempDir::new().unwrap();
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "x" } });
    let folder = Folder::open(temporary.path()).unwrap();
    let credentials = Credentials::of(&folder).unwrap();
    let records = Records::open(Some(&folder), &[table()], &clock()).await.unwrap();
    put(&records, &item);
    records.close().await;
    drop(folder);

    let folder = Folder::open(temporary.path()).unwrap();
    assert_eq!(Credentials::of(&folder).unwrap().secret_access_key, credentials.secret_access_key);
    let records = Records::open(Some(&folder), &[table()], &clock()).await.unwrap();
    assert!(!records.fresh());
    assert_eq!(get(&records, "a"), item);
    records.close().await;
}

#[tokio::test]
async fn an_older_folder_gets_what_it_lacks() {
    let temporary = TempDir::new().unwrap();
    let folder = Folder::open(temporary.path()).unwrap();
    let older = Table { ttl: None, ..table() };
    let newer = Table { indexes: vec![index("some", included())], stream: Some("NEW_IMAGE".to_owned()), ..table() };
    let records = Records::open(Some(&folder), &[older], &clock()).await.unwrap();
    put(&records, &json!({ "pk": { "S": "a" }, "sk": { "S": "x" } }));
    records.close().await;
    for _ in 0..2 {
        let records = Records::open(Some(&folder), std::slice::from_ref(&newer), &clock()).await.unwrap();
        let found = described(&records);
        assert_eq!(found["GlobalSecondaryIndexes"][0]["IndexName"], "some");
        assert_eq!(found["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
        assert_ne!(get(&records, "a"), Value::Null);
        records.close().await;
    }
}

#[tokio::test]
async fn a_folder_with_other_tables_is_refused() {
    let temporary = TempDir::new().unwrap();
    let folder = Folder::open(temporary.path()).unwrap();
    let stored = Table { indexes: vec![index("some", included())], stream: Some("NEW_IMAGE".to_owned()), ..table() };
    Records::open(Some(&folder), std::slice::from_ref(&stored), &clock()).await.unwrap().close().await;
    let hash_only = vec![key("pk", "HASH")];
    let number = [("pk", "S"), ("sk", "N")].map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    for (declared, difference) in [
        (Table { key: hash_only, ..stored.clone() }, "its key is pk HASH, sk RANGE, not pk HASH"),
        (Table { attributes: number.into(), ..stored.clone() }, "attribute sk is S, not N"),
        (Table { indexes: Vec::new(), ..stored.clone() }, "it has index some"),
        (
            Table { indexes: vec![index("some", Projection::All)], ..stored.clone() },
            "index some has another key or projection",
        ),
        (Table { ttl: Some("expires".to_owned()), ..stored.clone() }, "items expire by ttl"),
        (Table { stream: None, ..stored.clone() }, "its stream is NEW_IMAGE"),
    ] {
        let refusal = Records::open(Some(&folder), &[declared], &clock()).await.unwrap_err().to_string();
        assert!(refusal.contains("table accounts") && refusal.contains(difference), "{difference}: {refusal}");
        assert!(refusal.contains("--data"), "{refusal}");
    }
}

#[test]
fn two_runners_do_not_share_a_folder() {
    let temporary = TempDir::new().unwrap();
    let first = Folder::open(temporary.path()).unwrap();
    let refusal = Folder::open(temporary.path()).unwrap_err().to_string();
    assert!(refusal.contains("in use by another runner"), "{refusal}");
    drop(first);
    assert!(Folder::open(temporary.path()).is_ok());
}

#[cfg(unix)]
#[test]
fn others_cannot_look_into_a_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::temporary().unwrap();
    Credentials::of(&folder).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.keys()), 0o700);
    assert_eq!(mode(&folder.path().join("credentials.json")), 0o600);
}

#[test]
fn credentials_do_not_print_themselves() {
    let folder = Folder::temporary().unwrap();
    let credentials = Credentials::of(&folder).unwrap();
    assert!(!format!("{credentials:?}").contains(&credentials.secret_access_key));
}

struct Shop {
    objects: Objects,
    client: Client,
    stranger: Client,
    /// Held until the test ends.
    _folder: Folder,
}

async fn shop() -> Shop {
    let folder = Folder::temporary().unwrap();
    let credentials = Credentials::of(&folder).unwrap();
    let cors = CorsRule {
        origins: vec!["https://*.example.cn".to_owned()],
        methods: vec!["GET".to_owned(), "PUT".to_owned()],
        headers: vec!["content-*".to_owned()],
        exposed: vec!["ETag".to_owned()],
        max_age: Some(600),
    };
    let bucket = |name: &str, cors| Bucket { logical_id: name.to_owned(), name: name.to_owned(), cors };
    let buckets = [bucket("media-bucket", vec![cors]), bucket("plain-bucket", Vec::new())];
    let objects = Objects::open(&folder, &buckets, &credentials).await.unwrap();
    let client = |secret: &str| {
        let settings = Settings::default()
            .with("AWS_REGION", "local")
            .with("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
            .with("AWS_SECRET_ACCESS_KEY", secret)
            .with("AWS_ENDPOINT_URL_S3", format!("http://{}", objects.address()));
        Client::new(&Environment::new(settings, Clock::system()).unwrap().sdk_for("S3"))
    };
    let (client, stranger) = (client(&credentials.secret_access_key), client("guessed"));
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
