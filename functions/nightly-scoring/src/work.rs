//! Scoring a branch.

use crate::store::{Known, Store};
use dynamo::StoreError;
use jiff::{ToSpan, civil::Date};
use kernel::{OrgId, Refusal};
use register::{Node, OrgKind};
use scoring::{Fact, FactKind, PackError, Sheet, State, Statement, YearRow};

/// New facts with which a state is written. Reading some thirty activities again costs a third of writing it.
pub(crate) const NEWS: usize = 32;
/// The last month in which the year before is scored.
const LATE: i8 = 3;

/// Why a branch is not scored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error("the table of scores or the trace cannot be read or written")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("the rules do not read")]
    Rules(#[from] Refusal),
}

/// What was done for an organisation.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Years that were scored.
    pub(crate) scored: u64,
    /// States that were written.
    pub(crate) states: u64,
}

/// Scores the branch that `organization` is, or is a group of, up to the end of `last`. What is above branches has none.
pub(crate) async fn score(store: &Store, organization: OrgId, last: Date) -> Result<Done, WorkError> {
    let mut done = Done::default();
    let Some(branch) = branch(store, organization).await? else { return Ok(done) };
    let before = last.year() - 1;
    for year in (before..=last.year()).filter(|year| *year == last.year() || last.month() <= LATE) {
        let known = store.year(branch.id, year).await?;
        // Of a year that is over, only what was scored before is scored again.
        if year == last.year() || known.state.is_some() {
            let (scored, written) = Task { store, branch: &branch, year, last }.work(known).await?;
            done.scored += u64::from(scored);
            done.states += u64::from(written);
        }
    }
    Ok(done)
}

/// The branch that `organization` is or is a group of.
async fn branch(store: &Store, organization: OrgId) -> Result<Option<Node>, StoreError> {
    let Some(node) = store.node(organization).await? else { return Ok(None) };
    match node.kind {
        OrgKind::Branch => Ok(Some(node)),
        OrgKind::Group => match node.path.parent() {
            Some(above) => store.node(above).await,
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// A year of a branch that is to be scored.
struct Task<'a> {
    store: &'a Store,
    branch: &'a Node,
    year: i16,
    last: Date,
}

impl Task<'_> {
    /// Whether scores were written, and whether the state was.
    async fn work(&self, known: Known) -> Result<(bool, bool), WorkError> {
        let sheet = Sheet::get()?;
        let scored = known.scores.as_ref().filter(|row| row.is_by(sheet));
        if scored.is_some_and(|row| row.through >= self.last) {
            return Ok((false, false));
        }
        let fresh = known.state.is_none();
        let (mut state, since) = self.begin(known.state.as_ref()).await?;
        let news = self.news(since).await?;
        if news.is_empty() && scored.is_some() && !fresh {
            return Ok((false, false));
        }
        let many = news.len() >= NEWS;
        state.apply(news.into_iter().chain(self.founding()));
        if fresh || many {
            self.store.keep(&YearRow::of_state(&state, self.last)).await?;
        }
        self.store.keep(&YearRow::of_scores(&state, sheet, self.last)).await?;
        Ok((true, fresh || many))
    }

    /// The state that is kept, or the one that the year begins with; and until which day everything is in it.
    async fn begin(&self, kept: Option<&YearRow>) -> Result<(State, Option<Date>), WorkError> {
        if let Some(row) = kept {
            return Ok((row.state()?, Some(row.through)));
        }
        let mut state = State::new(self.branch.id, self.year);
        let Some(before) = self.store.year(self.branch.id, self.year - 1).await?.state else {
            return Ok((state, None));
        };
        let rolls = before.state()?;
        state.apply(rolls.facts().filter(|fact| fact.says.as_ref().is_some_and(|says| says.kinds.are_of_rolls())));
        Ok((state, Some(before.through)))
    }

    /// What the trace tells of the branch and its groups after `since`.
    async fn news(&self, since: Option<Date>) -> Result<Vec<Fact>, WorkError> {
        let from = since.map(|since| since.saturating_add(1.day()));
        let study = study::Rules::get()?;
        let mut facts = Vec::new();
        for source in self.store.groups(self.branch.id).await?.into_iter().chain([self.branch.id]) {
            let mut after = None;
            loop {
                let page = self.store.told(source, (from, self.last), after.as_deref()).await?;
                facts.extend(page.items.iter().filter_map(|activity| crate::facts::of(activity, study)));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
        }
        facts.retain(|fact| self.concerns(fact));
        Ok(facts)
    }

    /// Whether `fact` is of the year, or says who is there.
    fn concerns(&self, fact: &Fact) -> bool {
        fact.says.as_ref().is_none_or(|says| says.day.year() == self.year || says.kinds.are_of_rolls())
    }

    /// Since when the branch exists.
    fn founding(&self) -> [Fact; 1] {
        let (kinds, day) = ([FactKind::Founding].into_iter().collect(), self.branch.founded_on);
        let says = Statement { kinds, day, recorded: day, value: 0, parts: Vec::new() };
        [Fact::stated(self.branch.id, self.branch.version, says)]
    }
}
