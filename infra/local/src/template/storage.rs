//! Tables and buckets.

use super::{
    TemplateError,
    names::{bucket_name, table_name},
    place::At,
};
use objects::{BucketShape, CorsRule};
use std::collections::{BTreeMap, BTreeSet};

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// As the template calls it.
    pub logical_id: String,
    /// Its local name, which is also what `!Ref` of it gives.
    pub name: String,
    /// Partition key first.
    pub key: Vec<KeyAttribute>,
    /// The types of the attributes in keys: `S`, `N` or `B`.
    pub attributes: BTreeMap<String, String>,
    /// Global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute with the second after which an item is deleted.
    pub ttl: Option<String>,
    /// What a stream of its changes carries, such as `NEW_AND_OLD_IMAGES`.
    pub stream: Option<String>,
}

/// An attribute in a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// `HASH` or `RANGE`.
    pub role: String,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Partition key first.
    pub key: Vec<KeyAttribute>,
    /// What it copies.
    pub projection: Projection,
}

/// The attributes that an index copies, besides the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// Every attribute.
    All,
    /// None.
    Keys,
    /// These.
    Include(BTreeSet<String>),
}

pub(super) fn read_table(id: &str, at: &At<'_>) -> Result<Table, TemplateError> {
    let mut attributes = BTreeMap::new();
    for definition in at.need("AttributeDefinitions")?.items()? {
        attributes.insert(definition.need("AttributeName")?.text()?, definition.need("AttributeType")?.text()?);
    }
    let mut indexes = Vec::new();
    for index in at.items_of("GlobalSecondaryIndexes")? {
        let projection = index.need("Projection")?;
        let kind = projection.need("ProjectionType")?;
        indexes.push(Index {
            name: index.need("IndexName")?.text()?,
            key: key(&index, &attributes)?,
            projection: match kind.text()?.as_str() {
                "ALL" => Projection::All,
                "KEYS_ONLY" => Projection::Keys,
                "INCLUDE" => Projection::Include(projection.texts_of("NonKeyAttributes")?.into_iter().collect()),
                other => return Err(kind.error(format!("expected ALL, KEYS_ONLY or INCLUDE, found {other}"))),
            },
        });
    }
    if let Some(local) = at.get("LocalSecondaryIndexes")? {
        return Err(local.error("the local runner makes no local secondary indexes"));
    }
    let ttl = match at.get("TimeToLiveSpecification")? {
        Some(ttl) if ttl.is_true("Enabled")? => Some(ttl.need("AttributeName")?.text()?),
        _ => None,
    };
    let stream = at.get("StreamSpecification")?;
    Ok(Table {
        logical_id: id.to_owned(),
        name: at.text_of("TableName")?.unwrap_or_else(|| table_name(id)),
        key: key(at, &attributes)?,
        attributes,
        indexes,
        ttl,
        stream: stream.map(|stream| stream.need("StreamViewType")?.text()).transpose()?,
    })
}

fn key(at: &At<'_>, attributes: &BTreeMap<String, String>) -> Result<Vec<KeyAttribute>, TemplateError> {
    let mut key = Vec::new();
    for element in at.need("KeySchema")?.items()? {
        let (name, role) = (element.need("AttributeName")?, element.need("KeyType")?);
        let attribute = KeyAttribute { name: name.text()?, role: role.text()? };
        if !attributes.contains_key(&attribute.name) {
            return Err(name.error(format!("{} is not in AttributeDefinitions", attribute.name)));
        }
        if attribute.role != "HASH" && attribute.role != "RANGE" {
            return Err(role.error(format!("expected HASH or RANGE, found {}", attribute.role)));
        }
        key.push(attribute);
    }
    Ok(key)
}

pub(super) fn read_bucket(id: &str, at: &At<'_>) -> Result<BucketShape, TemplateError> {
    let configuration = at.get("CorsConfiguration")?;
    let mut cors = Vec::new();
    for rule in configuration.map_or(Ok(Vec::new()), |configuration| configuration.items_of("CorsRules"))? {
        cors.push(CorsRule {
            origins: rule.texts_of("AllowedOrigins")?,
            methods: rule.texts_of("AllowedMethods")?,
            headers: rule.texts_of("AllowedHeaders")?,
            exposed: rule.texts_of("ExposedHeaders")?,
            max_age: rule.get("MaxAge")?.map(|age| age.parse("whole seconds")).transpose()?,
        });
    }
    let name = at.text_of("BucketName")?.unwrap_or_else(|| bucket_name(id));
    Ok(BucketShape { name, cors })
}
