//! What rules find.

use crate::{Check, Facts, Finding, Rule, Rules, rules::Numbers};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::civil::Date;
use kernel::{FindingId, MemberId, OrgId, Refusal, add_months, start_of_shanghai_day};
use org_life::{Duty, Kind, Standing};
use register::MemberState;

/// What a rule finds in the records of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// In whose records.
    pub organization: OrgId,
    /// Whom it is about; absent where it is about the organisation.
    pub member: Option<MemberId>,
    /// The period or the day that it is about: `2026-11`, `2026-Q4`, `2026`, `2026-11-24`.
    pub period: String,
    /// A day that follows from the period.
    pub on: Date,
    /// What is the matter, in Chinese; it names nobody.
    pub says: String,
    /// Ids of the records that say so.
    pub records: Vec<String>,
    /// What was looked for and is not there.
    pub looked_for: Option<String>,
}

impl Cause<'_> {
    /// What it is unique by: the rule, whom it is about, the period.
    #[must_use]
    pub fn name(&self) -> String {
        let subject = self.member.map_or_else(|| self.organization.to_string(), |member| member.to_string());
        format!("finding/{}/{subject}/{}", self.rule.id, self.period)
    }

    /// The id of its finding: the same for the same rule, subject and period.
    #[must_use]
    pub fn id(&self) -> FindingId {
        let mut random = [0; 10];
        let hash = digest(&SHA256, self.name().as_bytes());
        random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        let begin = start_of_shanghai_day(self.on).as_millisecond();
        FindingId::from_bytes(u64::try_from(begin).unwrap_or_default(), random)
    }

    /// Findings of the same condition in the five years before, where it has no period of its own: it is about the year in which
    /// it was found, and may have been closed in a later one.
    #[must_use]
    pub fn before(&self) -> Vec<FindingId> {
        if !matches!(self.rule.check, Check::TooFewMembers | Check::TooManyMembers) {
            return Vec::new();
        }
        let of_year = |years: i32| {
            let on = add_months(self.on, -12 * years);
            Self { on, period: format!("{:04}", on.year()), ..self.clone() }.id()
        };
        (1..=5).map(of_year).collect()
    }

    /// Whether it is found on `today` where it was not before: a period that was missed long ago is history.
    #[must_use]
    pub fn is_recent(&self, rules: &Rules, today: Date) -> bool {
        !matches!(self.rule.check, Check::NotHeld(_)) || add_months(self.on, rules.open_within_months) >= today
    }
}

/// What `rules` find in `facts` on `today`; `open` is what was found there before and is not over. A condition without a period
/// of its own, such as a number of members, is about the year in which it was found, as long as it lasts.
///
/// # Errors
/// When numbers of the rule data do not read, which a test rules out.
pub fn causes<'a>(rules: &'a Rules, facts: &Facts, open: &[Finding], today: Date) -> Result<Vec<Cause<'a>>, Refusal> {
    let look = Look { rules, facts, open, today, numbers: Numbers::get()? };
    Ok(rules.rules.iter().flat_map(|rule| look.find(rule)).collect())
}

struct Look<'f> {
    rules: &'f Rules,
    facts: &'f Facts,
    open: &'f [Finding],
    today: Date,
    numbers: Numbers,
}

