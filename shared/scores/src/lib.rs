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
use kernel::{MemberId, OrgId, shanghai_day};
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
    /// Whether no state was kept that could be read.
    pub fresh: bool,
}

/// The table of scores, and what it follows from.
#[derive(Debug, Clone)]
pub struct ScoreRecords {
    organizations: Organizations,
    trace: Trace,
    table: Table,
}

/// The state of `row`, if it is of a version that is known here: what another one says is in the trace. What does not unpack heals
/// by no retry.
fn readable(row: &YearRow) -> Result<Option<State>, StoreError> {
    match row.state() {
        Ok(state) => Ok(Some(state)),
        Err(PackError::Version(_)) => Ok(None),
        Err(error) => Err(StoreError::Call(Box::new(error))),
    }
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
        let kept = match kept {
            Some(row) => readable(row)?.map(|state| (state, Some(row.through))),
            None => None,
        };
        let fresh = kept.is_none();
        let (mut state, since) = match kept {
            Some(kept) => kept,
            None => self.begin(branch.id, year).await?,
        };
        let facts = self.news(branch, year, (since, last)).await?;
        let news = facts.len();
        state.apply(facts.into_iter().chain([founding(branch)]));
        Ok(Followed { state, news, fresh })
    }

    /// The branches and groups that `member` belonged to in `year`, as the trace of their record tells it, the last one first.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn homes(&self, member: MemberId, year: i16) -> Result<Vec<OrgId>, StoreError> {
        let (study, subject) = (study::Rules::get()?, member.to_string());
        let (mut moves, mut after): (Vec<Move>, Option<String>) = (Vec::new(), None);
        loop {
            let told = self.trace.of_subject(&subject, None, after.as_deref(), PAGE).await?;
            let of = |activity: &Activity| Move::of(activity.organization, &facts::of(activity, study)?.says?);
            moves.extend(told.items.iter().filter_map(of));
            after = told.after;
            // Whatever was told before they came to where they were when the year began is of no use.
            if after.is_none() || moves.iter().any(|one| one.is_coming_before(year)) {
                return Ok(homes(moves, year));
            }
        }
    }

    /// The state that the year begins with, and until which day everything is in it.
    async fn begin(&self, branch: OrgId, year: i16) -> Result<(State, Option<Date>), StoreError> {
        let mut state = State::new(branch, year);
        let Some(before) = self.year(branch, year - 1).await?.state else { return Ok((state, None)) };
        let Some(known) = readable(&before)? else { return Ok((state, None)) };
        let goes_on = |says: &Statement| says.kinds.are_of_rolls() || says.day.year() == year;
        state.apply(known.facts().filter(|fact| fact.says.as_ref().is_some_and(goes_on)));
        // The year before may have been followed into this one; of this one nothing is in it but the rolls and what was told ahead.
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
                facts.extend(page.items.iter().filter_map(|activity: &Activity| {
                    let fact = facts::of(activity, study)?;
                    concerns(&fact, year, shanghai_day(activity.at)).then_some(fact)
                }));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(facts)
    }
}

/// Whether what is told on the day `told` of the year `year` is scored in the night after: of the present year all, of the one
/// before until the end of March.
#[must_use]
pub fn is_scored(year: i16, told: Date) -> bool {
    year == told.year() || (year == told.year() - 1 && told.month() <= LATE)
}

/// Whether `fact`, told on the day `told`, is of the year, says who is there, or is told ahead of a later year, which begins with it.
fn concerns(fact: &Fact, year: i16, told: Date) -> bool {
    fact.says.as_ref().is_none_or(|says| {
        let of = says.day.year();
        of == year || says.kinds.are_of_rolls() || (of > year && of > told.year())
    })
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

    #[test]
    fn what_is_told_ahead_concerns_the_year_in_which_it_is_told() {
        let concerned = |kind, day: &str, told: &str, year| {
            let (day, kinds) = (day.parse().unwrap(), [kind].into_iter().collect());
            let says = Statement { kinds, day, recorded: day, value: 1, parts: Vec::new() };
            let fact = Fact::stated(OrgId::from_bytes(1, [1; 10]), 1, says);
            concerns(&fact, year, told.parse().unwrap())
        };
        let relief = |day, told, year| concerned(FactKind::DuesExempted, day, told, year);
        assert!(relief("2027-01-01", "2026-06-10", 2026) && relief("2027-01-01", "2026-06-10", 2027));
        assert!(relief("2026-12-31", "2027-01-10", 2026) && !relief("2026-12-31", "2027-01-10", 2027));
        assert!(!relief("2027-01-10", "2027-01-10", 2026), "it is no matter of the year before");
        assert!(concerned(FactKind::Membership, "2020-01-01", "2026-06-10", 2026));
    }
}
