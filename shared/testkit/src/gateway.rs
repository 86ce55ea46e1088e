//! A client that reaches a router as the gateway does: with a payload-2.0 event and the authorizer's context in it.

use authz::{Caller, Grant, Role};
use http_body_util::BodyExt;
use kernel::{MemberId, OrgId, SessionId};
use lambda_http::{Request, request};
use serde_json::{Map, Value, json};
use tower::{Service, ServiceExt};

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Map<String, Value>,
    /// The body as JSON; `null` for none, a string for what is not JSON.
    pub body: Value,
}

impl Reply {
    /// The `code` of a problem; empty for what is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).unwrap_or_default()
    }

    /// A header; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text of the body by its JSON pointer; empty when it is not there.
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// A caller in a test.
#[must_use]
pub fn caller(member: MemberId, grants: &[(Role, OrgId)]) -> Caller {
    let grants = grants.iter().map(|(role, org)| Grant { role: *role, org: *org }).collect();
    Caller { member, session: SessionId::from_bytes(1, [1; 10]), grants }
}

/// Sends requests to one router as one caller, or as nobody.
#[derive(Debug, Clone)]
pub struct Client {
    router: axum::Router,
    caller: Option<Caller>,
    headers: Map<String, Value>,
    network: String,
}

impl Client {
    /// A client of `router`; without a caller the authorizer was not asked.
    #[must_use]
    pub fn new(router: axum::Router, caller: Option<Caller>) -> Self {
        Self { router, caller, headers: Map::new(), network: "203.0.113.7".to_owned() }
    }

    /// The same router with somebody else at the phone.
    #[must_use]
    pub fn with(&self, caller: Caller) -> Self {
        Self { caller: Some(caller), ..self.clone() }
    }

    /// The next requests with another header.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(name.to_owned(), json!(value));
        other
    }

    /// The next requests with an `Idempotency-Key`.
    #[must_use]
    pub fn idempotency(&self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// The next requests with an `If-Match`.
    #[must_use]
    pub fn if_match(&self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// The next requests from another address.
    #[must_use]
    pub fn from(&self, address: &str) -> Self {
        Self { network: address.to_owned(), ..self.clone() }
    }

    /// `GET`; `path` may carry a query.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body.to_string())).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(body.to_string())).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body.to_string())).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }

    /// Any request, the body as it is.
    ///
    /// # Panics
    /// When the router does not answer at all.
    pub async fn send(&self, method: &str, path: &str, body: Option<String>) -> Reply {
        self.deliver(&self.event(method, path, body.as_deref())).await
    }

    /// Hands the router an event of the gateway as it is.
    ///
    /// # Panics
    /// When it is none, or the router does not answer at all.
    #[expect(clippy::expect_used, reason = "a test cannot go on without an answer")]
    pub async fn deliver(&self, event: &Value) -> Reply {
        let request = request::from_str(&event.to_string()).expect("a well-formed event");
        let mut router = self.router.clone();
        let service =
            <axum::Router as ServiceExt<Request>>::ready(&mut router).await.expect("a router is always ready");
        let response = service.call(request).await.expect("a router always answers");
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default()))).collect();
        let bytes = response.into_body().collect().await.expect("a body in memory").to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or_else(|_| json!(text)) };
        Reply { status, headers, body }
    }

    /// The gateway's event of a request, payload 2.0.
    #[must_use]
    pub fn event(&self, method: &str, path: &str, body: Option<&str>) -> Value {
        let (raw_path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = self.headers.clone();
        headers.insert("host".to_owned(), json!("api.test"));
        if body.is_some() && !headers.contains_key("content-type") {
            headers.insert("content-type".to_owned(), json!("application/json"));
        }
        let mut context = json!({
            "accountId": "000000000000", "apiId": "test", "domainName": "api.test", "domainPrefix": "api",
            "http": {
                "method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": self.network, "userAgent": "test",
            },
            "requestId": "request-1", "routeKey": "$default", "stage": "$default",
            "time": "24/Nov/2026:02:00:00 +0000", "timeEpoch": 1_795_485_600_000_u64,
        });
        if let (Some(caller), Some(context)) = (&self.caller, context.as_object_mut()) {
            context.insert("authorizer".to_owned(), json!({ "lambda": http_api::context(Ok(caller)) }));
        }
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": raw_path, "rawQueryString": query,
            "headers": headers, "requestContext": context, "isBase64Encoded": false, "body": body,
        })
    }
}
