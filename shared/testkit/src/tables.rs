//! The tables of `template.yaml`, for the embedded store. A test of the whole compares them with the template.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use kernel::Settings;
use std::collections::BTreeSet;

/// An index: name, partition key, sort key, and the attributes it carries beside the keys (all when empty).
type Index = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// A table: the setting that names it, its keys and its indexes.
#[derive(Debug)]
pub struct TableShape {
    /// `MEMBERS_TABLE`, …; the local name is the same.
    pub setting: &'static str,
    /// Key attributes, partition first.
    pub keys: &'static [&'static str],
    /// Its indexes.
    pub indexes: &'static [Index],
}

const SUMMARY: &[&str] = &[
    "id",
    "organization",
    "path",
    "name",
    "pinyin",
    "initials",
    "state",
    "phoneMasked",
    "joinedOn",
    "category",
    "version",
];

/// What lists carry of a transfer.
const TRANSFER: &[&str] = &[
    "id",
    "member",
    "name",
    "kind",
    "from",
    "to",
    "state",
    "validUntil",
    "receivedOn",
    "receiptDueOn",
    "version",
    "updatedAt",
    "fromPath",
    "toPath",
];

/// The same, and what has to follow a move of the sender.
const SENT: &[&str] = &[
    "id",
    "member",
    "name",
    "kind",
    "from",
    "to",
    "state",
    "validUntil",
    "receivedOn",
    "receiptDueOn",
    "version",
    "updatedAt",
    "fromPath",
    "toPath",
    "dueArea",
];

/// Every table.
pub const TABLES: &[TableShape] = &[
    TableShape { setting: "ACCOUNTS_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape {
        setting: "ORGANIZATIONS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("tree", "root", "path", &[]),
            ("children", "parent", "childKey", &[]),
            ("pending", "pending", "path", &[]),
        ],
    },
    TableShape {
        setting: "MEMBERS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("place", "area", "place", SUMMARY),
            ("name", "area", "nameKey", SUMMARY),
            ("open", "openArea", "openKey", &[]),
        ],
    },
    TableShape {
        setting: "ACTIVITIES_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("subject", "subject", "sk", &[]), ("day", "day", "dayKey", &["hash"])],
    },
    TableShape {
        setting: "TRANSFERS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("leaving", "leavingArea", "leavingKey", SENT),
            ("coming", "comingArea", "comingKey", TRANSFER),
            ("due", "dueArea", "dueKey", TRANSFER),
            ("person", "member", "sk", &[]),
        ],
    },
    TableShape { setting: "IDEMPOTENCY_TABLE", keys: &["pk"], indexes: &[] },
    TableShape { setting: "ACCESS_LOG_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape { setting: "IMPORTS_TABLE", keys: &["pk", "sk"], indexes: &[("open", "open", "pk", &[])] },
    TableShape {
        setting: "MEDIA_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("listed", "listed", "id", &[]), ("state", "state", "id", &[])],
    },
];

/// The settings that name buckets.
pub const BUCKETS: [&str; 2] = ["MEDIA_BUCKET", "SEAL_BUCKET"];

/// Settings for a store at `endpoint`, each table under the name of its setting.
#[must_use]
pub fn settings(endpoint: &str) -> Settings {
    let fixed = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("ISSUER", "https://zhibu.test"),
        ("AUDIENCE", "zhibu"),
        ("CODE_SENDER", "log"),
        ("SEAL_RETENTION_DAYS", "30"),
        ("SECOND_FACTOR", "required"),
        ("STAGE", "test"),
    ];
    let tables = TABLES.iter().map(|table| (table.setting, table.setting));
    fixed.into_iter().chain(tables).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Makes every table under the name that `settings` gives it.
///
/// # Panics
/// When the store refuses one.
#[expect(clippy::expect_used, reason = "a test cannot go on without its tables")]
pub async fn create_tables(client: &Client, settings: &Settings) {
    for TableShape { setting, keys, indexes } in TABLES {
        let names: BTreeSet<&str> =
            keys.iter().copied().chain(indexes.iter().flat_map(|(_, pk, sk, _)| [*pk, *sk])).collect();
        let attributes = names.into_iter().map(|name| {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            attribute.build().expect("complete")
        });
        let indexes = indexes.iter().map(|(name, pk, sk, carried)| {
            let projection = if carried.is_empty() {
                Projection::builder().projection_type(ProjectionType::All)
            } else {
                let carried = carried.iter().map(|name| (*name).to_owned()).collect();
                Projection::builder().projection_type(ProjectionType::Include).set_non_key_attributes(Some(carried))
            };
            let index = GlobalSecondaryIndex::builder().index_name(*name).set_key_schema(Some(schema(&[pk, sk])));
            index.projection(projection.build()).build().expect("complete")
        });
        let indexes: Vec<_> = indexes.collect();
        let name = settings.get(setting).expect("the name of a table");
        let table = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        table
            .set_attribute_definitions(Some(attributes.collect()))
            .set_key_schema(Some(schema(keys)))
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
            .send()
            .await
            .expect("the embedded store takes the table");
    }
}

#[expect(clippy::expect_used, reason = "both parts are given")]
fn schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let elements = keys.iter().zip(kinds).map(|(name, kind)| {
        KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().expect("complete")
    });
    elements.collect()
}
