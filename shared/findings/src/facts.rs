//! What is read of an organisation before rules are asked.

use crate::{Check, Finding, Rules};
use dues_records::Case;
use jiff::civil::Date;
use kernel::{MemberId, add_months};
use org_life::Duty;
use register::{MemberState, Node, OrgKind};

/// A person on the rolls of a branch or of one of its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRoll {
    /// Who.
    pub id: MemberId,
    /// Where they stand.
    pub state: MemberState,
    /// The day of the branch meeting that admitted them.
    pub joined_on: Date,
    /// Since when they stand there; known of whom something is decided about after a time.
    pub state_since: Option<Date>,
}

/// What the records say of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The organisation.
    pub node: Node,
    /// What it holds by the regulation, and how that stands; of branches.
    pub owed: Vec<Duty>,
    /// Who is on its rolls, those of its groups included; of branches.
    pub roll: Vec<OnRoll>,
    /// Open cases of long arrears that it looks into; of branches.
    pub cases: Vec<Case>,
}

impl Facts {
    /// Of an organisation of which nothing but its own record is read.
    #[must_use]
    pub fn of(node: Node) -> Self {
        Self { node, owed: Vec::new(), roll: Vec::new(), cases: Vec::new() }
    }

    /// Whether the organisation is a branch for good: what the regulation asks of branches is asked of it (支部条例 §8).
    #[must_use]
    pub fn is_of_branch(node: &Node) -> bool {
        node.kind == OrgKind::Branch && !node.temporary
    }
}

/// The first day of the year from which on periods are looked at on `today`: that in which the earliest one lies which may still
/// be found, or an earlier one of which something is `open`, so that what is made up for late is seen.
#[must_use]
pub fn since(rules: &Rules, open: &[Finding], today: Date) -> Date {
    let is_of_period = |finding: &&Finding| {
        let mut rules = rules.rules.iter().filter(|rule| matches!(rule.check, Check::NotHeld(_)));
        rules.any(|rule| rule.id == finding.rule)
    };
    let begins = add_months(today, -rules.open_within_months);
    let years = open.iter().filter(is_of_period).filter_map(|finding| finding.period.get(..4)?.parse::<i16>().ok());
    let year = years.fold(begins.year(), i16::min);
    Date::new(year, 1, 1).unwrap_or(begins)
}
