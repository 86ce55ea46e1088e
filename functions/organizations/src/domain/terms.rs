//! Terms of office (届).

use super::{Rules, decided, field};
use jiff::civil::Date;
use kernel::{ErrorCode, Refusal, Text, add_months, illegal};
use register::{Node, Term};

/// The term that an election on the day `on` begins, and the rule's article.
///
/// # Errors
/// [`ErrorCode::TemporaryBranch`] for a temporary branch, [`ErrorCode::IllegalTransition`] for a group, which elects no
/// committee; [`ErrorCode::InvalidField`] for a day that cannot be.
pub(crate) fn elected(
    node: &Node,
    on: Date,
    rules: &'static Rules,
    today: Date,
) -> Result<(Term, &'static str), Refusal> {
    lasting(node, rules)?;
    decided("/electedOn", on, node.founded_on, today)?;
    if node.term.is_some_and(|term| on <= term.elected_on) {
        return Err(field("/electedOn", "须晚于上一次选举", "must be later than the election before"));
    }
    let rule = rules.term(node.kind, node.branch_type).ok_or_else(no_committee)?;
    let ends_on = add_months(on, rule.years * 12);
    Ok((Term { elected_on: on, ends_on, due_on: ends_on }, &rule.article))
}

/// The term of `node` with its election due on `due_on`.
///
/// # Errors
/// [`ErrorCode::TermShiftTooLong`] when that is more than a year before or after the end of the term,
/// [`ErrorCode::IllegalTransition`] before the first election, [`ErrorCode::TemporaryBranch`].
pub(crate) fn shifted(node: &Node, due_on: Date, rules: &'static Rules) -> Result<Term, Refusal> {
    lasting(node, rules)?;
    let term = node.term.ok_or_else(|| {
        illegal("该组织尚未登记选举，没有届期可调整", "no election is recorded, so there is no term to shift")
    })?;
    let rule = &rules.term_shift;
    let (earliest, latest) = (add_months(term.ends_on, -rule.months), add_months(term.ends_on, rule.months));
    if !(earliest..=latest).contains(&due_on) {
        let zh = format!("提前或延期换届不得超过 1 年，应在 {earliest} 至 {latest} 之间");
        let en = format!("an election may be shifted by a year at most: {earliest} to {latest}");
        return Err(Refusal::new(ErrorCode::TermShiftTooLong).because(Text::of(zh, en)).by(&rule.article));
    }
    Ok(Term { due_on, ..term })
}

/// Refuses a temporary branch, which has no term.
fn lasting(node: &Node, rules: &'static Rules) -> Result<(), Refusal> {
    if node.temporary {
        return Err(Refusal::new(ErrorCode::TemporaryBranch).by(&rules.temporary_branch.article));
    }
    Ok(())
}

fn no_committee() -> Refusal {
    illegal("党小组不设委员会，没有届期", "a group has no committee and no term")
}
