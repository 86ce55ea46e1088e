//! Where dues are kept, beside what `dues-records` says.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a payment, a remittance, a case | `GetItem`, consistent | 1 |
//! | payments and bills of a branch | `Query` index `branch` | 0.5 per 4 KB |
//! | a statement beside the book | `BatchGetItem` of its transactions, `Query` index `branch` | 1 each, 0.5 per 4 KB |
//! | what waits at an organisation | `Query` index `open` | 0.5 per 4 KB |
//! | a standard is set | one `TransactWriteItems`: the year, bills whose sum changes or that are missing | 2 each, 1 per index |
//! | a payment is settled | `BatchGetItem` of its bills, `GetItem` of the organisation; one `TransactWriteItems`: payment, bills, entry, the provider's transaction | 1 each, 0.5; 2 each, 1 per index |
//! | everything is sent up | `Query` of the names below, consistent, `Query` index `place` of the register | 1, 0.5 |
//! | money leaves cash | the same, and the counter of what left | 2 |
//! | a page of bills, payments or open matters is shown | `BatchWriteItem` of a reading for each member on it | 1 each |
//! | a year is published | `Query` of its bills and of the members, one `TransactWriteItems`; then one for each 33 members | 0.5 per 4 KB; 6; 8 per member |

pub(crate) mod rows;

use crate::domain::{Heard, Provider};
use cloud::{Environment, StartError};
use dues_records::{Bill, BillRow, CaseRow, DuesTable, EntryRow, Month, Rules, Waiting};
use dynamo::{Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::civil::Date;
use kernel::{CaseId, ErrorCode, MemberId, OrgId, OrgPath, PaymentId, Refusal, RemittanceId};
use notices::Notices;
use register::{Member, NameRow, Node, NodeRow, OrgKind, Organizations, People, Readings};
use rows::{PaymentRow, PayoutRow, ProviderRow, PublicationRow, RemittanceRow, TransactionRow, WaitingRow};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) dues: DuesTable,
    pub(crate) people: People,
    organizations: Organizations,
    pub(crate) notices: Notices,
    pub(crate) readings: Readings,
    pub(crate) ledger: Ledger,
}

