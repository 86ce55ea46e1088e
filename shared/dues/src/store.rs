//! The table of dues, as both functions use it.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | what a member owes in a year | `GetItem` `MBR#id`/`YEAR#year`, consistent | 1 |
//! | the same of many | `BatchGetItem` | 0.5 each |
//! | a member's bills | `Query` `MBR#id`, `BILL#…`, consistent | 1 per 4 KB: 12 bills are about 5 KB |
//! | what a member gave | `Query` `MBR#id`, `GIFT#…`, consistent | 1 per 4 KB |
//! | what a member has of their own | `Query` `MBR#id` | 0.5 per 4 KB |
//! | who of a branch owes | `Query` index `place` of the register | 0.5 per 4 KB |
//! | of whom nothing is set | the same, `Query` index `branch`; `BatchGetItem` of who has no bill for the month | 0.5 per 4 KB, 0.5 each |
//! | what waits at an organisation | `Query` index `open` | 0.5 per 4 KB |
//! | the balances of a book | `Query` of the last close, `Query` of entries since then, consistent | 1 per 4 KB |

use crate::{Balances, Bill, BillRow, CaseRow, CloseRow, EntryRow, Gift, GiftRow, Matter, Month, YearRow, Years, owes};
use authz::Role;
use cloud::Environment;
use dynamo::{Change, Found, Key, Read, StoreError, Stretch, Table};
use futures_util::future::try_join;
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, MissingSetting, OrgId, PersonName};
use register::{AppointmentRow, MemberRow, MemberState, Node, NodeRow, Organizations, People};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

/// What waits for somebody at an organisation, in index `open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesWaiting)]
pub enum Waiting {
    /// A case that the branch looks into.
    Case,
    /// Money of which it is not known what it is for.
    Difference,
    /// A relief that the organisation decides.
    Relief,
    /// A remittance that the organisation receives.
    Remittance,
    /// A reversal that a second person decides.
    Reversal,
}

impl Waiting {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Case, Self::Difference, Self::Relief, Self::Remittance, Self::Reversal];

    /// What its keys begin with.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Difference => "difference",
            Self::Relief => "relief",
            Self::Remittance => "remittance",
            Self::Reversal => "reversal",
        }
    }

    /// The key of `record` in index `open`.
    #[must_use]
    pub fn key(self, record: &str) -> String {
        format!("{}#{record}", self.slug())
    }

    /// What waits at `organization`: all of it, or that of one kind.
    #[must_use]
    pub fn at(organization: OrgId, kind: Option<Self>) -> Stretch {
        let stretch = match kind {
            Some(kind) => Stretch::beginning(organization.to_string(), &kind.key("")),
            None => Stretch::whole(organization.to_string()),
        };
        stretch.of_index("open", "waitsAt", "waitsKey")
    }
}

/// A person on the rolls of a branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnRoll {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: PersonName,
    state: MemberState,
    joined_on: Date,
}

/// The table of dues.
#[derive(Debug, Clone)]
pub struct DuesTable {
    table: Table,
}

impl DuesTable {
    /// Members of one branch that are looked at, groups included.
    const ROLL: u16 = 2_000;
    /// Appointments of one organisation that are looked at.
    const OFFICES: u16 = 500;
    /// Bills of one member that are read at once.
    const BILLS: u16 = 400;
    /// Entries of one page.
    const ENTRIES: u16 = 1_000;

    /// Over the table that `DUES_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "DUES_TABLE")? })
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What `member` owes in `year`, if anything is set.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn year(&self, member: MemberId, year: i16) -> Result<Option<YearRow>, StoreError> {
        self.table.get(YearRow::key(member, year), Read::Consistent).await
    }

