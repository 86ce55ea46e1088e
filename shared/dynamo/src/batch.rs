//! Many items at once, for jobs and for loading data. The one place that calls the batch operations.

use crate::{Key, Read, StoreError, Table, ledger::pause};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use serde::{Serialize, de::DeserializeOwned};
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

    /// Items one batch call reads.
    const BATCH_READ: usize = 100;

    /// The items under `keys` that there are, in no order. No key may come twice. What a call leaves unread is asked for
    /// again.
    ///
    /// # Errors
    /// When a call fails, an item does not read as `T`, or the store still leaves keys unread after ten tries.
    pub async fn get_all<T: DeserializeOwned>(&self, keys: Vec<Key>, read: Read) -> Result<Vec<T>, StoreError> {
        serde_dynamo::from_items(self.items(keys, read).await?).map_err(|source| self.shape(source))
    }

    /// The same, each by itself, so that one that does not read keeps nobody from the others.
    ///
    /// # Errors
    /// When a call fails, or the store still leaves keys unread after ten tries; of an item, when it does not read as `T`.
    pub async fn get_each<T: DeserializeOwned>(
        &self,
        keys: Vec<Key>,
        read: Read,
    ) -> Result<Vec<Result<T, StoreError>>, StoreError> {
        let items = self.items(keys, read).await?.into_iter();
        Ok(items.map(|item| serde_dynamo::from_item(item).map_err(|source| self.shape(source))).collect())
    }

    async fn items(&self, keys: Vec<Key>, read: Read) -> Result<Vec<HashMap<String, AttributeValue>>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        let mut keys = keys.into_iter().map(Key::attributes).peekable();
        while keys.peek().is_some() {
            let some = keys.by_ref().take(Self::BATCH_READ).collect();
            let wanted = KeysAndAttributes::builder().consistent_read(read == Read::Consistent).set_keys(Some(some));
            let wanted = wanted.build().map_err(|error| StoreError::Call(Box::new(error)))?;
            let mut left = HashMap::from([(self.name().to_owned(), wanted)]);
            for attempt in 1.. {
                let call = self.client().batch_get_item().set_request_items(Some(left));
                let found = call.send().await.map_err(StoreError::of_call)?;
                items.extend(found.responses.into_iter().flatten().flat_map(|(_, items)| items));
                left = found.unprocessed_keys.unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                if attempt == Self::BATCH_TRIES {
                    return Err(StoreError::Busy("keys left unprocessed".into()));
                }
                pause(attempt).await;
            }
        }
        Ok(items)
    }
}
