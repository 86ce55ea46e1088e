//! Checking the trace against its seals: what was altered, removed or inserted since, and whether the seals go together.
//!
//! Everything is made anew from what is stored: the hash of each activity from its content, each tree, each day's chain
//! value. What an activity's row says its hash was is checked as well, and decides nothing. The partition of each organisation is
//! read as well, once for all days: a row can hide from the index of its day.

mod finding;
mod records;

pub use finding::{Finding, Object};

use cloud::Environment;
use dynamo::{Found, Kept, StoreError, Stretch, Trace};
use jiff::{ToSpan, civil::Date};
use kernel::{MissingSetting, OrgId, OrgPath};
use register::{NameRow, NodeRow, Organizations};
use seal::{BEGINNING, Head, Part, PartLine, SealError, Seals};
use serde::Deserialize;
use std::{collections::BTreeSet, ops::ControlFlow};

/// Why the trace could not be checked to the end.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A setting is missing.
    #[error(transparent)]
    Setting(#[from] MissingSetting),
    /// The trace cannot be read.
    #[error("the trace cannot be read")]
    Store(#[from] StoreError),
    /// The seals cannot be read.
    #[error("the seals cannot be read")]
    Seal(#[from] SealError),
}

/// What was checked of a day, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The Shanghai day.
    pub day: Date,
    /// Activities in its seal.
    pub activities: u64,
    /// Groups in its seal: organisations, and their accounts.
    pub groups: usize,
    /// Its chain value; empty where its head is missing or rewritten.
    pub chain: String,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Checks the sealed days from `from` to `until` (both included; all when absent) in their order; `tell` hears of each
/// when it is done. Days in between that have no seal count as sealed days whose seal is missing.
///
/// # Errors
/// When a store cannot be read.
pub async fn verify(
    env: &Environment,
    (from, until): (Option<Date>, Option<Date>),
    mut tell: impl FnMut(&Checked),
) -> Result<Vec<Checked>, VerifyError> {
    let (trace, seals, organizations) = (Trace::open(env)?, Seals::open(env)?, Organizations::open(env)?);
    let sealed = seals.days().await?;
    let (Some(first), Some(last)) = (sealed.first().copied(), sealed.last().copied()) else { return Ok(Vec::new()) };
    let mut day = from.map_or(first, |from| from.max(first));
    let until = until.map_or(last, |until| until.min(last));
    let mut previous = if day == first {
        Some(BEGINNING.to_owned())
    } else {
        head(&seals, day.saturating_sub(1.day())).await?.map(|head| head.chain)
    };
    if day > until {
        return Ok(Vec::new());
    }
    let hiding = records::hiding(&trace, &places(&organizations).await?, (day, until)).await?;
    let mut all = Vec::new();
    while day <= until {
        let checked = one((&trace, &seals), &hiding, day, previous.as_deref()).await?;
        previous = (!checked.chain.is_empty()).then(|| checked.chain.clone());
        tell(&checked);
        all.push(checked);
        day = day.saturating_add(1.day());
    }
    Ok(all)
}

/// Every organisation of every tree, those that are closed included.
async fn places(organizations: &Organizations) -> Result<BTreeSet<OrgId>, VerifyError> {
    #[derive(Deserialize)]
    struct Named {
        id: OrgId,
    }
    /// Rows of one request.
    const PAGE: u16 = 1_000;
    let table = organizations.table();
    let roots = Stretch::beginning(NameRow::ROOTS, NameRow::START);
    let roots: Found<NameRow> = table.first(&roots, u16::MAX).await?;
    let mut places = BTreeSet::new();
    for root in roots.items {
        for open in [true, false] {
            let tree = NodeRow::tree(&OrgPath::root(root.organization), open);
            let tree = Stretch::whole(tree).of_index("tree", "root", "path");
            let mut after: Option<String> = None;
            loop {
                let page: Found<Named> = table.page(&tree, after.as_deref(), PAGE).await?;
                places.extend(page.items.into_iter().map(|named| named.id));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
        }
    }
    Ok(places)
}

/// One day, whose head has to name `previous`, where that is known.
async fn one(
    (trace, seals): (&Trace, &Seals),
    hiding: &[(OrgId, Kept)],
    day: Date,
    previous: Option<&str>,
) -> Result<Checked, VerifyError> {
    let mut checked = Checked { day, activities: 0, groups: 0, chain: String::new(), findings: Vec::new() };
    let Some(head) = head(seals, day).await? else {
        checked.findings.push(Finding::Missing(Object::Head(day)));
        return Ok(checked);
    };
    if head.day != day || !head.is_sound() {
        checked.findings.push(Finding::Rewritten(Object::Head(day)));
        return Ok(checked);
    }
    checked.chain.clone_from(&head.chain);
    if previous.is_some_and(|previous| previous != head.previous) {
        checked.findings.push(Finding::Unchained(day));
    }
    checked.activities = head.activities;
    let mut walk = records::Walk::new(trace, day);
    for line in &head.parts {
        let part = match part(seals, day, line).await? {
            ControlFlow::Continue(part) => part,
            ControlFlow::Break(finding) => {
                checked.findings.push(finding);
                walk.skip(line);
                continue;
            }
        };
        checked.groups += part.groups.len();
        for group in &part.groups {
            checked.findings.extend(walk.group(group).await?);
        }
    }
    checked.findings.extend(walk.rest().await?);
    let hidden = walk.hidden(hiding, &checked.findings);
    checked.findings.extend(hidden);
    Ok(checked)
}

/// The head of a day; one that cannot be read is none.
async fn head(seals: &Seals, day: Date) -> Result<Option<Head>, VerifyError> {
    match seals.head(day).await {
        Err(SealError::Unreadable { .. }) => Ok(Some(Head { root: String::new(), ..Head::seal(day, Vec::new(), "") })),
        other => Ok(other?),
    }
}

/// A part that the head of its day knows, or what is wrong with it.
async fn part(seals: &Seals, day: Date, line: &PartLine) -> Result<ControlFlow<Finding, Part>, VerifyError> {
    let object = Object::Part(day, line.part);
    let found = match seals.part(day, line.part).await {
        Err(SealError::Unreadable { .. }) => return Ok(ControlFlow::Break(Finding::Rewritten(object))),
        other => other?,
    };
    Ok(match found {
        None => ControlFlow::Break(Finding::Missing(object)),
        Some(part) if part.day == day && part.is_sound() && part.line() == *line => ControlFlow::Continue(part),
        Some(_) => ControlFlow::Break(Finding::Rewritten(object)),
    })
}
