//! Demo data says what the rules say.

use crate::stage::stage;
use authz::Role;
use findings::{DemoRecords, demo_findings};
use kernel::AppointmentId;
use register::{Appointment, Node};

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

#[tokio::test]
async fn an_account_and_talks_that_the_year_before_lacks_are_open_since_the_first_night_of_this_one() {
    let stage = stage().await;
    let office = Appointment {
        id: AppointmentId::from_bytes(1, [1; 10]),
        organization: stage.town.branch.id,
        role: Role::Secretary,
        holder: stage.secretary.id,
        holder_name: "林书".try_into().unwrap(),
        from: "2025-07-04".parse().unwrap(),
        until: None,
        decision: "任命".try_into().unwrap(),
        version: 1,
    };
    let appointments = [office];
    let (branch, secretary) = (&stage.town.branch, &stage.secretary);
    let records = DemoRecords { branch, secretary, meetings: &[], appointments: &appointments };
    let (rows, told) = demo_findings(records, stage.bench.now()).unwrap();
    assert_eq!((rows.len(), told.len()), (7, 8));
    let lasting: Vec<_> = rows.iter().filter(|row| row["period"] == "2025").collect();
    let rules: Vec<_> = lasting.iter().map(|row| row["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["no-talk-with-members", "no-talk-among-members", "no-secretary-account"]);
    assert!(lasting.iter().all(|row| row["foundOn"] == "2026-01-01" && row["closed"].is_null()), "{lasting:?}");
}
