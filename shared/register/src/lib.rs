//! The records that more than one function reads.
//!
//! An organisation's place, a person's appointments and a person's record are each kept once, by the capability that
//! changes them. What the others need to read of them is here, so that a table's shape has one home and no function
//! holds a copy that can go stale unseen. Writing stays with the owners: `organizations`, `members` and
//! `accounts`; of a star review `organizations` writes that it ends with its branch (`StarReviews::end`).

mod account;
mod appointment;
mod corrections;
mod draft;
mod life;
mod media;
mod meetings;
mod member;
mod node;
mod organizations;
mod people;
mod readings;
mod stars;
mod transfers;
mod waiting;
mod walk;

pub use account::{AccountStanding, AccountStatus, Accounts, Standing};
pub use appointment::{Appointment, AppointmentRow};
pub use corrections::{OpenCorrection, OpenCorrections};
pub use draft::{Draft, membership_days, takes_members};
pub use media::{Checksum, Media, MediaRecords, MediaRow, MediaState, MediaType, Stored};
pub use meetings::Meetings;
pub use member::{Category, Exemption, Member, MemberRow, MemberState, Summary, TakenRow};
pub use node::{BranchType, NameRow, Node, NodeRow, NodeStatus, OrgKind, Term};
pub use organizations::Organizations;
pub use people::People;
pub use readings::{Reading, ReadingRow, Readings};
pub use stars::{EndingStar, EndingStars, OpenStar, StarAward, StarReviews, StarState, WaitingStar};
pub use transfers::OpenTransfers;
pub use waiting::{TransferStage, WaitingCorrection, WaitingExport, WaitingRecords, WaitingTraining, WaitingTransfer};
pub use walk::walk;
