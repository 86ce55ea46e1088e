//! Sums along the tree, in one walk.
//!
//! In the order of their paths an organisation comes before all that is below it, and everything of one area comes together. So
//! it is enough to hold the organisations on the way down to the present one: as soon as the walk leaves an area, its sum is
//! complete. However many organisations there are, this holds ten at most, so that it can be put aside at any place.

use crate::Sum;
use kernel::OrgPath;
use serde::{Deserialize, Serialize};

/// An organisation that the walk is in, with what came of its area so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    path: OrgPath,
    /// Whether its sum is asked for.
    kept: bool,
    sum: Sum,
}

/// A walk on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reduction {
    open: Vec<Open>,
}

impl Reduction {
    /// Comes to the organisation at `path`, which says `own` of itself, and whose sum is asked for if it is to be `kept`; gives
    /// the areas that it leaves with it, and that are asked for.
    pub fn enter(&mut self, path: OrgPath, kept: bool, own: Sum) -> Vec<(OrgPath, Sum)> {
        let left = self.leave(|open| !open.path.contains(&path));
        self.open.push(Open { path, kept, sum: own });
        left
    }

    /// Comes to the end of a tree; gives the areas that were left, those that are asked for.
    pub fn finish(&mut self) -> Vec<(OrgPath, Sum)> {
        self.leave(|_| true)
    }

    fn leave(&mut self, is_over: impl Fn(&Open) -> bool) -> Vec<(OrgPath, Sum)> {
        let mut left = Vec::new();
        while let Some(Open { path, kept, sum }) = self.open.pop_if(|open| is_over(open)) {
            if let Some(above) = self.open.last_mut() {
                above.sum.merge(&sum);
            }
            if kept {
                left.push((path, sum));
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Stars, Tally};
    use kernel::OrgId;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn id(n: usize) -> OrgId {
        let n = u8::try_from(n).unwrap();
        OrgId::from_bytes(u64::from(n), [n; 10])
    }

    /// A tree: the organisation `n + 1` stands below the one that its parent names, as long as that is not too deep.
    fn tree(parents: &[usize]) -> Vec<OrgPath> {
        let mut paths = vec![OrgPath::root(id(0))];
        for (n, parent) in parents.iter().enumerate() {
            let above = paths[parent % paths.len()].clone();
            paths.extend(above.child(id(n + 1)));
        }
        paths.sort_unstable();
        paths
    }

    fn own(n: u64) -> Sum {
        let counts: Tally = [("a", n), ("b", n % 3)].into_iter().collect();
        let stars = if n.is_multiple_of(2) { Stars::of([u16::try_from(n).unwrap(); 5]) } else { Stars::default() };
        Sum { counts, stars, ..Sum::default() }
    }

    proptest! {
        #[test]
        fn an_area_is_the_sum_of_all_that_is_in_it_wherever_the_walk_was_put_aside(
            parents in proptest::collection::vec(0_usize..40, 0..40),
            numbers in proptest::collection::vec(0_u64..100, 41),
            aside in 0_usize..40,
        ) {
            let paths = tree(&parents);
            let all: Vec<_> = paths.iter().zip(numbers).map(|(path, n)| (path.clone(), own(n))).collect();
            let mut walk = Reduction::default();
            let mut found = BTreeMap::new();
            for (at, (path, own)) in all.iter().enumerate() {
                if at == aside {
                    walk = serde_json::from_value(serde_json::to_value(&walk).unwrap()).unwrap();
                }
                found.extend(walk.enter(path.clone(), true, own.clone()));
            }
            found.extend(walk.finish());
            prop_assert_eq!(found.len(), all.len());
            prop_assert_eq!(walk, Reduction::default());
            for (path, sum) in &found {
                let mut wanted = Sum::default();
                for (_, own) in all.iter().filter(|(below, _)| path.contains(below)) {
                    wanted.merge(own);
                }
                prop_assert_eq!(sum, &wanted);
                // And so it is what it says of itself and the sums of what stands directly below it.
                let mut parts = all.iter().find(|(own, _)| own == path).unwrap().1.clone();
                for (_, part) in found.iter().filter(|(below, _)| below.parent() == path.id()) {
                    parts.merge(part);
                }
                prop_assert_eq!(sum, &parts);
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_counts_all_the_same() {
        let root = OrgPath::root(id(0));
        let branch = root.child(id(1)).unwrap();
        let mut walk = Reduction::default();
        assert!(walk.enter(root.clone(), true, own(1)).is_empty());
        assert!(walk.enter(branch, false, own(2)).is_empty());
        let found = walk.finish();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].0, found[0].1.counts.get("a")), (&root, 3));
    }
}
