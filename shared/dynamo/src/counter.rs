//! Counters of attempts. They stand beside the trace: nothing that is counted here is a record.

use crate::{Key, StoreError, Table};
use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue},
};
use serde::de::DeserializeOwned;

/// The attribute that is counted up.
const COUNT: &str = "count";

impl Table {
    /// Adds one to the counter under `key`, which begins at zero and is forgotten at `ttl` (seconds since 1970), and gives
    /// its new value.
    ///
    /// A try whose answer is lost counts, and so does the next one. So it serves for limits alone, where one too many is
    /// no harm, and never for what has to be right.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn count_up(&self, key: Key, ttl: i64) -> Result<u64, StoreError> {
        let call = self.adding_one(key, "ADD #count :one SET #ttl = :ttl").expression_attribute_names("#ttl", "ttl");
        let call = call.expression_attribute_values(":ttl", AttributeValue::N(ttl.to_string()));
        let found = call.return_values(ReturnValue::UpdatedNew).send().await.map_err(StoreError::of_call)?;
        let count = found.attributes.as_ref().and_then(|item| item.get(COUNT)?.as_n().ok()?.parse().ok());
        Ok(count.unwrap_or(u64::MAX))
    }

    /// Adds one to the `count` of an item that is there, and gives the item as it then is; `None` when there is none.
    ///
    /// What is said of [`Self::count_up`] holds here as well.
    ///
    /// # Errors
    /// When the call fails or the item does not read as `T`.
    pub async fn count_use<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StoreError> {
        let call = self.adding_one(key, "ADD #count :one").condition_expression("attribute_exists(pk)");
        match call.return_values(ReturnValue::AllNew).send().await {
            Ok(found) => found.attributes.map(serde_dynamo::from_item).transpose().map_err(|source| self.shape(source)),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(StoreError::of_call(error)),
        }
    }

    fn adding_one(&self, key: Key, how: &str) -> UpdateItemFluentBuilder {
        let call = self.client().update_item().table_name(self.name()).set_key(Some(key.attributes()));
        call.update_expression(how)
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
    }
}
