//! What is recorded of somebody's work in office.

use super::Store;
use crate::domain::is_held_in;
use dynamo::StoreError;
use jiff::{ToSpan, civil::Date};
use kernel::{MemberId, OrgId, start_of_shanghai_day};
use org_life::MeetingRecord;
use register::{Appointment, Node};
use std::collections::BTreeMap;
use task_records::Listed;

impl Store {
    /// Tasks of one person in a year that are looked at, open ones and others each.
    const TASKS: u16 = 1_000;

    /// The offices of committees that a person holds or held in `year`, by `today`, with the organisations, as far as these are there.
    pub(crate) async fn offices(
        &self,
        member: MemberId,
        year: i16,
        today: Date,
    ) -> Result<Vec<(Appointment, Node)>, StoreError> {
        let held = self.scores.organizations().held(member).await?;
        let (mut nodes, mut offices): (BTreeMap<OrgId, Option<Node>>, Vec<_>) = (BTreeMap::new(), Vec::new());
        for office in held.into_iter().filter(|office| is_held_in(office, year, today)) {
            let node = match nodes.get(&office.organization) {
                Some(known) => known.clone(),
                None => self.scores.node(office.organization).await?,
            };
            nodes.insert(office.organization, node.clone());
            offices.extend(node.map(|node| (office, node)));
        }
        Ok(offices)
    }

    /// The tasks of a person whose limits are on one of these days.
    pub(crate) async fn tasks_led(
        &self,
        member: MemberId,
        (first, last): (Date, Date),
    ) -> Result<Vec<Listed>, StoreError> {
        let between = (start_of_shanghai_day(first), start_of_shanghai_day(last.saturating_add(1.day())));
        self.tasks.due_between(member, between, Self::TASKS).await
    }

    /// The meetings of an organisation on one of these days.
    pub(crate) async fn meetings(
        &self,
        organization: OrgId,
        days: (Date, Date),
    ) -> Result<Vec<MeetingRecord>, StoreError> {
        self.meetings.records(organization, days).await
    }
}
