//! Series and overviews, made of sums. Pure: what is read and what day it is are arguments.

mod cubes;
mod hiding;
mod overview;
mod series;

pub(crate) use cubes::{areas, by_kind, by_type, dues, members, org_life, study};
pub(crate) use hiding::Sight;
pub(crate) use kernel::field;
pub(crate) use overview::{Overview, overview};
pub(crate) use series::{By, Cube, Series, Subject};

use counter_records::{OwnRow, Stars, Sum, Tally};
use dues_records::Month;
use jiff::civil::Date;
use kernel::{ErrorCode, Refusal, Text};
use register::{Node, OrgKind};

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

impl Known {
    /// A month of which nobody told anything by `today`.
    pub(crate) fn nothing(month: Month, today: Date) -> Self {
        Self { month, sum: Sum::default(), counted_on: today.min(month.last_day()), taken_on: None }
    }

    /// Adds what was recorded of `body` in the month, and what it says of itself.
    pub(crate) fn add(&mut self, body: &Node, counts: Tally, own: Option<&OwnRow>) {
        self.sum.merge(&Sum::of(body, counts, own, Stars::default()));
    }

    /// Notes how far what is said is of: the day of `own`, and where nights went to their end since, which made sure that nothing
    /// was done in it, the last of these, `walked`.
    pub(crate) fn reach(&mut self, own: Option<&OwnRow>, walked: Option<Date>) {
        let sure = walked.map(|walked| walked.min(self.month.last_day()));
        self.taken_on = own.map(|own| sure.map_or(own.through, |sure| sure.max(own.through)));
    }
}

/// A branch with what is known of it and its groups.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) branch: Node,
    pub(crate) known: Known,
    /// Its scores, and the day that they reach.
    pub(crate) scored: Option<(Stars, Date)>,
}

/// A year as far as it is known.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) year: i16,
    /// Months of which something is known, earliest first.
    pub(crate) months: Vec<Known>,
    /// The day from which on everything is counted: of the month in which the trace begins; none before a night counted anything.
    pub(crate) since: Option<Date>,
}

impl Recorded {
    /// What of it is of `year`.
    pub(crate) fn of(self, year: i16) -> Self {
        Self { year, months: self.months.into_iter().filter(|known| known.month.year() == year).collect(), ..self }
    }
}

/// The last of months that are known, earliest first: the last in which a night read what is said, where there is one.
///
/// # Errors
/// [`ErrorCode::NotFound`] when there is none.
pub(crate) fn last_read(mut known: Vec<Known>) -> Result<Known, Refusal> {
    let read = known.iter().rposition(|known| known.taken_on.is_some());
    known.truncate(read.map_or(known.len(), |read| read + 1));
    known.pop().ok_or_else(unsummed)
}

/// Whether members and org life are counted of `node`: those of a group are its branch's.
pub(crate) fn counts_members(node: &Node) -> bool {
    node.kind != OrgKind::Group
}

/// Nothing was added up of what is asked for.
pub(crate) fn unsummed() -> Refusal {
    let text = Text::of("该期间尚未汇总，每日凌晨汇总", "nothing has been summed up of this period; it is every night");
    Refusal::new(ErrorCode::NotFound).because(text)
}
