//! Rows of a file of organisations.
//!
//! A row names its superior by the path of names from the top of the import, and the superior may be a row of the same
//! file. So rows are taken by the length of that path, superiors first, and in the order of the file where it is the
//! same; ids follow from the place in this order.

use super::{
    Header, Places, RowProblem,
    columns::{Column, column},
    members::{day, line, one_of},
};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, OrgId, Text};
use organizations::{Founding, Rules, Warning};
use register::{BranchType, Node, OrgKind};
use sheet::Row;
use std::collections::{HashMap, HashSet};

/// The columns, in the order of an export. Units stand on a line each: a line break is what no name has. An export leaves the last two empty: they are in the trace.
pub(crate) const COLUMNS: &[Column] = &[
    column("上级组织", "/parent", true),
    column("名称", "/name", true),
    column("类别", "/kind", true),
    column("支部类型", "/branchType", false),
    column("成立日期", "/foundedOn", true),
    column("临时党支部", "/temporary", false),
    column("联合单位", "/units", false),
    column("项目截止日期", "/projectUntil", false),
    column("行政区划代码", "/division", false),
    column("正式党员人数", "/fullMembers", false),
    column("批准文号", "/decision", false),
];

/// An organisation that a row founds.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// The organisation.
    pub(crate) node: Node,
    /// What it stands below: there already, or founded by a row before.
    pub(crate) parent: Node,
    /// As it was asked for.
    pub(crate) founding: Founding,
    /// What a rule calls unusual about it.
    pub(crate) warnings: Vec<Warning>,
    /// The rules it was founded by.
    pub(crate) rules: &'static Rules,
}

/// What a row comes to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// A new organisation.
    New(Box<Planned>),
    /// One that is there already, with the same particulars.
    Same,
    /// Nothing.
    Wrong(Vec<RowProblem>),
}

/// What a file of organisations is read with.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) places: &'a Places,
    /// What rows that have been applied founded, by their place in the order; `None` for one that founded nothing.
    pub(crate) applied: &'a [Option<Node>],
    pub(crate) rules: &'static Rules,
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
}

/// What every row comes to, superiors first; `id` makes the id of a place in that order, from 1.
pub(crate) fn plan(
    header: &Header,
    rows: &[Row],
    context: &Context<'_>,
    id: impl Fn(u32) -> OrgId,
) -> Vec<(u32, Verdict)> {
    let mut ordered: Vec<&Row> = rows.iter().collect();
    ordered.sort_by_key(|row| (header.text(row, "/parent").matches('/').count(), row.line));
    let mut made: HashMap<String, Node> = HashMap::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut verdicts = Vec::with_capacity(ordered.len());
    for (at, row) in ordered.into_iter().enumerate() {
        let place = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let read = read(header, row, context.places, &made);
        let verdict = match (context.applied.get(at), read) {
            // It was applied, or it was found wrong when that was tried.
            (Some(applied), Ok((path, ..))) => {
                if let Some(node) = applied {
                    made.insert(path, node.clone());
                }
                Verdict::Same
            }
            (Some(_), Err(_)) => Verdict::Same,
            (None, Err(problems)) => Verdict::Wrong(problems),
            (None, Ok((path, ..))) if !seen.insert(path.clone()) => {
                let text = Text::of("该组织在文件中出现了两次", "the organisation comes twice in the file");
                Verdict::Wrong(vec![header.problem(row.line, "/name", "twice", &text)])
            }
            (None, Ok((path, parent, founding))) => match context.places.find(&path) {
                Ok(node) => present(header, row.line, &founding, node),
                Err(_) => match founding.found(id(place), &parent, context.rules, context.now, context.today) {
                    Ok((node, warnings)) => {
                        made.insert(path, node.clone());
                        Verdict::New(Box::new(Planned { node, parent, founding, warnings, rules: context.rules }))
                    }
                    Err(refusal) => Verdict::Wrong(vec![header.refused(row.line, &refusal)]),
                },
            },
        };
        verdicts.push((row.line, verdict));
    }
    verdicts
}

