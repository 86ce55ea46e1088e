//! The rules of transferring affiliation (教管条例 §25). Pure: who does a step and when are arguments.

mod checks;
mod letter;
mod rules;
mod state;

pub(crate) use kernel::Hand;
pub(crate) use letter::{Bearer, Letter, Month, NewLetter};
pub(crate) use rules::Rules;
pub(crate) use state::{Done, State};

use checks::{kept, leads, movable, takes};
use jiff::{Timestamp, civil::Date};
use kernel::{
    ErrorCode, Line, MemberId, OrgId, OrgPath, PersonName, Refusal, Text, TransferId, add_months, field, illegal,
};
use register::{Member, MemberState, Node};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 转接类型: how far a transfer goes, or why; decides how long its letter is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TransferKind)]
pub(crate) enum Kind {
    /// 同一基层党委内
    WithinCommittee,
    /// 同一设区市（县、区）内
    WithinCity,
    /// 同一省内
    WithinProvince,
    /// 跨省
    OtherProvince,
    /// 转入、转出军队、铁路、中央单位
    System,
    /// 毕业生
    Graduate,
    /// 出国（境）保留
    Abroad,
}

/// Where somebody goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Destination {
    /// A branch or group of this installation.
    Organization(OrgId),
    /// The name of an organisation that is not in it.
    Outside(#[schema(inline)] Line<80>),
}

impl Destination {
    /// The organisation, where it is one of this installation.
    pub(crate) fn organization(&self) -> Option<OrgId> {
        match self {
            Self::Organization(id) => Some(*id),
            Self::Outside(_) => None,
        }
    }
}

/// An organisation that members belong to, and the committee that decides their transfers.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) node: Node,
    /// The highest organisation on the way up that is no committee: the branch, or the general branch above it. Who
    /// decides stands above this one.
    pub(crate) seat: OrgPath,
    /// The committee above it: it may approve admissions, so it may transfer (细则2026 §22, 教管条例 §25).
    pub(crate) committee: Node,
}

/// A transfer to be drafted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TransferDraft)]
pub(crate) struct Draft {
    /// Who goes.
    pub(crate) member: MemberId,
    pub(crate) kind: Kind,
    pub(crate) to: Destination,
    /// Why: another unit, another home, six months or more away.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
    /// For graduates without work and members abroad: the last day on which the new organisation keeps their affiliation.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) keep_until: Option<Date>,
    /// Whether a graduate asked for it to be kept longer.
    #[serde(default)]
    pub(crate) keep_longer: bool,
}

/// A receipt that came back.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TransferReceipt)]
pub(crate) struct Receipt {
    /// The day on which it came back.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    /// From an organisation outside: the day on which it received the member.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) received_on: Option<Date>,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransferStep)]
pub(crate) struct Step {
    pub(crate) done: Done,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Who did it.
    pub(crate) by: MemberId,
    /// The version of the rules that it was done under.
    pub(crate) rules: String,
    /// Why, where a reason was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
}

/// A transfer of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transfer {
    pub(crate) id: TransferId,
    pub(crate) member: MemberId,
    /// Their name when it was drafted.
    pub(crate) name: PersonName,
    pub(crate) kind: Kind,
    /// The organisation they leave; responsible until they are received.
    pub(crate) from: OrgId,
    pub(crate) to: Destination,
    /// As it is stored: never overdue, which is read off the day.
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) keep_until: Option<Date>,
    /// Letters in the order they were issued; the last one counts.
    pub(crate) letters: Vec<Letter>,
    /// The last valid day of the last letter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) valid_until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) received_on: Option<Date>,
    /// The last day for the receipt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) receipt_due_on: Option<Date>,
    /// The day on which it came back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) receipt_on: Option<Date>,
    pub(crate) steps: Vec<Step>,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
}

