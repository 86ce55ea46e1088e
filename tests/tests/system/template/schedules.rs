//! Schedules: one job each, at times that are the same wherever the stack is deployed, in the list that `job-watch` goes by.

use super::Template;
use jobs::Schedule;
use serde_json::Value;
use std::collections::BTreeSet;
use system::checked_in;

/// Every schedule, in the order of the template.
fn schedules() -> Vec<Schedule> {
    let template = Template::load();
    let mut all = Vec::new();
    for function in template.functions() {
        let timeout = [function.property("Timeout"), &template.section("Globals")["Function"]["Timeout"]];
        let timeout = timeout.into_iter().find_map(Value::as_u64).unwrap();
        for (name, kind, event) in function.events() {
            if kind != "ScheduleV2" {
                continue;
            }
            let input: Value = serde_json::from_str(event["Input"].as_str().unwrap()).unwrap();
            let job = input["detail"]["job"].as_str().unwrap();
            assert_eq!(job.split('.').next().unwrap(), function.crate_name(), "{name} names a job of another function");
            assert_eq!(input["time"], "<aws.scheduler.scheduled-time>", "{name}: its slot is when it was due");
            all.push(Schedule {
                job: job.to_owned(),
                description: event["Description"].as_str().unwrap().to_owned(),
                expression: event["ScheduleExpression"].as_str().unwrap().to_owned(),
                enabled: event["State"] != "DISABLED",
                timeout_seconds: timeout.try_into().unwrap(),
            });
        }
    }
    all
}

#[test]
fn every_schedule_has_a_job_of_its_own() {
    let all = schedules();
    let names: BTreeSet<_> = all.iter().map(|schedule| &schedule.job).collect();
    assert_eq!(names.len(), all.len(), "two schedules of one job: give one of them a name behind a dot");
}

#[test]
fn the_list_of_schedules_is_checked_in() {
    let text = serde_json::to_string_pretty(&schedules()).unwrap();
    checked_in("shared/jobs/src/schedules.json", &format!("{text}\n"));
}
