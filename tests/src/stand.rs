//! The runner with a small set of demo data, reached over its HTTP port.

use bytes::Bytes;
use demo::{PASSWORD, Plan};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use local::{Data, Listen, Options, RequestLog, Runner};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use testkit::{Reply, Wire, create_tables, second_opinion};

/// A runner of one test.
#[derive(Debug)]
pub struct Stand {
    /// The runner.
    pub runner: Runner,
    /// Between the functions and the stores.
    pub wire: Wire,
    address: SocketAddr,
    http: Client<HttpConnector, Full<Bytes>>,
    now: Arc<Mutex<Timestamp>>,
}

/// What a sign-in gave.
#[derive(Debug, Clone)]
pub struct Token {
    /// For requests.
    pub access: String,
    /// For the next token.
    pub refresh: String,
    /// Who signed in.
    pub member: String,
}

impl Stand {
    /// Starts it at 2026-11-24 10:00 in Shanghai.
    pub async fn start() -> Self {
        let template = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml"));
        let now = Arc::new(Mutex::new(Timestamp::from_second(1_795_485_600).unwrap()));
        let reading = Arc::clone(&now);
        let wire = Wire::default();
        let mut options = Options::new(template, Data::Ephemeral);
        options.clock = Clock::new(move || *reading.lock().unwrap_or_else(PoisonError::into_inner));
        options.log = RequestLog::silent();
        options.http = Some(wire.client());
        options.parameters.insert("SecondFactor".to_owned(), "demo".to_owned());
        options.dynamodb = second_opinion();
        let mut runner = Runner::open(options).await.unwrap();
        if second_opinion().is_some() {
            let env = runner.whole_environment().unwrap();
            create_tables(&aws_sdk_dynamodb::Client::new(&env.sdk_for("DYNAMODB")), &env.settings).await;
        }
        demo::load(&runner.whole_environment().unwrap(), &Plan::small(), |_, _| {}).await.unwrap();
        runner.settle().await.unwrap();
        let address = runner.serve(Listen::new(Ipv4Addr::LOCALHOST.into(), 0, false).unwrap()).await.unwrap();
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { runner, wire, address, http, now }
    }

    /// Moves the clock on.
    pub fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// Waits until functions have got every message and every change of a record that waits for nothing but its turn.
    pub async fn settle(&self) {
        self.runner.settle().await.unwrap();
    }

    /// Sends a request as it is.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default()));
        let response = self.http.request(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default()))).collect();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        Reply { status, headers, body }
    }

    /// Sends a request with a token.
    pub async fn with(&self, token: &Token, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send(method, path, &[("authorization", &format!("Bearer {}", token.access))], body).await
    }

    /// Signs in by phone and the demo password.
    pub async fn sign_in(&self, phone: &str) -> Token {
        let reply =
            self.send("POST", "/v1/sessions", &[], Some(&json!({ "phone": phone, "password": PASSWORD }))).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        Token {
            access: reply.text("/accessToken"),
            refresh: reply.text("/refreshToken"),
            member: reply.text("/member"),
        }
    }
}
