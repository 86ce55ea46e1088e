//! The rules of the register. Pure: the day is an argument.

mod rules;

pub(crate) use kernel::field;
pub(crate) use rules::Rules;

use jiff::civil::Date;
use kernel::{Line, Refusal, Text, add_months, illegal};
use register::{Exemption, Member, MemberState, membership_days};
use serde::Deserialize;
use utoipa::ToSchema;

/// Whether a record that is about to be corrected still makes sense, as seen on the day `today`.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] for a day of membership, or one since which somebody is exempt, that cannot be.
pub(crate) fn plausible(member: &Member, today: Date) -> Result<(), Refusal> {
    if let Some(Exemption { since, until }) = member.exemption {
        if since > today {
            return Err(field("/exemption/since", "起始日期不能晚于今天", "cannot be later than today"));
        }
        if until.is_some_and(|until| until < since) {
            return Err(field("/exemption/until", "结束日期不能早于起始日期", "cannot be before the first day"));
        }
    }
    membership_days(member.born, member.joined_on, member.full_since, today)
}

/// A change of state that somebody asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) to: MemberState,
    /// The day of the decision.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    /// Why.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
    /// Number or title of the paper that decided it.
    #[schema(value_type = String)]
    pub(crate) decision: Line<100>,
    /// For `full`, where probation was extended: its last day.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) probation_until: Option<Date>,
    /// For `suspended`: the last day on which there was contact.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) last_contact_on: Option<Date>,
}

/// The day on which the probation of somebody admitted on `joined_on` ends; `extended` where the branch meeting put it
/// off, once, by half a year to a year.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] for an extension that the rule does not know.
fn end_of_probation(joined_on: Date, extended: Option<Date>) -> Result<Date, Refusal> {
    let rules = Rules::get()?;
    let regular = add_months(joined_on, rules.probation.months);
    let Some(until) = extended else { return Ok(regular) };
    let (earliest, latest) =
        (add_months(regular, rules.extension.fewest_months), add_months(regular, rules.extension.most_months));
    if (earliest..=latest).contains(&until) {
        return Ok(until);
    }
    let text = Text::of(
        format!("延长预备期只能一次，不少于半年、不超过一年，应在 {earliest} 至 {latest} 之间"),
        format!("an extension lasts from {earliest} to {latest}"),
    );
    Err(Refusal::field("/probationUntil", text).by(&rules.extension.article))
}

/// The member after `step`, as seen on the day `today`. Version and time of change stay as they are.
///
/// Probation ends twelve months after the branch meeting (细则2026 §31); the day that counts for the confirmation is the
/// day probation ends, not the day of the meeting that confirms (§33). Six months without contact suspend membership,
/// two more years of it remove (教管条例 §24). Who leaves for an organisation elsewhere does so by a transfer, which the
/// committee decides (§25), and comes back by being registered again. Removed and deceased are final.
///
/// # Errors
/// [`kernel::ErrorCode::IllegalTransition`] with the article where a rule refuses, [`kernel::ErrorCode::InvalidField`] for a day that
/// cannot be.
pub(crate) fn transition(member: &Member, step: &Step, today: Date) -> Result<Member, Refusal> {
    use MemberState::{Deceased, Full, Probationary, Removed, Suspended, TransferredOut};
    if step.on > today {
        return Err(field("/on", "决定日期不能晚于今天", "cannot be later than today"));
    }
    if step.on < member.state_since {
        return Err(field("/on", "决定日期不能早于目前状态的起始日期", "cannot be earlier than the present state"));
    }
    let rules = Rules::get()?;
    let mut next = Member { state: step.to, state_since: step.on, ..member.clone() };
    match (member.state, step.to) {
        (Probationary, Full) => {
            let ends = end_of_probation(member.joined_on, step.probation_until)?;
            if step.on < ends {
                let zh = format!("预备期 {ends} 期满，期满后方可转正");
                let en = format!("probation lasts until {ends}");
                return Err(illegal(zh, en).by(&rules.probation.article));
            }
            next.full_since = Some(ends);
        }
        (Full | Probationary, Suspended) => {
            let last = step.last_contact_on.ok_or_else(|| {
                field("/lastContactOn", "停止党籍须填写最后联系日期", "is needed to suspend membership")
            })?;
            if add_months(last, rules.lost_contact.months) > step.on {
                return Err(illegal(
                    "与党组织失去联系不满 6 个月，不能停止党籍",
                    "there was contact within the last six months",
                )
                .by(&rules.lost_contact.article));
            }
        }
        (Suspended, Removed) => {
            if add_months(member.state_since, rules.suspension.months) > step.on {
                return Err(illegal("停止党籍不满 2 年，不能除名", "membership has not been suspended for two years")
                    .by(&rules.suspension.article));
            }
        }
        (Suspended, Full) if member.full_since.is_some() => {}
        (Suspended, Probationary) if member.full_since.is_none() => {}
        (Full | Probationary, Removed) | (Full | Probationary | Suspended, Deceased) => {}
        (Full | Probationary, TransferredOut) => {
            let zh = "转出须办理组织关系转接，收到对方回执后由系统变更";
            let refusal = illegal(zh, "somebody leaves by a transfer, with the receipt of the other side");
            return Err(refusal.by(&rules.transfer.article));
        }
        (from, to) => {
            let zh = format!("“{}”不能变更为“{}”", from.zh(), to.zh());
            let en = format!("{} cannot become {}", from.slug(), to.slug());
            return Err(illegal(zh, en));
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests;
