//! An organisation: a node of the tree.

use dynamo::Stretch;
use jiff::{Timestamp, civil::Date};
use kernel::{Line, OrgId, OrgPath};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The level of an organisation, from the top down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrgKind {
    /// 省委
    ProvincialCommittee,
    /// 市委
    MunicipalCommittee,
    /// 区（县）委
    DistrictCommittee,
    /// 街道党工委、乡镇党委
    SubDistrictCommittee,
    /// 基层党委
    BaseCommittee,
    /// 党总支
    GeneralBranch,
    /// 党支部
    Branch,
    /// 党小组
    Group,
}

impl OrgKind {
    /// Every level, from the top down.
    pub const ALL: [Self; 8] = [
        Self::ProvincialCommittee,
        Self::MunicipalCommittee,
        Self::DistrictCommittee,
        Self::SubDistrictCommittee,
        Self::BaseCommittee,
        Self::GeneralBranch,
        Self::Branch,
        Self::Group,
    ];

    /// Whether an organisation of this kind may stand directly below one of kind `parent`: levels go down, branches
    /// have only groups below them, and groups stand only below branches (支部条例 §10, §13).
    #[must_use]
    pub fn stands_under(self, parent: Self) -> bool {
        match self {
            Self::Group => parent == Self::Branch,
            _ => parent < self && parent != Self::Branch,
        }
    }

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::ProvincialCommittee => "省委",
            Self::MunicipalCommittee => "市委",
            Self::DistrictCommittee => "区（县）委",
            Self::SubDistrictCommittee => "街道党工委（乡镇党委）",
            Self::BaseCommittee => "基层党委",
            Self::GeneralBranch => "党总支",
            Self::Branch => "党支部",
            Self::Group => "党小组",
        }
    }

    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::ProvincialCommittee => "provincial-committee",
            Self::MunicipalCommittee => "municipal-committee",
            Self::DistrictCommittee => "district-committee",
            Self::SubDistrictCommittee => "sub-district-committee",
            Self::BaseCommittee => "base-committee",
            Self::GeneralBranch => "general-branch",
            Self::Branch => "branch",
            Self::Group => "group",
        }
    }

    /// Whether persons belong to it directly.
    #[must_use]
    pub fn has_members(self) -> bool {
        matches!(self, Self::Branch | Self::Group)
    }
}

/// What a branch is a branch of (支部条例 §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BranchType {
    /// 村
    Village,
    /// 社区
    Community,
    /// 国有企业和集体企业
    StateEnterprise,
    /// 高校
    University,
    /// 非公有制经济组织
    PrivateEnterprise,
    /// 社会组织
    SocialOrganization,
    /// 事业单位
    PublicInstitution,
    /// 机关
    GovernmentOffice,
    /// 流动党员
    FloatingMembers,
    /// 离退休干部职工
    Retired,
}

impl BranchType {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::Village,
        Self::Community,
        Self::StateEnterprise,
        Self::University,
        Self::PrivateEnterprise,
        Self::SocialOrganization,
        Self::PublicInstitution,
        Self::GovernmentOffice,
        Self::FloatingMembers,
        Self::Retired,
    ];

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Village => "村",
            Self::Community => "社区",
            Self::StateEnterprise => "国有企业和集体企业",
            Self::University => "高校",
            Self::PrivateEnterprise => "非公有制经济组织",
            Self::SocialOrganization => "社会组织",
            Self::PublicInstitution => "事业单位",
            Self::GovernmentOffice => "机关",
            Self::FloatingMembers => "流动党员",
            Self::Retired => "离退休干部职工",
        }
    }

    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Community => "community",
            Self::StateEnterprise => "state-enterprise",
            Self::University => "university",
            Self::PrivateEnterprise => "private-enterprise",
            Self::SocialOrganization => "social-organization",
            Self::PublicInstitution => "public-institution",
            Self::GovernmentOffice => "government-office",
            Self::FloatingMembers => "floating-members",
            Self::Retired => "retired",
        }
    }
}

/// Whether an organisation exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeStatus {
    /// It does.
    Active,
    /// 已撤销
    Dissolved,
    /// 已合并
    Merged,
}

