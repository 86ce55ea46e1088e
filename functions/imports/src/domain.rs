//! Imports and exports as records, and what the rows of their files mean. Pure: days and records are arguments.

mod columns;
mod export;
mod import;
mod members;
mod organizations;
mod places;

pub(crate) use columns::{Header, RowProblem};
pub(crate) use export::{Alone, Export, ExportState};
pub(crate) use import::{Import, ImportState};
pub(crate) use members::{differing, person, row};
pub(crate) use organizations::{Context, Planned, Verdict, plan, row as organization_row};
pub(crate) use places::Places;

use kernel::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RecordKind)]
pub(crate) enum Kind {
    /// Persons, one a row.
    Members,
    /// Organisations, one a row, superiors in any order.
    Organizations,
}

impl Kind {
    /// The columns of its files.
    pub(crate) const fn columns(self) -> &'static [columns::Column] {
        match self {
            Self::Members => members::COLUMNS,
            Self::Organizations => organizations::COLUMNS,
        }
    }

    /// What its files are called.
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Members => "党员名册",
            Self::Organizations => "组织名册",
        }
    }
}

/// What is said where a row is not what is there.
pub(crate) fn differs() -> Text {
    let zh = "与已登记的内容不同，导入不会覆盖；请在系统中修改";
    Text::of(zh, "differs from the record, which an import does not overwrite")
}
