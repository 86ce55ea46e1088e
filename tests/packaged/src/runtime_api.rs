//! Lambda's side of the Runtime API, for one execution environment.

use crate::Failure;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use kernel::Clock;
use objects::server::{Server, Stop};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc, oneshot, watch},
};

/// How long an invocation may take: longer than any function's timeout, for those that a tool slows down.
const LASTING: Duration = Duration::from_mins(5);

/// What a function made of an event: its answer, or the error that it reports.
pub(crate) type Outcome = Result<Bytes, String>;

/// Hands out events one at a time and takes in the answers.
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    events: Option<mpsc::UnboundedSender<Bytes>>,
    _server: Server,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    /// How many times the function has asked for an event.
    asked: watch::Sender<u64>,
    /// Who waits for the answer.
    waiting: Lock<Option<oneshot::Sender<Outcome>>>,
    clock: Clock,
}

impl fmt::Debug for RuntimeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeApi").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RuntimeApi {
    /// Listens on a loopback port of its own.
    pub(crate) async fn open() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: Mutex::new(queue),
            asked: watch::Sender::new(0),
            waiting: Lock::new(None),
            clock: Clock::system(),
        });
        let state = Arc::clone(&shared);
        let server = Server::start(listener, &Stop::new(), move |request, _| {
            let shared = Arc::clone(&state);
            async move { shared.answer(request).await.unwrap_or_else(|problem| Shared::refuse(&*problem)) }
        });
        Ok(Self { address, shared, events: Some(events), _server: server })
    }

    /// `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns once the function has asked for its event number `n`, counted from one: the first means that it is
    /// ready, each further one that it is done with the event before.
    pub(crate) async fn asked(&self, n: u64) {
        // The sender lives in `self`, so waiting cannot fail.
        self.shared.asked.subscribe().wait_for(|asked| *asked >= n).await.ok();
    }

    /// Hands out `event` and returns what the function makes of it.
    pub(crate) async fn invoke(&self, event: Bytes) -> Result<Outcome, Failure> {
        let (answer, answered) = oneshot::channel();
        *self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.events.as_ref().ok_or("the function was told to end")?.send(event)?;
        Ok(answered.await?)
    }

    /// Ends the function: the next time it asks, it learns that there is nobody to work for, and gives up.
    pub(crate) fn end(&mut self) {
        self.events = None;
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let path = path.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        if (&method, path) == (&Method::GET, "invocation/next") {
            return self.next().await;
        }
        let body = request.into_body().collect().await?.to_bytes();
        let text = || String::from_utf8_lossy(&body).into_owned();
        let outcome = match path.rsplit('/').next() {
            Some("response") if method == Method::POST => Ok(body),
            Some("error") if method == Method::POST => Err(text()),
            _ => return Ok(Response::builder().status(StatusCode::NOT_FOUND).body(Full::default())?),
        };
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Without an event given out, this is an error of the start; the function's end tells of it.
        if let Some(waiting) = waiting {
            waiting.send(outcome).ok();
        }
        Ok(Response::builder().status(StatusCode::ACCEPTED).body(Full::default())?)
    }

    async fn next(&self) -> Result<Response<Full<Bytes>>, Failure> {
        let mut events = self.events.lock().await;
        self.asked.send_modify(|asked| *asked += 1);
        let n = *self.asked.borrow();
        let Some(event) = events.recv().await else {
            return Ok(Response::builder().status(StatusCode::GONE).body(Full::default())?);
        };
        let deadline = self.clock.now().as_millisecond().saturating_add(LASTING.as_millis().try_into()?);
        let trace = format!("Root=1-6b04efa0-{n:024};Parent={n:016};Sampled=0;Lineage=1:a87bd80c:1");
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", format!("8476a536-e9f4-11e8-9739-{n:012}"))
            .header("lambda-runtime-deadline-ms", deadline)
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:local:000000000000:function:packaged")
            .header("lambda-runtime-trace-id", trace);
        Ok(response.body(Full::new(event))?)
    }

    fn refuse(problem: &(dyn std::error::Error + Send + Sync)) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(problem.to_string())));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response
    }
}
