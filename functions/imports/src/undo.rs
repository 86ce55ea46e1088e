//! Undoing an import: what it created and nobody touched since is removed again, step by step as it was applied.
//!
//! Ids follow from the import and the row, so that no list of what was created is needed. A record that was changed, or
//! whose person has an account or an office, stays and is named. The trace keeps both, the registration and its end.

use crate::{
    App,
    apply::{PROBLEMS, actor, at_row, row_of, told},
    domain::{Import, ImportState, Kind, RowProblem},
};
use dynamo::{Activity, Read, StoreError};
use http_api::{Problem, Reply};
use kernel::{ErrorCode, MemberId, Refusal, Text};
use register::{Member, Node};
use std::collections::{BTreeMap, HashMap};

/// Records of one step: six actions each, of a transaction's hundred.
const RECORDS: usize = 16;
/// Rows looked at at once.
const WINDOW: u32 = 100;

fn kept(line: u32, code: ErrorCode) -> RowProblem {
    let text = match code {
        ErrorCode::HoldsOffice => {
            Text::of("该党员已担任过职务，未撤回", "the person has held an office and was not removed")
        }
        ErrorCode::IllegalTransition => {
            Text::of("该党员已有账号，未撤回", "the person has an account and was not removed")
        }
        _ => Text::of("记录已被修改，未撤回", "the record was changed and was not removed"),
    };
    RowProblem::of_row(line, "kept", &text)
}

impl App {
    /// Goes on with undoing an import, for at most `steps` transactions.
    ///
    /// # Errors
    /// When the store cannot be reached; what is done stays done.
    pub(crate) async fn undo(&self, mut import: Import, steps: usize) -> Result<Import, Problem> {
        for _ in 0..steps {
            if import.state != ImportState::Undoing {
                break;
            }
            let step = match import.kind {
                Kind::Members => self.undo_persons(&import).await,
                Kind::Organizations => self.undo_organization(&import).await,
            };
            match step {
                Ok(next) => import = next,
                Err(problem) if problem.code() == ErrorCode::Conflict => {
                    // Somebody else is at it.
                    return Ok(self.store.import(import.id).await?.0);
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(import)
    }

    /// One step: the next records in one transaction. Lines count from the first row of a sheet; the header may be in any.
    async fn undo_persons(&self, import: &Import) -> Result<Import, Problem> {
        let now = self.clock.now();
        let from = import.done + 1;
        let until = from.saturating_add(WINDOW - 1).min(import.last_line);
        let ids: BTreeMap<u32, MemberId> = (from..=until).map(|line| (line, import.member(line))).collect();
        let found = self.store.records(ids.values().copied().collect(), Read::Consistent).await?;
        let mut found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        let (mut members, mut wrong, mut reached) = (Vec::new(), BTreeMap::new(), until);
        for (line, id) in ids {
            let Some(member) = found.remove(&id) else { continue };
            if member.version != 1 {
                wrong.insert(line, kept(line, ErrorCode::Stale));
            } else if members.len() < RECORDS {
                members.push((line, member));
            } else {
                reached = line - 1;
                break;
            }
        }
        wrong.retain(|line, _| *line <= reached);
        loop {
            let mut next = import.next(now);
            next.done = reached;
            next.undone += u32::try_from(members.len()).unwrap_or(u32::MAX);
            next.kept += u32::try_from(wrong.len()).unwrap_or(u32::MAX);
            let mut activities: Vec<_> = members.iter().map(|(_, member)| removed(import, &next, member)).collect();
            if reached >= import.last_line {
                next.state = ImportState::Undone;
                activities.push(whole(&next));
            }
            let problems: Vec<RowProblem> = wrong.values().take(PROBLEMS).cloned().collect();
            let mut change = self.store.turn(import, &next, problems);
            for (line, member) in &members {
                change = self.store.withdraw(change, member, |code| at_row(*line, code));
            }
            match self.store.ledger.commit(change, activities, None, Reply::nothing().into_answer()).await {
                Ok(_) => return Ok(next),
                Err(StoreError::Refused(refusal)) => {
                    let Some(line) = row_of(&refusal) else { return Err(Refusal::from(refusal.code).into()) };
                    wrong.insert(line, kept(line, refusal.code));
                    members.retain(|(other, _)| *other != line);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl App {
    /// One step: the last organisation that is still there, in one transaction. What stands below comes before what it
    /// stands below, as places were given out the other way round.
    async fn undo_organization(&self, import: &Import) -> Result<Import, Problem> {
        let now = self.clock.now();
        let left = import.rows.saturating_sub(import.done);
        let lowest = left.saturating_sub(WINDOW - 1).max(1);
        let ids = (lowest..=left).map(|place| import.node(place)).collect();
        let found = self.store.nodes(ids).await?;
        let next = |place: u32| {
            // Everything from this place on is done with.
            let mut next = import.next(now);
            next.done = import.rows - place.saturating_sub(1).min(import.rows);
            if next.done >= next.rows {
                next.state = ImportState::Undone;
            }
            next
        };
        let there = |place: &u32| found.iter().find(|node| node.id == import.node(*place));
        let Some((place, node)) = (lowest..=left).rev().find_map(|place| Some((place, there(&place)?))) else {
            return self.undone(import, next(lowest), None, Vec::new()).await;
        };
        let (empty, below) = self.store.is_empty(node, now).await?;
        if empty && node.version == 1 {
            match self.undone(import, next(place), Some((node, below)), Vec::new()).await {
                Err(problem) if problem.code() == ErrorCode::NotEmpty => {}
                done => return done,
            }
        }
        let zh = format!("“{}”已被修改，或已有下级、党员、任职，未撤回", node.name);
        let en = format!("{} was changed or is not empty and was not removed", node.name);
        let mut stays = next(place);
        stays.kept += 1;
        self.undone(import, stays, None, vec![RowProblem::of_row(0, "kept", &Text::of(zh, en))]).await
    }

    /// Takes an import one step on, which removes `node` if it is still as it was read.
    async fn undone(
        &self,
        import: &Import,
        mut next: Import,
        node: Option<(&Node, u64)>,
        problems: Vec<RowProblem>,
    ) -> Result<Import, Problem> {
        let now = next.updated_at;
        let mut activities = Vec::new();
        next.undone += u32::from(node.is_some());
        let mut change = self.store.turn(import, &next, problems);
        if let Some((node, below)) = node {
            change = self.store.close(change, node, below, &ErrorCode::NotEmpty.into());
            let removed = Activity::new(now, actor(import), "organization.withdrawn", node.id, node.id);
            activities.push(removed.stating("import", import.id));
        }
        if next.state == ImportState::Undone {
            activities.push(whole(&next));
        }
        self.store.ledger.commit(change, activities, None, Reply::nothing().into_answer()).await?;
        Ok(next)
    }
}

/// What is told when everything is undone.
fn whole(import: &Import) -> Activity {
    told(import, "import.undone").stating("undone", import.undone).stating("kept", import.kept)
}

fn removed(import: &Import, next: &Import, member: &Member) -> Activity {
    Activity::new(next.updated_at, actor(import), "member.withdrawn", member.organization, member.id)
        .stating("import", import.id)
}
