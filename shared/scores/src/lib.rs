//! Scores as they are kept.
//!
//! Of a branch's year there are two rows: its packed state, which is written once in a good many facts, and what it came to
//! on the last night. Whoever wants to know where points come from brings the state up to the day of the scores: it reads
//! again what the trace has of the branch and its groups since the day that the state reaches, as the night did. Facts may be
//! applied twice, so that is all there is to it.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | state and scores of a year | `Query` `ORG#id`/`year#` | 0.5 per 4 KB, 2 of 20 members |
//! | groups of a branch, closed ones too | two `Query` index `tree` | 0.5 each |
//! | what is new of a branch or group | `Query` `ORG#id` of the trace | 0.5 per 4 KB, about six activities |
//! | where somebody belonged in a year | `Query` index `subject` of the trace | 0.5 per 4 KB |

mod correction;
mod facts;
mod homes;

pub use correction::{CorrectedPart, Correction};

use cloud::{Environment, StartError};
use dynamo::{Activity, Found, Read, StoreError, Stretch, Table, Trace};
use homes::{Move, homes};
use jiff::{ToSpan, civil::Date};
use kernel::{MemberId, OrgId};
use register::{Node, Organizations};
use scoring::{Fact, FactKind, PackError, State, Statement, YearRow};

/// Activities in one request.
const PAGE: u16 = 500;
/// The last month in which the year before is scored.
const LATE: i8 = 3;

/// What is known of a branch's year.
#[derive(Debug, Default)]
pub struct Known {
    /// Its state.
    pub state: Option<YearRow>,
    /// What it came to.
    pub scores: Option<YearRow>,
}

impl Known {
    /// The last day that is in it; none when nothing is known.
    #[must_use]
    pub fn through(&self) -> Option<Date> {
        self.state.iter().chain(&self.scores).map(|row| row.through).max()
    }
}

/// A state that was brought up to a day.
#[derive(Debug)]
pub struct Followed {
    /// The state.
    pub state: State,
    /// Facts that were read from the trace for it.
    pub news: usize,
}

/// The table of scores, and what it follows from.
#[derive(Debug, Clone)]
pub struct ScoreRecords {
    organizations: Organizations,
    trace: Trace,
    table: Table,
}

/// What does not unpack heals by no retry.
fn broken(error: PackError) -> StoreError {
    StoreError::Call(Box::new(error))
}

