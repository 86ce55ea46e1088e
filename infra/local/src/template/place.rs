//! A piece of the template together with where it is, so that each error can say so.

use super::{
    TemplateError,
    node::{Kind, Node},
    scope::Scope,
};
use std::str::FromStr;

/// A settled node, and the path to it.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    scope: &'a Scope<'a>,
    node: &'a Node,
    resource: &'a str,
    property: String,
}

impl<'a> At<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, node: &'a Node, resource: &'a str, property: String) -> Self {
        Self { scope, node, resource, property }
    }

    /// An error at this place.
    pub(super) fn error(&self, problem: impl Into<String>) -> TemplateError {
        TemplateError::Property {
            line: self.node.line,
            resource: self.resource.to_owned(),
            property: self.property.clone(),
            problem: problem.into(),
        }
    }

    fn step(&self, node: &'a Node, name: &str) -> Self {
        let property = match self.property.as_str() {
            "" => name.to_owned(),
            before => format!("{before}.{name}"),
        };
        Self { scope: self.scope, node, resource: self.resource, property }
    }

    /// The value of an intrinsic that stands for a whole node, or nothing for `AWS::NoValue`.
    fn settled(self) -> Result<Option<Self>, TemplateError> {
        let node = self.scope.settle(self.node, &self)?;
        Ok(node.map(|node| Self { node, ..self }))
    }

    /// The value under `key`, unless it is absent or `AWS::NoValue`.
    pub(super) fn get(&self, key: &str) -> Result<Option<Self>, TemplateError> {
        self.node.get(key).map_or(Ok(None), |node| self.step(node, key).settled())
    }

    /// The value under `key`, which must be there.
    pub(super) fn need(&self, key: &str) -> Result<Self, TemplateError> {
        self.get(key)?.ok_or_else(|| self.step(self.node, key).error("is missing"))
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        let Kind::List(items) = &self.node.kind else { return Err(self.error("expected a list")) };
        let items = items.iter().enumerate();
        items.filter_map(|(index, node)| self.step(node, &index.to_string()).settled().transpose()).collect()
    }

    /// The items of the list under `key`; none when it is absent.
    pub(super) fn items_of(&self, key: &str) -> Result<Vec<Self>, TemplateError> {
        self.get(key)?.map_or(Ok(Vec::new()), |list| list.items())
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        let Kind::Map(entries) = &self.node.kind else { return Err(self.error("expected a map")) };
        let mut found = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            if let Some(value) = self.step(node, key).settled()? {
                found.push((key.as_str(), value));
            }
        }
        Ok(found)
    }

    /// This value as text.
    pub(super) fn text(&self) -> Result<String, TemplateError> {
        self.scope.text(self.node, self)?.ok_or_else(|| self.error("has no value"))
    }

    /// The text under `key`, unless absent.
    pub(super) fn text_of(&self, key: &str) -> Result<Option<String>, TemplateError> {
        self.get(key)?.map(|value| value.text()).transpose()
    }

    /// The text items of the list under `key`, which may also be one text alone; none when it is absent.
    pub(super) fn texts_of(&self, key: &str) -> Result<Vec<String>, TemplateError> {
        match self.get(key)? {
            None => Ok(Vec::new()),
            Some(one) if matches!(one.node.kind, Kind::Text(_)) => Ok(vec![one.text()?]),
            Some(list) => list.items()?.iter().map(Self::text).collect(),
        }
    }

    /// This value as a `T`, with `expected` in the error.
    pub(super) fn parse<T: FromStr>(&self, expected: &str) -> Result<T, TemplateError> {
        let text = self.text()?;
        text.parse().map_err(|_| self.error(format!("expected {expected}, found {text}")))
    }

    /// Whether the value under `key` is the text `true`.
    pub(super) fn is_true(&self, key: &str) -> Result<bool, TemplateError> {
        Ok(self.text_of(key)?.as_deref() == Some("true"))
    }
}
