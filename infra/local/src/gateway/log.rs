//! The request log: one line per request, without anything that a person could be known by.

use jiff::{Timestamp, tz::Offset};
use std::{fmt, io::Write, sync::Arc, time::Duration};

/// Where the request log goes.
#[derive(Clone)]
pub struct RequestLog(Arc<dyn Fn(&Line<'_>) + Send + Sync>);

impl RequestLog {
    /// Lines on the standard error of the process.
    #[must_use]
    pub fn stderr() -> Self {
        // A log that nobody can read any more is no reason to stop.
        Self::new(|line| writeln!(std::io::stderr().lock(), "{line}").unwrap_or_default())
    }

    /// Nowhere.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// To `write`, once per request.
    pub fn new(write: impl Fn(&Line<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    pub(super) fn write(&self, line: &Line<'_>) {
        (self.0)(line);
    }
}

impl fmt::Debug for RequestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestLog")
    }
}

/// An instant as the log shows it: Shanghai's date and time of day.
pub(crate) fn stamp(time: Timestamp) -> impl fmt::Display {
    Offset::constant(8).to_datetime(time).strftime("%F %T%.3f").to_string()
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// When it came.
    pub time: Timestamp,
    /// Its method; `OTHER` when it is none of HTTP's ordinary ones.
    pub method: &'a str,
    /// The path of its route, with placeholders: identifiers and queries stay out of the log.
    pub path: Option<&'a str>,
    /// The status of the answer.
    pub status: u16,
    /// From the last byte of the head to the answer.
    pub took: Duration,
    /// The function behind the route.
    pub function: Option<&'a str>,
    /// What the answer carries as `apigw-requestid`.
    pub request_id: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, method, path, status, took, function, request_id } = self;
        let time = stamp(*time);
        let (path, function) = (path.unwrap_or("(no route)"), function.unwrap_or("-"));
        write!(f, "{time} {method:<6} {path} {status} {} ms {function} {request_id}", took.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_from_left_to_right() {
        let line = Line {
            time: "2026-12-01T00:00:00.5Z".parse().unwrap(),
            method: "GET",
            path: Some("/v1/members/{member}"),
            status: 200,
            took: Duration::from_millis(12),
            function: Some("members"),
            request_id: "r1",
        };
        assert_eq!(line.to_string(), "2026-12-01 08:00:00.500 GET    /v1/members/{member} 200 12 ms members r1");
    }
}
