//! A store that behaves badly, reproducibly: between the SDK and the store, by chance but from a seed.
//!
//! [`Chaos`] stands before the HTTP client of an environment, a [`Wire`](crate::Wire) for example. Each call draws its
//! fate from the seed, the number of the request under way, what is called, and how often that was called in this
//! request. So a failure is found again from its seed, whatever ran beside it.

mod dynamodb;
mod faults;
mod lag;
mod objects;

pub use faults::{Fault, Faults};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use cloud::Environment;
use fastrand::Rng;
use http_body_util::BodyExt;
use kernel::Clock;
use lag::Lag;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a lane of calls went through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// HTTP requests that the SDK sent.
    pub attempts: u64,
    /// Faults, by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// Tries of one call, at most.
    pub most_tries: u32,
    /// Transactions of one request, at most; tries of the SDK count once.
    pub most_transactions: u64,
}

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    request: u64,
    /// How often each thing was called in this request.
    seen: HashMap<String, u64>,
    /// Whether it is a request, whose transactions are counted: a job makes as many as it has to do, and what came before the
    /// first request is nobody's.
    counted: bool,
    transactions: u64,
    tally: Tally,
    lag: Lag,
}

/// The bad store. Clones share their state.
#[derive(Debug, Clone)]
pub struct Chaos {
    seed: u64,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

impl Chaos {
    /// Well-behaved until it is told otherwise. Indexes lag by the time of `clock`.
    #[must_use]
    pub fn new(seed: u64, clock: Clock) -> Self {
        Self { seed, clock, state: Arc::default() }
    }

    /// The environment `env` with this before its stores.
    #[must_use]
    pub fn before(&self, env: &Environment) -> Environment {
        let Some(inner) = env.sdk.http_client() else { return env.clone() };
        let troubling = SharedHttpClient::new(Troubling { inner, chaos: self.clone() });
        Environment { sdk: env.sdk.clone().into_builder().http_client(troubling).build(), ..env.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls go wrong as often as `faults` says.
    pub fn set(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// The calls that follow belong to request number `request`.
    pub fn begin(&self, request: u64) {
        let mut state = self.state();
        state.request = request;
        state.seen.clear();
        (state.counted, state.transactions) = (true, 0);
    }

    /// The calls that follow belong to a run of a job, which has a number like a request: nobody counts its transactions.
    pub fn begin_job(&self, run: u64) {
        self.begin(run);
        self.state().counted = false;
    }

    /// Transactions of the request under way; tries of the SDK count once.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.state().transactions
    }

    /// What happened so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.state().tally.clone()
    }

    /// The dice of the next call of `what`.
    fn dice(&self, state: &mut State, what: &str) -> Rng {
        let nth = state.seen.entry(what.to_owned()).or_default();
        *nth += 1;
        let parts = what.bytes().map(u64::from).chain([state.request, *nth]);
        Rng::with_seed(parts.fold(self.seed, |seed, part| (seed ^ part).wrapping_mul(0x0000_0100_0000_01b3)))
    }

    /// Draws what becomes of `call`.
    fn draw(&self, call: &Call) -> Fate {
        let mut state = self.state();
        let mut dice = self.dice(&mut state, &call.what);
        state.tally.attempts += 1;
        state.tally.most_tries = state.tally.most_tries.max(call.attempt);
        state.transactions += u64::from(state.counted && call.attempt <= 1 && call.operation == "TransactWriteItems");
        state.tally.most_transactions = state.tally.most_transactions.max(state.transactions);

        let mut fate = Fate::default();
        let faults = state.faults.clone();
        let happens = |dice: &mut Rng, share: f64| dice.f64() < share;
        let mut order = Fault::BEFORE.into_iter().filter(|fault| fault.concerns(call));
        if let Some(fault) = order.find(|fault| happens(&mut dice, faults.share(*fault))) {
            fate.instead = Some(fault);
            *state.tally.faults.entry(fault).or_default() += 1;
        } else {
            let after = Fault::AFTER.into_iter().filter(|fault| fault.concerns(call));
            fate.with = after.filter(|fault| happens(&mut dice, faults.share(*fault))).collect();
        }
        fate.slow_by = Duration::from_millis(dice.u64(0..=2 * faults.slow_by_millis.max(1)));
        fate.dice = dice;
        fate
    }

    fn count(&self, fault: Fault) {
        *self.state().tally.faults.entry(fault).or_default() += 1;
    }
}

/// What becomes of a call.
#[derive(Debug, Default)]
struct Fate {
    /// This, and the store never sees it.
    instead: Option<Fault>,
    /// The store sees it, and these as well.
    with: Vec<Fault>,
    slow_by: Duration,
    dice: Rng,
}

/// A call as far as its fate depends on it.
#[derive(Debug)]
struct Call {
    /// The operation, and what it is about.
    what: String,
    /// `TransactWriteItems`, …; the method of a call of S3.
    operation: String,
    /// Whose protocol it speaks.
    service: Service,
    /// Whether it asks an index.
    index: bool,
    attempt: u32,
    body: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Records,
    Objects,
    Other,
}

impl Call {
    fn read(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let attempt = request
            .headers()
            .get("amz-sdk-request")
            .and_then(|text| text.split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok()));
        let attempt = attempt.unwrap_or(1);
        if target.is_empty() && request.method() != "POST" {
            let (operation, path) = (request.method().to_owned(), request.uri().split('?').next().unwrap_or_default());
            let list = request.uri().contains("list-type=2");
            let operation = if list { "LIST".to_owned() } else { operation };
            let what = format!("{operation} {path}");
            return Self { what, operation, service: Service::Objects, index: list, attempt, body: Value::Null };
        }
        let (family, operation) = target.split_once('.').unwrap_or((target, ""));
        let body: Value =
            request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let what = format!("{operation} {} {}", text("TableName"), text("IndexName"));
        let service = if family.starts_with("DynamoDB") { Service::Records } else { Service::Other };
        let index = body.get("IndexName").is_some();
        Self { what, operation: operation.to_owned(), service, index, attempt, body }
    }
}

/// A client with chaos before it.
#[derive(Debug)]
struct Troubling {
    inner: SharedHttpClient,
    chaos: Chaos,
}

impl HttpClient for Troubling {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Troubled { inner, chaos: self.chaos.clone() })
    }
}

