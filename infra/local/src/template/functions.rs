//! Functions: their schedules and settings.

use super::{TemplateError, gateway::Route, place::At, scope::Scope};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Lambda's own, where neither the function nor `Globals` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// A Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// As the template calls it.
    pub logical_id: String,
    /// The crate: the last folder of `CodeUri: target/lambda/<name>/`.
    pub name: String,
    /// What API Gateway sends to it.
    pub routes: Vec<Route>,
    /// When EventBridge Scheduler calls it.
    pub schedules: Vec<Schedule>,
    /// Its environment, resolved for this machine.
    pub environment: BTreeMap<String, String>,
    /// After this, an invocation is ended.
    pub timeout: Duration,
    /// The actions that its inline policies allow, such as `dynamodb:Query`.
    pub actions: BTreeSet<String>,
}

/// A schedule of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The name of the event in the template.
    pub name: String,
    /// `cron(…)`, as written.
    pub expression: String,
    /// The time zone of a `cron` expression, such as `Asia/Shanghai`.
    pub time_zone: String,
    /// The payload, when the template sets one.
    pub input: Option<String>,
    /// Whether it fires by itself.
    pub enabled: bool,
}

/// The function `id`, which the gateway sends `routes` to.
pub(super) fn read<'a>(
    id: &'a str,
    at: &At<'a>,
    scope: &'a Scope<'a>,
    routes: Vec<Route>,
) -> Result<Function, TemplateError> {
    let globals = scope.section("Globals").get("Function")?;
    let timeout = match (at.get("Timeout")?, &globals) {
        (Some(timeout), _) => Some(timeout),
        (None, Some(globals)) => globals.get("Timeout")?,
        (None, None) => None,
    };
    let timeout = timeout.map_or(Ok(DEFAULT_TIMEOUT), |at| at.parse("whole seconds").map(Duration::from_secs))?;
    let mut environment = BTreeMap::new();
    for source in globals.iter().chain([at]) {
        let Some(block) = source.get("Environment")? else { continue };
        let Some(variables) = block.get("Variables")? else { continue };
        for (name, value) in variables.entries()? {
            environment.insert(name.to_owned(), value.text()?);
        }
    }
    let mut function = Function {
        logical_id: id.to_owned(),
        name: crate_name(at)?,
        routes,
        schedules: Vec::new(),
        environment,
        timeout,
        actions: actions(at)?,
    };
    let events = at.get("Events")?.map_or(Ok(Vec::new()), |events| events.entries())?;
    for (name, event) in events {
        let kind = event.need("Type")?;
        let properties = event.need("Properties")?;
        match kind.text()?.as_str() {
            "ScheduleV2" => function.schedules.push(schedule(name, &properties)?),
            other => return Err(kind.error(format!("the local runner sends no events of type {other}"))),
        }
    }
    Ok(function)
}

fn crate_name(at: &At<'_>) -> Result<String, TemplateError> {
    let code = at.need("CodeUri")?;
    let path = code.text()?;
    let name = path.trim_end_matches('/').strip_prefix("target/lambda/").filter(|name| !name.contains('/'));
    match name {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(code.error(format!("expected target/lambda/<crate>/, found {path}"))),
    }
}

fn actions(at: &At<'_>) -> Result<BTreeSet<String>, TemplateError> {
    let mut actions = BTreeSet::new();
    for policy in at.items_of("Policies")? {
        for statement in policy.items_of("Statement")? {
            actions.extend(statement.texts_of("Action")?);
        }
    }
    Ok(actions)
}

fn schedule(name: &str, at: &At<'_>) -> Result<Schedule, TemplateError> {
    Ok(Schedule {
        name: name.to_owned(),
        expression: at.need("ScheduleExpression")?.text()?,
        time_zone: at.text_of("ScheduleExpressionTimezone")?.unwrap_or_else(|| "UTC".to_owned()),
        input: at.text_of("Input")?,
        enabled: at.text_of("State")?.as_deref() != Some("DISABLED"),
    })
}
