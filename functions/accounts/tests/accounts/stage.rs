//! A bench with a town, one person with an account, and the log where codes are read.

use accounts::{App, demo_row, hash_password, router};
use authz::Role;
use dynamo::{Activity, Table, Trace};
use jiff::SignedDuration;
use kernel::{MemberId, Settings};
use register::{Member, Node};
use serde_json::{Value, json};
use std::{
    fmt::{Debug, Write},
    sync::{Arc, LazyLock, Mutex},
};
use testkit::{Bench, Client, Reply, Town};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

pub(crate) const PASSWORD: &str = "jasmine tea at noon";
pub(crate) const PHONE: &str = "13900000001";

/// Hashed once: it takes its time.
pub(crate) static HASH: LazyLock<String> = LazyLock::new(|| hash_password(PASSWORD).unwrap());

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    /// Belongs to the branch, has the phone [`PHONE`] and the password [`PASSWORD`].
    pub(crate) person: Member,
    /// Nobody, at the network 203.0.113.0/24.
    pub(crate) api: Client,
    pub(crate) accounts: Table,
    pub(crate) trace: Trace,
    log: Log,
    _guard: DefaultGuard,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    pub(crate) async fn with(adjust: impl FnOnce(Settings) -> Settings) -> Self {
        let log = Log::default();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
        let bench = Bench::with(adjust).await;
        let town = Town::build(&bench).await;
        let person = town.person(1, "陈静", &town.branch).await;
        let api = Client::new(router(App::connect(&bench.env).await.unwrap()), None);
        let accounts = Table::open(&bench.env, "ACCOUNTS_TABLE").unwrap();
        let trace = Trace::open(&bench.env).unwrap();
        let stage = Self { bench, town, person, api, accounts, trace, log, _guard: guard };
        stage.give_account(stage.person.id).await;
        let _ = stage.bench.wire.take();
        stage
    }

    /// An account with the password [`PASSWORD`] and no session.
    pub(crate) async fn give_account(&self, member: MemberId) {
        self.accounts.put(&demo_row(member, &HASH)).await.unwrap();
    }

    /// Somebody without an account.
    pub(crate) async fn newcomer(&self, n: u32) -> (Member, String) {
        (self.town.person(n, "刘洋", &self.town.branch).await, format!("139{n:08}"))
    }

    /// Signs the person in by password.
    pub(crate) async fn sign_in(&self) -> Reply {
        let reply = self.api.post("/v1/sessions", json!({ "phone": PHONE, "password": PASSWORD })).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply
    }

    /// The client of whoever got these tokens, as the authorizer lets them in.
    pub(crate) fn client(&self, tokens: &Reply, grants: &[(Role, &Node)]) -> Client {
        let grants: Vec<_> = grants.iter().map(|(role, node)| (*role, node.id)).collect();
        let member = tokens.text("/member").parse().unwrap();
        let session = tokens.text("/session").parse().unwrap();
        self.api.with(authz::Caller { session, ..testkit::caller(member, &grants) })
    }

    /// A security administrator of the city.
    pub(crate) async fn administrator(&self) -> Client {
        let person = self.town.person(90, "安全", &self.town.branch).await;
        self.api.with(Town::caller(&person, &[(Role::SecurityAdministrator, &self.town.city)]))
    }

    pub(crate) async fn renew(&self, tokens: &Reply) -> Reply {
        self.api.post("/v1/sessions/refresh", json!({ "refreshToken": tokens.text("/refreshToken") })).await
    }

    /// Asks for a code and reads it in the log.
    pub(crate) async fn code(&self, body: Value) -> String {
        let reply = self.api.post("/v1/sign-in-codes", body).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        self.last_code()
    }

    pub(crate) fn last_code(&self) -> String {
        self.log.0.lock().unwrap().codes.last().unwrap().clone()
    }

    pub(crate) fn codes_sent(&self) -> usize {
        self.log.0.lock().unwrap().codes.len()
    }

    pub(crate) fn logged(&self) -> Vec<String> {
        self.log.0.lock().unwrap().lines.clone()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.bench.pass(SignedDuration::from_secs(seconds));
    }

    /// What was done to somebody's account, the latest last.
    pub(crate) async fn told(&self, member: MemberId) -> Vec<Activity> {
        let mut items = self.trace.of_subject(&Activity::account(member), None, None, 200).await.unwrap().items;
        items.reverse();
        items
    }

    pub(crate) async fn kinds(&self, member: MemberId) -> Vec<String> {
        self.told(member).await.into_iter().map(|activity| activity.kind).collect()
    }

    /// The account as it is stored.
    pub(crate) async fn stored(&self, member: MemberId) -> Value {
        let key = register::Accounts::key(member);
        self.accounts.get(key, dynamo::Read::Consistent).await.unwrap().unwrap()
    }
}

pub(crate) fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json");
}

/// The time-based code of a secret at an instant.
pub(crate) fn totp(secret: &str, now: jiff::Timestamp) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("test").build().unwrap();
    totp.generate(u64::try_from(now.as_second()).unwrap()).to_string()
}

/// What was logged at the levels that production logs, and the codes that the sender wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Logged>>);

#[derive(Default)]
struct Logged {
    lines: Vec<String>,
    codes: Vec<String>,
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() > Level::INFO {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let mut logged = self.0.lock().unwrap();
        if line.text.contains("message=sign-in code;") {
            logged.codes.extend(line.code);
        }
        logged.lines.push(line.text);
    }
}

/// The fields of one event.
#[derive(Default)]
struct Line {
    text: String,
    code: Option<String>,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.code = Some(value.to_owned());
        }
        write!(self.text, "{}={value};", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.text, "{}={value:?};", field.name()).unwrap();
    }
}
