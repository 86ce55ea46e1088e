//! Single items, written without a transaction: what no record is.

use crate::{StoreError, Table};
use aws_sdk_dynamodb::{operation::put_item::PutItemError, types::AttributeValue};
use serde::Serialize;
use std::collections::HashMap;

impl Table {
    /// Puts an item without a transaction: for records that have no activity of their own, such as the log of readings
    /// and the counters of attempts.
    ///
    /// # Errors
    /// When the call fails or the value does not write as an item.
    pub async fn put<T: Serialize>(&self, value: &T) -> Result<(), StoreError> {
        let item = self.to_item(value)?;
        let call = self.client().put_item().table_name(self.name()).set_item(Some(item));
        call.send().await.map(drop).map_err(StoreError::of_call)
    }

    /// Puts an item without a transaction, unless one is there; says whether it did. For items of the system itself, which
    /// several may make at the same moment and which have no activity: keys, claims of jobs.
    ///
    /// `false` may also mean that an earlier try of this very call did it and its answer was lost: read what is there.
    ///
    /// # Errors
    /// When the call fails or the value does not write as an item.
    pub async fn insert<T: Serialize>(&self, value: &T) -> Result<bool, StoreError> {
        self.put_where(value, "attribute_not_exists(pk)", None).await
    }

    /// The same in place of an item whose `version` is still `version`; what is said of [`Self::insert`] holds here too.
    ///
    /// # Errors
    /// As [`Self::insert`].
    pub async fn swap<T: Serialize>(&self, value: &T, version: u64) -> Result<bool, StoreError> {
        let version = (":version".to_owned(), AttributeValue::N(version.to_string()));
        self.put_where(value, "version = :version", Some([version].into())).await
    }

    async fn put_where<T: Serialize>(
        &self,
        value: &T,
        condition: &str,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<bool, StoreError> {
        let item = self.to_item(value)?;
        let call = self.client().put_item().table_name(self.name()).set_item(Some(item));
        let call = call.condition_expression(condition).set_expression_attribute_values(values);
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::of_call(error)),
        }
    }
}
