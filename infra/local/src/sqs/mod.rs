//! The queues, as the AWS SDK reaches them: SQS in its JSON protocol, on a loopback port of its own.
//!
//! Only sending is served. What comes out of a queue is brought by [`crate::delivery`], as Lambda would.

mod actions;

#[cfg(test)]
mod tests;

pub(crate) use actions::md5;

use crate::{
    invoke::fresh_id,
    stores::{Post, StoreError},
    template::Queue,
};
use actions::{Refusal, Sender};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use kernel::Clock;
use objects::server::{Server, Stop};
use serde_json::Value;
use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::net::TcpListener;

/// Requests are ten messages of together one megabyte at most; text needs up to six bytes for one in JSON.
const LARGEST: usize = 8 * 1024 * 1024;

/// A loopback port for the queues, which is known before there are any.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    pub(crate) async fn open() -> Result<Self, StoreError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StoreError::Listen)?;
        let address = listener.local_addr().map_err(StoreError::Listen)?;
        Ok(Self { listener, address })
    }

    /// What the URLs of queues begin with.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The queues, served.
#[derive(Debug)]
pub(crate) struct Sqs {
    address: SocketAddr,
    server: Server,
    stop: Stop,
}

impl Sqs {
    /// Serves `queues` to whoever knows the access key `key`.
    pub(crate) fn start(door: Door, queues: &[Queue], key: &str, post: &Arc<Post>, clock: &Clock) -> Self {
        let Door { listener, address } = door;
        let queues = queues.iter().map(|queue| queue.name.clone()).collect();
        let desk = Desk {
            sender: Sender { queues, post: Arc::clone(post) },
            credential: format!("Credential={key}/"),
            clock: clock.clone(),
        };
        let (desk, stop) = (Arc::new(desk), Stop::new());
        let server = Server::start(listener, &stop, move |request, _| {
            let desk = Arc::clone(&desk);
            async move { desk.answer(request).await }
        });
        Self { address, server, stop }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets running requests finish.
    pub(crate) async fn close(self) {
        self.stop.now();
        self.server.ended().await;
    }
}

/// Who answers requests.
#[derive(Debug)]
struct Desk {
    sender: Sender,
    /// What the header `authorization` of a caller contains who knows the access key.
    credential: String,
    clock: Clock,
}

impl Desk {
    async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let id = fresh_id(self.clock.now());
        let (status, body, code) = match self.obey(request).await {
            Ok(answer) => (StatusCode::OK, answer, None),
            Err(refusal) => {
                tracing::warn!(request_id = id, %refusal, "a queue refused");
                (refusal.status(), refusal.body(), Some(refusal.query_error()))
            }
        };
        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
        for (name, text) in [("x-amzn-requestid", Some(id)), ("x-amzn-query-error", code)] {
            if let Some(Ok(value)) = text.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
        response
    }

    async fn obey<B>(&self, request: Request<B>) -> Result<Value, Refusal>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !header("authorization").contains(&self.credential) {
            return Err(Refusal::Stranger);
        }
        let action = header("x-amz-target").strip_prefix("AmazonSQS.").filter(|_| head.method == Method::POST);
        let action = action.ok_or_else(|| Refusal::Unsupported(head.uri.path().to_owned()))?;
        let body =
            Limited::new(body, LARGEST).collect().await.map_err(|problem| Refusal::Malformed(problem.to_string()))?;
        self.sender.obey(action, &body.to_bytes(), self.clock.now())
    }
}
