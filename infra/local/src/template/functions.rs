//! Functions: their routes, schedules and settings.

use super::{TemplateError, place::At, scope::Scope};
use http::Method;
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

/// A method and path of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters, such as `/v1/members/{member}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

impl Route {
    /// The route key of API Gateway: `GET /v1/members/{member}`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Who may call a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everyone.
    Public,
    /// Whom this function lets through: the logical id of a Lambda authorizer.
    Authorizer(String),
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

pub(super) fn read<'a>(id: &'a str, at: &At<'a>, scope: &'a Scope<'a>) -> Result<Function, TemplateError> {
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
        routes: Vec::new(),
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
            "HttpApi" => function.routes.push(route(&properties, scope)?),
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

fn route<'a>(at: &At<'a>, scope: &'a Scope<'a>) -> Result<Route, TemplateError> {
    let method = at.need("Method")?;
    let name = method.text()?.to_ascii_uppercase();
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let Some(method) = known.into_iter().find(|known| known.as_str() == name) else {
        return Err(method.error(format!("expected one HTTP method, found {name}")));
    };
    let path = at.need("Path")?;
    let text = path.text()?;
    let sound = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        None => !segment.is_empty() && !segment.contains(['{', '}', '+', '*', '%', '?', '#']),
    };
    if !text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(sound)) {
        return Err(path.error(format!("expected a path such as /v1/members/{{member}}, found {text}")));
    }
    if let Some(version) = at.text_of("PayloadFormatVersion")?
        && version != "2.0"
    {
        return Err(at.error(format!("payload format {version} is not supported, only 2.0")));
    }
    Ok(Route { method, path: text, access: access(at, scope)? })
}

/// The authorizer of a route: its own, else the default of its API, else none.
fn access<'a>(at: &At<'a>, scope: &'a Scope<'a>) -> Result<Access, TemplateError> {
    let own = match at.get("Auth")? {
        Some(auth) => auth.get("Authorizer")?,
        None => None,
    };
    let api = match at.get("ApiId")? {
        Some(id) => {
            let found = scope.resources()?.into_iter().find(|(_, kind, api)| {
                *kind == "AWS::Serverless::HttpApi" && api.resource() == id.target().unwrap_or_default()
            });
            found.ok_or_else(|| id.error("expected !Ref of an AWS::Serverless::HttpApi of this template"))?.2
        }
        None => match scope.section("Globals").get("HttpApi")? {
            Some(api) => api,
            None => return Ok(Access::Public),
        },
    };
    if let Some(stage) = api.get("StageName")?
        && stage.text()? != "$default"
    {
        return Err(stage.error("the local runner imitates the stage $default only"));
    }
    let auth = api.get("Auth")?;
    let chosen = match (own, &auth) {
        (Some(own), _) => Some(own),
        (None, Some(auth)) => auth.get("DefaultAuthorizer")?,
        (None, None) => None,
    };
    let Some(chosen) = chosen else { return Ok(Access::Public) };
    let name = chosen.text()?;
    if name == "NONE" {
        return Ok(Access::Public);
    }
    let authorizers = auth.map_or(Ok(None), |auth| auth.get("Authorizers"))?;
    let authorizer = authorizers.map_or(Ok(None), |all| all.get(&name))?;
    let authorizer = authorizer.ok_or_else(|| chosen.error(format!("there is no authorizer named {name}")))?;
    if authorizer.text_of("AuthorizerPayloadFormatVersion")?.as_deref() != Some("2.0")
        || !authorizer.is_true("EnableSimpleResponses")?
    {
        return Err(authorizer.error("only payload format 2.0 with simple responses is supported"));
    }
    if let Some(identity) = authorizer.get("Identity")?
        && identity.texts_of("Headers")?.iter().any(|header| !header.eq_ignore_ascii_case("authorization"))
    {
        return Err(identity.error("only the header Authorization is supported as identity source"));
    }
    let function = authorizer.need("FunctionArn")?;
    let arn = function.text()?;
    match arn.strip_prefix(&super::function_arn("")) {
        Some(id) => Ok(Access::Authorizer(id.to_owned())),
        None => Err(function.error("expected !GetAtt of a function of this template")),
    }
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
