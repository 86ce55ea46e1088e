//! Messages between runs of a function. The one crate that names the SDK of SQS.
//!
//! A message may come twice and in any order: what it asks for is the same however often it is done. Of a batch, those that
//! failed are named in the answer ([`Answer`]) and come again alone; what fails each time ends in the dead-letter queue.
//!
//! | pattern | request |
//! |--|--|
//! | ten messages | `SendMessageBatch` |

use aws_sdk_sqs::{Client, error::BuildError, types::SendMessageBatchRequestEntry};
use cloud::{CallError, Environment};
use serde::{Deserialize, Serialize};

/// A queue to send to.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that came.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id, by which it is answered for.
    pub message_id: String,
    /// What it says.
    pub body: String,
}

/// What a function is called with when messages came.
#[derive(Debug, Clone, Deserialize)]
pub struct Batch {
    /// The messages.
    #[serde(rename = "Records")]
    pub messages: Vec<Message>,
}

/// What a function answers to a batch (`ReportBatchItemFailures`).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Answer {
    /// Lets `message` come again.
    pub fn again(&mut self, message: Message) {
        self.batch_item_failures.push(Failure { item_identifier: message.message_id });
    }
}

impl Queue {
    /// Messages of one request.
    const BATCH: usize = 10;
    /// Tries of what a request left unsent.
    const TRIES: usize = 5;

    /// The queue at `url`.
    #[must_use]
    pub fn open(env: &Environment, url: &str) -> Self {
        Self { client: Client::new(&env.sdk_for("SQS")), url: url.to_owned() }
    }

    /// Sends `bodies`. What a request leaves unsent is sent again.
    ///
    /// # Errors
    /// When a call fails, or messages are still unsent after five tries; then some are sent and some are not, and all may be
    /// sent again.
    pub async fn send(&self, bodies: &[String]) -> Result<(), CallError> {
        for chunk in bodies.chunks(Self::BATCH) {
            let entries = chunk
                .iter()
                .zip(0_u8..)
                .map(|(body, n)| SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(body).build());
            let made: Result<Vec<_>, BuildError> = entries.collect();
            let mut left = made.map_err(|error| CallError::Refused(Box::new(error)))?;
            for attempt in 1.. {
                let call = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(left.clone()));
                let failed = call.send().await?.failed;
                left.retain(|entry| failed.iter().any(|failed| failed.id == entry.id));
                if left.is_empty() {
                    break;
                }
                if attempt == Self::TRIES {
                    return Err(CallError::Busy("messages left unsent".into()));
                }
            }
        }
        Ok(())
    }
}
