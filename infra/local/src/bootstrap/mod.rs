//! The first organisation of a deployment and its first officers.
//!
//! Everything else is founded, registered and appointed by somebody who holds an office. `bootstrap` makes the first ones:
//! the root of the tree, the branch of its own office, three persons in it and their offices, each with its activity, in
//! one transaction. It happens once; a row says so.

mod command;
mod people;
mod records;

pub(crate) use command::{Arguments, deployment, reach};
pub use people::{Person, ROLES, read_people};

use cloud::{Environment, StartError};
use dynamo::{Answer, Key, Ledger, Read, StoreError, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, MissingSetting, OrgId, Refusal, Text, shanghai_day};
use records::Records;
use register::{NameRow, OrgKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use vault::Vault;

/// Levels that a root can have: those of committees.
pub const KINDS: [OrgKind; 5] = [
    OrgKind::ProvincialCommittee,
    OrgKind::MunicipalCommittee,
    OrgKind::DistrictCommittee,
    OrgKind::SubDistrictCommittee,
    OrgKind::BaseCommittee,
];

/// What to begin with.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name of the root.
    pub name: Line<60>,
    /// Its level, one of [`KINDS`].
    pub kind: OrgKind,
    /// The day on which it was founded.
    pub founded_on: Date,
    /// Name of the branch of its own office.
    pub branch_name: Line<60>,
    /// The day on which that was founded.
    pub branch_founded_on: Date,
    /// Number or title of the paper that decided it.
    pub decision: Line<100>,
    /// Three persons, one for each of [`ROLES`].
    pub people: Vec<Person>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Founded {
    /// The root of the tree.
    pub root: OrgId,
    /// The branch of its own office.
    pub branch: OrgId,
    /// Who holds which office in the root.
    pub officers: Vec<Officer>,
}

/// One of the first officers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Officer {
    /// The office.
    pub role: authz::Role,
    /// Who holds it.
    pub member: MemberId,
    /// The phone to sign in with, masked.
    pub phone_masked: String,
}

impl fmt::Display for Founded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  root    {}\n  branch  {}", self.root, self.branch)?;
        self.officers.iter().try_for_each(|Officer { role, member, phone_masked }| {
            write!(f, "\n  {member}  {phone_masked}  {} {}", role.slug(), role.zh())
        })
    }
}

/// Says that it was done, when, and what was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DoneRow {
    /// `BOOTSTRAP`
    pk: String,
    /// `DONE`
    sk: String,
    at: Timestamp,
    #[serde(flatten)]
    founded: Founded,
}

impl DoneRow {
    fn key() -> Key {
        Key::new("BOOTSTRAP", "DONE")
    }

    fn new(at: Timestamp, founded: Founded) -> Self {
        let Key { pk, sk } = Self::key();
        Self { pk, sk, at, founded }
    }
}

/// What is wrong with an order, each with the person and the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing is written, because of\n  - {}", .0.join("\n  - "))]
pub struct Invalid(pub Vec<String>);

impl Invalid {
    fn unless_none(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The order itself.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It was done before.
    #[error("nothing is written: the first organisation was made at {at} already\n{founded}")]
    Done {
        /// When.
        at: Timestamp,
        /// What was made then.
        founded: Box<Founded>,
    },
    /// Another root bears the name.
    #[error("nothing is written: the tree has a root of the name {name} already, {root}")]
    NameTaken {
        /// The name.
        name: Line<60>,
        /// Who bears it.
        root: OrgId,
    },
    /// The store has something that cannot be there twice.
    #[error("nothing is written: {0}")]
    Refused(String),
    /// A setting or a key is missing.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A number could not be encrypted.
    #[error(transparent)]
    Seal(#[from] vault::SealError),
    /// The outcome is not known.
    #[error("the tables did not answer in time; run it again: what is written is not written twice")]
    Unknown(#[source] StoreError),
    /// A table refused for a reason that no second try mends.
    #[error("nothing is written")]
    Store(#[source] StoreError),
}

impl From<MissingSetting> for BootstrapError {
    fn from(missing: MissingSetting) -> Self {
        Self::Start(missing.into())
    }
}

impl From<StoreError> for BootstrapError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(said(&refusal)),
            StoreError::Busy(_) => Self::Unknown(error),
            other => Self::Store(other),
        }
    }
}

/// Both wordings of a message.
fn both(Text { zh, en }: &Text) -> String {
    format!("{zh} ({en})")
}

fn said(refusal: &Refusal) -> String {
    both(refusal.detail.as_ref().unwrap_or(&refusal.code.title()))
}

/// Makes what `order` says in the tables that `env` names, all of it or nothing.
///
/// # Errors
/// When the order is not right, when it was done before, when the tree has a root of that name or the register one of the
/// numbers; or when tables or keys cannot be used.
pub async fn bootstrap(env: &Environment, order: &Order) -> Result<Founded, BootstrapError> {
    let now = env.clock.now();
    order.check(shanghai_day(now))?;
    let organizations = Table::open(env, "ORGANIZATIONS_TABLE")?;
    let members = Table::open(env, "MEMBERS_TABLE")?;
    let ledger = Ledger::open(env)?;
    vacant(&organizations, order).await?;

    let records = Records::of(order, &Vault::open(env).await?, now)?;
    let founded = records.founded();
    let change = records.change(&organizations, &members, &DoneRow::new(now, founded.clone()));
    let answer = Answer { status: 201, location: None, etag: None, body: String::new(), replayed: false };
    match ledger.commit(change, records.activities(), None, answer).await {
        Ok(_) => Ok(founded),
        Err(refused @ StoreError::Refused(_)) => {
            // Somebody was faster; otherwise it is one of the persons.
            vacant(&organizations, order).await?;
            Err(refused.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses where it was done before, and where the name is taken.
async fn vacant(organizations: &Table, order: &Order) -> Result<(), BootstrapError> {
    let done: Option<DoneRow> = organizations.get(DoneRow::key(), Read::Consistent).await?;
    if let Some(DoneRow { at, founded, .. }) = done {
        return Err(BootstrapError::Done { at, founded: Box::new(founded) });
    }
    let name = Key::new(NameRow::ROOTS, NameRow::sort_key(&order.name));
    match organizations.get::<NameRow>(name, Read::Consistent).await? {
        Some(taken) => Err(BootstrapError::NameTaken { name: order.name.clone(), root: taken.organization }),
        None => Ok(()),
    }
}
