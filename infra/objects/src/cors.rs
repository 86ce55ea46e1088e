//! CORS of a bucket, as its configuration in the template says: the store behind knows nothing of it.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use s3s::Body;

/// A rule of a bucket's CORS configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsRule {
    /// Origins; one `*` in each at most.
    pub origins: Vec<String>,
    /// Methods, in capitals.
    pub methods: Vec<String>,
    /// Request headers; one `*` in each at most.
    pub headers: Vec<String>,
    /// Response headers that scripts may read.
    pub exposed: Vec<String>,
    /// For how many seconds a browser may remember the answer.
    pub max_age: Option<u32>,
}

/// Answers a preflight request; without a rule that allows it, 403 as S3 does.
pub(super) fn preflight(rules: &[CorsRule], headers: &HeaderMap) -> Response<Body> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (origin, method) = (text(ORIGIN), text(ACCESS_CONTROL_REQUEST_METHOD));
    let asked = text(ACCESS_CONTROL_REQUEST_HEADERS);
    let wanted = || asked.split(',').map(str::trim).filter(|name| !name.is_empty());
    let found = find(rules, origin, method).filter(|rule| {
        wanted().all(|name| rule.headers.iter().any(|pattern| matches(&pattern.to_lowercase(), &name.to_lowercase())))
    });
    let mut response = Response::new(Body::empty());
    match found {
        Some(rule) => {
            allow(response.headers_mut(), rule, origin);
            if !asked.is_empty() {
                set(response.headers_mut(), ACCESS_CONTROL_ALLOW_HEADERS, asked);
            }
            if let Some(age) = rule.max_age {
                response.headers_mut().insert(ACCESS_CONTROL_MAX_AGE, age.into());
            }
        }
        None => *response.status_mut() = StatusCode::FORBIDDEN,
    }
    response
}

/// Adds what lets a script at `origin` read the answer of a request with `method`.
pub(super) fn decorate(rules: &[CorsRule], origin: Option<&HeaderValue>, method: &Method, answer: &mut HeaderMap) {
    let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else { return };
    if let Some(rule) = find(rules, origin, method.as_str()) {
        allow(answer, rule, origin);
    }
}

fn find<'a>(rules: &'a [CorsRule], origin: &str, method: &str) -> Option<&'a CorsRule> {
    rules.iter().find(|rule| {
        rule.methods.iter().any(|allowed| allowed == method)
            && rule.origins.iter().any(|pattern| matches(pattern, origin))
    })
}

fn allow(headers: &mut HeaderMap, rule: &CorsRule, origin: &str) {
    let any = rule.origins.iter().any(|allowed| allowed == "*");
    set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, if any { "*" } else { origin });
    set(headers, ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
    if !rule.exposed.is_empty() {
        set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &rule.exposed.join(", "));
    }
    set(headers, VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether `text` is `pattern`, in which one `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn one_star_stands_for_anything() {
        assert!(matches("https://*.example.cn", "https://a.example.cn"));
        assert!(matches("*", "https://example.cn"));
        assert!(!matches("https://*.example.cn", "https://example.cn"));
        assert!(!matches("aba*aba", "aba"));
        assert!(!matches("https://example.cn", "https://example.cn.evil"));
    }
}
