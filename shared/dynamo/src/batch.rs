//! Many items at once, for jobs and for loading data. The one place that calls the batch operations.

use crate::{StoreError, Table, ledger::pause};
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use serde::Serialize;
use std::collections::HashMap;

impl Table {
    /// Items one batch call takes.
    const BATCH: usize = 25;
    /// Tries of what a call left undone.
    const BATCH_TRIES: u32 = 10;

    /// Puts all of `values`, whatever was there before. What a call leaves undone is sent again.
    ///
    /// # Errors
    /// When a call fails, a value does not write as an item, or the store still leaves items undone after ten tries;
    /// then some are written and some are not, and the whole may be sent again.
    pub async fn put_all<T: Serialize>(&self, values: &[T]) -> Result<(), StoreError> {
        for chunk in values.chunks(Self::BATCH) {
            let requests = chunk.iter().map(|value| {
                let put = PutRequest::builder().set_item(Some(self.to_item(value)?)).build();
                let put = put.map_err(|error| StoreError::Call(Box::new(error)))?;
                Ok(WriteRequest::builder().put_request(put).build())
            });
            let mut left = HashMap::from([(self.name().to_owned(), requests.collect::<Result<Vec<_>, StoreError>>()?)]);
            for attempt in 1.. {
                let call = self.client().batch_write_item().set_request_items(Some(left));
                left = call.send().await.map_err(StoreError::of_call)?.unprocessed_items.unwrap_or_default();
                if left.values().all(Vec::is_empty) {
                    break;
                }
                if attempt == Self::BATCH_TRIES {
                    return Err(StoreError::Busy("items left unprocessed".into()));
                }
                pause(attempt).await;
            }
        }
        Ok(())
    }
}
