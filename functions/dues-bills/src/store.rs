//! Every call to the store, beside those of the table of dues itself (`dues-records`).

use cloud::{Environment, StartError};
use dues_records::{BillRow, Case, CaseRow, DuesTable, Month, OnRoll};
use dynamo::{Activity, Change, Found, Key, Ledger, Read, StoreError, Table};
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, OrgId, OrgPath};
use notices::{CauseRow, Notice, Notices};
use register::{Node, NodeRow, OrgKind, Organizations, People};
use serde::{Deserialize, Serialize};

/// How far the walk of a day came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProgressRow {
    /// `WALK#<day>`
    pub(crate) pk: String,
    /// `WALK`
    pub(crate) sk: String,
    /// The root that it is in.
    pub(crate) root: Option<OrgId>,
    /// The path of the last organisation that is done.
    pub(crate) after: Option<String>,
    /// Whether it is at its end.
    pub(crate) done: bool,
}

impl ProgressRow {
    /// A walk at its beginning.
    pub(crate) fn new(day: Date) -> Self {
        let Key { pk, sk } = Self::key(day);
        Self { pk, sk, root: None, after: None, done: false }
    }

    fn key(day: Date) -> Key {
        Key::new(format!("WALK#{day}"), "WALK")
    }
}

/// A bill as index `watch` has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Watched {
    pub(crate) member: MemberId,
    pub(crate) month: Month,
}

/// When a bill is looked at again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Watch {
    watch_shard: Option<String>,
    watch_key: Option<String>,
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) dues: DuesTable,
    people: People,
    organizations: Organizations,
    notices: Notices,
    ledger: Ledger,
}

impl Store {
    /// Organisations of one page.
    const NODES: u16 = 100;
    /// Watched bills of one page.
    const WATCHED: u16 = 500;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            dues: DuesTable::open(env)?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            notices: Notices::open(env)?,
            ledger: Ledger::of_job(env)?,
        })
    }

    fn table(&self) -> &Table {
        self.dues.table()
    }

    /// How far the walk of `day` came.
    pub(crate) async fn progress(&self, day: Date) -> Result<ProgressRow, StoreError> {
        let row = self.table().get(ProgressRow::key(day), Read::Consistent).await?;
        Ok(row.unwrap_or_else(|| ProgressRow::new(day)))
    }

    /// Notes how far it came. Of two runs at once either may be behind: what they do again changes nothing.
    pub(crate) async fn note(&self, progress: &ProgressRow) -> Result<(), StoreError> {
        self.table().put(progress).await
    }

    /// The roots of all trees, by their ids.
    pub(crate) async fn roots(&self) -> Result<Vec<OrgId>, StoreError> {
        self.organizations.roots().await
    }

    /// Organisations of a tree that exist, by their paths, from the one after `after` on.
    pub(crate) async fn nodes(&self, root: OrgId, after: Option<&str>) -> Result<Found<Node>, StoreError> {
        self.organizations.page(&NodeRow::below(&OrgPath::root(root), true), after, Self::NODES).await
    }

    /// Who owes dues in a branch for a month.
    pub(crate) async fn owing(&self, node: &Node, month: Month) -> Result<Vec<OnRoll>, StoreError> {
        DuesTable::owing(&self.people, node, month).await
    }

    /// Who keeps the dues of an organisation on `day`.
    pub(crate) async fn officers(&self, organization: OrgId, day: Date) -> Result<Vec<MemberId>, StoreError> {
        DuesTable::officers(&self.organizations, organization, day).await
    }

    /// The branch on whose rolls a person is, by themselves or in a group; `None` when they are on none.
    pub(crate) async fn branch_of(&self, member: MemberId) -> Result<Option<OrgId>, StoreError> {
        let person = match self.people.person(member, Read::Eventual).await {
            Ok(member) => member,
            Err(StoreError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !person.state.is_current() {
            return Ok(None);
        }
        let node = self.organizations.node(person.organization).await?;
        Ok(Some(node.path.parent().filter(|_| node.kind == OrgKind::Group).unwrap_or(node.id)))
    }

    /// Open bills of a part that are to be looked at in `now`, beginning after `after`.
    pub(crate) async fn watched(
        &self,
        part: u8,
        now: Month,
        after: Option<&str>,
    ) -> Result<Found<Watched>, StoreError> {
        self.table().page(&BillRow::watched_until(part, now), after, Self::WATCHED).await
    }

    /// Lets a bill be looked at again as `next` says, if it is as it was read.
    pub(crate) fn look_again(&self, change: Change, old: &BillRow, next: &BillRow) -> Change {
        let expected = [("watchKey", old.watch_key.as_deref())];
        let watch = Watch { watch_shard: next.watch_shard.clone(), watch_key: next.watch_key.clone() };
        let key = BillRow::key(old.bill.member, old.bill.month);
        change.amend(self.table(), key, (old.bill.version, &expected), &watch)
    }

    /// The bill of a member for a month, as it is now.
    pub(crate) async fn bill(&self, member: MemberId, month: Month) -> Result<Option<BillRow>, StoreError> {
        self.table().get(BillRow::key(member, month), Read::Consistent).await
    }

    /// Whether a notice was posted, by its cause.
    pub(crate) async fn is_told(&self, notice: &Notice) -> Result<bool, StoreError> {
        self.notices.is_told(&CauseRow::of(notice)).await
    }

    /// Adds a message.
    pub(crate) fn post(&self, change: Change, notice: &Notice) -> Change {
        self.notices.post(change, notice)
    }

    /// The first month of the case that the open bill of `member` for `month` makes, in a run of such from `first` on; `None`
    /// when they have an open case, or one that was closed is about that bill. What is open since a case was closed makes another
    /// one, which begins in that month.
    pub(crate) async fn new_case(
        &self,
        member: MemberId,
        month: Month,
        mut first: Month,
    ) -> Result<Option<Month>, StoreError> {
        if self.dues.open_case(member).await?.is_some() {
            return Ok(None);
        }
        loop {
            let key = CaseRow::key(Case::id_of(member, first));
            let Some(row) = self.dues.row::<CaseRow>(key).await? else { return Ok(Some(first)) };
            match row.case.closed.map(|closure| Month::at(closure.at)) {
                Some(closed) if first < closed && closed <= month => first = closed,
                _ => return Ok(None),
            }
        }
    }

    /// Opens a case, unless the member has one or this one was opened before.
    pub(crate) fn open_case(&self, change: Change, case: &Case) -> Change {
        let (row, claim) = (CaseRow::new(case.clone()), CaseRow::claim(case.clone()));
        change.insert(self.table(), &row, ErrorCode::Conflict).insert(self.table(), &claim, ErrorCode::Conflict)
    }

    /// All or nothing; `false` when a condition did not hold.
    pub(crate) async fn commit(&self, change: Change, told: Vec<Activity>) -> Result<bool, StoreError> {
        self.ledger.attempt(change, told).await
    }
}
