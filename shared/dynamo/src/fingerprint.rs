//! What an activity says, as one text, and the hash of it: docs/AUDIT.md tells an outsider how to make both.

use crate::Activity;
use aws_lc_rs::digest::{SHA256, digest};
use kernel::hex;
use serde_json::{Number, Value};
use std::collections::BTreeMap;

impl Activity {
    /// The activity as JSON that is always the same text: as the API shows it, without spaces, names sorted by their
    /// bytes, text escaped only where JSON demands it, whole numbers as digits.
    ///
    /// It is decided by what is stored and not by how it is stored: a number that the store gives back in another
    /// spelling is written as before.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::with_capacity(512);
        write(&serde_json::to_value(self).unwrap_or_default(), &mut text);
        text
    }

    /// SHA-256 of [`Self::canonical`], in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(digest(&SHA256, self.canonical().as_bytes()).as_ref())
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            // Sorted here, whatever order the map itself keeps.
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            text.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&digits(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// A number without exponent: `1` for 1.0 too, and the fewest digits that read back as the same number.
fn digits(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    match number.as_f64() {
        // Zero has two signs and one spelling.
        Some(0.0) => "0".to_owned(),
        Some(other) => other.to_string(),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Actor;
    use jiff::Timestamp;
    use kernel::{ActivityId, MemberId, OrgId};
    use serde_json::json;

    fn activity() -> Activity {
        let (organization, member) = (OrgId::from_bytes(1, [1; 10]), MemberId::from_bytes(2, [2; 10]));
        let actor = Actor::person(member, "secretary");
        let made = Activity::new(Timestamp::UNIX_EPOCH, actor, "thing.changed", organization, member);
        Activity { id: ActivityId::from_bytes(3, [3; 10]), ..made }
    }

    #[test]
    fn the_text_is_the_one_that_the_page_describes() {
        let told = activity().between(&json!({ "b": 1, "a": "支部\n" }), &json!({ "b": 2.0, "a": null }));
        let expected = concat!(
            r#"{"actor":{"member":"mbr_00000000000272028202020202020202","role":"secretary"},"after":{"a":null,"b":2},"#,
            r#""at":"1970-01-01T00:00:00Z","before":{"a":"支部\n","b":1},"id":"act_00000000000373038303030303030303","#,
            r#""kind":"thing.changed","organization":"org_00000000000171018101010101010101","#,
            r#""subject":"mbr_00000000000272028202020202020202"}"#
        );
        assert_eq!(told.canonical(), expected);
        assert_eq!(told.hash().len(), 64);
    }

    #[test]
    fn every_part_counts() {
        let plain = activity();
        let mut seen = vec![plain.hash()];
        let other = |change: &dyn Fn(&mut Activity)| {
            let mut changed = plain.clone();
            change(&mut changed);
            changed.hash()
        };
        seen.push(other(&|one| one.id = ActivityId::from_bytes(3, [4; 10])));
        seen.push(other(&|one| one.at = Timestamp::MAX));
        seen.push(other(&|one| one.actor.member = None));
        seen.push(other(&|one| one.actor.role.push('x')));
        seen.push(other(&|one| one.kind.push('x')));
        seen.push(other(&|one| one.organization = OrgId::from_bytes(1, [2; 10])));
        seen.push(other(&|one| one.subject.push('x')));
        seen.push(other(&|one| one.before = json!({})));
        seen.push(other(&|one| one.after = json!({})));
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (number, expected) in [
            (json!(7), "7"),
            (json!(7.0), "7"),
            (json!(-0.0), "0"),
            (json!(0.1), "0.1"),
            (json!(-2.5e-7), "-0.00000025"),
            (json!(1e21), "1000000000000000000000"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(i64::MIN), "-9223372036854775808"),
        ] {
            let mut text = String::new();
            write(&number, &mut text);
            assert_eq!(text, expected);
        }
    }
}
