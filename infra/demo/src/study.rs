//! Study of the first branch: what the sub-district above it wrote, and how the branch did.

use crate::{CAST, LoadError, Stage, Tree};
use dynamo::ActivityRow;
use jiff::Timestamp;
use kernel::MediaId;
use learning::{DemoSchool, demo_study};
use register::Member;
use serde_json::Value;

/// Members who sat the paper.
const SAT: usize = 12;

/// The items of study at `now`, with the file `lesson` as that of a course, and what they leave in the trace.
///
/// # Errors
/// [`LoadError::Facts`] when the tree has no such branch, or a rule refuses.
pub(crate) fn study(
    tree: &Tree,
    records: &[Member],
    lesson: MediaId,
    now: Timestamp,
) -> Result<(Vec<Value>, Vec<ActivityRow>), LoadError> {
    let node = |stage| tree.nodes.iter().find(|node| node.id == tree.at(stage)).ok_or(LoadError::Facts);
    let (above, branch) = (node(Stage::SubDistrict)?, node(Stage::Branch)?);
    let person = |title: &str| CAST.iter().position(|part| part.title == title).and_then(|at| records.get(at));
    let id = |title: &str| person(title).map(|member| member.id).ok_or(LoadError::Facts);
    let (author, secretary) = (id("街道党务干部")?, id("支部书记")?);
    let members = records.iter().filter(|member| branch.path.contains(&member.path) && member.state.is_current());
    // The ordinary member of the cast has the paper still before them.
    let ordinary = person("普通党员");
    let members = members.filter(|member| ordinary.is_none_or(|ordinary| ordinary.id != member.id));
    let members: Vec<_> = members.take(SAT).collect();
    let school = DemoSchool { above, author, branch, secretary, lesson, members: &members };
    let (rows, told) = demo_study(school, now).map_err(|_| LoadError::Facts)?;
    Ok((rows, told.into_iter().map(ActivityRow::from).collect()))
}
