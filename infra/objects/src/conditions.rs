//! Conditional reads (RFC 9110, section 13), which the store behind ignores.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
        LAST_MODIFIED,
    },
};
use jiff::{Timestamp, fmt::rfc2822};
use s3s::Body;

/// What S3 answers when a condition does not hold.
const REFUSAL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>PreconditionFailed</Code><Message>At \
                       least one of the pre-conditions you specified did not hold</Message></Error>";

/// The conditions of a read.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    matches: Option<HeaderValue>,
    none_matches: Option<HeaderValue>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Those of a GET or HEAD; other methods have none here.
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        if method != Method::GET && method != Method::HEAD {
            return Self::default();
        }
        let date = |name: HeaderName| headers.get(name).and_then(instant);
        Self {
            matches: headers.get(IF_MATCH).cloned(),
            none_matches: headers.get(IF_NONE_MATCH).cloned(),
            modified_since: date(IF_MODIFIED_SINCE),
            unmodified_since: date(IF_UNMODIFIED_SINCE),
        }
    }

    /// `response`, or what takes its place when a condition says so.
    pub(super) fn apply(&self, response: Response<Body>) -> Response<Body> {
        if !response.status().is_success() {
            return response;
        }
        let headers = response.headers();
        let etag = headers.get(ETAG).map(HeaderValue::as_bytes).unwrap_or_default();
        let changed = headers.get(LAST_MODIFIED).and_then(instant);
        let holds = match (&self.matches, self.unmodified_since, changed) {
            (Some(wanted), ..) => lists(wanted, etag),
            (None, Some(since), Some(changed)) => changed <= since,
            _ => true,
        };
        if !holds {
            let mut refusal = Response::new(Body::from(REFUSAL.to_owned()));
            *refusal.status_mut() = StatusCode::PRECONDITION_FAILED;
            refusal.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            return refusal;
        }
        let known = match (&self.none_matches, self.modified_since, changed) {
            (Some(known), ..) => lists(known, etag),
            (None, Some(since), Some(changed)) => changed <= since,
            _ => false,
        };
        if !known {
            return response;
        }
        let mut short = Response::new(Body::empty());
        *short.status_mut() = StatusCode::NOT_MODIFIED;
        for name in [ETAG, LAST_MODIFIED, CACHE_CONTROL, EXPIRES] {
            if let Some(value) = headers.get(&name) {
                short.headers_mut().insert(name, value.clone());
            }
        }
        short
    }
}

/// Whether a list of entity tags has `etag` in it, or is `*`. Weak tags compare like strong ones.
fn lists(tags: &HeaderValue, etag: &[u8]) -> bool {
    let strong = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let quoted = strong(etag);
    tags.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii).any(|tag| tag == b"*" || strong(tag) == quoted)
}

fn instant(date: &HeaderValue) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(date.to_str().ok()?).ok()
}
