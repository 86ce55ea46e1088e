//! Places in the tree: what a move does to them.

use super::{decided, field, founding::stands_under};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, OrgPath, Refusal};
use register::{Node, NodeRow};
use std::collections::BTreeSet;

/// An organisation that is moved, and where to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relocation<'a> {
    pub(crate) node: &'a Node,
    pub(crate) parent: &'a Node,
    /// The day of the decision.
    pub(crate) on: Date,
}

/// The organisations of `subtree` (the moved one among them) as they are after the move, in the same order.
///
/// # Errors
/// [`ErrorCode::Cycle`], [`ErrorCode::WrongParent`], [`ErrorCode::TooDeep`]; [`ErrorCode::OrganizationClosed`] when the
/// new parent is; [`ErrorCode::InvalidField`] for a move that is none, or a day that cannot be.
pub(crate) fn relocate(
    Relocation { node, parent, on }: Relocation<'_>,
    subtree: &[Node],
    now: Timestamp,
    today: Date,
) -> Result<Vec<Node>, Refusal> {
    decided("/on", on, node.founded_on, today)?;
    if parent.closed_on.is_some() {
        return Err(ErrorCode::OrganizationClosed.into());
    }
    if node.path.contains(&parent.path) {
        return Err(ErrorCode::Cycle.into());
    }
    if node.path.parent() == Some(parent.id) {
        return Err(field("/parent", "该组织已在此上级之下", "it stands below this parent already"));
    }
    stands_under(node.kind, parent.kind)?;
    let place = parent.path.child(node.id).ok_or(ErrorCode::TooDeep)?;
    let moved = subtree.iter().map(|below| {
        let path = below.path.rebased(&node.path, &place).ok_or(ErrorCode::TooDeep)?;
        Ok(Node { path, version: below.version + 1, updated_at: now, ..below.clone() })
    });
    moved.collect()
}

/// Where copies may say that the organisation at `path` stands: there, and wherever it or one above it stood before a
/// move that `pending` still has to carry to the copies.
pub(crate) fn places(path: &OrgPath, pending: &[NodeRow]) -> BTreeSet<OrgPath> {
    let mut found = BTreeSet::from([path.clone()]);
    let mut new = vec![path.clone()];
    while let Some(path) = new.pop() {
        let before = pending.iter().filter_map(|row| before(&path, row));
        new.extend(before.filter(|before| found.insert(before.clone())));
    }
    found
}

/// Where the organisation at `path` stood before `row` was moved, if it stood below it then as it does at `path`. What is above
/// `row` says nothing: it was moved since then, or not yet.
fn before(path: &OrgPath, row: &NodeRow) -> Option<OrgPath> {
    let mut below = path.ids().skip_while(|id| *id != row.node.id);
    below.next()?;
    let before = below.try_fold(row.moved_from.clone()?, |path, id| path.child(id))?;
    // Nothing stands above itself.
    (before.ids().collect::<BTreeSet<_>>().len() == before.depth()).then_some(before)
}

/// Whether what is at `path`, or its members, may be listed elsewhere: something above it was moved and is not followed yet;
/// or it stands where something was moved away, and is to follow.
pub(crate) fn is_on_the_way(path: &OrgPath, pending: &[NodeRow]) -> bool {
    let left = |row: &NodeRow| row.moved_from.as_ref().is_some_and(|from| from.contains(path));
    pending.iter().any(left) || places(path, pending).len() > 1
}
