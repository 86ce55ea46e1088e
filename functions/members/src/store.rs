//! Where the register is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a record | `GetItem` | 0.5 |
//! | a page of an organisation | `Query` index `place` | 0.5 per 4 KB of summaries |
//! | a page of a district by name | `Query` index `name` | 0.5 per 4 KB of summaries |
//! | whose an ID-card number is | `GetItem`, consistent | 1 |
//! | register, change, transition | one `TransactWriteItems` | 2 per row and KB, 1 per index |
//! | open corrections of an organisation | `Query` index `open` | 0.5 per 4 KB |

use crate::corrections::{Correction, CorrectionRow};
use cloud::{Environment, StartError};
use dynamo::{Change, Found, Key, Ledger, Read, StoreError, Stretch, Table, Trace};
use kernel::{CorrectionId, ErrorCode, IdCard, MemberId, Refusal};
use register::{Member, MemberRow, Node, OpenCorrections, Organizations, People};
use vault::Vault;

/// The register's table, the trace and the answers.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    people: People,
    organizations: Organizations,
    pub(crate) trace: Trace,
    pub(crate) ledger: Ledger,
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

    /// Whose record bears an ID-card number.
    pub(crate) async fn by_id_card(&self, vault: &Vault, card: &IdCard) -> Result<Option<Member>, StoreError> {
        match self.people.by_id_card(vault, card).await? {
            Some(id) => Ok(Some(self.people.person(id, Read::Consistent).await?)),
            None => Ok(None),
        }
    }

    /// The requests for correction that go with a person.
    pub(crate) async fn open_corrections(&self, id: MemberId) -> Result<OpenCorrections, StoreError> {
        self.people.open_corrections(id).await
    }

    /// Adds a person whose numbers nobody else has to an organisation that is still as it was read.
    pub(crate) fn admit(&self, member: &Member, home: &Node) -> Change {
        self.organizations.while_unchanged(self.people.enter(Change::new(), member, Refusal::new), home)
    }

    /// Takes the record `old` up again as `new`, in an organisation that is still as it was read; what they asked goes
    /// with them.
    pub(crate) fn readmit(&self, old: &Member, new: &Member, home: &Node, asked: &OpenCorrections) -> Change {
        let change = self.organizations.while_unchanged(self.people.change(old, new), home);
        self.people.take_along(change, new, asked)
    }

    /// The change that turns `old` into `new`, its numbers with it.
    pub(crate) fn change(&self, old: &Member, new: &Member) -> Change {
        self.people.change(old, new)
    }

    /// Nothing, as long as the record is as `member` says.
    pub(crate) fn while_unchanged(&self, member: &Member) -> Change {
        self.people.while_unchanged(Change::new(), member)
    }

    /// Lets `member` ask for a correction where they belong: they may be coming to belong elsewhere at the same moment.
    pub(crate) fn asking(&self, change: Change, member: &Member) -> Change {
        self.people.count_asked(self.people.while_unchanged(change, member), member.id)
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
