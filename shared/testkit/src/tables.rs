//! The tables of `template.yaml`, for the embedded store. A test of the whole compares them with the template.

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::create_table::CreateTableError,
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

/// What lists carry of an application in a star review.
const STARS: &[&str] = &[
    "id",
    "organization",
    "path",
    "name",
    "year",
    "period",
    "state",
    "closesOn",
    "submittedOn",
    "score",
    "star",
    "noticeUntil",
    "decidedOn",
    "barred",
    "version",
];

/// What is public of one.
const SHOWN: &[&str] = &["organization", "path", "name", "year", "state", "score", "star", "noticeUntil", "decidedOn"];

/// What a department has to know to see what waits for it.
const STAR_STEPS: &[&str] = &["id", "application", "organization", "name", "noticeUntil", "decidedOn", "barred"];

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

/// What index `person` of the meetings carries.
const PERSON_OF_MEETING: &[&str] = &["meeting", "credit"];

/// What index `results` carries of an attempt.
const RESULT: &[&str] = &["id", "number", "member", "name", "organization", "startedAt", "deadline", "closed"];

/// What index `tell` of the meetings carries.
const MEETING: &[&str] = &["meeting"];

/// What indexes carry of a task.
const TASK: &[&str] = &[
    "id",
    "root",
    "above",
    "kind",
    "organization",
    "caller",
    "owner",
    "ownerName",
    "title",
    "state",
    "startsOn",
    "dueAt",
    "arriveBy",
    "plan",
    "submittedAt",
    "split",
    "progress",
    "version",
    "updatedAt",
];

/// The same, and what has to follow a move.
const PLACED_TASK: &[&str] = &[
    "path",
    "id",
    "root",
    "above",
    "kind",
    "organization",
    "caller",
    "owner",
    "ownerName",
    "title",
    "state",
    "startsOn",
    "dueAt",
    "arriveBy",
    "plan",
    "submittedAt",
    "split",
    "progress",
    "version",
    "updatedAt",
];

/// The same without the keys of index `tree`.
const TASK_OF_TREE: &[&str] = &[
    "above",
    "kind",
    "organization",
    "caller",
    "owner",
    "ownerName",
    "title",
    "state",
    "startsOn",
    "dueAt",
    "arriveBy",
    "plan",
    "submittedAt",
    "split",
    "progress",
    "version",
    "updatedAt",
];

/// The same without the keys of index `calls`.
const CALLED_TASK: &[&str] = &[
    "root",
    "above",
    "kind",
    "organization",
    "owner",
    "ownerName",
    "title",
    "state",
    "startsOn",
    "dueAt",
    "arriveBy",
    "plan",
    "submittedAt",
    "split",
    "progress",
    "version",
    "updatedAt",
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
    TableShape {
        setting: "TASKS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("place", "area", "place", PLACED_TASK),
            ("tree", "root", "id", TASK_OF_TREE),
            ("person", "desk", "deskKey", TASK),
            ("review", "reviewer", "deskKey", &[]),
            ("calls", "caller", "id", CALLED_TASK),
            ("next", "nextSlot", "nextKey", TASK),
            ("rollup", "rollup", "rollupKey", &[]),
            ("changed", "changedShard", "changedKey", &["root"]),
        ],
    },
    TableShape { setting: "IDEMPOTENCY_TABLE", keys: &["pk"], indexes: &[] },
    TableShape { setting: "ACCESS_LOG_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape {
        setting: "IMPORTS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("listed", "listed", "id", &[]), ("open", "open", "pk", &[])],
    },
    TableShape { setting: "JOBS_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape {
        setting: "MEDIA_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("listed", "listed", "id", &[]), ("state", "state", "id", &[])],
    },
    TableShape {
        setting: "DUES_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("branch", "organization", "branchKey", &[]),
            ("open", "waitsAt", "waitsKey", &[]),
            ("watch", "watchShard", "watchKey", &["member", "month"]),
        ],
    },
    TableShape {
        setting: "MEETINGS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("held", "organization", "heldKey", &[]),
            ("person", "member", "personKey", PERSON_OF_MEETING),
            ("tell", "tellShard", "tellKey", MEETING),
        ],
    },
    TableShape {
        setting: "LEARNING_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("owned", "owner", "ownerKey", &[]), ("results", "paper", "resultKey", RESULT)],
    },
    TableShape {
        setting: "FINDINGS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("place", "area", "place", &[]), ("person", "member", "id", &[])],
    },
    TableShape { setting: "SCORES_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape { setting: "COUNTERS_TABLE", keys: &["pk", "sk"], indexes: &[] },
    TableShape {
        setting: "PORTRAITS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("owned", "owner", "ownerKey", &[]), ("person", "member", "personKey", &[])],
    },
    TableShape {
        setting: "RATINGS_TABLE",
        keys: &["pk", "sk"],
        indexes: &[
            ("place", "area", "place", STARS),
            ("shown", "shown", "id", SHOWN),
            ("waiting", "waitsAt", "waitsKey", STAR_STEPS),
        ],
    },
    TableShape {
        setting: "NOTICES_TABLE",
        keys: &["pk", "sk"],
        indexes: &[("due", "dueShard", "dueKey", &[]), ("dead", "dead", "deadKey", &[])],
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
        ("DELIVERY_TRIES", "8"),
        ("MAIL_FROM", "log"),
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
        let created = table
            .set_attribute_definitions(Some(attributes.collect()))
            .set_key_schema(Some(schema(keys)))
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
            .send()
            .await;
        // A store that has just started answers too late, and the client has asked again.
        let there = |error: &SdkError<CreateTableError>| {
            error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception)
        };
        if !created.as_ref().is_err_and(there) {
            created.expect("a store that takes the table");
        }
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
