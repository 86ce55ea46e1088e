//! Every alarm leads to the section of the runbook that says what to do, and every section has its alarm.

use super::Template;
use std::collections::BTreeSet;

const RUNBOOK: &str = include_str!("../../../../docs/RUNBOOK.md");

/// What each section tells, in this order.
const PARTS: [&str; 4] = ["**What it means.**", "**Look.**", "**Do.**", "**Over when**"];

#[test]
fn every_alarm_says_what_to_do_and_names_its_section() {
    for alarm in Template::load().all("AWS::CloudWatch::Alarm") {
        let name = alarm.property("AlarmName")["Fn::Sub"].as_str().unwrap();
        let anchor = name.strip_prefix("${AWS::StackName}-").unwrap();
        let description = alarm.property("AlarmDescription").as_str().unwrap();
        let link = format!(" docs/RUNBOOK.md#{anchor}");
        let advice = description.strip_suffix(&link).unwrap_or_else(|| panic!("{}: {description}", alarm.id));
        assert!(advice.len() >= 60 && description.len() <= 1_024, "{}: {description}", alarm.id);
        assert!(RUNBOOK.contains(&format!("\n## {anchor}\n")), "docs/RUNBOOK.md has no section {anchor}");
    }
}

#[test]
fn every_alarm_reaches_the_topic_and_calls_off_there_too() {
    for alarm in Template::load().all("AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            let choice = &alarm.property(actions)["Fn::If"];
            assert_eq!(choice[0], "HasAlarmTopic", "{}: {actions}", alarm.id);
            assert_eq!(choice[1][0]["Ref"], "AlarmTopicArn", "{}: {actions}", alarm.id);
        }
        let missing = alarm.property("TreatMissingData");
        assert!(missing == "notBreaching" || missing == "breaching", "{}: {missing}", alarm.id);
    }
}

#[test]
fn every_section_belongs_to_an_alarm_and_is_complete() {
    let template = Template::load();
    let names = template.all("AWS::CloudWatch::Alarm");
    let names = names.iter().map(|alarm| alarm.property("AlarmName")["Fn::Sub"].as_str().unwrap());
    let anchors: BTreeSet<&str> = names.map(|name| name.strip_prefix("${AWS::StackName}-").unwrap()).collect();
    for section in RUNBOOK.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        if title == "Before you begin" {
            continue;
        }
        assert!(anchors.contains(title), "no alarm leads to the section {title}");
        let mut rest = body;
        for part in PARTS {
            let (_, after) =
                rest.split_once(part).unwrap_or_else(|| panic!("{title}: {part} is missing or out of order"));
            rest = after;
        }
    }
}
