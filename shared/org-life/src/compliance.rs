//! What a branch owes, and what of it is done: the compliance calendar.

use crate::{Kind, KindRule, Period, Rules, Strength, Who};
use jiff::{ToSpan, civil::Date};
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Days on which something was there: from the first to the last, or from the first on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// The first.
    pub from: Date,
    /// The last; `None` while it goes on.
    pub until: Option<Date>,
}

impl Lasting {
    /// Of what was founded and, perhaps, closed; on the day of its closing it is no longer there.
    #[must_use]
    pub fn between(founded_on: Date, closed_on: Option<Date>) -> Self {
        Self { from: founded_on, until: closed_on.map(|closed| closed.saturating_sub(1.day())) }
    }

    /// Whether it was there on `day`.
    #[must_use]
    pub fn holds_on(self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it was there for the whole of `period`: who comes or goes in the middle of one is not blamed for it.
    pub(crate) fn covers(self, period: Period) -> bool {
        self.from <= period.first() && self.until.is_none_or(|until| until >= period.last())
    }
}

/// A branch or a group with the meetings that it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// When it was there.
    pub lasted: Lasting,
    /// What it held.
    pub held: Vec<Held>,
}

/// A branch, or a group by itself, as far as it says what it owes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obliged {
    /// The branch; `None` where a group is looked at by itself.
    pub branch: Option<Body>,
    /// When it had a committee ([`committee`]).
    pub committee: Vec<Lasting>,
    /// When somebody led it, as secretary or deputy.
    pub led: Vec<Lasting>,
    /// Its groups, also those that are closed; or the group itself.
    pub groups: Vec<Body>,
    /// The day of the month on which it usually has its theme day.
    pub theme_day: Option<i8>,
}

/// When there was a committee: while more than two persons held an office of it at once, for a secretary alone, or with a
/// deputy, is none (支部条例 §20). `held` says who held one, and when.
#[must_use]
pub fn committee(held: &[(MemberId, Lasting)]) -> Vec<Lasting> {
    let changes = |(_, lasting): &(MemberId, Lasting)| {
        [Some(lasting.from), lasting.until.map(|until| until.saturating_add(1.day()))]
    };
    let days: BTreeSet<Date> = held.iter().flat_map(changes).flatten().collect();
    let (mut found, mut since) = (Vec::new(), None);
    for day in days {
        let persons: BTreeSet<_> =
            held.iter().filter(|(_, lasting)| lasting.holds_on(day)).map(|(person, _)| person).collect();
        match (since, persons.len() > 2) {
            (None, true) => since = Some(day),
            (Some(from), false) => {
                found.push(Lasting::between(from, Some(day)));
                since = None;
            }
            _ => {}
        }
    }
    found.extend(since.map(|from| Lasting { from, until: None }));
    found
}

/// A meeting that was held, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub on: Date,
    /// When that was written down.
    pub entered_on: Date,
    /// What it counts as.
    pub kinds: BTreeSet<Kind>,
}

/// How it stands with something that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was held, and written down before its period was over.
    Done,
    /// It was held in time and written down later. It counts as much.
    Late,
    /// Its period is not over.
    Due,
    /// Its period is over, and nothing is written down.
    Missing,
}

/// Something that a branch owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrgLifeDuty)]
pub struct Duty {
    /// What.
    pub kind: Kind,
    /// In which period: `2026-11`, `2026-Q4`, `2026`.
    pub period: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// When it was held first in the period; where each group holds it, by the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub held_on: Option<Date>,
    /// On which day of the period it usually is, where that is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub usual_on: Option<Date>,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
}

impl Body {
    /// How it stands with `kind` in `period`, and when it was held first in it.
    fn standing(&self, kind: Kind, period: Period, today: Date) -> (Standing, Option<Date>) {
        let counts = self.held.iter().filter(|meeting| meeting.kinds.contains(&kind) && period.contains(meeting.on));
        let (mut held_on, mut in_time) = (None::<Date>, false);
        for meeting in counts {
            held_on = Some(held_on.map_or(meeting.on, |first| first.min(meeting.on)));
            in_time |= meeting.entered_on <= period.last();
        }
        let standing = match held_on {
            Some(_) if in_time => Standing::Done,
            Some(_) => Standing::Late,
            None if today <= period.last() => Standing::Due,
            None => Standing::Missing,
        };
        (standing, held_on)
    }
}

impl Obliged {
    /// What `rule` says of it in `period`; `None` where it owes nothing.
    ///
    /// Each group holds its own meetings, and the one that is worst off counts. What all members owe is held by the branch, or
    /// by every one of its groups where it may ([`Kind::is_held_by_groups`]), as a large branch does. What its leaders do is owed by
    /// who has any on the last day of the period: without them nobody could.
    fn duty(&self, rule: &KindRule, period: Period, today: Date) -> Option<Duty> {
        let there = |body: &&Body| body.lasted.covers(period);
        let of = |body: &Body| body.standing(rule.kind, period, today);
        let (branch, groups) = (self.branch.as_ref().filter(there), self.groups.iter().filter(there));
        let groups = groups.map(of).reduce(Ord::max);
        let (standing, held_on) = match rule.who {
            Who::Leaders if !self.led.iter().any(|there| there.holds_on(period.last())) => return None,
            Who::Members | Who::Leaders => {
                groups.filter(|_| rule.kind.is_held_by_groups()).into_iter().fold(of(branch?), Ord::min)
            }
            Who::Committee => branch.filter(|_| self.committee.iter().any(|there| there.covers(period))).map(of)?,
            Who::Groups => groups?,
        };
        let fixed = self.theme_day.filter(|_| rule.kind == Kind::ThemeDay);
        Some(Duty {
            kind: rule.kind,
            period: period.to_string(),
            due_on: period.last(),
            standing,
            held_on,
            usual_on: fixed.and_then(|day| Date::new(period.first().year(), period.first().month(), day).ok()),
            strength: rule.strength,
            article: rule.article.clone(),
        })
    }
}

/// What `obliged` owes in the periods that end within the days of `whole`, and how it stands on `today`: by the days on which
/// periods end, then by kind. What has not begun yet is left out. A lecture, of which the regulation names no number, is
/// owed by nobody; a group owes its own meetings and nothing else.
#[must_use]
pub fn duties(rules: &Rules, obliged: &Obliged, whole: (Date, Date), today: Date) -> Vec<Duty> {
    let mut found = Vec::new();
    for rule in &rules.kinds {
        let Some(rhythm) = rule.every else { continue };
        found.extend(Period::begun(rhythm, whole, today).filter_map(|period| obliged.duty(rule, period, today)));
    }
    found.sort_by_key(|duty| (duty.due_on, duty.kind));
    found
}

#[cfg(test)]
mod tests;
