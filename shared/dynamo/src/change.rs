//! What a transaction does to records.

use crate::{Key, StoreError, Table};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update, builders::PutBuilder,
};
use kernel::{ErrorCode, Refusal};
use serde::Serialize;
use std::collections::HashMap;

/// A share of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The name of the sum that it is added to.
    pub sum: &'static str,
    /// How much.
    pub amount: u64,
    /// What the sum may come to at most.
    pub limit: u64,
}

/// Changes of records that happen together or not at all, each with what the caller is told when its condition fails.
#[derive(Debug, Default)]
pub struct Change {
    pub(crate) actions: Vec<(TransactWriteItem, Refusal)>,
    broken: Option<StoreError>,
}

/// That an item is as it was read, as a condition.
struct AsRead {
    expression: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl AsRead {
    /// Its `version`, and each attribute of `expected` with that value or not there at all.
    fn new(version: u64, expected: &[(&str, Option<&str>)]) -> Self {
        let mut parts = vec!["version = :version".to_owned()];
        let mut names = HashMap::new();
        let mut values = HashMap::from([(":version".to_owned(), AttributeValue::N(version.to_string()))]);
        for (at, (name, value)) in expected.iter().enumerate() {
            names.insert(format!("#e{at}"), (*name).to_owned());
            if let Some(value) = value {
                parts.push(format!("#e{at} = :e{at}"));
                values.insert(format!(":e{at}"), AttributeValue::S((*value).to_owned()));
            } else {
                parts.push(format!("attribute_not_exists(#e{at})"));
            }
        }
        Self { expression: parts.join(" AND "), names, values }
    }
}

impl Change {
    /// No change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item that must not be there yet; `taken` says so when it is.
    #[must_use]
    pub fn insert<T: Serialize>(self, table: &Table, value: &T, taken: impl Into<Refusal>) -> Self {
        self.put(table, value, taken.into(), |put| put.condition_expression("attribute_not_exists(pk)"))
    }

    /// Adds an item where none is that is still kept at `now` (seconds since 1970): the store takes away some time later
    /// what its `ttl` lets go.
    #[must_use]
    pub(crate) fn insert_kept<T: Serialize>(self, table: &Table, value: &T, now: i64, taken: ErrorCode) -> Self {
        // `ttl` is a word of the expression language.
        self.put(table, value, taken.into(), |put| {
            put.condition_expression("attribute_not_exists(pk) OR #ttl <= :now")
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":now", AttributeValue::N(now.to_string()))
        })
    }

    /// Replaces an item whose `version` is still `version`; otherwise the caller is told that it changed.
    #[must_use]
    pub fn replace<T: Serialize>(self, table: &Table, value: &T, version: u64) -> Self {
        self.put(table, value, ErrorCode::Conflict.into(), |put| {
            put.condition_expression("version = :version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
        })
    }

    /// The same for an item that a job amends beside its version ([`Self::amend`]): each attribute of `expected` must still
    /// have that value as well, or not be there at all.
    #[must_use]
    pub fn replace_as_read<T: Serialize>(
        self,
        table: &Table,
        value: &T,
        (version, expected): (u64, &[(&str, Option<&str>)]),
    ) -> Self {
        let read = AsRead::new(version, expected);
        self.put(table, value, ErrorCode::Conflict.into(), |put| {
            put.condition_expression(read.expression)
                .set_expression_attribute_names(Some(read.names))
                .set_expression_attribute_values(Some(read.values))
        })
    }

    /// Puts an item whatever was there before: for copies that another condition of the same change protects.
    #[must_use]
    pub fn overwrite<T: Serialize>(self, table: &Table, value: &T) -> Self {
        self.put(table, value, ErrorCode::Conflict.into(), |put| put)
    }

    /// Removes an item that must be there.
    #[must_use]
    pub fn remove(mut self, table: &Table, key: Key) -> Self {
        let delete = Delete::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let delete = delete.condition_expression("attribute_exists(pk)").build();
        self.push(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()), ErrorCode::Conflict.into());
        self
    }

