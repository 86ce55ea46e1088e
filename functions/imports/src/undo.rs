//! Undoing an import: what it created and nobody touched since is removed again, step by step as it was applied. Persons
//! are taken off the register; organisations are closed, because a trace, files and letters may belong to them.
//!
//! Ids follow from the import and the row, so that no list of what was created is needed. A record that was changed, whose
//! person has an account or an office or is being transferred, or whose organisation no longer stands below that of the
//! import, stays and is named. The trace keeps both, the registration and its end.

use crate::{
    App,
    apply::{PROBLEMS, actor, at_row, row_of, told},
    domain::{Import, ImportState, Kind, RowProblem},
    jobs::Bound,
    store::Use,
};
use dynamo::{Activity, Read, StoreError};
use http_api::{Problem, Reply};
use kernel::{ErrorCode, MemberId, OrgId, Refusal, Text, shanghai_day};
use register::{Member, Node, NodeStatus};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records of one step: seven actions each and perhaps one for the organisation, of a transaction's hundred.
const RECORDS: usize = 12;
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
        ErrorCode::TransferOpen => {
            Text::of("该党员正在转接组织关系，未撤回", "the person is being transferred and was not removed")
        }
        ErrorCode::Forbidden => Text::of(
            "该党员所在组织已不在导入组织之下，未撤回",
            "the person's organisation no longer stands below that of the import; the record was not removed",
        ),
        _ => Text::of("记录已被修改，未撤回", "the record was changed and was not removed"),
    };
    RowProblem::of_row(line, "kept", &text)
}

impl App {
    /// Goes on with undoing an import, as far as `bound`.
    ///
    /// # Errors
    /// When the store cannot be reached; what is done stays done.
    pub(crate) async fn undo(&self, mut import: Import, bound: Bound) -> Result<Import, Problem> {
        for _ in 0..bound.steps {
            if import.state != ImportState::Undoing || self.clock.now() >= bound.until {
                break;
            }
            let step = match import.kind {
                Kind::Members => self.undo_persons(&import).await.map(Some),
                Kind::Organizations => self.undo_organization(&import).await,
            };
            match step {
                Ok(Some(next)) => import = next,
                // What there is to decide by cannot be seen yet; the job comes back to it.
                Ok(None) => break,
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
        let homes = found.iter().map(|member| member.organization).collect();
        // Who undoes it answers for what stands below the organisation of the import today.
        let homes = self.store.nodes(homes).await?.into_iter().filter(|home| home.path.passes(import.organization));
        let homes: HashMap<OrgId, Node> = homes.map(|home| (home.id, home)).collect();
        let mut found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        let (mut members, mut wrong, mut reached) = (Vec::new(), BTreeMap::new(), until);
        for (line, id) in ids {
            let Some(member) = found.remove(&id) else { continue };
            if member.version != 1 {
                wrong.insert(line, kept(line, ErrorCode::Stale));
            } else if !homes.contains_key(&member.organization) {
                wrong.insert(line, kept(line, ErrorCode::Forbidden));
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
            let places: BTreeSet<OrgId> = members.iter().map(|(_, member)| member.organization).collect();
            for home in places.iter().filter_map(|id| homes.get(id)) {
                change = self.store.organizations.while_unchanged(change, home);
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
    /// One step: the last organisation that still stands, in one transaction. What stands below comes before what it
    /// stands below, as places were given out the other way round. `None` while it cannot be seen whether anybody is in it.
    async fn undo_organization(&self, import: &Import) -> Result<Option<Import>, Problem> {
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
        let open = |place: &u32| found.iter().find(|node| node.id == import.node(*place) && node.closed_on.is_none());
        let Some((place, node)) = (lowest..=left).rev().find_map(|place| Some((place, open(&place)?))) else {
            return self.undone(import, next(lowest), None, Vec::new()).await.map(Some);
        };
        let use_of = if node.version == 1 { self.store.use_of(node, now).await? } else { Use::Used };
        match use_of {
            Use::Unknown => Ok(None),
            Use::Empty { below } => self.undone(import, next(place), Some((node, below)), Vec::new()).await.map(Some),
            Use::Used => {
                let zh = format!("“{}”已被修改，或已有下级、党员、任职，未撤回", node.name);
                let en = format!("{} was changed or is not empty and was not removed", node.name);
                let mut stays = next(place);
                stays.kept += 1;
                let stayed = vec![RowProblem::of_row(0, "kept", &Text::of(zh, en))];
                self.undone(import, stays, None, stayed).await.map(Some)
            }
        }
    }

    /// Takes an import one step on, which closes `node` if it is still as it was read.
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
        if let Some((old, below)) = node {
            let closed = Node {
                status: NodeStatus::Dissolved,
                closed_on: Some(shanghai_day(now)),
                version: old.version + 1,
                updated_at: now,
                ..old.clone()
            };
            change = self.store.close(change, old, &closed, below);
            let withdrawn = Activity::new(now, actor(import), "organization.withdrawn", old.id, old.id);
            activities.push(withdrawn.between(&json!(old), &json!(closed)).stating("import", import.id));
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
