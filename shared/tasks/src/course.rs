//! How a task should go, and the colour it has for how it goes (RULES A8, ours).
//!
//! Green is on plan, blue is near the limit, yellow is behind the plan or sent back, red is far behind or late; the worst
//! wins. All of it is decided by the instant, to the millisecond, so the next instant at which it can change is known.

use crate::{Rules, TaskKind, TaskState, rules::Colours};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{shanghai_day, start_of_shanghai_day, working_days_back};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a task goes, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TaskColour)]
pub enum Colour {
    /// On plan, or done with.
    Green,
    /// Near the limit.
    Blue,
    /// Behind the plan, or sent back for quality.
    Yellow,
    /// Far behind the plan, or late.
    Red,
}

impl Colour {
    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Green => "绿",
            Self::Blue => "蓝",
            Self::Yellow => "黄",
            Self::Red => "红",
        }
    }
}

/// A point of the plan: so much is to be done by the end of this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TaskPlanPoint)]
pub struct Point {
    /// The day, in Shanghai.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Per cent that are to be done when it ends.
    #[schema(minimum = 0, maximum = 100)]
    pub percent: u8,
}

/// What of a task decides its colour, beside its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// What kind of task it is.
    pub kind: TaskKind,
    /// How far it is.
    pub state: TaskState,
    /// The day on which it begins.
    pub starts_on: Date,
    /// Until when it is to be done; this instant is in time.
    pub due_at: Timestamp,
    /// Until when a department that was called is to arrive.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arrive_by: Option<Timestamp>,
    /// Planned progress; linear between its points, from nothing at the start to everything at the limit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub plan: Vec<Point>,
    /// When the owner handed it in; the clock stands while it is reviewed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub submitted_at: Option<Timestamp>,
}

/// Everything, in basis points.
pub(crate) const WHOLE: u16 = 10_000;

/// The smallest step of time that is kept.
const TICK: SignedDuration = SignedDuration::from_millis(1);

impl Course {
    /// Until when what is awaited now is to be done: the arrival of who was called, everything otherwise.
    #[must_use]
    pub fn limit(&self) -> Timestamp {
        match (self.state, self.arrive_by) {
            (TaskState::AwaitingSign, Some(arrive_by)) => arrive_by,
            _ => self.due_at,
        }
    }

    /// Planned progress at `now`, in basis points, rounded down. A whistle task has no plan.
    #[must_use]
    pub fn planned(&self, now: Timestamp) -> u16 {
        let at = now.as_millisecond();
        let planned = self.stretches().find_map(|[(from, low), (until, high)]| {
            (at < until).then(|| if at < from { low } else { low + (high - low) * (at - from) / (until - from) })
        });
        let all = if self.kind == TaskKind::Key { i64::from(WHOLE) } else { 0 };
        u16::try_from(planned.unwrap_or(all)).unwrap_or(WHOLE)
    }

    /// The first instant at which planned progress is `target` basis points or more; `None` when it never is.
    fn planned_from(&self, target: u16) -> Option<Timestamp> {
        let target = i64::from(target);
        let at = self.stretches().find_map(|[(from, low), (until, high)]| {
            (low < target && target <= high).then(|| {
                let (part, whole) = ((target - low) * (until - from), high - low);
                from + (part + whole - 1) / whole
            })
        });
        // A plan that is behind by its last day catches up at the limit.
        let never = self.kind != TaskKind::Key || target > i64::from(WHOLE);
        at.map_or((!never).then_some(self.due_at), |at| Timestamp::from_millisecond(at).ok())
    }

    /// The plan as stretches between instants (milliseconds) with basis points at both ends, in order; none is empty.
    fn stretches(&self) -> impl Iterator<Item = [(i64, i64); 2]> {
        let (start, due) = (start_of_shanghai_day(self.starts_on).as_millisecond(), self.due_at.as_millisecond());
        let points = self.plan.iter().map(move |point| {
            let end = start_of_shanghai_day(point.on.saturating_add(1.day())).as_millisecond();
            (end.min(due), i64::from(point.percent) * 100)
        });
        let points = points.chain((self.kind == TaskKind::Key).then_some((due, i64::from(WHOLE))));
        let mut last = (start, 0);
        points.filter_map(move |point| {
            let stretch = [last, point];
            last = point;
            (stretch[0].0 < point.0).then_some(stretch)
        })
    }

    /// From when on the limit is near: the Shanghai day after which so many working days are left, the last included.
    fn near_from(&self, rules: &Colours) -> Timestamp {
        let first = working_days_back(shanghai_day(self.limit()), rules.blue_working_days.saturating_add(1));
        start_of_shanghai_day(first)
    }

    /// The colour at `now` with `progress` (basis points).
    #[must_use]
    pub fn colour(&self, progress: u16, now: Timestamp) -> Colour {
        let Ok(Rules { colours: rules, .. }) = Rules::get() else { return Colour::Green };
        if !self.state.is_open() {
            return Colour::Green;
        }
        let in_review = self.state == TaskState::InReview;
        let at = self.submitted_at.filter(|_| in_review).unwrap_or(now);
        let behind = self.planned(at).saturating_sub(progress);
        if at > self.limit() || behind > rules.red_above_points * 100 {
            Colour::Red
        } else if self.state == TaskState::Returned || behind >= rules.yellow_from_points * 100 {
            Colour::Yellow
        } else if at >= self.near_from(rules) {
            Colour::Blue
        } else {
            Colour::Green
        }
    }

    /// Whether it is open and its limit is over at `now`.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        let at = self.submitted_at.filter(|_| self.state == TaskState::InReview).unwrap_or(now);
        self.state.is_open() && at > self.limit()
    }

    /// When to look again at a task that awaits its owner and has `progress`: the next instant after `now` at which its
    /// colour can change, and when it has one, tomorrow at the latest. So whatever has a colour is in the slots up to
    /// the next midnight. `None` when it does not await its owner.
    #[must_use]
    pub fn next_at(&self, progress: u16, now: Timestamp) -> Option<Timestamp> {
        if !self.state.awaits_owner() {
            return None;
        }
        let rules = &Rules::get().ok()?.colours;
        let yellow = progress.saturating_add(rules.yellow_from_points * 100);
        let red = progress.saturating_add(rules.red_above_points * 100 + 1);
        let changes = [
            Some(self.near_from(rules)),
            self.limit().checked_add(TICK).ok(),
            self.planned_from(yellow),
            self.planned_from(red),
        ];
        let tomorrow = start_of_shanghai_day(shanghai_day(now).saturating_add(1.day()));
        let next = changes.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(tomorrow);
        Some(if self.colour(progress, now) == Colour::Green { next } else { next.min(tomorrow) })
    }
}

#[cfg(test)]
mod tests;
