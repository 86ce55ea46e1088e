//! An HTTP request as the events of payload format 2.0 that API Gateway makes of it.

use crate::{
    encoding::{decode, query},
    template::{ACCOUNT, API_ID, REGION},
};
use base64::prelude::{BASE64_STANDARD, Engine};
use http::{
    HeaderMap, HeaderName, HeaderValue, header,
    request::Parts,
    uri::{Authority, Uri},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, net::IpAddr};

/// Headers that speak about the connection, not the request.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The path of a request as API Gateway routes it and hands it on: decoded, and cut at a `?` that was encoded.
pub(crate) fn raw_path(uri: &Uri) -> String {
    let mut path = decode(uri.path());
    if let Some(cut) = path.find('?') {
        path.truncate(cut);
    }
    path
}

/// What the events of one request have in common.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Heard {
    version: &'static str,
    route_key: String,
    raw_path: String,
    raw_query_string: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: BTreeMap<String, String>,
    request_context: Context,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    account_id: &'static str,
    api_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer>,
    domain_name: String,
    domain_prefix: String,
    http: Description,
    request_id: String,
    route_key: String,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Authorizer {
    lambda: Value,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    method: String,
    path: String,
    protocol: String,
    source_ip: String,
    user_agent: String,
}

/// What an authorizer is asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    route_arn: String,
    identity_source: [&'a str; 1],
    #[serde(flatten)]
    heard: &'a Heard,
}

/// What a function is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(flatten)]
    heard: &'a Heard,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

/// A request that is not one API Gateway would pass on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A request, its route, and when and from where it came.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) route_key: &'a str,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) peer: IpAddr,
    pub(crate) port: u16,
    pub(crate) id: &'a str,
    pub(crate) now: Timestamp,
}

impl Heard {
    /// # Errors
    /// [`Malformed`] without a sound `Host`: the address of a deployed API always has one.
    pub(crate) fn new(arrival: Arrival<'_>) -> Result<Self, Malformed> {
        let Arrival { parts, route_key, parameters, peer, port, id, now } = arrival;
        let host = host(parts)?;
        let mut headers = combined(&parts.headers);
        let forwarded = match headers.get("x-forwarded-for") {
            Some(before) => format!("{before}, {peer}"),
            None => peer.to_string(),
        };
        headers.insert("host".to_owned(), host.as_str().to_owned());
        headers.insert("x-forwarded-for".to_owned(), forwarded);
        headers.insert("x-forwarded-port".to_owned(), port.to_string());
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
        let raw_path = raw_path(&parts.uri);
        let raw_query = parts.uri.query().unwrap_or_default();
        let mut parameters_of_query = BTreeMap::<String, String>::new();
        for (name, value) in query(raw_query) {
            let all = parameters_of_query.entry(name);
            all.and_modify(|all| *all = format!("{all},{value}")).or_insert(value);
        }
        Ok(Self {
            version: "2.0",
            route_key: route_key.to_owned(),
            raw_query_string: raw_query.to_owned(),
            cookies: cookies(&parts.headers),
            query_string_parameters: parameters_of_query,
            path_parameters: parameters,
            request_context: Context {
                account_id: ACCOUNT,
                api_id: API_ID,
                authorizer: None,
                domain_name: host.host().to_owned(),
                domain_prefix: host.host().split('.').next().unwrap_or_default().to_owned(),
                http: Description {
                    method: parts.method.to_string(),
                    path: raw_path.clone(),
                    protocol: format!("{:?}", parts.version),
                    source_ip: peer.to_string(),
                    user_agent,
                },
                request_id: id.to_owned(),
                route_key: route_key.to_owned(),
                stage: "$default",
                time: now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                time_epoch: now.as_millisecond(),
            },
            raw_path,
            headers,
        })
    }

    /// The `Authorization` header, if it says anything.
    pub(crate) fn identity(&self) -> Option<&str> {
        self.headers.get("authorization").map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// The event for an authorizer, as JSON; nothing without an identity.
    pub(crate) fn question(&self) -> Option<serde_json::Result<Vec<u8>>> {
        let (method, path) = (&self.request_context.http.method, &self.raw_path);
        let question = Question {
            kind: "REQUEST",
            route_arn: format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/$default/{method}{path}"),
            identity_source: [self.identity()?],
            heard: self,
        };
        Some(serde_json::to_vec(&question))
    }

    /// With what the authorizer said about the caller.
    pub(crate) fn authorized(mut self, lambda: Value) -> Self {
        self.request_context.authorizer = Some(Authorizer { lambda });
        self
    }

    /// The event for the function, as JSON.
    pub(crate) fn event(&self, body: &[u8]) -> serde_json::Result<Vec<u8>> {
        let content_type = self.headers.get("content-type").map(String::as_str).unwrap_or_default();
        let text = str::from_utf8(body).ok().filter(|_| is_text(content_type));
        let encoded = !body.is_empty() && text.is_none();
        let body = (!body.is_empty()).then(|| text.map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned));
        serde_json::to_vec(&Event { heard: self, body, is_base64_encoded: encoded })
    }
}

fn host(parts: &Parts) -> Result<Authority, Malformed> {
    let named = parts.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let named = named.or_else(|| parts.uri.authority().map(|authority| authority.as_str().as_bytes()));
    let authority = named.and_then(|host| Authority::try_from(host).ok()).ok_or(Malformed)?;
    if authority.host().is_empty() || authority.as_str().contains('@') { Err(Malformed) } else { Ok(authority) }
}

/// Names are lower-case already; several values of one name are joined by commas.
fn combined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for name in headers.keys().filter(|name| **name != header::COOKIE && !HOP_BY_HOP.contains(name)) {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        all.insert(name.as_str().to_owned(), values.join(","));
    }
    all
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines: Vec<_> =
        headers.get_all(header::COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let cookies = lines.iter().flat_map(|line| line.split(';')).map(str::trim);
    cookies.filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

/// Whether a body of this type is passed on as it is; every other one is passed on in base64.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(kind.as_str(), "application/json" | "application/javascript" | "application/xml")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}