impl Transfer {
    /// A transfer of `member`, who belongs to `from`; `to` is the destination where it is in this installation.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] for somebody who cannot be transferred, [`ErrorCode::OrganizationClosed`],
    /// [`ErrorCode::TemporaryBranch`], [`ErrorCode::InvalidField`].
    pub(crate) fn drafted(
        draft: Draft,
        member: &Member,
        (from, to): (&Place, Option<&Place>),
        hand: Hand,
    ) -> Result<Self, Refusal> {
        movable(member, from.node.id)?;
        leads(&draft, from, to)?;
        kept(&draft, hand.today())?;
        let step = Step {
            done: Done::Drafted,
            at: hand.at,
            by: hand.by,
            rules: Rules::get()?.version.clone(),
            reason: Some(draft.reason),
        };
        Ok(Self {
            id: TransferId::new(hand.at),
            member: member.id,
            name: member.name.clone(),
            kind: draft.kind,
            from: from.node.id,
            to: draft.to,
            state: State::Draft,
            keep_until: draft.keep_until,
            letters: Vec::new(),
            valid_until: None,
            received_on: None,
            receipt_due_on: None,
            receipt_on: None,
            steps: vec![step],
            version: 1,
            updated_at: hand.at,
        })
    }

    /// Where it stands on the day `today`: overdue from the day after the last valid day of its letter.
    pub(crate) fn state_on(&self, today: Date) -> State {
        self.state.on(self.valid_until, today)
    }

    /// The same after another step.
    fn stepped(&self, done: Done, hand: Hand, reason: Option<Line<500>>) -> Result<Self, Refusal> {
        let (rules, state) = (Rules::get()?, self.state_on(hand.today()));
        let Some(next) = state.after(done) else {
            if let (State::Overdue, Done::Received, Some(until)) = (state, done, self.valid_until) {
                let zh = format!("介绍信有效期至 {until}，已逾期，须由转出党组织重新开具或撤回");
                return Err(illegal(zh, format!("the letter was valid until {until}")).by(&rules.letter.article));
            }
            let zh = format!("“{}”的转接不能{}", state.zh(), done.zh());
            let en = format!("a transfer that is {} cannot be {}", state.slug(), done.slug());
            return Err(illegal(zh, en).by(&rules.transfer.article));
        };
        let mut steps = self.steps.clone();
        steps.push(Step { done, at: hand.at, by: hand.by, rules: rules.version.clone(), reason });
        Ok(Self { state: next, steps, version: self.version + 1, updated_at: hand.at, ..self.clone() })
    }

    /// After the committee above agreed, or did not and said why.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`]; [`ErrorCode::OwnCase`] for who drafted it; [`ErrorCode::InvalidField`] for a
    /// refusal without a reason.
    pub(crate) fn decided(&self, accept: bool, reason: Option<Line<500>>, hand: Hand) -> Result<Self, Refusal> {
        let unexplained = !accept && reason.is_none();
        let next = self.stepped(if accept { Done::Approved } else { Done::Declined }, hand, reason)?;
        if self.steps.first().is_some_and(|step| step.by == hand.by) {
            let text = Text::of("拟办人不能审批自己拟办的转接", "somebody else than who drafted it decides");
            return Err(Refusal::new(ErrorCode::OwnCase).because(text));
        }
        if unexplained {
            let article = &Rules::get()?.transfer.article;
            return Err(field("/reason", "无正当理由不得拒绝，须写明理由", "a refusal needs a reason").by(article));
        }
        Ok(next)
    }

    /// After a letter was issued: the first one, or a new one when the last has lapsed. The member stays where they are.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`], for graduates also when the time for a new letter is over;
    /// [`ErrorCode::InvalidField`] for a letter that cannot be.
    pub(crate) fn issued(
        &self,
        new: NewLetter,
        member: &Member,
        from: &Place,
        to: Line<80>,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        let again = !self.letters.is_empty();
        let mut next = self.stepped(if again { Done::Reissued } else { Done::Issued }, hand, new.reason.clone())?;
        movable(member, self.from)?;
        if let (Some(until), Some(rule)) = (self.new_letter_until(), &Rules::get()?.of(self.kind)?.new_letter)
            && until < hand.today()
        {
            let zh = format!("自转出之日起 {} 个月内方可重新开具介绍信，已于 {until} 截止", rule.months);
            return Err(illegal(zh, format!("a new letter could be issued until {until}")).by(&rule.article));
        }
        if again && new.reason.is_none() {
            return Err(field("/reason", "重新开具介绍信须写明原因", "a new letter needs a reason"));
        }
        if self.letters.iter().any(|letter| letter.number == new.number) {
            return Err(field("/number", "编号已用于原介绍信", "is the number of an earlier letter"));
        }
        let letter = Letter::issued(new, self.kind, member, from, to, hand.today())?;
        next.valid_until = Some(letter.valid_until);
        next.letters.push(letter);
        Ok(next)
    }

