//! The functions that the runner serves: the one list of them, and its comparison with the template.

use crate::template::{Access, Function, Template};
use aws_lambda_events::apigw::{ApiGatewayV2CustomAuthorizerSimpleResponse, ApiGatewayV2CustomAuthorizerV2Request};
use axum::Router;
use cloud::{Environment, StartError};
use futures_util::{FutureExt, future::BoxFuture};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    sync::Arc,
};

/// An answer to an authorizer's question.
pub type Verdict = ApiGatewayV2CustomAuthorizerSimpleResponse<Value>;

type Judge = dyn Fn(ApiGatewayV2CustomAuthorizerV2Request) -> BoxFuture<'static, Verdict> + Send + Sync;
type Work = dyn Fn(Value) -> BoxFuture<'static, Result<Value, lambda_runtime::Error>> + Send + Sync;

/// A function that is ready to be called.
#[derive(Clone)]
pub enum Handler {
    /// Answers requests of the HTTP API.
    Http {
        /// The function's router.
        router: Router,
        /// The routes in its OpenAPI document, as route keys.
        documented: BTreeSet<String>,
    },
    /// Decides who may call.
    Authorizer(Arc<Judge>),
    /// Does what a schedule, the messages of a queue or the changes of a table ask for.
    Job(Arc<Work>),
}

impl Handler {
    /// A router, and the OpenAPI document of its routes.
    ///
    /// # Errors
    /// When the document is not one.
    pub fn http(router: Router, document: &impl Serialize) -> Result<Self, StartError> {
        let unreadable = |e: serde_json::Error| StartError::Unavailable { what: "OpenAPI document", source: e.into() };
        let document = serde_json::to_value(document).map_err(unreadable)?;
        let mut documented = BTreeSet::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let methods = ["get", "head", "post", "put", "patch", "delete", "options"];
            let methods = methods.into_iter().filter(|method| item.get(method).is_some());
            documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        Ok(Self::Http { router, documented })
    }

