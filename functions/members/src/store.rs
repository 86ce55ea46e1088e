//! Where the register is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a record | `GetItem` | 0.5 |
//! | a page of an organisation | `Query` index `place` | 0.5 per 4 KB of summaries |
//! | a page of a district by name | `Query` index `name` | 0.5 per 4 KB of summaries |
//! | register, change, transition | one `TransactWriteItems` | 2 per row and KB, 1 per index |
//! | open corrections of an organisation | `Query` index `open` | 0.5 per 4 KB |

use crate::corrections::{Correction, CorrectionRow};
use cloud::{Environment, StartError};
use dynamo::{Activity, Answer, Change, Found, Key, Ledger, Once, Read, StoreError, Stretch, Table, Trace};
use kernel::{CorrectionId, ErrorCode, MemberId, OrgId, Refusal};
use register::{Member, MemberRow, NodeRow, Organizations, People};

/// The register's table, the trace and the answers.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    people: People,
    organizations: Organizations,
    pub(crate) trace: Trace,
    pub(crate) ledger: Ledger,
}

/// The organisation that somebody is registered in, as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    pub(crate) organization: OrgId,
    pub(crate) version: u64,
}

impl Members {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            trace: Trace::open(env)?,
            ledger: Ledger::open(env)?,
        })
    }

    pub(crate) fn table(&self) -> &Table {
        self.people.table()
    }

    /// A person's record.
    pub(crate) async fn get(&self, id: MemberId) -> Result<Member, StoreError> {
        self.people.person(id, Read::Eventual).await
    }

    /// Adds a person whose numbers nobody else has to an organisation that is still as it was read.
    pub(crate) async fn register(
        &self,
        member: &Member,
        home: &Home,
        activity: Activity,
        once: Option<&Once>,
        answer: Answer,
    ) -> Result<Answer, StoreError> {
        let change = self.people.enter(Change::new(), member, Refusal::new).unchanged(
            self.organizations.table(),
            Key::new(NodeRow::partition(home.organization), "ORG"),
            home.version,
        );
        self.ledger.commit(change, [activity], once, answer).await
    }

    /// The change that turns `old` into `new`, its numbers with it.
    pub(crate) fn change(&self, old: &Member, new: &Member) -> Change {
        self.people.change(old, new)
    }

    /// A person's corrections, latest first.
    pub(crate) async fn corrections_of(
        &self,
        id: MemberId,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Found<Correction>, StoreError> {
        let stretch = Stretch::beginning(MemberRow::partition(id), "cor_").descending();
        let found: Found<CorrectionRow> = self.table().page(&stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.correction).collect(), after: found.after })
    }

    /// A correction; the id alone does not say whose it is, so the index of open ones is asked first by its owner.
    pub(crate) async fn correction(&self, member: MemberId, id: CorrectionId) -> Result<CorrectionRow, StoreError> {
        let row = self.table().get(Key::new(MemberRow::partition(member), id.to_string()), Read::Consistent).await?;
        row.ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }
}
