//! What handlers ask of the stores, beside the table of counters itself (`counter-records`).
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an organisation | `GetItem` | 0.5 |
//! | how far nights came | `GetItem` `NIGHT`, consistent | 1 |
//! | what an area came to in the months of a year | `Query` `AREA#id` | 0.5 per 4 KB, some 5 KB each |
//! | a branch or group: its groups; what was recorded, what it said | `Query` index `tree` twice; `Query` `ORG#id`, `OWN#id` of it and each group | 0.5 per 4 KB each |
//! | what each organisation directly below came to | `Query` index `children`, `BatchGetItem` of areas and of branches | 0.5 per 4 KB |
//! | the scores of a branch | `GetItem` | 0.5 per 4 KB |
//! | a page of branches as they stand | `Query` index `tree` twice: branches, their groups; `BatchGetItem` of what was recorded of all, of what they say, of scores | 0.5 per 4 KB of the tree; 1 per 4 KB each, scores 0.5 |

mod standings;

use crate::domain::{Known, Recorded, last_read};
use cloud::{Environment, StartError};
use counter_records::{CounterTable, NightRow, OwnRow, Stars, Sum};
use dues_records::Month;
use dynamo::{Found, Key, Read, StoreError, Stretch, Table};
use jiff::civil::Date;
use kernel::OrgId;
use register::{Node, NodeRow, OrgKind, Organizations};
use scoring::YearRow;
use std::collections::BTreeMap;

/// Organisations directly below another one that are looked at.
const PARTS: u16 = 500;

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    counters: CounterTable,
    organizations: Organizations,
    scores: Table,
}

