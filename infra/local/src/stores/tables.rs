//! Making tables, and comparing them with what the template declares.

use super::StoreError;
use crate::template::{Index, KeyAttribute, Projection, Table};
use dynoxide::{
    Database, DynoxideError,
    actions::{
        create_table::CreateTableRequest, describe_table::DescribeTableRequest,
        describe_time_to_live::DescribeTimeToLiveRequest, update_table::UpdateTableRequest,
        update_time_to_live::UpdateTimeToLiveRequest,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Makes `table`, or what an existing one lacks of it: indexes, stream, expiry.
pub(super) fn prepare(database: &Database, table: &Table) -> Result<(), StoreError> {
    match database.describe_table(DescribeTableRequest { table_name: table.name.clone() }) {
        Ok(stored) => complete(database, table, &described(&stored.table)?)?,
        Err(DynoxideError::ResourceNotFoundException(_)) => {
            let asked = request::<CreateTableRequest>(create(table))?;
            let what = format!("to make table {}", table.name);
            database.create_table(asked).map_err(StoreError::refused(what))?;
        }
        Err(other) => return Err(StoreError::refused(format!("to describe table {}", table.name))(other)),
    }
    expire(database, table)
}

/// What makes two tables the same.
struct Shape {
    key: Vec<KeyAttribute>,
    attributes: BTreeMap<String, String>,
    indexes: BTreeMap<String, Index>,
    stream: Option<String>,
}

/// Adds indexes and stream to an existing table; a difference that cannot be added is an error.
fn complete(database: &Database, table: &Table, stored: &Shape) -> Result<(), StoreError> {
    let differs = |difference: String| StoreError::Differs { table: table.name.clone(), difference };
    if stored.key != table.key {
        return Err(differs(format!("its key is {}, not {}", keys(&stored.key), keys(&table.key))));
    }
    for (name, kind) in &table.attributes {
        if let Some(other) = stored.attributes.get(name).filter(|other| *other != kind) {
            return Err(differs(format!("attribute {name} is {other}, not {kind}")));
        }
    }
    for (name, index) in &stored.indexes {
        match table.indexes.iter().find(|declared| declared.name == *name) {
            None => return Err(differs(format!("it has index {name}"))),
            Some(declared) if declared != index => {
                return Err(differs(format!("index {name} has another key or projection")));
            }
            Some(_) => {}
        }
    }
    let update = |what: String, asked: Value| {
        let asked = request::<UpdateTableRequest>(asked)?;
        database.update_table(asked).map(drop).map_err(StoreError::refused(what))
    };
    for index in table.indexes.iter().filter(|index| !stored.indexes.contains_key(&index.name)) {
        let asked = json!({
            "TableName": table.name,
            "AttributeDefinitions": definitions(table),
            "GlobalSecondaryIndexUpdates": [{ "Create": index_json(index) }],
        });
        update(format!("to add index {} to {}", index.name, table.name), asked)?;
    }
    match (&table.stream, &stored.stream) {
        (Some(view), None) => {
            let asked = json!({ "TableName": table.name, "StreamSpecification": stream_json(view) });
            update(format!("to add a stream to {}", table.name), asked)
        }
        (declared, existing) if declared == existing => Ok(()),
        (_, existing) => Err(differs(format!("its stream is {}", existing.as_deref().unwrap_or("absent")))),
    }
}

fn expire(database: &Database, table: &Table) -> Result<(), StoreError> {
    let asked = DescribeTimeToLiveRequest { table_name: table.name.clone() };
    let what = || format!("to set the expiry of {}", table.name);
    let stored = database.describe_time_to_live(asked).map_err(StoreError::refused(what()))?.time_to_live_description;
    let stored = stored.attribute_name.filter(|_| stored.time_to_live_status == "ENABLED");
    match (&table.ttl, stored) {
        (Some(attribute), None) => {
            let expiry = json!({ "AttributeName": attribute, "Enabled": true });
            let asked = json!({ "TableName": table.name, "TimeToLiveSpecification": expiry });
            let asked = request::<UpdateTimeToLiveRequest>(asked)?;
            database.update_time_to_live(asked).map(drop).map_err(StoreError::refused(what()))
        }
        (declared, existing) if *declared == existing => Ok(()),
        (_, existing) => {
            let difference = format!("items expire by {}", existing.as_deref().unwrap_or("nothing"));
            Err(StoreError::Differs { table: table.name.clone(), difference })
        }
    }
}

fn request<T: DeserializeOwned>(asked: Value) -> Result<T, StoreError> {
    serde_json::from_value(asked).map_err(|e| StoreError::Refused { what: "a request".into(), problem: e.to_string() })
}

fn create(table: &Table) -> Value {
    let indexes: Vec<_> = table.indexes.iter().map(index_json).collect();
    json!({
        "TableName": table.name,
        "KeySchema": key_json(&table.key),
        "AttributeDefinitions": definitions(table),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": (!indexes.is_empty()).then_some(indexes),
        "StreamSpecification": table.stream.as_deref().map(stream_json),
    })
}

fn stream_json(view: &str) -> Value {
    json!({ "StreamEnabled": true, "StreamViewType": view })
}

fn definitions(table: &Table) -> Value {
    let attributes = table.attributes.iter();
    attributes.map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind })).collect()
}

fn key_json(key: &[KeyAttribute]) -> Value {
    key.iter().map(|KeyAttribute { name, role }| json!({ "AttributeName": name, "KeyType": role })).collect()
}

fn index_json(index: &Index) -> Value {
    let projection = match &index.projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::Keys => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
    };
    json!({ "IndexName": index.name, "KeySchema": key_json(&index.key), "Projection": projection })
}

fn keys(key: &[KeyAttribute]) -> String {
    key.iter().map(|KeyAttribute { name, role }| format!("{name} {role}")).collect::<Vec<_>>().join(", ")
}

/// The description of a table, as far as the template decides about it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    key_schema: Vec<Element>,
    attribute_definitions: Vec<Definition>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexDescription>,
    stream_specification: Option<Stream>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Element {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexDescription {
    index_name: String,
    key_schema: Vec<Element>,
    projection: Copied,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Copied {
    projection_type: Option<String>,
    #[serde(default)]
    non_key_attributes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stream {
    stream_view_type: Option<String>,
}

/// Reads the description of a table the way the protocol writes it.
fn described(table: &impl Serialize) -> Result<Shape, StoreError> {
    let read = serde_json::to_value(table).and_then(serde_json::from_value::<Description>);
    let table = read.map_err(|e| StoreError::Refused { what: "a description".into(), problem: e.to_string() })?;
    let key = |elements: Vec<Element>| {
        elements
            .into_iter()
            .map(|Element { attribute_name: name, key_type: role }| KeyAttribute { name, role })
            .collect()
    };
    let indexes = table.global_secondary_indexes.into_iter().map(|index| {
        let IndexDescription { index_name: name, key_schema, projection } = index;
        let projection = match projection.projection_type.as_deref() {
            Some("KEYS_ONLY") => Projection::Keys,
            Some("INCLUDE") => Projection::Include(projection.non_key_attributes),
            _ => Projection::All,
        };
        (name.clone(), Index { name, key: key(key_schema), projection })
    });
    Ok(Shape {
        indexes: indexes.collect(),
        key: key(table.key_schema),
        attributes: table.attribute_definitions.into_iter().map(|a| (a.attribute_name, a.attribute_type)).collect(),
        stream: table.stream_specification.and_then(|stream| stream.stream_view_type),
    })
}
