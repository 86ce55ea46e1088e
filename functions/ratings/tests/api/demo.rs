//! Demo data is made by the rules.

use crate::stage::stage;
use ratings::{DemoReview, StarBranch, demo_stars};
use register::Node;
use std::collections::BTreeSet;

#[tokio::test]
async fn branches_of_demo_data_are_each_a_step_further() {
    let stage = stage().await;
    let (town, secretary) = (&stage.town, stage.secretary.id);
    let nodes: Vec<Node> = (1..=5_u8)
        .map(|n| {
            let id = kernel::OrgId::from_bytes(50, [n; 10]);
            Node { id, path: town.street.path.child(id).unwrap(), ..town.branch.clone() }
        })
        .collect();
    let branches: Vec<_> = nodes.iter().map(|node| StarBranch { node, secretary }).collect();
    let review = DemoReview {
        committee: town.city.id,
        department: stage.officer.id,
        reviewer: stage.desk.id,
        home: town.neighbour.id,
        branches: &branches,
        trace: &[],
    };
    let (rows, told) = demo_stars(review, stage.bench.now()).unwrap();
    assert_eq!(rows.len(), 1 + 2 * 5, "a sheet, and two of each branch");
    let states: Vec<_> = rows.iter().filter_map(|row| row["state"].as_str()).collect();
    assert_eq!(states, ["draft", "submitted", "reviewed", "notice", "awarded"]);
    let stars: Vec<_> = rows.iter().filter_map(|row| row["star"].as_u64()).collect();
    assert_eq!(stars, [4, 5]);
    assert_eq!(told.len(), 1 + 2 + 3 + 5 + 6 + 7);
    let keys: BTreeSet<_> = rows.iter().map(|row| (row["pk"].to_string(), row["sk"].to_string())).collect();
    assert_eq!(keys.len(), rows.len());
    let again = demo_stars(review, stage.bench.now()).unwrap().0;
    assert_eq!(again, rows);
}
