//! Queues, streams, and what brings them to functions.

use super::*;
use std::time::Duration;

/// A template with one function and a mapping for it.
fn with_mapping(properties: &str) -> String {
    with_function("      Timeout: 20\n")
        + &format!("  Source: {{ Type: AWS::Lambda::EventSourceMapping, Properties: {{ {properties} }} }}\n")
}

/// A template with a mapping of `source` that says more.
fn reading(source: &str, more: &str) -> String {
    with_mapping(&format!("FunctionName: !Ref Accounts.Alias, EventSourceArn: !GetAtt {source}, {more}"))
}

const STREAM: &str = "ToldTable.StreamArn";

fn mapping(text: &str) -> Mapping {
    parse(text).unwrap().mappings.remove(0)
}

#[test]
fn a_queue_is_read_in_batches() {
    let more =
        "BatchSize: 3, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 2 }";
    let expected = Mapping {
        name: "Source".to_owned(),
        function: "Accounts".to_owned(),
        batch: 3,
        window: Duration::ZERO,
        partial: true,
        source: Source::Queue { name: "Queue".to_owned(), at_once: 2 },
    };
    assert_eq!(mapping(&reading("Queue.Arn", more)), expected);
    let usual = mapping(&reading("Queue.Arn", "MaximumBatchingWindowInSeconds: 7"));
    assert_eq!((usual.batch, usual.window, usual.partial), (10, Duration::from_secs(7), false));
    assert_eq!(usual.source, Source::Queue { name: "Queue".to_owned(), at_once: 5 });
}

