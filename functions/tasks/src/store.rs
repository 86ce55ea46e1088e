//! What handlers ask of the stores, beside the table of tasks itself (`task-records`).
//!
//! | pattern | request | units |
//! |--|--|--|
//! | tasks of an organisation and those below it | `Query` index `place` | 0.5 per 4 KB of summaries |
//! | what an organisation called for | `Query` index `calls` | 0.5 per 4 KB of summaries |
//! | a person's | `Query` index `person` | 0.5 per 4 KB of summaries |
//! | a person's bills, one of them | `Query` `BILL#member`, `GetItem` | 0.5 per 4 KB; a bill is up to 60 KB |
//! | a whole tree, for its board | `Query` index `tree`, at most 5,000 tasks | 0.5 per 4 KB of summaries |
//! | whether a board is ranked | `GetItem` `TSK#root`/`RANKING` | 0.5 |
//! | organisations and owners of parts | `BatchGetItem` each | 1 per row |

use cloud::{Environment, StartError};
use dynamo::{Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, MediaId, MemberId, OrgId, OrgPath, Refusal, TaskId};
use register::{Media, MediaRecords, Member, MemberRow, Node, NodeRow, Organizations, People, walk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use task_records::{Bill, BillRow, Listed, Period, Rules, Task, TaskKind, TaskRow, TaskState, Tasks};

/// Whether organisations are ranked on a board.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RankingRow {
    pk: String,
    sk: String,
    pub(crate) shown: bool,
    /// The last day.
    pub(crate) until: Date,
    pub(crate) reason: Line<500>,
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
    pub(crate) version: u64,
}

impl RankingRow {
    pub(crate) fn new(
        root: TaskId,
        (shown, until, reason): (bool, Date, Line<500>),
        by: MemberId,
        at: Timestamp,
    ) -> Self {
        let Key { pk, sk } = Self::key(root);
        Self { pk, sk, shown, until, reason, by, at, version: 1 }
    }

    fn key(root: TaskId) -> Key {
        Key::new(TaskRow::partition(root), "RANKING")
    }
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) tasks: Tasks,
    pub(crate) ledger: Ledger,
    organizations: Organizations,
    people: People,
    media: MediaRecords,
}

impl Store {
    /// Tasks that one request withdraws at most; the next one goes on.
    pub(crate) const MOST: usize = 400;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let ledger = Ledger::open(env)?;
        Ok(Self {
            tasks: Tasks::open(env, ledger.clone())?,
            ledger,
            organizations: Organizations::open(env)?,
            people: People::open(env)?,
            media: MediaRecords::open(env)?,
        })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.tasks.table().prime().await;
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// A person, if there is one.
    pub(crate) async fn person(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        match self.people.person(id, Read::Consistent).await {
            Ok(member) => Ok(Some(member)),
            Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Those of these organisations and persons that there are.
    pub(crate) async fn named(
        &self,
        organizations: BTreeSet<OrgId>,
        people: BTreeSet<MemberId>,
    ) -> Result<(Vec<Node>, Vec<Member>), StoreError> {
        let nodes = organizations.into_iter().map(|id| Key::new(NodeRow::partition(id), "ORG")).collect();
        let nodes: Vec<NodeRow> = self.organizations.table().get_all(nodes, Read::Consistent).await?;
        let people = people.into_iter().map(|id| Key::new(MemberRow::partition(id), "MBR")).collect();
        let people: Vec<MemberRow> = self.people.table().get_all(people, Read::Consistent).await?;
        let nodes = nodes.into_iter().map(|row| row.node).collect();
        Ok((nodes, people.into_iter().map(|row| row.member).collect()))
    }

    /// A media record, if there is one.
    pub(crate) async fn media(&self, id: MediaId) -> Result<Option<Media>, StoreError> {
        self.media.find(id, Read::Eventual).await
    }

    /// Adds the parts of a task whose tree has room for them.
    pub(crate) fn split(&self, parts: &[(Task, Node)], (root, now): (TaskId, Timestamp)) -> Result<Change, Refusal> {
        let amount = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        let share = dynamo::Share { sum: "tasks", amount, limit: Rules::get()?.split.most_tasks - 1 };
        let table = self.tasks.table();
        let change = Change::new().take(table, TaskRow::size(root), &[share], ErrorCode::TaskTreeFull);
        Ok(parts.iter().fold(change, |change, (part, place)| {
            self.tasks.enter(change, &TaskRow::new(part.clone(), place.path.clone(), 0, now, false))
        }))
    }

    /// Tasks of the organisation at `place` and those below it, open ones or those that are done with.
    pub(crate) async fn list(
        &self,
        place: &OrgPath,
        open: bool,
        filter: Filter,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Listed>, StoreError> {
        let areas = self.organizations.areas(place).await?;
        let stretch = |part: &OrgPath| MemberRow::among(part, place, open).only(filter.clone());
        walk(self.tasks.table(), &areas, after, limit, stretch).await
    }

    /// What the organisation `caller` itself called for, latest first.
    pub(crate) async fn calls(
        &self,
        caller: OrgId,
        filter: Filter,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Listed>, StoreError> {
        let stretch = Stretch::whole(caller.to_string()).of_index("calls", "caller", "id").descending().only(filter);
        self.tasks.table().page(&stretch, after, limit).await
    }

    /// A person's tasks, open ones or those that are done with, the one due first at the top.
    pub(crate) async fn of_person(
        &self,
        owner: MemberId,
        open: bool,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Listed>, StoreError> {
        self.tasks.table().page(&TaskRow::of_person(owner, open), after, limit).await
    }

    /// The bill of a person for a period, if there is one.
    pub(crate) async fn bill(&self, member: MemberId, period: Period) -> Result<Option<Bill>, StoreError> {
        let row: Option<BillRow> = self.tasks.table().get(BillRow::key(member, period), Read::Eventual).await?;
        Ok(row.map(|row| row.bill))
    }

    /// A person's bills, latest first.
    pub(crate) async fn bills(
        &self,
        member: MemberId,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<BillRow>, StoreError> {
        self.tasks.table().page(&BillRow::all(member), after, limit).await
    }

    /// All tasks of a tree; the index may be behind by a moment.
    pub(crate) async fn tree(&self, root: TaskId) -> Result<Vec<Listed>, StoreError> {
        let most = u16::try_from(Rules::get()?.split.most_tasks).unwrap_or(u16::MAX);
        Ok(self.tasks.table().first(&TaskRow::tree(root), most).await?.items)
    }

    /// Whether the board of `root` is ranked; `None` when nobody ever said so.
    pub(crate) async fn ranking(&self, root: TaskId, read: Read) -> Result<Option<RankingRow>, StoreError> {
        self.tasks.table().get(RankingRow::key(root), read).await
    }

    /// Says whether a board is ranked, if nobody did since `old` was read.
    pub(crate) fn rank(&self, old: Option<&RankingRow>, mut new: RankingRow) -> Change {
        match old {
            None => Change::new().insert(self.tasks.table(), &new, ErrorCode::Conflict),
            Some(old) => {
                new.version = old.version + 1;
                Change::new().replace(self.tasks.table(), &new, old.version)
            }
        }
    }
}

/// What of lists is wanted, beside the place.
pub(crate) fn filter(kind: Option<TaskKind>, state: Option<TaskState>) -> Filter {
    let mut filter = Filter::default();
    if let Some(state) = state {
        filter = filter.equals("state", state.slug());
    }
    match kind {
        Some(TaskKind::Key) => filter.equals("kind", "key"),
        Some(TaskKind::Whistle) => filter.equals("kind", "whistle"),
        None => filter,
    }
}
