//! What every function must have beside it.

use super::{Resource, Template, attribute, list, reference, texts};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// The Cybersecurity Law asks for six months; the standard of this project is 180 days.
const LOG_DAYS: i64 = 180;

#[test]
fn every_function_is_a_crate_and_every_crate_a_function() {
    let template = Template::load();
    let declared: BTreeSet<String> = template.functions().iter().map(|f| f.crate_name().to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let crates = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let crates = crates.filter(|path| path.join("Cargo.toml").is_file());
    let crates = crates.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    assert_eq!(declared, crates.collect());
}

#[test]
fn every_function_logs_to_its_own_group_for_at_least_half_a_year() {
    let template = Template::load();
    let mut groups = BTreeSet::new();
    for function in template.functions() {
        let name =
            reference(&function.property("LoggingConfig")["LogGroup"]).unwrap_or_else(|| panic!("{}", function.id));
        let group = template.get(name).unwrap();
        assert_eq!(group.kind(), "AWS::Logs::LogGroup", "{}", function.id);
        assert!(groups.insert(name.to_owned()), "{name} belongs to two functions");
    }
    for group in template.all("AWS::Logs::LogGroup") {
        assert!(template.least(group.property("RetentionInDays")) >= LOG_DAYS, "{}", group.id);
        assert!(group.is_kept(), "{} is deleted with the stack", group.id);
    }
}

#[test]
fn every_function_has_an_alarm_for_errors_and_all_together_one_for_throttles() {
    let template = Template::load();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    for function in template.functions() {
        let watched = alarms.iter().any(|alarm| watches(*alarm, "AWS/Lambda", "Errors", function.id));
        assert!(watched, "nothing watches errors of {}", function.id);
    }
    let throttles = alarms.iter().filter(|alarm| alarm.property("MetricName") == "Throttles");
    let all: Vec<_> = throttles.map(|alarm| (alarm.id, alarm.property("Dimensions").is_null())).collect();
    assert_eq!(all, [("FunctionsThrottles", true)], "concurrency is the account's, whoever uses it up");
}

/// A new version gets its traffic as the installation wants it, and loses it again when the function's alarm rings.
#[test]
fn every_deployment_is_watched_by_the_alarm_of_its_function() {
    let template = Template::load();
    let globals = &template.section("Globals")["Function"];
    assert_eq!(globals["AutoPublishAlias"], "live");
    assert_eq!(globals["DeploymentPreference"]["Type"]["Ref"], "Rollout");
    for function in template.functions() {
        let watched = list(&function.property("DeploymentPreference")["Alarms"]);
        let names: Vec<_> = watched.iter().filter_map(reference).collect();
        assert_eq!(names, [format!("{}Errors", function.id)], "{}", function.id);
        let alarm = template.get(names[0]).unwrap();
        assert!(watches(alarm, "AWS/Lambda", "Errors", function.id), "{}", function.id);
    }
    let authorizer = &template.get("Api").unwrap().property("Auth")["Authorizers"]["Caller"]["FunctionArn"];
    assert_eq!(reference(authorizer), Some("Authorizer.Alias"), "the gateway asks the version that is live");
}

/// What no caller waits for must not get lost: bounded retries, a dead-letter queue that is watched, and an alarm for
/// when nothing happens at all.
#[test]
fn every_schedule_is_bounded_and_leaves_what_failed_in_a_watched_queue() {
    let template = Template::load();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    for function in template.functions() {
        for (name, kind, event) in function.events() {
            match kind {
                "ScheduleV2" => {}
                // SAM would let it take messages from every queue of the account.
                "SQS" => panic!("{}.{name}: queues are read by an AWS::Lambda::EventSourceMapping", function.id),
                other => panic!("{}.{name}: no rule for events of type {other} yet, write one", function.id),
            }
            assert_eq!(event["ScheduleExpressionTimezone"], "Asia/Shanghai", "{name}");
            assert_eq!(event["OmitName"], true, "{name} could exist only once in an account");
            assert!(event["RetryPolicy"]["MaximumRetryAttempts"].as_i64().unwrap() <= 3, "{name}");
            assert!(event["RetryPolicy"]["MaximumEventAgeInSeconds"].is_i64(), "{name}");
            let invoke = function.property("EventInvokeConfig");
            assert!(invoke["MaximumRetryAttempts"].is_i64() && invoke["MaximumEventAgeInSeconds"].is_i64(), "{name}");

            let of_schedule = attribute(&event["DeadLetterConfig"]["Arn"]).unwrap();
            let of_function = attribute(&invoke["DestinationConfig"]["OnFailure"]["Destination"]).unwrap();
            for queue in [of_schedule, of_function] {
                keeps_what_failed(&template, queue);
            }
            let silence = |alarm: &&Resource<'_>| alarm.property("TreatMissingData") == "breaching";
            let silence = alarms.iter().filter(silence);
            assert!(
                silence.into_iter().any(|alarm| watches(*alarm, "AWS/Lambda", "Invocations", function.id)),
                "{name}"
            );
        }
    }
}

/// What reads a queue or a stream: the function, and the resource and attribute that it reads.
fn mapped<'a>(template: &'a Template, mapping: Resource<'a>) -> (Resource<'a>, &'a str, &'a str) {
    // The version that is live.
    let reader = reference(mapping.property("FunctionName")).unwrap().strip_suffix(".Alias").unwrap();
    let (source, part) = attribute(mapping.property("EventSourceArn")).unwrap().split_once('.').unwrap();
    (template.get(reader).unwrap(), source, part)
}

