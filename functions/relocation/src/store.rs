//! Every call to the store.

use crate::copies::{Correction, Finding, Incoming, List, Organization, Person, Sent, Stale, Stars, Task};
use cloud::{Environment, StartError};
use dynamo::{Found, Key, Read, StoreError, Stretch, Table};
use jiff::Timestamp;
use kernel::{OrgId, OrgPath};
use register::{NodeRow, Organizations, People};
use serde::de::DeserializeOwned;

/// The tree, the register, the transfers, the tasks, the findings and the star reviews.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    organizations: Organizations,
    people: People,
    transfers: Table,
    tasks: Table,
    findings: Table,
    ratings: Table,
}

impl Store {
    /// Pending moves that one run looks at.
    const MOVES: u16 = 500;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (transfers, tasks) = (Table::open(env, "TRANSFERS_TABLE")?, Table::open(env, "TASKS_TABLE")?);
        let (findings, ratings) = (Table::open(env, "FINDINGS_TABLE")?, Table::open(env, "RATINGS_TABLE")?);
        let (organizations, people) = (Organizations::open(env)?, People::open(env)?);
        Ok(Self { organizations, people, transfers, tasks, findings, ratings })
    }

    /// Organisations whose move is pending.
    pub(crate) async fn pending(&self) -> Result<Vec<OrgId>, StoreError> {
        let moved = Stretch::whole(NodeRow::PENDING).of_index("pending", "pending", "path");
        let found: Found<NodeRow> = self.organizations.table().first(&moved, Self::MOVES).await?;
        Ok(found.items.into_iter().map(|row| row.node.id).collect())
    }

    /// An organisation as it is now.
    pub(crate) async fn row(&self, id: OrgId) -> Result<Option<NodeRow>, StoreError> {
        self.organizations.row(id, Read::Consistent).await
    }

    fn table(&self, list: List) -> &Table {
        match list {
            List::Organizations { .. } => self.organizations.table(),
            List::Members { .. } | List::Corrections => self.people.table(),
            List::Sent { .. } | List::Coming { .. } => &self.transfers,
            List::Tasks { .. } => &self.tasks,
            List::Findings { .. } => &self.findings,
            List::Stars { .. } => &self.ratings,
        }
    }

    /// Copies on `list` that say `path` or a place below. What is there and is no copy comes as its key.
    pub(crate) async fn copies(
        &self,
        list: List,
        path: &OrgPath,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Result<Stale, Key>>, StoreError> {
        match list {
            List::Organizations { .. } => self.page::<Organization>(list, path, after, limit).await,
            List::Members { .. } => self.page::<Person>(list, path, after, limit).await,
            List::Corrections => self.page::<Correction>(list, path, after, limit).await,
            List::Sent { .. } => self.page::<Sent>(list, path, after, limit).await,
            List::Coming { .. } => self.page::<Incoming>(list, path, after, limit).await,
            List::Tasks { .. } => self.page::<Task>(list, path, after, limit).await,
            List::Findings { .. } => self.page::<Finding>(list, path, after, limit).await,
            List::Stars { .. } => self.page::<Stars>(list, path, after, limit).await,
        }
    }

    async fn page<T>(
        &self,
        list: List,
        path: &OrgPath,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Result<Stale, Key>>, StoreError>
    where
        T: DeserializeOwned + TryInto<Stale, Error = Key>,
    {
        let found: Found<T> = self.table(list).page(&list.stretch(path), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(TryInto::try_into).collect(), after: found.after })
    }

    /// A copy as it is now; `None` when it is one no more.
    pub(crate) async fn copy(&self, list: List, key: &Key) -> Result<Option<Stale>, StoreError> {
        match list {
            List::Organizations { .. } => self.get::<Organization>(list, key).await,
            List::Members { .. } => self.get::<Person>(list, key).await,
            List::Corrections => self.get::<Correction>(list, key).await,
            List::Sent { .. } => self.get::<Sent>(list, key).await,
            List::Coming { .. } => self.get::<Incoming>(list, key).await,
            List::Tasks { .. } => self.get::<Task>(list, key).await,
            List::Findings { .. } => self.get::<Finding>(list, key).await,
            List::Stars { .. } => self.get::<Stars>(list, key).await,
        }
    }

    async fn get<T>(&self, list: List, key: &Key) -> Result<Option<Stale>, StoreError>
    where
        T: DeserializeOwned + TryInto<Stale, Error = Key>,
    {
        let row: Option<T> = self.table(list).get(key.clone(), Read::Consistent).await?;
        Ok(row.and_then(|row| row.try_into().ok()))
    }

    /// Makes `copy` say `place`; whether it was still what it was read as.
    pub(crate) async fn rewrite(&self, copy: &Stale, place: &OrgPath) -> Result<bool, StoreError> {
        let keys = copy.keys(place);
        let values: Vec<_> = keys.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
        let expected = [(copy.said.0, copy.said.1.as_str())];
        self.table(copy.list).update_keys(copy.key.clone(), copy.version, &expected, &values).await
    }

    /// Notes since when nothing is found under the old path of `row`, or that something was; whether the row was still
    /// what it was read as.
    pub(crate) async fn quiet(&self, row: &NodeRow, since: Option<Timestamp>) -> Result<bool, StoreError> {
        let since = since.map(|since| since.to_string());
        self.note(row, &[("quietSince", since.as_deref())]).await
    }

    /// The move of `row` is done with; whether the row was still what it was read as.
    pub(crate) async fn settle(&self, row: &NodeRow) -> Result<bool, StoreError> {
        self.note(row, &[("pending", None), ("movedFrom", None), ("quietSince", None)]).await
    }

    async fn note(&self, row: &NodeRow, values: &[(&str, Option<&str>)]) -> Result<bool, StoreError> {
        let (from, quiet) =
            (row.moved_from.as_ref().map(OrgPath::as_str), row.quiet_since.map(|since| since.to_string()));
        let known = [("movedFrom", from), ("quietSince", quiet.as_deref())];
        let expected: Vec<_> = known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let key = Key::new(row.pk.clone(), row.sk.clone());
        self.organizations.table().update_keys(key, row.node.version, &expected, values).await
    }
}
