//! What other functions need of the star reviews, which `ratings` writes: what waits for whom, which star a branch has, and that what
//! is open of a branch ends with it.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | applications of an organisation and those below it that are so far | `Query` index `place`, filtered | 0.5 per 4 KB of summaries |
//! | what waits for the department of a committee | `Query` index `waiting` | 0.5 per 4 KB of summaries |
//! | the star of a branch in a year | `GetItem` `ORG#branch`/`STA#year`, and of the application that it names | 0.5, 0.5 per 4 KB |
//! | what is open of a branch | `GetItem` and `Query` `ORG#branch`, `BatchGetItem` of its applications, consistent | 1 each, 1 per 4 KB |
//! | that ends with the branch | part of the transaction that closes it: the counter, each application | 2 per row, KB and index |

use crate::{MemberRow, Node};
use cloud::Environment;
use dynamo::{Change, Filter, Found, Key, Read, StoreError, Stretch, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, MissingSetting, OrgId, OrgPath, StarApplicationId, shanghai_day};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, fmt};
use utoipa::ToSchema;

/// How far an application in a star review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StarState {
    /// The branch gives itself points.
    Draft,
    /// It handed in: the committee above gives points again.
    Submitted,
    /// It did: the department gives the star.
    Reviewed,
    /// It did: there is public notice, and anybody in the tree can object.
    Notice,
    /// The star is awarded.
    Awarded,
    /// The branch was dissolved or merged before that.
    BranchClosed,
}

impl StarState {
    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Reviewed => "reviewed",
            Self::Notice => "notice",
            Self::Awarded => "awarded",
            Self::BranchClosed => "branch-closed",
        }
    }

    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Awarded | Self::BranchClosed)
    }

    /// Whether everybody in the tree may know of points and star.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Notice | Self::Awarded)
    }
}

/// An application that is under way, as index `place` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenStar {
    /// Its id.
    pub id: StarApplicationId,
    /// The branch.
    pub organization: OrgId,
    /// Where the branch stands.
    pub path: OrgPath,
    /// The name of the branch.
    pub name: Line<60>,
    /// The last day on which the branch hands it in; absent in what was filed before lists had it.
    pub closes_on: Option<Date>,
    /// The day on which it did.
    pub submitted_on: Option<Date>,
    /// Who has a part in it and does not take its next step.
    #[serde(default)]
    pub barred: BTreeSet<MemberId>,
}

/// Something that the department of the committee at the root has to do, as index `waiting` has it: about an application, or about
/// an objection.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingStar {
    /// The id of the one or the other.
    pub id: String,
    /// The application that an objection is against; absent for an application.
    pub application: Option<StarApplicationId>,
    /// The branch.
    pub organization: OrgId,
    /// The name of the branch.
    pub name: Line<60>,
    /// The last day of its public notice, as it was told; only for an application that is under notice.
    pub notice_until: Option<Date>,
    /// The day of the decision that the notice is of.
    pub decided_on: Option<Date>,
    /// Who has a part in it and does not take its next step.
    #[serde(default)]
    pub barred: BTreeSet<MemberId>,
    waits_key: String,
}

impl WaitingStar {
    /// The sort key of what waits since the day `since`.
    #[must_use]
    pub fn key(since: Date, id: impl fmt::Display) -> String {
        format!("{since}#{id}")
    }

    /// The day in Shanghai since which it waits.
    #[must_use]
    pub fn since(&self) -> Option<Date> {
        self.waits_key.split_once('#')?.0.parse().ok()
    }
}

/// The star that a branch was awarded in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StarAward {
    /// The application that was decided about.
    pub application: StarApplicationId,
    /// How many; 0 for none.
    pub star: u8,
    /// By what score, in hundredths of a point.
    pub score: u32,
    /// The day of the award in Shanghai.
    #[schema(value_type = String, format = Date)]
    pub awarded_on: Date,
}

/// An application that ends with its branch.
#[derive(Debug, Clone, Deserialize)]
pub struct EndingStar {
    /// Its id.
    pub id: StarApplicationId,
    /// Of which year it is.
    pub year: i16,
    /// Counts its changes.
    pub version: u64,
    state: StarState,
}

/// What is open of a branch.
#[derive(Debug, Clone)]
pub struct EndingStars {
    /// The applications.
    pub applications: Vec<EndingStar>,
    /// How often the branch had applied before they were read.
    filed: u64,
}

/// That a branch applied in a year.
#[derive(Deserialize)]
struct Applied {
    application: StarApplicationId,
}

/// What an application says of the star.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decided {
    id: StarApplicationId,
    star: Option<u8>,
    score: Option<u32>,
    awarded_at: Option<Timestamp>,
}

