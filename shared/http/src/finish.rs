//! What every router is wrapped in.

use crate::{Problem, once};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use dynamo::Ledger;
use kernel::{ErrorCode, Lang};
use lambda_http::{
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    request::RequestContext,
};
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;

/// Bytes of a request body at most: 256 KiB. Files go to the bucket, not through a function.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Puts around `router` what every function has. `ledger` is where repeated requests find their answers; a function
/// that changes nothing has none.
pub fn finish(router: Router, ledger: Option<Ledger>) -> Router {
    let router = router
        .fallback(async || Problem::from(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Problem::from(ErrorCode::MethodNotAllowed));
    let router = match ledger {
        Some(ledger) => router.layer(middleware::from_fn_with_state(ledger, once::layer)),
        None => router,
    };
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(edge))
}

/// A panic was logged where it happened (`telemetry::init`); the client learns that it is our fault.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::from(ErrorCode::Internal).into_response()
}

/// The outermost layer: language, request id, problem bodies, conditional answers, the request's one log line.
async fn edge(request: Request, next: Next) -> Response {
    let lang = Lang::accepted(request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()));
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-".to_owned(), |path| path.as_str().to_owned());
    let request_id = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };

    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.render(lang, request_id.as_deref());
    }
    if method == Method::GET
        && known.is_some()
        && response.status() == StatusCode::OK
        && response.headers().get(header::ETAG) == known.as_ref()
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, authorization"));
    if let Some(id) = request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let status = response.status().as_u16();
    tracing::info!(%method, route, status, request = request_id, "answered");
    response
}
