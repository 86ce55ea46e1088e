//! What every function shares and no I/O touches.
//!
//! Ids, the closed table of error codes, places in the organisation tree, Shanghai days, personal numbers that do not
//! print themselves, pages and cursors. Nothing here knows a clock (it is handed in), a network or a store, so all of
//! it is tested without either.

mod calendar;
mod clock;
mod cursor;
mod error;
mod hex;
mod id;
mod line;
mod path;
mod person;
mod settings;

pub use calendar::{Deadline, add_months, shanghai_day, start_of_shanghai_day, working_days_after};
pub use clock::Clock;
pub use cursor::{Cursor, Limit, Page};
pub use error::{ErrorCode, FieldError, Lang, Refusal, Text};
pub use hex::hex;
pub use id::{
    ActivityId, AppointmentId, CorrectionId, ExportId, ImportId, InvalidId, MediaId, MemberId, OrgId, ReadId,
    SessionId, TransferId,
};
pub use line::Line;
pub use path::{InvalidPath, OrgPath};
pub use person::{IdCard, InvalidPersonal, NameKey, PersonName, Phone, Sex};
pub use settings::{MissingSetting, Settings};
