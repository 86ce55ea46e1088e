//! Branches as they stand, many together: what each would be told of in an overview of its own, in a few requests for a page.

use super::Store;
use crate::domain::{Known, Standing, unsummed};
use counter_records::{MonthRow, OwnRow, Stars};
use dues_records::Month;
use dynamo::{Filter, Found, Key, Read, StoreError};
use jiff::civil::Date;
use kernel::{OrgId, OrgPath};
use register::{Node, NodeRow, OrgKind};
use scoring::YearRow;
use std::collections::BTreeMap;

/// Groups of the branches of one page, at most.
const GROUPS: u16 = 5_000;

impl Store {
    /// A page of the branches among the organisation at `path` and those below it, by their paths, in the month of the last sums;
    /// with their scores where these are `scored` for the caller. What does not read is left out: the night tells of it.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::NotFound`] where there are no sums of this month or the one before; or when a call fails.
    pub(crate) async fn standings(
        &self,
        path: &OrgPath,
        (after, limit): (Option<&str>, u16),
        scored: bool,
        today: Date,
    ) -> Result<Found<Standing>, StoreError> {
        let night = self.counters.night().await?;
        // As in an overview: older ones, among them those that the first night adds up, do not say how branches stand.
        let lately = Month::of(today).after(-1);
        let month = night.walked.map(Month::of).filter(|month| *month >= lately).ok_or_else(unsummed)?;
        let of_kind = |kind: OrgKind| Filter::default().equals("kind", kind.slug());
        let branches = NodeRow::below(path, true).only(of_kind(OrgKind::Branch));
        let Found { items: branches, after } = self.organizations.page(&branches, after, limit).await?;
        let (Some(first), Some(last)) = (branches.first(), branches.last()) else {
            return Ok(Found { items: Vec::new(), after });
        };
        // Groups stand behind their branch, and before the next one.
        let mut groups = NodeRow::below(path, true).only(of_kind(OrgKind::Group));
        (groups.from, groups.until) = (first.path.to_string(), format!("{}\u{10ffff}", last.path));
        let groups: Found<NodeRow> = self.organizations.table().first(&groups, GROUPS).await?;
        let groups: Vec<Node> = groups.items.into_iter().map(|row| row.node).collect();

        let ids: Vec<OrgId> = branches.iter().chain(&groups).map(|body| body.id).collect();
        let read: Vec<OrgId> = branches.iter().map(|branch| branch.id).filter(|_| scored).collect();
        let (recorded, said, mut stars) = tokio::try_join!(
            self.counters.recorded(&ids, month),
            self.counters.owns(&ids, month),
            self.scores_of(&read, month.year())
        )?;
        let recorded = recorded.into_iter().flatten().filter_map(|row| Some((row.organization()?, row)));
        let recorded: BTreeMap<OrgId, MonthRow> = recorded.collect();
        let said = said.into_iter().flatten().map(|row| (row.organization, row));
        let said: BTreeMap<OrgId, OwnRow> = said.collect();
        let standing = |branch: Node| {
            let mut known = Known::nothing(month, today);
            let own_groups = groups.iter().filter(|group| group.path.parent() == Some(branch.id));
            for body in [&branch].into_iter().chain(own_groups) {
                let counts = recorded.get(&body.id).map(MonthRow::whole).unwrap_or_default();
                known.add(body, counts, said.get(&body.id));
            }
            known.reach(said.get(&branch.id), night.walked);
            let scored = stars.remove(&branch.id);
            Standing { branch, known, scored }
        };
        Ok(Found { items: branches.into_iter().map(standing).collect(), after })
    }

    /// The scores of branches in a year, as far as they were scored, with the day that they reach.
    async fn scores_of(&self, branches: &[OrgId], year: i16) -> Result<BTreeMap<OrgId, (Stars, Date)>, StoreError> {
        let keys = branches.iter().map(|id| YearRow::scores_key(*id, year));
        let keys = keys.map(|(pk, sk)| Key::new(pk, sk)).collect();
        let rows: Vec<Result<YearRow, StoreError>> = self.scores.get_each(keys, Read::Eventual).await?;
        let found = rows.into_iter().flatten().filter_map(|row| {
            let branch = branches.iter().find(|id| YearRow::partition(**id) == row.pk)?;
            Some((*branch, (Stars::of(row.scores().ok()?.branch), row.through)))
        });
        Ok(found.collect())
    }
}
