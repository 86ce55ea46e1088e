//! The numbers of the review, read from the rule data.

use jiff::{ToSpan, civil::Date};
use kernel::{Deadline, Refusal, RuleFile, working_days_after};
use serde::Deserialize;

/// Rules of one version. What the file says for its readers alone is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rules {
    /// Named by what was done under it.
    pub(crate) version: String,
    /// What a sheet comes to, in hundredths of a point.
    pub(crate) total: u32,
    /// The highest first.
    pub(crate) bands: Vec<Band>,
    /// Stars that a veto item leaves, at most.
    pub(crate) veto_at_most: u8,
    /// Items of a sheet, at most.
    pub(crate) most_items: usize,
    /// Veto items of a sheet, at most.
    pub(crate) most_vetoes: usize,
    /// Decisions about an application, at most; all of them stay in its item.
    pub(crate) most_decisions: usize,
    /// Activities that are linked to an application, at most.
    pub(crate) most_links: usize,
    /// Days of a window, at most.
    pub(crate) longest_window_days: i32,
    /// Working days after the day on which a branch handed in: within these its points are given again.
    pub(crate) review_working_days: u32,
    /// Working days after the day of the decision: on these there is public notice.
    pub(crate) notice_working_days: u32,
    /// Which activities can be linked to an item.
    pub(crate) facts: Vec<FactRule>,
}

/// The stars of a number of points.
#[derive(Debug, Deserialize)]
pub(crate) struct Band {
    pub(crate) star: u8,
    /// From so many hundredths of a point on, this number included.
    pub(crate) from: u32,
}

/// Activities of one kind.
#[derive(Debug, Deserialize)]
pub(crate) struct FactRule {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// What the activity calls the day of what was done; its own day where that is absent.
    #[serde(default)]
    pub(crate) day: Option<String>,
    /// What the activity calls the year that it is of, where that is not the year of its day.
    #[serde(default)]
    pub(crate) year: Option<String>,
    /// What else it has to state.
    #[serde(default)]
    pub(crate) only: Option<Only>,
}

/// A field of an activity, and its value.
#[derive(Debug, Deserialize)]
pub(crate) struct Only {
    pub(crate) name: String,
    pub(crate) value: String,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/ratings.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub(crate) fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// The stars of `score`, in hundredths of a point.
    pub(crate) fn star(&self, score: u32) -> u8 {
        self.bands.iter().find(|band| score >= band.from).map_or(0, |band| band.star)
    }

    /// The rule of activities of this kind.
    pub(crate) fn fact(&self, kind: &str) -> Option<&FactRule> {
        self.facts.iter().find(|rule| rule.kind == kind)
    }

    /// The last day of the notice of a decision of this day, by the holidays that are known now.
    pub(crate) fn notice(&self, decided_on: Date) -> Deadline {
        working_days_after(decided_on, self.notice_working_days)
    }

    /// The same, and never before `told`, the one that was told then.
    pub(crate) fn notice_lasts(&self, told: Date, decided_on: Date) -> Date {
        told.max(self.notice(decided_on).day)
    }

    /// The last day on which what was handed in waits for its review for too long on `today`: its working days are over.
    pub(crate) fn waiting_since(&self, today: Date) -> Date {
        let over = |day: &Date| working_days_after(*day, self.review_working_days).day < today;
        today.series(-1.day()).find(over).unwrap_or(Date::MIN)
    }
}
