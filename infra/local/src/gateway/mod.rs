//! The HTTP API: what API Gateway does between a client and the functions.
//!
//! It knows the routes of the template and no others. Each request becomes the JSON event of payload format 2.0 that
//! the deployed function gets, and the function's JSON becomes the answer. 401, 403, 404, 413, 500 and 503 of the
//! gateway itself have the bodies that API Gateway gives them.

mod answer;
mod event;
mod log;
mod routes;

#[cfg(test)]
mod tests;

pub(crate) use log::stamp;
pub use log::{Line, RequestLog};

use crate::{
    invoke::{Callee, Failure, fresh_id},
    template::Route,
};
use answer::{Own, REQUEST_ID};
use bytes::Bytes;
use event::{Arrival, Heard, raw_path};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use kernel::Clock;
use routes::Routes;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

/// API Gateway takes bodies of 10 MB at most.
const LARGEST: usize = 10 * 1024 * 1024;
/// A client that sends more than the largest body is heard out up to here, so that it reads the answer.
const PATIENCE: usize = 8 * LARGEST;

/// What serves a route.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) route: Route,
    pub(crate) function: Arc<Callee>,
    /// For protected routes.
    pub(crate) authorizer: Option<Arc<Callee>>,
}

/// The HTTP API.
#[derive(Debug)]
pub(crate) struct Gateway {
    routes: Routes<Target>,
    clock: Clock,
    log: RequestLog,
    /// The port that clients see.
    port: u16,
}

/// A body that cannot be taken.
enum Unreadable {
    TooLarge,
    Broken,
}

impl Gateway {
    pub(crate) fn new(targets: Vec<Target>, clock: Clock, log: RequestLog, port: u16) -> Self {
        Self { routes: Routes::new(targets.into_iter().map(|t| (t.route.clone(), t))), clock, log, port }
    }

    /// Answers one request.
    pub(crate) async fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (arrived, began) = (self.clock.now(), Instant::now());
        let id = fresh_id(arrived);
        let (parts, body) = request.into_parts();
        let found = self.routes.find(&parts.method, &raw_path(&parts.uri));
        let (target, parameters) = match found {
            Some(found) => (Some(found.target), found.parameters),
            None => (None, BTreeMap::new()),
        };
        let body = read(body).await;
        let outcome = match (target, body) {
            (None, _) => Err(Own::NotFound),
            (_, Err(Unreadable::TooLarge)) => Err(Own::TooLarge),
            (_, Err(Unreadable::Broken)) => Err(Own::BadRequest),
            (Some(target), Ok(body)) => {
                let route_key = target.route.key();
                let (peer, port) = (unmapped(peer.ip()), self.port);
                let arrival =
                    Arrival { parts: &parts, route_key: &route_key, parameters, peer, port, id: &id, now: arrived };
                self.pass_on(target, arrival, &body).await
            }
        };
        let mut response = outcome.unwrap_or_else(Own::response);
        if let Ok(id) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        self.log.write(&Line {
            time: arrived,
            method: known(&parts.method),
            path: target.map(|target| target.route.path.as_str()),
            status: response.status().as_u16(),
            took: began.elapsed(),
            function: target.map(|target| target.function.name.as_str()),
            request_id: &id,
        });
        response
    }

    async fn pass_on(&self, target: &Target, arrival: Arrival<'_>, body: &[u8]) -> Result<Response<Full<Bytes>>, Own> {
        let id = arrival.id.to_owned();
        let mut heard = Heard::new(arrival).map_err(|_| Own::BadRequest)?;
        if let Some(authorizer) = &target.authorizer {
            heard = authorize(authorizer, heard, &id).await?;
        }
        let event = heard.event(body).map_err(|problem| {
            tracing::error!(request_id = id, %problem, "an event cannot be written");
            Own::Failed
        })?;
        let function = &target.function;
        let json = function.request(event, &id).await.map_err(|failure| {
            tracing::error!(function = function.name, request_id = id, %failure, "a function failed");
            if let Failure::TimedOut(_) = failure { Own::Unavailable } else { Own::Failed }
        })?;
        answer::translate(&json).map_err(|problem| {
            tracing::error!(function = function.name, request_id = id, %problem, "a function's answer is none");
            Own::Failed
        })
    }
}

/// Asks the authorizer, as a gateway without a cache does for each request.
async fn authorize(authorizer: &Callee, heard: Heard, id: &str) -> Result<Heard, Own> {
    let question = heard.question().ok_or(Own::Unauthorized)?;
    let verdict = match question {
        Ok(question) => authorizer.judge(question, id).await,
        Err(problem) => Err(Failure::Failed(problem.into())),
    };
    let verdict = verdict.map_err(|failure| {
        tracing::error!(function = authorizer.name, request_id = id, %failure, "the authorizer failed");
        Own::Failed
    })?;
    if !verdict.is_authorized {
        return Err(Own::Forbidden);
    }
    Ok(heard.authorized(if verdict.context.is_object() { verdict.context } else { Value::Null }))
}

/// Reads a body of at most [`LARGEST`] bytes; what is beyond is never kept.
async fn read<B: Body<Data = Bytes> + Unpin>(mut body: B) -> Result<Vec<u8>, Unreadable> {
    if body.size_hint().lower() > PATIENCE as u64 {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unreadable::Broken)?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= LARGEST {
            bytes.extend_from_slice(data);
        } else if length <= PATIENCE {
            bytes = Vec::new();
        } else {
            break;
        }
    }
    if length > LARGEST { Err(Unreadable::TooLarge) } else { Ok(bytes) }
}

/// Addresses of version 4 as they are, also on a socket for both versions.
fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// A method as it may stand in the log: a client can send any word as its method.
fn known(method: &Method) -> &str {
    let ours = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if ours.contains(method) { method.as_str() } else { "OTHER" }
}
