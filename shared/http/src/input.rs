//! What comes in, read into types or refused with the field that is wrong.

use crate::Problem;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use kernel::{ErrorCode, Refusal, Text};
use lambda_http::http::{header, request::Parts};
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Err(ErrorCode::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| Problem::from(ErrorCode::TooLarge))?;
        read(&body).map(Self).map_err(Problem::from)
    }
}

/// Reads a JSON text; what cannot be read names the place.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.inner();
        if inner.is_syntax() || inner.is_eof() {
            let at = format!("line {}, column {}", inner.line(), inner.column());
            let zh = format!("不是有效的 JSON（第 {} 行第 {} 列）", inner.line(), inner.column());
            return Refusal::new(ErrorCode::Malformed).because(Text::of(zh, format!("not valid JSON at {at}")));
        }
        Refusal::field(pointer(&error.path().to_string(), &inner.to_string()), Text::from_display(inner))
    })?;
    json.end().map_err(|_| {
        Refusal::new(ErrorCode::Malformed)
            .because(Text::of("JSON 之后还有多余内容", "something follows the JSON value"))
    })?;
    Ok(value)
}

/// A path as serde tells it (`branches[2].name`, `.` for the whole) as a JSON pointer; a missing or unknown field is
/// named by the message alone.
fn pointer(path: &str, message: &str) -> String {
    let mut pointer: String = path
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'))
        .filter(|part| !part.is_empty() && *part != "?")
        .fold(String::new(), |mut pointer, part| {
            pointer.push('/');
            pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
            pointer
        });
    let unnamed = message.starts_with("missing field") || message.starts_with("duplicate field");
    if let Some(name) = message.split('`').nth(1).filter(|_| unnamed) {
        pointer.push('/');
        pointer.push_str(name);
    }
    pointer
}

/// The parameters of the path. What does not parse is not there.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(ErrorCode::NotFound.into()),
        }
    }
}

/// The parameters after the question mark; unknown ones are refused where `T` says so.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| {
                let shown = error.body_text();
                let inner = shown.strip_prefix("Failed to deserialize query string: ").unwrap_or(&shown);
                let (path, message) = inner.split_once(": ").unwrap_or(("", inner));
                let path = if path.contains(' ') { "" } else { path };
                let message = if path.is_empty() { inner } else { message };
                Refusal::field(pointer(path, message), Text::from_display(&message)).into()
            })
    }
}

/// The version that an update is based on, out of `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(u64);

impl IfMatch {
    /// Requires that the record still has this version.
    ///
    /// # Errors
    /// [`ErrorCode::Stale`] when it does not.
    pub fn require(self, version: u64) -> Result<(), Refusal> {
        if self.0 == version { Ok(()) } else { Err(ErrorCode::Stale.into()) }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(header::IF_MATCH).ok_or(ErrorCode::VersionRequired)?;
        let version =
            header.to_str().ok().and_then(|text| text.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok());
        version.map(Self).ok_or_else(|| ErrorCode::Stale.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Line, Phone};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "what was read is of no interest here")]
    struct Person {
        phone: Phone,
        names: Vec<Line<4>>,
    }

    fn refused(body: &str) -> (ErrorCode, Option<(String, String)>) {
        let refusal = read::<Person>(body.as_bytes()).unwrap_err();
        (refusal.code, refusal.fields.first().map(|field| (field.pointer.clone(), field.text.zh.to_string())))
    }

    #[test]
    fn a_bad_field_is_named_by_its_pointer_in_chinese() {
        let field = |pointer: &str, zh: &str| (ErrorCode::InvalidField, Some((pointer.to_owned(), zh.to_owned())));
        assert_eq!(refused(r#"{"phone":"1","names":[]}"#), field("/phone", "手机号码不正确，应为 11 位大陆手机号"));
        assert_eq!(refused(r#"{"phone":"13800000000","names":["a","bbbbb"]}"#), field("/names/1", "最多 4 个字"));
        assert_eq!(refused(r#"{"phone":"13800000000"}"#), field("/names", "缺少必填字段"));
        assert_eq!(refused(r#"{"phone":7,"names":[]}"#).1.unwrap().0, "/phone");
        assert_eq!(refused(r#"{"phone":"13800000000","names":[],"x":1}"#), field("/x", "有不认识的字段"));
        assert_eq!(refused(r#"{"phone":"13800000000","phone":"13800000000","names":[]}"#), field("/phone", "字段重复"));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in ["", "{", "\u{feff}{}", "{\"phone\":\"\\ud800\"}", "nul", "{} {}", &"[".repeat(100_000)] {
            assert!(read::<serde_json::Value>(body.as_bytes()).is_err(), "{body:.20}");
            assert!(read::<Person>(body.as_bytes()).is_err(), "{body:.20}");
        }
        assert_eq!(read::<Person>(&[b'"', 0xff, b'"']).unwrap_err().code, ErrorCode::Malformed);
    }
}
