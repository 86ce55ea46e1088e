//! The organisations.

use crate::{bytes, seeded};
use fastrand::Rng;
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{Line, OrgId, OrgPath};
use register::{BranchType, Node, NodeStatus, OrgKind, Term};
use serde::Deserialize;

/// How much to generate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Sub-districts that get branches.
    pub sub_districts: usize,
    /// Branches of each of them.
    pub branches: usize,
    /// Members of a branch: fewest and most.
    pub members: (usize, usize),
}

impl Plan {
    /// About two thousand members in forty-two branches.
    #[must_use]
    pub fn full() -> Self {
        Self { sub_districts: 20, branches: 2, members: (38, 60) }
    }

    /// Enough for a test: every role, two sub-districts, some seventy members.
    #[must_use]
    pub fn small() -> Self {
        Self { sub_districts: 2, branches: 2, members: (12, 16) }
    }
}

/// The organisations, and the ones that the cast plays in.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Every organisation, parents before children.
    pub nodes: Vec<Node>,
    /// The municipal committee.
    pub city: OrgId,
    /// The branch of its own office.
    pub office: OrgId,
    /// The first sub-district with branches.
    pub sub_district: OrgId,
    /// Two branches of that sub-district.
    pub neighbours: [OrgId; 2],
    /// A group of the first of them.
    pub group: OrgId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Divisions {
    city: Division,
    districts: Vec<District>,
}

#[derive(Deserialize)]
struct Division {
    code: Line<12>,
    name: Line<20>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct District {
    #[serde(flatten)]
    own: Division,
    sub_districts: Vec<Division>,
}

/// Instant at which the generated records were last changed: 2026-01-04 00:00 UTC.
const LOADED: i64 = 1_767_484_800;
/// The same in milliseconds, for ids.
pub(crate) const MILLIS: u64 = LOADED.unsigned_abs() * 1_000;

struct Builder {
    rng: Rng,
    nodes: Vec<Node>,
}

impl Builder {
    fn add(&mut self, parent: Option<&Node>, name: &str, kind: OrgKind, years: i16) -> Option<Node> {
        let founded_on = Date::constant(2000, 3, 1).saturating_add(self.rng.i32(0..7_000).days());
        let id = OrgId::from_bytes(MILLIS, bytes(&mut self.rng));
        let path = match parent {
            Some(parent) => parent.path.child(id)?,
            None => OrgPath::root(id),
        };
        // Elected within the last term, so that some elections are due soon and some are overdue.
        let elected_on = Date::constant(2026, 11, 1).saturating_sub(self.rng.i32(0..i32::from(years) * 380).days());
        let ends_on = elected_on.saturating_add(years.years());
        let term = (kind != OrgKind::Group).then_some(Term { elected_on, ends_on, due_on: ends_on });
        let node = Node {
            id,
            path,
            name: name.try_into().ok()?,
            kind,
            branch_type: None,
            status: NodeStatus::Active,
            temporary: false,
            units: Vec::new(),
            project_until: None,
            division: None,
            founded_on,
            term,
            closed_on: None,
            merged_into: None,
            theme_day: None,
            version: 1,
            updated_at: Timestamp::from_second(LOADED).ok()?,
        };
        self.nodes.push(node.clone());
        Some(node)
    }

    fn amend(&mut self, id: OrgId, amend: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.iter_mut().find(|node| node.id == id) {
            amend(node);
        }
    }
}

/// The organisations of `plan`; `None` only if the facts it is made from cannot be read, which a test rules out.
#[must_use]
pub fn tree(plan: &Plan) -> Option<Tree> {
    let divisions: Divisions = serde_json::from_str(include_str!("../divisions.json")).ok()?;
    let mut build = Builder { rng: seeded("tree"), nodes: Vec::new() };
    let city_name = &divisions.city.name;
    let city = build.add(None, &format!("中共{city_name}委员会（演示数据）"), OrgKind::MunicipalCommittee, 5)?;
    build.amend(city.id, |node| node.division = Some(divisions.city.code.clone()));
    let office = build.add(Some(&city), "市委办公厅机关党支部", OrgKind::Branch, 3)?;
    build.amend(office.id, |node| node.branch_type = Some(BranchType::GovernmentOffice));

    let (mut sub_district, mut neighbours, mut group) = (None, Vec::new(), None);
    let mut left = plan.sub_districts;
    for district in &divisions.districts {
        let committee =
            build.add(Some(&city), &format!("中共{}委员会", district.own.name), OrgKind::DistrictCommittee, 5)?;
        build.amend(committee.id, |node| node.division = Some(district.own.code.clone()));
        for (at, division) in district.sub_districts.iter().enumerate() {
            let office = if division.name.ends_with("街道") { "工作委员会" } else { "委员会" };
            let name = format!("中共{}{office}", division.name);
            let street = build.add(Some(&committee), &name, OrgKind::SubDistrictCommittee, 5)?;
            build.amend(street.id, |node| node.division = Some(division.code.clone()));
            if left == 0 || at >= 4 {
                continue;
            }
            left -= 1;
            sub_district.get_or_insert(street.id);
            let short = division.name.trim_end_matches("街道").trim_end_matches(['镇', '乡']);
            for number in 0..plan.branches {
                let community = number % 2 == 0;
                let (kind, suffix, years) = if community {
                    (BranchType::Community, "社区", 5)
                } else {
                    (BranchType::PrivateEnterprise, "商圈", 3)
                };
                let numeral = if number < 2 { String::new() } else { format!("第{}", number / 2 + 1) };
                let branch =
                    build.add(Some(&street), &format!("{short}{numeral}{suffix}党支部"), OrgKind::Branch, years)?;
                build.amend(branch.id, |node| node.branch_type = Some(kind));
                neighbours.push(branch.id);
                for name in ["第一党小组", "第二党小组"] {
                    let added = build.add(Some(&branch), name, OrgKind::Group, 3)?;
                    group.get_or_insert(added.id);
                }
            }
        }
    }
    let neighbours = [*neighbours.first()?, *neighbours.get(1)?];
    Some(Tree {
        nodes: build.nodes,
        city: city.id,
        office: office.id,
        sub_district: sub_district?,
        neighbours,
        group: group?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_tree_has_the_thirteen_districts_and_their_sub_districts() {
        let tree = tree(&Plan::full()).unwrap();
        let count = |kind| tree.nodes.iter().filter(|node| node.kind == kind).count();
        assert_eq!((count(OrgKind::DistrictCommittee), count(OrgKind::SubDistrictCommittee)), (13, 186));
        assert_eq!(count(OrgKind::Branch), 41);
    }

    #[test]
    fn every_node_stands_under_one_that_came_before_and_may() {
        let tree = tree(&Plan::full()).unwrap();
        let mut seen = HashSet::new();
        for node in &tree.nodes {
            if let Some(parent) = node.path.parent() {
                assert!(seen.contains(&parent), "{}", node.name);
                let parent = tree.nodes.iter().find(|other| other.id == parent).unwrap();
                assert!(node.kind.stands_under(parent.kind), "{} under {}", node.name, parent.name);
            }
            assert!(seen.insert(node.id));
        }
        let names: HashSet<_> = tree.nodes.iter().map(|node| (node.path.parent(), node.name.clone())).collect();
        assert_eq!(names.len(), tree.nodes.len());
    }

    #[test]
    fn it_is_the_same_each_time() {
        assert_eq!(tree(&Plan::small()).unwrap().nodes, tree(&Plan::small()).unwrap().nodes);
    }
}
