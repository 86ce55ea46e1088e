//! Org life by the rules: what a branch holds how often, what of it is done, due, late or missing, and how it is voted.
//!
//! The numbers are rule data (`infra/rules/org-life.json`), each with its article. Nothing here knows a store or a clock.

mod compliance;
mod kind;
mod period;
mod record;
mod rules;
mod vote;

pub use compliance::{Duty, Held, Obliged, Standing, duties};
pub use kind::Kind;
pub use period::{Period, Rhythm};
pub use record::{MeetingRecord, Progress, Written};
pub use rules::{KindRule, Rules, Strength, Who};
pub use vote::{Ballot, Outcome, Share, Vote, VoteRule};