/// The actions that `function` is granted on `resource`.
fn granted_on(function: Resource<'_>, resource: &str) -> BTreeSet<String> {
    let on_it = function.statements().into_iter().filter(|grant| attribute(&grant["Resource"]) == Some(resource));
    on_it.flat_map(|grant| texts(&grant["Action"])).collect()
}

/// Nor what a queue brings: nobody takes a message while somebody may still be at work on it, of a batch only what failed
/// comes again, and what fails each time ends in a queue that is watched.
#[test]
fn every_queue_that_is_read_gives_up_into_a_watched_one() {
    let template = Template::load();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    for mapping in template.all("AWS::Lambda::EventSourceMapping") {
        let (function, source, part) = mapped(&template, mapping);
        let queue = template.get(source).unwrap();
        if queue.kind() == "AWS::DynamoDB::Table" {
            continue;
        }
        assert_eq!(queue.kind(), "AWS::SQS::Queue", "{}: no rule for other sources yet, write one", mapping.id);
        assert_eq!(texts(mapping.property("FunctionResponseTypes")), ["ReportBatchItemFailures"], "{}", mapping.id);
        assert!(mapping.property("BatchSize").is_i64(), "{}", mapping.id);
        assert!(mapping.property("ScalingConfig")["MaximumConcurrency"].is_i64(), "{}", mapping.id);

        let timeout = [function.property("Timeout"), &template.section("Globals")["Function"]["Timeout"]];
        let timeout = timeout.into_iter().find_map(Value::as_i64).unwrap();
        assert!(queue.property("VisibilityTimeout").as_i64().unwrap() >= 6 * timeout, "{}", queue.id);
        assert_eq!(queue.property("SqsManagedSseEnabled"), true, "{}", queue.id);
        let redrive = queue.property("RedrivePolicy");
        assert!(redrive["maxReceiveCount"].as_i64().unwrap() >= 5, "{}", queue.id);
        keeps_what_failed(&template, attribute(&redrive["deadLetterTargetArn"]).unwrap());
        let age = "ApproximateAgeOfOldestMessage";
        assert!(alarms.iter().any(|alarm| watches(*alarm, "AWS/SQS", age, queue.id)), "{}", queue.id);

        // A function that sends to itself, and what Lambda asks in its name.
        let used = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        let granted = granted_on(function, &format!("{source}.{part}"));
        assert_eq!(granted, used.map(str::to_owned).into(), "{}", function.id);
    }
}

/// Nor what a stream brings: it begins with the first change that is kept, goes on from what failed, gives up what fails each time
/// alone and into a queue that is watched, and an alarm says how far it is behind.
#[test]
fn every_stream_that_is_read_gives_up_into_a_watched_queue() {
    let template = Template::load();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    let mut streams = BTreeSet::new();
    for mapping in template.all("AWS::Lambda::EventSourceMapping") {
        let (function, source, part) = mapped(&template, mapping);
        let table = template.get(source).unwrap();
        if table.kind() != "AWS::DynamoDB::Table" {
            continue;
        }
        assert_eq!(part, "StreamArn", "{}", mapping.id);
        assert!(
            streams.insert(source),
            "{source}: a third reader of a shard slows down both others, so each stream has one"
        );
        assert_eq!(table.property("StreamSpecification")["StreamViewType"], "NEW_IMAGE", "{source}");
        assert_eq!(mapping.property("StartingPosition"), "TRIM_HORIZON", "{}", mapping.id);
        assert_eq!(texts(mapping.property("FunctionResponseTypes")), ["ReportBatchItemFailures"], "{}", mapping.id);
        assert_eq!(mapping.property("BisectBatchOnFunctionError"), true, "{}", mapping.id);
        assert!(mapping.property("ParallelizationFactor").is_null(), "{}: rows are taken in order", mapping.id);
        for bound in
            ["BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds"]
        {
            assert!(mapping.property(bound).as_i64().unwrap() > 0, "{}: {bound}", mapping.id);
        }
        let failures = attribute(&mapping.property("DestinationConfig")["OnFailure"]["Destination"]).unwrap();
        keeps_what_failed(&template, failures);
        assert!(
            alarms.iter().any(|alarm| watches(*alarm, "AWS/Lambda", "IteratorAge", function.id)),
            "{}",
            function.id
        );

        // What Lambda asks in the function's name.
        let used = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
        let used = used.map(|action| format!("dynamodb:{action}"));
        assert_eq!(granted_on(function, &format!("{source}.{part}")), used.into(), "{}", function.id);
        assert_eq!(granted_on(function, failures), ["sqs:SendMessage".to_owned()].into(), "{}", function.id);
    }
    // A stream that nobody reads costs nothing, and says that somebody forgot something.
    let tables = template.all("AWS::DynamoDB::Table");
    let declared = tables.iter().filter(|table| !table.property("StreamSpecification").is_null());
    assert_eq!(declared.map(|table| table.id).collect::<BTreeSet<_>>(), streams);
}

