//! HTTP in, HTTP out.

use crate::{App, DOCUMENT, calendar, page};
use axum::{Router, response::IntoResponse};
use http_api::{Problem, Reply, document, finish};
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(document("reference", "接口文档、健康检查与日期计算"))
        .routes(routes!(openapi))
        .routes(routes!(docs))
        .routes(routes!(health))
        .routes(routes!(calendar::working_days))
        .routes(routes!(calendar::months))
        .with_state(app)
        .split_for_parts();
    (finish(router, None), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

const AN_HOUR: &str = "public, max-age=3600";

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "reference", responses((status = 200, description = "OpenAPI 3.1")))]
async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, AN_HOUR)], DOCUMENT)
}

/// This document as a page.
#[utoipa::path(get, path = "/docs", tag = "reference", responses((status = 200, description = "HTML")))]
async fn docs() -> Result<impl IntoResponse, Problem> {
    let html = page::render(DOCUMENT).map_err(Problem::internal)?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, AN_HOUR), (CONTENT_SECURITY_POLICY, policy)];
    Ok((headers, html))
}

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// `ok`
    status: &'static str,
    /// The version that answers.
    version: &'static str,
}

/// Says that requests arrive. Depends on no store: an alarm on it means that the gateway or the deployment is broken.
#[utoipa::path(get, path = "/healthz", tag = "reference", responses((status = 200, body = Health)))]
async fn health() -> Result<Reply, Problem> {
    Reply::ok(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}
