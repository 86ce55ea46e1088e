//! The wire between the AWS clients and the store: it writes down every call with its units, can go dead at any of them, and
//! can hold one up while something else happens.

mod objects;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

/// One call that went over the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `dynamodb`, `s3`, or `other`
    pub service: String,
    /// `GetItem`, `TransactWriteItems`, `PutObject`, …
    pub operation: String,
    /// IAM actions it needs, each with the table, index or bucket it needs it on: `dynamodb:PutItem table`. None of a queue.
    pub actions: Vec<(String, String)>,
    /// Consumed capacity units, read and write together.
    pub units: f64,
}

/// Where the wire goes dead, counting calls from zero: every call from there on fails, so that the handler cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The store never sees the call.
    Before(usize),
    /// The store does what the call says, and nobody hears the answer.
    After(usize),
}

/// Calls of one operation that wait on the wire until they may go on.
#[derive(Debug, Clone)]
pub struct Pause {
    operation: &'static str,
    reached: Arc<Semaphore>,
    resumed: Arc<Semaphore>,
}

impl Pause {
    /// Waits until there is such a call.
    pub async fn reached(&self) {
        drop(self.reached.acquire().await);
    }

    /// Lets it go on, and whatever comes after it.
    pub fn resume(&self) {
        self.resumed.add_permits(1);
    }

    async fn held(&self) {
        self.reached.add_permits(1);
        drop(self.resumed.acquire().await);
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    seen: usize,
    crash: Option<Crash>,
    canned: VecDeque<(u16, String)>,
    pause: Option<Pause>,
}

/// The wire. Clones share what was written down.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { inner: Builder::new().build_http(), state: Arc::default() }
    }
}

impl Wire {
    /// As the HTTP client of AWS clients.
    #[must_use]
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls since the last time, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// Answers the next `times` calls itself, with an error of the service, without passing them on.
    ///
    /// # Panics
    /// When `status` is none.
    pub fn fail_next(&self, times: usize, status: u16, code: &str, mut extra: Map<String, Value>) {
        assert!((400..600).contains(&status), "an error has a status of its own");
        extra.insert("__type".to_owned(), json!(format!("com.amazonaws.dynamodb.v20120810#{code}")));
        let body = Value::Object(extra);
        self.state().canned.extend(std::iter::repeat_n((status, body.to_string()), times));
    }

    /// Holds up calls of `operation` before the store sees them, until they may go on.
    #[must_use]
    pub fn pause(&self, operation: &'static str) -> Pause {
        let (reached, resumed) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let pause = Pause { operation, reached, resumed };
        self.state().pause = Some(pause.clone());
        pause
    }

    /// Goes dead at the given call, counted from now; `None` heals it.
    pub fn crash(&self, at: Option<Crash>) {
        let mut state = self.state();
        state.crash = at;
        state.seen = 0;
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Tapped { inner, wire: self.clone() })
    }
}

#[derive(Debug)]
struct Tapped {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Tapped {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let (family, operation) = target.split_once('.').unwrap_or((&target, ""));
        let object = request.headers().get("x-amz-content-sha256").filter(|_| target.is_empty());
        let object = object.map(|_| objects::call(request.method(), request.uri(), request.headers()));
        let (service, operation) = match &object {
            Some((operation, _)) => ("s3", operation.as_str()),
            None if family.starts_with("DynamoDB") => ("dynamodb", operation),
            None => ("other", operation),
        };
        let service = service.to_owned();
        let mut body: Value = match &object {
            Some(_) => Value::Null,
            None => request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default(),
        };
        let actions = match &object {
            Some((_, actions)) => actions.clone(),
            None if service == "dynamodb" => actions(operation, &body),
            None => Vec::new(),
        };
        if service == "dynamodb" {
            if let Some(fields) = body.as_object_mut() {
                fields.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
            }
            let text = body.to_string();
            request.headers_mut().insert("content-length", text.len().to_string());
            *request.body_mut() = SdkBody::from(text);
        }

        let (at, crash, canned, pause) = {
            let mut state = self.wire.state();
            state.seen += 1;
            let pause = state.pause.clone().filter(|pause| pause.operation == operation);
            (state.seen - 1, state.crash, state.canned.pop_front(), pause)
        };
        if let Some((status, body)) = canned {
            let answer = StatusCode::try_from(status).map(|status| HttpResponse::new(status, SdkBody::from(body)));
            return HttpConnectorFuture::ready(answer.map_err(|error| ConnectorError::user(error.into())));
        }
        let lost = || ConnectorError::io("the wire is dead".into());
        let sent = match crash {
            Some(Crash::Before(n)) if at >= n => return HttpConnectorFuture::ready(Err(lost())),
            Some(Crash::After(n)) if at > n => return HttpConnectorFuture::ready(Err(lost())),
            _ => match pause {
                None => self.inner.call(request),
                Some(pause) => {
                    let inner = self.inner.clone();
                    HttpConnectorFuture::new(async move {
                        pause.held().await;
                        inner.call(request).await
                    })
                }
            },
        };
        let heard = crash != Some(Crash::After(at));
        let (wire, operation) = (self.wire.clone(), operation.to_owned());
        HttpConnectorFuture::new(async move {
            let mut response: HttpResponse = sent.await?;
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            let bytes = body.collect().await.map_err(|_| lost())?.to_bytes();
            let units = match service.as_str() {
                "dynamodb" => units(&serde_json::from_slice(&bytes).unwrap_or_default()),
                _ => 0.0,
            };
            wire.state().calls.push(Call { service, operation, actions, units });
            *response.body_mut() = SdkBody::from(bytes);
            if heard { Ok(response) } else { Err(lost()) }
        })
    }
}

/// Sums `CapacityUnits` of one capacity record or a list of them.
fn units(answer: &Value) -> f64 {
    match answer.get("ConsumedCapacity") {
        Some(Value::Array(each)) => each.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum(),
        Some(one) => one["CapacityUnits"].as_f64().unwrap_or(0.0),
        None => 0.0,
    }
}

/// The IAM actions of a call: a transaction is authorised as its parts.
fn actions(operation: &str, body: &Value) -> Vec<(String, String)> {
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let table = name(&body["TableName"]);
    match operation {
        "TransactWriteItems" => body["TransactItems"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| {
                let (kind, action) = item.as_object()?.iter().next()?;
                let verb =
                    if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                Some((format!("dynamodb:{verb}"), name(&action["TableName"])))
            })
            .collect(),
        "BatchWriteItem" | "BatchGetItem" => {
            let tables = body["RequestItems"].as_object();
            tables.into_iter().flatten().map(|(table, _)| (format!("dynamodb:{operation}"), table.clone())).collect()
        }
        _ => match body["IndexName"].as_str() {
            Some(index) => vec![(format!("dynamodb:{operation}"), format!("{table}/{index}"))],
            None => vec![(format!("dynamodb:{operation}"), table)],
        },
    }
}
