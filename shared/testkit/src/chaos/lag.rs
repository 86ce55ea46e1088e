//! Indexes that are behind: what the last writes were, and what was there before.

use super::{Call, dynamodb::name};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};

/// Table, partition key, sort key.
type Place = (String, String, String);

/// Writes that an index can be behind, at most.
const WRITES: usize = 50;
/// Time that an index can be behind, at most: the longest that anybody has to reckon with.
const TIME: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug)]
struct Write {
    place: Place,
    at: Timestamp,
    before: Option<Value>,
}

/// The last writes.
#[derive(Debug, Default)]
pub(super) struct Lag {
    recent: VecDeque<Write>,
    /// Items as they were last put, where that is known.
    images: HashMap<Place, Value>,
}

fn text(item: &Value, attribute: &str) -> String {
    item.get(attribute).and_then(|value| value.get("S")).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn place(table: &str, item: &Value) -> Place {
    (table.to_owned(), text(item, "pk"), text(item, "sk"))
}

impl Lag {
    /// Notes what `call`, which was done, wrote.
    pub(super) fn note(&mut self, call: &Call, now: Timestamp) {
        let table = |value: &Value| value.get("TableName").and_then(Value::as_str).unwrap_or_default().to_owned();
        match &*call.operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                let item = call.body.get("Item");
                self.written(&table(&call.body), item, call.body.get("Key"), now);
            }
            "TransactWriteItems" => {
                let actions = call.body.get("TransactItems").and_then(Value::as_array);
                for (kind, action) in actions.into_iter().flatten().filter_map(Value::as_object).flatten() {
                    if kind != "ConditionCheck" {
                        self.written(&table(action), action.get("Item"), action.get("Key"), now);
                    }
                }
            }
            "BatchWriteItem" => {
                let tables = call.body.get("RequestItems").and_then(Value::as_object);
                for (table, requests) in tables.into_iter().flatten() {
                    for request in requests.as_array().into_iter().flatten() {
                        let (put, delete) =
                            (request.pointer("/PutRequest/Item"), request.pointer("/DeleteRequest/Key"));
                        self.written(table, put, delete, now);
                    }
                }
            }
            _ => {}
        }
    }

    fn written(&mut self, table: &str, item: Option<&Value>, key: Option<&Value>, now: Timestamp) {
        let Some(whole) = item.or(key) else { return };
        let place = place(table, whole);
        let before = match item {
            Some(item) => self.images.insert(place.clone(), item.clone()),
            None => self.images.remove(&place),
        };
        self.push(Write { place, at: now, before });
    }

    fn push(&mut self, write: Write) {
        self.recent.push_back(write);
        if self.recent.len() > WRITES {
            self.recent.pop_front();
        }
    }

    /// Notes an object that was put or deleted.
    pub(super) fn note_object(&mut self, path: &str, now: Timestamp) {
        self.push(Write { place: (String::new(), path.to_owned(), String::new()), at: now, before: None });
    }

    /// Objects that a list may not have heard of yet.
    pub(super) fn objects(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let fresh = self.recent.iter().filter(move |write| now.duration_since(write.at) < TIME);
        fresh.filter(|write| write.place.0.is_empty()).map(|write| &*write.place.1)
    }

    /// Takes the answer of an index back by some writes; says whether that made a difference.
    pub(super) fn rewind(&self, call: &Call, answer: &mut Value, now: Timestamp, dice: &mut Rng) -> bool {
        let back = dice.usize(1..=WRITES);
        let argument = |name: &str| call.body.get("ExpressionAttributeValues").map(|values| text(values, name));
        let table = call.body.get("TableName").and_then(Value::as_str).unwrap_or_default();
        let (Some(partition), Some(sort)) = (name(call, "#p"), name(call, "#s")) else { return false };
        let (Some(wanted), Some(from), Some(until)) = (argument(":p"), argument(":from"), argument(":until")) else {
            return false;
        };
        let end = answer.get("LastEvaluatedKey").map(|key| text(key, sort));
        let Some(Value::Array(items)) = answer.get("Items") else { return false };
        let mut items = items.clone();
        // Oldest first: what was there before the first of several writes is what the index still has.
        let mut undone: Vec<&Place> = Vec::new();
        let (mut changed, ascending) = (false, call.body.get("ScanIndexForward") != Some(&json!(false)));
        for write in self.recent.iter().skip(self.recent.len().saturating_sub(back)) {
            if write.place.0 != table || now.duration_since(write.at) >= TIME || undone.contains(&&write.place) {
                continue;
            }
            undone.push(&write.place);
            let count = items.len();
            items.retain(|item| place(table, item) != write.place);
            changed |= items.len() != count;
            // What a filter would say of it is not known here.
            let known = write.before.as_ref().filter(|_| call.body.get("FilterExpression").is_none());
            let here = known.filter(|item| {
                let key = text(item, sort);
                let within = end.as_ref().is_none_or(|end| if ascending { key <= *end } else { key >= *end });
                text(item, partition) == wanted && (from.as_str()..=until.as_str()).contains(&key.as_str()) && within
            });
            if let Some(item) = here {
                items.push(item.clone());
                changed = true;
            }
        }
        // A page that says there is more is not empty.
        if !changed || (items.is_empty() && end.is_some()) {
            return false;
        }
        items.sort_by_key(|item| text(item, sort));
        if !ascending {
            items.reverse();
        }
        if let Some(limit) = call.body.get("Limit").and_then(Value::as_u64) {
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("Count".to_owned(), json!(items.len()));
            fields.insert("Items".to_owned(), json!(items));
        }
        true
    }
}
