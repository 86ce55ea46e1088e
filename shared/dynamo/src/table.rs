//! Reading.

use crate::StoreError;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use cloud::Environment;
use kernel::MissingSetting;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key; empty for a table that has none.
    pub sk: String,
}

impl Key {
    /// A key of both parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The item of a counter ([`crate::Change::advance`]) under this key that stands at `version`, for generated data.
    #[must_use]
    pub fn counted(self, version: usize) -> Value {
        json!({ "pk": self.pk, "sk": self.sk, "version": version })
    }

    pub(crate) fn attributes(self) -> HashMap<String, AttributeValue> {
        let mut key = HashMap::from([("pk".to_owned(), AttributeValue::S(self.pk))]);
        if !self.sk.is_empty() {
            key.insert("sk".to_owned(), AttributeValue::S(self.sk));
        }
        key
    }
}

/// How fresh a read has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// May lag behind by a moment; half a unit per 4 KB.
    Eventual,
    /// Sees every acknowledged write; one unit per 4 KB.
    Consistent,
}

/// Which end of a stretch comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest sort key first.
    Ascending,
    /// Largest sort key first.
    Descending,
}

/// A condition on items that the key does not express. Items it leaves out cost as much as the others. An attribute
/// inside another one is named by its path: `term.dueOn`.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    conditions: Vec<String>,
    values: Vec<AttributeValue>,
}

impl Filter {
    /// The same, and `attribute` equals `value`.
    #[must_use]
    pub fn equals(self, attribute: &str, value: &str) -> Self {
        self.with(|slot| format!("#{attribute} = {slot}"), AttributeValue::S(value.to_owned()))
    }

    /// The same, and `attribute` begins with `start`.
    #[must_use]
    pub fn begins(self, attribute: &str, start: &str) -> Self {
        self.with(|slot| format!("begins_with(#{attribute}, {slot})"), AttributeValue::S(start.to_owned()))
    }

    /// The same, and `attribute` is at most `value`.
    #[must_use]
    pub fn at_most(self, attribute: &str, value: &str) -> Self {
        self.with(|slot| format!("#{attribute} <= {slot}"), AttributeValue::S(value.to_owned()))
    }

    /// The same, and one of two attributes begins with `start`.
    #[must_use]
    pub fn begins_either(self, one: &str, other: &str, start: &str) -> Self {
        let condition = |slot: &str| format!("(begins_with(#{one}, {slot}) OR begins_with(#{other}, {slot}))");
        self.with(condition, AttributeValue::S(start.to_owned()))
    }

    fn with(mut self, condition: impl FnOnce(&str) -> String, value: AttributeValue) -> Self {
        let slot = format!(":f{}", self.values.len());
        self.conditions.push(condition(&slot));
        self.values.push(value);
        self
    }

    /// The attributes that the conditions name.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.conditions
            .iter()
            .flat_map(|text| text.split('#').skip(1).filter_map(|rest| rest.split([' ', ',', '.']).next()))
    }
}

/// A stretch of one partition, of a table or of one of its indexes. Sort keys in it are unique.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The index and the names of its keys; `None` for the table's own `pk` and `sk`.
    pub index: Option<(&'static str, &'static str, &'static str)>,
    /// The partition.
    pub partition: String,
    /// First sort key.
    pub from: String,
    /// Last sort key.
    pub until: String,
    /// Which end comes first.
    pub order: Order,
    /// What else has to hold.
    pub filter: Filter,
    /// How fresh it has to be; an index is always eventual.
    pub read: Read,
}

impl Stretch {
    /// Every item of `partition` whose sort key begins with `start`, which must not be empty.
    pub fn beginning(partition: impl Into<String>, start: &str) -> Self {
        Self {
            index: None,
            partition: partition.into(),
            from: start.to_owned(),
            until: format!("{start}\u{10ffff}"),
            order: Order::Ascending,
            filter: Filter::default(),
            read: Read::Eventual,
        }
    }

    /// The same stretch with every acknowledged write in it; not for an index.
    #[must_use]
    pub fn consistent(mut self) -> Self {
        self.read = Read::Consistent;
        self
    }

    /// Every item of `partition`.
    pub fn whole(partition: impl Into<String>) -> Self {
        Self { from: " ".to_owned(), until: "\u{10ffff}".to_owned(), ..Self::beginning(partition, "") }
    }

    /// The same stretch of an index: its name, partition key and sort key.
    #[must_use]
    pub fn of_index(mut self, name: &'static str, partition: &'static str, sort: &'static str) -> Self {
        self.index = Some((name, partition, sort));
        self
    }

    /// The same stretch from its end.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.order = Order::Descending;
        self
    }

    /// The same stretch with what else has to hold.
    #[must_use]
    pub fn only(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    fn sort_key(&self) -> &'static str {
        self.index.map_or("sk", |(_, _, sort)| sort)
    }
}

