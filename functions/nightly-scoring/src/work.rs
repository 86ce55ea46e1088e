//! Scoring a branch.

use crate::store::Store;
use dynamo::StoreError;
use jiff::civil::Date;
use kernel::{OrgId, Refusal};
use register::{Node, OrgKind};
use score_records::{Followed, Known, is_scored};
use scoring::{Sheet, YearRow};

/// New facts with which a state is written. Reading some thirty activities again costs a third of writing it.
pub(crate) const NEWS: usize = 32;

/// Why a branch is not scored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error("the table of scores or the trace cannot be read or written")]
    Store(#[from] StoreError),
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
    // What was closed has no years after that.
    let open = |year: i16| branch.closed_on.is_none_or(|closed| closed.year() >= year);
    for year in (last.year() - 1..=last.year()).filter(|year| is_scored(*year, last) && open(*year)) {
        let known = store.records.year(branch.id, year).await?;
        // A year that is over is scored again, and for the first time where the branch is older than that: it may be the first night.
        if year == last.year() || known.state.is_some() || branch.founded_on.year() <= year {
            let (scored, written) = Task { store, branch: &branch, year, last }.work(known).await?;
            done.scored += u64::from(scored);
            done.states += u64::from(written);
        }
    }
    Ok(done)
}

/// The branch that `organization` is or is a group of.
async fn branch(store: &Store, organization: OrgId) -> Result<Option<Node>, StoreError> {
    let Some(node) = store.records.node(organization).await? else { return Ok(None) };
    match node.kind {
        OrgKind::Branch => Ok(Some(node)),
        OrgKind::Group => match node.path.parent() {
            Some(above) => store.records.node(above).await,
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
        let records = &self.store.records;
        let Followed { state, news, fresh } =
            records.follow(self.branch, self.year, known.state.as_ref(), self.last).await?;
        if news == 0 && scored.is_some() && !fresh {
            return Ok((false, false));
        }
        let many = news >= NEWS;
        if fresh || many {
            self.store.keep(&YearRow::of_state(&state, self.last)).await?;
        }
        self.store.keep(&YearRow::of_scores(&state, sheet, self.last)).await?;
        Ok((true, fresh || many))
    }
}