/// The dead-letter queue with this ARN keeps what failed for as long as a queue can, and an alarm says that there is something.
fn keeps_what_failed(template: &Template, arn: &str) {
    let queue = template.get(arn.strip_suffix(".Arn").unwrap()).unwrap();
    assert_eq!(queue.kind(), "AWS::SQS::Queue");
    assert_eq!(queue.property("MessageRetentionPeriod"), 1_209_600, "{} keeps 14 days", queue.id);
    assert_eq!(queue.property("SqsManagedSseEnabled"), true, "{}", queue.id);
    let depth = "ApproximateNumberOfMessagesVisible";
    let alarms = template.all("AWS::CloudWatch::Alarm");
    assert!(alarms.iter().any(|alarm| watches(*alarm, "AWS/SQS", depth, queue.id)), "{}", queue.id);
}

/// A setting that names a table or key without a grant fails at the first request; a grant without a setting is too much.
#[test]
fn the_settings_of_a_function_name_exactly_what_its_policies_grant() {
    let template = Template::load();
    let mappings = template.all("AWS::Lambda::EventSourceMapping");
    for function in template.functions() {
        let settings = function.property("Environment")["Variables"].as_object().unwrap();
        // Where Lambda puts what a function cannot take from a stream, the function need not know.
        let own = mappings.iter().filter(|mapping| mapped(&template, **mapping).0.id == function.id);
        let given_up =
            own.filter_map(|mapping| resource_of(&mapping.property("DestinationConfig")["OnFailure"]["Destination"]));
        let named: BTreeSet<&str> = settings.values().filter_map(resource_of).chain(given_up).collect();
        let granted = function.statements().into_iter().flat_map(|statement| {
            let resources = &statement["Resource"];
            if resources.is_array() { list(resources).iter().collect() } else { vec![resources] }
        });
        let granted: BTreeSet<&str> = granted.filter_map(resource_of).collect();
        let stored = |names: BTreeSet<&str>| -> BTreeSet<String> {
            let is_resource = |name: &&str| template.get(name).is_some();
            names.into_iter().filter(is_resource).map(str::to_owned).collect()
        };
        assert_eq!(stored(named), stored(granted), "{}", function.id);
    }
}

#[test]
fn the_setting_of_a_table_is_called_like_the_table() {
    let template = Template::load();
    for function in template.functions() {
        for (setting, value) in function.property("Environment")["Variables"].as_object().unwrap() {
            let Some(resource) = resource_of(value).and_then(|name| template.get(name)) else { continue };
            let expected: String = resource.id.chars().fold(String::new(), |name, letter| {
                let gap = if letter.is_ascii_uppercase() && !name.is_empty() { "_" } else { "" };
                name + gap + &letter.to_ascii_uppercase().to_string()
            });
            assert_eq!(*setting, expected, "{}", function.id);
        }
    }
}

/// The logical id in `!Ref Id`, `!GetAtt Id.Arn` or `!Sub ${Id.Arn}/index/name`.
fn resource_of(node: &Value) -> Option<&str> {
    let path = reference(node).or_else(|| attribute(node)).or_else(|| node["Fn::Sub"].as_str()?.strip_prefix("${"))?;
    path.split(['.', '}']).next()
}

/// Whether `alarm` is on this metric of the resource `id`.
fn watches(alarm: Resource<'_>, namespace: &str, metric: &str, id: &str) -> bool {
    let dimensions = list(alarm.property("Dimensions"));
    let of_it = |dimension: &Value| resource_of(&dimension["Value"]) == Some(id);
    texts(alarm.property("Namespace")) == [namespace]
        && texts(alarm.property("MetricName")) == [metric]
        && dimensions.iter().any(of_it)
}
