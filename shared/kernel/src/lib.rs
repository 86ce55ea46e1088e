//! What every function shares and no I/O touches.
//!
//! Ids, the closed table of error codes, places in the organisation tree, Shanghai days, personal numbers that do not
//! print themselves, pages and cursors. Nothing here knows a clock (it is handed in), a network or a store, so all of
//! it is tested without either.

mod calendar;
mod clock;
mod cursor;
mod digits;
mod error;
mod hand;
mod hex;
mod id;
mod line;
mod path;
mod person;
mod rules;
mod settings;

pub use calendar::{
    Counting, Deadline, SHANGHAI, YEARS, add_months, day_number, instant_key, is_working_day, known_year, months_from,
    next_working_day, shanghai_day, start_of_shanghai_day, wanted_year, working_days_after, working_days_back,
    working_days_from,
};
pub use clock::Clock;
pub use cursor::{Cursor, Limit, Page};
pub use digits::SixDigits;
pub use error::{ErrorCode, FieldError, Lang, Refusal, Text, field, illegal};
pub use hand::Hand;
pub use hex::hex;
pub use id::{
    ActivityId, AppealId, AppointmentId, AttemptId, CaseId, CertificateId, CommentId, ConductId, CorrectionId,
    CourseId, DeliveryId, EntryId, ExportId, FindingId, ImportId, InvalidId, MediaId, MeetingId, MemberId, NoticeId,
    OrgId, PaperId, PaymentId, QuestionSetId, ReadId, RemittanceId, RunId, SessionId, StarApplicationId,
    StarObjectionId, TaskId, TopicId, TrainingId, TransferId,
};
pub use line::Line;
pub use path::{InvalidPath, OrgPath};
pub use person::{IdCard, InvalidPersonal, NameKey, PersonName, Phone, Sex};
pub use rules::RuleFile;
pub use settings::{MissingSetting, Settings};
