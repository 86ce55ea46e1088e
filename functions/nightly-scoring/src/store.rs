//! Rows of scores, and what is read of the trace and the tree.

use cloud::{Environment, StartError};
use dynamo::{Activity, Found, Key, Read, StoreError, Stretch, Table, Trace};
use jiff::civil::Date;
use kernel::OrgId;
use register::{Node, NodeRow, OrgKind, Organizations};
use scoring::YearRow;
use serde::{Deserialize, Serialize};

/// Activities in one request.
const PAGE: u16 = 500;
/// Lines of the index `day` in one request.
const LINES: u16 = 1_000;
/// Groups of a branch, at most.
const GROUPS: u16 = 100;

/// What is known of a branch's year.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) state: Option<YearRow>,
    pub(crate) scores: Option<YearRow>,
}

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
    organizations: Organizations,
    trace: Trace,
    scores: Table,
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (organizations, trace) = (Organizations::open(env)?, Trace::open(env)?);
        Ok(Self { organizations, trace, scores: Table::open(env, "SCORES_TABLE")? })
    }

    /// The day that the last night which went to its end was of.
    pub(crate) async fn night(&self) -> Result<Option<Date>, StoreError> {
        let row: Option<NightRow> = self.scores.get(Key::new(NIGHT, NIGHT), Read::Consistent).await?;
        Ok(row.map(|row| row.through))
    }

    /// Notes that the night of `through` went to its end.
    pub(crate) async fn finish(&self, through: Date) -> Result<(), StoreError> {
        let row = NightRow { pk: NIGHT.to_owned(), sk: NIGHT.to_owned(), through, version: YearRow::number(through) };
        self.scores.put_newer(&row, row.version).await.map(drop)
    }

    /// Organisations in which something was done on a part of a day, and where to go on. What is done to accounts is no
    /// matter of theirs.
    pub(crate) async fn done_on(
        &self,
        part: (Date, char),
        after: Option<&str>,
    ) -> Result<(Vec<OrgId>, Option<String>), StoreError> {
        let page = self.trace.of_day(part, after, LINES).await?;
        let mut organizations: Vec<OrgId> = page.items.iter().filter_map(|line| line.group().parse().ok()).collect();
        organizations.dedup();
        Ok((organizations, page.after))
    }

    pub(crate) async fn node(&self, id: OrgId) -> Result<Option<Node>, StoreError> {
        Ok(self.organizations.row(id, Read::Eventual).await?.map(|row| row.node))
    }

    /// The groups of a branch that exist.
    pub(crate) async fn groups(&self, branch: OrgId) -> Result<Vec<OrgId>, StoreError> {
        let below = Stretch::whole(branch.to_string()).of_index("children", "parent", "childKey");
        let found: Found<NodeRow> = self.organizations.table().first(&below, GROUPS).await?;
        let groups = found.items.into_iter().map(|row| row.node).filter(|node| node.kind == OrgKind::Group);
        Ok(groups.map(|node| node.id).collect())
    }

    /// What was done in an organisation, between two days.
    pub(crate) async fn told(
        &self,
        organization: OrgId,
        (from, until): (Option<Date>, Date),
        after: Option<&str>,
    ) -> Result<Found<Activity>, StoreError> {
        self.trace.of_organization(organization, (from, Some(until)), after, PAGE).await
    }

    /// State and scores of a branch's year. They may be those of a moment ago: whatever follows from older ones is the same,
    /// or does not replace the newer ones.
    pub(crate) async fn year(&self, branch: OrgId, year: i16) -> Result<Known, StoreError> {
        let of_year = Stretch::beginning(YearRow::partition(branch), &YearRow::beginning(year));
        let found: Found<YearRow> = self.scores.first(&of_year, 2).await?;
        let (state, scores): (Vec<_>, Vec<_>) = found.items.into_iter().partition(YearRow::is_state);
        Ok(Known { state: state.into_iter().next(), scores: scores.into_iter().next() })
    }

    /// Keeps `row`, unless one is there that reaches further.
    pub(crate) async fn keep(&self, row: &YearRow) -> Result<(), StoreError> {
        self.scores.put_newer(row, row.version).await.map(drop)
    }
}