    /// The same of `members`, as far as anything is set.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn years(
        &self,
        members: impl IntoIterator<Item = MemberId>,
        year: i16,
    ) -> Result<HashMap<MemberId, Years>, StoreError> {
        let keys = members.into_iter().map(|member| YearRow::key(member, year)).collect();
        let rows: Vec<YearRow> = self.table.get_all(keys, Read::Consistent).await?;
        Ok(rows.into_iter().map(|row| (row.years.member, row.years)).collect())
    }

    /// Puts `new` in the place of the year that had `version`; 0 for none.
    #[must_use]
    pub fn change_year(&self, change: Change, version: u64, new: &YearRow) -> Change {
        if version == 0 {
            return change.insert(&self.table, new, ErrorCode::Conflict);
        }
        change.replace(&self.table, new, version)
    }

    /// Bills of `member` for months from `from` to `until`, the earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn bills(&self, member: MemberId, (from, until): (Month, Month)) -> Result<Vec<BillRow>, StoreError> {
        let (first, last) = (BillRow::key(member, from), BillRow::key(member, until));
        let stretch = Stretch { from: first.sk, until: last.sk, ..Stretch::whole(first.pk).consistent() };
        Ok(self.table.first(&stretch, Self::BILLS).await?.items)
    }

    /// Larger sums that `member` gave, those that were taken back included, the earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn gifts(&self, member: MemberId) -> Result<Vec<Gift>, StoreError> {
        let found: Found<GiftRow> = self.table.first(&GiftRow::of_member(member), Self::BILLS).await?;
        Ok(found.items.into_iter().map(|row| row.gift).collect())
    }

    /// Notes under `member` what a payment says of a `gift`, in the place of what it said before.
    #[must_use]
    pub fn note_gift(&self, change: Change, member: MemberId, gift: Gift) -> Change {
        change.overwrite(&self.table, &GiftRow::new(member, gift))
    }

    /// What is kept of dues under `member`: what was set in each year, the bills and the gifts, the earliest first; of more than
    /// thirty years what comes first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn own(&self, member: MemberId) -> Result<(Vec<Years>, Vec<Bill>, Vec<Gift>), StoreError> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Row {
            Year(Box<YearRow>),
            Bill(Box<BillRow>),
            Gift(GiftRow),
            Other {},
        }
        let found: Found<Row> = self.table.first(&Stretch::whole(CaseRow::claimed(member).pk), Self::BILLS).await?;
        let (mut years, mut bills, mut gifts) = (Vec::new(), Vec::new(), Vec::new());
        for row in found.items {
            match row {
                Row::Year(row) => years.push(row.years),
                Row::Bill(row) => bills.push(row.bill),
                Row::Gift(row) => gifts.push(row.gift),
                Row::Other {} => {}
            }
        }
        Ok((years, bills, gifts))
    }

    /// Bills of `member` for these months, as far as there are such, the earliest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn bills_for(&self, member: MemberId, months: &[Month]) -> Result<Vec<BillRow>, StoreError> {
        let keys = months.iter().map(|month| BillRow::key(member, *month)).collect();
        let mut rows: Vec<BillRow> = self.table.get_all(keys, Read::Consistent).await?;
        rows.sort_unstable_by_key(|row| row.bill.month);
        Ok(rows)
    }

    /// Which of `members` have a bill for `month`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn billed(
        &self,
        members: impl IntoIterator<Item = MemberId>,
        month: Month,
    ) -> Result<Vec<MemberId>, StoreError> {
        let keys = members.into_iter().map(|member| BillRow::key(member, month)).collect();
        let rows: Vec<BillRow> = self.table.get_all(keys, Read::Consistent).await?;
        Ok(rows.into_iter().map(|row| row.bill.member).collect())
    }

    /// How many of the branch at `node` owe for `month` without that anything is set for them. Who has a bill for the month is
    /// not looked at further: it was made by what is set.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn without_standard(&self, people: &People, node: &Node, month: Month) -> Result<usize, StoreError> {
        let of_branch = BillRow::of_branch(node.id, month);
        let bills = self.table.first::<BillRow>(&of_branch, Self::ROLL);
        let (owing, bills) = try_join(Self::owing(people, node, month), bills).await?;
        let billed: HashSet<MemberId> = bills.items.into_iter().map(|row| row.bill.member).collect();
        let others = owing.into_iter().map(|member| member.id).filter(|id| !billed.contains(id));
        let keys: Vec<_> = others.map(|id| YearRow::key(id, month.year())).collect();
        let asked = keys.len();
        let years: Vec<YearRow> = self.table.get_all(keys, Read::Eventual).await?;
        let set = years.iter().filter(|row| row.years.monthly(month).is_some()).count();
        Ok(asked.saturating_sub(set))
    }

    /// What waits for somebody at `organization`, at most `most` of it.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn waiting(&self, organization: OrgId, most: u16) -> Result<Found<Matter>, StoreError> {
        self.table.page(&Waiting::at(organization, None), None, most).await
    }

    /// Adds a bill, if there is none for the member and month.
    #[must_use]
    pub fn enter_bill(&self, change: Change, row: &BillRow) -> Change {
        change.insert(&self.table, row, ErrorCode::Conflict)
    }

    /// Puts `new` in the place of `old`, if that is as it was read.
    #[must_use]
    pub fn change_bill(&self, change: Change, old: &BillRow, new: &Bill, months: u8) -> Change {
        let row = old.changed(new.clone(), months);
        let expected = [("watchKey", old.watch_key.as_deref())];
        change.replace_as_read(&self.table, &row, (old.bill.version, &expected))
    }

    /// Who owes dues in the branch at `node` for `month`: whoever is on its rolls and those of its groups, by the register.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn owing(people: &People, node: &Node, month: Month) -> Result<Vec<OnRoll>, StoreError> {
        let found: Found<OnRoll> = people.table().first(&MemberRow::below(&node.path, true), Self::ROLL).await?;
        let mut owing = found.items;
        owing.retain(|member| owes(member.state, member.joined_on, month));
        Ok(owing)
    }

    /// Who keeps the dues of an organisation on `day`: its secretary and its dues officer.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn officers(
        organizations: &Organizations,
        organization: OrgId,
        day: Date,
    ) -> Result<Vec<MemberId>, StoreError> {
        let all = Stretch::beginning(NodeRow::partition(organization), AppointmentRow::START);
        let found: Found<AppointmentRow> = organizations.table().first(&all, Self::OFFICES).await?;
        let held = found.items.into_iter().map(|row| row.appointment);
        let mut officers: Vec<_> = held
            .filter(|held| matches!(held.role, Role::Secretary | Role::DuesOfficer) && held.holds_on(day))
            .map(|held| held.holder)
            .collect();
        officers.sort_unstable();
        officers.dedup();
        Ok(officers)
    }

    /// The open case of a member.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn open_case(&self, member: MemberId) -> Result<Option<CaseRow>, StoreError> {
        self.table.get(CaseRow::claimed(member), Read::Consistent).await
    }

    /// Adds an entry to a book.
    #[must_use]
    pub fn enter(&self, change: Change, entry: crate::Entry) -> Change {
        change.insert(&self.table, &EntryRow::new(entry), ErrorCode::Conflict)
    }

    /// The last close of a book before `month`.
    async fn last_close(&self, organization: OrgId, month: Month) -> Result<Option<CloseRow>, StoreError> {
        let mut closes = Stretch::beginning(EntryRow::book(organization), CloseRow::START).consistent().descending();
        closes.until = CloseRow::key(organization, month.after(-1)).sk;
        let found: Found<CloseRow> = self.table.page(&closes, None, 1).await?;
        Ok(found.items.into_iter().next())
    }

    /// The balances of a book at the end of `month`: those of the last close before, and what was entered since.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn balances(&self, organization: OrgId, month: Month) -> Result<Balances, StoreError> {
        let close = self.last_close(organization, month).await?;
        let from = close.as_ref().map_or_else(|| "0".to_owned(), |close| close.month.after(1).to_string());
        let until = format!("{month}~");
        let entries = Stretch { from, until, ..Stretch::whole(EntryRow::book(organization)).consistent() };
        let (mut balances, mut after) = (close.map(|close| close.balances).unwrap_or_default(), None);
        loop {
            let page: Found<EntryRow> = self.table.page(&entries, after.as_deref(), Self::ENTRIES).await?;
            balances = page.items.iter().fold(balances, |balances, row| balances.with(&row.entry));
            after = page.after;
            if after.is_none() {
                return Ok(balances);
            }
        }
    }

    /// Whether nothing is left to be done about the dues of `organization` in `month`: its book holds no money and nothing waits
    /// there for somebody.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn is_settled(&self, organization: OrgId, month: Month) -> Result<bool, StoreError> {
        if self.balances(organization, month).await?.hold_any() {
            return Ok(false);
        }
        let waiting: Found<serde_json::Value> = self.table.first(&Waiting::at(organization, None), 1).await?;
        Ok(waiting.items.is_empty())
    }

    /// Writes down what the book of `organization` came to at the end of `month`, which is over; nothing for a book without
    /// entries. It says nothing that the entries do not say, so whoever comes second changes nothing.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn close(&self, organization: OrgId, month: Month) -> Result<bool, StoreError> {
        let key = CloseRow::key(organization, month);
        if self.table.get::<CloseRow>(key, Read::Consistent).await?.is_some() {
            return Ok(false);
        }
        let balances = self.balances(organization, month).await?;
        if balances.0.is_empty() {
            return Ok(false);
        }
        self.table.insert(&CloseRow::new(organization, month, balances)).await
    }

    /// Entries of a book in `month`, in the order in which they were made.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn entries(
        &self,
        organization: OrgId,
        month: Month,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<EntryRow>, StoreError> {
        let stretch = Stretch::beginning(EntryRow::book(organization), &format!("{month}#"));
        self.table.page(&stretch, after, limit).await
    }

    /// A row that only the other function of the table knows.
    ///
    /// # Errors
    /// When the call fails or the row does not read as `T`.
    pub async fn row<T: serde::de::DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.table.get(key, Read::Consistent).await
    }
}
