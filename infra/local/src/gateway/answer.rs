//! Answers: those of functions, translated, and the gateway's own.

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Lambda hands on this much of an answer at most, in bytes of JSON.
const LARGEST: usize = 6 * 1024 * 1024;

/// The header with the id of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// An answer of the gateway itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    /// The request cannot be passed on.
    BadRequest,
    /// A protected route without `Authorization`.
    Unauthorized,
    /// The authorizer says no.
    Forbidden,
    /// No such route.
    NotFound,
    /// The body has more than 10 MB.
    TooLarge,
    /// The function failed, or answered what is not an answer.
    Failed,
    /// The function took longer than its timeout.
    Unavailable,
}

impl Own {
    pub(crate) fn response(self) -> Response<Full<Bytes>> {
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, r#"{"message":"Unauthorized"}"#),
            Self::Forbidden => (StatusCode::FORBIDDEN, r#"{"message":"Forbidden"}"#),
            Self::NotFound => (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#),
        };
        let mut response = Response::new(Full::from(message));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// The answer of a function in payload format 2.0.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Why the answer of a function is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadAnswer {
    #[error("it has {0} bytes, and Lambda hands on 6 MB at most")]
    TooLarge(usize),
    #[error("it is not an answer in payload format 2.0: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("its status {0} is none")]
    Status(u16),
    #[error("its header {0} is malformed")]
    Header(String),
    #[error("its body is not base64: {0}")]
    Body(#[from] base64::DecodeError),
}

/// Translates the JSON that a function answered.
pub(crate) fn translate(json: &[u8]) -> Result<Response<Full<Bytes>>, BadAnswer> {
    if json.len() > LARGEST {
        return Err(BadAnswer::TooLarge(json.len()));
    }
    let Answer { status_code, headers, cookies, body, is_base64_encoded } = serde_json::from_slice(json)?;
    let body = body.unwrap_or_default();
    let body = if is_base64_encoded { BASE64_STANDARD.decode(body)? } else { body.into_bytes() };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = match StatusCode::from_u16(status_code) {
        Ok(status) if status_code >= 200 => status,
        _ => return Err(BadAnswer::Status(status_code)),
    };
    for (name, value) in headers {
        let bad = || BadAnswer::Header(name.clone());
        let parsed = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        // The server counts the bytes itself.
        if parsed != header::CONTENT_LENGTH && parsed != header::TRANSFER_ENCODING && parsed != header::CONNECTION {
            response.headers_mut().insert(parsed, HeaderValue::try_from(value).map_err(|_| bad())?);
        }
    }
    for cookie in cookies {
        let cookie = HeaderValue::try_from(cookie).map_err(|_| BadAnswer::Header("set-cookie".to_owned()))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    fn translated(answer: &serde_json::Value) -> Result<Response<Full<Bytes>>, BadAnswer> {
        translate(&serde_json::to_vec(answer).unwrap())
    }

    #[tokio::test]
    async fn headers_cookies_and_text_pass() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "location": "/v1/x", "content-length": "999" },
            "multiValueHeaders": {},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "党",
            "isBase64Encoded": false
        });
        let response = translated(&answer).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["location"], "/v1/x");
        assert!(!response.headers().contains_key("content-length"));
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1; Secure", "b=2"]);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "党");
    }

    #[tokio::test]
    async fn base64_bodies_arrive_as_bytes() {
        let answer = json!({ "statusCode": 200, "body": "AP+A", "isBase64Encoded": true });
        let body = translated(&answer).unwrap().into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.as_ref(), [0, 0xff, 0x80]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bad in [
            json!("text"),
            json!({ "body": "" }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 101 }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": "b\nc" } }),
            json!({ "statusCode": 200, "body": "!", "isBase64Encoded": true }),
            json!({ "statusCode": 200, "body": "x".repeat(LARGEST) }),
        ] {
            assert!(translated(&bad).is_err(), "{}", bad.to_string().get(..60).unwrap_or_default());
        }
    }
}
