//! What the schedule sends.

use crate::Error;
use jiff::{Timestamp, civil::Date};
use kernel::shanghai_day;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The time that a schedule was due at, whenever its run happens to begin. To the second; as text in UTC, which sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot(Timestamp);

impl Slot {
    /// The slot at `time`.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Timestamp::from_second(time.as_second()).unwrap_or(time))
    }

    /// The instant.
    #[must_use]
    pub fn time(self) -> Timestamp {
        self.0
    }

    /// The business date: its day in Shanghai.
    #[must_use]
    pub fn day(self) -> Date {
        shanghai_day(self.0)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Deserialize)]
struct Scheduled {
    time: Timestamp,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    job: String,
}

/// The job of an event for the function `function`, and its slot. A function with one schedule has one job, of its name;
/// one with several has a job for each, with more behind a dot: `task-warnings.weekly`.
pub(crate) fn read(event: Value, function: &str) -> Result<(String, Slot), Error> {
    let Scheduled { time, detail: Detail { job } } = serde_json::from_value(event)?;
    let rest = job.strip_prefix(function);
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
        return Err(format!("an event for {job} came to {function}").into());
    }
    Ok((job, Slot::at(time)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn slot(text: &str) -> Slot {
        Slot::at(text.parse().unwrap())
    }

    #[test]
    fn an_event_names_its_job_and_its_slot() {
        let event = |job: &str| json!({ "time": "2026-11-24T17:30:00Z", "detail": { "job": job, "attempt": "1" } });
        for job in ["task-warnings", "task-warnings.weekly"] {
            let (named, slot) = read(event(job), "task-warnings").unwrap();
            assert_eq!((named.as_str(), slot.to_string().as_str()), (job, "2026-11-24T17:30:00Z"));
        }
        for job in ["relocation", "task-warnings-weekly", "task", ""] {
            assert!(read(event(job), "task-warnings").is_err(), "{job}");
        }
        for event in [json!({}), json!({ "detail": { "job": "task-warnings" } })] {
            assert!(read(event, "task-warnings").is_err(), "a slot is needed");
        }
    }

    #[test]
    fn a_slot_belongs_to_the_day_in_shanghai() {
        for (at, day) in [("2026-11-24T15:59:59Z", "2026-11-24"), ("2026-11-24T16:00:00Z", "2026-11-25")] {
            assert_eq!(slot(at).day().to_string(), day);
        }
    }

    #[test]
    fn slots_sort_as_their_texts_do() {
        assert_eq!(slot("2026-11-24T17:30:00.999Z"), slot("2026-11-24T17:30:00Z"));
        let (one, other) = (slot("2026-11-24T09:30:00Z"), slot("2026-11-24T10:00:00Z"));
        assert!(one < other && one.to_string() < other.to_string());
    }
}
