//! The table of counters.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an organisation's month, what it says of itself | `GetItem` `ORG#id`/month, `OWN#id`/month, consistent | 1 per 4 KB |
//! | those of many organisations; what they say of themselves; areas | `BatchGetItem` | 0.5 per 4 KB each |
//! | an organisation's months; what it said in each; an area's months | `Query` `ORG#id`, `OWN#id`, `AREA#id` | 0.5 per 4 KB |
//! | a month is kept, on the condition that nobody kept it meanwhile | `PutItem` | 1 per KB |
//! | what an organisation says, what an area comes to, unless that of a later day is there | `PutItem` | 1 per KB, some 3 |
//! | how far a night came | `GetItem`, `PutItem` `NIGHT` | 1 each |
//! | a walk that is put aside | `GetItem`, `PutItem` `NIGHT`/`WALK` | 1 per KB, some 3 for each level |

use crate::{AreaRow, MonthRow, NightRow, OwnRow, WalkRow};
use cloud::Environment;
use dues_records::Month;
use dynamo::{Found, Read, StoreError, Stretch, Table, Tries};
use kernel::{ErrorCode, MissingSetting, OrgId, Refusal};
use serde::de::DeserializeOwned;

/// Months of one organisation in one request, at most.
const MONTHS: u16 = 240;
/// Tries of a month that somebody else is at.
const TRIES: u32 = 5;

/// The table of counters.
#[derive(Debug, Clone)]
pub struct CounterTable {
    table: Table,
}

impl CounterTable {
    /// Over the table that `COUNTERS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "COUNTERS_TABLE")? })
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What was recorded in an organisation in a month, as it is now.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn month(&self, organization: OrgId, month: Month) -> Result<Option<MonthRow>, StoreError> {
        self.table.get(MonthRow::key(organization, month), Read::Consistent).await
    }

    /// What an organisation says of itself in a month.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn own(&self, organization: OrgId, month: Month) -> Result<Option<OwnRow>, StoreError> {
        self.table.get(OwnRow::key(organization, month), Read::Consistent).await
    }

    /// What organisations say of themselves in a month, as far as they do, in no order, and each by itself.
    ///
    /// # Errors
    /// When a call fails; of a row, when it does not read.
    pub async fn owns(
        &self,
        organizations: &[OrgId],
        month: Month,
    ) -> Result<Vec<Result<OwnRow, StoreError>>, StoreError> {
        let keys = organizations.iter().map(|id| OwnRow::key(*id, month)).collect();
        self.table.get_each(keys, Read::Consistent).await
    }

    /// What areas came to in a month, as far as that is known, in no order.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn areas(&self, organizations: &[OrgId], month: Month) -> Result<Vec<AreaRow>, StoreError> {
        let keys = organizations.iter().map(|id| AreaRow::key(*id, month)).collect();
        self.table.get_all(keys, Read::Eventual).await
    }

    async fn between<T: DeserializeOwned>(
        &self,
        partition: String,
        (from, to): (Month, Month),
    ) -> Result<Vec<T>, StoreError> {
        let mut stretch = Stretch::whole(partition);
        (stretch.from, stretch.until) = (from.to_string(), to.to_string());
        let found: Found<T> = self.table.first(&stretch, MONTHS).await?;
        Ok(found.items)
    }

    /// What was recorded in an organisation from one month to another, earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn months(&self, organization: OrgId, months: (Month, Month)) -> Result<Vec<MonthRow>, StoreError> {
        self.between(MonthRow::partition(organization), months).await
    }

    /// What an organisation said of itself from one month to another, earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn said(&self, organization: OrgId, months: (Month, Month)) -> Result<Vec<OwnRow>, StoreError> {
        self.between(OwnRow::partition(organization), months).await
    }

    /// What an area came to from one month to another, earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn area(&self, organization: OrgId, months: (Month, Month)) -> Result<Vec<AreaRow>, StoreError> {
        self.between(AreaRow::partition(organization), months).await
    }

    /// Keeps what `change` makes of a month that was `read`, on the condition that nobody kept another one meanwhile; otherwise what it
    /// makes of that. What came of it; none where there was nothing to change.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] when somebody was faster each time; or when a call fails.
    pub async fn change<T>(
        &self,
        (organization, month): (OrgId, Month),
        mut read: Option<MonthRow>,
        change: impl Fn(&MonthRow) -> Option<(MonthRow, T)>,
    ) -> Result<Option<T>, StoreError> {
        let mut tries = Tries::new(TRIES);
        loop {
            let old = read.clone().unwrap_or_else(|| MonthRow::new(organization, month));
            let Some((new, outcome)) = change(&old) else { return Ok(None) };
            let kept = match &read {
                Some(old) => self.table.swap(&new, old.version()).await?,
                None => self.table.insert(&new).await?,
            };
            if kept {
                return Ok(Some(outcome));
            }
            read = self.month(organization, month).await?;
            // An earlier try of this very call kept it, and its answer was lost.
            if read.as_ref() == Some(&new) {
                return Ok(Some(outcome));
            }
            if !tries.again() {
                return Err(Refusal::new(ErrorCode::Conflict).into());
            }
        }
    }

    /// Keeps what an organisation says of itself, unless that of the same day or a later one is there.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn keep_own(&self, row: &OwnRow) -> Result<(), StoreError> {
        self.table.put_newer(row, row.version()).await.map(drop)
    }

    /// Keeps what an area comes to, unless that of the same day or a later one is there.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn keep_area(&self, row: &AreaRow) -> Result<(), StoreError> {
        self.table.put_newer(row, row.version()).await.map(drop)
    }

    /// How far nights came.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn night(&self) -> Result<NightRow, StoreError> {
        Ok(self.table.get(NightRow::key(), Read::Consistent).await?.unwrap_or_default())
    }

    /// The walk that was put aside last, whatever day it is of.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn walk(&self) -> Result<Option<WalkRow>, StoreError> {
        self.table.get(WalkRow::key(), Read::Consistent).await
    }

    /// What was recorded in organisations in a month, as far as anything was, in no order, and each by itself.
    ///
    /// # Errors
    /// When a call fails; of a row, when it does not read.
    pub async fn recorded(
        &self,
        organizations: &[OrgId],
        month: Month,
    ) -> Result<Vec<Result<MonthRow, StoreError>>, StoreError> {
        let keys = organizations.iter().map(|id| MonthRow::key(*id, month)).collect();
        self.table.get_each(keys, Read::Consistent).await
    }
}