    /// Removes an item whose `version` is still `version`; otherwise the caller is told that it changed.
    #[must_use]
    pub fn remove_unchanged(self, table: &Table, key: Key, version: u64) -> Self {
        self.erase(table, key, version, ErrorCode::Conflict)
    }

    /// Removes an item if it is there: for claims of a record that another condition of the same change protects.
    #[must_use]
    pub fn discard(mut self, table: &Table, key: Key) -> Self {
        let delete = Delete::builder().table_name(table.name()).set_key(Some(key.attributes())).build();
        self.push(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()), ErrorCode::Conflict.into());
        self
    }

    /// Removes an item that still has `version`; `changed` says so when it has not.
    #[must_use]
    pub fn erase(mut self, table: &Table, key: Key, version: u64, changed: impl Into<Refusal>) -> Self {
        let delete = Delete::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let delete = delete
            .condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .build();
        self.push(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()), changed.into());
        self
    }

    /// Requires that there is no item under `key`; `there` says so when there is one.
    #[must_use]
    pub fn absent(mut self, table: &Table, key: Key, there: impl Into<Refusal>) -> Self {
        let check = ConditionCheck::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let check = check.condition_expression("attribute_not_exists(pk)").build();
        self.push(check.map(|check| TransactWriteItem::builder().condition_check(check).build()), there.into());
        self
    }

    /// How many items it touches; a transaction takes a hundred, its activities and its answer among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Requires that the item under `key` still has `version`, without changing it.
    #[must_use]
    pub fn unchanged(mut self, table: &Table, key: Key, version: u64) -> Self {
        let check = ConditionCheck::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let check = check
            .condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .build();
        let action = check.map(|check| TransactWriteItem::builder().condition_check(check).build());
        self.push(action, ErrorCode::Conflict.into());
        self
    }

    /// Sets attributes of an item beside what its `version` counts, for a job: each attribute of `values`, and takes away
    /// those that are null. The item must still have `version`, and each attribute of `expected` with that value, or not
    /// at all; otherwise the caller is told that it changed. What else the item says stays as it is.
    #[must_use]
    pub fn amend<T: Serialize>(
        mut self,
        table: &Table,
        key: Key,
        (version, expected): (u64, &[(&str, Option<&str>)]),
        values: &T,
    ) -> Self {
        let values = match table.to_item(values) {
            Ok(values) => values,
            Err(error) => {
                self.broken = Some(error);
                return self;
            }
        };
        let read = AsRead::new(version, expected);
        let mut update = Update::builder()
            .table_name(table.name())
            .set_key(Some(key.attributes()))
            .condition_expression(read.expression)
            .set_expression_attribute_names(Some(read.names))
            .set_expression_attribute_values(Some(read.values));
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (at, (name, value)) in values.into_iter().enumerate() {
            update = update.expression_attribute_names(format!("#v{at}"), name);
            if value.is_null() {
                remove.push(format!("#v{at}"));
            } else {
                set.push(format!("#v{at} = :v{at}"));
                update = update.expression_attribute_values(format!(":v{at}"), value);
            }
        }
        let clauses = [("SET ", set), ("REMOVE ", remove)].into_iter().filter(|(_, parts)| !parts.is_empty());
        let expression: Vec<_> = clauses.map(|(verb, parts)| format!("{verb}{}", parts.join(", "))).collect();
        let update = update.update_expression(expression.join(" ")).build();
        self.push(update.map(|update| TransactWriteItem::builder().update(update).build()), ErrorCode::Conflict.into());
        self
    }

    /// Counts one more change in the counter under `key`, which is made when there is none. Those who count never get
    /// in each other's way; who [`advance`](Self::advance)s the same counter notices them.
    #[must_use]
    pub fn count(mut self, table: &Table, key: Key) -> Self {
        let update = Update::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let update = update
            .update_expression("ADD version :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .build();
        self.push(update.map(|update| TransactWriteItem::builder().update(update).build()), ErrorCode::Conflict.into());
        self
    }

    /// Counts one more change in the counter under `key`, which must still stand at `version`; 0 for one that is not
    /// there yet. Two changes that looked at the same records and advance the same counter cannot both happen.
    #[must_use]
    pub fn advance(mut self, table: &Table, key: Key, version: u64) -> Self {
        let update = Update::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let update = update
            .update_expression("SET version = :next")
            .expression_attribute_values(":next", AttributeValue::N((version + 1).to_string()));
        let update = match version {
            0 => update.condition_expression("attribute_not_exists(pk)"),
            _ => update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        let action = update.build().map(|update| TransactWriteItem::builder().update(update).build());
        self.push(action, ErrorCode::Conflict.into());
        self
    }

    /// Takes from the allowance under `key`, whose account is made when there is none: adds to each named sum, unless one
    /// of them would come to more than its limit; `exhausted` says so then.
    #[must_use]
    pub fn take(mut self, table: &Table, key: Key, shares: &[Share], exhausted: impl Into<Refusal>) -> Self {
        let exhausted = exhausted.into();
        if shares.iter().any(|share| share.amount > share.limit) {
            self.broken = Some(exhausted.into());
            return self;
        }
        let mut update = Update::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let (mut sums, mut conditions) = (Vec::new(), Vec::new());
        for (at, share) in shares.iter().enumerate() {
            sums.push(format!("#s{at} :a{at}"));
            conditions.push(format!("(attribute_not_exists(#s{at}) OR #s{at} <= :l{at})"));
            let left = share.limit - share.amount;
            update = update
                .expression_attribute_names(format!("#s{at}"), share.sum)
                .expression_attribute_values(format!(":a{at}"), AttributeValue::N(share.amount.to_string()))
                .expression_attribute_values(format!(":l{at}"), AttributeValue::N(left.to_string()));
        }
        let update = update
            .update_expression(format!("ADD {}", sums.join(", ")))
            .condition_expression(conditions.join(" AND "))
            .build();
        self.push(update.map(|update| TransactWriteItem::builder().update(update).build()), exhausted);
        self
    }

    /// Gives back to the allowance under `key` what [`take`](Self::take) took, the amount of each named sum. Another condition of the same change has to
    /// see to it that this happens once.
    #[must_use]
    pub fn give_back(mut self, table: &Table, key: Key, amounts: &[(&str, u64)]) -> Self {
        let mut update = Update::builder().table_name(table.name()).set_key(Some(key.attributes()));
        let mut sums = Vec::new();
        for (at, (sum, amount)) in amounts.iter().enumerate() {
            sums.push(format!("#s{at} :a{at}"));
            update = update
                .expression_attribute_names(format!("#s{at}"), *sum)
                .expression_attribute_values(format!(":a{at}"), AttributeValue::N(format!("-{amount}")));
        }
        let update = update.update_expression(format!("ADD {}", sums.join(", "))).build();
        self.push(update.map(|update| TransactWriteItem::builder().update(update).build()), ErrorCode::Conflict.into());
        self
    }

    fn put<T: Serialize>(
        mut self,
        table: &Table,
        value: &T,
        refusal: Refusal,
        on_condition: impl FnOnce(PutBuilder) -> PutBuilder,
    ) -> Self {
        match table.to_item(value) {
            Ok(item) => {
                let put = on_condition(Put::builder().table_name(table.name()).set_item(Some(item)));
                self.push(put.build().map(|put| TransactWriteItem::builder().put(put).build()), refusal);
            }
            Err(error) => self.broken = Some(error),
        }
        self
    }

    fn push<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        action: Result<TransactWriteItem, E>,
        refusal: Refusal,
    ) {
        match action {
            Ok(action) => self.actions.push((action, refusal)),
            Err(error) => self.broken = Some(StoreError::Call(Box::new(error))),
        }
    }

    /// The actions, unless one of them could not be written down.
    pub(crate) fn into_actions(self) -> Result<Vec<(TransactWriteItem, Refusal)>, StoreError> {
        self.broken.map_or(Ok(self.actions), Err)
    }
}
