//! Trying again what somebody else changed meanwhile.

/// The tries of a change that rests on what was read: where somebody else was faster it is read and decided again, a
/// bounded number of times. Whoever comes last is told of the conflict.
///
/// ```text
/// let mut tries = Tries::new(5);
/// loop {
///     let old = store.record(id).await?;
///     match ledger.commit(changed(&old)?, activities, once, answer).await {
///         Err(error) if error.is_conflict() && tries.again() => {}
///         outcome => return Ok(outcome?),
///     }
/// }
/// ```
///
/// There is no pause between tries, for whoever was faster is done. Transactions that meet while both are under way are
/// waited for in [`Ledger::commit`](crate::Ledger::commit).
#[derive(Debug)]
pub struct Tries {
    most: u32,
    taken: u32,
}

impl Tries {
    /// `most` tries, of which the first is under way.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self { most, taken: 1 }
    }

    /// Whether this is the first try.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.taken == 1
    }

    /// Begins another try, if one is left; whether it did.
    #[must_use]
    pub const fn again(&mut self) -> bool {
        let left = self.taken < self.most;
        if left {
            self.taken += 1;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_tries_and_no_more() {
        for most in [1, 3, 8] {
            let (mut tries, mut made) = (Tries::new(most), 1);
            assert!(tries.is_first());
            while tries.again() {
                assert!(!tries.is_first());
                made += 1;
            }
            assert_eq!(made, most);
            assert!(!tries.again(), "the last one stays the last");
        }
    }
}
