//! `Idempotency-Key`: a request that a bad line makes a phone send again has the effect of once.

use crate::{Problem, Reply, caller};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dynamo::{Ledger, Once};
use kernel::{ErrorCode, Refusal, Text};
use lambda_http::{
    http::{Method, header::IF_MATCH, request::Parts},
    request::RequestContext,
};

/// The identity of the request, where the client gave it one; a handler passes it to [`Ledger::commit`].
#[derive(Debug, Clone)]
pub struct Idempotency(pub Option<Once>);

impl<S: Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(parts.extensions.get::<Once>().cloned()))
    }
}

const HEADER: &str = "idempotency-key";

/// Gives a changing request its identity. When the handler then refuses it, the refusal may be the shadow of the
/// request's own earlier success (the number is taken, the state has moved on): the kept answer wins.
pub(crate) async fn layer(State(ledger): State<Ledger>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(HEADER) else { return next.run(request).await };
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let fits = |text: &&str| (8..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let Some(key) = key.to_str().ok().filter(fits).map(str::to_owned) else {
        let text =
            Text::of("Idempotency-Key 应为 8 至 128 个可见字符", "Idempotency-Key must be 8 to 128 visible characters");
        return Problem::from(Refusal::new(ErrorCode::Malformed).because(text)).into_response();
    };
    let (mut parts, body) = request.into_parts();
    let Ok(caller) = caller::find(parts.extensions.get::<RequestContext>()) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let Ok(body) = to_bytes(body, crate::BODY_LIMIT).await else {
        return Problem::from(ErrorCode::TooLarge).into_response();
    };
    let (method, path, query) = (parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default());
    let version = parts.headers.get(IF_MATCH).map_or(&[][..], |value| value.as_bytes());
    let once = Once::new(caller.member, &key, &[method.as_bytes(), path.as_bytes(), query.as_bytes(), version, &body]);
    parts.extensions.insert(once.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_client_error() {
        return response;
    }
    match ledger.recall(&once).await {
        Ok(Some(answer)) => Reply::from(answer).into_response(),
        Ok(None) => response,
        Err(error) => Problem::from(error).into_response(),
    }
}
