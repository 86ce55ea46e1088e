//! What others ask of the table of meetings, which `meetings` writes.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | what a branch owes and did | `Query` `ORG#id`, index `tree` twice, index `held` of it and of each group | 0.5 per 4 KB each |
//! | what an organisation planned or held | `Query` index `held` | 0.5 per 4 KB |

use crate::{Node, Organizations};
use cloud::Environment;
use dynamo::{Found, StoreError, Stretch, Table};
use futures_util::future::{try_join_all, try_join3};
use jiff::civil::Date;
use kernel::{MissingSetting, OrgId};
use org_life::{Duty, Held, MeetingRecord, Rules, duties};

/// The table of meetings, as other functions read it.
#[derive(Debug, Clone)]
pub struct Meetings {
    table: Table,
}

impl Meetings {
    /// Groups of one branch whose meetings are read together.
    const AT_ONCE: usize = 5;
    /// Meetings of one organisation that are looked at.
    const MOST: u16 = 5_000;

    /// Over the table that `MEETINGS_TABLE` names.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "MEETINGS_TABLE")? })
    }

    /// What `branch` owes by the regulation from the day `since` to the end of the year of `today`, and what it did of it by what was
    /// signed up to the end of `today`; `organizations` tell its offices and groups.
    ///
    /// # Errors
    /// When a call fails, or the rules do not read, which a test rules out.
    pub async fn owed(
        &self,
        organizations: &Organizations,
        branch: &Node,
        (since, today): (Date, Date),
    ) -> Result<Vec<Duty>, StoreError> {
        let (offices, groups, held) = try_join3(
            Box::pin(organizations.officers(branch.id)),
            Box::pin(organizations.groups(branch, since)),
            Box::pin(self.held(branch.id, (since, today))),
        )
        .await?;
        let mut bodies = Vec::with_capacity(groups.len());
        for some in groups.chunks(Self::AT_ONCE) {
            let each = some.iter().map(|group| Box::pin(self.held(group.id, (since, today))));
            let held = try_join_all(each).await?;
            bodies.extend(some.iter().zip(held).map(|(group, held)| group.body(held)));
        }
        let obliged = branch.obliged(held, &offices, bodies);
        let last = Date::new(today.year(), 12, 31).unwrap_or(today);
        Ok(duties(Rules::get()?, &obliged, (since, last), today))
    }

    /// What an organisation held from one day to another, as far as it counts.
    async fn held(&self, organization: OrgId, days: (Date, Date)) -> Result<Vec<Held>, StoreError> {
        Ok(self.records(organization, days).await?.iter().filter_map(MeetingRecord::counts).collect())
    }

    /// Meetings of an organisation from one day to another, by their days, however far they are.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn records(
        &self,
        organization: OrgId,
        (from, until): (Date, Date),
    ) -> Result<Vec<MeetingRecord>, StoreError> {
        let mut held = Stretch::whole(organization.to_string()).of_index("held", "organization", "heldKey");
        (held.from, held.until) = (from.to_string(), format!("{until}~"));
        let found: Found<MeetingRecord> = self.table.first(&held, Self::MOST).await?;
        Ok(found.items)
    }
}
