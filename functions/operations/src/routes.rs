//! HTTP in, HTTP out.

use crate::App;
use authz::Action;
use axum::{Router, extract::State};
use http_api::{Caller, Problem, ProblemBody, Reply, document, finish};
use jiff::Timestamp;
use jobs::{RunRecord, Seen, Slot};
use kernel::Page;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Runs of each job that are shown.
const RUNS: usize = 5;

/// Every route of this function with its part of the API document.
pub fn api(app: App) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(document("operations", "运行：定时任务及其执行情况"))
        .routes(routes!(jobs))
        .with_state(app)
        .split_for_parts();
    (finish(router, None), document)
}

/// Every route of this function.
pub fn router(app: App) -> Router {
    api(app).0
}

/// When a job is due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobSchedule)]
struct Due {
    /// As the template has it; times are those of Shanghai.
    expression: String,
    /// In Chinese words.
    zh: String,
    /// In English words.
    en: String,
}

/// A scheduled job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobView)]
struct View {
    /// Its name.
    job: String,
    /// What it does.
    description: String,
    schedule: Due,
    state: jobs::State,
    /// The last slot that has to have been done by now, in UTC; the state is about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Slot>,
    /// The next slot, in UTC; absent when its schedule does not fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next: Option<Slot>,
    /// The last runs, by slot, latest first.
    runs: Vec<RunRecord>,
}

impl View {
    fn of(seen: Seen, now: Timestamp) -> Self {
        let Seen { schedule, expression, due, state, mut runs } = seen;
        runs.truncate(RUNS);
        let words = expression.words();
        let next = if schedule.enabled { expression.after(now).map(Slot::at) } else { None };
        Self {
            job: schedule.job,
            description: schedule.description,
            schedule: Due { expression: schedule.expression, zh: words.zh.into_owned(), en: words.en.into_owned() },
            state,
            due,
            next,
            runs,
        }
    }
}

/// The scheduled jobs, each with its last runs and its next slot.
///
/// They work for the whole installation, so the office of system administrator counts wherever it is held.
#[utoipa::path(get, path = "/v1/jobs", tag = "operations", operation_id = "listJobs", security(("token" = [])),
    responses((status = 200, body = Page<View>), (status = "4XX", body = ProblemBody)))]
async fn jobs(State(app): State<App>, caller: Caller) -> Result<Reply, Problem> {
    caller.may_anywhere(Action::ReadJobs)?;
    let now = app.clock.now();
    let seen = app.watch.look(now).await?;
    Reply::ok(&Page { items: seen.into_iter().map(|seen| View::of(seen, now)).collect(), next: None })
}