/// From one month to another.
pub(crate) type Months = (Month, Month);

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (counters, organizations) = (CounterTable::open(env)?, Organizations::open(env)?);
        Ok(Self { counters, organizations, scores: Table::open(env, "SCORES_TABLE")? })
    }

    /// Opens the connections to the store: two, since what was recorded and what was said, or how far nights came and the sums of an area,
    /// are read side by side.
    pub(crate) async fn prime(&self) {
        tokio::join!(self.counters.table().prime(), self.counters.table().prime());
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// What is known of `node` and all that is below it, in each of `months` of which something is known, earliest first.
    pub(crate) async fn known(&self, node: &Node, months: Months, today: Date) -> Result<Vec<Known>, StoreError> {
        if node.kind.has_members() {
            let night = self.counters.night().await?;
            return Box::pin(self.added(node, &night, months, today)).await;
        }
        self.summed(node, months).await
    }

    /// The same with the day from which on everything is counted.
    pub(crate) async fn year(&self, node: &Node, months: Months, today: Date) -> Result<Recorded, StoreError> {
        let first = months.0;
        let (night, months) = if node.kind.has_members() {
            let night = self.counters.night().await?;
            let known = Box::pin(self.added(node, &night, months, today)).await?;
            (night, known)
        } else {
            tokio::try_join!(self.counters.night(), Box::pin(self.summed(node, months)))?
        };
        Ok(Recorded { year: first.year(), months, since: night.since })
    }

    /// The sums of an organisation above branches.
    async fn summed(&self, node: &Node, months: Months) -> Result<Vec<Known>, StoreError> {
        let rows = self.counters.area(node.id, months).await?;
        let known = rows.into_iter().map(|row| Known {
            month: row.month(),
            counted_on: row.as_of,
            taken_on: (!row.recorded_alone).then_some(row.as_of),
            sum: row.sum,
        });
        Ok(known.collect())
    }

    /// The same of a branch or a group: it keeps no sums, so it is added with its groups. Who was closed by the end of a month is in
    /// none of its sums, as in those of areas; a month of which the stream brought the end alone is not known.
    async fn added(
        &self,
        node: &Node,
        night: &NightRow,
        months: Months,
        today: Date,
    ) -> Result<Vec<Known>, StoreError> {
        let months = (night.since.map_or(months.0, |since| months.0.max(Month::of(since))), months.1);
        let mut bodies = vec![node.clone()];
        if node.kind == OrgKind::Branch {
            bodies.extend(self.organizations.groups(node, months.0.last_day().first_of_month()).await?);
        }
        let this_month = Month::of(today);
        let mut known: BTreeMap<Month, Known> = BTreeMap::new();
        for body in &bodies {
            let (recorded, said) =
                tokio::try_join!(self.counters.months(body.id, months), self.counters.said(body.id, months))?;
            let said: BTreeMap<Month, _> = said.into_iter().map(|row| (row.month(), row)).collect();
            let recorded: BTreeMap<Month, _> =
                recorded.iter().filter_map(|row| Some((row.month()?, row.whole()))).collect();
            let mut all: Vec<Month> = said.keys().chain(recorded.keys()).copied().collect();
            // Of the present month it is known that nothing was recorded.
            all.extend((months.0 <= this_month && this_month <= months.1).then_some(this_month));
            all.sort_unstable();
            all.dedup();
            let is_there = |month: &Month| body.closed_on.is_none_or(|closed| closed > month.last_day());
            for month in all.into_iter().filter(|month| body.id == node.id || is_there(month)) {
                let own = said.get(&month);
                let counts = recorded.get(&month).cloned().unwrap_or_default();
                let entry = known.entry(month).or_insert_with(|| Known::nothing(month, today));
                entry.add(body, counts, own);
                if body.id == node.id {
                    entry.reach(own, night.walked);
                }
            }
        }
        Ok(known.into_values().collect())
    }

    /// The last that is known of `node` in `months`: of the last month in which a night read what it says of itself, where there is one.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::NotFound`] when nothing is; or when a call fails.
    pub(crate) async fn latest(&self, node: &Node, months: Months, today: Date) -> Result<Known, StoreError> {
        Ok(last_read(self.known(node, months, today).await?)?)
    }

    /// The same where the sums of a month are asked for: of `month`, or the last that there are.
    pub(crate) async fn of_month(&self, node: &Node, month: Option<Month>, today: Date) -> Result<Known, StoreError> {
        let this_month = Month::of(today);
        // On the first day of a month the last sums are those of the month before.
        let months = month.map_or((this_month.after(-1), this_month), |month| (month, month));
        self.latest(node, months, today).await
    }

    /// What each organisation directly below `node` came to in `month`, by their kinds and names.
    pub(crate) async fn parts(&self, node: &Node, month: Month) -> Result<Vec<(OrgId, String, Sum)>, StoreError> {
        let below = Stretch::whole(node.id.to_string()).of_index("children", "parent", "childKey");
        let found: Found<NodeRow> = self.organizations.table().first(&below, PARTS).await?;
        let nodes: Vec<Node> = found.items.into_iter().map(|row| row.node).collect();
        let ids = |with_members: bool| -> Vec<OrgId> {
            nodes.iter().filter(|node| node.kind.has_members() == with_members).map(|node| node.id).collect()
        };
        let (areas, branches) = (ids(false), ids(true));
        let (areas, said) = tokio::try_join!(self.counters.areas(&areas, month), self.counters.owns(&branches, month))?;
        let mut sums: BTreeMap<OrgId, Sum> = areas.into_iter().map(|row| (row.organization, row.sum)).collect();
        let said = said.into_iter().map(|row| row.map(|row| (row.organization, row)));
        let said: BTreeMap<OrgId, OwnRow> = said.collect::<Result<_, StoreError>>()?;
        let parts = nodes.into_iter().map(|node| {
            let sum = sums.remove(&node.id).unwrap_or_default();
            let sum = if node.kind.has_members() {
                Sum::of(&node, counter_records::Tally::default(), said.get(&node.id), Stars::default())
            } else {
                sum
            };
            (node.id, node.name.as_str().to_owned(), sum)
        });
        Ok(parts.collect())
    }

    /// The scores of the branches of `node` as `known`, and the day that they reach: of a branch its own.
    pub(crate) async fn stars(&self, node: &Node, known: &Known) -> Result<Option<(Stars, Date)>, StoreError> {
        match node.kind {
            OrgKind::Group => Ok(None),
            OrgKind::Branch => {
                let (pk, sk) = YearRow::scores_key(node.id, known.month.year());
                let row: Option<YearRow> = match self.scores.get(Key::new(pk, sk), Read::Eventual).await {
                    // The night tells of what does not read; the overview goes without.
                    Err(StoreError::Shape { .. }) => None,
                    found => found?,
                };
                Ok(row.and_then(|row| Some((Stars::of(row.scores().ok()?.branch), row.through))))
            }
            _ => Ok(Some((known.sum.stars, known.counted_on))),
        }
    }
}
