//! Founding an organisation, changing its particulars, closing it.

use super::{Rules, Warning, decided, field};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, OrgId, Refusal, Text, add_months};
use register::{BranchType, Node, NodeStatus, OrgKind};
use serde::Deserialize;
use utoipa::ToSchema;

/// An organisation to be founded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Founding {
    /// What it stands directly below.
    pub parent: OrgId,
    /// Unique below the parent.
    #[schema(value_type = String)]
    pub name: Line<60>,
    /// Its level.
    pub kind: OrgKind,
    /// Needed for a branch, possible for a general branch.
    pub branch_type: Option<BranchType>,
    /// 临时党支部
    #[serde(default)]
    pub temporary: bool,
    /// The units of a joint branch, 2 to 20.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub units: Vec<Line<60>>,
    /// The last day of a project branch's project.
    #[schema(value_type = Option<String>, format = Date)]
    pub project_until: Option<Date>,
    /// Code of the administrative division it is for (GB/T 2260).
    #[schema(value_type = Option<String>)]
    pub division: Option<Line<12>>,
    /// The day of the superior's decision.
    #[schema(value_type = String, format = Date)]
    pub founded_on: Date,
    /// Full members that will belong to it; needed for a branch.
    pub full_members: Option<u32>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    pub decision: Line<100>,
}

impl Founding {
    /// The organisation below `parent`, with what a rule calls unusual about it.
    ///
    /// # Errors
    /// [`ErrorCode::WrongParent`], [`ErrorCode::TooDeep`], [`ErrorCode::BranchTooSmall`],
    /// [`ErrorCode::ProjectTooShort`] with its article, [`ErrorCode::InvalidField`] for a field that cannot be.
    pub fn found(
        &self,
        id: OrgId,
        parent: &Node,
        rules: &'static Rules,
        now: Timestamp,
        today: Date,
    ) -> Result<(Node, Vec<Warning>), Refusal> {
        stands_under(self.kind, parent.kind)?;
        let node = Node {
            id,
            path: parent.path.child(id).ok_or(ErrorCode::TooDeep)?,
            name: self.name.clone(),
            kind: self.kind,
            branch_type: self.branch_type,
            status: NodeStatus::Active,
            temporary: self.temporary,
            units: self.units.clone(),
            project_until: self.project_until,
            division: self.division.clone(),
            founded_on: self.founded_on,
            term: None,
            closed_on: None,
            merged_into: None,
            theme_day: None,
            version: 1,
            updated_at: now,
        };
        if self.founded_on > today {
            return Err(field("/foundedOn", "成立日期不能晚于今天", "cannot be later than today"));
        }
        let mut warnings = particulars(&node, rules)?;
        match (self.kind, self.full_members) {
            (OrgKind::Branch, None) => {
                return Err(field("/fullMembers", "成立党支部须填写正式党员人数", "is needed for a branch"));
            }
            (OrgKind::Branch, Some(count)) => warnings.extend(size_of_branch(count, !node.units.is_empty(), rules)?),
            (OrgKind::GeneralBranch, Some(count)) if count <= rules.general_branch.usually_more_than => {
                warnings.push(small("small-general-branch", self.kind, &rules.general_branch));
            }
            (OrgKind::BaseCommittee, Some(count)) if count <= rules.base_committee.usually_more_than => {
                warnings.push(small("small-base-committee", self.kind, &rules.base_committee));
            }
            _ => {}
        }
        Ok((node, warnings))
    }
}

/// Particulars to be changed; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = OrganizationEdit)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Edit {
    #[schema(value_type = Option<String>)]
    name: Option<Line<60>>,
    branch_type: Option<BranchType>,
    /// The units of a joint branch; an empty list makes it a branch of its own.
    #[schema(value_type = Option<Vec<String>>)]
    units: Option<Vec<Line<60>>>,
    #[schema(value_type = Option<String>, format = Date)]
    project_until: Option<Date>,
    #[schema(value_type = Option<String>)]
    division: Option<Line<12>>,
    /// The day of the month on which the branch usually has its theme day.
    #[schema(minimum = 1, maximum = 28)]
    theme_day: Option<i8>,
}

impl Edit {
    /// Whether it makes a joint branch one of its own, which needs the number of full members.
    pub(crate) fn parts_units(&self, node: &Node) -> bool {
        !node.units.is_empty() && self.units.as_ref().is_some_and(Vec::is_empty)
    }

    /// The organisation after the change, with what a rule calls unusual about it. `full_members` is known where
    /// [`Self::parts_units`] says so.
    ///
    /// # Errors
    /// As for [`Founding::found`].
    pub(crate) fn apply(
        self,
        node: &Node,
        full_members: Option<u32>,
        rules: &'static Rules,
        now: Timestamp,
    ) -> Result<(Node, Vec<Warning>), Refusal> {
        let mut next = Node { version: node.version + 1, updated_at: now, ..node.clone() };
        next.name = self.name.unwrap_or(next.name);
        next.branch_type = self.branch_type.or(next.branch_type);
        next.units = self.units.unwrap_or(next.units);
        next.project_until = self.project_until.or(next.project_until);
        next.division = self.division.or(next.division);
        next.theme_day = self.theme_day.or(next.theme_day);
        let mut warnings = particulars(&next, rules)?;
        if let Some(count) = full_members {
            warnings.extend(size_of_branch(count, !next.units.is_empty(), rules)?);
        }
        Ok((next, warnings))
    }
}

/// Refuses a level that cannot stand directly below another.
pub(super) fn stands_under(kind: OrgKind, parent: OrgKind) -> Result<(), Refusal> {
    if kind.stands_under(parent) {
        return Ok(());
    }
    let zh = format!("{}不能设在{}之下", kind.zh(), parent.zh());
    let en = format!("a {} cannot stand directly below a {}", kind.slug(), parent.slug());
    Err(Refusal::new(ErrorCode::WrongParent).because(Text::of(zh, en)))
}

