//! The sum of a task's parts: the one function that the roll-up and the recount use. No I/O, no clock.

use serde::{Deserialize, Serialize};

/// What a part adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its weight, or `None` for a part that was withdrawn.
    pub weight: Option<u8>,
    /// What it says itself, or what its own parts come to.
    pub sum: Sum,
}

/// What the parts of a task come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sum {
    /// Progress in basis points, rounded down.
    pub progress: u16,
    /// Parts that are not split further, without those that were withdrawn.
    pub leaves: u32,
    /// Those of them that are done.
    pub done: u32,
    /// Grows with every change of any part: of two sums the one with the greater is newer, and equal ones are the same.
    pub version: u64,
}

/// Σ weight × progress ÷ Σ weight over the parts that are not withdrawn; nothing when there are none.
#[must_use]
pub fn roll_up(parts: impl IntoIterator<Item = Part>) -> Sum {
    let (mut weights, mut points, mut all) = (0_u64, 0_u64, Sum::default());
    for Part { weight, sum } in parts {
        all.version += sum.version;
        let Some(weight) = weight.map(u64::from) else { continue };
        weights += weight;
        points += weight * u64::from(sum.progress);
        all.leaves += sum.leaves;
        all.done += sum.done;
    }
    all.progress = points.checked_div(weights).and_then(|mean| u16::try_from(mean).ok()).unwrap_or_default();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(weight: Option<u8>, progress: u16) -> Part {
        Part { weight, sum: Sum { progress, leaves: 1, done: u32::from(progress == 10_000), version: 2 } }
    }

    #[test]
    fn the_mean_is_weighted_and_rounded_down() {
        let sum = roll_up([part(Some(70), 5_000), part(Some(30), 10_000)]);
        assert_eq!(sum, Sum { progress: 6_500, leaves: 2, done: 1, version: 4 });
        assert_eq!(roll_up([part(Some(33), 10_000), part(Some(67), 0)]).progress, 3_300);
        assert_eq!(roll_up([part(Some(1), 1), part(Some(2), 0)]).progress, 0);
    }

    #[test]
    fn what_was_withdrawn_counts_neither_above_nor_below_the_line() {
        let sum = roll_up([part(Some(50), 4_000), part(None, 10_000)]);
        assert_eq!(sum, Sum { progress: 4_000, leaves: 1, done: 0, version: 4 });
        assert_eq!(roll_up([part(None, 10_000)]).progress, 0);
        assert_eq!(roll_up([]), Sum::default());
    }

    proptest! {
        #[test]
        fn the_mean_lies_between_the_parts(parts in proptest::collection::vec((1_u8..=100, 0_u16..=10_000), 1..40)) {
            let mean = roll_up(parts.iter().map(|(weight, progress)| part(Some(*weight), *progress))).progress;
            let all = || parts.iter().map(|(_, progress)| *progress);
            prop_assert!(all().min().unwrap() <= mean && mean <= all().max().unwrap());
        }
    }
}
