//! What is known of a branch's year, and what it comes to: five dimensions of each member, five of the branch.
//!
//! A [`Fact`] is what a record says at present: a meeting was held and these were there, dues of so many months came in, a
//! task was done. A [`State`] keeps of each record what it said last, so that facts may come twice and in any order; packed
//! it is the same bytes whichever way it was reached. [`Scores`] follow from a state and the rule sheet ([`Sheet`],
//! `infra/rules/scoring.json`) alone; every point of them is a [`Line`] that names rule, version, record and date. Points are
//! whole hundredths.
//!
//! What a granted appeal says of a record for one of its people is a fact as well ([`FactKind::Correction`]), kept beside the
//! record: counting takes the corrected part for the other one, whichever of the two came first.
//!
//! What a rule asks is asked of the year, less the months in which somebody did not belong to the branch or was exempt, the
//! branch did not exist, or had no committee whose meetings are asked for: a score does not change because time passes, and of
//! a branch where nothing happened nothing is computed or written. Where nothing is asked of somebody, because they are exempt
//! or came too late, nobody loses points.
//!
//! Scores suggest; people decide. Nothing here knows a store or a clock.

mod bytes;
mod fact;
mod lines;
mod narrow;
mod record;
mod rolls;
mod row;
mod score;
mod sheet;
mod state;

pub use bytes::PackError;
pub use fact::{Fact, FactKind, Kinds, Mark, Part, Statement};
pub use lines::{Line, RuleStanding, Why};
pub use record::Record;
pub use rolls::Months;
pub use row::YearRow;
pub use score::{MemberScore, Scores, Subject};
pub use sheet::{Counting, Dimension, Rule, Sheet, SheetError, is_forbidden};
pub use state::State;
