//! Findings: I6 and I8.

use super::Content;
use finding_records::FindingRow;

pub(super) fn keys(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in &content.findings {
        let fresh = FindingRow::new(row.finding.clone(), row.path.clone());
        if (&row.pk, &row.area, &row.place) != (&fresh.pk, &fresh.area, &fresh.place) {
            wrong.push(format!("{} is listed under {} {}", row.finding.id, row.area, row.place));
        }
        let place = content.organizations.get(&row.finding.organization).map(|row| &row.node.path);
        if place != Some(&row.path) {
            wrong.push(format!("{} says {}, the tree says {place:?}", row.finding.id, row.path));
        }
    }
    wrong
}

pub(super) fn references(content: &Content) -> Vec<String> {
    let mut wrong = Vec::new();
    for finding in content.findings.iter().map(|row| &row.finding) {
        if finding.member.is_some_and(|member| !content.members.contains_key(&member)) {
            wrong.push(format!("{} is about somebody who is not there", finding.id));
        }
        if finding.records.is_empty() && finding.looked_for.is_none() {
            wrong.push(format!("{} names no record and nothing that was looked for", finding.id));
        }
        if finding.closed.as_ref().is_some_and(|closure| closure.by.is_some() != closure.reason.is_some()) {
            wrong.push(format!("{} was closed by a person without a reason, or by nobody with one", finding.id));
        }
    }
    wrong
}