/// A row's path of names, its superior, and what it asks for.
fn read(
    header: &Header,
    row: &Row,
    places: &Places,
    made: &HashMap<String, Node>,
) -> Result<(String, Node, Founding), Vec<RowProblem>> {
    let mut problems = Vec::new();
    let wrong = &mut problems;
    let parent = header.take(row, "/parent", wrong, |text| match made.get(text) {
        Some(node) => Ok((text.to_owned(), node.clone())),
        None => places.find(text).map(|node| (places.text(node.id), node.clone())),
    });
    let name: Option<Line<60>> = header.take(row, "/name", wrong, line);
    let kind = header.take(row, "/kind", wrong, |text| one_of(&OrgKind::ALL, |one| (one.zh(), one.slug()), text));
    let branch_type =
        header.take(row, "/branchType", wrong, |text| one_of(&BranchType::ALL, |one| (one.zh(), one.slug()), text));
    let founded_on = header.take(row, "/foundedOn", wrong, day);
    let temporary = header.take(row, "/temporary", wrong, yes).unwrap_or(false);
    let units = header.take(row, "/units", wrong, |text| text.lines().map(line).collect()).unwrap_or_default();
    let project_until = header.take(row, "/projectUntil", wrong, day);
    let division = header.take(row, "/division", wrong, line);
    let full_members = header.take(row, "/fullMembers", wrong, |text| {
        text.parse().map_err(|_| Text::of("应为人数", "must be a number of persons"))
    });
    let decision = header.take(row, "/decision", wrong, line);
    let (Some((above, parent)), Some(name), Some(kind), Some(founded_on), true) =
        (parent, name, kind, founded_on, problems.is_empty())
    else {
        return Err(problems);
    };
    let path = format!("{above}/{name}");
    // What is there already needs no decision.
    let known = places.find(&path).is_ok().then(|| Line::try_from("已有").ok()).flatten();
    let Some(decision) = decision.or(known) else {
        let text = Text::of("新设组织须填写批准文号", "is needed for a new organisation");
        return Err(vec![header.problem(row.line, "/decision", ErrorCode::InvalidField.slug(), &text)]);
    };
    let founding = Founding {
        parent: parent.id,
        name,
        kind,
        branch_type,
        temporary,
        units,
        project_until,
        division,
        founded_on,
        full_members,
        decision,
    };
    Ok((path, parent, founding))
}

fn yes(text: &str) -> Result<bool, Text> {
    match text {
        "是" => Ok(true),
        "否" => Ok(false),
        _ => Err(Text::of("应为“是”或“否”", "must be 是 or 否")),
    }
}

/// What a row comes to whose organisation is there already.
fn present(header: &Header, line: u32, founding: &Founding, node: &Node) -> Verdict {
    let fields = [
        ("/kind", founding.kind != node.kind),
        ("/branchType", founding.branch_type != node.branch_type),
        ("/foundedOn", founding.founded_on != node.founded_on),
        ("/temporary", founding.temporary != node.temporary),
        ("/units", founding.units != node.units),
        ("/projectUntil", founding.project_until != node.project_until),
        ("/division", founding.division != node.division),
    ];
    let problems: Vec<_> = fields
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(pointer, _)| header.problem(line, pointer, "differs", &super::differs()))
        .collect();
    if problems.is_empty() { Verdict::Same } else { Verdict::Wrong(problems) }
}

/// An organisation's row in an export.
pub(crate) fn row(node: &Node, places: &Places) -> [String; 11] {
    let units: Vec<_> = node.units.iter().map(Line::as_str).collect();
    [
        node.path.parent().map(|parent| places.text(parent)).unwrap_or_default(),
        node.name.to_string(),
        node.kind.zh().to_owned(),
        node.branch_type.map(BranchType::zh).unwrap_or_default().to_owned(),
        node.founded_on.to_string(),
        if node.temporary { "是" } else { "" }.to_owned(),
        units.join("\n"),
        node.project_until.map(|day| day.to_string()).unwrap_or_default(),
        node.division.as_ref().map(Line::to_string).unwrap_or_default(),
        String::new(),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_yes_or_no_in_one_word_each() {
        assert_eq!([yes("是"), yes("否")], [Ok(true), Ok(false)]);
        assert!(yes("对").is_err());
    }
}
