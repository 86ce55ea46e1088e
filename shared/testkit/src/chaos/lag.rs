//! Indexes that are behind: what the last writes were, and what was there before.

use super::{
    Call,
    dynamodb::{cut, name},
};
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

/// What was at a place before something was written there.
#[derive(Debug)]
enum Before {
    /// Nothing.
    Absent,
    /// This item.
    Item(Value),
    /// An item that is not known here: it was changed in part, or put by somebody else.
    Unknown,
}

#[derive(Debug)]
struct Write {
    place: Place,
    at: Timestamp,
    before: Before,
}

/// The last writes.
#[derive(Debug, Default)]
pub(super) struct Lag {
    recent: VecDeque<Write>,
    /// Items as they were last put; `None` once they were changed in part.
    images: HashMap<Place, Option<Value>>,
}

fn text(item: &Value, attribute: &str) -> String {
    item.get(attribute).and_then(|value| value.get("S")).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn place(table: &str, item: &Value) -> Place {
    (table.to_owned(), text(item, "pk"), text(item, "sk"))
}

/// Whether a write can only have been done where nothing was.
fn creates(action: &Value) -> bool {
    let condition = action.get("ConditionExpression").and_then(Value::as_str).unwrap_or_default();
    condition.starts_with("attribute_not_exists(pk)")
}

impl Lag {
    /// Notes what `call`, which was done, wrote.
    pub(super) fn note(&mut self, call: &Call, now: Timestamp) {
        let table = |value: &Value| value.get("TableName").and_then(Value::as_str).unwrap_or_default().to_owned();
        match &*call.operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                self.written(&table(&call.body), &call.operation, &call.body, now);
            }
            "TransactWriteItems" => {
                let actions = call.body.get("TransactItems").and_then(Value::as_array);
                for (kind, action) in actions.into_iter().flatten().filter_map(Value::as_object).flatten() {
                    self.written(&table(action), kind, action, now);
                }
            }
            "BatchWriteItem" => {
                let tables = call.body.get("RequestItems").and_then(Value::as_object);
                for (table, requests) in tables.into_iter().flatten() {
                    for request in requests.as_array().into_iter().flatten() {
                        for (kind, action) in request.as_object().into_iter().flatten() {
                            self.written(table, kind, action, now);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes one write; `kind` is how DynamoDB calls it, `action` says what.
    fn written(&mut self, table: &str, kind: &str, action: &Value, now: Timestamp) {
        let item = action.get("Item");
        let Some(whole) = item.or_else(|| action.get("Key")).filter(|_| kind != "ConditionCheck") else { return };
        let place = place(table, whole);
        let known = if kind.starts_with("Delete") {
            self.images.remove(&place)
        } else {
            self.images.insert(place.clone(), item.cloned())
        };
        let before = match known {
            None if creates(action) => Before::Absent,
            None | Some(None) => Before::Unknown,
            Some(Some(item)) => Before::Item(item),
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
        self.push(Write { place: (String::new(), path.to_owned(), String::new()), at: now, before: Before::Absent });
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
            let before = match &write.before {
                Before::Absent => None,
                // What a filter would say of it is not known here.
                Before::Item(item) if call.body.get("FilterExpression").is_none() => Some(item),
                Before::Item(_) | Before::Unknown => continue,
            };
            undone.push(&write.place);
            let count = items.len();
            items.retain(|item| place(table, item) != write.place);
            changed |= items.len() != count;
            let here = before.filter(|item| {
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
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("Count".to_owned(), json!(items.len()));
            fields.insert("Items".to_owned(), json!(items));
        }
        if let Some(limit) = call.body.get("Limit").and_then(Value::as_u64) {
            cut(call, answer, usize::try_from(limit).unwrap_or(usize::MAX));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Call, Service},
        Lag,
    };
    use fastrand::Rng;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn call(operation: &str, body: Value) -> Call {
        let (what, operation) = (String::new(), operation.to_owned());
        Call { what, operation, service: Service::Records, index: true, attempt: 1, body }
    }

    fn item(id: &str, place: &str) -> Value {
        json!({ "pk": { "S": id }, "sk": { "S": "-" }, "area": { "S": "a" }, "place": { "S": place } })
    }

    fn list(filter: bool) -> Call {
        let mut body = json!({
            "TableName": "t", "IndexName": "place", "Limit": 9,
            "ExpressionAttributeNames": { "#p": "area", "#s": "place" },
            "ExpressionAttributeValues": { ":p": { "S": "a" }, ":from": { "S": "" }, ":until": { "S": "~" } },
        });
        if filter {
            body["FilterExpression"] = json!("#f = :f");
        }
        call("Query", body)
    }

    /// What an index that is behind says, where the table says `now`.
    fn told(lag: &Lag, list: &Call, now: &[Value]) -> Vec<Value> {
        let mut answer = json!({ "Items": now, "Count": now.len() });
        lag.rewind(list, &mut answer, Timestamp::UNIX_EPOCH, &mut Rng::with_seed(1));
        answer["Items"].as_array().unwrap().clone()
    }

    #[test]
    fn an_index_that_is_behind_says_what_was_there_before_and_nothing_that_never_was() {
        let mut lag = Lag::default();
        let put = |item: &Value| call("PutItem", json!({ "TableName": "t", "Item": item }));
        let (old, new) = (item("one", "1"), item("one", "2"));
        let first = json!({ "TableName": "t", "Item": old, "ConditionExpression": "attribute_not_exists(pk)" });
        lag.note(&call("PutItem", first), Timestamp::UNIX_EPOCH);
        assert_eq!(told(&lag, &list(false), std::slice::from_ref(&old)), [] as [Value; 0], "new: not there yet");
        lag.recent.clear();
        lag.note(&put(&new), Timestamp::UNIX_EPOCH);
        assert_eq!(told(&lag, &list(false), std::slice::from_ref(&new)), [old], "changed: as it was");
        assert_eq!(
            told(&lag, &list(true), std::slice::from_ref(&new)),
            std::slice::from_ref(&new),
            "never gone for a filter"
        );
        lag.recent.clear();
        let key = json!({ "pk": { "S": "one" }, "sk": { "S": "-" } });
        for _ in 0..2 {
            lag.note(&call("UpdateItem", json!({ "TableName": "t", "Key": key })), Timestamp::UNIX_EPOCH);
        }
        lag.recent.pop_front();
        let newest = item("one", "3");
        assert_eq!(
            told(&lag, &list(false), std::slice::from_ref(&newest)),
            std::slice::from_ref(&newest),
            "unknown: as it is"
        );
    }

    #[test]
    fn a_page_that_grows_beyond_its_limit_says_where_it_ends() {
        let mut lag = Lag::default();
        let elsewhere = item("three", "3");
        lag.note(&call("PutItem", json!({ "TableName": "t", "Item": elsewhere })), Timestamp::UNIX_EPOCH);
        assert_eq!(told(&lag, &list(false), std::slice::from_ref(&elsewhere)), [elsewhere], "put by somebody else");
        let gone = item("one", "1");
        lag.note(&call("PutItem", json!({ "TableName": "t", "Item": gone })), Timestamp::UNIX_EPOCH);
        lag.recent.clear();
        let key = json!({ "pk": gone["pk"], "sk": gone["sk"] });
        lag.note(&call("DeleteItem", json!({ "TableName": "t", "Key": key })), Timestamp::UNIX_EPOCH);
        let mut asked = list(false);
        asked.body["Limit"] = json!(1);
        let mut answer = json!({ "Items": [item("two", "2")] });
        assert!(lag.rewind(&asked, &mut answer, Timestamp::UNIX_EPOCH, &mut Rng::with_seed(1)));
        assert_eq!((&answer["Items"], &answer["LastEvaluatedKey"]["place"]["S"]), (&json!([gone]), &json!("1")));
    }
}