    /// The last day for a new letter, where there is one.
    pub(crate) fn new_letter_until(&self) -> Option<Date> {
        let months = Rules::get().ok()?.of(self.kind).ok()?.new_letter.as_ref()?.months;
        Some(add_months(self.letters.first()?.issued_on, months))
    }

    /// After `to` received the member, and the member's record: another organisation and nothing else.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when the letter has lapsed or the person is no longer a member of the old
    /// organisation; [`ErrorCode::OrganizationClosed`], [`ErrorCode::TemporaryBranch`].
    pub(crate) fn received(&self, member: &Member, to: &Node, hand: Hand) -> Result<(Self, Member), Refusal> {
        let mut next = self.stepped(Done::Received, hand, None)?;
        movable(member, self.from)?;
        takes(to)?;
        let today = hand.today();
        next.received_on = Some(today);
        next.receipt_due_on = Some(add_months(today, Rules::get()?.receipt.months));
        let version = member.version + 1;
        let moved =
            Member { organization: to.id, path: to.path.clone(), version, updated_at: hand.at, ..member.clone() };
        Ok((next, moved))
    }

    /// After the receipt of an organisation outside came back, and the member's record: transferred out.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`]; [`ErrorCode::InvalidField`] for a day on which they cannot have been received.
    pub(crate) fn arrived(&self, member: &Member, receipt: Receipt, hand: Hand) -> Result<(Self, Member), Refusal> {
        let mut next = self.stepped(Done::Arrived, hand, None)?;
        movable(member, self.from)?;
        let Some(received_on) = receipt.received_on else {
            return Err(field("/receivedOn", "须填写对方接收日期", "is needed from outside"));
        };
        // The receipt of an earlier letter may be on its way while a new one is issued.
        let valid = |letter: &Letter| (letter.issued_on..=letter.valid_until).contains(&received_on);
        if received_on < member.state_since || !self.letters.iter().any(valid) {
            let days = self.letters.iter().map(|letter| format!("{} — {}", letter.issued_on, letter.valid_until));
            let days = days.collect::<Vec<_>>().join(", ");
            let zh = format!("接收日期应在介绍信有效期内（{days}），且不早于目前状态的起始日期");
            let en = format!("must be a day on which a letter was valid ({days}), and not before the present state");
            return Err(field("/receivedOn", zh, en).by(&Rules::get()?.letter.article));
        }
        receipt.came_back(received_on, hand.today())?;
        (next.received_on, next.receipt_on) = (Some(received_on), Some(receipt.on));
        let (version, state) = (member.version + 1, MemberState::TransferredOut);
        let left = Member { state, state_since: received_on, version, updated_at: hand.at, ..member.clone() };
        Ok((next, left))
    }

    /// After the receipt of an organisation of this installation came back.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] before it is received and when it came back already;
    /// [`ErrorCode::InvalidField`] for a day that cannot be.
    pub(crate) fn acknowledged(&self, receipt: Receipt, hand: Hand) -> Result<Self, Refusal> {
        let mut next = self.stepped(Done::Acknowledged, hand, None)?;
        if self.receipt_on.is_some() {
            return Err(illegal("回执已收到", "the receipt came back already").by(&Rules::get()?.receipt.article));
        }
        if receipt.received_on.is_some() {
            return Err(field("/receivedOn", "接收日期以系统记录为准", "is known already"));
        }
        receipt.came_back(self.received_on.unwrap_or(receipt.on), hand.today())?;
        next.receipt_on = Some(receipt.on);
        Ok(next)
    }

    /// After the receiving side sent it back.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it is not on the way.
    pub(crate) fn returned(&self, reason: Line<500>, hand: Hand) -> Result<Self, Refusal> {
        self.stepped(Done::Returned, hand, Some(reason))
    }

    /// After the sending side took it back.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it is done with already.
    pub(crate) fn withdrawn(&self, reason: Line<500>, hand: Hand) -> Result<Self, Refusal> {
        self.stepped(Done::Withdrawn, hand, Some(reason))
    }
}

impl Receipt {
    /// Whether it can have come back on the day it says.
    fn came_back(self, received_on: Date, today: Date) -> Result<(), Refusal> {
        if (received_on..=today).contains(&self.on) {
            return Ok(());
        }
        Err(field("/on", "回执日期应在接收日期至今天之间", "must lie between the day of receiving and today"))
    }
}

#[cfg(test)]
mod tests;
