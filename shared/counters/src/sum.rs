//! Everything that is counted of an organisation, or of an area: it only adds.

use crate::{Life, OwnRow, Tally};
use register::{Node, OrgKind};
use serde::{Deserialize, Serialize};

/// The five scores of branches, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stars {
    /// Branches that were scored.
    pub branches: u64,
    /// The sum of each of their five scores, in hundredths of a point.
    pub points: [u64; 5],
}

impl Stars {
    /// Of one branch with these scores, in hundredths of a point.
    #[must_use]
    pub fn of(scores: [u16; 5]) -> Self {
        Self { branches: 1, points: scores.map(u64::from) }
    }

    /// Adds everything that is in `other`.
    pub fn merge(&mut self, other: &Self) {
        self.branches = self.branches.saturating_add(other.branches);
        for (sum, points) in self.points.iter_mut().zip(other.points) {
            *sum = sum.saturating_add(points);
        }
    }

    /// The five averages in hundredths of a point, rounded down; none where no branch was scored.
    #[must_use]
    pub fn averages(&self) -> Option<[u64; 5]> {
        (self.branches > 0).then(|| self.points.map(|sum| sum.checked_div(self.branches).unwrap_or_default()))
    }
}

/// What is counted of an organisation, or of an area with all that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// Organisations by kind.
    pub organizations: Tally,
    /// Branches by what they are branches of.
    pub branch_types: Tally,
    /// Who is on the rolls, by where they stand.
    pub members: Tally,
    /// Who was on them on the stated day, by bands.
    pub people: Tally,
    /// Tasks that are not done with, by how far they are.
    pub tasks: Tally,
    /// What was recorded in the month.
    pub counts: Tally,
    /// What is owed of org life and done.
    pub life: Life,
    /// Scores of branches.
    pub stars: Stars,
}

impl Sum {
    /// Of the organisation `node` alone: what was recorded of it in a month, what it says of itself, its scores.
    #[must_use]
    pub fn of(node: &Node, mut counts: Tally, own: Option<&OwnRow>, stars: Stars) -> Self {
        let mut sum = own.map(|row| row.sum.clone()).unwrap_or_default();
        sum.organizations.add(node.kind.slug(), 1);
        if let Some(kind) = node.branch_type.filter(|_| node.kind == OrgKind::Branch) {
            sum.branch_types.add(kind.slug(), 1);
        }
        counts.merge(&sum.counts);
        sum.counts = counts;
        sum.stars.merge(&stars);
        sum
    }

    /// Adds everything that is in `other`.
    pub fn merge(&mut self, other: &Self) {
        self.organizations.merge(&other.organizations);
        self.branch_types.merge(&other.branch_types);
        self.members.merge(&other.members);
        self.people.merge(&other.people);
        self.tasks.merge(&other.tasks);
        self.counts.merge(&other.counts);
        self.life.merge(&other.life);
        self.stars.merge(&other.stars);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;
    use kernel::{OrgId, OrgPath};
    use serde_json::json;

    fn id() -> OrgId {
        OrgId::from_bytes(1, [1; 10])
    }

    fn node(kind: OrgKind) -> Node {
        let record = json!({
            "id": id(), "path": OrgPath::root(id()), "name": "演示党组织", "kind": kind, "branchType": "community",
            "status": "active", "foundedOn": "2010-01-04", "version": 1, "updatedAt": "2026-11-01T00:00:00Z",
        });
        serde_json::from_value(record).unwrap()
    }

    fn tally(numbers: &[(&str, u64)]) -> Tally {
        numbers.iter().copied().collect()
    }

    #[test]
    fn an_organisation_counts_once_with_all_that_is_known_of_it_and_branches_by_their_type() {
        let said = Sum { members: tally(&[("full", 3)]), counts: tally(&[("a", 1)]), ..Sum::default() };
        let own = OwnRow::new(id(), Date::constant(2026, 11, 29), said.clone());
        let stars = Stars::of([1, 2, 3, 4, 5]);
        let community = tally(&[("community", 1)]);
        for (kind, branch_types) in [(OrgKind::Branch, community), (OrgKind::GeneralBranch, Tally::default())] {
            let sum = Sum::of(&node(kind), tally(&[("a", 2), ("b", 1)]), Some(&own), stars);
            let (organizations, counts) = (tally(&[(kind.slug(), 1)]), tally(&[("a", 3), ("b", 1)]));
            assert_eq!(sum, Sum { organizations, branch_types, counts, stars, ..said.clone() });
        }
    }

    #[test]
    fn averages_are_of_the_branches_that_were_scored() {
        let mut sum = Stars::default();
        assert_eq!(sum.averages(), None);
        sum.merge(&Stars::of([10_000, 0, 5_000, 1, 9_999]));
        sum.merge(&Stars::of([0, 0, 5_001, 0, 10_000]));
        assert_eq!((sum.branches, sum.averages()), (2, Some([5_000, 0, 5_000, 0, 9_999])));
    }
}
