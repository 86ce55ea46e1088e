//! Every call to the stores, beside those of the table of counters itself (`counter-records`).

use cloud::{Environment, StartError};
use counter_records::{
    CounterTable, Life, MONTHS_LATE, NightRow, Part, Rules, Stars, Sum, Tally, WalkRow, composition,
};
use dues_records::Month;
use dynamo::{Activity, Found, Key, Read, StoreError, Stretch, Table, Trace};
use jiff::civil::Date;
use kernel::{ActivityId, MemberId, OrgId, OrgPath, TaskId, add_months};
use register::{Meetings, MemberRow, MemberState, Node, NodeRow, OrgKind, Organizations, People};
use scoring::{PackError, YearRow};
use serde::Deserialize;
use std::collections::BTreeMap;
use task_records::TaskState;

/// Lines of the index `day` in one request.
const LINES: u16 = 1_000;
/// Activities in one request.
const ACTIVITIES: u16 = 500;
/// Organisations of one page of a walk.
const NODES: u16 = 100;
/// Members of one branch that are looked at, groups included.
const ROLL: u16 = 2_000;
/// Open tasks of one organisation that are looked at.
const TASKS: u16 = 5_000;

/// What the trace tells of a month, counted, and the last activity of it.
pub(crate) type Counted = (Tally, Option<ActivityId>);

/// A person as index `place` of the register has them.
#[derive(Debug, Clone, Deserialize)]
struct Listed {
    id: MemberId,
    state: MemberState,
}

