//! Which night was the last, where something was done since, and which branches there are.

use cloud::{Environment, StartError};
use dynamo::{Filter, Key, Read, StoreError};
use jiff::civil::Date;
use kernel::{OrgId, OrgPath, day_number};
use register::{Node, NodeRow, OrgKind};
use score_records::ScoreRecords;
use scoring::YearRow;
use serde::{Deserialize, Serialize};

/// Lines of the index `day` in one request.
const LINES: u16 = 1_000;
/// Branches of one page.
const BRANCHES: u16 = 100;

/// The last night that went to its end.
#[derive(Debug, Serialize, Deserialize)]
struct NightRow {
    /// `NIGHT`
    pk: String,
    /// `NIGHT`
    sk: String,
    through: Date,
    version: u64,
}

const NIGHT: &str = "NIGHT";

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) records: ScoreRecords,
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { records: ScoreRecords::open(env)? })
    }

    /// The day that the last night which went to its end was of.
    pub(crate) async fn night(&self) -> Result<Option<Date>, StoreError> {
        let row: Option<NightRow> = self.records.table().get(Key::new(NIGHT, NIGHT), Read::Consistent).await?;
        Ok(row.map(|row| row.through))
    }

    /// Notes that the night of `through` went to its end.
    pub(crate) async fn finish(&self, through: Date) -> Result<(), StoreError> {
        let row = NightRow { pk: NIGHT.to_owned(), sk: NIGHT.to_owned(), through, version: day_number(through) };
        self.records.table().put_newer(&row, row.version).await.map(drop)
    }

    /// Organisations in which something was done on a part of a day, and where to go on. What is done to accounts is no
    /// matter of theirs.
    pub(crate) async fn done_on(
        &self,
        part: (Date, char),
        after: Option<&str>,
    ) -> Result<(Vec<OrgId>, Option<String>), StoreError> {
        let page = self.records.trace().done_on(part, after, LINES).await?;
        Ok((page.items, page.after))
    }

    /// The roots of all trees.
    pub(crate) async fn roots(&self) -> Result<Vec<OrgId>, StoreError> {
        self.records.organizations().roots().await
    }

    /// Branches of the tree below `root`, those that are open or those that were closed since the day `since`, and where to go on.
    pub(crate) async fn branches(
        &self,
        (root, open): (OrgId, bool),
        since: Date,
        after: Option<&str>,
    ) -> Result<(Vec<OrgId>, Option<String>), StoreError> {
        let branch = Filter::default().equals("kind", OrgKind::Branch.slug());
        let branches = NodeRow::below(&OrgPath::root(root), open).only(branch);
        let page = self.records.organizations().page(&branches, after, BRANCHES).await?;
        let asked = |node: &Node| node.closed_on.is_none_or(|closed| closed >= since);
        Ok((page.items.into_iter().filter(asked).map(|node| node.id).collect(), page.after))
    }

    /// Keeps `row`, unless one is there that reaches further.
    pub(crate) async fn keep(&self, row: &YearRow) -> Result<(), StoreError> {
        self.records.table().put_newer(row, row.version).await.map(drop)
    }
}