impl ScoreRecords {
    /// Over the tables that `SCORES_TABLE`, `ACTIVITIES_TABLE` and `ORGANIZATIONS_TABLE` name.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn open(env: &Environment) -> Result<Self, StartError> {
        let (organizations, trace) = (Organizations::open(env)?, Trace::open(env)?);
        Ok(Self { organizations, trace, table: Table::open(env, "SCORES_TABLE")? })
    }

    /// The table itself, for whoever scores.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The trace that scores follow from.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The tree of organisations.
    #[must_use]
    pub fn organizations(&self) -> &Organizations {
        &self.organizations
    }

    /// An organisation, if it is there.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn node(&self, id: OrgId) -> Result<Option<Node>, StoreError> {
        Ok(self.organizations.row(id, Read::Eventual).await?.map(|row| row.node))
    }

    /// State and scores of a branch's year. They may be those of a moment ago: whatever follows from older ones is the same,
    /// or does not replace the newer ones.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn year(&self, branch: OrgId, year: i16) -> Result<Known, StoreError> {
        let of_year = Stretch::beginning(YearRow::partition(branch), &YearRow::beginning(year));
        let found: Found<YearRow> = self.table.first(&of_year, 2).await?;
        let (state, scores): (Vec<_>, Vec<_>) = found.items.into_iter().partition(YearRow::is_state);
        Ok(Known { state: state.into_iter().next(), scores: scores.into_iter().next() })
    }

    /// The state of the year of `branch` at the end of the day `last`: `kept`, or what the year begins with, and what the
    /// trace has since.
    ///
    /// # Errors
    /// When a call fails, or a row is none.
    pub async fn follow(
        &self,
        branch: &Node,
        year: i16,
        kept: Option<&YearRow>,
        last: Date,
    ) -> Result<Followed, StoreError> {
        let (mut state, since) = self.begin(branch.id, year, kept).await?;
        let facts = self.news(branch, year, (since, last)).await?;
        let news = facts.len();
        state.apply(facts.into_iter().chain([founding(branch)]));
        Ok(Followed { state, news })
    }

    /// The branches and groups that `member` belonged to in `year`, as the trace of their record tells it, the last one first.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn homes(&self, member: MemberId, year: i16) -> Result<Vec<OrgId>, StoreError> {
        let study = study::Rules::get()?;
        let told = self.trace.of_subject(&member.to_string(), None, None, PAGE).await?;
        let moved = |activity: &Activity| Move::of(activity.organization, &facts::of(activity, study)?.says?);
        Ok(homes(told.items.iter().filter_map(moved), year))
    }

    /// The state that is kept, or the one that the year begins with; and until which day everything is in it.
    async fn begin(
        &self,
        branch: OrgId,
        year: i16,
        kept: Option<&YearRow>,
    ) -> Result<(State, Option<Date>), StoreError> {
        if let Some(row) = kept {
            return Ok((row.state().map_err(broken)?, Some(row.through)));
        }
        let mut state = State::new(branch, year);
        let Some(before) = self.year(branch, year - 1).await?.state else { return Ok((state, None)) };
        let rolls = before.state().map_err(broken)?;
        state.apply(rolls.facts().filter(|fact| fact.says.as_ref().is_some_and(|says| says.kinds.are_of_rolls())));
        // The year before may have been followed into this one; of this one nothing is in it but the rolls.
        let over = Date::new(year - 1, 12, 31).unwrap_or(before.through);
        Ok((state, Some(before.through.min(over))))
    }

    /// What the trace tells of the branch and its groups after `since`, until the end of `last`.
    async fn news(
        &self,
        branch: &Node,
        year: i16,
        (since, last): (Option<Date>, Date),
    ) -> Result<Vec<Fact>, StoreError> {
        if since.is_some_and(|since| since >= last) {
            return Ok(Vec::new());
        }
        let from = since.map(|since| since.saturating_add(1.day()));
        let study = study::Rules::get()?;
        let mut facts = Vec::new();
        // What was told in a group counts, though the group was closed since.
        let groups = self.organizations.groups(branch, Date::new(year - 1, 1, 1).unwrap_or(Date::MIN)).await?;
        for source in groups.into_iter().map(|group| group.id).chain([branch.id]) {
            let mut after = None;
            loop {
                let page = self.trace.of_organization(source, (from, Some(last)), after.as_deref(), PAGE).await?;
                facts.extend(page.items.iter().filter_map(|activity: &Activity| facts::of(activity, study)));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
        }
        facts.retain(|fact| concerns(fact, year));
        Ok(facts)
    }
}

/// Whether what is told on the day `told` of the year `year` is scored in the night after: of the present year all, of the one
/// before until the end of March.
#[must_use]
pub fn is_scored(year: i16, told: Date) -> bool {
    year == told.year() || (year == told.year() - 1 && told.month() <= LATE)
}

/// Whether `fact` is of the year, or says who is there.
fn concerns(fact: &Fact, year: i16) -> bool {
    fact.says.as_ref().is_none_or(|says| says.day.year() == year || says.kinds.are_of_rolls())
}

/// Since when the branch exists.
fn founding(branch: &Node) -> Fact {
    let (kinds, day) = ([FactKind::Founding].into_iter().collect(), branch.founded_on);
    let says = Statement { kinds, day, recorded: day, value: 0, parts: Vec::new() };
    Fact::stated(branch.id, branch.version, says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_before_is_scored_until_the_end_of_march() {
        let scored = |year, month, day| is_scored(year, Date::constant(2027, month, day));
        assert!(scored(2027, 1, 1) && scored(2027, 12, 31));
        assert!(scored(2026, 1, 1) && scored(2026, 3, 31) && !scored(2026, 4, 1));
        assert!(!scored(2025, 1, 1) && !scored(2028, 1, 1));
    }
}