impl Look<'_> {
    fn find<'a>(&self, rule: &'a Rule) -> Vec<Cause<'a>> {
        match rule.check {
            Check::NotHeld(kind) => self.not_held(rule, kind),
            Check::TermOver => self.term_over(rule).into_iter().collect(),
            Check::TooFewMembers => self.too_few(rule).into_iter().collect(),
            Check::TooManyMembers => self.too_many(rule).into_iter().collect(),
            Check::ProbationOver => self.decisions(rule, MemberState::Probationary),
            Check::SuspensionOver => self.decisions(rule, MemberState::Suspended),
            Check::DuesUnpaid => self.dues_unpaid(rule),
        }
    }

    fn cause<'a>(&self, rule: &'a Rule, (period, on): (String, Date), says: String) -> Cause<'a> {
        let organization = self.facts.node.id;
        Cause { rule, organization, member: None, period, on, says, records: Vec::new(), looked_for: None }
    }

    fn not_held<'a>(&self, rule: &'a Rule, kind: Kind) -> Vec<Cause<'a>> {
        let missing = |duty: &&Duty| duty.kind == kind && duty.standing == Standing::Missing;
        let found = self.facts.owed.iter().filter(missing).map(|duty| {
            let (period, name) = (&duty.period, kind.zh());
            let says = format!("{period}没有已签字确认的{name}记录。");
            let only = if kind.is_talk() { "（只登记已开展和参加人，不记谈话内容）" } else { "" };
            let looked_for = format!("{period}内已签字确认的{name}记录，应不晚于{}{only}", duty.due_on);
            let cause = self.cause(rule, (period.clone(), duty.due_on), says);
            Cause { looked_for: Some(looked_for), ..cause }
        });
        found.collect()
    }

    fn term_over<'a>(&self, rule: &'a Rule) -> Option<Cause<'a>> {
        let node = &self.facts.node;
        let due_on = node.term.filter(|_| !node.temporary)?.due_on;
        (due_on < self.today).then(|| {
            let says = format!("应于{due_on}前换届选举，尚无选举记录。");
            let looked_for = format!("{due_on}前应有的换届选举记录");
            let cause = self.cause(rule, (due_on.to_string(), due_on), says);
            Cause { records: vec![node.id.to_string()], looked_for: Some(looked_for), ..cause }
        })
    }

    /// The period of a condition that has none of its own.
    fn year(&self, rule: &Rule) -> (String, Date) {
        let before = self.open.iter().find(|finding| finding.rule == rule.id && finding.member.is_none());
        let year = before.and_then(|finding| finding.period.parse::<i16>().ok()).unwrap_or(self.today.year());
        (format!("{year:04}"), Date::new(year, 1, 1).unwrap_or(self.today))
    }

    fn standing<'a>(&self, rule: &'a Rule, says: String) -> Cause<'a> {
        Cause { records: vec![self.facts.node.id.to_string()], ..self.cause(rule, self.year(rule), says) }
    }

    fn too_few<'a>(&self, rule: &'a Rule) -> Option<Cause<'a>> {
        let (fewest, facts) = (self.numbers.fewest, self.facts);
        let full = facts.roll.iter().filter(|person| person.state == MemberState::Full).count();
        (Facts::is_of_branch(&facts.node) && full < fewest).then(|| {
            let says = format!("党支部应有{fewest}名以上正式党员，名册上不足{fewest}名，请研究调整组织设置。");
            self.standing(rule, says)
        })
    }

    fn too_many<'a>(&self, rule: &'a Rule) -> Option<Cause<'a>> {
        let (most, facts) = (self.numbers.usually_at_most, self.facts);
        (Facts::is_of_branch(&facts.node) && facts.roll.len() > most).then(|| {
            let says = format!("党支部党员人数一般不超过{most}人，名册上已超过，请研究调整组织设置。");
            self.standing(rule, says)
        })
    }

    /// Persons about whom something is to be decided after a time in `state`.
    fn decisions<'a>(&self, rule: &'a Rule, state: MemberState) -> Vec<Cause<'a>> {
        let in_state = self.facts.roll.iter().filter(|person| person.state == state);
        let found = in_state.filter_map(|person| {
            let (ends, due, what) = if state == MemberState::Probationary {
                let ends = add_months(person.joined_on, self.numbers.probation);
                let due = add_months(ends, self.rules.decision_within_months);
                (ends, due, "预备期满，尚无转正的决定")
            } else {
                let ends = add_months(person.state_since?, self.numbers.suspension);
                (ends, ends, "停止党籍满两年，尚无后续决定，请组织研究")
            };
            (due < self.today).then(|| {
                let cause = self.cause(rule, (ends.to_string(), ends), format!("{ends}{what}。"));
                let looked_for = Some(format!("{ends}以后的决定"));
                Cause { member: Some(person.id), records: vec![person.id.to_string()], looked_for, ..cause }
            })
        });
        found.collect()
    }

    fn dues_unpaid<'a>(&self, rule: &'a Rule) -> Vec<Cause<'a>> {
        let found = self.facts.cases.iter().filter(|case| case.closed.is_none()).map(|case| {
            let says = format!("自{}起长期未交党费，请组织了解情况；本系统不作任何认定。", case.first);
            let cause = self.cause(rule, (case.first.to_string(), case.opened_on), says);
            Cause { member: Some(case.member), records: vec![case.id.to_string()], ..cause }
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests;
