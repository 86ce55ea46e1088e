//! Demo data says what the rules say.

use crate::stage::stage;
use findings::{DemoRecords, demo_findings};
use register::Node;

#[tokio::test]
async fn findings_of_demo_data_are_found_by_the_rules_and_one_is_closed() {
    let stage = stage().await;
    let branch = Node { founded_on: "2026-01-01".parse().unwrap(), ..stage.town.branch.clone() };
    let records = DemoRecords { branch: &branch, secretary: &stage.secretary, meetings: &[], appointments: &[] };
    let (rows, told) = demo_findings(records, stage.bench.now()).unwrap();
    // Theme days of three months, and the meeting of the third quarter.
    assert_eq!((rows.len(), told.len()), (4, 5));
    let closed: Vec<_> = rows.iter().filter(|row| !row["closed"].is_null()).collect();
    assert_eq!(closed.len(), 1);
    assert_eq!((&closed[0]["rule"], &closed[0]["period"]), (&"no-theme-day".into(), &"2026-08".into()));
    let again = demo_findings(records, stage.bench.now()).unwrap().0;
    let ids = |rows: &[serde_json::Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&rows));
}
