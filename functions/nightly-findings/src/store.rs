//! Every call to the store, beside those of the table of findings itself (`finding-records`).

use authz::Role;
use cloud::{Environment, StartError};
use dues_records::{Case, CaseRow, DuesTable, Waiting};
use dynamo::{Activity, Change, Found, Key, Ledger, Read, StoreError};
use finding_records::{Facts, Finding, FindingRow, FindingsTable, OnRoll};
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, OrgId, OrgPath, Refusal};
use notices::{CauseRow, Notice, Notices};
use register::{Meetings, MemberRow, MemberState, Node, NodeRow, OrgKind, Organizations, People};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far the walk came.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NightRow {
    /// `NIGHT`
    pk: String,
    /// `NIGHT`
    sk: String,
    /// The root that it is in.
    pub(crate) root: Option<OrgId>,
    /// The path of the last organisation that was looked at.
    pub(crate) after: Option<String>,
    /// Whether an organisation before that did not get through.
    pub(crate) missed: bool,
    /// The day on which the first walk began.
    pub(crate) began_on: Option<Date>,
    /// The last day on which it came to its end, every organisation being looked at.
    pub(crate) done_on: Option<Date>,
}

impl NightRow {
    const NIGHT: &str = "NIGHT";

    /// Before the first walk.
    fn new() -> Self {
        let (pk, sk) = (Self::NIGHT.to_owned(), Self::NIGHT.to_owned());
        Self { pk, sk, root: None, after: None, missed: false, began_on: None, done_on: None }
    }

    /// Back at its beginning after it came to its end on `today`; whether it has to go round again, for an organisation did not get
    /// through.
    pub(crate) fn end(&mut self, today: Date) -> bool {
        let again = std::mem::take(&mut self.missed);
        (self.root, self.after) = (None, None);
        if !again {
            self.done_on = Some(today);
        }
        again
    }
}

/// A person as index `place` of the register has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: MemberId,
    state: MemberState,
    joined_on: Date,
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) findings: FindingsTable,
    organizations: Organizations,
    people: People,
    meetings: Meetings,
    dues: DuesTable,
    notices: Notices,
    ledger: Ledger,
}

impl Store {
    /// Organisations of one page.
    const NODES: u16 = 100;
    /// Members of one branch that are looked at, groups included.
    const ROLL: u16 = 2_000;
    /// Open cases of one branch that are looked at.
    const CASES: u16 = 500;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            findings: FindingsTable::open(env)?,
            organizations: Organizations::open(env)?,
            people: People::open(env)?,
            meetings: Meetings::open(env)?,
            dues: DuesTable::open(env)?,
            notices: Notices::open(env)?,
            ledger: Ledger::of_job(env)?,
        })
    }

    /// How far the walk came.
    pub(crate) async fn night(&self) -> Result<NightRow, StoreError> {
        let key = Key::new(NightRow::NIGHT, NightRow::NIGHT);
        let row: Option<NightRow> = self.findings.table().get(key, Read::Consistent).await?;
        Ok(row.unwrap_or_else(NightRow::new))
    }

    /// Notes how far it came. Of two runs at once either may be behind: what they do again changes nothing.
    pub(crate) async fn note(&self, night: &NightRow) -> Result<(), StoreError> {
        self.findings.table().put(night).await
    }

    /// The roots of all trees, by their ids.
    pub(crate) async fn roots(&self) -> Result<Vec<OrgId>, StoreError> {
        self.organizations.roots().await
    }

    /// Organisations of a tree that are open, or those that are closed, by their paths, from the one after `after` on.
    pub(crate) async fn nodes(&self, root: OrgId, open: bool, after: Option<&str>) -> Result<Found<Node>, StoreError> {
        self.organizations.page(&NodeRow::below(&OrgPath::root(root), open), after, Self::NODES).await
    }

    /// What the records say of `node` on `today`; of what it held, from the day `since` on.
    pub(crate) async fn facts(&self, node: &Node, since: Date, today: Date) -> Result<Facts, StoreError> {
        if !Facts::is_of_branch(node) {
            return Ok(Facts::of(node.clone()));
        }
        let (owed, roll, cases) = tokio::try_join!(
            Box::pin(self.meetings.owed(&self.organizations, node, (since, today))),
            Box::pin(self.roll(&node.path)),
            Box::pin(self.cases(node.id)),
        )?;
        Ok(Facts { node: node.clone(), owed, roll, cases })
    }

    /// Who is on the rolls of the branch at `path` and of its groups.
    async fn roll(&self, path: &OrgPath) -> Result<Vec<OnRoll>, StoreError> {
        let found: Found<Listed> = self.people.table().first(&MemberRow::below(path, true), Self::ROLL).await?;
        let suspended = found.items.iter().filter(|listed| listed.state == MemberState::Suspended);
        let keys = suspended.map(|listed| Key::new(MemberRow::partition(listed.id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        let since: BTreeMap<MemberId, Date> =
            rows.into_iter().map(|row| (row.member.id, row.member.state_since)).collect();
        let on_roll =
            |Listed { id, state, joined_on }| OnRoll { id, state, joined_on, state_since: since.get(&id).copied() };
        Ok(found.items.into_iter().map(on_roll).collect())
    }

    /// Open cases of long arrears that a branch looks into.
    async fn cases(&self, branch: OrgId) -> Result<Vec<Case>, StoreError> {
        let open = Waiting::at(branch, Some(Waiting::Case));
        let found: Found<CaseRow> = self.dues.table().first(&open, Self::CASES).await?;
        Ok(found.items.into_iter().map(|row| row.case).collect())
    }

    /// The row of `finding` where its organisation stands at this instant: it may have moved since the walk listed it, and what is
    /// put under the path before would be corrected by nobody.
    pub(crate) async fn placed(&self, finding: Finding) -> Result<FindingRow, StoreError> {
        let found = self.organizations.row(finding.organization, Read::Consistent).await?;
        let path = found.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?.node.path;
        Ok(FindingRow::new(finding, path))
    }

    /// Secretary and deputies of an organisation on `day`.
    pub(crate) async fn leaders(&self, organization: OrgId, day: Date) -> Result<BTreeSet<MemberId>, StoreError> {
        let all = self.organizations.officers(organization).await?;
        let leads = |role: Role| matches!(role, Role::Secretary | Role::DeputySecretary);
        Ok(all.into_iter().filter(|held| leads(held.role) && held.holds_on(day)).map(|held| held.holder).collect())
    }

    /// Whether a notice was posted, by its cause.
    pub(crate) async fn is_told(&self, notice: &Notice) -> Result<bool, StoreError> {
        self.notices.is_told(&CauseRow::of(notice)).await
    }

    /// Adds a message.
    pub(crate) fn post(&self, change: Change, notice: &Notice) -> Change {
        self.notices.post(change, notice)
    }

    /// All or nothing; `false` when a condition did not hold.
    pub(crate) async fn commit(&self, change: Change, told: Activity) -> Result<bool, StoreError> {
        self.ledger.attempt(change, [told]).await
    }

    /// Whether anything is kept of what is found at `node`: groups belong to their branch.
    pub(crate) fn looks_at(node: &Node) -> bool {
        node.kind != OrgKind::Group
    }
}
