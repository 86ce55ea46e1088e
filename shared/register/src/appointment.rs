//! Offices, each held by one person from one day to another.

use authz::{Grant, Role};
use dynamo::Key;
use jiff::civil::Date;
use kernel::{AppointmentId, Line, MemberId, OrgId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person's office in an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Where.
    pub organization: OrgId,
    /// Which office.
    pub role: Role,
    /// Who.
    pub holder: MemberId,
    /// The holder's name on the day of the appointment.
    pub holder_name: Line<50>,
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Last day; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// Number or title of the paper that decided it.
    pub decision: Line<100>,
    /// Counts its changes.
    pub version: u64,
}

impl Appointment {
    /// Whether it is in force on `day`.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// The authority it gives.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant { role: self.role, org: self.organization }
    }
}

/// An appointment as it is stored: once under its organisation, which lists its officers, and once under its holder,
/// whose authority is read with one request. Both rows are written by the same transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppointmentRow {
    /// `ORG#<organisation>` or `HLD#<holder>`
    pub pk: String,
    /// `APT#<id>`
    pub sk: String,
    /// The appointment.
    #[serde(flatten)]
    pub appointment: Appointment,
}

impl AppointmentRow {
    /// What the sort keys of appointments begin with.
    pub const START: &str = "APT#";

    /// The row that lists it under its organisation; its version decides.
    #[must_use]
    pub fn of_organization(appointment: Appointment) -> Self {
        let pk = crate::NodeRow::partition(appointment.organization);
        Self { pk, sk: Self::sort_key(appointment.id), appointment }
    }

    /// The row that gives the holder their authority.
    #[must_use]
    pub fn of_holder(appointment: Appointment) -> Self {
        Self { pk: Self::holder(appointment.holder), sk: Self::sort_key(appointment.id), appointment }
    }

    /// Where a partition of appointments counts its changes: what is decided by the appointments of an organisation or a
    /// holder advances the counter that was read with them.
    #[must_use]
    pub fn counter(partition: String) -> Key {
        Key::new(partition, "OFFICES")
    }

    /// The partition of a holder.
    #[must_use]
    pub fn holder(member: MemberId) -> String {
        format!("HLD#{member}")
    }

    /// The sort key of an appointment.
    #[must_use]
    pub fn sort_key(id: AppointmentId) -> String {
        format!("{}{id}", Self::START)
    }
}
