//! What is put together of somebody's work in office.

use super::Portrait;
use crate::domain::{MeetingsLed, TasksLed};
use jiff::civil::Date;
use kernel::MemberId;
use register::Appointment;
use serde::Serialize;
use utoipa::ToSchema;

/// What formal records of a year say of a member who holds an office of a committee. Each number is of rows that are named beside it;
/// there is no sum of them, no order of persons and no verdict.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OfficePerformance)]
pub(crate) struct Performance {
    pub(crate) member: MemberId,
    pub(crate) year: i16,
    /// Tasks and meetings are those of this day; portraits say themselves which day is the last one in them.
    #[schema(value_type = String, format = Date)]
    pub(crate) as_of: Date,
    /// The offices held in the year that the reader stands above; all of them for the member.
    pub(crate) offices: Vec<Appointment>,
    /// The member's own, in the branch that they belong to; absent before it is scored, and for who may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) portrait: Option<Portrait>,
    /// Those of the branches in whose committees the offices are, as far as these are scored.
    pub(crate) branches: Vec<Portrait>,
    /// Tasks of the organisations of the offices that the member answers for.
    pub(crate) tasks: TasksLed,
    /// Meetings of these organisations that the member led or wrote down.
    pub(crate) meetings: MeetingsLed,
}
