//! Every number of the rules at its boundary.

mod founding;
mod offices;
mod places;
mod terms;

use super::*;
use jiff::Timestamp;
use kernel::{ErrorCode, OrgId, OrgPath};
use register::{BranchType, Node, NodeStatus, OrgKind};

const TODAY: &str = "2026-11-24";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn rules() -> &'static Rules {
    Rules::get().unwrap()
}

fn org(n: u8) -> OrgId {
    OrgId::from_bytes(u64::from(n), [n; 10])
}

fn node(kind: OrgKind, path: &[u8]) -> Node {
    let (first, rest) = path.split_first().unwrap();
    let path = rest.iter().fold(OrgPath::root(org(*first)), |path, n| path.child(org(*n)).unwrap());
    Node {
        id: path.id().unwrap(),
        path,
        name: "组织".try_into().unwrap(),
        kind,
        branch_type: (kind == OrgKind::Branch).then_some(BranchType::PublicInstitution),
        status: NodeStatus::Active,
        temporary: false,
        units: Vec::new(),
        project_until: None,
        division: None,
        founded_on: day("2020-01-15"),
        term: None,
        closed_on: None,
        merged_into: None,
        theme_day: None,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Code and article of a refusal.
fn told(refusal: &Refusal) -> (ErrorCode, Option<&str>) {
    (refusal.code, refusal.article)
}

fn codes(warnings: &[Warning]) -> Vec<&str> {
    warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn the_rule_data_reads_and_names_an_article_for_each_number() {
    let text = include_str!("../../../../infra/rules/organizations.json");
    let data: serde_json::Value = serde_json::from_str(text).unwrap();
    let rules = rules();
    assert_eq!(data["version"], rules.version);
    assert!(data["inForce"].as_str().unwrap().parse::<Date>().is_ok() && data["sources"].is_array());
    let numbered = data.as_object().unwrap().values().flat_map(|value| match value {
        serde_json::Value::Array(all) => all.iter().filter(|one| one.is_object()).collect(),
        one if one.is_object() => vec![one],
        _ => Vec::new(),
    });
    for rule in numbered {
        assert!(!rule["article"].as_str().unwrap().is_empty(), "{rule}");
    }
}
