//! The template as a JSON value, with intrinsic functions in their long form.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template as it is in the repository.
pub(crate) const TEXT: &str = include_str!("../../../../template.yaml");

/// The whole template.
pub(crate) struct Template(Value);

/// One resource of it.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    /// Its logical id.
    pub(crate) id: &'a str,
    /// Everything declared under that id.
    pub(crate) declaration: &'a Value,
}

/// A route of the API.
pub(crate) struct Route<'a> {
    /// Method and path.
    pub(crate) key: String,
    /// Whether anyone may call it.
    pub(crate) is_public: bool,
    /// Where the API says which function answers.
    pub(crate) integration: &'a str,
}

impl Template {
    pub(crate) fn load() -> Self {
        let documents = Yaml::load_from_str(TEXT).unwrap();
        Self(value(documents.first().unwrap()))
    }

    pub(crate) fn section(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// The resources of a type, in the order of the template.
    pub(crate) fn all(&self, kind: &str) -> Vec<Resource<'_>> {
        let resources = self.0["Resources"].as_object().unwrap().iter();
        let of_kind = resources.filter(|(_, declaration)| declaration["Type"] == kind);
        let found: Vec<_> = of_kind.map(|(id, declaration)| Resource { id, declaration }).collect();
        assert!(!found.is_empty(), "the template has no {kind}");
        found
    }

    pub(crate) fn functions(&self) -> Vec<Resource<'_>> {
        self.all("AWS::Serverless::Function")
    }

    /// The resource with this logical id.
    pub(crate) fn get(&self, id: &str) -> Option<Resource<'_>> {
        let (id, declaration) = self.0["Resources"].as_object().unwrap().get_key_value(id)?;
        Some(Resource { id, declaration })
    }

    /// The routes of the API as API Gateway writes them, `GET /v1/members/{member}`.
    pub(crate) fn routes(&self) -> Vec<Route<'_>> {
        let paths = self.get("Api").unwrap().property("DefinitionBody")["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |one| (path, one)));
        operations
            .map(|(path, (method, operation))| Route {
                key: format!("{} {path}", method.to_uppercase()),
                is_public: operation["security"] == json!([{ "NONE": [] }]),
                integration: operation["x-amazon-apigateway-integration"]["$ref"].as_str().unwrap(),
            })
            .collect()
    }

    /// A number, or what the parameter that stands for it can be at the least.
    pub(crate) fn least(&self, number: &Value) -> i64 {
        match reference(number) {
            Some(parameter) => {
                let parameter = &self.0["Parameters"][parameter];
                let allowed = list(&parameter["AllowedValues"]).iter().chain([&parameter["Default"]]);
                allowed.map(|value| value.as_i64().unwrap()).min().unwrap()
            }
            None => number.as_i64().unwrap(),
        }
    }
}

impl<'a> Resource<'a> {
    pub(crate) fn kind(self) -> &'a str {
        self.declaration["Type"].as_str().unwrap()
    }

    pub(crate) fn property(self, name: &str) -> &'a Value {
        &self.declaration["Properties"][name]
    }

    /// Whether it outlives the stack, and its own replacement.
    pub(crate) fn is_kept(self) -> bool {
        ["DeletionPolicy", "UpdateReplacePolicy"].iter().all(|policy| self.declaration[policy] == "Retain")
    }

    /// The crate of a function: the last folder of its `CodeUri`.
    pub(crate) fn crate_name(self) -> &'a str {
        let folder = self.property("CodeUri").as_str().unwrap();
        folder.strip_prefix("target/lambda/").and_then(|rest| rest.strip_suffix('/')).unwrap()
    }

    /// The events of a function: name, type, properties.
    pub(crate) fn events(self) -> Vec<(&'a str, &'a str, &'a Value)> {
        let events = self.property("Events").as_object().into_iter().flatten();
        events.map(|(name, event)| (name.as_str(), event["Type"].as_str().unwrap(), &event["Properties"])).collect()
    }

    /// The statements of a function's policies; of one that hangs on a condition, both alternatives.
    pub(crate) fn statements(self) -> Vec<&'a Value> {
        let policies = list(self.property("Policies")).iter().flat_map(alternatives);
        policies.flat_map(|policy| list(&policy["Statement"])).flat_map(alternatives).collect()
    }
}

/// What `!If` chooses from, without `AWS::NoValue`; the node itself when it is no `!If`.
fn alternatives(node: &Value) -> Vec<&Value> {
    let Some(choice) = node["Fn::If"].as_array() else { return vec![node] };
    choice.iter().skip(1).filter(|node| reference(node) != Some("AWS::NoValue")).collect()
}

/// The name that a `!Ref` refers to.
pub(crate) fn reference(node: &Value) -> Option<&str> {
    node["Ref"].as_str()
}

/// `Resource.Attribute`, of a `!GetAtt`.
pub(crate) fn attribute(node: &Value) -> Option<&str> {
    node["Fn::GetAtt"].as_str()
}

/// The items of a list; none of anything else.
pub(crate) fn list(node: &Value) -> &[Value] {
    node.as_array().map_or(&[], Vec::as_slice)
}

/// One text, or the texts of a list. Intrinsic functions count as their JSON.
pub(crate) fn texts(node: &Value) -> Vec<String> {
    let text = |node: &Value| node.as_str().map_or_else(|| node.to_string(), str::to_owned);
    match node {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

fn value(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(**value),
        Yaml::Value(Scalar::String(text)) | Yaml::Representation(text, ..) => json!(text),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.iter().map(|(key, node)| (key.as_str().unwrap().to_owned(), value(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, node) => {
            let name = if ["Ref", "Condition"].contains(&tag.suffix.as_str()) { "" } else { "Fn::" };
            json!({ format!("{name}{}", tag.suffix): value(node) })
        }
        Yaml::Value(Scalar::Null) | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}
