//! Which groups of persons are not shown: small ones, and so many others that nobody can compute a small one.
//!
//! What somebody knows of one series is not enough to compute a group of it. Of two it may be, as an area less its branches is a
//! branch; so those who do not keep the register see groups at one level alone ([`Sight`]), the highest that they may read.
//!
//! The total is shown, so a single hidden group would be what the others leave of it. Hidden groups are two at least;
//! together they are at least as many persons as a group has to have to be shown, and more than one for each of them, since empty
//! groups are shown and each hidden one would be known to be of one person otherwise. Where that cannot be had, nothing
//! but the total is shown.

/// What somebody sees of groups of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Every group: who keeps the register.
    Whole,
    /// Groups of so many persons, and none that these tell: at the highest organisation that they may read.
    Groups(u64),
    /// The total alone: below that.
    Total,
}

impl Sight {
    /// Which of these `groups` are hidden.
    pub(crate) fn hidden(self, groups: &[u64]) -> Vec<bool> {
        match self {
            Self::Whole => vec![false; groups.len()],
            Self::Groups(least) => hidden(groups, least),
            Self::Total => vec![true; groups.len()],
        }
    }
}

/// Which of these `groups` are hidden where those of fewer than `least` persons are.
fn hidden(groups: &[u64], least: u64) -> Vec<bool> {
    let mut hidden: Vec<bool> = groups.iter().map(|many| (1..least).contains(many)).collect();
    if !hidden.contains(&true) {
        return hidden;
    }
    while !is_enough(groups, &hidden, least) {
        let shown = groups.iter().zip(&mut hidden).filter(|(many, hidden)| **many > 0 && !**hidden);
        match shown.min_by_key(|(many, _)| **many) {
            Some((_, next)) => *next = true,
            None => return vec![true; groups.len()],
        }
    }
    hidden
}

/// Whether none of the hidden groups can be told from the total.
fn is_enough(groups: &[u64], hidden: &[bool], least: u64) -> bool {
    let (mut many, mut persons) = (0_u64, 0_u64);
    for (group, _) in groups.iter().zip(hidden).filter(|(_, hidden)| **hidden) {
        many = many.saturating_add(1);
        persons = persons.saturating_add(*group);
    }
    many >= 2 && persons >= least && persons > many
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every number that the hidden group at `place` can have, for somebody who knows the total, what is shown, and that a hidden
    /// group is not empty unless all are hidden.
    fn possible(groups: &[u64], hidden: &[bool], place: usize) -> Vec<u64> {
        let total: u64 = groups.iter().sum();
        let shown: u64 = groups.iter().zip(hidden).filter(|(_, hidden)| !**hidden).map(|(many, _)| many).sum();
        let left = total - shown;
        let least = u64::from(hidden.contains(&false));
        let others = u64::try_from(hidden.iter().filter(|hidden| **hidden).count()).unwrap() - 1;
        // One other hidden group at least takes what this one leaves, each of them its least.
        let fits = |many: &u64| match left.checked_sub(*many) {
            Some(rest) => {
                if others == 0 {
                    rest == 0
                } else {
                    rest >= others * least
                }
            }
            None => false,
        };
        assert!(hidden[place]);
        (least..=left).filter(fits).collect()
    }

    proptest! {
        #[test]
        fn no_hidden_number_can_be_computed(groups in proptest::collection::vec(0_u64..15, 2..10), least in 2_u64..8) {
            let hidden = hidden(&groups, least);
            for (place, many) in groups.iter().enumerate() {
                if hidden[place] {
                    let possible = possible(&groups, &hidden, place);
                    prop_assert!(possible.contains(many), "{groups:?} {hidden:?}");
                    prop_assert!(possible.len() > 1, "{groups:?} {hidden:?} {place}");
                } else {
                    prop_assert!(*many == 0 || *many >= least, "{groups:?} {hidden:?} {place}");
                }
            }
        }

        #[test]
        fn nothing_is_hidden_where_no_group_is_small(groups in proptest::collection::vec(5_u64..50, 0..8)) {
            prop_assert!(!hidden(&groups, 5).contains(&true));
        }
    }

    #[test]
    fn the_smallest_of_the_others_is_hidden_with_a_single_small_one() {
        for (groups, wanted) in [
            (vec![3, 40, 20, 0], vec![true, false, true, false]),
            (vec![4, 5, 30], vec![true, true, false]),
            (vec![2, 3, 30], vec![true, true, false]),
            (vec![1, 1, 30, 9], vec![true, true, false, true]),
            (vec![1, 2, 30, 9], vec![true, true, false, true]),
            (vec![3, 0, 0], vec![true, true, true]),
            (vec![1, 1, 1, 1, 1], vec![true; 5]),
            (vec![0, 0, 7], vec![false; 3]),
            (vec![0, 0, 0], vec![false; 3]),
        ] {
            assert_eq!(hidden(&groups, 5), wanted, "{groups:?}");
        }
    }
}
