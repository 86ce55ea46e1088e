//! Copies: attributes that repeat what another record says, so that an index can be sorted by them; and sums of records.

use crate::{Key, StoreError, Table};
use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::AttributeValue,
};
use serde::Serialize;
use std::collections::HashMap;

impl Table {
    /// Puts a sum that is made of other records, unless a newer one is there; whether it did. Newer is what has the
    /// greater `version`, which `value` must hold as an attribute and which grows with every change of what is summed.
    ///
    /// This is outside the ledger because a sum says nothing that its records do not say: whoever doubts it counts again.
    /// Sending the same again is harmless.
    ///
    /// # Errors
    /// When the call fails or the value does not write as an item.
    pub async fn put_newer<T: Serialize>(&self, value: &T, version: u64) -> Result<bool, StoreError> {
        let call = self.client().put_item().table_name(self.name()).set_item(Some(self.to_item(value)?));
        let call = call
            .condition_expression("attribute_not_exists(pk) OR version < :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::of_call(error)),
        }
    }

    /// Brings index keys of one item up to date with the record that they repeat; `None` takes an attribute away. The
    /// item must still have `version` and, under each name of `expected`, that value; whether it did is the answer.
    ///
    /// This is outside the ledger because nothing about the record changes. What it says about itself stays as it is, so
    /// its `version`, which clients hold in an `ETag`, stays too; and the activity that explains the new keys is that of
    /// the record they repeat: one move of an organisation, not a line for each of its members. For the same reason it
    /// must not be used for anything that a person entered or decided.
    ///
    /// Sending the same again is harmless: it finds the values it wrote, or an item that is no longer as expected.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn update_keys(
        &self,
        key: Key,
        version: u64,
        expected: &[(&str, &str)],
        values: &[(&str, Option<&str>)],
    ) -> Result<bool, StoreError> {
        let mut names = HashMap::new();
        let mut arguments = HashMap::from([(":version".to_owned(), AttributeValue::N(version.to_string()))]);
        let mut conditions = vec!["version = :version".to_owned()];
        for (at, (name, value)) in expected.iter().enumerate() {
            conditions.push(format!("#{name} = :e{at}"));
            names.insert(format!("#{name}"), (*name).to_owned());
            arguments.insert(format!(":e{at}"), AttributeValue::S((*value).to_owned()));
        }
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (at, (name, value)) in values.iter().enumerate() {
            names.insert(format!("#{name}"), (*name).to_owned());
            match value {
                Some(value) => {
                    set.push(format!("#{name} = :v{at}"));
                    arguments.insert(format!(":v{at}"), AttributeValue::S((*value).to_owned()));
                }
                None => remove.push(format!("#{name}")),
            }
        }
        let clauses = [("SET ", set), ("REMOVE ", remove)].into_iter().filter(|(_, parts)| !parts.is_empty());
        let expression: Vec<_> = clauses.map(|(verb, parts)| format!("{verb}{}", parts.join(", "))).collect();
        let call = self.client().update_item().table_name(self.name()).set_key(Some(key.attributes()));
        let call = call
            .update_expression(expression.join(" "))
            .condition_expression(conditions.join(" AND "))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(arguments));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::of_call(error)),
        }
    }
}
