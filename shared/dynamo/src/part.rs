//! Reading a part of an item.

use crate::{Key, Read, StoreError, Table};
use serde::de::DeserializeOwned;

impl Table {
    /// The named attributes of the item under `key`, each by its way into nested maps: what is left out does not leave
    /// the store. It costs as much as the whole item.
    ///
    /// # Errors
    /// When the call fails or the part does not read as `T`.
    pub async fn get_part<T: DeserializeOwned>(
        &self,
        key: Key,
        read: Read,
        attributes: &[&[&str]],
    ) -> Result<Option<T>, StoreError> {
        let call = self.client().get_item().table_name(self.name()).set_key(Some(key.attributes()));
        let mut call = call.consistent_read(read == Read::Consistent);
        let mut names: Vec<&str> = Vec::new();
        let mut wanted = Vec::new();
        for way in attributes {
            let mut steps = Vec::new();
            for name in *way {
                let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                steps.push(format!("#n{at}"));
            }
            wanted.push(steps.join("."));
        }
        for (at, name) in names.iter().enumerate() {
            call = call.expression_attribute_names(format!("#n{at}"), *name);
        }
        let found = call.projection_expression(wanted.join(", ")).send().await.map_err(StoreError::of_call)?;
        found.item.map(serde_dynamo::from_item).transpose().map_err(|source| self.shape(source))
    }
}
