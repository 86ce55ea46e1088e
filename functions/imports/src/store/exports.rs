//! What exports are kept and decided by.

use super::{Store, export_row};
use crate::domain::{Alone, Export};
use dynamo::{Change, Found, Key, Read, StoreError, Stretch};
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, OrgPath};
use register::{MemberRow, NodeRow, Summary};
use serde::{Deserialize, Serialize};

/// What somebody took out alone, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct AloneRow {
    /// `ALONE#<member>`
    pk: String,
    /// `ALONE`
    sk: String,
    /// When it is forgotten, in seconds since 1970: it counts for a day.
    ttl: i64,
    #[serde(flatten)]
    alone: Alone,
}

impl AloneRow {
    /// How long it is remembered, in seconds.
    const KEPT: i64 = 2 * 86_400;

    fn key(member: MemberId) -> Key {
        Key::new(format!("ALONE#{member}"), "ALONE")
    }
}

impl Store {
    /// Adds an export.
    pub(crate) fn ask(&self, export: &Export) -> Change {
        Change::new().insert(&self.jobs, &export_row(export), ErrorCode::Conflict)
    }

    /// Takes an export on by one change.
    pub(crate) fn take_on(&self, export: &Export) -> Change {
        Change::new().replace(&self.jobs, &export_row(export), export.version - 1)
    }

    /// What `member` last took out alone.
    pub(crate) async fn alone(&self, member: MemberId) -> Result<Option<Alone>, StoreError> {
        let row: Option<AloneRow> = self.jobs.get(AloneRow::key(member), Read::Consistent).await?;
        Ok(row.map(|row| row.alone))
    }

    /// Adds to `change` what `member` took out alone, unless they took anything out since that was read.
    pub(crate) fn count_alone(&self, change: Change, member: MemberId, alone: &Alone, now: Timestamp) -> Change {
        let Key { pk, sk } = AloneRow::key(member);
        let row = AloneRow { pk, sk, ttl: now.as_second() + AloneRow::KEPT, alone: alone.clone() };
        match alone.version {
            1 => change.insert(&self.jobs, &row, ErrorCode::Conflict),
            version => change.replace(&self.jobs, &row, version - 1),
        }
    }

    /// Whether lists of the members at `path` and below may be short, because they still have to follow a move.
    pub(crate) async fn follows_a_move(&self, path: &OrgPath) -> Result<bool, StoreError> {
        let moved = Stretch::whole(NodeRow::PENDING).of_index("pending", "pending", "path");
        let mut after: Option<String> = None;
        loop {
            let found: Found<NodeRow> = self.organizations.table().page(&moved, after.as_deref(), Self::ALL).await?;
            if found.items.iter().any(|row| row.node.path.contains(path) || path.contains(&row.node.path)) {
                return Ok(true);
            }
            after = found.after;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    /// The ids of those on the rolls of the organisation at `path` and below, in the order of its lists; `None` when they
    /// are more than `most`.
    pub(crate) async fn on_the_rolls(&self, path: &OrgPath, most: usize) -> Result<Option<Vec<MemberId>>, StoreError> {
        let mut ids = Vec::new();
        for area in self.organizations.areas(path).await? {
            let stretch = MemberRow::among(&area, path, true);
            let mut after: Option<String> = None;
            loop {
                let found: Found<Summary> = self.people.table().page(&stretch, after.as_deref(), Self::ALL).await?;
                ids.extend(found.items.into_iter().map(|summary| summary.id));
                if ids.len() > most {
                    return Ok(None);
                }
                after = found.after;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(Some(ids))
    }
}
