//! Reading the organisation tree.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | an organisation | `GetItem` `ORG#id`/`ORG` | 0.5, consistent 1 |
//! | the committee over a branch | the same of each on the way up, two at most | 0.5 each |
//! | the parts of a tree | `Query` index `children` | 0.5 per 4 KB |
//! | the branches directly below an organisation | the same, from their level on | 0.5 per 4 KB |
//! | the roots of all trees | `Query` `ROOTS` | 0.5 per 4 KB |
//! | a page of a tree | `Query` index `tree` of what is open or of what is closed | 0.5 per 4 KB |
//! | the groups of a branch | `Query` index `tree` of what is open and of what is closed | 0.5 per 4 KB each |
//! | a person's appointments | `Query` `HLD#member`, consistent | 1 |
//! | those in an organisation | `Query` `ORG#id` | 0.5 per 4 KB |

use crate::{Appointment, AppointmentRow, MemberRow, NameRow, Node, NodeRow, OrgKind};
use cloud::Environment;
use dynamo::{Change, Found, Key, Read, StoreError, Stretch, Table};
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
    /// Appointments of one person, or in one organisation, that are looked at, ended ones included.
    const APPOINTMENTS: u16 = 500;
    /// Groups of one branch that are looked at, and as many that are closed.
    const GROUPS: u16 = 100;
    /// Branches and general branches directly below one organisation that are looked at.
    const BRANCHES: u16 = 100;
    /// Trees, at most.
    const ROOTS: u16 = 1_000;
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

    /// The committee over the organisation at `path`, with the highest organisation below that on the way up, which is the one at
    /// `path` or a general branch over it: whoever decides for the committee stands above this one. `None` when none is.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when one on the way is not there; or when a call fails.
    pub async fn committee_over(&self, path: &OrgPath) -> Result<Option<(OrgPath, Node)>, StoreError> {
        let mut seat = path.clone();
        loop {
            let Some(above) = seat.parent() else { return Ok(None) };
            let above = self.node(above).await?;
            if above.kind < OrgKind::GeneralBranch {
                return Ok(Some((seat, above)));
            }
            seat = above.path;
        }
    }

    /// The parts of a tree that the lists keep apart, as far as the organisation at `path` and those below it are in them:
    /// one, or above the districts the organisation itself and each directly below it, in the order of their paths.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn areas(&self, path: &OrgPath) -> Result<Vec<OrgPath>, StoreError> {
        if path.depth() >= MemberRow::AREA_DEPTH {
            return Ok(vec![path.clone()]);
        }
        let Some(id) = path.id() else { return Ok(Vec::new()) };
        let below = Stretch::whole(id.to_string()).of_index("children", "parent", "childKey");
        let found: Found<NodeRow> = self.table.first(&below, Self::AREAS).await?;
        let mut paths: Vec<_> = found.items.into_iter().map(|row| row.node.path).collect();
        paths.push(path.clone());
        paths.sort_unstable();
        Ok(paths)
    }

    /// The general branches and branches directly below the organisation `id` that are open, by their levels and names.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn branches_below(&self, id: OrgId) -> Result<Found<Node>, StoreError> {
        let mut below = Stretch::whole(id.to_string()).of_index("children", "parent", "childKey");
        // The level comes first in the key: committees are before it.
        below.from = format!("{}#", OrgKind::GeneralBranch as u8);
        self.page(&below, None, Self::BRANCHES).await
    }

    /// The roots of all trees, by their ids.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn roots(&self) -> Result<Vec<OrgId>, StoreError> {
        let all = Stretch::beginning(NameRow::ROOTS, NameRow::START);
        let found: Found<NameRow> = self.table.first(&all, Self::ROOTS).await?;
        let mut roots: Vec<_> = found.items.into_iter().map(|row| row.organization).collect();
        roots.sort_unstable();
        Ok(roots)
    }

    /// A page of the organisations in `stretch`, from the one after `after` on.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn page(&self, stretch: &Stretch, after: Option<&str>, limit: u16) -> Result<Found<Node>, StoreError> {
        let found: Found<NodeRow> = self.table.page(stretch, after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.node).collect(), after: found.after })
    }

    /// The groups of `branch`, and after them those that were closed later than on the day `since`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn groups(&self, branch: &Node, since: Date) -> Result<Vec<Node>, StoreError> {
        let mut groups = Vec::new();
        let asked = |node: &Node| node.kind == OrgKind::Group && node.closed_on.is_none_or(|closed| closed > since);
        for open in [true, false] {
            let found: Found<NodeRow> = self.table.first(&NodeRow::below(&branch.path, open), Self::GROUPS).await?;
            groups.extend(found.items.into_iter().map(|row| row.node).filter(asked));
        }
        Ok(groups)
    }

    /// All appointments in the organisation `id`, ended ones included.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn officers(&self, id: OrgId) -> Result<Vec<Appointment>, StoreError> {
        let all = Stretch::beginning(NodeRow::partition(id), AppointmentRow::START);
        let found: Found<AppointmentRow> = self.table.first(&all, Self::APPOINTMENTS).await?;
        Ok(found.items.into_iter().map(|row| row.appointment).collect())
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

    /// Lets `change` happen only as long as nobody is appointed to or relieved of an office of `member`, whose counter
    /// stood at `counted`.
    #[must_use]
    pub fn while_offices_stay(&self, change: Change, member: MemberId, counted: u64) -> Change {
        change.advance(&self.table, AppointmentRow::counter(AppointmentRow::holder(member)), counted)
    }

    /// Lets `change` happen only as long as the organisation is as `node` says.
    #[must_use]
    pub fn while_unchanged(&self, change: Change, node: &Node) -> Change {
        change.unchanged(&self.table, Key::new(NodeRow::partition(node.id), "ORG"), node.version)
    }

    /// Where the counter is of organisations that came to stand directly below `id`.
    #[must_use]
    pub fn below(id: OrgId) -> Key {
        Key::new(NodeRow::partition(id), "BELOW")
    }

    /// Counts one more change among those directly below `id`, so that it is not closed over a new one.
    #[must_use]
    pub fn count_below(&self, change: Change, id: OrgId) -> Change {
        change.count(&self.table, Self::below(id))
    }

    /// Adds `node`, if nothing beside it has its name; `taken` says so when something has. What it stands below is to be
    /// guarded and counted by the same change.
    #[must_use]
    pub fn enter(&self, change: Change, node: &Node, taken: impl Fn(ErrorCode) -> Refusal) -> Change {
        change.insert(&self.table, &NameRow::of(node), taken(ErrorCode::NameTaken)).insert(
            &self.table,
            &NodeRow::new(node.clone()),
            ErrorCode::Conflict,
        )
    }

    /// The appointments of `member` that are in force on `day`.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn appointments(&self, member: MemberId, day: Date) -> Result<Vec<Appointment>, StoreError> {
        Ok(self.held(member).await?.into_iter().filter(|held| held.holds_on(day)).collect())
    }

    /// All appointments of `member`, ended ones included.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn held(&self, member: MemberId) -> Result<Vec<Appointment>, StoreError> {
        let held = Stretch::beginning(AppointmentRow::holder(member), AppointmentRow::START).consistent();
        let found: Found<AppointmentRow> = self.table.first(&held, Self::APPOINTMENTS).await?;
        Ok(found.items.into_iter().map(|row| row.appointment).collect())
    }
}
