//! Portraits and what people decide of them. Pure: what is read and what time it is are arguments.

mod appeal;
mod conduct;
mod gaps;
mod performance;
mod rating;
mod rules;

pub(crate) use appeal::{Appeal, AppealDecision, AppealState, NewAppeal, Round};
pub(crate) use conduct::{ConductDecision, ConductItem, ConductReply, ConductState, NewConductItem};
pub(crate) use gaps::{Gap, gaps};
pub(crate) use kernel::{Hand, field, illegal};
pub(crate) use performance::{MeetingsLed, TasksLed, is_held_in};
pub(crate) use rating::{MemberRating, NewRating, RatingBand, Scored};
pub(crate) use rules::Rules;

#[cfg(test)]
mod tests;