/// Whether what is said about a branch is said about a branch, and is possible.
fn particulars(node: &Node, rules: &'static Rules) -> Result<Vec<Warning>, Refusal> {
    let branch = node.kind == OrgKind::Branch;
    if branch && node.branch_type.is_none() {
        return Err(field("/branchType", "党支部须填写类型", "is needed for a branch"));
    }
    if node.branch_type.is_some() && !matches!(node.kind, OrgKind::Branch | OrgKind::GeneralBranch) {
        return Err(field("/branchType", "只有党支部和党总支有此项", "is for branches and general branches only"));
    }
    let of_branches = [
        ("/temporary", node.temporary),
        ("/units", !node.units.is_empty()),
        ("/projectUntil", node.project_until.is_some()),
        ("/themeDay", node.theme_day.is_some()),
    ];
    if let Some((pointer, _)) = of_branches.into_iter().find(|(_, given)| *given && !branch) {
        return Err(field(pointer, "只有党支部有此项", "is for branches only"));
    }
    if node.theme_day.is_some_and(|day| !(1..=28).contains(&day)) {
        return Err(field("/themeDay", "应为每月 1 日至 28 日中的一天", "must be from 1 to 28, which every month has"));
    }
    if node.division.as_ref().is_some_and(|code| code.len() < 6 || !code.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(field("/division", "行政区划代码应为 6 至 12 位数字", "must be 6 to 12 digits (GB/T 2260)"));
    }
    if let Some(until) = node.project_until {
        let rule = &rules.project_branch;
        if add_months(node.founded_on, rule.months) > until {
            return Err(Refusal::new(ErrorCode::ProjectTooShort).by(&rule.article));
        }
    }
    units(&node.units, rules)
}

/// Whether the units of a joint branch are a possible list.
fn units(units: &[Line<60>], rules: &'static Rules) -> Result<Vec<Warning>, Refusal> {
    let rule = &rules.joint_branch;
    if units.is_empty() {
        return Ok(Vec::new());
    }
    if !(rule.fewest..=rule.most).contains(&units.len()) {
        let zh = format!("联合党支部应由 {} 至 {} 个单位组成", rule.fewest, rule.most);
        let en = format!("a joint branch is made of {} to {} units", rule.fewest, rule.most);
        return Err(Refusal::field("/units", Text::of(zh, en)).by(&rule.article));
    }
    if units.iter().enumerate().any(|(at, unit)| units.iter().skip(at + 1).any(|other| other == unit)) {
        return Err(field("/units", "单位不能重复", "a unit is named twice"));
    }
    if units.len() <= rule.usually_at_most {
        return Ok(Vec::new());
    }
    let zh = format!("联合党支部覆盖单位一般不超过 {} 个", rule.usually_at_most);
    let en = format!("a joint branch usually covers at most {} units", rule.usually_at_most);
    Ok(vec![Warning::new("many-units", &rule.article, zh, en)])
}

/// Whether a branch of `count` full members can be.
fn size_of_branch(count: u32, joint: bool, rules: &'static Rules) -> Result<Option<Warning>, Refusal> {
    let rule = &rules.branch;
    if count < rule.fewest && !joint {
        let zh = format!("正式党员不足 {} 人，不能单独成立党支部，可与邻近单位成立联合党支部", rule.fewest);
        let en =
            format!("a branch needs {} full members; with fewer, form a joint branch with other units", rule.fewest);
        return Err(Refusal::new(ErrorCode::BranchTooSmall).because(Text::of(zh, en)).by(&rule.article));
    }
    Ok(if count < rule.fewest {
        let zh = format!("联合党支部的正式党员合计不足 {} 人", rule.fewest);
        let en = format!("the units have fewer than {} full members together", rule.fewest);
        Some(Warning::new("few-members", &rule.article, zh, en))
    } else if count > rule.usually_at_most {
        let zh = format!("党支部党员人数一般不超过 {} 人", rule.usually_at_most);
        let en = format!("a branch usually has at most {} members", rule.usually_at_most);
        Some(Warning::new("many-members", &rule.article, zh, en))
    } else {
        None
    })
}

fn small(code: &'static str, kind: OrgKind, rule: &'static super::rules::Size) -> Warning {
    let zh = format!("{}一般有超过 {} 名正式党员", kind.zh(), rule.usually_more_than);
    let en = format!("it usually has more than {} full members", rule.usually_more_than);
    Warning::new(code, &rule.article, zh, en)
}

/// The organisation after it was dissolved, or merged into another one, on the day `on`.
///
/// # Errors
/// [`ErrorCode::InvalidField`] for a day that cannot be, or another organisation that cannot take it in.
pub(crate) fn closing(
    node: &Node,
    into: Option<&Node>,
    on: Date,
    now: Timestamp,
    today: Date,
) -> Result<Node, Refusal> {
    decided("/on", on, node.founded_on, today)?;
    if let Some(into) = into {
        if into.id == node.id {
            return Err(field("/into", "不能与自身合并", "cannot be the organisation itself"));
        }
        if into.kind != node.kind {
            return Err(field("/into", "只有同类组织才能合并", "must be of the same kind"));
        }
        if into.closed_on.is_some() {
            return Err(ErrorCode::OrganizationClosed.into());
        }
    }
    Ok(Node {
        status: if into.is_some() { NodeStatus::Merged } else { NodeStatus::Dissolved },
        merged_into: into.map(|into| into.id),
        closed_on: Some(on),
        version: node.version + 1,
        updated_at: now,
        ..node.clone()
    })
}
