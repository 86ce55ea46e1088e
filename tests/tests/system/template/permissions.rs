//! Least privilege: each function has the actions that it names, on the resources that it names.

use super::{Template, attribute, list, texts};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn a_grant_names_its_actions_and_resources() {
    for function in Template::load().functions() {
        for statement in function.statements() {
            let place = format!("{}: {statement}", function.id);
            assert_eq!(statement["Effect"], "Allow", "{place}");
            assert!(statement["Sid"].is_string(), "{place} does not say what it is for");
            assert!(statement["NotAction"].is_null(), "{place}");
            let actions = texts(&statement["Action"]);
            assert!(!actions.is_empty() && actions.iter().all(|action| !action.contains('*')), "{place}");
            if actions == ["sns:Publish"] {
                // Phone numbers have no ARN, topics do: everything that has one is excluded.
                assert_eq!(statement["NotResource"]["Fn::Sub"], "arn:${AWS::Partition}:sns:*:*:*", "{place}");
            } else if actions == ["ses:SendEmail"] {
                // What was verified is an address or its host: the condition says from which address.
                assert_eq!(
                    statement["Resource"]["Fn::Sub"],
                    "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*",
                    "{place}"
                );
                assert_eq!(statement["Condition"]["StringEquals"]["ses:FromAddress"]["Ref"], "MailFrom", "{place}");
            } else {
                // The objects of a bucket have no other name than the beginning of their keys.
                let resources = texts(&statement["Resource"]);
                let named = |resource: &String| {
                    let end = if resource.contains("Bucket.Arn}/") { "/*\"}" } else { "" };
                    !resource.strip_suffix(end).unwrap_or(resource).contains('*')
                };
                assert!(!resources.is_empty() && resources.iter().all(named), "{place}");
            }
        }
    }
}

#[test]
fn no_function_scans_and_none_uses_a_ready_made_policy() {
    for function in Template::load().functions() {
        for policy in list(function.property("Policies")) {
            assert!(policy["Statement"].is_array(), "{}: {policy} grants more than a reader sees", function.id);
        }
        for action in function.statements().iter().flat_map(|statement| texts(&statement["Action"])) {
            let banned = ["Scan", "PartiQL", "DeleteTable", "UpdateTable", "CreateTable"];
            assert!(!banned.iter().any(|word| action.contains(word)), "{}: {action}", function.id);
        }
    }
}

#[test]
fn the_trace_can_only_grow() {
    for function in Template::load().functions() {
        for statement in function.statements() {
            if statement["Resource"].to_string().contains("ActivitiesTable") {
                // Whoever reads its stream reads what was put.
                let streamed = attribute(&statement["Resource"]) == Some("ActivitiesTable.StreamArn");
                let of_stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
                let of_stream = of_stream.map(|action| format!("dynamodb:{action}"));
                let of_table = ["dynamodb:PutItem", "dynamodb:Query"].map(str::to_owned);
                let allowed = if streamed { of_stream.to_vec() } else { of_table.to_vec() };
                let actions = texts(&statement["Action"]);
                assert!(actions.iter().all(|action| allowed.contains(action)), "{}: {actions:?}", function.id);
            }
        }
    }
}

/// The table of dues holds books, payments and the sealed secrets of providers beside what is a member's.
#[test]
fn whoever_does_not_keep_dues_reads_the_kind_of_rows_that_it_names() {
    for function in Template::load().functions() {
        if ["dues", "dues-bills"].contains(&function.crate_name()) {
            continue;
        }
        for statement in function.statements() {
            let on_dues = |resource: &&Value| attribute(resource) == Some("DuesTable.Arn");
            if resources(&statement["Resource"]).iter().any(on_dues) {
                let keys = texts(&statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
                assert!(
                    matches!(keys.as_slice(), [one] if one == "MBR#*" || one == "BOOK#*"),
                    "{}: {statement}",
                    function.id
                );
            }
        }
    }
}

#[test]
fn a_granted_index_exists() {
    let template = Template::load();
    for function in template.functions() {
        for resource in function.statements().iter().flat_map(|statement| resources(&statement["Resource"])) {
            let Some(path) = resource["Fn::Sub"].as_str().filter(|path| path.contains("Table.Arn}")) else { continue };
            let (table, index) = path.strip_prefix("${").and_then(|path| path.split_once(".Arn}/index/")).unwrap();
            let indexes = list(template.get(table).unwrap().property("GlobalSecondaryIndexes"));
            assert!(indexes.iter().any(|declared| declared["IndexName"] == index), "{}: {path}", function.id);
        }
    }
}

/// A key policy is read for the one key it is part of, so its resource is `*`; its actions are named, nobody may do all,
/// and where everyone is meant a condition says who that is.
#[test]
fn key_policies_name_their_actions_and_no_stranger() {
    for key in Template::load().all("AWS::KMS::Key") {
        let mut administration = BTreeSet::new();
        for statement in list(&key.property("KeyPolicy")["Statement"]) {
            let actions = texts(&statement["Action"]);
            assert!(actions.iter().all(|action| !action.contains('*')), "{}: {actions:?}", key.id);
            if statement["Principal"]["AWS"] == "*" {
                assert!(!statement["Condition"]["StringEquals"]["kms:CallerAccount"].is_null(), "{}", key.id);
                assert!(!statement["Condition"]["StringLike"]["kms:ViaService"].is_null(), "{}", key.id);
            }
            if statement["Sid"] == "Administration" {
                administration.extend(actions);
            }
        }
        assert!(administration.contains("kms:PutKeyPolicy"), "{} could never be changed again", key.id);
        for action in ["kms:Decrypt", "kms:Sign", "kms:CreateGrant", "kms:GenerateDataKey"] {
            assert!(!administration.contains(action), "{}: who administers the key may not use it", key.id);
        }
        assert!(key.is_kept(), "{}", key.id);
    }
}

fn resources(node: &Value) -> Vec<&Value> {
    if node.is_array() { list(node).iter().collect() } else { vec![node] }
}
