//! A meeting as others than `meetings` see its row: what has to be done about it, and what it counts as.

use crate::{Held, Kind};
use jiff::Timestamp;
use kernel::{Line, MeetingId, MemberId, shanghai_day};
use serde::Deserialize;
use std::collections::BTreeSet;

/// How far a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Nothing is written down.
    Planned,
    /// Somebody wrote down what happened; it is not signed.
    Recorded,
    /// The minutes are signed.
    Signed,
    /// It does not take place.
    Cancelled,
}

/// When it was held, as the minutes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// When it began, in UTC.
    pub held_from: Timestamp,
    /// When that was written down first, in UTC.
    pub entered_at: Timestamp,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingRecord {
    /// Its id.
    pub id: MeetingId,
    /// What it counts as.
    pub kinds: BTreeSet<Kind>,
    /// What it is called.
    pub title: Line<100>,
    /// When it was to end, in UTC.
    pub ends_at: Timestamp,
    /// Who leads it.
    pub host: MemberId,
    /// Who writes it down.
    pub recorder: MemberId,
    /// How far it is.
    pub state: Progress,
    /// When it was held; absent until it is written down.
    pub minutes: Option<Written>,
}

impl MeetingRecord {
    /// What it counts as for its branch, once it is signed.
    #[must_use]
    pub fn counts(&self) -> Option<Held> {
        let minutes = self.minutes.filter(|_| self.state == Progress::Signed)?;
        let (on, entered_on) = (shanghai_day(minutes.held_from), shanghai_day(minutes.entered_at));
        Some(Held { on, entered_on, kinds: self.kinds.clone() })
    }
}
