//! Offices: who can be appointed to which.

use super::{Rules, Warning, field};
use authz::Role;
use jiff::{ToSpan, civil::Date};
use kernel::{ErrorCode, Line, MemberId, Refusal, Text, add_months, illegal};
use register::{Appointment, Member, MemberState, Node, OrgKind};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Months ahead for which an appointment can be entered; ours.
const AHEAD: i32 = 12;

/// Somebody to be appointed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Nomination {
    pub(crate) holder: MemberId,
    pub(crate) role: Role,
    /// First day in office.
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    pub(crate) decision: Line<100>,
}

/// What is known of those who are, were or will be in office.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offices<'a> {
    /// All appointments of the organisation.
    pub(crate) of_organization: &'a [Appointment],
    /// All appointments of the person, in any organisation.
    pub(crate) of_holder: &'a [Appointment],
    /// Full members of the organisation; known where [`Nomination::is_limited`] says so.
    pub(crate) full_members: Option<usize>,
}

impl Nomination {
    /// Whether the number of full members limits the offices.
    pub(crate) fn is_limited(&self, node: &Node) -> bool {
        node.kind == OrgKind::Branch && self.role.is_committee()
    }
}

/// Whether `holder` can be appointed in `node`, with what a rule calls unusual about it.
///
/// # Errors
/// [`ErrorCode::NotAFullMember`], [`ErrorCode::OfficeTaken`], [`ErrorCode::IncompatibleOffices`],
/// [`ErrorCode::CommitteeSize`] with the article; [`ErrorCode::InvalidField`] for an office that such an organisation
/// does not have, or a day that cannot be.
pub(crate) fn appoint(
    nomination: &Nomination,
    node: &Node,
    holder: &Member,
    offices: Offices<'_>,
    rules: &'static Rules,
    today: Date,
) -> Result<Vec<Warning>, Refusal> {
    let Nomination { role, from, .. } = *nomination;
    if (role == Role::GroupLeader) != (node.kind == OrgKind::Group) {
        return Err(field("/role", "该类组织没有此职务", "such an organisation does not have this office"));
    }
    if from < node.founded_on {
        return Err(field("/from", "日期不能早于组织成立之日", "cannot be earlier than the day of founding"));
    }
    if from > add_months(today, AHEAD) {
        return Err(field("/from", "最多可提前 1 年登记", "cannot be more than a year ahead"));
    }
    if holder.state != MemberState::Full {
        return Err(Refusal::new(ErrorCode::NotAFullMember).by(&rules.officers.article));
    }
    let meets = |held: &&Appointment| held.until.is_none_or(|until| from <= until);
    let same = |held: &Appointment| held.role == role && (role.is_single() || held.holder == holder.id);
    if offices.of_organization.iter().filter(meets).any(same) {
        return Err(ErrorCode::OfficeTaken.into());
    }
    let excludes = |held: &Appointment| role.is_administrator() && held.role.is_administrator() && held.role != role;
    if offices.of_holder.iter().filter(meets).any(excludes) {
        return Err(Refusal::new(ErrorCode::IncompatibleOffices).by(&rules.administrators.article));
    }

    let mut warnings = Vec::new();
    if let Some(members) = offices.full_members.filter(|_| nomination.is_limited(node)) {
        warnings.extend(committee(nomination, offices.of_organization, members, rules)?);
    }
    let young = holder.full_since.is_some_and(|since| add_months(since, rules.secretary.months) > from);
    if role == Role::Secretary && young {
        let zh = "党支部书记一般应当具有 1 年以上党龄";
        let en = "a secretary usually has been a full member for a year";
        warnings.push(Warning::new("young-secretary", &rules.secretary.article, zh, en));
    }
    Ok(warnings)
}

/// Whether the committee of a branch with `members` full members has room for one more.
fn committee(
    nomination: &Nomination,
    held: &[Appointment],
    members: usize,
    rules: &'static Rules,
) -> Result<Option<Warning>, Refusal> {
    let rule = &rules.committee;
    let refused = |zh: String, en: String| {
        Err(Refusal::new(ErrorCode::CommitteeSize).because(Text::of(zh, en)).by(&rule.article))
    };
    let size = most_at_once(nomination, held);
    if members < rule.from_members {
        // One deputy, where needed.
        let two = matches!(nomination.role, Role::Secretary | Role::DeputySecretary) && size <= 2;
        if !two {
            let zh = format!("正式党员不足 {} 人的党支部只设 1 名书记，必要时设 1 名副书记", rule.from_members);
            let en = format!(
                "a branch of fewer than {} full members has a secretary and at most one deputy",
                rule.from_members
            );
            return refused(zh, en);
        }
    } else if size > rule.most {
        let zh = format!("支部委员会由 {} 至 {} 人组成，最多 {} 人", rule.fewest, rule.usually_at_most, rule.most);
        let en = format!("a committee has {} to {} persons, at most {}", rule.fewest, rule.usually_at_most, rule.most);
        return refused(zh, en);
    } else if size > rule.usually_at_most {
        let zh = format!("支部委员会一般由 {} 至 {} 人组成", rule.fewest, rule.usually_at_most);
        let en = format!("a committee usually has {} to {} persons", rule.fewest, rule.usually_at_most);
        return Ok(Some(Warning::new("large-committee", &rule.article, zh, en)));
    }
    Ok(None)
}

/// How many persons are in the committee together with the new one, on the day of its term when they are most.
fn most_at_once(nomination: &Nomination, held: &[Appointment]) -> usize {
    let committee: Vec<_> = held.iter().filter(|held| held.role.is_committee()).collect();
    // A committee only grows on a first day.
    let days = committee.iter().map(|held| held.from).filter(|day| *day > nomination.from).chain([nomination.from]);
    let size = |day| {
        let holders = committee.iter().filter(|held| held.holds_on(day)).map(|held| held.holder);
        holders.chain([nomination.holder]).collect::<BTreeSet<_>>().len()
    };
    days.map(size).max().unwrap_or(1)
}

/// The appointment after it ended, with `on` as its last day. The day before its first day takes it back altogether.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when it ended already, [`ErrorCode::InvalidField`] for a day that cannot be.
pub(crate) fn end(held: &Appointment, on: Date, today: Date) -> Result<Appointment, Refusal> {
    if held.until.is_some() {
        return Err(illegal("该任职已经结束", "the appointment has ended already"));
    }
    if on < held.from.saturating_sub(1.day()) {
        return Err(field("/on", "免职日期不能早于任职日期", "cannot be earlier than the first day"));
    }
    if on > add_months(today, AHEAD) {
        return Err(field("/on", "最多可提前 1 年登记", "cannot be more than a year ahead"));
    }
    Ok(ended(held, on))
}

/// The appointment with `on` as its last day, as when its organisation closes.
pub(crate) fn ended(held: &Appointment, on: Date) -> Appointment {
    Appointment { until: Some(on), version: held.version + 1, ..held.clone() }
}