/// What a page of a stretch held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The items.
    pub items: Vec<T>,
    /// The sort key after which the next page begins; `None` at the end.
    pub after: Option<String>,
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// Items looked at in one request when a filter leaves some out.
    const LOOK: i32 = 1_000;
    /// Requests for one page at most; a page may come back short, with a cursor, after that.
    const ROUNDS: usize = 4;

    /// The table that the setting `name` names.
    ///
    /// # Errors
    /// When the template did not set it.
    pub fn open(env: &Environment, name: &str) -> Result<Self, MissingSetting> {
        Ok(Self { client: Client::new(&env.sdk_for("DYNAMODB")), name: env.settings.get(name)?.to_owned() })
    }

    /// Opens the connection to the store while the function starts, when it has a whole core, so that the first request
    /// finds it open. Whether it worked shows with the first request.
    pub async fn prime(&self) {
        if let Err(error) = self.get::<serde_json::Value>(Key::new("PRIME", "PRIME"), Read::Eventual).await {
            tracing::debug!(%error, table = self.name, "the connection could not be opened in advance");
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn to_item<T: Serialize>(&self, value: &T) -> Result<HashMap<String, AttributeValue>, StoreError> {
        serde_dynamo::to_item(value).map_err(|source| self.shape(source))
    }

    pub(crate) fn shape(&self, source: serde_dynamo::Error) -> StoreError {
        StoreError::Shape { table: self.name.clone(), source }
    }

    /// The item under `key`.
    ///
    /// # Errors
    /// When the call fails or the item does not read as `T`.
    pub async fn get<T: DeserializeOwned>(&self, key: Key, read: Read) -> Result<Option<T>, StoreError> {
        let call = self.client.get_item().table_name(&self.name).set_key(Some(key.attributes()));
        let found = call.consistent_read(read == Read::Consistent).send().await.map_err(StoreError::of_call)?;
        found.item.map(serde_dynamo::from_item).transpose().map_err(|source| self.shape(source))
    }

    /// One page of `stretch`, at most `limit` items, beginning after the sort key `after`.
    ///
    /// # Errors
    /// When the call fails or an item does not read as `T`.
    pub async fn page<T: DeserializeOwned>(
        &self,
        stretch: &Stretch,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<T>, StoreError> {
        let wanted = usize::from(limit);
        let filtered = !stretch.filter.conditions.is_empty();
        let mut after = after.map(str::to_owned);
        let mut kept: Vec<HashMap<String, AttributeValue>> = Vec::new();
        for _ in 0..if filtered { Self::ROUNDS } else { 1 } {
            let (found, reached) = self.look(stretch, after.as_deref(), limit, filtered).await?;
            kept.extend(found);
            after = reached;
            if kept.len() >= wanted || after.is_none() {
                break;
            }
        }
        if kept.len() > wanted {
            kept.truncate(wanted);
            after = kept.last().and_then(|item| item.get(stretch.sort_key())?.as_s().ok().cloned());
        }
        let items = serde_dynamo::from_items(kept).map_err(|source| self.shape(source))?;
        Ok(Found { items, after })
    }

    /// One request: the items found, and the sort key reached if there is more.
    async fn look(
        &self,
        stretch: &Stretch,
        after: Option<&str>,
        limit: u16,
        filtered: bool,
    ) -> Result<(Vec<HashMap<String, AttributeValue>>, Option<String>), StoreError> {
        let (_, partition, sort) = stretch.index.unwrap_or(("", "pk", "sk"));
        let (mut from, mut until) = (stretch.from.clone(), stretch.until.clone());
        // One more than wanted downwards: there the item at `after` itself comes first and is dropped.
        let mut look = i32::from(limit);
        match (after, stretch.order) {
            // The smallest text greater than `after`: bounds of the request stay, whatever the cursor says.
            (Some(after), Order::Ascending) => from = from.max(format!("{after}\u{1}")),
            (Some(after), Order::Descending) => {
                until = until.min(after.to_owned());
                look += 1;
            }
            (None, _) => {}
        }
        if from > until {
            return Ok((Vec::new(), None));
        }
        let mut call = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(stretch.index.map(|(name, ..)| name.to_owned()))
            .key_condition_expression("#p = :p AND #s BETWEEN :from AND :until")
            .expression_attribute_names("#p", partition)
            .expression_attribute_names("#s", sort)
            .expression_attribute_values(":p", AttributeValue::S(stretch.partition.clone()))
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":until", AttributeValue::S(until))
            .consistent_read(stretch.read == Read::Consistent)
            .scan_index_forward(stretch.order == Order::Ascending)
            .limit(if filtered { Self::LOOK } else { look });
        if filtered {
            call = call.filter_expression(stretch.filter.conditions.join(" AND "));
            for name in stretch.filter.names() {
                call = call.expression_attribute_names(format!("#{name}"), name);
            }
            for (at, value) in stretch.filter.values.iter().enumerate() {
                call = call.expression_attribute_values(format!(":f{at}"), value.clone());
            }
        }
        let found = call.send().await.map_err(StoreError::of_call)?;
        let text = |item: &HashMap<String, AttributeValue>| item.get(sort)?.as_s().ok().cloned();
        let reached = found.last_evaluated_key.as_ref().and_then(text);
        let mut items = found.items.unwrap_or_default();
        if stretch.order == Order::Descending && after.is_some() && items.first().and_then(text).as_deref() == after {
            items.remove(0);
        }
        Ok((items, reached))
    }

    /// The first `most` items of `stretch`, in as many requests as the store needs for them: a page may end early.
    ///
    /// # Errors
    /// When a call fails or an item does not read as `T`.
    pub async fn first<T: DeserializeOwned>(&self, stretch: &Stretch, most: u16) -> Result<Found<T>, StoreError> {
        let mut all: Found<T> = self.page(stretch, None, most).await?;
        while all.after.is_some() && all.items.len() < usize::from(most) {
            let left = most - u16::try_from(all.items.len()).unwrap_or(most);
            let next = self.page(stretch, all.after.as_deref(), left).await?;
            all.items.extend(next.items);
            all.after = next.after;
        }
        Ok(all)
    }

    /// How many items of `stretch` there are.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn count(&self, stretch: &Stretch) -> Result<usize, StoreError> {
        #[derive(serde::Deserialize)]
        struct Nothing {}
        let (mut total, mut after) = (0, None);
        loop {
            let found: Found<Nothing> = self.page(stretch, after.as_deref(), 1_000).await?;
            total += found.items.len();
            after = found.after;
            if after.is_none() {
                return Ok(total);
            }
        }
    }
}
