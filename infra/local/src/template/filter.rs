//! What a mapping lets through: patterns of `FilterCriteria`.

use serde_json::Value;

/// A pattern that an event must fit: `{"dynamodb": {"NewImage": {"kind": {"S": ["meeting.signed"]}}}}`.
///
/// Each field holds either more fields, all of which must fit, or a list of which one must: a value that is the same, or
/// `{"prefix": …}`, `{"suffix": …}`, `{"anything-but": …}`, `{"exists": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Value);

impl Filter {
    /// Reads a pattern.
    ///
    /// # Errors
    /// With what is wrong, when it is not JSON or asks for a comparison that the runner does not know.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let pattern: Value = serde_json::from_str(text).map_err(|error| format!("expected JSON: {error}"))?;
        match pattern {
            Value::Object(_) => check(&pattern).map(|()| Self(pattern)),
            _ => Err("expected fields".to_owned()),
        }
    }

    /// Whether `event` fits.
    #[must_use]
    pub fn admits(&self, event: &Value) -> bool {
        fits(&self.0, Some(event))
    }
}

fn check(pattern: &Value) -> Result<(), String> {
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(check),
        Value::Array(rules) if !rules.is_empty() => rules.iter().try_for_each(check_rule),
        other => Err(format!("expected fields or a list of what is let through, found {other}")),
    }
}

fn check_rule(rule: &Value) -> Result<(), String> {
    let known = match rule {
        Value::Array(_) => false,
        Value::Object(comparison) => match comparison.iter().next() {
            Some((name, wanted)) if comparison.len() == 1 => match name.as_str() {
                "prefix" | "suffix" => wanted.is_string(),
                "exists" => wanted.is_boolean(),
                "anything-but" => !wanted.is_object(),
                _ => false,
            },
            _ => false,
        },
        _ => true,
    };
    if known { Ok(()) } else { Err(format!("the local runner does not know the comparison {rule}")) }
}

fn fits(pattern: &Value, event: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, inner)| fits(inner, event.and_then(|event| event.get(name))))
        }
        Value::Array(rules) => rules.iter().any(|rule| allows(rule, event)),
        _ => false,
    }
}

fn allows(rule: &Value, value: Option<&Value>) -> bool {
    if let Some(Value::Array(values)) = value {
        return values.iter().any(|value| allows(rule, Some(value)));
    }
    let Value::Object(comparison) = rule else { return value == Some(rule) };
    let text = value.and_then(Value::as_str);
    comparison.iter().all(|(name, wanted)| match (name.as_str(), wanted) {
        ("prefix", Value::String(start)) => text.is_some_and(|text| text.starts_with(start.as_str())),
        ("suffix", Value::String(end)) => text.is_some_and(|text| text.ends_with(end.as_str())),
        ("exists", Value::Bool(there)) => value.is_some() == *there,
        ("anything-but", Value::Array(others)) => value.is_some_and(|value| !others.contains(value)),
        ("anything-but", other) => value.is_some_and(|value| value != other),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn admits(pattern: &Value, event: &Value) -> bool {
        Filter::parse(&pattern.to_string()).unwrap().admits(event)
    }

    #[test]
    fn all_fields_and_one_of_each_list_must_fit() {
        let event = json!({ "eventName": "INSERT", "dynamodb": { "NewImage": { "kind": { "S": "dues.paid" } } } });
        let kind = |rule: Value| json!({ "dynamodb": { "NewImage": { "kind": { "S": [rule] } } } });
        for (pattern, expected) in [
            (json!({}), true),
            (json!({ "eventName": ["INSERT", "MODIFY"] }), true),
            (json!({ "eventName": ["REMOVE"] }), false),
            (kind(json!("dues.paid")), true),
            (kind(json!({ "prefix": "dues." })), true),
            (kind(json!({ "prefix": "meeting." })), false),
            (kind(json!({ "suffix": ".paid" })), true),
            (kind(json!({ "anything-but": ["dues.paid"] })), false),
            (kind(json!({ "anything-but": "meeting.signed" })), true),
            (json!({ "dynamodb": { "OldImage": [{ "exists": false }] } }), true),
            (json!({ "dynamodb": { "NewImage": { "kind": { "S": [{ "exists": true }] } } } }), true),
            (json!({ "dynamodb": { "OldImage": { "kind": { "S": ["dues.paid"] } } } }), false),
            (json!({ "eventName": ["INSERT"], "dynamodb": { "OldImage": [{ "exists": true }] } }), false),
        ] {
            assert_eq!(admits(&pattern, &event), expected, "{pattern}");
        }
        assert!(admits(&json!({ "list": ["b"] }), &json!({ "list": ["a", "b"] })));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (pattern, expected) in [
            ("{", "expected JSON"),
            ("[]", "expected fields"),
            (r#"{ "a": "b" }"#, "expected fields or a list"),
            (r#"{ "a": [] }"#, "expected fields or a list"),
            (r#"{ "a": [{ "numeric": ["<", 5] }] }"#, "does not know the comparison {\"numeric\":[\"<\",5]}"),
            (r#"{ "a": [{ "prefix": 5 }] }"#, "does not know the comparison"),
            (r#"{ "a": [["b"]] }"#, "does not know the comparison"),
        ] {
            let said = Filter::parse(pattern).unwrap_err();
            assert!(said.contains(expected), "{pattern}: {said}");
        }
    }
}
