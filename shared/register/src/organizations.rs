//! Reading the organisation tree.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an organisation | `GetItem` `ORG#id`/`ORG` | 0.5, consistent 1 |
//! | the parts of a tree | `Query` index `children` | 0.5 per 4 KB |
//! | a person's appointments | `Query` `HLD#member`, consistent | 1 |

use crate::{Appointment, AppointmentRow, Node, NodeRow};
use cloud::Environment;
use dynamo::{Found, Key, Read, StoreError, Stretch, Table};
use jiff::civil::Date;
use kernel::{ErrorCode, MemberId, MissingSetting, OrgId, OrgPath, Refusal};

/// A counter of changes.
#[derive(serde::Deserialize)]
struct Counter {
    version: u64,
}

/// The table of organisations, as other functions read it.
#[derive(Debug, Clone)]
pub struct Organizations {
    table: Table,
}

impl Organizations {
    /// Appointments that one person can hold and that are looked at, ended ones included.
    const APPOINTMENTS: u16 = 500;
    /// Districts below one municipal committee, at most.
    const AREAS: u16 = 500;

    /// Over the table that `ORGANIZATIONS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "ORGANIZATIONS_TABLE")? })
    }

    /// The table itself, for the function that owns it.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The organisation `id`, as stored.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn row(&self, id: OrgId, read: Read) -> Result<Option<NodeRow>, StoreError> {
        self.table.get(Key::new(NodeRow::partition(id), "ORG"), read).await
    }

    /// The organisation `id`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none; or when the call fails.
    pub async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        let row = self.row(id, Read::Eventual).await?;
        row.map(|row| row.node).ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// The parts of a tree that the lists of persons keep apart: the organisation at `path` itself and those directly
    /// below it, in the order of their paths.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn areas(&self, path: &OrgPath) -> Result<Vec<OrgPath>, StoreError> {
        let Some(id) = path.id() else { return Ok(Vec::new()) };
        let below = Stretch::whole(id.to_string()).of_index("children", "parent", "childKey");
        let found: Found<NodeRow> = self.table.page(&below, None, Self::AREAS).await?;
        let mut paths: Vec<_> = found.items.into_iter().map(|row| row.node.path).collect();
        paths.push(path.clone());
        paths.sort_unstable();
        Ok(paths)
    }

    /// The appointments of `member` that have not ended on `day`, those to come included, and how far the counter of
    /// their offices stood before they were read.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn offices(&self, member: MemberId, day: Date) -> Result<(Vec<Appointment>, u64), StoreError> {
        let key = AppointmentRow::counter(AppointmentRow::holder(member));
        let counter: Option<Counter> = self.table.get(key, Read::Consistent).await?;
        let held = self.held(member).await?;
        let lasting = held.into_iter().filter(|held| held.until.is_none_or(|until| until >= day)).collect();
        Ok((lasting, counter.map_or(0, |counter| counter.version)))
    }

    /// The appointments of `member` that are in force on `day`.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn appointments(&self, member: MemberId, day: Date) -> Result<Vec<Appointment>, StoreError> {
        Ok(self.held(member).await?.into_iter().filter(|held| held.holds_on(day)).collect())
    }

    /// All appointments of `member`, ended ones included.
    async fn held(&self, member: MemberId) -> Result<Vec<Appointment>, StoreError> {
        let held = Stretch::beginning(AppointmentRow::holder(member), AppointmentRow::START).consistent();
        let found: Found<AppointmentRow> = self.table.page(&held, None, Self::APPOINTMENTS).await?;
        Ok(found.items.into_iter().map(|row| row.appointment).collect())
    }
}
