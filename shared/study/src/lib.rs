//! Hours of study by the rules: who owes how many in a year, what a session counts, and how a year stands.
//!
//! The numbers are rule data (`infra/rules/study.json`). Sixty minutes are one hour of study (学时). Only what somebody
//! confirmed counts: signed minutes, a confirmed training, a passed paper. Nothing here knows a store or a clock.

mod hours;
mod newcomer;
mod rules;

pub use hours::{Credit, Entry, Source, Year};
pub use newcomer::{FirstTraining, Newcomer, NewcomerRule};
pub use rules::{AttemptRule, Owed, PaperRule, Rules, SessionRule, TrainingRule, Who};
