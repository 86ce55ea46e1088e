//! Where imports and exports are kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an import with its problems | `Query` `IMP#id`, consistent | 1 per 4 KB |
//! | an export | `GetItem` `EXP#id`/`JOB`, consistent | 1 |
//! | imports or exports of an organisation, latest first | `Query` index `listed` | 0.5 per 4 KB |
//! | jobs to go on with | `Query` index `open` | 0.5 per 4 KB |
//! | the organisations of a file | `Query` index `tree` | 0.5 per 4 KB |
//! | whose numbers they are, and the records | `BatchGetItem` of 100 | 0.5 per row |
//! | what somebody took out alone today | `GetItem` `ALONE#member`/`ALONE`, consistent | 1 |
//! | moves that lists of members still have to follow | `Query` index `pending` of organisations | 0.5 per 4 KB |
//! | a step: up to 23 persons, the counter, their activities | one `TransactWriteItems` | about 25 per person |
//! | the persons of an organisation | `Query` index `place` | 0.5 per 4 KB |

mod exports;

use crate::domain::{Export, ExportState, Import, ImportState, Places, RowProblem};
use cloud::{Environment, StartError};
use dynamo::{Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table, Trace};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, ExportId, ImportId, MemberId, OrgId, Refusal};
use register::{
    Accounts, AppointmentRow, Member, MemberRow, NameRow, Node, NodeRow, OpenTransfers, Organizations, People, TakenRow,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::{BTreeSet, HashMap};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    jobs: Table,
    pub(crate) people: People,
    pub(crate) organizations: Organizations,
    accounts: Accounts,
    transfers: OpenTransfers,
    trace: Trace,
    pub(crate) ledger: Ledger,
}

/// A job as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JobRow<T> {
    /// `IMP#<id>` or `EXP#<id>`
    pk: String,
    /// `JOB`
    sk: String,
    /// Index `listed`: `IMP#` or `EXP#` and the organisation; sorted by `id`.
    listed: String,
    /// Index `open`: set while there is something to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    open: Option<String>,
    /// When it is forgotten, in seconds since 1970.
    ttl: i64,
    #[serde(flatten)]
    job: T,
}

/// What was found wrong in one step, under its import.
#[derive(Debug, Serialize, Deserialize)]
struct NoteRow {
    /// `IMP#<id>`
    pk: String,
    /// `NOTE#<version of the import that tells of it>`
    sk: String,
    /// When it is forgotten, in seconds since 1970.
    ttl: i64,
    problems: Vec<RowProblem>,
}

/// One of the rows of an import.
#[derive(Deserialize)]
#[serde(untagged)]
enum ImportRow {
    Job(Box<JobRow<Import>>),
    Note(NoteRow),
}

/// A job that there is something to do for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// An import.
    Import(ImportId),
    /// An export.
    Export(ExportId),
}

/// What an organisation is used for, as far as it can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing; so far did the counter of organisations below it stand before that was looked up.
    Empty { below: u64 },
    /// Something stands below it, somebody is in it or held an office.
    Used,
    /// Somebody came or left so shortly ago that lists may not show it.
    Unknown,
}

const OPEN: &str = "OPEN";
/// How long a job is remembered, in seconds: a year.
const KEPT: i64 = 366 * 86_400;

fn listed(kind: &str, organization: OrgId) -> String {
    format!("{kind}#{organization}")
}

pub(crate) fn import_row(import: &Import) -> JobRow<&Import> {
    let open = import.is_open().then(|| OPEN.to_owned());
    let ttl = import.asked_at.as_second() + KEPT;
    let listed = listed("IMP", import.organization);
    JobRow { pk: format!("IMP#{}", import.id), sk: "JOB".to_owned(), listed, open, ttl, job: import }
}