#[derive(Debug)]
struct Troubled {
    inner: SharedHttpConnector,
    chaos: Chaos,
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection was reset".into())
}

/// An answer that the store never gave.
fn answer(status: u16, body: String) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::user(error.into()))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

impl HttpConnector for Troubled {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let mut call = Call::read(&request);
        if call.service == Service::Other {
            return self.inner.call(request);
        }
        let mut fate = self.chaos.draw(&call);
        match fate.instead {
            Some(Fault::Reset) => return HttpConnectorFuture::ready(Err(lost())),
            Some(Fault::Hung) => return HttpConnectorFuture::new(std::future::pending()),
            Some(fault) => {
                let (status, body) = match call.service {
                    Service::Objects => objects::refusal(fault),
                    _ => dynamodb::refusal(fault, &call, &mut fate.dice),
                };
                return HttpConnectorFuture::ready(answer(status, body));
            }
            None => {}
        }
        // What is set aside does not reach the store.
        let aside =
            fate.with.contains(&Fault::Unprocessed).then(|| dynamodb::set_aside(&mut call.body, &mut fate.dice));
        let aside = aside.flatten();
        if aside.is_some() {
            let text = call.body.to_string();
            request.headers_mut().insert("content-length", text.len().to_string());
            *request.body_mut() = SdkBody::from(text);
        }
        let sent = self.inner.call(request);
        let chaos = self.chaos.clone();
        HttpConnectorFuture::new(async move {
            if fate.with.contains(&Fault::Slow) {
                chaos.count(Fault::Slow);
                tokio::time::sleep(fate.slow_by).await;
            }
            let mut response: HttpResponse = sent.await?;
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            let bytes = body.collect().await.map_err(|_| lost())?.to_bytes();
            let told = if response.status().is_success() {
                chaos.spoil(&call, &mut fate, aside, bytes.to_vec())
            } else {
                bytes.to_vec()
            };
            if fate.with.contains(&Fault::Lost) {
                chaos.count(Fault::Lost);
                return Err(lost());
            }
            if told.len() != bytes.len() && !fate.with.contains(&Fault::Truncated) {
                response.headers_mut().insert("content-length", told.len().to_string());
            }
            *response.body_mut() = SdkBody::from(told);
            Ok(response)
        })
    }
}

impl Chaos {
    /// What a good answer to `call` becomes.
    fn spoil(&self, call: &Call, fate: &mut Fate, aside: Option<Value>, bytes: Vec<u8>) -> Vec<u8> {
        if call.service == Service::Objects {
            let spoiled = {
                let state = &mut *self.state();
                objects::spoil(call, &fate.with, &mut state.lag, self.clock.now(), &bytes)
            };
            return spoiled.map_or(bytes, |(fault, spoiled)| {
                self.count(fault);
                spoiled
            });
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&bytes) else { return bytes };
        let now = self.clock.now();
        self.state().lag.note(call, now);
        let mut changed = Vec::new();
        if let Some(aside) = aside {
            dynamodb::give_back(&mut body, &call.operation, aside);
            changed.push(Fault::Unprocessed);
        }
        if fate.with.contains(&Fault::StaleIndex) && self.state().lag.rewind(call, &mut body, now, &mut fate.dice) {
            changed.push(Fault::StaleIndex);
        }
        if fate.with.contains(&Fault::ShortPage) && dynamodb::shorten(call, &mut body, &mut fate.dice) {
            changed.push(Fault::ShortPage);
        }
        if changed.is_empty() {
            return bytes;
        }
        for fault in changed {
            self.count(fault);
        }
        body.to_string().into_bytes()
    }
}
