//! Sheets that are taken, and those that are refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use scoring::{Dimension, FactKind, Kinds, Sheet, SheetError};
use serde_json::{Value, json};

fn sheet() -> Value {
    serde_json::from_str(include_str!("../../../infra/rules/scoring.json")).unwrap()
}

/// Why the sheet is refused once `change` is made to its first rule.
fn refused(change: impl Fn(&mut Value)) -> SheetError {
    let mut sheet = sheet();
    change(sheet.pointer_mut("/rules/0").unwrap());
    Sheet::read(&sheet.to_string()).unwrap_err()
}

#[test]
fn the_sheet_reads_and_every_rule_has_version_and_article() {
    let sheet = Sheet::get().unwrap();
    assert!(sheet.rules.iter().all(|rule| rule.version > 0 && !rule.article.is_empty() && !rule.name.is_empty()));
    assert!(!sheet.version.is_empty() && !sheet.sources.is_empty());
    for dimension in Dimension::OF_MEMBER.into_iter().chain(Dimension::OF_BRANCH) {
        let whole: u32 = sheet.rules.iter().filter(|rule| rule.dimension == dimension).map(|rule| rule.whole).sum();
        assert_eq!(whole, 10_000, "{}", dimension.zh());
    }
}

#[test]
fn every_fact_but_rolls_and_corrections_is_used() {
    let used = |kind: FactKind| {
        let kind: Kinds = [kind].into_iter().collect();
        Sheet::get().unwrap().rules.iter().any(|rule| rule.facts.meets(kind))
    };
    let unused: Vec<_> = FactKind::ALL.iter().copied().filter(|kind| !used(*kind)).collect();
    let rolls = [FactKind::Membership, FactKind::Departure, FactKind::Founding];
    let later = [FactKind::Correction, FactKind::Office, FactKind::Exemption];
    assert_eq!(unused, [rolls, later].concat());
    assert!(unused.iter().all(|kind| kind.is_of_rolls() || *kind == FactKind::Correction));
}

#[test]
fn nobody_is_scored_by_clicks_log_ins_or_time() {
    for word in [
        "log-in",
        "logins",
        "online-time",
        "OnlineMinutes",
        "likes",
        "forwards",
        "study-seconds",
        "clock_in",
        "在线时长",
        "点赞数",
    ] {
        for field in ["id", "name"] {
            let error = refused(|rule| rule[field] = json!(word));
            assert!(matches!(&error, SheetError::Forbidden { word: found, .. } if found == word), "{error}");
        }
        let error = refused(|rule| rule["facts"] = json!(["theme-day", word]));
        let text = error.to_string();
        assert!(matches!(error, SheetError::Forbidden { .. }), "{text}");
        assert!(
            text.contains("org-life.meetings") && text.contains(word) && text.contains("国办函〔2026〕12号"),
            "{text}"
        );
    }
}

#[test]
fn a_sheet_that_does_not_add_up_is_refused() {
    let error = refused(|rule| rule["facts"] = json!(["applause"]));
    assert_eq!(error.to_string(), "rule org-life.meetings refers to \"applause\", which is no fact");
    let error = refused(|rule| rule["facts"] = json!(["correction"]));
    assert!(matches!(error, SheetError::UnknownFact { .. }), "{error}");
    let error = refused(|rule| rule["whole"] = json!(4001));
    assert!(matches!(error, SheetError::Sum { dimension: Dimension::OrgLife, sum: 10_001 }), "{error}");
    let error = refused(|rule| rule["id"] = json!("study.hours"));
    assert!(matches!(&error, SheetError::Twice(id) if id == "study.hours"), "{error}");
    for (field, value) in [("facts", json!([])), ("whole", json!(0)), ("counting", json!({ "records": 0 }))] {
        let error = refused(|rule| rule[field] = value.clone());
        assert!(matches!(&error, SheetError::Empty(id) if id == "org-life.meetings"), "{error}");
    }
    for (field, value) in
        [("bonus", json!(1)), ("whole", json!(-1)), ("counting", json!("often")), ("dimension", json!("x"))]
    {
        let error = refused(|rule| rule[field] = value.clone());
        assert!(matches!(error, SheetError::Unreadable(_)), "{error}");
    }
    assert!(matches!(Sheet::read("{"), Err(SheetError::Unreadable(_))));
}

#[test]
fn a_dimension_is_named_alike_everywhere() {
    for dimension in Dimension::OF_MEMBER.into_iter().chain(Dimension::OF_BRANCH) {
        assert_eq!(json!(dimension), dimension.slug());
    }
}
