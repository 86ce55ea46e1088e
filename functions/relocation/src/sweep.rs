//! Following moves.

use crate::{
    Report,
    copies::{List, Rule, Stale},
    store::Store,
};
use dynamo::{Key, StoreError};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use kernel::{OrgId, OrgPath};
use register::NodeRow;
use std::collections::{HashMap, HashSet};

/// How long nothing must be found under an old path before its move is done with.
const QUIET: SignedDuration = SignedDuration::from_mins(2);
/// Copies of one request.
const PAGE: usize = 100;
/// Copies that are written at the same time.
const AT_ONCE: usize = 25;
/// Tries of a copy whose record changes while it is being written.
const TRIES: usize = 3;

/// Follows every pending move, at most `rows` copies in all. Moves are done with only together: of copies that an earlier one
/// left behind, a later one below it may be all that tells where to look.
pub(crate) async fn all(store: &Store, now: Timestamp, rows: usize, report: &mut Report) -> Result<(), StoreError> {
    let mut sweep = Sweep { store, now, left: rows, places: HashMap::new(), report };
    let (mut quiet, mut lagging) = (Vec::new(), HashSet::new());
    for id in sweep.store.pending().await? {
        if sweep.left == 0 {
            sweep.report.more = true;
            return Ok(());
        }
        // The index may be behind; the row is not.
        let Some(row) = sweep.store.row(id).await?.filter(|row| row.pending.is_some()) else { continue };
        sweep.report.moves += 1;
        match sweep.follow(&row).await {
            Ok(true) => quiet.push(row),
            Ok(false) => _ = lagging.insert(row.node.path.ids().next()),
            Err(error) => {
                tracing::error!(organization = %id, "the sweep stopped at this organisation");
                return Err(error);
            }
        }
    }
    for row in quiet.iter().filter(|row| !lagging.contains(&row.node.path.ids().next())) {
        sweep.report.settled += u64::from(store.settle(row).await?);
    }
    Ok(())
}

/// One run.
struct Sweep<'a> {
    store: &'a Store,
    now: Timestamp,
    /// Copies that this run may still look at.
    left: usize,
    /// What the tree says, as far as it was asked; `None` for an organisation that is not there.
    places: HashMap<OrgId, Option<OrgPath>>,
    report: &'a mut Report,
}

impl Sweep<'_> {
    /// Follows one move as far as it goes; whether nothing was left to be found for long enough.
    async fn follow(&mut self, row: &NodeRow) -> Result<bool, StoreError> {
        let mut found = false;
        for list in List::ALL {
            let Some(from) = &row.moved_from else { continue };
            let mut after = None;
            loop {
                if self.left == 0 {
                    self.report.more = true;
                    return Ok(false);
                }
                let limit = u16::try_from(self.left.min(PAGE)).unwrap_or(u16::MAX);
                let page = self.store.copies(list, from, after.as_deref(), limit).await?;
                if !page.items.is_empty() && !found {
                    found = true;
                    // Not quiet any more. When somebody is changing the row, the next run comes back.
                    if row.quiet_since.is_some() && !self.store.quiet(row, None).await? {
                        return Ok(false);
                    }
                }
                self.left = self.left.saturating_sub(page.items.len());
                self.rewrite(page.items, from).await?;
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
        }
        if found {
            return Ok(false);
        }
        let Some(since) = row.quiet_since else {
            self.store.quiet(row, Some(self.now)).await?;
            return Ok(false);
        };
        Ok(self.now.duration_since(since) >= QUIET)
    }

    /// Makes each of `copies` say what the tree says.
    async fn rewrite(&mut self, copies: Vec<Result<Stale, Key>>, from: &OrgPath) -> Result<(), StoreError> {
        let mut known = Vec::new();
        for copy in copies {
            match copy {
                Ok(copy) => match self.place(copy.rule).await? {
                    Some(place) if !from.contains(&place) => {
                        if let Rule::Below { id, .. } = copy.rule {
                            self.places.insert(id, Some(place.clone()));
                        }
                        known.push((copy, place));
                    }
                    _ => self.failed(&copy.key, "the tree does not say where it belongs"),
                },
                Err(key) => self.failed(&key, "it is no copy of a path"),
            }
        }
        for some in known.chunks(AT_ONCE) {
            let writes = some.iter().map(|(copy, place)| write(self.store, copy, place, from));
            for ((copy, _), written) in some.iter().zip(join_all(writes).await) {
                if let (Rule::Below { id, .. }, Ok(false) | Err(_)) = (copy.rule, &written) {
                    // It does not stand there: its members follow it, and never go before it.
                    self.places.remove(&id);
                }
                match written {
                    Ok(true) => self.report.copies += 1,
                    Ok(false) => {}
                    Err(error @ StoreError::Busy(_)) => return Err(error),
                    Err(error) => self.failed(&copy.key, &error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// What the tree says by `rule`.
    async fn place(&mut self, rule: Rule) -> Result<Option<OrgPath>, StoreError> {
        match rule {
            Rule::At(id) => self.standing(id).await,
            Rule::Below { parent, id } => Ok(self.standing(parent).await?.and_then(|parent| parent.child(id))),
        }
    }

    async fn standing(&mut self, id: OrgId) -> Result<Option<OrgPath>, StoreError> {
        if let Some(known) = self.places.get(&id) {
            return Ok(known.clone());
        }
        let place = self.store.row(id).await?.map(|row| row.node.path);
        self.places.insert(id, place.clone());
        Ok(place)
    }

    /// Notes a copy that could not be brought up to date; the others go on.
    fn failed(&mut self, key: &Key, why: &str) {
        self.report.failed += 1;
        tracing::error!(pk = key.pk, sk = key.sk, why, "a copy could not be brought up to date");
    }
}

/// Makes `copy` say `place`; whether it did. A record that changes meanwhile is read again; one that no longer says a
/// place below `from` is somebody else's work.
async fn write(store: &Store, copy: &Stale, place: &OrgPath, from: &OrgPath) -> Result<bool, StoreError> {
    if store.rewrite(copy, place).await? {
        return Ok(true);
    }
    for _ in 1..TRIES {
        let fresh = store.copy(copy.list, &copy.key).await?;
        let Some(fresh) = fresh.filter(|fresh| fresh.rule == copy.rule && from.contains(&fresh.says)) else {
            return Ok(false);
        };
        if store.rewrite(&fresh, place).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