/// A task as index `place` has it.
#[derive(Debug, Clone, Deserialize)]
struct Open {
    state: TaskState,
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) counters: CounterTable,
    organizations: Organizations,
    trace: Trace,
    people: People,
    meetings: Meetings,
    tasks: Table,
    scores: Table,
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            counters: CounterTable::open(env)?,
            organizations: Organizations::open(env)?,
            trace: Trace::open(env)?,
            people: People::open(env)?,
            meetings: Meetings::open(env)?,
            tasks: Table::open(env, "TASKS_TABLE")?,
            scores: Table::open(env, "SCORES_TABLE")?,
        })
    }

    /// Notes how far nights came. Of two runs at once either may be behind: what they do again changes nothing.
    pub(crate) async fn note(&self, night: &NightRow) -> Result<(), StoreError> {
        self.counters.table().put(night).await
    }

    /// Puts a walk aside where it is.
    pub(crate) async fn put_aside(&self, walk: &WalkRow) -> Result<(), StoreError> {
        self.counters.table().put(walk).await
    }

    /// Organisations of a part of what a night goes through for a day, and where to go on. What is done to accounts is no matter of
    /// theirs.
    pub(crate) async fn some_of(
        &self,
        (day, part): (Date, Part),
        after: Option<&str>,
    ) -> Result<(Vec<OrgId>, Option<String>), StoreError> {
        match part {
            Part::Done(shard) => {
                let page = self.trace.done_on((day, shard), after, LINES).await?;
                Ok((page.items, page.after))
            }
            Part::Tree(root, closed) => {
                let tree = NodeRow::below(&OrgPath::root(root), !closed);
                let page = self.organizations.page(&tree, after, NODES).await?;
                Ok((page.items.into_iter().map(|node| node.id).collect(), page.after))
            }
        }
    }

    /// What the trace tells of an organisation in each month, from one day on, or from its beginning, to another.
    pub(crate) async fn told(
        &self,
        organization: OrgId,
        (from, until): (Option<Date>, Date),
    ) -> Result<BTreeMap<Month, Counted>, StoreError> {
        let study = study::Rules::get()?;
        let (mut told, mut after) = (BTreeMap::<Month, Counted>::new(), None::<String>);
        loop {
            let days = (from, Some(until));
            let page: Found<Activity> =
                self.trace.of_organization(organization, days, after.as_deref(), ACTIVITIES).await?;
            for activity in &page.items {
                let (sum, latest) = told.entry(Month::of(activity.id.day())).or_default();
                sum.merge(&Tally::of(activity, study));
                *latest = (*latest).max(Some(activity.id));
            }
            after = page.after;
            if after.is_none() {
                return Ok(told);
            }
        }
    }

    /// An organisation, if it is there.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Option<Node>, StoreError> {
        Ok(self.organizations.row(id, Read::Eventual).await?.map(|row| row.node))
    }

    /// The roots of all trees, by their ids.
    pub(crate) async fn roots(&self) -> Result<Vec<OrgId>, StoreError> {
        self.organizations.roots().await
    }

    /// Organisations of a tree by their paths, from the one after `after` on. What is closed is in no sum.
    pub(crate) async fn nodes(&self, root: OrgId, after: Option<&str>) -> Result<Found<Node>, StoreError> {
        self.organizations.page(&NodeRow::below(&OrgPath::root(root), true), after, NODES).await
    }

    /// The scores of branches in a year, as far as they were scored and read.
    pub(crate) async fn stars(&self, branches: &[OrgId], year: i16) -> Result<BTreeMap<OrgId, Stars>, StoreError> {
        let keys = branches.iter().map(|id| YearRow::scores_key(*id, year));
        let keys = keys.map(|(pk, sk)| Key::new(pk, sk)).collect();
        let rows: Vec<Result<YearRow, StoreError>> = self.scores.get_each(keys, Read::Eventual).await?;
        let mut stars = BTreeMap::new();
        for row in rows {
            let read = row.and_then(|row| {
                let scores = row.scores().map_err(|error: PackError| StoreError::Call(Box::new(error)))?;
                Ok((row.pk, Stars::of(scores.branch)))
            });
            match read {
                Ok((pk, points)) => {
                    let id = branches.iter().find(|id| YearRow::partition(**id) == pk);
                    stars.extend(id.map(|id| (*id, points)));
                }
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "scores that do not read"),
            }
        }
        Ok(stars)
    }

    /// What `node` says of itself after the end of `day`; its bands are `people` where they were counted this month.
    pub(crate) async fn says(&self, node: &Node, day: Date, people: Option<Tally>) -> Result<Sum, StoreError> {
        let tasks = self.open_tasks(&node.path).await?;
        if node.kind != OrgKind::Branch {
            return Ok(Sum { tasks, ..Sum::default() });
        }
        let (roll, life) = tokio::try_join!(self.roll(&node.path), Box::pin(self.life(node, day)))?;
        let people = match people {
            Some(people) => people,
            None => self.bands(node, day.first_of_month(), &roll).await?,
        };
        let members = roll.iter().map(|listed| (listed.state.slug(), 1)).collect();
        Ok(Sum { members, people, tasks, life, ..Sum::default() })
    }

    /// Tasks of the organisation at `path` itself that are not done with, by how far they are.
    async fn open_tasks(&self, path: &OrgPath) -> Result<Tally, StoreError> {
        let own = Stretch::beginning(MemberRow::area(path, true), &format!("{path}{}_", TaskId::PREFIX));
        let found: Found<Open> = self.tasks.first(&own.of_index("place", "area", "place"), TASKS).await?;
        Ok(found.items.iter().map(|task| (task.state.slug(), 1)).collect())
    }

    /// Who is on the rolls of the branch at `path` and of its groups.
    async fn roll(&self, path: &OrgPath) -> Result<Vec<Listed>, StoreError> {
        let found: Found<Listed> = self.people.table().first(&MemberRow::below(path, true), ROLL).await?;
        Ok(found.items)
    }

    /// The bands on the day `stated` of those on the rolls of `branch`. Of a branch that was not there on that day they are those
    /// of nobody: who came to it is in the bands of another.
    async fn bands(&self, branch: &Node, stated: Date, roll: &[Listed]) -> Result<Tally, StoreError> {
        if branch.founded_on > stated {
            return Ok(Tally::default());
        }
        let keys = roll.iter().map(|listed| Key::new(MemberRow::partition(listed.id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        Ok(composition(Rules::get()?, stated, rows.iter().map(|row| &row.member)))
    }

    /// What `branch` owes of org life and did, by what was signed up to the end of `day`: of the year, and of the one before as long
    /// as its records may come late.
    async fn life(&self, branch: &Node, day: Date) -> Result<Life, StoreError> {
        let begins = add_months(day, -MONTHS_LATE);
        let since = Date::new(begins.year(), 1, 1).unwrap_or(begins);
        Ok(Life::of(&self.meetings.owed(&self.organizations, branch, (since, day)).await?))
    }
}
