//! One example request for every route: what the authorization matrix, the budgets, the permissions and the crash
//! points are taken from. A route that is missing here fails those tests.

mod accounts;
pub mod analytics;
mod audit;
pub mod dues;
pub mod findings;
pub mod imports;
pub mod inbox;
mod learning;
pub mod media;
mod meetings;
mod members;
mod operations;
mod organizations;
mod portraits;
mod ratings;
pub mod tasks;
mod transfers;

use crate::Scene;
use authz::{Action, Role};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{shanghai_day, start_of_shanghai_day};
use register::Node;
use serde_json::{Value, json};
use testkit::{Client, Reply, Town};

/// Who a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Anybody, without a token.
    Everybody,
    /// Whoever is signed in, in their own matters.
    Oneself,
    /// The same, as the example of who holds this office at the place that it is about.
    Office(Role),
    /// Who may do this at the place that the example is about.
    Whoever(Action),
    /// The same, without an office of the branch of the example.
    WhoeverFromAbove(Action),
    /// Who may do this at the place, or a member of an organisation at or below it.
    WhoeverOrMember(Action),
    /// Who may do this of the installation, by an office held anywhere.
    Anywhere(Action),
}

impl For {
    /// What the policy is asked about; `None` where it is not asked.
    #[must_use]
    pub fn action(self) -> Option<Action> {
        match self {
            Self::Whoever(action)
            | Self::WhoeverFromAbove(action)
            | Self::WhoeverOrMember(action)
            | Self::Anywhere(action) => Some(action),
            Self::Everybody | Self::Oneself | Self::Office(_) => None,
        }
    }
}

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The path with its query.
    pub path: String,
    /// The JSON body.
    pub body: Option<Value>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), body: None, headers: Vec::new() }
    }

    pub(crate) fn with(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body: Some(body), headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The gateway's event of it, sent by `client`.
    #[must_use]
    pub fn event(&self, method: &str, client: &Client) -> Value {
        let client = self.headers.iter().fold(client.clone(), |client, (name, value)| client.header(name, value));
        client.event(method, &self.path, self.body.as_ref().map(Value::to_string).as_deref())
    }

    /// Sends it as `client`.
    pub async fn send(&self, method: &str, client: &Client) -> Reply {
        client.deliver(&self.event(method, client)).await
    }
}

/// An organisation of the scene.
pub type Placed = fn(&Scene) -> &Node;

/// A route with an example of its use.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The function that answers.
    pub function: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path as the template has it.
    pub route: &'static str,
    /// Who it is for.
    pub whom: For,
    /// The organisation that the example is about.
    pub place: Placed,
    /// What else is needed, and where.
    pub also: Option<(Action, Placed)>,
    /// The status of the example.
    pub status: u16,
    /// Prepares the scene and says what to send.
    pub ask: fn(&Scene) -> BoxFuture<'_, Ask>,
}

impl Step {
    /// Whether the route changes anything.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.method != "GET"
    }

    /// A client who may use the route.
    #[must_use]
    pub fn client(&self, scene: &Scene) -> Client {
        match self.whom {
            For::Everybody => scene.client(self.function),
            For::Oneself => scene.client(self.function).with(accounts::signed_in(scene)),
            For::Office(role) => {
                let offices = [(role, (self.place)(scene))];
                scene.client(self.function).with(Town::caller(&scene.member, &offices))
            }
            For::WhoeverFromAbove(_) => scene.above(self.function),
            For::Whoever(_) | For::WhoeverOrMember(_) | For::Anywhere(_) => scene.chief(self.function),
        }
    }
}

/// Every route.
#[must_use]
pub fn tour() -> Vec<Step> {
    [
        media::STEPS,
        dues::STEPS,
        findings::STEPS,
        analytics::STEPS,
        meetings::STEPS,
        learning::STEPS,
        portraits::STEPS,
        ratings::STEPS,
        operations::STEPS,
        members::STEPS,
        organizations::STEPS,
        accounts::STEPS,
        audit::STEPS,
        imports::STEPS,
        tasks::STEPS,
        inbox::STEPS,
        transfers::STEPS,
        REST,
    ]
    .concat()
}

/// The day in Shanghai `days` after today, before it where that is negative. Examples name days by it: the tour is made with
/// packaged functions as well, which have no clock but the real one.
fn day(scene: &Scene, days: i32) -> Date {
    shanghai_day(scene.bench.now()).saturating_add(days.days())
}

/// The instant at which `day` is `hours` old in Shanghai.
fn hour(day: Date, hours: i64) -> Timestamp {
    start_of_shanghai_day(day) + SignedDuration::from_hours(hours)
}

/// A route that needs no preparation.
const fn step(
    function: &'static str,
    method: &'static str,
    route: &'static str,
    whom: For,
    status: u16,
    ask: fn(&Scene) -> BoxFuture<'_, Ask>,
) -> Step {
    Step { function, method, route, whom, place: |scene| &scene.town.branch, also: None, status, ask }
}

const REST: &[Step] = &[
    step("reference", "GET", "/openapi.json", For::Everybody, 200, |_| Box::pin(async { Ask::get("/openapi.json") })),
    step("reference", "GET", "/docs", For::Everybody, 200, |_| Box::pin(async { Ask::get("/docs") })),
    step("reference", "POST", "/v1/calendar/working-days", For::Everybody, 200, |_| {
        Box::pin(async {
            Ask::with("/v1/calendar/working-days", json!({ "start": "2026-09-23", "count": 5, "rule": "inclusive" }))
        })
    }),
    step("reference", "POST", "/v1/calendar/months", For::Everybody, 200, |_| {
        Box::pin(async { Ask::with("/v1/calendar/months", json!({ "start": "2026-06-18", "count": 12 })) })
    }),
    step("reference", "GET", "/healthz", For::Everybody, 200, |_| Box::pin(async { Ask::get("/healthz") })),
];