/// A term of office (届).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Term {
    /// The day of the election.
    #[schema(value_type = String, format = Date)]
    pub elected_on: Date,
    /// The day on which the term ends by the rules.
    #[schema(value_type = String, format = Date)]
    pub ends_on: Date,
    /// The day on which the next election is due: `ends_on`, or up to one year earlier or later where the superior
    /// agreed (支部条例 §21).
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its id.
    pub id: OrgId,
    /// The way from the root to it; its last part is `id`.
    #[schema(value_type = String)]
    pub path: OrgPath,
    /// Its name.
    pub name: Line<60>,
    /// Its level.
    pub kind: OrgKind,
    /// What it is a branch of; branches and general branches only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch_type: Option<BranchType>,
    /// Whether it exists.
    pub status: NodeStatus,
    /// A temporary branch has no term, no dues and no development of members (支部条例 §8).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub temporary: bool,
    /// The units of a joint branch (支部条例 §5).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub units: Vec<Line<60>>,
    /// The last day of a project branch's project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub project_until: Option<Date>,
    /// Code of the administrative division it is for (GB/T 2260).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub division: Option<Line<12>>,
    /// The day of the superior's decision to found it.
    #[schema(value_type = String, format = Date)]
    pub founded_on: Date,
    /// The present term; absent before the first election.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub term: Option<Term>,
    /// The day on which it was dissolved or merged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub closed_on: Option<Date>,
    /// What it was merged into.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merged_into: Option<OrgId>,
    /// The day of the month on which a branch usually has its theme day, 1 to 28 (支部条例 §16: relatively fixed).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(minimum = 1, maximum = 28)]
    pub theme_day: Option<i8>,
    /// Counts its changes.
    pub version: u64,
    /// When it was last changed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// An organisation as it is stored, with the keys of its indexes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRow {
    /// `ORG#<id>`
    pub pk: String,
    /// `ORG`
    pub sk: String,
    /// Index `tree`: the root's id; what is closed is kept apart, so that lists of the present need no filter.
    pub root: String,
    /// Index `children`: the parent's id; absent for a root and for what is closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<OrgId>,
    /// Index `children`: kind, name and id.
    pub child_key: String,
    /// Index `pending`: set while copies of the path elsewhere are out of date; what they still say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pending: Option<String>,
    /// Where the organisation stood before the move that is pending.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved_from: Option<OrgPath>,
    /// Since when nothing was found under `moved_from` any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quiet_since: Option<Timestamp>,
    /// The organisation.
    #[serde(flatten)]
    pub node: Node,
}

impl NodeRow {
    /// The partition of pending moves.
    pub const PENDING: &str = "MOVED";

    /// The row of `node`.
    #[must_use]
    pub fn new(node: Node) -> Self {
        let open = node.status == NodeStatus::Active;
        // The level first, so that committees come before branches; the id last, so that keys are unique.
        let child_key = format!("{}#{}#{}", node.kind as u8, node.name, node.id);
        Self {
            pk: Self::partition(node.id),
            sk: "ORG".to_owned(),
            root: Self::tree(&node.path, open),
            parent: node.path.parent().filter(|_| open),
            child_key,
            pending: None,
            moved_from: None,
            quiet_since: None,
            node,
        }
    }

    /// The row of the same organisation after a change, its pending move with it.
    #[must_use]
    pub fn changed(&self, node: Node) -> Self {
        let (pending, moved_from) = (self.pending.clone(), self.moved_from.clone());
        Self { pending, moved_from, quiet_since: self.quiet_since, ..Self::new(node) }
    }

    /// The partition of index `tree` for organisations at `path` that are open, or closed.
    #[must_use]
    pub fn tree(path: &OrgPath, open: bool) -> String {
        let root = path.root_id().map(String::from).unwrap_or_default();
        if open { root } else { format!("PAST{root}") }
    }

    /// The organisation at `path` and all below it, by their paths: those that are open, or closed.
    #[must_use]
    pub fn below(path: &OrgPath, open: bool) -> Stretch {
        Stretch::beginning(Self::tree(path, open), path.as_str()).of_index("tree", "root", "path")
    }

    /// The partition of an organisation.
    #[must_use]
    pub fn partition(id: OrgId) -> String {
        format!("ORG#{id}")
    }
}

/// Holds a name for the one organisation under a parent, or the one root, that bears it.
///
/// Every open organisation has one, written by the transaction that founds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRow {
    /// `ORG#<parent>`, or `ROOTS` for a root
    pub pk: String,
    /// `NAME#<name>`
    pub sk: String,
    /// Which organisation bears it.
    pub organization: OrgId,
}

impl NameRow {
    /// What the sort keys of names begin with.
    pub const START: &str = "NAME#";
    /// The partition of the names of roots.
    pub const ROOTS: &str = "ROOTS";

    /// The row that holds the name of `node`.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let pk = node.path.parent().map_or_else(|| Self::ROOTS.to_owned(), NodeRow::partition);
        Self { pk, sk: Self::sort_key(&node.name), organization: node.id }
    }

    /// The sort key of a name.
    #[must_use]
    pub fn sort_key(name: &str) -> String {
        format!("{}{name}", Self::START)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_stored_as_its_slug() {
        for kind in OrgKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.slug());
        }
        for kind in BranchType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.slug());
        }
        for category in crate::Category::ALL {
            assert_eq!(serde_json::to_value(category).unwrap(), category.slug());
        }
    }

    #[test]
    fn levels_go_down_and_groups_hang_on_branches() {
        for child in OrgKind::ALL {
            for parent in OrgKind::ALL {
                let allowed = match (parent, child) {
                    (OrgKind::Branch, OrgKind::Group) => true,
                    (OrgKind::Branch | OrgKind::Group, _) | (_, OrgKind::Group) => false,
                    _ => parent < child,
                };
                assert_eq!(child.stands_under(parent), allowed, "{child:?} under {parent:?}");
            }
        }
    }
}
