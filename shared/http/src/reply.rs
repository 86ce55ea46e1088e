//! Answers.

use crate::Problem;
use axum::response::{IntoResponse, Response};
use dynamo::Answer;
use lambda_http::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

/// The entity tag of a record's version.
#[must_use]
pub fn etag(version: u64) -> String {
    format!("\"v{version}\"")
}

/// An answer of a handler.
#[derive(Debug)]
pub struct Reply(Answer);

impl Reply {
    fn with<T: Serialize>(status: StatusCode, body: &T) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(Problem::internal)?;
        Ok(Self(Answer { status: status.as_u16(), location: None, etag: None, body, replayed: false }))
    }

    /// 200 with `body`.
    ///
    /// # Errors
    /// When the body does not write as JSON.
    pub fn ok<T: Serialize>(body: &T) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, body)
    }

    /// 201 with `body`, which is found at `location`.
    ///
    /// # Errors
    /// When the body does not write as JSON.
    pub fn created<T: Serialize>(location: String, body: &T) -> Result<Self, Problem> {
        let Self(answer) = Self::with(StatusCode::CREATED, body)?;
        Ok(Self(Answer { location: Some(location), ..answer }))
    }

    /// 204.
    #[must_use]
    pub fn nothing() -> Self {
        let status = StatusCode::NO_CONTENT.as_u16();
        Self(Answer { status, location: None, etag: None, body: String::new(), replayed: false })
    }

    /// The same with the version of the record in its body.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.0.etag = Some(etag(version));
        self
    }

    /// What is kept of it for a repeated request.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        self.0
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self(answer)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let Answer { status, location, etag, body, replayed } = self.0;
        let mut response = StatusCode::from_u16(status).unwrap_or_default().into_response();
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: Option<String>| {
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        };
        set(header::LOCATION, location);
        set(header::ETAG, etag);
        set(header::CONTENT_TYPE, (!body.is_empty()).then(|| "application/json".to_owned()));
        set(HeaderName::from_static("idempotency-replayed"), replayed.then(|| "true".to_owned()));
        *response.body_mut() = body.into();
        response
    }
}
