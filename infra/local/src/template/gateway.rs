//! The HTTP API: its routes, who may call them, and the function that answers.

use super::{TemplateError, place::At};
use http::Method;
use std::collections::BTreeMap;

/// What a route says about where it leads.
const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// Where the API says once for each function how it is called.
const INTEGRATIONS: &str = "x-amazon-apigateway-integrations";

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

/// The routes of an API, by the logical id of the function that answers them.
pub(super) fn read(api: &At<'_>) -> Result<BTreeMap<String, Vec<Route>>, TemplateError> {
    let mut routes: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    let Some(body) = api.get("DefinitionBody")? else { return Ok(routes) };
    if let Some(stage) = api.get("StageName")?
        && stage.text()? != "$default"
    {
        return Err(stage.error("the local runner imitates the stage $default only"));
    }
    for (path, item) in body.need("paths")?.entries()? {
        if !is_sound(path) {
            return Err(item.error(format!("expected a path such as /v1/members/{{member}}, found {path}")));
        }
        for (name, operation) in item.entries()? {
            let function = function(&body, &operation.need(INTEGRATION)?.need("$ref")?)?;
            let route =
                Route { method: method(name, &operation)?, path: path.to_owned(), access: access(api, &operation)? };
            routes.entry(function).or_default().push(route);
        }
    }
    Ok(routes)
}

/// Whether the gateway and the router of the runner mean the same by `path`.
fn is_sound(path: &str) -> bool {
    let sound = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        None => !segment.is_empty() && !segment.contains(['{', '}', '+', '*', '%', '?', '#']),
    };
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(sound))
}

fn method(name: &str, operation: &At<'_>) -> Result<Method, TemplateError> {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let found = known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(name));
    found.ok_or_else(|| operation.error(format!("expected one HTTP method, found {name}")))
}

/// The logical id of the function that the integration at `reference` calls.
fn function(body: &At<'_>, reference: &At<'_>) -> Result<String, TemplateError> {
    let text = reference.text()?;
    let name = text.strip_prefix("#/components/").and_then(|rest| rest.strip_prefix(INTEGRATIONS)?.strip_prefix('/'));
    let name = name.ok_or_else(|| reference.error(format!("expected #/components/{INTEGRATIONS}/…, found {text}")))?;
    let integration = body.need("components")?.need(INTEGRATIONS)?.need(name)?;
    if integration.text_of("type")?.as_deref() != Some("aws_proxy")
        || integration.text_of("payloadFormatVersion")?.as_deref() != Some("2.0")
    {
        return Err(integration.error("only aws_proxy with payload format 2.0 is supported"));
    }
    let uri = integration.need("uri")?;
    let text = uri.text()?;
    let arn = text.split_once("/functions/").and_then(|(_, rest)| rest.strip_suffix("/invocations"));
    let function = arn.and_then(|arn| arn.strip_prefix(&super::function_arn("")));
    // Without the version or alias behind it.
    let id = function.and_then(|function| function.split(':').next());
    id.map(str::to_owned).ok_or_else(|| uri.error("expected the invocations of a function of this template"))
}

/// The authorizer of a route: its own, else the default of its API, else none.
fn access(api: &At<'_>, operation: &At<'_>) -> Result<Access, TemplateError> {
    let auth = api.get("Auth")?;
    let default = auth.as_ref().map_or(Ok(None), |auth| auth.get("DefaultAuthorizer"))?;
    let own = operation.items_of("security")?;
    let (name, at) = match (own.as_slice(), default) {
        ([], None) => return Ok(Access::Public),
        ([], Some(default)) => (default.text()?, default),
        ([one], _) => match one.entries()?.as_slice() {
            [(name, _)] => ((*name).to_owned(), one.clone()),
            _ => return Err(one.error("expected one authorizer")),
        },
        _ => return Err(operation.error("expected one authorizer")),
    };
    if name == "NONE" {
        return Ok(Access::Public);
    }
    let authorizers = auth.map_or(Ok(None), |auth| auth.get("Authorizers"))?;
    let authorizer = authorizers.map_or(Ok(None), |all| all.get(&name))?;
    let authorizer = authorizer.ok_or_else(|| at.error(format!("there is no authorizer named {name}")))?;
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
