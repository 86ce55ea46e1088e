//! Portraits and what people decide of them. Pure: what is read and what time it is are arguments.

mod appeal;
mod conduct;
mod gaps;
mod rating;
mod rules;

pub(crate) use appeal::{Appeal, AppealDecision, AppealState, NewAppeal, Round};
pub(crate) use conduct::{ConductDecision, ConductItem, ConductReply, ConductState, NewConductItem};
pub(crate) use gaps::{Gap, gaps};
pub(crate) use rating::{MemberRating, NewRating, RatingBand, Scored};
pub(crate) use rules::Rules;

use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, MemberId, Refusal, Text, shanghai_day};

/// Who does a step, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand {
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
}

impl Hand {
    /// The day in Shanghai.
    pub(crate) fn today(self) -> Date {
        shanghai_day(self.at)
    }
}

pub(crate) fn field(pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::field(pointer, Text::of(zh.into(), en.into()))
}

/// Refuses a step that the present state does not allow.
pub(crate) fn illegal(zh: &'static str, en: &'static str) -> Refusal {
    Refusal::new(ErrorCode::IllegalTransition).because(Text::of(zh, en))
}

#[cfg(test)]
mod tests;
