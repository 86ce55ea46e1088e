//! What handlers ask of the stores, beside the table of findings itself (`finding-records`).
//!
//! | pattern | request | units |
//! |--|--|--|
//! | findings of an organisation and those below it | `Query` index `place` | 0.5 per 4 KB |
//! | those about a person | `Query` index `person` | 0.5 per 4 KB |
//! | a finding, the organisation that looks into it | `GetItem` each | 1, 0.5 |
//! | lines of the access log for a page | `BatchWriteItem` for each 25 | 1 each |
//! | closed | one `TransactWriteItems`: the finding, its activity, the answer | 2 each, 2 for each of two indexes |

use cloud::{Environment, StartError};
use dynamo::{Change, Filter, Found, Ledger, StoreError, Stretch};
use finding_records::{Finding, FindingRow, FindingsTable};
use kernel::{ErrorCode, FindingId, MemberId, OrgId, OrgPath, Refusal};
use register::{MemberRow, Node, Organizations, Readings, walk};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    findings: FindingsTable,
    organizations: Organizations,
    pub(crate) readings: Readings,
    pub(crate) ledger: Ledger,
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let (findings, organizations) = (FindingsTable::open(env)?, Organizations::open(env)?);
        let (readings, ledger) = (Readings::open(env)?, Ledger::open(env)?);
        Ok(Self { findings, organizations, readings, ledger })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.findings.table().prime().await;
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// A finding, as it is now.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none; or when the call fails.
    pub(crate) async fn row(&self, id: FindingId) -> Result<FindingRow, StoreError> {
        self.findings.row(id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// Findings of the organisation at `place` and those below it, open ones or those that are over.
    pub(crate) async fn list(
        &self,
        place: &OrgPath,
        open: bool,
        filter: Filter,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Finding>, StoreError> {
        let areas = self.organizations.areas(place).await?;
        let stretch = |part: &OrgPath| MemberRow::among(part, place, open).only(filter.clone());
        walk(self.findings.table(), &areas, after, limit, stretch).await
    }

    /// Findings about a person, latest first.
    pub(crate) async fn of_person(
        &self,
        member: MemberId,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Finding>, StoreError> {
        let stretch = Stretch::whole(member.to_string()).of_index("person", "member", "id").descending();
        self.findings.table().page(&stretch, after, limit).await
    }

    /// Puts `row` in the place of its `version`.
    pub(crate) fn close(&self, row: &FindingRow, version: u64) -> Change {
        self.findings.put(Change::new(), row, Some(version))
    }
}
