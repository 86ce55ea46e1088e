//! Where the tree is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an organisation | `GetItem` `ORG#id`/`ORG` | 0.5, consistent 1 |
//! | those directly below it | `Query` index `children` | 0.5 per 4 KB |
//! | all below it, all whose election is due | `Query` index `tree` | 0.5 per 4 KB |
//! | its officers | `Query` `ORG#id`, `APT#…` | 0.5 per 4 KB, consistent 1 |
//! | whether its dues are settled | `Query` of the last close and of entries since, consistent; `Query` index `open` | 1 per 4 KB; 0.5 |
//! | who came to it in the last minute | `Query` trace, consistent | 1 per 4 KB |
//! | what of star reviews ends with a branch | `register::StarReviews` | 2, and 1 per 4 KB of what is open |
//! | moves that copies still have to follow | `Query` index `pending` | 0.5 per 4 KB |
//! | found, edit, move, close, appoint, end | one `TransactWriteItems` | 2 per row and KB, 1 per index |
//!
//! Beside its rows an organisation has two counters, which make decisions about many rows safe against each other:
//! `BELOW` counts organisations that came to stand directly below it, so that it cannot be closed over a new one, and
//! `OFFICES` (also under each holder) counts appointments, so that no two are checked against the same picture.

use crate::domain::{is_on_the_way, places};
use cloud::{Environment, StartError};
use dues_records::{DuesTable, Month};
use dynamo::{Activity, Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table, Trace};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{AppointmentId, ErrorCode, MemberId, OrgId, OrgPath, Refusal};
use register::{
    Appointment, AppointmentRow, EndingStars, Member, NameRow, Node, NodeRow, OrgKind, Organizations, People,
    StarReviews,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeSet;

/// The tree, the register it is checked against, and the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    organizations: Organizations,
    people: People,
    dues: DuesTable,
    stars: StarReviews,
    trace: Trace,
    pub(crate) ledger: Ledger,
}

/// A counter: how often something happened to what it stands for.
#[derive(Deserialize)]
struct Counter {
    version: u64,
}

