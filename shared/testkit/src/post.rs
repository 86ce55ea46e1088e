//! A queue, as the AWS SDK reaches it: it takes messages, and hands them over when a test asks, as Lambda would.

use axum::body::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use lambda_http::http::Response;
use objects::server::{Server, Stop};
use serde_json::{Value, json};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;

#[derive(Debug, Default)]
struct State {
    /// Ids and bodies, in the order in which they came.
    messages: Vec<(String, String)>,
    /// Messages that came so far.
    came: u64,
    /// How many of the next ones are refused.
    refused: u64,
}

impl State {
    /// Answers `SendMessageBatch`.
    fn take(&mut self, asked: &Value) -> Value {
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in asked["Entries"].as_array().into_iter().flatten() {
            if self.refused > 0 {
                self.refused -= 1;
                failed.push(json!({ "Id": entry["Id"], "SenderFault": false, "Code": "ServiceUnavailable" }));
                continue;
            }
            self.came += 1;
            let (id, body) = (self.came.to_string(), entry["MessageBody"].as_str().unwrap_or_default());
            successful.push(json!({ "Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": "" }));
            self.messages.push((id, body.to_owned()));
        }
        json!({ "Successful": successful, "Failed": failed })
    }
}

/// The one queue of a bench, whatever URL it is called by. Clones share it.
#[derive(Debug, Clone)]
pub struct Post {
    state: Arc<Mutex<State>>,
    url: String,
    _server: Arc<Server>,
}

impl Post {
    pub(crate) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state: Arc<Mutex<State>> = Arc::default();
        let taking = Arc::clone(&state);
        let server = Server::start(listener, &Stop::new(), move |request, _| {
            let state = Arc::clone(&taking);
            async move {
                let bytes = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
                let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let answer = state.lock().unwrap_or_else(PoisonError::into_inner).take(&asked);
                Response::new(Full::new(Bytes::from(answer.to_string())))
            }
        });
        Ok(Self { state, url, _server: Arc::new(server) })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses the next messages, so many of them.
    pub fn refuse(&self, messages: u64) {
        self.state().refused = messages;
    }

    /// Takes away every message; what they say.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state().messages).into_iter().map(|(_, body)| body).collect()
    }

    /// The event by which Lambda brings every message; none where there are none. They stay until they are [`Self::answered`].
    #[must_use]
    pub fn batch(&self) -> Option<Value> {
        let state = self.state();
        let records = state.messages.iter().map(|(id, body)| json!({ "messageId": id, "body": body }));
        let records: Vec<_> = records.collect();
        (!records.is_empty()).then(|| json!({ "Records": records }))
    }

    /// Takes away the messages of `batch`, but for those that the `answer` of the function lets come again; whether it took all.
    #[must_use]
    pub fn answered(&self, batch: &Value, answer: &Value) -> bool {
        let named = |list: &Value, field: &str, id: &str| {
            list.as_array().into_iter().flatten().any(|one| one[field].as_str() == Some(id))
        };
        let failures = &answer["batchItemFailures"];
        let stays = |id: &str| !named(&batch["Records"], "messageId", id) || named(failures, "itemIdentifier", id);
        self.state().messages.retain(|(id, _)| stays(id));
        failures.as_array().is_none_or(Vec::is_empty)
    }
}