#[test]
fn the_changes_of_a_table_are_read_in_batches() {
    let more = "StartingPosition: TRIM_HORIZON, BatchSize: 500, MaximumBatchingWindowInSeconds: 5, \
                BisectBatchOnFunctionError: true, MaximumRetryAttempts: 4, MaximumRecordAgeInSeconds: 3600, \
                ParallelizationFactor: 2, FilterCriteria: { Filters: [{ Pattern: '{\"eventName\":[\"INSERT\"]}' }] }, \
                DestinationConfig: { OnFailure: { Destination: !GetAtt Queue.Arn } }, Tags: []";
    let found = mapping(&reading(STREAM, more));
    assert_eq!((found.batch, found.window), (500, Duration::from_secs(5)));
    let expected = Stream {
        table: "told".to_owned(),
        retries: Some(4),
        oldest: Some(Duration::from_hours(1)),
        bisect: true,
        filters: vec![Filter::parse(r#"{"eventName":["INSERT"]}"#).unwrap()],
        failures: Some("Queue".to_owned()),
    };
    assert_eq!(found.source, Source::Stream(expected));
    let usual = mapping(&reading(STREAM, "StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: -1"));
    let expected = Stream {
        table: "told".to_owned(),
        retries: None,
        oldest: None,
        bisect: false,
        filters: Vec::new(),
        failures: None,
    };
    assert_eq!((usual.batch, usual.source), (100, Source::Stream(expected)));
}

#[test]
fn a_queue_hides_messages_and_gives_up() {
    let text = "Resources:\n  Work: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 90, MessageRetentionPeriod: 60, \
                RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 } } }\n  Dead: { Type: \
                AWS::SQS::Queue }\n";
    let redrive = Redrive { queue: "Dead".to_owned(), receives: 5 };
    let expected = [
        Queue { name: "Work".to_owned(), visibility: Duration::from_secs(90), redrive: Some(redrive) },
        Queue { name: "Dead".to_owned(), visibility: Duration::from_secs(30), redrive: None },
    ];
    assert_eq!(parse(text).unwrap().queues, expected);
}

#[test]
fn mappings_that_cannot_be_imitated() {
    let own = "EventSourceArn: !GetAtt Queue.Arn";
    for (properties, expected) in [
        (own, "FunctionName: is missing"),
        ("FunctionName: !GetAtt Accounts.Arn", "EventSourceArn: is missing"),
        (
            "FunctionName: other, EventSourceArn: !GetAtt Queue.Arn",
            "FunctionName: expected a function of this template",
        ),
        (
            "FunctionName: !GetAtt Accounts.Arn, EventSourceArn: !GetAtt MediaBucket.Arn",
            "EventSourceArn: the local runner reads queues and streams of this template, found arn:aws:s3:::media-bucket",
        ),
        (
            "FunctionName: !GetAtt Accounts.Arn, EventSourceArn: !GetAtt NamedTable.StreamArn",
            "EventSourceArn: NamedTable has no StreamSpecification",
        ),
    ] {
        let said = refusal(&with_mapping(properties));
        assert!(said.contains(&format!("Source: {expected}")), "{properties}: {said}");
    }
    let slow = reading("Queue.Arn", "BatchSize: 1").replace("Timeout: 20", "Timeout: 60");
    let said = refusal(&slow);
    assert!(said.contains("a message is hidden for 30 s, less than the 60 s that a run may take"), "{said}");
    for (source, more, expected) in [
        ("Queue.Arn", "BatchSize: 0", "BatchSize: expected a whole number from 1, found 0"),
        ("Queue.Arn", "Enabled: false", "Enabled: the local runner reads whatever is mapped"),
        (
            "Queue.Arn",
            "FunctionResponseTypes: [All]",
            "FunctionResponseTypes: expected ReportBatchItemFailures, found All",
        ),
        ("Queue.Arn", "FilterCriteria: { Filters: [] }", "FilterCriteria: the local runner does not imitate this"),
        (STREAM, "BatchSize: 5", "StartingPosition: is missing"),
        (STREAM, "StartingPosition: LATEST", "StartingPosition: the local runner reads streams from TRIM_HORIZON only"),
    ] {
        let said = refusal(&reading(source, more));
        assert!(said.contains(&format!("Source: {expected}")), "{more}: {said}");
    }
    for (more, expected) in [
        ("ScalingConfig: { MaximumConcurrency: 2 }", "ScalingConfig: the local runner does not imitate this"),
        ("TumblingWindowInSeconds: 5", "TumblingWindowInSeconds: the local runner does not imitate this"),
        ("MaximumRetryAttempts: -2", "MaximumRetryAttempts: expected a whole number from -1, found -2"),
        (
            "FilterCriteria: { Filters: [{ Pattern: '{\"a\":[{\"numeric\":[\"=\",1]}]}' }] }",
            "FilterCriteria.Filters.0.Pattern: the local runner does not know the comparison",
        ),
        (
            "DestinationConfig: { OnFailure: { Destination: !GetAtt MediaBucket.Arn } }",
            "DestinationConfig.OnFailure.Destination: expected !GetAtt of a queue of this template, found arn:aws:s3",
        ),
    ] {
        let said = refusal(&reading(STREAM, &format!("StartingPosition: TRIM_HORIZON, {more}")));
        assert!(said.contains(&format!("Source: {expected}")), "{more}: {said}");
    }
}

#[test]
fn queues_that_cannot_be_imitated() {
    let queue =
        |properties: &str| format!("Resources:\n  Work: {{ Type: AWS::SQS::Queue, Properties: {{ {properties} }} }}\n");
    for (properties, expected) in [
        ("FifoQueue: true", "FifoQueue: the local runner does not imitate this"),
        ("VisibilityTimeout: long", "VisibilityTimeout: expected whole seconds, found long"),
        ("RedrivePolicy: { maxReceiveCount: 5 }", "RedrivePolicy.deadLetterTargetArn: is missing"),
        (
            "RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: elsewhere }",
            "RedrivePolicy.deadLetterTargetArn: expected !GetAtt of a queue of this template, found elsewhere",
        ),
    ] {
        let said = refusal(&queue(properties));
        assert!(said.contains(&format!("Work: {expected}")), "{properties}: {said}");
    }
}
