//! Notices, what marks them as unread, and the causes that claim them.

use super::Content;
use notices::{CauseRow, MarkRow, NoticeRow};
use serde_json::Value;
use std::collections::BTreeSet;

/// The rows of the table of notices whose sort keys begin with `start`.
fn rows<'a>(content: &'a Content, start: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = content.notices.iter();
    all.filter(move |row| row["sk"].as_str().is_some_and(|sk| sk.starts_with(start)))
}

fn key(row: &Value) -> (String, String) {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    (text("pk"), text("sk"))
}

/// Nobody was told two things of one cause.
pub(super) fn once(content: &Content) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let cause = |row: &Value| (key(row).0, row["cause"].as_str().unwrap_or_default().to_owned());
    let twice = rows(content, "ntc_").map(cause).filter(|cause| !seen.insert(cause.clone()));
    twice.map(|(pk, cause)| format!("{pk} was told of {cause} twice")).collect()
}

/// Each notice has the claim of its cause, and no mark is without its notice.
pub(super) fn claimed(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    let causes: BTreeSet<_> = rows(content, "CAUSE#").map(key).collect();
    let told: BTreeSet<_> = rows(content, "ntc_").map(key).collect();
    for row in rows(content, "ntc_") {
        let row: NoticeRow = serde_json::from_value(row.clone()).unwrap();
        let cause = CauseRow::of(&row.notice);
        if !causes.contains(&(cause.pk, cause.sk)) {
            wrong.push(format!("{} has no claim", row.sk));
        }
    }
    for (pk, sk) in rows(content, MarkRow::START).map(key) {
        let notice = sk.strip_prefix(MarkRow::START).unwrap_or_default().to_owned();
        if !told.contains(&(pk, notice)) {
            wrong.push(format!("{sk} marks nothing"));
        }
    }
    wrong
}
