//! The embedded stores, reached the way functions reach them.

use super::*;
use crate::template::{Index, KeyAttribute, Projection, Table};
use dynoxide::actions::{
    describe_table::DescribeTableRequest, describe_time_to_live::DescribeTimeToLiveRequest, get_item::GetItemRequest,
    put_item::PutItemRequest,
};
use kernel::Clock;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

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
