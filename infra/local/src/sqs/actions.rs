//! `SendMessage` and `SendMessageBatch`, and how SQS refuses.

use crate::{
    stores::{Post, StoreError},
    template::ACCOUNT,
};
use ::md5::{Digest, Md5};
use http::StatusCode;
use jiff::Timestamp;
use kernel::hex;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// Bytes of a message, and of all messages of a request.
const LARGEST: usize = 1024 * 1024;
/// Messages of a request.
const MOST: usize = 10;

/// What SQS says of a body, so that the sender sees that it came as it was sent.
pub(crate) fn md5(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// Puts into queues what is sent to them.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) queues: BTreeSet<String>,
    pub(super) post: Arc<Post>,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the access key is not the one of this runner")]
    Stranger,
    #[error("the local runner sends messages only: {0} is not imitated")]
    Unsupported(String),
    #[error("{0}")]
    Malformed(String),
    #[error("there is no queue {0}")]
    NoQueue(String),
    #[error("a message has 1 to {} bytes, and no characters that XML does not have", LARGEST)]
    Contents,
    #[error("a request has one message at least")]
    Empty,
    #[error("a request has {} messages at most", MOST)]
    TooMany,
    #[error("two messages of a request have the same Id")]
    NotDistinct,
    #[error("an Id has 1 to 80 letters, digits, hyphens and underscores")]
    EntryId,
    #[error("the messages of a request have {} bytes at most", LARGEST)]
    TooLong,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    /// Its name in the JSON protocol, and in the older one, by which SDKs know it.
    fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Self::Stranger => ("com.amazon.coral.service#UnrecognizedClientException", "InvalidClientTokenId"),
            Self::Unsupported(_) => {
                ("com.amazonaws.sqs#UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
            }
            Self::Malformed(_) => ("com.amazon.coral.service#SerializationException", "MalformedInput"),
            Self::NoQueue(_) => ("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::Contents => ("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents"),
            Self::Empty => ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::TooMany => (
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::NotDistinct => {
                ("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::EntryId => ("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
            Self::TooLong => ("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
            Self::Store(_) => ("com.amazon.coral.service#InternalFailure", "InternalFailure"),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Stranger => StatusCode::FORBIDDEN,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn body(&self) -> Value {
        json!({ "__type": self.codes().0, "message": self.to_string() })
    }

    /// The header `x-amzn-query-error`.
    pub(super) fn query_error(&self) -> String {
        let whose = if matches!(self, Self::Store(_)) { "Receiver" } else { "Sender" };
        format!("{};{whose}", self.codes().1)
    }
}

/// What is not here (attributes, delays, groups) would be lost, so it is refused.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessage {
    queue_url: String,
    message_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessageBatch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    id: String,
    message_body: String,
}

impl Sender {
    /// Does what `action` asks for at `now`.
    pub(super) fn obey(&self, action: &str, body: &[u8], now: Timestamp) -> Result<Value, Refusal> {
        match action {
            "SendMessage" => self.send(&read(body)?, now),
            "SendMessageBatch" => self.send_batch(&read(body)?, now),
            other => Err(Refusal::Unsupported(other.to_owned())),
        }
    }

    fn send(&self, asked: &SendMessage, now: Timestamp) -> Result<Value, Refusal> {
        let SendMessage { queue_url, message_body } = asked;
        let queue = self.queue(queue_url)?;
        if !is_sound(message_body) {
            return Err(Refusal::Contents);
        }
        let ids = self.post.send(queue, [message_body.as_str()], now)?;
        Ok(json!({ "MessageId": ids.first(), "MD5OfMessageBody": md5(message_body) }))
    }

    fn send_batch(&self, asked: &SendMessageBatch, now: Timestamp) -> Result<Value, Refusal> {
        let SendMessageBatch { queue_url, entries } = asked;
        let queue = self.queue(queue_url)?;
        check(entries)?;
        let ids = self.post.send(queue, entries.iter().map(|entry| entry.message_body.as_str()), now)?;
        let sent = entries.iter().zip(ids).map(|(Entry { id, message_body }, message)| {
            json!({ "Id": id, "MessageId": message, "MD5OfMessageBody": md5(message_body) })
        });
        Ok(json!({ "Successful": sent.collect::<Vec<_>>(), "Failed": [] }))
    }

    /// The queue that has this URL.
    fn queue(&self, url: &str) -> Result<&str, Refusal> {
        let path = url.rsplit_once(ACCOUNT).map(|(_, path)| path);
        let name = path.and_then(|path| path.strip_prefix('/'));
        let queue = name.and_then(|name| self.queues.get(name)).map(String::as_str);
        queue.ok_or_else(|| Refusal::NoQueue(url.to_owned()))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|problem| Refusal::Malformed(problem.to_string()))
}

fn check(entries: &[Entry]) -> Result<(), Refusal> {
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let named = |id: &&str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if entries.is_empty() {
        Err(Refusal::Empty)
    } else if entries.len() > MOST {
        Err(Refusal::TooMany)
    } else if ids.len() < entries.len() {
        Err(Refusal::NotDistinct)
    } else if !ids.iter().all(|id| (1..=80).contains(&id.len()) && named(id)) {
        Err(Refusal::EntryId)
    } else if !entries.iter().all(|entry| is_sound(&entry.message_body)) {
        Err(Refusal::Contents)
    } else if entries.iter().map(|entry| entry.message_body.len()).sum::<usize>() > LARGEST {
        Err(Refusal::TooLong)
    } else {
        Ok(())
    }
}

/// Whether SQS takes this as a message.
fn is_sound(body: &str) -> bool {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    (1..=LARGEST).contains(&body.len()) && body.chars().all(allowed)
}
