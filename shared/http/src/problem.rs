//! Refusals and failures, on their way to the client.

use axum::response::{IntoResponse, Response};
use cloud::CallError;
use dynamo::StoreError;
use kernel::{ErrorCode, Lang, Refusal};
use lambda_http::http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::{error::Error, sync::Arc};
use utoipa::ToSchema;

/// Why a request is not answered with what it asked for.
///
/// Below 500 the client reads why. From 500 up it reads a fixed sentence, and the cause goes to the log, once.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) refusal: Refusal,
    pub(crate) cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Problem {
    /// The code that the client will read.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.refusal.code
    }

    /// A failure on our side, with the cause for the log.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { refusal: ErrorCode::Internal.into(), cause: Some(Arc::from(cause.into())) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, cause: None }
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Refusal::new(code).into()
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Busy(_) => Self { refusal: ErrorCode::Unavailable.into(), cause: Some(Arc::new(error)) },
            StoreError::Call(_) | StoreError::Shape { .. } => Self::internal(error),
        }
    }
}

/// The body of a problem (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `/problems/<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code stands for, in the language of the request.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ErrorCode,
    /// More than the title, where there is more to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The article of the regulation that refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The fields that break a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ProblemField>,
    /// Finds the request in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A field that breaks a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemField {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it, in the language of the request.
    pub detail: String,
}

impl Problem {
    /// The response in `lang`; the one place where a failure is logged.
    pub(crate) fn render(&self, lang: Lang, request_id: Option<&str>) -> Response {
        let Refusal { code, detail, article, fields, retry_after } = &self.refusal;
        if let Some(cause) = &self.cause {
            tracing::error!(code = code.slug(), cause = chain(&**cause), "request failed");
        }
        let fields = fields
            .iter()
            .map(|field| ProblemField { pointer: field.pointer.clone(), detail: field.text.in_lang(lang).to_owned() });
        let body = ProblemBody {
            kind: format!("/problems/{}", code.slug()),
            title: code.title().in_lang(lang).to_owned(),
            status: code.status(),
            code: *code,
            detail: detail.as_ref().map(|text| text.in_lang(lang).to_owned()),
            article: article.map(str::to_owned),
            fields: fields.collect(),
            request_id: request_id.map(str::to_owned),
        };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        let language = HeaderValue::from_static(if lang == Lang::En { "en" } else { "zh-CN" });
        response.headers_mut().insert(header::CONTENT_LANGUAGE, language);
        // What is busy now is not in a second: the retries of the SDK were spent before this was said.
        if let Some(seconds) = retry_after.or((*code == ErrorCode::Unavailable).then_some(1)) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for Problem {
    /// The status, with the problem beside it: [`crate::finish`] knows the reader's language and writes the body.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error with everything that led to it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
