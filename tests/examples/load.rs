//! Load benchmark: fifty connections against the runner, all in one process.
//!
//! `cargo run --release -p system --example load [seconds]` prints requests, errors and latencies per kind of route.
//! Latencies are of the whole way: HTTP, gateway event, authorizer, function, AWS SDK, embedded store. They are for
//! comparison on one machine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints and gives up"
)]

use bytes::Bytes;
use demo::{CAST, PASSWORD, Plan, Stage};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use local::{Data, Listen, Options, RequestLog, Runner};
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

const CONNECTIONS: u32 = 50;

type Http = Client<HttpConnector, Full<Bytes>>;

async fn send(
    http: &Http,
    method: &str,
    url: String,
    token: Option<&str>,
    key: Option<String>,
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(url).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = Full::new(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default()));
    let response = http.request(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::main]
async fn main() {
    let seconds: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut options = Options::new("template.yaml".into(), Data::Ephemeral);
    options.log = RequestLog::silent();
    options.parameters.insert("SecondFactor".to_owned(), "demo".to_owned());
    let mut runner = Runner::open(options).await.unwrap();
    demo::load(&runner.whole_environment().unwrap(), &Plan::full(), |_, _| {}).await.unwrap();
    let base =
        format!("http://{}", runner.serve(Listen::new(Ipv4Addr::LOCALHOST.into(), 0, false).unwrap()).await.unwrap());
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let branch = demo::tree(&Plan::full()).unwrap().at(Stage::Branch);
    let secretary = CAST.iter().find(|part| part.title == "支部书记").unwrap().phone;
    let keys = json!({ "phone": secretary, "password": PASSWORD });
    let (status, tokens) = send(&http, "POST", format!("{base}/v1/sessions"), None, None, Some(keys)).await;
    assert_eq!(status, 201, "{tokens}");
    let token: Arc<str> = tokens["accessToken"].as_str().unwrap().into();
    let (_, list) =
        send(&http, "GET", format!("{base}/v1/members?organization={branch}"), Some(&token), None, None).await;
    let member = list["items"][9]["id"].as_str().unwrap().to_owned();

    let place = Place { http, base, token, branch: branch.to_string() };
    let number = Arc::new(AtomicU32::new(0));
    let kinds = [
        ("no store (health)", "GET", "/healthz".to_owned()),
        ("oneself", "GET", "/v1/me".to_owned()),
        ("one organisation", "GET", format!("/v1/organizations/{branch}")),
        ("one record (logged)", "GET", format!("/v1/members/{member}")),
        ("a page of 50", "GET", format!("/v1/members?organization={branch}")),
        ("a search by initials", "GET", format!("/v1/members?organization={branch}&q=cw")),
        ("the trace", "GET", format!("/v1/audit?organization={branch}")),
        ("register a person", "POST", "/v1/members".to_owned()),
    ];
    // A person reads what they asked for before they ask again; and then as much as the machine bears.
    for (title, pause) in [("each pauses a second between requests", 1_000), ("each asks again at once", 0)] {
        println!("\n{CONNECTIONS} connections, {title}, {seconds} s for each kind");
        println!("{:24} {:>9} {:>7} {:>8} {:>8} {:>8}", "route", "requests", "errors", "p50 ms", "p95 ms", "p99 ms");
        for (kind, method, path) in &kinds {
            let workers = (0..CONNECTIONS).map(|at| {
                let (place, path, number) = (place.clone(), path.clone(), Arc::clone(&number));
                // Spread over the pause, as people are.
                let first = Duration::from_millis(u64::from(at) * pause / u64::from(CONNECTIONS));
                tokio::spawn(work(
                    place,
                    method,
                    path,
                    number,
                    Duration::from_secs(seconds),
                    first,
                    Duration::from_millis(pause),
                ))
            });
            let (mut times, mut errors) = (Vec::new(), 0);
            for worker in workers.collect::<Vec<_>>() {
                let (some, bad) = worker.await.unwrap();
                times.extend(some);
                errors += bad;
            }
            times.sort_unstable();
            let at =
                |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
            println!("{kind:24} {:9} {errors:7} {:8.2} {:8.2} {:8.2}", times.len(), at(50), at(95), at(99));
        }
    }
    runner.close().await;
}

/// Where requests go.
#[derive(Clone)]
struct Place {
    http: Http,
    base: String,
    token: Arc<str>,
    branch: String,
}

/// One connection: how long each request took, and how many were not answered as they should.
async fn work(
    place: Place,
    method: &str,
    path: String,
    number: Arc<AtomicU32>,
    lasting: Duration,
    first: Duration,
    pause: Duration,
) -> (Vec<Duration>, u32) {
    let until = Instant::now() + lasting;
    let (mut times, mut errors) = (Vec::new(), 0);
    tokio::time::sleep(first).await;
    while Instant::now() < until {
        let n = number.fetch_add(1, Ordering::Relaxed);
        let body = (method == "POST").then(|| newcomer(&place.branch, n));
        let key = body.as_ref().map(|_| format!("load-{n:08}"));
        let begun = Instant::now();
        let (status, _) =
            send(&place.http, method, format!("{}{path}", place.base), Some(&place.token), key, body).await;
        times.push(begun.elapsed());
        errors += u32::from(status >= 300);
        tokio::time::sleep(pause).await;
    }
    (times, errors)
}

/// A person with numbers of their own: the demo data ends with people born in 2002.
fn newcomer(branch: &str, n: u32) -> Value {
    let day = jiff::civil::date(2004, 1, 1).saturating_add(jiff::ToSpan::days(i64::from(n / 999)));
    let first17 = format!("350199{}{:03}", day.strftime("%Y%m%d"), n % 999);
    let check = kernel::IdCard::check_character(&first17).unwrap();
    json!({
        "organization": branch, "name": "游新", "idCard": format!("{first17}{check}"), "phone": format!("142{n:08}"),
        "ethnicity": "汉族", "category": "wage", "state": "probationary", "joinedOn": "2026-06-18",
    })
}
