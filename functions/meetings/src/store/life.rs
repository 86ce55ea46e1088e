//! What a branch or group is judged by: when it was there, its committee and groups, and what they held.

use super::Store;
use crate::domain::{Meeting, State};
use dynamo::{Filter, Found, Key, Read, StoreError, Stretch};
use futures_util::future::try_join_all;
use jiff::{Timestamp, civil::Date};
use kernel::{MeetingId, MemberId, OrgId, OrgPath, shanghai_day};
use org_life::{Body, Lasting, Obliged, committee};
use register::{Node, NodeRow, OrgKind};

impl Store {
    /// Groups of a branch that are looked at together.
    const AT_ONCE: usize = 5;

    /// Who held an office of the committee of `node`, and when.
    pub(super) async fn offices(&self, node: &Node) -> Result<Vec<(MemberId, Lasting)>, StoreError> {
        let all = self.organizations.officers(node.id).await?;
        let held = all.into_iter().filter(|held| held.role.is_committee());
        Ok(held.map(|held| (held.holder, Lasting { from: held.from, until: held.until })).collect())
    }

    /// A page of the branches among the organisation at `path` and those below it, by their paths.
    pub(crate) async fn branches(
        &self,
        path: &OrgPath,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Node>, StoreError> {
        let branch = Filter::default().equals("kind", OrgKind::Branch.slug());
        let below = Stretch::beginning(NodeRow::tree(path, true), path.as_str()).of_index("tree", "root", "path");
        let found: Found<NodeRow> = self.organizations.table().page(&below.only(branch), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.node).collect(), after: found.after })
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

    /// When `node` was there and what it held from `from` until `until`; and which of that waits for a signature.
    async fn body(&self, node: &Node, (from, until): (Date, Date)) -> Result<(Body, Vec<MeetingId>), StoreError> {
        let meetings = self.all(node.id, (from, until)).await?;
        let held = meetings.iter().filter_map(Meeting::counts).collect();
        let unsigned = meetings.iter().filter(|one| one.state == State::Recorded).map(|one| one.id).collect();
        Ok((Body { lasted: Lasting::between(node.founded_on, node.closed_on), held }, unsigned))
    }

    /// What the branch or group `node` is judged by in the days of `whole`; and which of its meetings, and of those of its
    /// groups, wait for a signature.
    pub(crate) async fn obliged(
        &self,
        node: &Node,
        whole: (Date, Date),
    ) -> Result<(Obliged, Vec<MeetingId>), StoreError> {
        if node.kind == OrgKind::Group {
            let (group, unsigned) = self.body(node, whole).await?;
            return Ok((Obliged { groups: vec![group], ..Obliged::default() }, unsigned));
        }
        let (offices, groups, (branch, mut unsigned)) = tokio::try_join!(
            self.offices(node),
            Box::pin(self.organizations.groups(node, whole.0)),
            Box::pin(self.body(node, whole))
        )?;
        let mut bodies = Vec::with_capacity(groups.len());
        for some in groups.chunks(Self::AT_ONCE) {
            let each = some.iter().map(|group| Box::pin(self.body(group, whole)));
            for (body, waiting) in try_join_all(each).await? {
                bodies.push(body);
                unsigned.extend(waiting);
            }
        }
        let theme_day = node.theme_day;
        Ok((Obliged { branch: Some(branch), committee: committee(&offices), groups: bodies, theme_day }, unsigned))
    }
}
