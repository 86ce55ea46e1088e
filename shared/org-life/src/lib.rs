//! Org life by the rules: what a branch holds how often, what of it is done, due, late or missing, and how it is voted.
//!
//! The numbers are rule data (`infra/rules/org-life.json`), each with its article. Nothing here knows a store or a clock.

mod compliance;
mod coverage;
mod kind;
mod others;
mod period;
mod record;
mod rules;
mod vote;

pub use compliance::{Body, Duty, Held, Lasting, Obliged, Standing, committee, duties};
pub use coverage::{Covered, coverage};
pub use kind::Kind;
pub use others::{Other, others};
pub use period::{Period, Rhythm};
pub use record::{MeetingRecord, Progress, Written};
pub use rules::{KindRule, OtherRule, Rules, Source, Strength, Who};
pub use vote::{Ballot, Outcome, Share, Vote, VoteRule};
