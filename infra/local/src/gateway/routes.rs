//! Which route a request is for.

use crate::template::Route;
use http::Method;
use std::collections::BTreeMap;

/// The routes of the template, with what serves each.
#[derive(Debug)]
pub(crate) struct Routes<T>(Vec<(Pattern, T)>);

#[derive(Debug)]
struct Pattern {
    method: Method,
    segments: Vec<Segment>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Is(String),
    Any(String),
}

/// A route that a request is for.
#[derive(Debug)]
pub(crate) struct Found<'a, T> {
    pub(crate) target: &'a T,
    /// The values of `{name}` in the path.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl<T> Routes<T> {
    pub(crate) fn new(routes: impl IntoIterator<Item = (Route, T)>) -> Self {
        let pattern =
            |route: Route| Pattern { method: route.method, segments: segments(&route.path).map(segment).collect() };
        Self(routes.into_iter().map(|(route, target)| (pattern(route), target)).collect())
    }

    /// The most specific route for a decoded path: plain segments win over parameters, from the left.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Found<'_, T>> {
        let asked: Vec<&str> = segments(path).collect();
        let fits = |pattern: &&(Pattern, T)| {
            let Pattern { method: m, segments } = &pattern.0;
            m == method
                && segments.len() == asked.len()
                && segments.iter().zip(&asked).all(|(segment, asked)| match segment {
                    Segment::Is(text) => text == asked,
                    Segment::Any(_) => !asked.is_empty(),
                })
        };
        let plain =
            |pattern: &Pattern| pattern.segments.iter().map(|s| matches!(s, Segment::Is(_))).collect::<Vec<_>>();
        let (pattern, target) = self.0.iter().filter(fits).max_by_key(|(pattern, _)| plain(pattern))?;
        let parameters = pattern.segments.iter().zip(asked).filter_map(|(segment, asked)| match segment {
            Segment::Any(name) => Some((name.clone(), asked.to_owned())),
            Segment::Is(_) => None,
        });
        Some(Found { target, parameters: parameters.collect() })
    }
}

fn segments(path: &str) -> std::str::Split<'_, char> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => Segment::Any(name.to_owned()),
        None => Segment::Is(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Access;
    use proptest::prelude::*;

    fn routes(keys: &[&'static str]) -> Routes<&'static str> {
        Routes::new(keys.iter().map(|key| {
            let (method, path) = key.split_once(' ').unwrap();
            let method = method.parse().unwrap();
            (Route { method, path: path.to_owned(), access: Access::Public }, *key)
        }))
    }

    fn found(keys: &[&'static str], method: &Method, path: &str) -> Option<(&'static str, Vec<String>)> {
        let routes = routes(keys);
        routes.find(method, path).map(|found| (*found.target, found.parameters.into_values().collect()))
    }

    #[test]
    fn plain_segments_win_over_parameters() {
        let keys = ["GET /v1/{a}/{b}", "GET /v1/{a}/me", "GET /v1/me/{b}", "GET /v1/me/data"];
        let ask = |path| found(&keys, &Method::GET, path).unwrap().0;
        assert_eq!(ask("/v1/me/data"), "GET /v1/me/data");
        assert_eq!(ask("/v1/me/x"), "GET /v1/me/{b}");
        assert_eq!(ask("/v1/x/me"), "GET /v1/{a}/me");
        assert_eq!(ask("/v1/x/y"), "GET /v1/{a}/{b}");
    }

    #[test]
    fn a_parameter_is_one_segment_that_is_not_empty() {
        let keys = ["GET /v1/members/{member}"];
        let ask = |path| found(&keys, &Method::GET, path);
        assert_eq!(ask("/v1/members/mbr_1"), Some(("GET /v1/members/{member}", vec!["mbr_1".to_owned()])));
        for other in ["/v1/members/", "/v1/members", "/v1/members/a/b", "/v1/members/a/", "//v1/members/a", "/"] {
            assert_eq!(ask(other), None, "{other}");
        }
    }

    #[test]
    fn another_method_is_another_route() {
        assert_eq!(found(&["GET /healthz"], &Method::HEAD, "/healthz"), None);
        assert_eq!(found(&["GET /healthz"], &Method::POST, "/healthz"), None);
    }

    proptest! {
        #[test]
        fn any_path_without_slashes_fills_a_parameter(value in "[^/]+") {
            let found = found(&["GET /a/{b}"], &Method::GET, &format!("/a/{value}"));
            prop_assert_eq!(found.unwrap().1, vec![value]);
        }
    }
}