pub(crate) fn export_row(export: &Export) -> JobRow<&Export> {
    let open = (export.state == ExportState::Producing).then(|| OPEN.to_owned());
    let ttl = export.asked_at.as_second() + KEPT;
    let listed = listed("EXP", export.organization);
    JobRow { pk: format!("EXP#{}", export.id), sk: "JOB".to_owned(), listed, open, ttl, job: export }
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Store {
    /// Items of one request when all of them are needed.
    const ALL: u16 = 1_000;
    /// How far the lists of the register may be behind.
    const LAG: SignedDuration = SignedDuration::from_mins(1);
    /// Jobs that one run looks at.
    const JOBS: u16 = 100;

    pub(crate) fn open(env: &Environment, ledger: Ledger) -> Result<Self, StartError> {
        Ok(Self {
            jobs: Table::open(env, "IMPORTS_TABLE")?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            accounts: Accounts::open(env)?,
            transfers: OpenTransfers::open(env)?,
            trace: Trace::open(env)?,
            ledger,
        })
    }

    /// An import, with what was found wrong.
    pub(crate) async fn import(&self, id: ImportId) -> Result<(Import, Vec<RowProblem>), StoreError> {
        let all = Stretch::whole(format!("IMP#{id}")).consistent();
        let (mut import, mut problems, mut after) = (None, Vec::new(), None);
        loop {
            let found: Found<ImportRow> = self.jobs.page(&all, after.as_deref(), Self::ALL).await?;
            for row in found.items {
                match row {
                    ImportRow::Job(row) => import = Some(row.job),
                    ImportRow::Note(row) => problems.extend(row.problems),
                }
            }
            after = found.after;
            if after.is_none() {
                return Ok((import.ok_or_else(absent)?, problems));
            }
        }
    }

    /// An export.
    pub(crate) async fn export(&self, id: ExportId) -> Result<Export, StoreError> {
        let row: Option<JobRow<Export>> = self.jobs.get(Key::new(format!("EXP#{id}"), "JOB"), Read::Consistent).await?;
        row.map(|row| row.job).ok_or_else(absent)
    }

    /// Imports of an organisation in `state`, or in any, latest first.
    pub(crate) async fn imports(
        &self,
        organization: OrgId,
        state: Option<ImportState>,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Import>, StoreError> {
        self.list(listed("IMP", organization), state.map(ImportState::slug), after, limit).await
    }

    /// Exports of an organisation in `state`, or in any, latest first.
    pub(crate) async fn exports(
        &self,
        organization: OrgId,
        state: Option<ExportState>,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Export>, StoreError> {
        self.list(listed("EXP", organization), state.map(ExportState::stored), after, limit).await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        partition: String,
        state: Option<&str>,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<T>, StoreError> {
        let all = Stretch::whole(partition).of_index("listed", "listed", "id").descending();
        let stretch = match state {
            Some(state) => all.only(Filter::default().equals("state", state)),
            None => all,
        };
        let found: Found<JobRow<T>> = self.jobs.page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.job).collect(), after: found.after })
    }

    /// Jobs that there is something to do for.
    pub(crate) async fn open_jobs(&self) -> Result<Vec<Open>, StoreError> {
        #[derive(Deserialize)]
        struct Named {
            pk: String,
        }
        let open = Stretch::whole(OPEN).of_index("open", "open", "pk");
        let found: Found<Named> = self.jobs.page(&open, None, Self::JOBS).await?;
        let parsed = found.items.iter().filter_map(|row| match row.pk.split_once('#')? {
            ("IMP", id) => id.parse().ok().map(Open::Import),
            (_, id) => id.parse().ok().map(Open::Export),
        });
        Ok(parsed.collect())
    }

    /// Adds an import.
    pub(crate) fn announce(&self, import: &Import) -> Change {
        Change::new().insert(&self.jobs, &import_row(import), ErrorCode::Conflict)
    }

    /// Takes an import from `old` to `new`, telling of `problems`.
    pub(crate) fn turn(&self, old: &Import, new: &Import, problems: Vec<RowProblem>) -> Change {
        let row = import_row(new);
        let ttl = row.ttl;
        let change = Change::new().replace(&self.jobs, &row, old.version);
        if problems.is_empty() {
            return change;
        }
        let sk = format!("NOTE#{:08}", new.version);
        change.overwrite(&self.jobs, &NoteRow { pk: row.pk, sk, ttl, problems })
    }

    /// The organisation at `root` with all below it.
    pub(crate) async fn places(&self, root: &Node) -> Result<Places, StoreError> {
        let below = NodeRow::below(&root.path, true);
        let (mut nodes, mut after) = (Vec::new(), None);
        loop {
            let found = self.organizations.page(&below, after.as_deref(), Self::ALL).await?;
            nodes.extend(found.items.into_iter().filter(|node| node.id != root.id));
            after = found.after;
            if after.is_none() {
                return Ok(Places::new(root, nodes));
            }
        }
    }

    /// Whose the numbers are, by the keys of the rows that hold them.
    pub(crate) async fn holders(&self, keys: BTreeSet<String>) -> Result<HashMap<String, MemberId>, StoreError> {
        let keys = keys.into_iter().map(|pk| Key::new(pk, "TAKEN")).collect();
        let rows: Vec<TakenRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| (row.pk, row.member)).collect())
    }

    /// Records of persons, in no order.
    pub(crate) async fn records(&self, ids: BTreeSet<MemberId>, read: Read) -> Result<Vec<Member>, StoreError> {
        let keys = ids.into_iter().map(|id| Key::new(MemberRow::partition(id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, read).await?;
        Ok(rows.into_iter().map(|row| row.member).collect())
    }

    /// Organisations, in no order, as they are now.
    pub(crate) async fn nodes(&self, ids: BTreeSet<OrgId>) -> Result<Vec<Node>, StoreError> {
        let keys = ids.into_iter().map(|id| Key::new(NodeRow::partition(id), "ORG")).collect();
        let rows: Vec<NodeRow> = self.organizations.table().get_all(keys, Read::Consistent).await?;
        Ok(rows.into_iter().map(|row| row.node).collect())
    }

    /// What `node` is used for.
    pub(crate) async fn use_of(&self, node: &Node, now: Timestamp) -> Result<Use, StoreError> {
        #[derive(Deserialize)]
        struct Counter {
            version: u64,
        }
        let table = self.organizations.table();
        // The counters before what they count: whatever comes after is noticed when the change is made.
        let below: Option<Counter> = table.get(Organizations::below(node.id), Read::Consistent).await?;
        let offices: Option<Counter> = table.get(Self::offices(node), Read::Consistent).await?;
        let names = Stretch::beginning(NodeRow::partition(node.id), NameRow::START).consistent();
        let names: Found<NameRow> = table.page(&names, None, 1).await?;
        if offices.is_some() || !names.items.is_empty() {
            return Ok(Use::Used);
        }
        // The lists may not show yet who came or left a moment ago; the trace does.
        let lines = self.trace.lately(node.id, now - Self::LAG, Self::ALL).await?;
        let moves = ["member.registered", "member.readmitted", "member.withdrawn", "transfer.received"];
        if lines.after.is_some() || lines.items.iter().any(|line| moves.contains(&&*line.kind)) {
            return Ok(Use::Unknown);
        }
        if self.people.any_member(&node.path).await? {
            return Ok(Use::Used);
        }
        Ok(Use::Empty { below: below.map_or(0, |counter| counter.version) })
    }

    /// Where the counter is of appointments in `node`.
    fn offices(node: &Node) -> Key {
        AppointmentRow::counter(NodeRow::partition(node.id))
    }

    /// Closes an organisation that nobody changed, below which nothing came to stand since its counter was `below`, and in
    /// which nobody ever held an office. Its name is free again.
    pub(crate) fn close(&self, change: Change, old: &Node, closed: &Node, below: u64) -> Change {
        let table = self.organizations.table();
        let name = NameRow::of(old);
        change
            .replace(table, &NodeRow::new(closed.clone()), old.version)
            .discard(table, Key::new(name.pk, name.sk))
            .advance(table, Organizations::below(old.id), below)
            .advance(table, Self::offices(old), 0)
    }

    /// Removes a record that nobody changed, of a person who never held an office nor had an account and is not being
    /// transferred; `kept` says so when one of that is not so.
    pub(crate) fn withdraw(&self, change: Change, member: &Member, kept: impl Fn(ErrorCode) -> Refusal) -> Change {
        let people = self.people.table();
        let key = Key::new(MemberRow::partition(member.id), "MBR");
        let taken =
            [TakenRow::id_card(&member.id_card_index, member.id), TakenRow::phone(&member.phone_index, member.id)];
        let change = change.erase(people, key, member.version, kept(ErrorCode::Stale));
        let change = taken.into_iter().fold(change, |change, row| change.discard(people, Key::new(row.pk, row.sk)));
        let change = self.transfers.while_none(change, member.id, kept(ErrorCode::TransferOpen));
        change
            .absent(
                self.organizations.table(),
                AppointmentRow::counter(AppointmentRow::holder(member.id)),
                kept(ErrorCode::HoldsOffice),
            )
            .absent(self.accounts.table(), Accounts::key(member.id), kept(ErrorCode::IllegalTransition))
    }
}
