//! Rules that are taken, and those that are refused.

use super::*;
use serde_json::{Value, json};

fn written() -> Value {
    serde_json::from_str(include_str!("../../../../infra/rules/findings.json")).unwrap()
}

/// Why the rules are refused once `change` is made to the first of them.
fn refused(change: impl Fn(&mut Value)) -> RuleError {
    let mut rules = written();
    change(rules.pointer_mut("/rules/0").unwrap());
    Rules::read(&rules.to_string()).unwrap_err()
}

#[test]
fn the_rules_read_and_numbers_are_those_of_the_records() {
    let rules = Rules::get().unwrap();
    assert!(rules.open_within_months > 0);
    assert_eq!(rules.decision_within_months, 3);
    assert!(rules.rules.iter().all(|rule| rule.article.contains(['§', '第']) && !rule.tell.is_empty()));
    assert_eq!(Numbers::get().unwrap(), Numbers { fewest: 3, usually_at_most: 50, probation: 12, suspension: 24 });
}

#[test]
fn what_is_not_held_is_found_by_the_article_by_which_it_is_owed() {
    let owed = org_life::Rules::get().unwrap();
    let mut seen = 0;
    for rule in &Rules::get().unwrap().rules {
        let Check::NotHeld(kind) = rule.check else { continue };
        let owed = owed.kinds.iter().find(|owed| owed.kind == kind).unwrap();
        assert!(owed.every.is_some(), "{}: nobody owes it", rule.id);
        assert_eq!(rule.article, owed.article, "{}", rule.id);
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn nobody_is_looked_at_by_clicks_log_ins_or_time() {
    for word in ["log-in", "OnlineMinutes", "likes", "forwards", "study-seconds", "clock_in", "在线时长", "点赞数"]
    {
        for field in ["id", "name"] {
            let error = refused(|rule| rule[field] = json!(word));
            assert!(matches!(&error, RuleError::Forbidden { word: found, .. } if found == word), "{error}");
        }
        let error = refused(|rule| rule["records"] = json!(["meeting", word]));
        assert!(error.to_string().contains("国办函〔2026〕12号"), "{error}");
    }
}

#[test]
fn rules_say_which_they_are_since_when_and_where_they_come_from() {
    for (field, value) in [("version", json!("")), ("sources", json!([]))] {
        let mut rules = written();
        rules[field] = value;
        let error = Rules::read(&rules.to_string()).unwrap_err();
        assert!(matches!(error, RuleError::Nameless(_)), "{error}");
    }
    let mut rules = written();
    rules.as_object_mut().unwrap().remove("inForce");
    assert!(matches!(Rules::read(&rules.to_string()).unwrap_err(), RuleError::Unreadable(_)));
}

#[test]
fn rules_about_what_is_not_recorded_are_refused() {
    let error = refused(|rule| rule["records"] = json!(["meeting", "applause"]));
    assert_eq!(error.to_string(), "rule no-branch-meeting refers to \"applause\", of which there is no record");
    for records in [json!([]), json!(["member"]), json!(["meeting", "member"])] {
        let error = refused(|rule| rule["records"] = records.clone());
        assert!(matches!(&error, RuleError::OtherRecords(id) if id == "no-branch-meeting"), "{error}");
    }
    for (field, value) in [("version", json!(0)), ("name", json!("")), ("article", json!(""))] {
        let error = refused(|rule| rule[field] = value.clone());
        assert!(matches!(&error, RuleError::Unwritten(_)), "{error}");
    }
    let error = refused(|rule| rule["id"] = json!("term-over"));
    assert!(matches!(&error, RuleError::Twice(id) if id == "term-over"), "{error}");
    for (field, value) in [("check", json!("mood")), ("check", json!({ "not-held": "party" })), ("score", json!(1))] {
        let error = refused(|rule| rule[field] = value.clone());
        assert!(matches!(error, RuleError::Unreadable(_)), "{error}");
    }
}
