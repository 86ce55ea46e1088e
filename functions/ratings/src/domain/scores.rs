//! Points that a branch gives itself, each with the records that it rests on.

use super::{Rules, StarSheet, field, points};
use jiff::civil::Date;
use kernel::{ActivityId, Line, OrgId, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// An activity that an item rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarLink {
    pub(crate) activity: ActivityId,
    /// The group of the branch in whose matters it was done; absent for the branch itself.
    #[serde(default)]
    pub(crate) group: Option<OrgId>,
}

/// Points for an item as the branch gives them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarClaim {
    /// The item of the sheet.
    #[schema(value_type = String)]
    pub(crate) item: Line<30>,
    /// In hundredths of a point.
    pub(crate) score: u32,
    #[serde(default)]
    pub(crate) evidence: Vec<StarLink>,
    /// What it rests on beside that.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) note: Option<Line<500>>,
}

/// The whole self-score, as far as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarScores {
    pub(crate) items: Vec<StarClaim>,
}

/// An activity that an item rests on, as it was when it was linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarEvidence {
    pub(crate) activity: ActivityId,
    /// In whose matters it was done: the branch, or one of its groups.
    pub(crate) organization: OrgId,
    pub(crate) kind: String,
    /// The record that it was done to.
    pub(crate) subject: String,
    /// The day of what was done.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
}

/// Points of the branch for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarScore {
    #[schema(value_type = String)]
    pub(crate) item: Line<30>,
    /// In hundredths of a point.
    pub(crate) score: u32,
    pub(crate) evidence: Vec<StarEvidence>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) note: Option<Line<500>>,
}

/// Checks that each of `given`, an item with hundredths of a point, is of the sheet, is there once and is not over its maximum.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] with the pointer of the first that is not.
pub(super) fn check<'a>(sheet: &StarSheet, given: impl Iterator<Item = (&'a Line<30>, u32)>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (at, (id, score)) in given.enumerate() {
        let Some(item) = sheet.item(id) else {
            return Err(field(format!("/items/{at}/item"), "评分表中没有这一项", "is no item of the sheet"));
        };
        if !seen.insert(id) {
            return Err(field(format!("/items/{at}/item"), "同一项重复打分", "comes twice"));
        }
        if score > item.max {
            let most = points(item.max);
            let (zh, en) = (format!("本项最高 {most} 分"), format!("must be at most {most} points"));
            return Err(field(format!("/items/{at}/score"), zh, en));
        }
    }
    Ok(())
}

/// Checks that each item of the sheet is among `given`.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] with the name of the first that is not.
pub(super) fn complete<'a>(sheet: &StarSheet, given: impl Iterator<Item = &'a Line<30>>) -> Result<(), Refusal> {
    let given: BTreeSet<_> = given.collect();
    match sheet.items.iter().find(|item| !given.contains(&item.id)) {
        None => Ok(()),
        Some(item) => {
            let (zh, en) = (format!("“{}”尚未打分", item.name), format!("{} has no score yet", item.id));
            Err(field("/items", zh, en))
        }
    }
}

impl NewStarScores {
    /// Every activity that is linked, once, and in whose matters it should be found: `branch`, or the group that is named.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`] when there are more than can be.
    pub(crate) fn links(&self, branch: OrgId, rules: &Rules) -> Result<BTreeMap<ActivityId, OrgId>, Refusal> {
        let links = self.items.iter().flat_map(|claim| &claim.evidence);
        if links.clone().count() > rules.most_links {
            let most = rules.most_links;
            return Err(field(
                "/items",
                format!("最多引用 {most} 条记录"),
                format!("must link at most {most} activities"),
            ));
        }
        Ok(links.map(|link| (link.activity, link.group.unwrap_or(branch))).collect())
    }

    /// The scores with their evidence, `known` being what was found of the activities that are linked.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`] for an item that is none of the sheet or comes twice, for points over its maximum, and for
    /// an activity that was not found or does not go with the item.
    pub(super) fn scores(
        self,
        sheet: &StarSheet,
        known: &BTreeMap<ActivityId, StarEvidence>,
    ) -> Result<Vec<StarScore>, Refusal> {
        check(sheet, self.items.iter().map(|claim| (&claim.item, claim.score)))?;
        self.items.into_iter().enumerate().map(|(at, claim)| claim.scored(at, sheet, known)).collect()
    }
}

impl StarClaim {
    fn scored(
        self,
        at: usize,
        sheet: &StarSheet,
        known: &BTreeMap<ActivityId, StarEvidence>,
    ) -> Result<StarScore, Refusal> {
        let kinds = sheet.item(&self.item).map_or(&[][..], |item| &item.kinds);
        let mut evidence: Vec<StarEvidence> = Vec::with_capacity(self.evidence.len());
        for (n, link) in self.evidence.iter().enumerate() {
            let pointer = format!("/items/{at}/evidence/{n}");
            let Some(found) = known.get(&link.activity) else {
                let (zh, en) = ("本年度没有此记录，或不属于本支部", "is no such activity of the branch in the year");
                return Err(field(pointer, zh, en));
            };
            if !kinds.iter().any(|kind| kind.as_str() == found.kind) {
                return Err(field(pointer, "本项不引用此类记录", "is of no kind that goes with the item"));
            }
            if evidence.iter().any(|other| other.activity == link.activity) {
                return Err(field(pointer, "同一记录重复引用", "comes twice"));
            }
            evidence.push(found.clone());
        }
        Ok(StarScore { item: self.item, score: self.score, evidence, note: self.note })
    }
}

impl StarScore {
    /// Whether it says what it rests on; nothing need be said of no points.
    pub(super) fn is_founded(&self) -> bool {
        self.score == 0 || !self.evidence.is_empty() || self.note.is_some()
    }
}
