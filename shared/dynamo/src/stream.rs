//! What the stream of a table brings to a function, and what the function answers.
//!
//! The changes of one partition of a table come in the order in which they happened, by their [`Sequence`]. They may come
//! again: all of a batch, or what follows a failure, in batches cut otherwise. Of what follows the first failure that a
//! function names ([`Failures`]) everything comes again.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{cmp::Ordering, fmt};

/// A text that is no number of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the number of a change")]
pub struct InvalidSequence;

/// The number of a change in its stream: up to forty digits, greater for what happened later in the same partition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sequence(String);

impl Sequence {
    const DIGITS: usize = 40;

    fn digits(&self) -> &str {
        self.0.trim_start_matches('0')
    }
}

impl TryFrom<String> for Sequence {
    type Error = InvalidSequence;

    fn try_from(text: String) -> Result<Self, InvalidSequence> {
        let sound = (1..=Self::DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if sound { Ok(Self(text)) } else { Err(InvalidSequence) }
    }
}

impl From<Sequence> for String {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Sequence {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.digits(), other.digits());
        one.len().cmp(&two.len()).then_with(|| one.cmp(two))
    }
}

impl PartialOrd for Sequence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Sequence {}

/// Why the item of a change is not read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The change has none, or it is not written as the store writes items.
    #[error("the change has no item that reads")]
    Missing(#[source] serde_json::Error),
    /// The item does not have the expected shape.
    #[error("the item of a change does not have the expected shape")]
    Shape(#[source] serde_dynamo::Error),
}

/// A batch of changes, as a function is called with them.
#[derive(Debug, Clone, Deserialize)]
pub struct Changes {
    /// The changes, in order.
    #[serde(rename = "Records")]
    pub records: Vec<Changed>,
}

/// A change of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    event_name: String,
    dynamodb: Details,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    sequence_number: Sequence,
    #[serde(default)]
    keys: Value,
    #[serde(default)]
    new_image: Value,
}

impl Changed {
    /// Its number.
    #[must_use]
    pub fn sequence(&self) -> &Sequence {
        &self.dynamodb.sequence_number
    }

    /// The partition that it is in, whether or not its item reads; `None` where the change has no key.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.dynamodb.keys.get("pk")?.get("S")?.as_str()
    }

    /// The item that was put where none was; `None` where one was changed or taken away.
    ///
    /// # Errors
    /// [`ImageError`] when it does not read as `T`.
    pub fn inserted<T: DeserializeOwned>(&self) -> Result<Option<T>, ImageError> {
        if self.event_name != "INSERT" {
            return Ok(None);
        }
        let item = serde_dynamo::Item::deserialize(&self.dynamodb.new_image).map_err(ImageError::Missing)?;
        serde_dynamo::from_item(item).map(Some).map_err(ImageError::Shape)
    }
}

/// What a function answers to a batch (`ReportBatchItemFailures`): from which change on it is to come again; of an empty
/// answer nothing is.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: Sequence,
}

impl Failures {
    /// The answer by which everything from the first of `failed` on comes again.
    #[must_use]
    pub fn from_first(failed: impl IntoIterator<Item = Sequence>) -> Self {
        let first = failed.into_iter().min();
        Self { batch_item_failures: first.map(|item_identifier| Failure { item_identifier }).into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sequence(text: &str) -> Sequence {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(sequence("9") < sequence("10") && sequence("099") < sequence("100"));
        assert_eq!(sequence("007"), sequence("7"));
        assert!(sequence("4421584500000000017450439092") > sequence("4421584500000000017450439091"));
        for text in ["", "-1", "1a", &"9".repeat(41)] {
            assert!(Sequence::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(sequence("007").to_string(), "007", "it is named as it came");
    }

    #[test]
    fn an_item_that_was_put_is_read_and_nothing_else() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Thing {
            pk: String,
            many: u64,
        }
        let change = |name: &str, image: Value| -> Changed {
            let keys = json!({ "pk": { "S": "a" } });
            let dynamodb =
                json!({ "SequenceNumber": "7", "Keys": keys, "NewImage": image, "StreamViewType": "NEW_IMAGE" });
            serde_json::from_value(json!({ "eventName": name, "eventID": "e", "dynamodb": dynamodb })).unwrap()
        };
        let image = json!({ "pk": { "S": "a" }, "many": { "N": "3" } });
        let found: Option<Thing> = change("INSERT", image.clone()).inserted().unwrap();
        assert_eq!(found, Some(Thing { pk: "a".to_owned(), many: 3 }));
        assert_eq!(change("MODIFY", image).inserted::<Thing>().unwrap(), None);
        assert!(change("INSERT", json!({ "pk": { "S": "a" } })).inserted::<Thing>().is_err());
        let nothing = change("INSERT", Value::Null);
        assert!(nothing.inserted::<Thing>().is_err() && nothing.partition() == Some("a"));
    }

    #[test]
    fn the_first_failure_is_where_it_goes_on() {
        let none = Failures::from_first([]);
        assert_eq!(serde_json::to_value(&none).unwrap(), json!({ "batchItemFailures": [] }));
        let some = Failures::from_first([sequence("12"), sequence("9"), sequence("10")]);
        assert_eq!(serde_json::to_value(&some).unwrap(), json!({ "batchItemFailures": [{ "itemIdentifier": "9" }] }));
    }
}
