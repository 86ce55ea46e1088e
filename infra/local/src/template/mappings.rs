//! Queues, and what brings functions the messages of queues and the changes of tables.

use super::{Filter, Template, TemplateError, place::At, queue_arn, stream_arn};
use std::{num::NonZeroUsize, time::Duration};

/// How long SQS hides a message that somebody is at work on, where the queue does not say.
const HIDDEN: Duration = Duration::from_secs(30);
/// Messages of a batch, where the mapping does not say.
const MESSAGES: usize = 10;
/// Changes of a batch, where the mapping does not say.
const CHANGES: usize = 100;
/// Batches of a queue at the same time, where the mapping does not say: with so many Lambda begins.
const AT_ONCE: usize = 5;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// As the template calls it.
    pub name: String,
    /// How long a message is hidden once it was taken.
    pub visibility: Duration,
    /// Where messages go that nobody gets done.
    pub redrive: Option<Redrive>,
}

/// When a queue gives up on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue, as the template calls it.
    pub queue: String,
    /// How often a message is taken before.
    pub receives: u32,
}

/// A mapping of an event source: a function gets what comes out of a queue or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// As the template calls it.
    pub name: String,
    /// The logical id of the function.
    pub function: String,
    /// Messages or changes of a batch at most.
    pub batch: usize,
    /// How long a batch that is not full waits for more.
    pub window: Duration,
    /// Whether the function names in its answer what of a batch it did not do (`ReportBatchItemFailures`).
    pub partial: bool,
    /// What is read.
    pub source: Source,
}

/// What a mapping reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A queue of the template.
    Queue {
        /// As the template calls it.
        name: String,
        /// Batches at the same time.
        at_once: usize,
    },
    /// The changes of a table.
    Stream(Stream),
}

/// How the changes of a table are read, from the oldest one that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The local name of the table.
    pub table: String,
    /// How often a batch that failed is tried again; for ever, unless said.
    pub retries: Option<u32>,
    /// How old a change may become before it is given up; any age, unless said.
    pub oldest: Option<Duration>,
    /// Whether a batch that failed is divided to find what it fails at.
    pub bisect: bool,
    /// Which changes are wanted: those that fit one of these, or all when there are none.
    pub filters: Vec<Filter>,
    /// The queue that hears of a batch that was given up.
    pub failures: Option<String>,
}

/// Refuses properties of `at` that are not `known`.
fn only(at: &At<'_>, known: &[&[&str]]) -> Result<(), TemplateError> {
    let strange = at.entries()?.into_iter().find(|(name, _)| !known.iter().any(|some| some.contains(name)));
    strange.map_or(Ok(()), |(_, value)| Err(value.error("the local runner does not imitate this")))
}

fn seconds_of(at: &At<'_>, key: &str) -> Result<Option<Duration>, TemplateError> {
    at.get(key)?.map(|value| value.parse("whole seconds").map(Duration::from_secs)).transpose()
}

fn count_of(at: &At<'_>, key: &str) -> Result<Option<usize>, TemplateError> {
    let parse = |value: At<'_>| value.parse::<NonZeroUsize>("a whole number from 1").map(NonZeroUsize::get);
    at.get(key)?.map(parse).transpose()
}

/// A whole number under `key`; `-1` is none, which is what AWS takes for no limit.
fn limit_of(at: &At<'_>, key: &str) -> Result<Option<u32>, TemplateError> {
    match at.get(key)? {
        Some(value) if value.text()? != "-1" => value.parse("a whole number from -1").map(Some),
        _ => Ok(None),
    }
}

/// The queue that `at` has the ARN of.
fn queue_at(at: &At<'_>) -> Result<String, TemplateError> {
    let arn = at.text()?;
    let name = arn.strip_prefix(&queue_arn("")).map(str::to_owned);
    name.ok_or_else(|| at.error(format!("expected !GetAtt of a queue of this template, found {arn}")))
}

pub(super) fn read_queue(id: &str, at: &At<'_>) -> Result<Queue, TemplateError> {
    let behaviour = ["VisibilityTimeout", "RedrivePolicy"];
    // How it is kept and who may use it makes no difference to one runner on loopback.
    let keeping =
        ["MessageRetentionPeriod", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "Tags"];
    only(at, &[&behaviour, &keeping])?;
    let redrive = at.get("RedrivePolicy")?.as_ref().map(read_redrive).transpose()?;
    Ok(Queue { name: id.to_owned(), visibility: seconds_of(at, "VisibilityTimeout")?.unwrap_or(HIDDEN), redrive })
}

