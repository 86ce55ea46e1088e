//! Demo data is made by the rules.

use crate::stage::{Stage, stage};
use dynamo::Activity;
use ratings::{DemoReview, StarBranch, demo_ended_star, demo_stars};
use register::{Member, Node};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Branches of the sub-district.
fn nodes(stage: &Stage) -> Vec<Node> {
    let node = |n: u8| {
        let id = kernel::OrgId::from_bytes(50, [n; 10]);
        Node { id, path: stage.town.street.path.child(id).unwrap(), ..stage.town.branch.clone() }
    };
    (1..=5).map(node).collect()
}

fn review<'a>(stage: &Stage, branches: &'a [StarBranch<'a>], objecting: &'a [&'a Member]) -> DemoReview<'a> {
    DemoReview {
        committee: stage.town.city.id,
        department: stage.officer.id,
        colleague: stage.colleague.id,
        reviewer: stage.desk.id,
        home: stage.town.neighbour.id,
        branches,
        objecting,
        trace: &[],
    }
}

/// Rows whose sort keys begin with `start`, in their order.
fn of<'a>(rows: &'a [Value], start: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["sk"].as_str().unwrap().starts_with(start)).collect()
}

/// Rows of applications, in their order.
fn applications(rows: &[Value]) -> Vec<&Value> {
    rows.iter().filter(|row| row["sk"] == "STA").collect()
}

#[tokio::test]
async fn branches_of_demo_data_are_each_a_step_further() {
    let stage = stage().await;
    let (nodes, secretary) = (nodes(&stage), stage.secretary.id);
    let branches: Vec<_> = nodes.iter().map(|node| StarBranch { node, secretary }).collect();
    let made = demo_stars(review(&stage, &branches, &[]), stage.bench.now()).unwrap();
    assert_eq!(made.rows.len(), 1 + 3 * 5, "a sheet, and three of each branch");
    let applications = applications(&made.rows);
    let states: Vec<_> = applications.iter().filter_map(|row| row["state"].as_str()).collect();
    assert_eq!(states, ["draft", "submitted", "reviewed", "notice", "awarded"]);
    let stars: Vec<_> = applications.iter().filter_map(|row| row["star"].as_u64()).collect();
    assert_eq!(stars, [4, 5]);
    assert_eq!(made.activities.len(), 1 + 2 + 3 + 5 + 6 + 7);
    assert!(made.notices.is_empty() && made.readings.is_empty());
}

#[tokio::test]
async fn one_objection_is_answered_and_one_waits_and_no_organisation_is_told_whose_they_are() {
    let stage = stage().await;
    let (nodes, secretary) = (nodes(&stage), stage.secretary.id);
    let branches: Vec<_> = nodes.iter().map(|node| StarBranch { node, secretary }).collect();
    let objecting = [&stage.neighbour, &stage.member];
    let made = demo_stars(review(&stage, &branches, &objecting), stage.bench.now()).unwrap();
    let [answered, open] = of(&made.rows, "sto_")[..] else { panic!("{:?}", made.rows) };
    assert_eq!((&answered["state"], &open["state"]), (&json!("refused"), &json!("open")));
    assert_eq!((&answered["answeredBy"], answered["answer"].is_string()), (&json!(stage.officer.id), true));
    assert_eq!((answered.get("waitsAt"), &open["waitsAt"]), (None, &json!(stage.town.city.id)));
    assert!(!open["barred"].as_array().unwrap().contains(&json!(stage.officer.id)), "{open}");
    assert_eq!((of(&made.rows, "BY#1#").len(), &of(&made.rows, "OBJECTIONS")[0]["version"]), (2, &json!(2)));

    let [(whose, reading)] = made.readings.as_slice() else { panic!("{:?}", made.readings) };
    assert_eq!((*whose, reading.reader), (stage.neighbour.id, stage.officer.id));
    // Two that the department is told of, and one that is told of the answer.
    assert_eq!((of(&made.notices, "CAUSE#").len(), of(&made.notices, "ntc_").len(), made.notices.len()), (3, 1, 5));

    let (own, of_organizations): (Vec<_>, Vec<_>) =
        made.activities.iter().partition(|activity| Activity::is_of_account(&activity.subject));
    assert_eq!(own.len(), 2);
    let told = serde_json::to_string(&of_organizations).unwrap();
    assert!(told.contains("star-objection.answered"), "{told}");
    assert!(objecting.iter().all(|member| !told.contains(&member.id.to_string())), "{told}");

    let all: Vec<_> = made.rows.iter().chain(&made.notices).collect();
    let keys: BTreeSet<_> = all.iter().map(|row| (row["pk"].to_string(), row["sk"].to_string())).collect();
    assert_eq!(keys.len(), all.len());
    let again = demo_stars(review(&stage, &branches, &objecting), stage.bench.now()).unwrap();
    assert_eq!((again.rows, again.notices), (made.rows, made.notices));
}

#[tokio::test]
async fn what_a_branch_handed_in_ends_with_it() {
    let stage = stage().await;
    let (nodes, secretary) = (nodes(&stage), stage.secretary.id);
    let branch = StarBranch { node: &nodes[0], secretary };
    let made = demo_ended_star(review(&stage, &[], &[]), branch, stage.bench.now()).unwrap();
    let [ended] = applications(&made.rows)[..] else { panic!("{:?}", made.rows) };
    assert_eq!((&ended["state"], &ended["branchClosedOn"]), (&json!("branch-closed"), &json!("2026-11-24")));
    let still = ["waitsAt", "barred", "shown", "star"].map(|name| ended.get(name));
    assert_eq!(still, [None; 4], "nobody has to do anything about it");
    assert_eq!(of(&made.rows, "FILED")[0]["version"], json!(2));
    let kinds: Vec<_> = made.activities.iter().map(|activity| activity.kind.as_str()).collect();
    assert_eq!(kinds, ["star-sheet.drawn", "star.applied", "star.self-scored", "star.submitted", "star.closed"]);
    assert_eq!(made.activities[4].after["version"], ended["version"]);
}
