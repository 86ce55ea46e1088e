//! How a payment begins.

use super::{Channel, Item, Kind, Payer, Payment, State, open_ones};
use crate::domain::{Hand, Provider};
use dues_records::{Account, Bill, Fen, Month, Rules, Yuan};
use kernel::{ErrorCode, MemberId, OrgId, PaymentId, PersonName, Refusal, Text};

impl Payment {
    /// A payment of these months to the branch `organization`, of which nothing came in yet.
    pub(crate) fn opened(
        organization: OrgId,
        bills: &[Bill],
        wanted: &[Month],
        by: (Payer, Channel, Option<Provider>),
        hand: Hand,
    ) -> Result<Self, Refusal> {
        let open = open_ones(bills, wanted)?;
        let first = open.first().ok_or(ErrorCode::InvalidField)?;
        let items: Vec<_> =
            open.iter().map(|bill| Item { month: bill.month, amount: bill.amount, paid: false }).collect();
        let begun = Self::begun(organization, (first.member, first.name.clone()), by, hand);
        Ok(Self { total: items.iter().map(|item| item.amount).sum(), items, ..begun })
    }

    /// A larger sum that a member gives once to the branch `organization`, of which nothing came in yet (党费规定 §11).
    pub(crate) fn given(
        organization: OrgId,
        whose: (MemberId, PersonName),
        amount: Fen,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        let rule = &Rules::get()?.gift;
        if amount < rule.least {
            let least = Yuan(rule.least);
            let text = Text::of(format!("一次自愿多交的党费应不少于 {least} 元"), format!("is {least} yuan or more"));
            return Err(Refusal::field("/amount", text).by(&rule.article));
        }
        let payer = Payer { kind: Kind::Oneself, member: None, name: None };
        let begun = Self::begun(organization, whose, (payer, Channel::Cash, None), hand);
        Ok(Self { gift: true, total: amount, ..begun })
    }

    fn begun(
        organization: OrgId,
        (member, name): (MemberId, PersonName),
        (payer, channel, provider): (Payer, Channel, Option<Provider>),
        hand: Hand,
    ) -> Self {
        Self {
            id: PaymentId::new(hand.at),
            organization,
            member,
            name,
            payer,
            items: Vec::new(),
            total: Fen::NONE,
            channel,
            gift: false,
            provider,
            state: State::Pending,
            entered_by: hand.by,
            received: Vec::new(),
            held: Fen::NONE,
            unclarified: Fen::NONE,
            receipt: None,
            reversal: None,
            version: 1,
            updated_at: hand.at,
        }
    }

    /// What its money comes from, as far as that is known.
    pub(super) const fn source(&self) -> Account {
        if self.gift { Account::Gift } else { Account::Dues }
    }
}