/// A counter of changes.
#[derive(Deserialize)]
struct Counter {
    version: u64,
}

/// The table of star reviews, as other functions see it.
#[derive(Debug, Clone)]
pub struct StarReviews {
    table: Table,
}

impl StarReviews {
    /// What the sort keys begin with by which a branch applied.
    pub const APPLIED: &str = "STA#";
    /// Applications that are looked at: those of one organisation that wait, or those of one branch in all years.
    const MOST: u16 = 200;

    /// Over the table that `RATINGS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "RATINGS_TABLE")? })
    }

    /// Where an application is.
    #[must_use]
    pub fn key(id: StarApplicationId) -> Key {
        Key::new(format!("STA#{id}"), "STA")
    }

    /// Where it is kept what a branch applied for.
    #[must_use]
    pub fn of_branch(branch: OrgId) -> String {
        format!("ORG#{branch}")
    }

    /// Where it is counted how often a branch applied, so that it is not closed over a new application.
    #[must_use]
    pub fn filed(branch: OrgId) -> Key {
        Key::new(Self::of_branch(branch), "FILED")
    }

    /// Applications of branches at and below `place`, which is a district or lies in one, that are so far as `state` says.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn so_far(&self, place: &OrgPath, state: StarState) -> Result<Found<OpenStar>, StoreError> {
        let only = Filter::default().equals("state", state.slug());
        self.table.page(&MemberRow::below(place, state.is_open()).only(only), None, Self::MOST).await
    }

    /// What waits for the department of `committee`, which is at the root, for the longest time first.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn waiting(&self, committee: OrgId) -> Result<Found<WaitingStar>, StoreError> {
        let all = Stretch::whole(committee.to_string()).of_index("waiting", "waitsAt", "waitsKey");
        self.table.page(&all, None, Self::MOST).await
    }

    /// The star that `branch` was awarded in the review of `year`; `None` where it did not apply, or was not awarded one yet.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn awarded(&self, branch: OrgId, year: i16) -> Result<Option<StarAward>, StoreError> {
        let key = Key::new(Self::of_branch(branch), format!("{}{year}", Self::APPLIED));
        let Some(Applied { application }) = self.table.get(key, Read::Eventual).await? else { return Ok(None) };
        let found: Option<Decided> = self.table.get(Self::key(application), Read::Eventual).await?;
        let award = |Decided { id, star, score, awarded_at }: Decided| {
            Some(StarAward { application: id, star: star?, score: score?, awarded_on: shanghai_day(awarded_at?) })
        };
        Ok(found.and_then(award))
    }

    /// What is open of `branch`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn open_of(&self, branch: OrgId) -> Result<EndingStars, StoreError> {
        // The counter before what it counts: whatever comes after is noticed when the change is made.
        let filed: Option<Counter> = self.table.get(Self::filed(branch), Read::Consistent).await?;
        let years = Stretch::beginning(Self::of_branch(branch), Self::APPLIED).consistent();
        let years: Found<Applied> = self.table.first(&years, Self::MOST).await?;
        let keys = years.items.into_iter().map(|applied| Self::key(applied.application)).collect();
        let mut applications: Vec<EndingStar> = self.table.get_all(keys, Read::Consistent).await?;
        applications.retain(|one| one.state.is_open());
        Ok(EndingStars { applications, filed: filed.map_or(0, |counter| counter.version) })
    }

    /// Adds to `change`, which closes `branch` on the day `on`, that what is open of it ends: as long as none of it changed and
    /// nothing was applied for meanwhile.
    #[must_use]
    pub fn end(&self, change: Change, (branch, on): (&Node, Date), ending: &EndingStars) -> Change {
        let change = change.advance(&self.table, Self::filed(branch.id), ending.filed);
        ending.applications.iter().fold(change, |change, one| {
            // Nothing of it waits for anybody or is public any more.
            let ended = json!({
                "state": StarState::BranchClosed, "branchClosedOn": on, "area": MemberRow::area(&branch.path, false),
                "version": one.version + 1, "waitsAt": null, "waitsKey": null, "barred": null, "shown": null, "score": null,
                "star": null, "noticeUntil": null, "decidedOn": null,
            });
            change.amend(&self.table, Self::key(one.id), (one.version, &[]), &ended)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_in_order_of_its_days() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let key = WaitingStar::key(day("2026-11-25"), "sta_1");
        assert!(key < WaitingStar::key(day("2026-12-01"), "sta_0"));
        let waiting = json!({
            "id": "sta_1", "organization": OrgId::from_bytes(1, [1; 10]), "name": "东社区党支部", "waitsKey": key,
        });
        let waiting: WaitingStar = serde_json::from_value(waiting).unwrap();
        assert_eq!(waiting.since(), Some(day("2026-11-25")));
    }
}
