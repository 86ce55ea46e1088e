//! The messages of a queue.

use super::hand_over;
use crate::{
    invoke::{Callee, fresh_id},
    sqs::md5,
    stores::{Message, Post, StoreError},
    template::{ACCOUNT, Mapping, Queue, REGION, queue_arn},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A queue that is read for a function.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) mapping: Mapping,
    queue: Queue,
    at_once: usize,
    function: Arc<Callee>,
    post: Arc<Post>,
    /// Whoever has this is at it, so that who comes next finds nothing under way.
    turn: Mutex<()>,
}

impl Messages {
    pub(super) fn new(mapping: Mapping, queue: Queue, at_once: usize, function: Arc<Callee>, post: Arc<Post>) -> Self {
        Self { mapping, queue, at_once, function, post, turn: Mutex::new(()) }
    }

    pub(super) async fn step(&self, haste: bool) -> Result<bool, StoreError> {
        let _turn = self.turn.lock().await;
        let now = self.function.clock.now();
        if !haste && !self.is_due(now)? {
            return Ok(false);
        }
        let mut batches = Vec::new();
        while batches.len() < self.at_once {
            let messages = self.post.receive(&self.queue, self.mapping.batch, now)?;
            if messages.is_empty() {
                break;
            }
            batches.push(self.deliver(messages, now));
        }
        let any = !batches.is_empty();
        join_all(batches).await.into_iter().collect::<Result<(), _>>()?;
        Ok(any)
    }

    /// Whether a batch is full or has waited long enough.
    fn is_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let (count, oldest) = self.post.visible(&self.queue.name, now)?;
        Ok(count >= self.mapping.batch || oldest.is_some_and(|sent| sent + self.mapping.window <= now))
    }

    /// Hands over a batch and deletes what of it is done; the rest shows itself again when it is no longer hidden.
    async fn deliver(&self, messages: Vec<Message>, now: Timestamp) -> Result<(), StoreError> {
        let records: Vec<Value> = messages.iter().map(|message| self.record(message)).collect();
        let items: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        let event = json!({ "Records": records });
        let undone = hand_over(&self.function, &self.mapping, event, &fresh_id(now), &items).await;
        let done = messages.iter().enumerate().filter(|(index, _)| !undone.contains(index));
        self.post.delete(done.map(|(_, message)| message.number))
    }

    /// A message in the words of Lambda's event.
    fn record(&self, message: &Message) -> Value {
        json!({
            "messageId": message.id,
            "receiptHandle": format!("{}-{}", message.number, message.receives),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(),
                "SentTimestamp": message.sent.to_string(),
                "SenderId": ACCOUNT,
                "ApproximateFirstReceiveTimestamp": message.first.to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": md5(&message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn(&self.queue.name),
            "awsRegion": REGION,
        })
    }
}
