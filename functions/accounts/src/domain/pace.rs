//! How often something may be done, where a plain count in a window is too blunt.

use serde::{Deserialize, Serialize};

/// What is slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Guesses at one login from devices that are not known, from wherever they come: thirty are free, then every three
    /// more double the pause, from one second to five minutes. A quiet hour and all is forgotten. Never a lock: there is
    /// always a next moment at which anybody may try.
    Guesses,
    /// Codes sent to one phone for devices that are not known: one a minute; after ten within a day each one more doubles
    /// the pause, up to a quarter of an hour. Never a lock for the day: strangers ask for codes too.
    Sends,
    /// Codes sent for one known device: one a minute, ten a day. Nobody else can use them up.
    OwnSends,
}

/// What was done so far. Instants are seconds since 1970 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pace {
    count: u32,
    /// The next one may be done from then on.
    next_at: i64,
    /// From then on all is forgotten.
    pub(crate) until: i64,
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const FREE_GUESSES: u32 = 30;
const LONGEST_PAUSE: i64 = 300;
const SENDS_A_DAY: u32 = 10;
const BETWEEN_SENDS: i64 = 60;
const LONGEST_BETWEEN_SENDS: i64 = 900;

impl Pace {
    /// Does it once more at `now`.
    ///
    /// # Errors
    /// The seconds after which it may be done.
    pub(crate) fn step(self, policy: Policy, now: i64) -> Result<Self, u32> {
        let so_far = if now < self.until { self } else { Self::default() };
        if now < so_far.next_at {
            return Err(u32::try_from(so_far.next_at - now).unwrap_or(u32::MAX));
        }
        let count = so_far.count.saturating_add(1);
        Ok(match policy {
            Policy::Guesses => {
                let doublings = count.checked_sub(FREE_GUESSES).map(|over| (over / 3).min(16));
                let pause = doublings.map_or(0, |doublings| LONGEST_PAUSE.min(1 << doublings));
                Self { count, next_at: now + pause, until: now + HOUR }
            }
            Policy::Sends => {
                let doublings = count.saturating_sub(SENDS_A_DAY).min(16);
                let next_at = now + LONGEST_BETWEEN_SENDS.min(BETWEEN_SENDS << doublings);
                Self { count, next_at, until: so_far.day(now).max(next_at) }
            }
            Policy::OwnSends => {
                let (until, soon) = (so_far.day(now), now + BETWEEN_SENDS);
                let next_at = if count < SENDS_A_DAY { soon } else { until.max(soon) };
                Self { count, next_at, until: until.max(next_at) }
            }
        })
    }

    /// The end of the day that began with the first one.
    fn day(self, now: i64) -> i64 {
        if self.count == 0 { now + DAY } else { self.until }
    }

    /// Seconds from `now` until the next one may be done.
    pub(crate) fn wait(self, now: i64) -> i64 {
        (self.next_at - now).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thirty_guesses_are_free_and_then_the_pause_grows_to_five_minutes() {
        let mut pace = Pace::default();
        let mut now = 1_000_000;
        for _ in 0..29 {
            pace = pace.step(Policy::Guesses, now).unwrap();
            assert_eq!(pace.next_at, now);
        }
        let mut pauses = Vec::new();
        for _ in 0..40 {
            pace = pace.step(Policy::Guesses, now).unwrap();
            pauses.push(pace.next_at - now);
            assert_eq!(pace.step(Policy::Guesses, pace.next_at - 1), Err(1));
            now = pace.next_at;
        }
        assert_eq!(pauses[..7], [1, 1, 1, 2, 2, 2, 4]);
        assert_eq!(pauses.last(), Some(&300));
        assert!(pauses.is_sorted());
        assert_eq!(pace.step(Policy::Guesses, now + HOUR).unwrap().next_at, now + HOUR, "a quiet hour");
    }

    #[test]
    fn a_known_device_gets_a_code_a_minute_and_ten_a_day() {
        let mut pace = Pace::default();
        for n in 0..10 {
            pace = pace.step(Policy::OwnSends, 60 * n).unwrap();
            assert!(pace.step(Policy::OwnSends, 60 * n + 59).is_err());
        }
        assert_eq!(pace.step(Policy::OwnSends, 600), Err(86_400 - 600));
        assert_eq!(pace.step(Policy::OwnSends, 86_400).unwrap().count, 1);
    }

    #[test]
    fn after_ten_codes_to_a_phone_the_pause_grows_to_a_quarter_of_an_hour() {
        let (mut pace, mut now, mut pauses) = (Pace::default(), 0, Vec::new());
        for _ in 0..16 {
            pace = pace.step(Policy::Sends, now).unwrap();
            assert_eq!(pace.step(Policy::Sends, pace.next_at - 1), Err(1));
            pauses.push(pace.wait(now));
            now = pace.next_at;
        }
        assert_eq!(pauses[..10], [60; 10]);
        assert_eq!(pauses[10..], [120, 240, 480, 900, 900, 900]);
        assert_eq!(pace.step(Policy::Sends, DAY).unwrap().count, 1, "the next day");
    }

    #[test]
    fn two_codes_are_a_minute_apart_where_days_meet_too() {
        for policy in [Policy::Sends, Policy::OwnSends] {
            let pace = Pace::default().step(policy, 0).unwrap().step(policy, DAY - 1).unwrap();
            assert_eq!(pace.step(policy, DAY), Err(59));
            assert_eq!(pace.step(policy, DAY + 59).unwrap().count, 1);
        }
    }

    proptest! {
        #[test]
        fn there_is_always_a_next_time(steps in prop::collection::vec(0_i64..5_000, 1..80), which in 0_usize..3) {
            let (policy, longest) = [
                (Policy::Guesses, LONGEST_PAUSE),
                (Policy::Sends, LONGEST_BETWEEN_SENDS),
                (Policy::OwnSends, DAY),
            ][which];
            let (mut pace, mut now) = (Pace::default(), 0);
            for step in steps {
                now += step;
                match pace.step(policy, now) {
                    Ok(next) => pace = next,
                    Err(wait) => {
                        prop_assert!(wait > 0 && i64::from(wait) <= longest);
                        prop_assert!(pace.step(policy, now + i64::from(wait)).is_ok());
                    }
                }
            }
        }
    }
}
