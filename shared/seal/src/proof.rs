//! Proofs that an activity is in a sealed day.

use crate::{Group, Head, Part, PartLine, objects};
use jiff::civil::Date;
use kernel::ActivityId;
use serde::Serialize;
use utoipa::ToSchema;

/// Why an activity is part of a sealed day, step by step: docs/AUDIT.md says how anyone checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The Shanghai day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// From the activity to the organisation's day, from there to the part, from there to the day.
    pub steps: Vec<Step>,
    /// Activities of the day.
    pub activities: u64,
    /// The chain value of the sealed day before.
    pub previous: String,
    /// The chain value of the day.
    pub chain: String,
}

/// One tree: its leaf leads to its root by the path (RFC 6962, section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The leaf as it is hashed. It ends in what the step before came to.
    pub leaf: String,
    /// Its place in the tree, from zero.
    pub index: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// What it is hashed together with, from the leaf upwards, in hexadecimal digits.
    pub path: Vec<String>,
    /// What it comes to.
    pub root: String,
}

impl Proof {
    /// The proof for the activity `id` of `group`; `None` when it is not in `part`, or `part` not in `head`.
    #[must_use]
    pub fn of(id: ActivityId, group: &str, part: &Part, head: &Head) -> Option<Self> {
        let at = part.groups.iter().position(|one| one.group == group)?;
        let found = part.groups.get(at)?;
        let leaf = found.leaves.binary_search_by_key(&id, |leaf| leaf.0).ok()?;
        let line = head.parts.iter().position(|line| *line == part.line())?;
        let steps = vec![
            step(&found.leaves, leaf, objects::Leaf::text)?,
            step(&part.groups, at, Group::text)?,
            step(&head.parts, line, PartLine::text)?,
        ];
        let Head { day, activities, previous, chain, .. } = head.clone();
        Some(Self { day, steps, activities, previous, chain })
    }
}

fn step<T>(all: &[T], at: usize, text: fn(&T) -> String) -> Option<Step> {
    let tree: crate::tree::Tree = all.iter().map(text).collect();
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Some(Step {
        leaf: text(all.get(at)?),
        index: number(at),
        size: number(all.len()),
        path: tree.path(at)?,
        root: tree.root(),
    })
}

#[cfg(test)]
mod tests;
