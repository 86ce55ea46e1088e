//! Applying the rows of an import, step by step.
//!
//! A step is one transaction: the job's counter from what it was to what it is now, what some rows make, and an activity
//! for each. Either all of that happened or none, and the next step begins where the counter stands; who
//! applies at the same time loses at the counter. A row that is refused at the last moment, because somebody took its
//! number since the file was checked, is named and left out, and the others go on.

use crate::{
    App,
    check::{self, Fate, File, Judged},
    domain::{Header, Import, ImportState, Places, Planned, RowProblem},
    jobs::Bound,
    store::Store,
};
use dynamo::{Activity, Actor, Change, StoreError, Tries};
use http_api::{Problem, Reply};
use jiff::Timestamp;
use kernel::{ErrorCode, Refusal, Text};
use organizations::founded;
use register::{Member, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Actions that the persons of one step may take; the rest of a transaction's hundred is for the job and its notes.
const ACTIONS: usize = 96;
/// Actions of one person: record, two numbers, activity.
const PER_PERSON: usize = 4;
/// Actions of one organisation: record, name, activity.
const PER_ORGANIZATION: usize = 3;
/// Persons of one step at most.
pub(crate) const PERSONS: usize = ACTIONS / PER_PERSON;
/// Tries of a run, over all of its steps, of rows whose organisation is changed in between.
const TRIES: u32 = 4;
/// Problems that are kept of one import.
pub(crate) const PROBLEMS: usize = 200;

fn count(some: usize) -> u32 {
    u32::try_from(some).unwrap_or(u32::MAX)
}

/// Who is answerable for what the steps of `import` do.
pub(crate) fn actor(import: &Import) -> Actor {
    let (member, role) = import.answerable();
    Actor::person(member, role)
}

/// What is told about an import in the trace.
pub(crate) fn told(import: &Import, kind: &str) -> Activity {
    Activity::new(import.updated_at, actor(import), kind, import.organization, import.id)
        .stating("rows", import.rows)
        .stating("created", import.created)
        .stating("unchanged", import.unchanged)
        .stating("failed", import.failed)
}

impl App {
    /// Goes on with an import that is being applied, as far as `bound`.
    ///
    /// # Errors
    /// When store or bucket cannot be reached; what is done stays done.
    pub(crate) async fn apply(&self, import: Import, root: &Node, bound: Bound) -> Result<Import, Problem> {
        match check::file(self, &import).await {
            Ok(Ok(file)) => self.apply_rows(import, &file, root, bound).await,
            // It was read and found good before.
            Ok(Err(_)) => Err(Problem::internal("a file that was checked does not read")),
            Err(problem) if problem.code() == ErrorCode::NotUploaded => self.stop(&import).await,
            Err(problem) => Err(problem),
        }
    }

    /// The same with the file at hand.
    pub(crate) async fn apply_rows(
        &self,
        mut import: Import,
        file: &File,
        root: &Node,
        Bound { mut steps, until }: Bound,
    ) -> Result<Import, Problem> {
        let mut tries = Tries::new(TRIES);
        while steps > 0 && import.state == ImportState::Applying && self.clock.now() < until {
            let places = self.store.places(root).await?;
            let mut judged = self.judge(&import, file, &places, steps.saturating_mul(PERSONS)).await?;
            loop {
                let step: Vec<Judged> = judged.drain(..length(&judged)).collect();
                match self.step(&import, &file.header, step, &places).await {
                    Ok(next) => import = next,
                    Err(problem) if problem.code() == ErrorCode::Conflict && tries.again() => {
                        let (now, _) = self.store.import(import.id).await?;
                        if now.version != import.version {
                            // Somebody else is at it.
                            return Ok(now);
                        }
                        break;
                    }
                    Err(problem) => return Err(problem),
                }
                steps = steps.saturating_sub(1);
                if judged.is_empty() || steps == 0 || self.clock.now() >= until {
                    break;
                }
            }
        }
        Ok(import)
    }

    /// One step: `some` rows in one transaction.
    async fn step(
        &self,
        import: &Import,
        header: &Header,
        some: Vec<Judged>,
        places: &Places,
    ) -> Result<Import, Problem> {
        let now = self.clock.now();
        let rows = count(some.len());
        let (mut made, mut wrong, mut unchanged) = (Vec::new(), BTreeMap::new(), 0);
        for (line, fate) in some {
            match fate {
                Fate::Person(draft) => {
                    let home = places.node(draft.organization).ok_or(ErrorCode::Conflict)?;
                    let id = import.member(line);
                    let member = Member::registered(&self.vault, id, home, *draft, now).map_err(Problem::internal)?;
                    made.push((line, Made::Person(Box::new(member))));
                }
                Fate::Organization(planned) => made.push((line, Made::Organization(planned))),
                Fate::Same => unchanged += 1,
                Fate::Wrong(problems) => drop(wrong.insert(line, problems)),
            }
        }
        loop {
            let mut next = import.next(now);
            next.done += rows;
            next.unchanged += unchanged;
            next.created += count(made.len());
            next.failed += count(wrong.len());
            let mut activities: Vec<_> =
                made.iter().map(|(_, made)| made.activity(import, now).stating("import", import.id)).collect();
            if next.done >= next.rows {
                next.state = ImportState::Done;
                activities.push(told(&next, "import.finished"));
            }
            let problems: Vec<RowProblem> = wrong.values().flatten().take(PROBLEMS).cloned().collect();
            let mut change = self.store.turn(import, &next, problems);
            for (line, made) in &made {
                change = made.enter(&self.store, change, *line);
            }
            change = guarded(&self.store, change, &made, places);
            match self.store.ledger.commit(change, activities, None, Reply::nothing().into_answer()).await {
                Ok(_) => return Ok(next),
                Err(StoreError::Refused(refusal)) => {
                    let Some(line) = row_of(&refusal) else { return Err(refusal.into()) };
                    wrong.insert(line, vec![header.refused(line, &refusal.code.into())]);
                    made.retain(|(other, _)| *other != line);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Gives up an import whose file is gone.
    async fn stop(&self, import: &Import) -> Result<Import, Problem> {
        let next = Import { state: ImportState::Stopped, ..import.next(self.clock.now()) };
        let text = Text::of("文件已过期删除，其余各行未导入", "the file is gone; the other rows were not imported");
        let gone = RowProblem::of_row(0, ErrorCode::NotUploaded.slug(), &text);
        let change = self.store.turn(import, &next, vec![gone]);
        self.store.ledger.commit(change, [told(&next, "import.stopped")], None, Reply::nothing().into_answer()).await?;
        Ok(next)
    }
}

/// What a row makes.
enum Made {
    Person(Box<Member>),
    Organization(Box<Planned>),
}

impl Made {
    /// What is told of it.
    fn activity(&self, import: &Import, now: Timestamp) -> Activity {
        match self {
            Self::Person(member) => member.registration(now, actor(import)),
            Self::Organization(planned) => {
                let Planned { founding, node, warnings, rules, .. } = &**planned;
                founded(founding, (node, warnings), rules, now, actor(import))
            }
        }
    }

    /// Adds it, unless a number or a name of it is taken.
    fn enter(&self, store: &Store, change: Change, line: u32) -> Change {
        match self {
            Self::Person(member) => store.people.enter(change, member, |code| at_row(line, code)),
            Self::Organization(planned) => store.organizations.enter(change, &planned.node, |code| at_row(line, code)),
        }
    }
}

/// Lets `change` happen only while what `made` belongs to is as it was read, and counts what comes to stand below it.
fn guarded(store: &Store, mut change: Change, made: &[(u32, Made)], places: &Places) -> Change {
    let (mut homes, mut parents, mut founded) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    for (_, made) in made {
        match made {
            Made::Person(member) => drop(homes.insert(member.organization)),
            Made::Organization(planned) => {
                parents.insert(planned.parent.id, &planned.parent);
                founded.insert(planned.node.id);
            }
        }
    }
    for home in homes.into_iter().filter_map(|id| places.node(id)) {
        change = store.organizations.while_unchanged(change, home);
    }
    for (id, parent) in parents {
        change = store.organizations.count_below(change, id);
        if !founded.contains(&id) {
            change = store.organizations.while_unchanged(change, parent);
        }
    }
    change
}

/// How many of `judged` fit into one step.
fn length(judged: &[Judged]) -> usize {
    let (mut actions, mut places) = (0, BTreeSet::new());
    for (at, (_, fate)) in judged.iter().enumerate() {
        actions += match fate {
            Fate::Person(draft) => PER_PERSON + usize::from(places.insert(draft.organization)),
            Fate::Organization(planned) => PER_ORGANIZATION + 2 * usize::from(places.insert(planned.parent.id)),
            Fate::Same | Fate::Wrong(_) => 0,
        };
        if actions > ACTIONS {
            return at;
        }
    }
    judged.len()
}

/// What refuses a row, so that it can be told from the others.
pub(crate) fn at_row(line: u32, code: ErrorCode) -> Refusal {
    Refusal { code, ..Refusal::field(format!("/rows/{line}"), code.title()) }
}

/// Which row was refused, if it was one.
pub(crate) fn row_of(refusal: &Refusal) -> Option<u32> {
    refusal.fields.first()?.pointer.strip_prefix("/rows/")?.parse().ok()
}
