//! Who acts, for rules that know no clock.

use crate::{MemberId, shanghai_day};
use jiff::{Timestamp, civil::Date};

/// Who does a step, and when.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    /// The person.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
}

impl Hand {
    /// The day in Shanghai.
    #[must_use]
    pub fn today(self) -> Date {
        shanghai_day(self.at)
    }
}
