//! Numbers under names, which add.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers under names. What is not in it is none, so that two that say the same are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(BTreeMap<String, u64>);

impl Tally {
    /// Adds `many` to what is under `name`.
    pub fn add(&mut self, name: &str, many: u64) {
        if many == 0 {
            return;
        }
        match self.0.get_mut(name) {
            Some(number) => *number = number.saturating_add(many),
            None => drop(self.0.insert(name.to_owned(), many)),
        }
    }

    /// Adds everything that is in `other`.
    pub fn merge(&mut self, other: &Self) {
        for (name, many) in &other.0 {
            self.add(name, *many);
        }
    }

    /// What is under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// All of it together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, many| sum.saturating_add(*many))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<(&'a str, u64)> for Tally {
    fn from_iter<I: IntoIterator<Item = (&'a str, u64)>>(numbers: I) -> Self {
        let mut tally = Self::default();
        for (name, many) in numbers {
            tally.add(name, many);
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_tally() -> impl Strategy<Value = Tally> {
        proptest::collection::vec(("[a-c]", 0_u64..5), 0..6)
            .prop_map(|numbers| numbers.iter().map(|(name, many)| (name.as_str(), *many)).collect())
    }

    fn merged(one: &Tally, other: &Tally) -> Tally {
        let mut sum = one.clone();
        sum.merge(other);
        sum
    }

    proptest! {
        #[test]
        fn the_order_of_adding_does_not_matter(one in any_tally(), two in any_tally(), three in any_tally()) {
            prop_assert_eq!(merged(&one, &two), merged(&two, &one));
            prop_assert_eq!(merged(&merged(&one, &two), &three), merged(&one, &merged(&two, &three)));
            prop_assert_eq!(merged(&one, &Tally::default()), one.clone());
            prop_assert_eq!(merged(&one, &two).total(), one.total() + two.total());
        }
    }

    #[test]
    fn the_total_is_of_all_names() {
        let tally: Tally = [("a", 2), ("b", 3), ("a", 1)].into_iter().collect();
        assert_eq!((tally.get("a"), tally.total()), (3, 6));
    }

    #[test]
    fn what_is_none_leaves_nothing_behind() {
        let tally: Tally = [("a", 0)].into_iter().collect();
        assert!(tally.is_empty() && tally == Tally::default());
        assert_eq!((tally.get("a"), tally.total()), (0, 0));
    }
}
