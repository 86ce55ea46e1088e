//! The changes of a table.

use super::hand_over;
use crate::{
    invoke::{Callee, fresh_id},
    stores::{Change, Changes, Post, StoreError},
    template::{self, Mapping, function_arn, stream_arn},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The longest pause before a batch is tried again.
const LONGEST: u64 = 60;

/// A table whose changes are read for a function, one batch after the other.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) mapping: Mapping,
    source: template::Stream,
    function: Arc<Callee>,
    post: Arc<Post>,
    changes: Changes,
    /// Whoever has this is at it.
    trouble: Mutex<Trouble>,
}

/// What is known of a batch that failed, as long as the runner runs.
#[derive(Debug, Default)]
struct Trouble {
    /// How often it failed.
    tries: u32,
    /// When it is tried again.
    until: Option<Timestamp>,
    /// How many changes are tried, while what it fails at is looked for.
    most: Option<usize>,
}

/// A batch of which something is undone.
struct Failed<'a> {
    /// What is undone, and what comes behind it.
    changes: &'a [&'a Change],
    /// How many changes it was read from: those that nobody wants are among them.
    read: usize,
    /// The last one that was read.
    last: &'a str,
    /// Whether the function said what is undone: then nothing is to be looked for.
    named: bool,
    /// When it was tried, and in which call.
    now: Timestamp,
    id: &'a str,
}

impl Stream {
    pub(super) fn new(
        mapping: Mapping,
        source: template::Stream,
        function: Arc<Callee>,
        post: Arc<Post>,
        changes: Changes,
    ) -> Self {
        Self { mapping, source, function, post, changes, trouble: Mutex::default() }
    }

    pub(super) async fn step(&self, haste: bool) -> Result<bool, StoreError> {
        let mut trouble = self.trouble.lock().await;
        let now = self.function.clock.now();
        if trouble.until.is_some_and(|until| now < until) {
            return Ok(false);
        }
        let most = trouble.most.unwrap_or(self.mapping.batch);
        let reached = self.post.position(&self.mapping.name)?;
        let read = self.changes.after(&self.source.table, reached.as_deref(), most).await?;
        let (Some(first), Some(last)) = (read.first(), read.last()) else { return Ok(false) };
        let patient = !haste && trouble.until.is_none() && trouble.most.is_none();
        if patient && read.len() < most && now < first.made + self.mapping.window {
            return Ok(false);
        }
        let wanted: Vec<&Change> = read.iter().filter(|change| self.wants(change)).collect();
        let id = fresh_id(now);
        let Some((undone, named)) = self.first_undone(&wanted, &id).await else {
            self.post.reach(&self.mapping.name, &last.sequence)?;
            *trouble = Trouble::default();
            return Ok(true);
        };
        let (done, left) = wanted.split_at_checked(undone).unwrap_or_default();
        let mut skipped = 0;
        if let Some(done) = done.last() {
            self.post.reach(&self.mapping.name, &done.sequence)?;
            *trouble = Trouble::default();
            skipped = read.iter().take_while(|change| change.sequence <= done.sequence).count();
        }
        let read = read.len().saturating_sub(skipped);
        self.failed(&mut trouble, &Failed { changes: left, read, last: &last.sequence, named, now, id: &id })?;
        Ok(true)
    }

    fn wants(&self, change: &Change) -> bool {
        self.source.filters.is_empty() || self.source.filters.iter().any(|filter| filter.admits(&change.record))
    }

    /// Hands `changes` over; the first that is left undone, and whether it was named and not all of them failed. Those behind it
    /// come again with it, as their order is kept.
    async fn first_undone(&self, changes: &[&Change], id: &str) -> Option<(usize, bool)> {
        if changes.is_empty() {
            return None;
        }
        let records: Vec<&Value> = changes.iter().map(|change| &change.record).collect();
        let items: Vec<&str> = changes.iter().map(|change| change.sequence.as_str()).collect();
        let event = json!({ "Records": records });
        let undone = hand_over(&self.function, &self.mapping, event, id, &items).await;
        undone.first().map(|first| (*first, undone.len() < items.len()))
    }

    /// Decides what becomes of a batch: halves at once where nothing says what failed, all of it again later, or on without it.
    fn failed(&self, trouble: &mut Trouble, failed: &Failed<'_>) -> Result<(), StoreError> {
        if self.source.bisect && !failed.named && failed.changes.len() > 1 {
            trouble.most = Some(failed.read.div_ceil(2));
            trouble.until = None;
            return Ok(());
        }
        trouble.tries = trouble.tries.saturating_add(1);
        let begun = failed.changes.first().map_or(failed.now, |change| change.made);
        let reason = if self.source.retries.is_some_and(|retries| trouble.tries > retries) {
            "RetryAttemptsExhausted"
        } else if self.source.oldest.is_some_and(|oldest| begun + oldest < failed.now) {
            "RecordAgeExceeded"
        } else {
            trouble.until = Some(failed.now + pause(trouble.tries));
            return Ok(());
        };
        self.give_up(failed, reason, trouble.tries)?;
        *trouble = Trouble::default();
        Ok(())
    }

    /// Tells of a batch that is given up, and goes on behind it.
    fn give_up(&self, failed: &Failed<'_>, reason: &str, tries: u32) -> Result<(), StoreError> {
        let Failed { changes, last, now, id, .. } = failed;
        let (Some(first), Some(end)) = (changes.first(), changes.last()) else { return Ok(()) };
        let (mapping, from, to) = (&self.mapping.name, &first.sequence, &end.sequence);
        tracing::error!(mapping, from, to, changes = changes.len(), tries, reason, "changes were given up");
        if let Some(queue) = &self.source.failures {
            let report = json!({
                "requestContext": {
                    "requestId": id,
                    "functionArn": function_arn(&self.mapping.function),
                    "condition": reason,
                    "approximateInvokeCount": tries,
                },
                "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
                "version": "1.0",
                "timestamp": now.to_string(),
                "DDBStreamBatchInfo": {
                    "shardId": Changes::shard(&self.source.table),
                    "startSequenceNumber": from,
                    "endSequenceNumber": to,
                    "approximateArrivalOfFirstRecord": first.made.to_string(),
                    "approximateArrivalOfLastRecord": end.made.to_string(),
                    "batchSize": changes.len(),
                    "streamArn": stream_arn(&self.source.table),
                },
            });
            self.post.send(queue, [report.to_string().as_str()], *now)?;
        }
        self.post.reach(mapping, last)
    }
}

/// How long a batch rests that failed `tries` times: a second, then twice as long each time.
pub(super) fn pause(tries: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(tries.saturating_sub(1)).min(LONGEST))
}
