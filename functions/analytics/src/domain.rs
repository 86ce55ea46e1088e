//! Series and overviews, made of sums. Pure: what is read and what day it is are arguments.

mod cubes;
mod hiding;
mod overview;
mod series;

pub(crate) use cubes::{areas, by_kind, by_type, dues, members, org_life, study};
pub(crate) use overview::{Overview, overview};
pub(crate) use series::{By, Cube, Series, Subject};

use counter_records::Sum;
use dues_records::Month;
use jiff::civil::Date;
use kernel::{Refusal, Text};

/// What is known of an organisation and all that is below it, in a month.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) month: Month,
    pub(crate) sum: Sum,
    /// What was recorded is in it up to this day.
    pub(crate) counted_on: Date,
    /// The last day that members, bands, tasks and org life are of; none where no night read them yet.
    pub(crate) taken_on: Option<Date>,
}

pub(crate) fn field(pointer: &str, zh: &'static str, en: &'static str) -> Refusal {
    Refusal::field(pointer, Text::of(zh, en))
}