fn read_redrive(policy: &At<'_>) -> Result<Redrive, TemplateError> {
    only(policy, &[&["deadLetterTargetArn", "maxReceiveCount"]])?;
    let receives = policy.need("maxReceiveCount")?.parse("a whole number")?;
    Ok(Redrive { queue: queue_at(&policy.need("deadLetterTargetArn")?)?, receives })
}

/// The mapping `id`, of a template whose functions, tables and queues are read.
pub(super) fn read(id: &str, at: &At<'_>, template: &Template) -> Result<Mapping, TemplateError> {
    let reader = at.need("FunctionName")?;
    let arn = reader.text()?;
    let function = template.functions.iter().find(|function| super::function_arn(&function.logical_id) == arn);
    let function = function.ok_or_else(|| reader.error("expected a function of this template"))?;
    if let Some(enabled) = at.get("Enabled")?
        && enabled.text()? != "true"
    {
        return Err(enabled.error("the local runner reads whatever is mapped"));
    }
    let responses = at.texts_of("FunctionResponseTypes")?;
    if let Some(other) = responses.iter().find(|response| *response != "ReportBatchItemFailures") {
        return Err(at
            .need("FunctionResponseTypes")?
            .error(format!("expected ReportBatchItemFailures, found {other}")));
    }
    let place = at.need("EventSourceArn")?;
    let arn = place.text()?;
    let queue = template.queues.iter().find(|queue| queue_arn(&queue.name) == arn);
    let table = template.tables.iter().find(|table| table.stream.is_some() && stream_arn(&table.name) == arn);
    let (source, usual) = match (queue, table) {
        (Some(queue), _) => {
            if queue.visibility < function.timeout {
                let (hidden, timeout) = (queue.visibility.as_secs(), function.timeout.as_secs());
                let problem =
                    format!("a message is hidden for {hidden} s, less than the {timeout} s that a run may take");
                return Err(place.error(problem));
            }
            (read_messages(at, &queue.name)?, MESSAGES)
        }
        (None, Some(table)) => (Source::Stream(read_stream(at, &table.name)?), CHANGES),
        (None, None) => {
            return Err(place.error(format!("the local runner reads queues and streams of this template, found {arn}")));
        }
    };
    Ok(Mapping {
        name: id.to_owned(),
        function: function.logical_id.clone(),
        batch: count_of(at, "BatchSize")?.unwrap_or(usual),
        window: seconds_of(at, "MaximumBatchingWindowInSeconds")?.unwrap_or_default(),
        partial: !responses.is_empty(),
        source,
    })
}

/// Properties that mappings of both kinds have.
const COMMON: [&str; 7] = [
    "FunctionName",
    "EventSourceArn",
    "Enabled",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "Tags",
];

fn read_messages(at: &At<'_>, queue: &str) -> Result<Source, TemplateError> {
    only(at, &[&COMMON, &["ScalingConfig"]])?;
    let scaling = at.get("ScalingConfig")?;
    let at_once = scaling.map_or(Ok(None), |scaling| count_of(&scaling, "MaximumConcurrency"))?;
    Ok(Source::Queue { name: queue.to_owned(), at_once: at_once.unwrap_or(AT_ONCE) })
}

fn read_stream(at: &At<'_>, table: &str) -> Result<Stream, TemplateError> {
    let own = [
        "StartingPosition",
        "BisectBatchOnFunctionError",
        "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds",
        // Batches of one shard side by side keep the order of each key, as batches one after the other do.
        "ParallelizationFactor",
        "FilterCriteria",
        "DestinationConfig",
    ];
    only(at, &[&COMMON, &own])?;
    let start = at.need("StartingPosition")?;
    if start.text()? != "TRIM_HORIZON" {
        return Err(start.error("the local runner reads streams from TRIM_HORIZON only"));
    }
    let mut filters = Vec::new();
    if let Some(criteria) = at.get("FilterCriteria")? {
        for filter in criteria.need("Filters")?.items()? {
            let pattern = filter.need("Pattern")?;
            filters.push(Filter::parse(&pattern.text()?).map_err(|problem| pattern.error(problem))?);
        }
    }
    let failures = match at.get("DestinationConfig")? {
        Some(destinations) => Some(queue_at(&destinations.need("OnFailure")?.need("Destination")?)?),
        None => None,
    };
    Ok(Stream {
        table: table.to_owned(),
        retries: limit_of(at, "MaximumRetryAttempts")?,
        oldest: limit_of(at, "MaximumRecordAgeInSeconds")?.map(|seconds| Duration::from_secs(seconds.into())),
        bisect: at.is_true("BisectBatchOnFunctionError")?,
        filters,
        failures,
    })
}
