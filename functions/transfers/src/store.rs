//! Where transfers are kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a transfer | `GetItem` `TRF#id` | 0.5, consistent 1 |
//! | those that leave an organisation or one below it, those that come to it | `Query` indexes `leaving`, `coming` | 0.5 per 4 KB of summaries |
//! | letters that lapsed, receipts that are missing, by their day | `Query` index `due` | 0.5 per 4 KB of summaries |
//! | a person's | `Query` index `person` | 0.5 per 4 KB |
//! | an organisation and the committee above it | `GetItem` each | 0.5 |
//! | draft, decide, issue, return, withdraw | one `TransactWriteItems` | 2 per row and KB, 1 per index |
//! | open requests of who is received | `GetItem`, `Query` in the person's partition, consistent | 1, 1 per 4 KB |
//! | receive: the member's record and their open requests with it | one `TransactWriteItems` | the same |
//!
//! Beside its transfers the table holds one row per person with an open transfer, which keeps a second one out.

use crate::domain::{Destination, Kind, Place, State, Transfer};
use cloud::{Environment, StartError};
use dynamo::{Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, MemberId, OrgId, OrgPath, PersonName, Refusal, TransferId};
use register::{Appointment, Member, MemberRow, Node, OpenCorrections, OpenTransfers, Organizations, People, walk};
use serde::{Deserialize, Serialize};

/// A transfer as it is stored, with the keys of its indexes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransferRow {
    /// `TRF#<id>`
    pub(crate) pk: String,
    /// The id; index `person`.
    pub(crate) sk: String,
    /// The path of the organisation that the member leaves: a copy for lists, brought up to date after a move.
    pub(crate) from_path: OrgPath,
    /// Index `leaving`: its district, and whether the transfer is open.
    pub(crate) leaving_area: String,
    /// Index `leaving`: its path and the id.
    pub(crate) leaving_key: String,
    /// The path of the destination, where it is in this installation: a copy too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) to_path: Option<OrgPath>,
    /// Index `coming`: its district, and whether the transfer is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) coming_area: Option<String>,
    /// Index `coming`: its path and the id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) coming_key: Option<String>,
    /// Index `due`: what is waited for, the reception or the receipt, and the district of the sender.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_area: Option<String>,
    /// Index `due`: its last day and the id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_key: Option<String>,
    #[serde(flatten)]
    pub(crate) transfer: Transfer,
}

/// What a transfer on the way waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// That its letter is used.
    Reception,
    /// That the receipt comes back.
    Receipt,
}

impl Due {
    /// The partition of index `due` for senders at `path`. `relocation` writes the same after a move.
    fn area(self, path: &OrgPath) -> String {
        let name = match self {
            Self::Reception => "LETTER",
            Self::Receipt => "RECEIPT",
        };
        format!("{name}{}", MemberRow::area(path, true))
    }
}

impl TransferRow {
    /// The row of `transfer` between the organisations at these paths.
    pub(crate) fn new(transfer: Transfer, from_path: OrgPath, to_path: Option<OrgPath>) -> Self {
        let (id, open) = (transfer.id, transfer.state.is_open());
        let due = match transfer.state {
            State::Issued => transfer.valid_until.map(|day| (Due::Reception, day)),
            State::Received if transfer.receipt_on.is_none() => transfer.receipt_due_on.map(|day| (Due::Receipt, day)),
            _ => None,
        };
        Self {
            pk: Self::partition(id),
            sk: id.to_string(),
            leaving_area: MemberRow::area(&from_path, open),
            leaving_key: format!("{from_path}{id}"),
            coming_area: to_path.as_ref().map(|path| MemberRow::area(path, open)),
            coming_key: to_path.as_ref().map(|path| format!("{path}{id}")),
            due_area: due.map(|(what, _)| what.area(&from_path)),
            due_key: due.map(|(_, day)| format!("{day}#{id}")),
            from_path,
            to_path,
            transfer,
        }
    }

    /// The row of the same transfer after a step, between the same organisations.
    fn changed(&self, transfer: Transfer) -> Self {
        Self::new(transfer, self.from_path.clone(), self.to_path.clone())
    }

    fn partition(id: TransferId) -> String {
        format!("TRF#{id}")
    }
}

/// Keeps a second transfer of a person out while one is open.
#[derive(Debug, Serialize)]
pub(crate) struct OpenRow {
    pk: String,
    sk: String,
}

impl OpenRow {
    pub(crate) fn new(member: MemberId) -> Self {
        let Key { pk, sk } = OpenTransfers::key(member);
        Self { pk, sk }
    }
}

/// What the indexes of lists carry of a transfer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) id: TransferId,
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    pub(crate) kind: Kind,
    pub(crate) from: OrgId,
    pub(crate) to: Destination,
    pub(crate) state: State,
    pub(crate) valid_until: Option<Date>,
    pub(crate) received_on: Option<Date>,
    pub(crate) receipt_due_on: Option<Date>,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
}

/// A side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    /// Members who leave.
    Out,
    /// Members who come.
    In,
}

