//! The DynamoDB protocol, as far as a bad store speaks it.

use super::{Call, Fault};
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Items of a shortened page, at least. The service has no page of one item before the last: an item has 400 KB at most,
/// a page 1 MB.
const SHORTEST: usize = 2;

/// What the store says instead of doing what `call` says.
pub(super) fn refusal(fault: Fault, call: &Call, dice: &mut Rng) -> (u16, String) {
    let transaction = call.operation == "TransactWriteItems";
    match fault {
        Fault::Failed => (500, error("InternalServerError", Map::new())),
        Fault::Conflict if transaction => (400, cancelled(call, dice, "TransactionConflict")),
        Fault::Conflict => (400, error("TransactionConflictException", Map::new())),
        // A transaction can be throttled as a whole or in one of its parts.
        _ if transaction && dice.bool() => (400, cancelled(call, dice, "ThrottlingError")),
        _ if dice.bool() => (400, error("ProvisionedThroughputExceededException", Map::new())),
        _ => (400, error("ThrottlingException", Map::new())),
    }
}

fn error(code: &str, mut fields: Map<String, Value>) -> String {
    fields.insert("__type".to_owned(), json!(format!("com.amazonaws.dynamodb.v20120810#{code}")));
    fields.entry("message").or_insert_with(|| json!(code));
    Value::Object(fields).to_string()
}

/// A transaction that was cancelled because of one of its actions.
fn cancelled(call: &Call, dice: &mut Rng, code: &str) -> String {
    let actions = call.body.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len).max(1);
    let at = dice.usize(..actions);
    let reasons = (0..actions)
        .map(|n| if n == at { json!({ "Code": code, "Message": code }) } else { json!({ "Code": "None" }) });
    let reasons: Vec<_> = reasons.collect();
    error("TransactionCanceledException", Map::from_iter([("CancellationReasons".to_owned(), json!(reasons))]))
}

/// Takes some of a batch out of it, in the shape in which the answer gives it back; at least one item stays.
pub(super) fn set_aside(body: &mut Value, dice: &mut Rng) -> Option<Value> {
    let tables = body.get_mut("RequestItems")?.as_object_mut()?;
    let mut aside = Map::new();
    for (table, asked) in tables {
        // Writes are a list; reads are a list of keys with how to read them.
        let writes = asked.is_array();
        let list = if writes { asked.as_array_mut()? } else { asked.get_mut("Keys")?.as_array_mut()? };
        if list.len() < 2 {
            continue;
        }
        let left = list.split_off(dice.usize(1..list.len()));
        let shape = if writes {
            json!(left)
        } else {
            let mut shape = asked.clone();
            shape.as_object_mut()?.insert("Keys".to_owned(), json!(left));
            shape
        };
        aside.insert(table.clone(), shape);
    }
    (!aside.is_empty()).then_some(Value::Object(aside))
}

/// Says in the answer what was set aside, beside what the store itself left.
pub(super) fn give_back(answer: &mut Value, operation: &str, aside: Value) {
    let name = if operation == "BatchGetItem" { "UnprocessedKeys" } else { "UnprocessedItems" };
    let empty = answer.get(name).and_then(Value::as_object).is_none_or(Map::is_empty);
    if let Some(fields) = answer.as_object_mut().filter(|_| empty) {
        fields.insert(name.to_owned(), aside);
    }
}

/// A name of the key condition without its `#`.
pub(super) fn name<'a>(call: &'a Call, placeholder: &str) -> Option<&'a str> {
    call.body.get("ExpressionAttributeNames")?.get(placeholder)?.as_str()
}

/// Ends the page after a few of its items.
pub(super) fn shorten(call: &Call, answer: &mut Value, dice: &mut Rng) -> bool {
    cut(call, answer, SHORTEST + dice.usize(..2))
}

/// Ends the page after `kept` items, and says where it ended; whether there were more.
pub(super) fn cut(call: &Call, answer: &mut Value, kept: usize) -> bool {
    let keys: Vec<&str> = [Some("pk"), Some("sk"), name(call, "#p"), name(call, "#s")].into_iter().flatten().collect();
    let Some(items) = answer.get_mut("Items").and_then(Value::as_array_mut) else { return false };
    if items.len() <= kept {
        return false;
    }
    items.truncate(kept);
    let Some(Value::Object(last)) = items.last() else { return false };
    let end: Map<_, _> = keys.into_iter().filter_map(|key| Some((key.to_owned(), last.get(key)?.clone()))).collect();
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("LastEvaluatedKey".to_owned(), Value::Object(end));
        fields.insert("Count".to_owned(), json!(kept));
    }
    true
}
