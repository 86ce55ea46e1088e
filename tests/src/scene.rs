//! Every function on one store, each behind a wire of its own.

use authz::Role;
use aws_sdk_dynamodb::config::{StalledStreamProtectionConfig, timeout::TimeoutConfig};
use axum::Router;
use cloud::Environment;
use dynamo::Table;
use jiff::Timestamp;
use kernel::SessionId;
use register::{Member, Node};
use serde_json::json;
use std::{collections::BTreeMap, fmt, sync::OnceLock, time::Duration};
use testkit::{Bench, Client, Town, Wire};
use utoipa::openapi::OpenApi;

/// The functions that answer HTTP requests.
pub const FUNCTIONS: [&str; 18] = [
    "accounts",
    "analytics",
    "audit",
    "dues",
    "findings",
    "imports",
    "inbox",
    "learning",
    "media",
    "meetings",
    "members",
    "operations",
    "organizations",
    "portraits",
    "ratings",
    "reference",
    "tasks",
    "transfers",
];

/// The password of everybody in a scene.
pub const PASSWORD: &str = "correct-horse-battery";

/// The hash of [`PASSWORD`], made once: it is slow on purpose.
static HASH: OnceLock<String> = OnceLock::new();

/// A town with people in it and every function at work on it.
pub struct Scene {
    /// Store and clock.
    pub bench: Bench,
    /// The organisations.
    pub town: Town,
    /// Secretary of the branch.
    pub secretary: Member,
    /// A full member of the branch without an office.
    pub member: Member,
    /// Somebody without any office or record in the town's first root.
    pub stranger: Member,
    /// The session that the member has open.
    pub session: SessionId,
    /// Its refresh token.
    pub refresh: String,
    functions: BTreeMap<&'static str, (Router, OpenApi, Wire)>,
}

impl Scene {
    /// Builds it.
    pub async fn set() -> Self {
        Box::pin(Self::on(Bench::new().await, |env| env)).await
    }

    /// Builds it at another time.
    pub async fn at(now: Timestamp) -> Self {
        let bench = Bench::new().await;
        bench.pass(now.duration_since(bench.now()));
        Box::pin(Self::on(bench, |env| env)).await
    }

    /// Builds it with something between each function and its wire.
    pub async fn through(layer: impl Fn(Environment) -> Environment) -> Self {
        Box::pin(Self::on(Bench::new().await, layer)).await
    }

    async fn on(bench: Bench, layer: impl Fn(Environment) -> Environment) -> Self {
        let town = Town::build(&bench).await;
        let secretary = town.person(1, "林书", &town.branch).await;
        let member = town.person(2, "陈员", &town.branch).await;
        let stranger = town.person(3, "黄外", &town.elsewhere).await;
        for n in 11..=17 {
            town.person(n, "郑众", &town.branch).await;
        }
        let accounts = Table::open(&bench.env, "ACCOUNTS_TABLE").unwrap();
        let hash = HASH.get_or_init(|| accounts::hash_password(PASSWORD).unwrap());
        for person in [&secretary, &member, &stranger] {
            accounts.put(&accounts::demo_row(person.id, hash)).await.unwrap();
        }
        let mut functions = BTreeMap::new();
        for name in FUNCTIONS {
            let wire = Wire::default();
            let env =
                Environment::with_http(bench.env.settings.clone(), bench.env.clock.clone(), wire.client()).unwrap();
            let (router, document) = connect(name, &layer(env)).await;
            let _ = wire.take();
            functions.insert(name, (router, document, wire));
        }
        let login = Client::new(functions["accounts"].0.clone(), None);
        let opened = login.post("/v1/sessions", json!({ "phone": "13900000002", "password": PASSWORD })).await;
        let session = opened.header("location").rsplit('/').next().unwrap().parse().unwrap();
        let refresh = opened.text("/refreshToken");
        let _ = functions["accounts"].2.take();
        Self { bench, town, secretary, member, stranger, session, refresh, functions }
    }

    /// A client of `function` with nobody signed in.
    #[must_use]
    pub fn client(&self, function: &str) -> Client {
        Client::new(self.functions[function].0.clone(), None)
    }

    /// A client of `function` for somebody who may do everything in the town.
    #[must_use]
    pub fn chief(&self, function: &str) -> Client {
        // What only the branch itself does, too.
        self.officer(function, &[(Role::Secretary, &self.town.branch)])
    }

    /// A client of `function` for the same person without an office of the branch.
    #[must_use]
    pub fn above(&self, function: &str) -> Client {
        self.officer(function, &[])
    }

    fn officer(&self, function: &str, also: &[(Role, &Node)]) -> Client {
        let offices =
            [Role::OrganizationDepartment, Role::SystemAdministrator, Role::SecurityAdministrator, Role::Auditor];
        let city = offices.iter().map(|role| (*role, &self.town.city));
        let everything: Vec<_> = city.chain(also.iter().copied()).collect();
        self.client(function).with(Town::caller(&self.stranger, &everything))
    }

    /// A client of `function` for a second such person: some things take two.
    #[must_use]
    pub fn colleague(&self, function: &str) -> Client {
        let office = (Role::OrganizationDepartment, &self.town.city);
        self.client(function).with(Town::caller(&self.secretary, &[office]))
    }

    /// The store as the test itself asks it: however long it takes on a busy machine.
    #[must_use]
    pub fn patient(&self) -> Environment {
        let env = self.bench.env.clone();
        let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_mins(5)).build();
        let sdk = env.sdk.into_builder().timeout_config(timeouts);
        // An answer that is not read for want of the processor is not one that has stalled.
        let sdk = sdk.stalled_stream_protection(StalledStreamProtectionConfig::disabled()).build();
        Environment { sdk, ..env }
    }

    /// The wire of `function`.
    #[must_use]
    pub fn wire(&self, function: &str) -> &Wire {
        &self.functions[function].2
    }

    /// What `function` says of itself.
    #[must_use]
    pub fn document(&self, function: &str) -> &OpenApi {
        &self.functions[function].1
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("town", &self.town).finish_non_exhaustive()
    }
}

async fn connect(name: &str, env: &Environment) -> (Router, OpenApi) {
    match name {
        "accounts" => accounts::api(accounts::App::connect(env).await.unwrap()),
        "analytics" => analytics::api(analytics::App::connect(env).await.unwrap()),
        "audit" => audit::api(audit::App::connect(env).await.unwrap()),
        "dues" => dues::api(dues::App::connect(env).await.unwrap()),
        "findings" => findings::api(findings::App::connect(env).await.unwrap()),
        "imports" => imports::api(imports::App::connect(env).await.unwrap()),
        "inbox" => inbox::api(inbox::App::connect(env).await.unwrap()),
        "learning" => learning::api(learning::App::connect(env).await.unwrap()),
        "media" => media::api(media::App::connect(env).await.unwrap()),
        "meetings" => meetings::api(meetings::App::connect(env).await.unwrap()),
        "members" => members::api(members::App::connect(env).await.unwrap()),
        "operations" => operations::api(operations::App::connect(env).await.unwrap()),
        "organizations" => organizations::api(organizations::App::connect(env).await.unwrap()),
        "portraits" => portraits::api(portraits::App::connect(env).await.unwrap()),
        "ratings" => ratings::api(ratings::App::connect(env).await.unwrap()),
        "tasks" => tasks::api(tasks::App::connect(env).await.unwrap()),
        "transfers" => transfers::api(transfers::App::connect(env).await.unwrap()),
        _ => reference::api(reference::App::connect(env).await.unwrap()),
    }
}