/// The table of transfers, and the tree and register that they change.
#[derive(Debug, Clone)]
pub(crate) struct Transfers {
    table: Table,
    people: People,
    organizations: Organizations,
    pub(crate) ledger: Ledger,
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Transfers {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            table: Table::open(env, "TRANSFERS_TABLE")?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            ledger: Ledger::open(env)?,
        })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.organizations.table().prime().await;
    }

    /// A transfer, as it is now.
    pub(crate) async fn row(&self, id: TransferId) -> Result<TransferRow, StoreError> {
        let key = Key::new(TransferRow::partition(id), id.to_string());
        self.table.get(key, Read::Consistent).await?.ok_or_else(absent)
    }

    /// A person's record, as it is now.
    pub(crate) async fn person(&self, id: MemberId) -> Result<Member, StoreError> {
        self.people.person(id, Read::Consistent).await
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// An organisation that a change depends on, as it is now.
    pub(crate) async fn fresh(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.row(id, Read::Consistent).await?.map(|row| row.node).ok_or_else(absent)
    }

    /// An organisation of members with the committee that decides their transfers.
    pub(crate) async fn place(&self, id: OrgId) -> Result<Place, StoreError> {
        let node = self.fresh(id).await?;
        let (seat, committee) = self.organizations.committee_over(&node.path).await?.ok_or_else(absent)?;
        Ok(Place { node, seat, committee })
    }

    /// The offices of a person that last on `day` or begin later, and their counter.
    pub(crate) async fn offices(&self, member: MemberId, day: Date) -> Result<(Vec<Appointment>, u64), StoreError> {
        self.organizations.offices(member, day).await
    }

    /// The requests for correction that go with a person.
    pub(crate) async fn open_corrections(&self, member: MemberId) -> Result<OpenCorrections, StoreError> {
        self.people.open_corrections(member).await
    }

    /// Adds a transfer of `member`, who has none open and whose record is still as it was read.
    pub(crate) fn draft(&self, transfer: Transfer, member: &Member, from: &Node, to: Option<&Node>) -> Change {
        let open = OpenRow::new(transfer.member);
        let row = TransferRow::new(transfer, from.path.clone(), to.map(|to| to.path.clone()));
        let change = self.people.while_unchanged(Change::new(), member);
        change.insert(&self.table, &open, ErrorCode::TransferOpen).insert(&self.table, &row, ErrorCode::Conflict)
    }

    /// Takes a transfer a step further, if nobody did since it was read; what is done with makes room for the next.
    pub(crate) fn advance(&self, change: Change, old: &TransferRow, new: &Transfer) -> Change {
        let change = change.replace(&self.table, &old.changed(new.clone()), old.transfer.version);
        if old.transfer.state.is_open() && !new.state.is_open() {
            let OpenRow { pk, sk } = OpenRow::new(new.member);
            return change.remove(&self.table, Key::new(pk, sk));
        }
        change
    }

    /// Turns the record `old` into `new`, as long as the person holds no office: none did when their counter stood at
    /// `counted`.
    pub(crate) fn change_member(&self, old: &Member, new: &Member, counted: u64) -> Change {
        self.organizations.while_offices_stay(self.people.change(old, new), new.id, counted)
    }

    /// Lets `change` receive `member` in `to`, if that is still as it was read; what they asked goes with them.
    pub(crate) fn receive(&self, change: Change, member: &Member, to: &Node, asked: &OpenCorrections) -> Change {
        self.people.take_along(self.organizations.while_unchanged(change, to), member, asked)
    }

    /// Transfers that leave the organisation at `place` or one below it, or come to it, open ones or those that are done
    /// with.
    pub(crate) async fn list(
        &self,
        direction: Direction,
        place: &OrgPath,
        open: bool,
        filter: Filter,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Listed>, StoreError> {
        let (index, area, key) = match direction {
            Direction::Out => ("leaving", "leavingArea", "leavingKey"),
            Direction::In => ("coming", "comingArea", "comingKey"),
        };
        let areas = self.organizations.areas(place).await?;
        let stretch = |part: &OrgPath| {
            let found = Stretch::beginning(MemberRow::area(part, open), place.as_str());
            found.of_index(index, area, key).only(filter.clone())
        };
        walk(&self.table, &areas, after, limit, stretch).await
    }

    /// Transfers out of the organisation at `place` or one below it that wait for `what`, the one due first at the top of
    /// each district; with `before` those only that were due before this day.
    pub(crate) async fn due(
        &self,
        what: Due,
        place: &OrgPath,
        before: Option<Date>,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Listed>, StoreError> {
        let areas = self.organizations.areas(place).await?;
        let stretch = |part: &OrgPath| {
            let mut due = Stretch::whole(what.area(part)).of_index("due", "dueArea", "dueKey");
            if let Some(day) = before {
                // Keys are a day and an id, so that every key of an earlier day is smaller than the day alone.
                due.until = day.to_string();
            }
            // A partition holds a district: what is above or equal to one needs no filter.
            if place.depth() > MemberRow::AREA_DEPTH {
                due = due.only(Filter::default().begins("fromPath", place.as_str()));
            }
            due
        };
        walk(&self.table, &areas, after, limit, stretch).await
    }

    /// A person's transfers, latest first.
    pub(crate) async fn of_person(
        &self,
        member: MemberId,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Transfer>, StoreError> {
        let stretch = Stretch::beginning(member.to_string(), "trf_").of_index("person", "member", "sk").descending();
        let found: Found<TransferRow> = self.table.page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.transfer).collect(), after: found.after })
    }
}

#[cfg(test)]
mod tests;
