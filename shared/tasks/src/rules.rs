//! The numbers that tasks are judged by, read from the rule data.

use kernel::{Refusal, RuleFile};
use serde::Deserialize;

/// Rules of one version. What the file says for its readers alone is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Named by what was decided under it.
    pub version: String,
    /// When a task is blue, yellow or red.
    pub colours: Colours,
    /// How a department is called.
    pub whistle: Whistle,
    /// How far a task can be split.
    pub split: Split,
    /// Who hears of a colour, and when.
    pub warnings: Warnings,
    /// Days from today to the last day of a task, at most.
    pub longest_days: i32,
}

/// When a task is blue, yellow or red.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Colours {
    /// Blue from so many working days before the limit on.
    pub blue_working_days: u32,
    /// Yellow from so many points below the plan on.
    pub yellow_from_points: u16,
    /// Red when more than so many points below the plan.
    pub red_above_points: u16,
}

/// How a department is called.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whistle {
    /// It arrives on the so many-th working day after the call, at the latest.
    pub arrive_working_days: u32,
}

/// How far a task can be split.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Parts of one task.
    pub most_children: usize,
    /// Levels, the root among them.
    pub deepest_level: usize,
    /// Tasks of one tree.
    pub most_tasks: u64,
}

/// Who hears of a colour, and when.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warnings {
    /// The superior hears of what is red and not answered after so many whole working days.
    pub escalate_after_working_days: u32,
    /// Bills list what is to be done within so many days after the day they are of.
    pub coming_days: i32,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/tasks.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// What people are told that it comes from.
    #[must_use]
    pub fn article(&self) -> String {
        format!("任务督办规则（{}）", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_read_and_a_split_fits_into_a_transaction() {
        let rules = Rules::get().unwrap();
        assert!(rules.colours.yellow_from_points < rules.colours.red_above_points);
        // Two rows for each part; two of the task, the size of the tree, activity and answer.
        assert!(2 * rules.split.most_children + 5 <= 100);
        // What withdraws a subtree and what counts a tree again keep its way down on a list.
        assert!(rules.split.deepest_level < 10);
        assert!(rules.warnings.escalate_after_working_days > 0 && (1..=14).contains(&rules.warnings.coming_days));
    }
}
