//! Findings as they are stored.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a finding | `GetItem`, consistent | 1 |
//! | findings of what rules found just now | `BatchGetItem`, consistent | 1 each |
//! | what is open at one organisation | `Query` index `place` | 0.5 per 4 KB |

use crate::Finding;
use cloud::Environment;
use dynamo::{Change, Found, Key, Read, StoreError, Stretch, Table};
use kernel::{ErrorCode, FindingId, MissingSetting, OrgPath};
use register::MemberRow;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A finding as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingRow {
    /// `FND#<id>`
    pub pk: String,
    /// `FND`
    pub sk: String,
    /// Index `place`: the district, and whether it is open.
    pub area: String,
    /// Index `place`: path of the organisation and id.
    pub place: String,
    /// Path of the organisation: a copy for lists, brought up to date after a move.
    pub path: OrgPath,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

impl FindingRow {
    /// The row of `finding`, whose organisation stands at `path`.
    #[must_use]
    pub fn new(finding: Finding, path: OrgPath) -> Self {
        let Key { pk, sk } = Self::key(finding.id);
        let (area, place) = (Self::area(&path, finding.closed.is_none()), format!("{path}{}", finding.id));
        Self { pk, sk, area, place, path, finding }
    }

    /// Where a finding is.
    #[must_use]
    pub fn key(id: FindingId) -> Key {
        Key::new(format!("FND#{id}"), "FND")
    }

    /// The partition of index `place` for organisations at `path`: what is open, or what is over.
    #[must_use]
    pub fn area(path: &OrgPath, open: bool) -> String {
        MemberRow::area(path, open)
    }

    /// What is open at the organisation at `path` itself.
    #[must_use]
    pub fn open_at(path: &OrgPath) -> Stretch {
        let own = format!("{path}{}_", FindingId::PREFIX);
        Stretch::beginning(Self::area(path, true), &own).of_index("place", "area", "place")
    }
}

/// The table of findings.
#[derive(Debug, Clone)]
pub struct FindingsTable {
    table: Table,
}

impl FindingsTable {
    /// Open findings of one organisation that are looked at.
    const OPEN: u16 = 5_000;

    /// Over the table that `FINDINGS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "FINDINGS_TABLE")? })
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// A finding, as it is now.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn row(&self, id: FindingId) -> Result<Option<FindingRow>, StoreError> {
        self.table.get(FindingRow::key(id), Read::Consistent).await
    }

    /// Those of `ids` that there are, as they are now.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn rows(&self, ids: &BTreeSet<FindingId>) -> Result<BTreeMap<FindingId, FindingRow>, StoreError> {
        let keys = ids.iter().copied().map(FindingRow::key).collect();
        let rows: Vec<FindingRow> = self.table.get_all(keys, Read::Consistent).await?;
        Ok(rows.into_iter().map(|row| (row.finding.id, row)).collect())
    }

    /// What is open at the organisation at `path` itself.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn open_at(&self, path: &OrgPath) -> Result<Vec<FindingRow>, StoreError> {
        let found: Found<FindingRow> = self.table.first(&FindingRow::open_at(path), Self::OPEN).await?;
        Ok(found.items)
    }

    /// Puts `row` in the place of its `version`, or as a new one where that is absent; whoever was faster wins.
    #[must_use]
    pub fn put(&self, change: Change, row: &FindingRow, version: Option<u64>) -> Change {
        match version {
            Some(version) => change.replace(&self.table, row, version),
            None => change.insert(&self.table, row, ErrorCode::Conflict),
        }
    }
}
