//! Where an organisation stands in the tree, as a materialised path of ids.

use crate::OrgId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A text that is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("组织路径格式不正确\u{1f}not a well-formed path")]
pub struct InvalidPath;

/// The way from the root to an organisation: `/org_…/org_…/`, the organisation itself last.
///
/// A scope check is [`OrgPath::contains`], a subtree is every path that begins with this one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OrgPath(String);

impl OrgPath {
    /// Levels a tree may have: centre, province, city, district, sub-district, general branch, branch, group, and two
    /// to spare.
    pub const MAX_DEPTH: usize = 10;

    /// Characters of one segment with its slash.
    const SEGMENT: usize = 37;

    /// The path of a root.
    #[must_use]
    pub fn root(id: OrgId) -> Self {
        Self(format!("/{id}/"))
    }

    /// The path of a child of this organisation; `None` when the tree would get deeper than [`Self::MAX_DEPTH`].
    #[must_use]
    pub fn child(&self, id: OrgId) -> Option<Self> {
        (self.depth() < Self::MAX_DEPTH).then(|| Self(format!("{}{id}/", self.0)))
    }

    /// How many organisations the path names; a root has depth 1.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len() / Self::SEGMENT
    }

    /// The ids from the root down to the organisation itself.
    pub fn ids(&self) -> impl Iterator<Item = OrgId> + '_ {
        self.0.split('/').filter_map(|segment| segment.parse().ok())
    }

    /// Whether `id` is the organisation itself or stands above it.
    #[must_use]
    pub fn passes(&self, id: OrgId) -> bool {
        self.ids().any(|segment| segment == id)
    }

    /// Whether `other` is this organisation or stands below it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The organisation itself.
    #[must_use]
    pub fn id(&self) -> Option<OrgId> {
        self.ids().last()
    }

    /// The one above, `None` for a root.
    #[must_use]
    pub fn parent(&self) -> Option<OrgId> {
        self.ids().nth(self.depth().checked_sub(2)?)
    }

    /// The root of the tree.
    #[must_use]
    pub fn root_id(&self) -> Option<OrgId> {
        self.ids().next()
    }

    /// The first `depth` levels of the path (all of it if it is shorter).
    #[must_use]
    pub fn upto(&self, depth: usize) -> &str {
        self.0.get(..=depth.min(self.depth()) * Self::SEGMENT).unwrap_or(&self.0)
    }

    /// This path after the organisation at `from` moved to `to`; `None` when the path is not below `from` or the tree
    /// would get too deep.
    #[must_use]
    pub fn rebased(&self, from: &Self, to: &Self) -> Option<Self> {
        let moved = Self(format!("{}{}", to.0, self.0.strip_prefix(&from.0)?));
        (moved.depth() <= Self::MAX_DEPTH).then_some(moved)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrgPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).ok_or(InvalidPath)?;
        let ids = inner.split('/').map(str::parse).collect::<Result<Vec<OrgId>, _>>().map_err(|_| InvalidPath)?;
        if ids.len() <= Self::MAX_DEPTH { Ok(Self(text.to_owned())) } else { Err(InvalidPath) }
    }
}

impl TryFrom<String> for OrgPath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        text.parse()
    }
}

impl From<OrgPath> for String {
    fn from(path: OrgPath) -> Self {
        path.0
    }
}

impl fmt::Display for OrgPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OrgPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> OrgId {
        OrgId::from_bytes(u64::from(n), [n; 10])
    }

    fn path(ids: &[u8]) -> OrgPath {
        let (first, rest) = ids.split_first().unwrap();
        rest.iter().fold(OrgPath::root(id(*first)), |path, n| path.child(id(*n)).unwrap())
    }

    proptest! {
        #[test]
        fn a_path_reads_back_and_knows_its_parts(ids in proptest::collection::vec(any::<u8>(), 1..=10)) {
            let path = path(&ids);
            prop_assert_eq!(path.to_string().parse::<OrgPath>(), Ok(path.clone()));
            prop_assert_eq!(path.depth(), ids.len());
            prop_assert_eq!(path.id(), ids.last().map(|n| id(*n)));
            prop_assert_eq!(path.root_id(), Some(id(ids[0])));
            prop_assert_eq!(path.parent(), ids.len().checked_sub(2).map(|at| id(ids[at])));
        }

        #[test]
        fn containing_is_a_prefix_of_whole_segments(
            above in proptest::collection::vec(any::<u8>(), 1..5),
            below in proptest::collection::vec(any::<u8>(), 0..5),
            stranger in proptest::collection::vec(any::<u8>(), 1..5),
        ) {
            let upper = path(&above);
            let lower = path(&[above.clone(), below].concat());
            prop_assert!(upper.contains(&lower));
            prop_assert!(lower.passes(upper.id().unwrap()));
            prop_assert_eq!(lower.contains(&upper), lower == upper);
            let other = path(&stranger);
            prop_assert_eq!(upper.contains(&other), stranger.starts_with(&above));
        }

        #[test]
        fn moving_changes_the_part_above_and_nothing_below(
            below in proptest::collection::vec(any::<u8>(), 0..5),
        ) {
            let (from, to) = (path(&[1, 2, 3]), path(&[1, 9]));
            let old = path(&[vec![1, 2, 3], below.clone()].concat());
            prop_assert_eq!(old.rebased(&from, &to), Some(path(&[vec![1, 9], below].concat())));
        }
    }

    #[test]
    fn a_tree_has_a_bottom() {
        let deepest = path(&[1; OrgPath::MAX_DEPTH]);
        assert_eq!(deepest.child(id(1)), None);
        assert_eq!(deepest.rebased(&path(&[1]), &path(&[1, 1])), None);
    }

    #[test]
    fn the_first_levels_of_a_path() {
        assert_eq!(path(&[1, 2, 3]).upto(2), path(&[1, 2]).as_str());
        assert_eq!(path(&[1]).upto(2), path(&[1]).as_str());
    }

    #[test]
    fn half_a_path_is_none() {
        for text in ["", "/", "//", "org", "/org_1/", &path(&[1]).to_string()[1..]] {
            assert_eq!(text.parse::<OrgPath>(), Err(InvalidPath), "{text}");
        }
    }
}