    /// A function that decides who may call.
    pub fn authorizer<F>(judge: impl Fn(ApiGatewayV2CustomAuthorizerV2Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Verdict> + Send + 'static,
    {
        Self::Authorizer(Arc::new(move |question| judge(question).boxed()))
    }

    /// A function that schedules or mappings call.
    pub fn job<F>(work: impl Fn(Value) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Value, lambda_runtime::Error>> + Send + 'static,
    {
        Self::Job(Arc::new(move |event| work(event).boxed()))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Http { .. } => "an HTTP function",
            Self::Authorizer(_) => "an authorizer",
            Self::Job(_) => "a job",
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// A function that can be started.
#[derive(Clone, Copy)]
pub struct Listed {
    /// The name of its crate, which is also the folder in `CodeUri`.
    pub name: &'static str,
    /// Starts it.
    pub connect: fn(Environment) -> BoxFuture<'static, Result<Handler, StartError>>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listed").field(&self.name).finish()
    }
}

/// Lists HTTP functions; each has an `App` of its own type.
macro_rules! http {
    ($name:ident) => {
        Listed {
            name: stringify!($name),
            connect: |env| {
                async move {
                    let (router, document) = $name::api($name::App::connect(&env).await?);
                    Handler::http(router, &document)
                }
                .boxed()
            },
        }
    };
}

/// Lists functions that schedules or mappings call; each has an `App` of its own type, and `run`.
macro_rules! job {
    ($crate_name:ident, $name:literal) => {
        Listed {
            name: $name,
            connect: |env| {
                async move {
                    let app = Arc::new($crate_name::App::connect(&env).await?);
                    Ok(Handler::job(move |event| {
                        let app = Arc::clone(&app);
                        async move { $crate_name::run(&app, event).await }
                    }))
                }
                .boxed()
            },
        }
    };
}

/// Every function of the project. A new one is added here and in `template.yaml`.
pub const ALL: &[Listed] = &[
    Listed { name: "authorizer", connect: |env| start_authorizer(env).boxed() },
    http!(accounts),
    http!(organizations),
    http!(media),
    http!(members),
    http!(dues),
    http!(findings),
    http!(analytics),
    http!(meetings),
    http!(learning),
    http!(portraits),
    http!(ratings),
    http!(transfers),
    http!(tasks),
    http!(imports),
    http!(audit),
    http!(inbox),
    http!(operations),
    http!(reference),
    job!(relocation, "relocation"),
    job!(import_jobs, "import-jobs"),
    job!(media_sweep, "media-sweep"),
    job!(notifier, "notifier"),
    job!(meeting_notices, "meeting-notices"),
    job!(dues_bills, "dues-bills"),
    job!(task_warnings, "task-warnings"),
    job!(nightly_scoring, "nightly-scoring"),
    job!(nightly_findings, "nightly-findings"),
    job!(rollup, "rollup"),
    job!(audit_seal, "audit-seal"),
    job!(job_watch, "job-watch"),
];

async fn start_authorizer(env: Environment) -> Result<Handler, StartError> {
    let app = Arc::new(authorizer::App::connect(&env).await?);
    Ok(Handler::authorizer(move |question| {
        let app = Arc::clone(&app);
        async move { authorizer::authorize(&app, question).await }
    }))
}

/// Where the template and the functions disagree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml and the functions disagree:\n  - {}", .0.join("\n  - "))]
pub struct Disagreement(pub Vec<String>);

/// Compares the functions of the template with those that can be started.
///
/// # Errors
/// [`Disagreement`] with every function that only one side knows.
pub(crate) fn compare_names(template: &Template, listed: &[Listed]) -> Result<(), Disagreement> {
    let mut problems = Vec::new();
    for Function { logical_id, name, .. } in &template.functions {
        if !listed.iter().any(|function| function.name == *name) {
            problems.push(format!("{logical_id} runs target/lambda/{name}/, but the runner lists no function {name}"));
        }
        if template.functions.iter().filter(|other| other.name == *name).count() > 1 {
            problems.push(format!("{logical_id} is not the only function that runs target/lambda/{name}/"));
        }
    }
    for Listed { name, .. } in listed {
        if !template.functions.iter().any(|function| function.name == *name) {
            problems
                .push(format!("the runner lists {name}, but no function of the template runs target/lambda/{name}/"));
        }
    }
    outcome(problems)
}

/// Compares routes, schedules, mappings and authorizers of the template with the started functions, by name.
///
/// # Errors
/// [`Disagreement`] with everything that only one side knows.
pub(crate) fn compare(template: &Template, handlers: &BTreeMap<String, Handler>) -> Result<(), Disagreement> {
    let mut problems = Vec::new();
    for function in &template.functions {
        let Function { logical_id, name, routes, schedules, .. } = function;
        let Some(handler) = handlers.get(name) else { continue };
        match handler {
            Handler::Http { documented, .. } => {
                let declared: BTreeSet<_> = routes.iter().map(crate::template::Route::key).collect();
                let only_declared = declared.difference(documented);
                problems.extend(
                    only_declared.map(|key| format!("{key} is a route of {logical_id}, but {name} has none such")),
                );
                let only_documented = documented.difference(&declared);
                problems.extend(
                    only_documented.map(|key| format!("{key} is a route of {name}, but {logical_id} has none such")),
                );
            }
            _ if !routes.is_empty() => {
                problems.push(format!("{logical_id} has routes, but {name} is {}", handler.kind()));
            }
            _ => {}
        }
        if !schedules.is_empty() && !matches!(handler, Handler::Job(_)) {
            problems.push(format!("{logical_id} has schedules, but {name} is {}", handler.kind()));
        }
        let mut mappings = template.mappings.iter().filter(|mapping| mapping.function == *logical_id).peekable();
        if schedules.is_empty() && mappings.peek().is_none() && matches!(handler, Handler::Job(_)) {
            problems.push(format!("{name} is a job, but {logical_id} has no schedule and no mapping"));
        }
        for mapping in mappings.filter(|_| !matches!(handler, Handler::Job(_))) {
            problems.push(format!("{} is for {logical_id}, but {name} is {}", mapping.name, handler.kind()));
        }
        for route in routes {
            if let Access::Authorizer(id) = &route.access {
                let authorizer = template.function(id).and_then(|function| handlers.get(&function.name));
                if !matches!(authorizer, Some(Handler::Authorizer(_))) {
                    problems.push(format!("{} is protected by {id}, which is no authorizer", route.key()));
                }
            }
        }
    }
    outcome(problems)
}

fn outcome(problems: Vec<String>) -> Result<(), Disagreement> {
    if problems.is_empty() { Ok(()) } else { Err(Disagreement(problems)) }
}
