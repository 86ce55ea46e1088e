//! Intrinsic functions, answered for this machine.

use super::{
    Locals, TemplateError,
    names::{bucket_name, table_name},
    node::{EMPTY, Kind, Node},
    place::At,
};
use std::{cell::Cell, collections::BTreeMap};

/// Deeper than any chain of names that is not a circle.
const DEPTH: u8 = 32;

/// The values of pseudo parameters on this machine. The partition is the international one.
const PSEUDO: [(&str, &str); 7] = [
    ("AWS::AccountId", super::ACCOUNT),
    ("AWS::Partition", "aws"),
    ("AWS::Region", super::REGION),
    ("AWS::StackId", "arn:aws:cloudformation:local:000000000000:stack/zhibu/local"),
    ("AWS::StackName", "zhibu"),
    ("AWS::URLSuffix", "amazonaws.com"),
    ("AWS::NotificationARNs", ""),
];

/// What names in a template stand for.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    template: &'a Node,
    parameters: BTreeMap<&'a str, String>,
    locals: &'a Locals,
    /// How many names are being followed at the moment.
    depth: Cell<u8>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(template: &'a Node, locals: &'a Locals) -> Result<Self, TemplateError> {
        let mut parameters = BTreeMap::new();
        for (name, declaration) in template.get("Parameters").unwrap_or(&EMPTY).entries() {
            let given = locals.parameters.get(name);
            if let (Some(value), Some(Kind::List(allowed))) =
                (given, declaration.get("AllowedValues").map(|node| &node.kind))
                && !allowed.iter().any(|node| node.plain() == Some(value))
            {
                return Err(TemplateError::Property {
                    line: declaration.line,
                    resource: "Parameters".to_owned(),
                    property: name.clone(),
                    problem: format!("the local runner sets it to {value}, which AllowedValues leaves out"),
                });
            }
            if let Some(value) = given.map(String::as_str).or_else(|| declaration.get("Default")?.plain()) {
                parameters.insert(name.as_str(), value.to_owned());
            }
        }
        Ok(Self { template, parameters, locals, depth: Cell::new(0) })
    }

    /// The section `name`, empty when the template has none.
    pub(super) fn section(&'a self, name: &'a str) -> At<'a> {
        At::new(self, self.template.get(name).unwrap_or(&EMPTY), name, String::new())
    }

    /// Every resource whose condition holds: logical id, type, and properties.
    pub(super) fn resources(&'a self) -> Result<Vec<(&'a str, &'a str, At<'a>)>, TemplateError> {
        let mut found = Vec::new();
        for (id, node) in self.template.get("Resources").unwrap_or(&EMPTY).entries() {
            let at = At::new(self, node, id, "Condition".to_owned());
            if let Some(condition) = node.get("Condition").and_then(Node::plain)
                && !self.holds(condition, &at)?
            {
                continue;
            }
            let Some(kind) = node.get("Type").and_then(Node::plain) else {
                return Err(At::new(self, node, id, "Type".to_owned()).error("is missing"));
            };
            let properties = node.get("Properties").unwrap_or(&EMPTY);
            found.push((id.as_str(), kind, At::new(self, properties, id, String::new())));
        }
        Ok(found)
    }

    /// The node that `node` stands for once conditions are decided; nothing for `AWS::NoValue`.
    pub(super) fn settle(&self, node: &'a Node, at: &At<'a>) -> Result<Option<&'a Node>, TemplateError> {
        match &node.kind {
            Kind::Call(name, argument) if name == "If" => {
                let [condition, yes, no] = arguments(argument, at)?;
                let condition = condition.plain().ok_or_else(|| at.error("!If names a condition first"))?;
                self.settle(if self.holds(condition, at)? { yes } else { no }, at)
            }
            Kind::Call(name, argument) if name == "Ref" && argument.plain() == Some("AWS::NoValue") => Ok(None),
            _ => Ok(Some(node)),
        }
    }

    /// The text that `node` stands for; nothing for `AWS::NoValue`.
    pub(super) fn text(&self, node: &'a Node, at: &At<'a>) -> Result<Option<String>, TemplateError> {
        let Some(node) = self.settle(node, at)? else { return Ok(None) };
        let Kind::Call(name, argument) = &node.kind else {
            return match &node.kind {
                Kind::Text(text) => Ok(Some(text.clone())),
                Kind::Null => Ok(Some(String::new())),
                _ => Err(at.error("expected text")),
            };
        };
        let named = || argument.plain().ok_or_else(|| at.error(format!("!{name} needs a name")));
        match name.as_str() {
            "Ref" => self.reference(named()?, at),
            "GetAtt" => match &argument.kind {
                Kind::List(_) => {
                    let [id, attribute] = arguments(argument, at)?;
                    match (id.plain(), attribute.plain()) {
                        (Some(id), Some(attribute)) => self.attribute(id, attribute, at),
                        _ => Err(at.error("!GetAtt needs a resource and an attribute")),
                    }
                }
                _ => match named()?.split_once('.') {
                    Some((id, attribute)) => self.attribute(id, attribute, at),
                    None => Err(at.error("!GetAtt needs a resource and an attribute")),
                },
            },
            "Sub" => self.substitute(argument, at),
            "Join" => {
                let [glue, parts] = arguments(argument, at)?;
                let Kind::List(parts) = &parts.kind else { return Err(at.error("!Join needs a list")) };
                let parts = parts.iter().filter_map(|part| self.text(part, at).transpose());
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                Ok(Some(parts.join(glue.plain().unwrap_or_default())))
            }
            "Select" => {
                let [index, items] = arguments(argument, at)?;
                let Kind::List(items) = &items.kind else { return Err(at.error("!Select needs a list")) };
                let index = index.plain().and_then(|index| index.parse::<usize>().ok());
                let item = index.and_then(|index| items.get(index));
                self.text(item.ok_or_else(|| at.error("!Select needs an index inside its list"))?, at)
            }
            "FindInMap" => {
                let [map, first, second] = arguments(argument, at)?;
                let mut found = self.template.get("Mappings");
                for key in [map, first, second] {
                    let key = self.text(key, at)?.unwrap_or_default();
                    found = found.and_then(|node| node.get(&key));
                }
                self.text(found.ok_or_else(|| at.error("!FindInMap finds nothing there"))?, at)
            }
            other => Err(at.error(format!("!{other} means nothing to the local runner"))),
        }
    }

    /// `${Name}`, `${Resource.Attribute}`, `${!Literal}`; with names of its own when a list is given.
    fn substitute(&self, argument: &'a Node, at: &At<'a>) -> Result<Option<String>, TemplateError> {
        let (pattern, own) = match &argument.kind {
            Kind::List(_) => {
                let [pattern, own] = arguments(argument, at)?;
                (pattern.plain(), own)
            }
            _ => (argument.plain(), &EMPTY),
        };
        let mut rest = pattern.ok_or_else(|| at.error("!Sub needs text"))?;
        let mut text = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let (name, after) = after.split_once('}').ok_or_else(|| at.error("!Sub has a ${ without }"))?;
            rest = after;
            let value = if let Some(literal) = name.strip_prefix('!') {
                Some(format!("${{{literal}}}"))
            } else if let Some(node) = own.get(name) {
                self.text(node, at)?
            } else if let Some((id, attribute)) = name.split_once('.') {
                self.attribute(id, attribute, at)?
            } else {
                self.reference(name, at)?
            };
            text.push_str(&value.unwrap_or_default());
        }
        text.push_str(rest);
        Ok(Some(text))
    }

    fn reference(&self, name: &str, at: &At<'a>) -> Result<Option<String>, TemplateError> {
        if let Some((_, value)) = PSEUDO.iter().find(|(pseudo, _)| *pseudo == name) {
            return Ok(Some((*value).to_owned()));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        if self.template.get("Parameters").is_some_and(|parameters| parameters.get(name).is_some()) {
            let problem = format!("parameter {name} has no default, and the local runner has no value for it");
            return Err(at.error(problem));
        }
        // What the transform makes for `AutoPublishAlias`.
        match name.strip_suffix(".Alias") {
            Some(function) => self.attribute(function, "Alias", at),
            None => self.attribute(name, "Ref", at),
        }
    }

    fn attribute(&self, id: &str, attribute: &str, at: &At<'a>) -> Result<Option<String>, TemplateError> {
        self.following(id, at, || self.local_value(id, attribute, at))
    }

    /// Follows the name `id` with `step`, unless that goes in a circle.
    fn following<T>(
        &self,
        id: &str,
        at: &At<'a>,
        step: impl FnOnce() -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        if self.depth.get() >= DEPTH {
            return Err(at.error(format!("{id} refers to itself")));
        }
        self.depth.set(self.depth.get() + 1);
        let result = step();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// What an attribute of a resource is here: stores by their local names, keys as files, queues by their URLs.
    fn local_value(&self, id: &str, attribute: &str, at: &At<'a>) -> Result<Option<String>, TemplateError> {
        let resource = self.template.get("Resources").and_then(|resources| resources.get(id));
        let resource = resource.ok_or_else(|| at.error(format!("there is no parameter or resource named {id}")))?;
        let kind = resource.get("Type").and_then(Node::plain).unwrap_or_default();
        let own = |key: &str| resource.get("Properties").and_then(|properties| properties.get(key));
        let value = match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Ref" | "Arn" | "StreamArn") => {
                let name = match own("TableName") {
                    Some(name) => self.text(name, at)?.unwrap_or_default(),
                    None => table_name(id),
                };
                match attribute {
                    "StreamArn" if own("StreamSpecification").is_none() => {
                        return Err(at.error(format!("{id} has no StreamSpecification")));
                    }
                    "StreamArn" => super::stream_arn(&name),
                    _ => name,
                }
            }
            ("AWS::S3::Bucket", "Ref" | "Arn") => {
                let name = match own("BucketName") {
                    Some(name) => self.text(name, at)?.unwrap_or_default(),
                    None => bucket_name(id),
                };
                if attribute == "Arn" { format!("arn:aws:s3:::{name}") } else { name }
            }
            ("AWS::KMS::Key", "Ref" | "Arn") => format!("file:{}", self.locals.keys.join(id).display()),
            ("AWS::KMS::Alias", "Ref") => match own("TargetKeyId") {
                Some(target) => return self.text(target, at),
                None => return Err(at.error(format!("{id} has no TargetKeyId"))),
            },
            ("AWS::SQS::Queue", "Ref") => format!("{}/{}/{id}", self.locals.queues, super::ACCOUNT),
            ("AWS::SQS::Queue", "Arn") => super::queue_arn(id),
            ("AWS::Serverless::Function", "Ref") => id.to_owned(),
            ("AWS::Serverless::Function", "Arn" | "Alias") => super::function_arn(id),
            ("AWS::Serverless::HttpApi", "Ref") => super::API_ID.to_owned(),
            _ => {
                let what = if attribute == "Ref" { format!("!Ref {id}") } else { format!("!GetAtt {id}.{attribute}") };
                return Err(at.error(format!("{what} (a {kind}) means nothing to the local runner")));
            }
        };
        Ok(Some(value))
    }

    /// Whether the condition `name` of the template holds here.
    fn holds(&self, name: &str, at: &At<'a>) -> Result<bool, TemplateError> {
        let condition = self.template.get("Conditions").and_then(|conditions| conditions.get(name));
        let condition = condition.ok_or_else(|| at.error(format!("there is no condition named {name}")))?;
        self.following(name, at, || self.decide(condition, at))
    }

    fn decide(&self, node: &'a Node, at: &At<'a>) -> Result<bool, TemplateError> {
        let (call, argument) = match &node.kind {
            Kind::Call(call, argument) => (call.as_str(), argument.as_ref()),
            Kind::Map(entries) => match entries.as_slice() {
                [(key, argument)] if key == "Condition" => ("Condition", argument),
                _ => return Err(at.error("expected a condition")),
            },
            _ => return Err(at.error("expected a condition")),
        };
        let all = || match &argument.kind {
            Kind::List(items) => items.iter().map(|item| self.decide(item, at)).collect::<Result<Vec<_>, _>>(),
            _ => Err(at.error(format!("!{call} needs a list"))),
        };
        match call {
            "Condition" => {
                let name = argument.plain().ok_or_else(|| at.error("!Condition needs a name"))?;
                self.holds(name, at)
            }
            "Equals" => {
                let [left, right] = arguments(argument, at)?;
                Ok(self.text(left, at)? == self.text(right, at)?)
            }
            "Not" => Ok(!all()?.into_iter().all(|value| value)),
            "And" => Ok(all()?.into_iter().all(|value| value)),
            "Or" => Ok(all()?.into_iter().any(|value| value)),
            other => Err(at.error(format!("!{other} is not a condition"))),
        }
    }
}

/// The arguments of an intrinsic that takes exactly `N`.
fn arguments<'a, const N: usize>(node: &'a Node, at: &At<'_>) -> Result<&'a [Node; N], TemplateError> {
    let items = if let Kind::List(items) = &node.kind { items.as_slice() } else { &[] };
    items.try_into().map_err(|_| at.error(format!("an intrinsic function takes {N} arguments here")))
}
