//! What a branch or group is judged by: when it was there, its committee and groups, and what they held.

use super::Store;
use crate::domain::{Meeting, State};
use dynamo::{Filter, Found, Key, Read, StoreError};
use futures_util::future::try_join_all;
use jiff::{Timestamp, civil::Date};
use kernel::{MeetingId, OrgId, OrgPath, shanghai_day};
use org_life::{Held, Obliged};
use register::{Node, NodeRow, OrgKind};

impl Store {
    /// Groups of a branch that are looked at together.
    const AT_ONCE: usize = 5;

    /// A page of the branches among the organisation at `path` and those below it, by their paths.
    pub(crate) async fn branches(
        &self,
        path: &OrgPath,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Node>, StoreError> {
        let branch = Filter::default().equals("kind", OrgKind::Branch.slug());
        self.organizations.page(&NodeRow::below(path, true).only(branch), after, limit).await
    }

    /// When a branch published what it collected in `year` first, if it did: a row of its book, which `dues` writes.
    pub(crate) async fn dues_published(&self, branch: OrgId, year: i16) -> Result<Option<Date>, StoreError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Published {
            first_at: Timestamp,
        }
        let key = Key::new(format!("BOOK#{branch}"), format!("PUBLISHED#{year:04}"));
        let row: Option<Published> = self.dues.get(key, Read::Eventual).await?;
        Ok(row.map(|row| shanghai_day(row.first_at)))
    }

    /// What `node` held from `from` until `until`; and which meetings of these days wait for a signature.
    async fn held(&self, node: &Node, (from, until): (Date, Date)) -> Result<(Vec<Held>, Vec<MeetingId>), StoreError> {
        let meetings = self.all(node.id, (from, until)).await?;
        let held = meetings.iter().filter_map(Meeting::counts).collect();
        let unsigned = meetings.iter().filter(|one| one.state == State::Recorded).map(|one| one.id).collect();
        Ok((held, unsigned))
    }

    /// What the branch or group `node` is judged by in the days of `whole`; and which of its meetings, and of those of its
    /// groups, wait for a signature.
    pub(crate) async fn obliged(
        &self,
        node: &Node,
        whole: (Date, Date),
    ) -> Result<(Obliged, Vec<MeetingId>), StoreError> {
        if node.kind == OrgKind::Group {
            let (held, unsigned) = self.held(node, whole).await?;
            return Ok((Obliged { groups: vec![node.body(held)], ..Obliged::default() }, unsigned));
        }
        let (offices, groups, (held, mut unsigned)) = tokio::try_join!(
            self.organizations.officers(node.id),
            Box::pin(self.organizations.groups(node, whole.0)),
            Box::pin(self.held(node, whole))
        )?;
        let mut bodies = Vec::with_capacity(groups.len());
        for some in groups.chunks(Self::AT_ONCE) {
            let each = some.iter().map(|group| Box::pin(self.held(group, whole)));
            for (group, (held, waiting)) in some.iter().zip(try_join_all(each).await?) {
                bodies.push(group.body(held));
                unsigned.extend(waiting);
            }
        }
        Ok((node.obliged(held, &offices, bodies), unsigned))
    }
}