/// A counter.
#[derive(serde::Deserialize)]
struct Counter {
    version: u64,
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Store {
    /// Bills of one branch in a year that are looked at.
    const A_YEAR: u16 = 30_000;
    /// Transactions of one provider for one organisation that are looked at.
    const TRANSACTIONS: u16 = 2_000;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            dues: DuesTable::open(env)?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            notices: Notices::open(env)?,
            readings: Readings::open(env)?,
            ledger: Ledger::open(env)?,
        })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.table().prime().await;
    }

    fn table(&self) -> &Table {
        self.dues.table()
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// Whether nobody is left in the organisation at `node`, on its rolls or below it.
    pub(crate) async fn is_left(&self, node: &Node) -> Result<bool, StoreError> {
        let names = Stretch::beginning(NodeRow::partition(node.id), NameRow::START).consistent();
        let names = self.organizations.table().page::<NameRow>(&names, None, 1);
        let (names, anybody) = tokio::try_join!(names, self.people.any_member(&node.path))?;
        Ok(names.items.is_empty() && !anybody)
    }

    /// A person's record.
    pub(crate) async fn person(&self, id: MemberId) -> Result<Member, StoreError> {
        self.people.person(id, Read::Consistent).await
    }

    /// The branch of a person: that of their group, where they are in one.
    pub(crate) async fn branch_of(&self, member: &Member) -> Result<Node, StoreError> {
        let node = self.node(member.organization).await?;
        match (node.kind, node.path.parent()) {
            (OrgKind::Group, Some(branch)) => self.node(branch).await,
            _ => Ok(node),
        }
    }

    /// The committee over a branch, with the organisation that who decides for it stands above.
    pub(crate) async fn committee_over(&self, branch: &Node) -> Result<(OrgPath, OrgId), StoreError> {
        let found = self.organizations.committee_over(&branch.path).await?;
        let (seat, committee) = found.ok_or_else(|| StoreError::from(Refusal::new(ErrorCode::IllegalTransition)))?;
        Ok((seat, committee.id))
    }

    /// A payment.
    pub(crate) async fn payment(&self, id: PaymentId) -> Result<PaymentRow, StoreError> {
        self.dues.row(PaymentRow::key(id)).await?.ok_or_else(absent)
    }

    /// Adds a payment.
    pub(crate) fn enter_payment(&self, change: Change, row: &PaymentRow) -> Change {
        change.insert(self.table(), row, ErrorCode::Conflict)
    }

    /// Puts `row` in the place of the payment that had `version`.
    pub(crate) fn change_payment(&self, change: Change, version: u64, row: &PaymentRow) -> Change {
        change.replace(self.table(), row, version)
    }

    /// Puts `new` bills in the place of those of `old` for the same months.
    pub(crate) fn change_bills(&self, change: Change, old: &[BillRow], new: &[Bill]) -> Result<Change, Refusal> {
        let months = Rules::get()?.arrears.notice_months;
        Ok(new.iter().fold(change, |change, bill| {
            let was = old.iter().find(|old| old.bill.month == bill.month && old.bill.member == bill.member);
            match was {
                Some(old) => self.dues.change_bill(change, old, bill, months),
                None => self.dues.enter_bill(change, &BillRow::new(bill.clone(), months)),
            }
        }))
    }

    /// Takes away a bill that is `reopened` before its month.
    pub(crate) fn unmake_bill(&self, change: Change, reopened: &Bill) -> Change {
        let key = BillRow::key(reopened.member, reopened.month);
        change.remove_unchanged(self.table(), key, reopened.version - 1)
    }

    /// Bills of a branch for a month, those in one state where that is given.
    pub(crate) async fn ledger_of(
        &self,
        branch: OrgId,
        (month, state): (Month, Option<&str>),
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<BillRow>, StoreError> {
        let mut all = BillRow::of_branch(branch, month);
        if let Some(state) = state {
            all = all.only(Filter::default().equals("state", state));
        }
        self.table().page(&all, after, limit).await
    }

    /// All bills of a branch in a year.
    pub(crate) async fn year_of(&self, branch: OrgId, year: i16) -> Result<Vec<BillRow>, StoreError> {
        let start = format!("{}{year:04}-", BillRow::START);
        let all = Stretch::beginning(branch.to_string(), &start).of_index("branch", "organization", "branchKey");
        Ok(self.table().first(&all, Self::A_YEAR).await?.items)
    }

    /// Payments to a branch, latest first.
    pub(crate) async fn payments_of(
        &self,
        branch: OrgId,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<PaymentRow>, StoreError> {
        self.table().page(&PaymentRow::of_branch(branch), after, limit).await
    }

    /// What an organisation sent up, latest first.
    pub(crate) async fn remittances_of(
        &self,
        organization: OrgId,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<RemittanceRow>, StoreError> {
        self.table().page(&RemittanceRow::of(organization), after, limit).await
    }

    /// What waits at an organisation.
    pub(crate) async fn waiting(
        &self,
        (organization, kind): (OrgId, Option<Waiting>),
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<WaitingRow>, StoreError> {
        self.table().page(&Waiting::at(organization, kind), after, limit).await
    }

    fn leaving(organization: OrgId) -> Key {
        Key::new(EntryRow::book(organization), "LEAVING")
    }

    /// How often money left an organisation: whoever takes some out reads this before the balances, and two that looked at
    /// the same balances cannot both take.
    pub(crate) async fn left(&self, organization: OrgId) -> Result<u64, StoreError> {
        let counter: Option<Counter> = self.dues.row(Self::leaving(organization)).await?;
        Ok(counter.map_or(0, |counter| counter.version))
    }

    /// Counts that money leaves an organisation from where it had left `counted` times.
    pub(crate) fn leave(&self, change: Change, organization: OrgId, counted: u64) -> Change {
        change.advance(self.table(), Self::leaving(organization), counted)
    }

    /// Notes a payout of the provider, whose reference was not used before.
    pub(crate) fn pay_out(&self, change: Change, row: &PayoutRow) -> Change {
        change.insert(self.table(), row, ErrorCode::AlreadyDecided)
    }

    /// Notes which payment a transaction of a provider is of.
    pub(crate) fn claim(&self, change: Change, row: &TransactionRow) -> Change {
        change.insert(self.table(), row, ErrorCode::Conflict)
    }

    /// Whether the transaction of `row` is of another payment.
    pub(crate) async fn is_of_another(&self, row: &TransactionRow) -> Result<bool, StoreError> {
        let key = Key::new(row.pk.as_str(), row.sk.as_str());
        let known: Option<TransactionRow> = self.dues.row(key).await?;
        Ok(known.is_some_and(|known| known.heard.payment != row.heard.payment))
    }

    /// Transactions of a provider that are known, of those under `keys`.
    pub(crate) async fn transactions(&self, keys: Vec<Key>) -> Result<Vec<Heard>, StoreError> {
        let rows: Vec<TransactionRow> = self.table().get_all(keys, Read::Consistent).await?;
        Ok(rows.into_iter().map(|row| row.heard).collect())
    }

    /// What was heard of a provider for an organisation on these days; `None` when that is too much to look at.
    pub(crate) async fn heard(
        &self,
        organization: OrgId,
        provider: &Provider,
        days: (Date, Date),
    ) -> Result<Option<Vec<Heard>>, StoreError> {
        let all = TransactionRow::of(organization, provider, days);
        let found: Found<TransactionRow> = self.table().first(&all, Self::TRANSACTIONS).await?;
        Ok(found.after.is_none().then(|| found.items.into_iter().map(|row| row.heard).collect()))
    }

    /// A remittance.
    pub(crate) async fn remittance(&self, id: RemittanceId) -> Result<RemittanceRow, StoreError> {
        self.dues.row(RemittanceRow::key(id)).await?.ok_or_else(absent)
    }

    /// Adds a remittance, or puts it in the place of the one that had `version`.
    pub(crate) fn keep_remittance(&self, change: Change, version: u64, row: &RemittanceRow) -> Change {
        match version {
            0 => change.insert(self.table(), row, ErrorCode::Conflict),
            version => change.replace(self.table(), row, version),
        }
    }

    /// A case.
    pub(crate) async fn case(&self, id: CaseId) -> Result<CaseRow, StoreError> {
        self.dues.row(CaseRow::key(id)).await?.ok_or_else(absent)
    }

    /// Puts the closed case `row` in the place of the one that had `version`; its member has no open one then.
    pub(crate) fn close_case(&self, change: Change, version: u64, row: &CaseRow) -> Change {
        change.replace(self.table(), row, version).discard(self.table(), CaseRow::claimed(row.case.member))
    }

    /// What a branch published about a year.
    pub(crate) async fn publication(&self, branch: OrgId, year: i16) -> Result<Option<PublicationRow>, StoreError> {
        self.dues.row(PublicationRow::key(branch, year)).await
    }

    /// Publishes, in the place of what had `version`; 0 for nothing.
    pub(crate) fn publish(&self, change: Change, version: u64, row: &PublicationRow) -> Change {
        match version {
            0 => change.insert(self.table(), row, ErrorCode::Conflict),
            version => change.replace(self.table(), row, version),
        }
    }

    /// A provider.
    pub(crate) async fn provider(&self, key: Key) -> Result<Option<ProviderRow>, StoreError> {
        self.dues.row(key).await
    }

    /// Sets a provider, in the place of what had `version`; 0 for none.
    pub(crate) fn set_provider(&self, change: Change, version: u64, row: &ProviderRow) -> Change {
        match version {
            0 => change.insert(self.table(), row, ErrorCode::Conflict),
            version => change.replace(self.table(), row, version),
        }
    }
}