/// The row of an organisation.
fn key(id: OrgId) -> Key {
    Key::new(NodeRow::partition(id), "ORG")
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Tree {
    /// How long the lists of the register can be behind, and clocks apart, together.
    const LAG: SignedDuration = SignedDuration::from_mins(1);
    /// Items of one request when all of them are needed.
    const ALL: u16 = 500;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (organizations, people) = (Organizations::open(env)?, People::open(env)?);
        let (dues, stars, trace) = (DuesTable::open(env)?, StarReviews::open(env)?, Trace::open(env)?);
        Ok(Self { organizations, people, dues, stars, trace, ledger: Ledger::open(env)? })
    }

    /// Opens the connection while the function starts.
    pub(crate) async fn prime(&self) {
        self.organizations.table().prime().await;
    }

    /// An organisation, for reading.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// An organisation that is about to be changed, or that a change depends on.
    pub(crate) async fn row(&self, id: OrgId) -> Result<NodeRow, StoreError> {
        self.organizations.row(id, Read::Consistent).await?.ok_or_else(absent)
    }

    /// A person's record.
    pub(crate) async fn person(&self, id: MemberId, read: Read) -> Result<Option<Member>, StoreError> {
        match self.people.person(id, read).await {
            Ok(member) => Ok(Some(member)),
            Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The organisations directly below `id`, higher levels first, then by name.
    pub(crate) async fn children(&self, id: OrgId, after: Option<&str>, limit: u16) -> Result<Found<Node>, StoreError> {
        let stretch = Stretch::whole(id.to_string()).of_index("children", "parent", "childKey");
        self.organizations.page(&stretch, after, limit).await
    }

    /// The organisation at `path` and all below it, in the order of their paths; of one kind only, where that is asked.
    pub(crate) async fn subtree(
        &self,
        path: &OrgPath,
        kind: Option<OrgKind>,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Node>, StoreError> {
        let filter = kind.map_or_else(Filter::default, |kind| Filter::default().equals("kind", kind.slug()));
        self.organizations.page(&NodeRow::below(path, true).only(filter), after, limit).await
    }

    /// `root` and all below it, as they are about to be moved; `None` when they are more than `most`. One that was
    /// founded a moment ago may be missing; the job that follows a move takes it along. One whose parent has left
    /// meanwhile is left to the job that follows that move: it belongs to where its parent is, and only says otherwise.
    pub(crate) async fn moving(&self, root: &NodeRow, most: u16) -> Result<Option<Vec<NodeRow>>, StoreError> {
        let found: Found<NodeRow> =
            self.organizations.table().first(&NodeRow::below(&root.node.path, true), most + 1).await?;
        let (mut rows, mut moved) = (vec![root.clone()], BTreeSet::from([root.node.id]));
        // In the order of their paths: parents first.
        for row in found.items {
            if row.node.path.parent().is_some_and(|parent| moved.contains(&parent)) && moved.insert(row.node.id) {
                rows.push(row);
            }
        }
        Ok((found.after.is_none() && rows.len() <= usize::from(most)).then_some(rows))
    }

    /// Those at `path` and below whose election is due by the end of the day `by`, in the order of their paths.
    pub(crate) async fn due(
        &self,
        path: &OrgPath,
        by: Date,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Node>, StoreError> {
        let due = Filter::default().at_most("term.dueOn", &by.to_string());
        self.organizations.page(&NodeRow::below(path, true).only(due), after, limit).await
    }

    /// Whether an organisation stands directly below `id`. The index alone may not know of it yet.
    pub(crate) async fn any_below(&self, id: OrgId) -> Result<bool, StoreError> {
        let names = Stretch::beginning(NodeRow::partition(id), NameRow::START).consistent();
        let names = self.organizations.table().page::<NameRow>(&names, None, 1);
        let (names, children) = tokio::try_join!(names, self.children(id, None, 1))?;
        Ok(!names.items.is_empty() || !children.items.is_empty())
    }

    /// Where the register may still say that the organisation at `path` stands.
    async fn places(&self, path: &OrgPath) -> Result<BTreeSet<OrgPath>, StoreError> {
        Ok(places(path, &self.pending().await?))
    }

    /// Organisations whose move is not followed yet.
    async fn pending(&self) -> Result<Vec<NodeRow>, StoreError> {
        self.all(&Stretch::whole(NodeRow::PENDING).of_index("pending", "pending", "path")).await
    }

    /// Whether lists may not show where `node` stands at `now`: it or its members are on their way from one list to another,
    /// and whoever asks both can miss them. Of a move that is so young that the index does not have it, the record tells.
    pub(crate) async fn is_moving(&self, node: &Node, now: Timestamp) -> Result<bool, StoreError> {
        let young = node.version > 1 && now.duration_since(node.updated_at) < Self::LAG;
        Ok(young || is_on_the_way(&node.path, &self.pending().await?))
    }

    /// Whether anybody is listed on the rolls of the organisation at `path`.
    pub(crate) async fn any_member(&self, path: &OrgPath) -> Result<bool, StoreError> {
        self.people.any_member(path).await
    }

    /// Whether anybody came to the organisation `id` so shortly before `now` that the lists of the register may not show
    /// them yet. The trace does: its line is written together with the record.
    pub(crate) async fn anybody_came(&self, id: OrgId, now: Timestamp) -> Result<bool, StoreError> {
        let lines = self.trace.lately(id, now - Self::LAG, Self::ALL).await?;
        let came =
            |line: &Activity| matches!(&*line.kind, "member.registered" | "member.readmitted" | "transfer.received");
        Ok(lines.after.is_some() || lines.items.iter().any(came))
    }

    /// Whether no money and no open matter of dues would be left behind in the organisation `id` if it were closed at `now`.
    pub(crate) async fn is_settled(&self, id: OrgId, now: Timestamp) -> Result<bool, StoreError> {
        self.dues.is_settled(id, Month::at(now)).await
    }

    /// What of star reviews ends with `node`; `None` for what is no branch and takes part in none.
    pub(crate) async fn stars_of(&self, node: &Node) -> Result<Option<EndingStars>, StoreError> {
        if node.kind == OrgKind::Branch { self.stars.open_of(node.id).await.map(Some) } else { Ok(None) }
    }

    /// How many full members the organisation at `path` and those below it have.
    pub(crate) async fn full_members(&self, path: &OrgPath) -> Result<usize, StoreError> {
        let mut count = 0;
        for place in self.places(path).await? {
            count += self.people.full_members(&place).await?;
        }
        Ok(count)
    }

    /// Appointments of an organisation by the time they were entered, ended ones included.
    pub(crate) async fn officers(
        &self,
        id: OrgId,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Appointment>, StoreError> {
        let stretch = Stretch::beginning(NodeRow::partition(id), AppointmentRow::START);
        let found: Found<AppointmentRow> = self.organizations.table().page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.appointment).collect(), after: found.after })
    }

    /// One appointment of an organisation.
    pub(crate) async fn appointment(&self, id: OrgId, appointment: AppointmentId) -> Result<Appointment, StoreError> {
        let key = Key::new(NodeRow::partition(id), AppointmentRow::sort_key(appointment));
        let row: Option<AppointmentRow> = self.organizations.table().get(key, Read::Consistent).await?;
        row.map(|row| row.appointment).ok_or_else(absent)
    }

    /// All appointments under a partition, of an organisation or of a holder, and how far their counter stood before
    /// they were read.
    async fn picture(&self, partition: String) -> Result<(Vec<Appointment>, u64), StoreError> {
        let counted = self.counted(AppointmentRow::counter(partition.clone())).await?;
        let stretch = Stretch::beginning(partition, AppointmentRow::START).consistent();
        let rows: Vec<AppointmentRow> = self.all(&stretch).await?;
        Ok((rows.into_iter().map(|row| row.appointment).collect(), counted))
    }

    /// All appointments of an organisation, with their counter.
    pub(crate) async fn offices_of(&self, id: OrgId) -> Result<(Vec<Appointment>, u64), StoreError> {
        self.picture(NodeRow::partition(id)).await
    }

    /// All appointments of a person, with their counter.
    pub(crate) async fn held_by(&self, member: MemberId) -> Result<(Vec<Appointment>, u64), StoreError> {
        self.picture(AppointmentRow::holder(member)).await
    }

    /// How many organisations ever came to stand directly below `id`.
    pub(crate) async fn below(&self, id: OrgId) -> Result<u64, StoreError> {
        self.counted(Organizations::below(id)).await
    }

    async fn counted(&self, key: Key) -> Result<u64, StoreError> {
        let counter: Option<Counter> = self.organizations.table().get(key, Read::Consistent).await?;
        Ok(counter.map_or(0, |counter| counter.version))
    }

    async fn all<T: DeserializeOwned>(&self, stretch: &Stretch) -> Result<Vec<T>, StoreError> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let found = self.organizations.table().page(stretch, after.as_deref(), Self::ALL).await?;
            items.extend(found.items);
            after = found.after;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// Adds `node` below `parent`, if its name is free there and the parent is still what was read.
    pub(crate) fn found(&self, parent: &Node, node: &Node) -> Change {
        let change = self.organizations.enter(Change::new(), node, Refusal::new);
        let change = self.organizations.while_unchanged(change, parent);
        self.organizations.count_below(change, parent.id)
    }

    /// Turns `old` into `new`, its name with it.
    pub(crate) fn edit(&self, old: &NodeRow, new: &Node) -> Change {
        let table = self.organizations.table();
        let change = self.rename(Change::new(), &old.node, new);
        put_row(change, table, old, &old.changed(new.clone()))
    }

    /// Lets go of the name of `old` and takes that of `new`, where they differ.
    fn rename(&self, change: Change, old: &Node, new: &Node) -> Change {
        let table = self.organizations.table();
        let (held, wanted) = (NameRow::of(old), NameRow::of(new));
        if held == wanted {
            return change;
        }
        change.insert(table, &wanted, ErrorCode::NameTaken).discard(table, Key::new(held.pk, held.sk))
    }

    /// Moves the organisations `old`, which are one with all below it, to where `new` says, below `parent`. Copies of
    /// the path at members follow by a job; until they do, the row of `root` says where they still are.
    pub(crate) fn relocate(&self, root: &NodeRow, old: &[NodeRow], new: &[Node], parent: &Node) -> Change {
        let table = self.organizations.table();
        let mut change = Change::new();
        for (old, new) in old.iter().zip(new) {
            let mut row = old.changed(new.clone());
            if old.node.id == root.node.id {
                change = self.rename(change, &old.node, new);
                row.pending = Some(NodeRow::PENDING.to_owned());
                row.moved_from = Some(root.node.path.clone());
            }
            change = put_row(change, table, old, &row);
        }
        change.unchanged(table, key(parent.id), parent.version).count(table, Organizations::below(parent.id))
    }

    /// Closes an organisation and ends `appointments` and `stars` with it. `counted` is how far its counters of organisations below
    /// and of appointments stood when it was found empty.
    pub(crate) fn close(
        &self,
        old: &NodeRow,
        new: &Node,
        into: Option<&Node>,
        counted: (u64, u64),
        (appointments, stars): (&[Appointment], Option<&EndingStars>),
    ) -> Change {
        let table = self.organizations.table();
        let mut change = put_row(Change::new(), table, old, &old.changed(new.clone()))
            .advance(table, Organizations::below(new.id), counted.0)
            .advance(table, AppointmentRow::counter(NodeRow::partition(new.id)), counted.1);
        if let Some(into) = into {
            change = change.unchanged(table, key(into.id), into.version);
        }
        if let (Some(stars), Some(on)) = (stars, new.closed_on) {
            change = self.stars.end(change, (new, on), stars);
        }
        let name = NameRow::of(&old.node);
        change = change.discard(table, Key::new(name.pk, name.sk));
        appointments.iter().fold(change, |change, ended| self.put_end(change, ended))
    }

    /// Adds an appointment, if nobody was appointed in the organisation and the holder nowhere else since their
    /// counters stood at `counted`.
    pub(crate) fn appoint(&self, appointment: &Appointment, counted: (u64, u64)) -> Change {
        let table = self.organizations.table();
        Change::new()
            .advance(table, AppointmentRow::counter(NodeRow::partition(appointment.organization)), counted.0)
            .advance(table, AppointmentRow::counter(AppointmentRow::holder(appointment.holder)), counted.1)
            .insert(table, &AppointmentRow::of_organization(appointment.clone()), ErrorCode::Conflict)
            .insert(table, &AppointmentRow::of_holder(appointment.clone()), ErrorCode::Conflict)
    }

    /// Ends an appointment.
    pub(crate) fn end(&self, ended: &Appointment) -> Change {
        self.put_end(Change::new(), ended)
    }

    fn put_end(&self, change: Change, ended: &Appointment) -> Change {
        let table = self.organizations.table();
        change
            .replace(table, &AppointmentRow::of_organization(ended.clone()), ended.version - 1)
            .overwrite(table, &AppointmentRow::of_holder(ended.clone()))
    }
}

/// Puts `new` in the place of `old`, as far as it is as it was read: with its version, and with what `relocation` writes beside
/// it. An organisation that is brought to where its parent went has another path then, and so have its members: whoever looked
/// for them under the old one has missed them.
fn put_row(change: Change, table: &Table, old: &NodeRow, new: &NodeRow) -> Change {
    let quiet = old.quiet_since.map(|since| since.to_string());
    let expected = [
        ("path", Some(old.node.path.as_str())),
        ("movedFrom", old.moved_from.as_ref().map(OrgPath::as_str)),
        ("quietSince", quiet.as_deref()),
    ];
    change.replace_as_read(table, new, (old.node.version, &expected))
}

#[cfg(test)]
mod tests;
