//! What every scheduled function does around its work: it reads the event, records that it began, and at the end logs,
//! counts, records what became of it, and answers.
//!
//! A job is idempotent by nature: what it does follows from the records, and what may happen once only is claimed by the
//! record of what happened, in the same transaction. So any number of runs of a slot, the time that its schedule was due
//! at, one after another, at once, or broken off anywhere, do what one does. No run waits for the lease of another: a
//! repetition that is sent away because somebody who died holds the turn would be the last one.
//!
//! Recording is about the work and never part of it: a run that cannot be recorded works all the same and says so in the
//! log. What is missing in the record is found by `job-watch`, which rather asks a person once too often.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a run begins, a run ends | `PutItem` `RUN#job`/slot and run | 1 each |
//! | the last runs of a job | `Query` `RUN#job`, from the end | 0.5 per 4 KB |
//! | since when a schedule is known | `GetItem` `WATCH`, `PutItem` when one is new | 0.5 |

mod event;
mod record;
mod run;
mod watch;

pub use event::Slot;
pub use record::{Outcome, RunRecord};
pub use run::{Jobs, Report, Run};
pub use watch::{Schedule, Seen, State, Watch};

/// What a job fails with, as the platform takes it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
