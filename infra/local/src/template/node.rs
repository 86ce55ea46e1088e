//! YAML as CloudFormation means it: text, lists, maps, and calls of intrinsic functions.

use super::TemplateError;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// A piece of the template and the line where it starts.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What a piece of the template is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    /// Numbers and truth values too: CloudFormation passes all of them as text.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// `!Sub x` and `Fn::Sub: x` alike, without the `Fn::`.
    Call(String, Box<Node>),
}

/// A map without entries, for sections that a template leaves out.
pub(super) static EMPTY: Node = Node { line: 0, kind: Kind::Map(Vec::new()) };

impl Node {
    /// Reads the one document of `text`.
    pub(super) fn parse(text: &str) -> Result<Self, TemplateError> {
        let documents = MarkedYaml::load_from_str(text)
            .map_err(|e| TemplateError::NotYaml { line: e.marker().line(), problem: e.info().to_owned() })?;
        match documents.as_slice() {
            [document] => convert(document),
            _ => Err(TemplateError::NotYaml { line: 1, problem: "expected exactly one document".to_owned() }),
        }
    }

    /// The value under `key`, if this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find_map(|(name, node)| (name == key).then_some(node))
    }

    /// The entries, if this is a map; none otherwise.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The text, if this is plain text.
    pub(super) fn plain(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }
}

fn convert(yaml: &MarkedYaml<'_>) -> Result<Node, TemplateError> {
    let line = yaml.span.start.line();
    let bad = |problem: &str| TemplateError::NotYaml { line, problem: problem.to_owned() };
    let kind = match &yaml.data {
        YamlData::Value(Scalar::Null) => Kind::Null,
        YamlData::Value(scalar) => Kind::Text(text(scalar)),
        YamlData::Representation(text, ..) => Kind::Text(text.to_string()),
        YamlData::Sequence(items) => Kind::List(items.iter().map(convert).collect::<Result<_, _>>()?),
        YamlData::Mapping(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map {
                let YamlData::Value(key) = &key.data else { return Err(bad("a key must be plain text")) };
                entries.push((text(key), convert(value)?));
            }
            as_call(entries)
        }
        YamlData::Tagged(tag, inner) => Kind::Call(tag.suffix.clone(), Box::new(convert(inner)?)),
        YamlData::Alias(_) | YamlData::BadValue => return Err(bad("this value cannot be read")),
    };
    Ok(Node { line, kind })
}

/// The long form of an intrinsic is a map with one entry.
fn as_call(mut entries: Vec<(String, Node)>) -> Kind {
    let name = match entries.as_slice() {
        [(key, _)] if key == "Ref" => "Ref".to_owned(),
        [(key, _)] => match key.strip_prefix("Fn::") {
            Some(name) => name.to_owned(),
            None => return Kind::Map(entries),
        },
        _ => return Kind::Map(entries),
    };
    match entries.pop() {
        Some((_, argument)) => Kind::Call(name, Box::new(argument)),
        None => Kind::Map(entries),
    }
}

fn text(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Null => String::new(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::FloatingPoint(value) => value.to_string(),
        Scalar::String(value) => value.to_string(),
    }
}
