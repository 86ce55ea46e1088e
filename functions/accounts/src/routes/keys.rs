//! The public keys.

use crate::App;
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_api::ProblemBody;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};

/// The keys that access tokens are verified with (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "accounts",
    responses((status = 200, body = serde_json::Value), (status = 304), (status = "4XX", body = ProblemBody)))]
pub(super) async fn keys(State(app): State<App>) -> Response {
    let body = app.verifier.jwks().to_string();
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest(&SHA256, body.as_bytes())));
    // An hour: a new key is published before it signs (see `vault`), for longer than that.
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (CACHE_CONTROL, "public, max-age=3600".to_owned()),
        (ETAG, etag),
    ];
    (headers, body).into_response()
}
