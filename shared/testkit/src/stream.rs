//! What Lambda brings from the stream of a table.

use serde::Serialize;
use serde_dynamo::Item;
use serde_json::{Value, json};

/// The number that the change `n` of a stream has.
#[must_use]
pub fn sequence(n: u64) -> String {
    (100_000_000_000_000_000_000_u128 + u128::from(n)).to_string()
}

/// The event by which Lambda brings `rows`, which were put where nothing was, each with its number in the stream.
///
/// # Panics
/// When a row does not write as an item.
#[expect(clippy::expect_used, reason = "a test cannot go on without its event")]
#[must_use]
pub fn stream_event<'a, T: Serialize + 'a>(rows: impl IntoIterator<Item = (u64, &'a T)>) -> Value {
    let records = rows.into_iter().map(|(n, row)| {
        let item: Item = serde_dynamo::to_item(row).expect("a row that writes as an item");
        let item = serde_json::to_value(item).expect("an item that writes as JSON");
        let keys = json!({ "pk": item.get("pk"), "sk": item.get("sk") });
        json!({
            "eventID": format!("{n:032x}"), "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_485_600, "Keys": keys, "SizeBytes": item.to_string().len(),
                "NewImage": item, "SequenceNumber": sequence(n), "StreamViewType": "NEW_IMAGE",
            },
            "eventSourceARN":
                "arn:aws:dynamodb:us-east-1:000000000000:table/ACTIVITIES_TABLE/stream/2026-11-24T00:00:00.000",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}
