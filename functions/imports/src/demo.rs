//! What the demo data shows of imports and exports.

use crate::{
    domain::{Export, ExportState, Import, ImportState, Kind},
    store::{export_row, import_row},
};
use jiff::Timestamp;
use kernel::{ExportId, ImportId, Line, MemberId, OrgId};
use register::Checksum;
use serde_json::Value;
use sheet::Format;

/// The row of an import of `rows` persons into `organization` that was only checked, and found good, for `member` in the
/// office `role` at the instant `now`.
///
/// # Errors
/// When it does not write as JSON.
pub fn demo_import(
    organization: OrgId,
    (member, role): (MemberId, &str),
    rows: u32,
    now: Timestamp,
) -> Result<Value, serde_json::Error> {
    let import = Import {
        id: ImportId::new(now),
        organization,
        kind: Kind::Members,
        format: Format::Xlsx,
        length: 9_216,
        sha256: Checksum([0; 32]),
        dry_run: true,
        asked_by: member,
        asked_at: now,
        started_by: Some(member),
        role: Some(role.to_owned()),
        state: ImportState::Checked,
        rows,
        last_line: rows + 1,
        done: 0,
        created: 0,
        unchanged: 0,
        failed: 0,
        undone: 0,
        kept: 0,
        version: 2,
        updated_at: now,
    };
    serde_json::to_value(import_row(&import))
}

/// The row of an export of the `persons` of `organization` that `member` in the office `role` asked for at the instant `now`
/// and nobody agreed to yet.
///
/// # Errors
/// When it does not write as JSON.
pub fn demo_export(
    organization: OrgId,
    (member, role): (MemberId, &str),
    (persons, purpose): (u32, Line<200>),
    now: Timestamp,
) -> Result<Value, serde_json::Error> {
    let export = Export {
        id: ExportId::new(now),
        organization,
        kind: Kind::Members,
        format: Format::Xlsx,
        purpose,
        asked_by: member,
        role: role.to_owned(),
        asked_at: now,
        approved_by: None,
        refused_by: None,
        persons,
        state: ExportState::AwaitingApproval,
        produced_at: None,
        version: 1,
    };
    serde_json::to_value(export_row(&export))
}
