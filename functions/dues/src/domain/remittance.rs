//! What an organisation sends up of its dues.

use super::{Hand, illegal};
use dues_records::{Account, Entry, EntryKind, Fen};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, OrgId, Refusal, RemittanceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the organisation above says to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesRemittanceDecision)]
pub(crate) struct Decision {
    /// Whether it came.
    pub(crate) received: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
    pub(crate) by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
}

/// Money on its way up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesRemittance)]
pub(crate) struct Remittance {
    pub(crate) id: RemittanceId,
    /// Who sends it.
    pub(crate) organization: OrgId,
    /// Who is to receive it.
    pub(crate) to: OrgId,
    pub(crate) amount: Fen,
    /// The part of it that members gave beyond what they owe (党费规定 §11).
    pub(crate) gifts: Fen,
    pub(crate) sent_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) sent_at: Timestamp,
    /// The version of the rules by which the retained share was taken.
    pub(crate) rules: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decision: Option<Decision>,
    pub(crate) version: u64,
}

impl Remittance {
    /// `dues` and `gifts` on their way from `organization` to the one above, and the entry in its book.
    pub(crate) fn sent(
        (organization, to): (OrgId, OrgId),
        (dues, gifts): (Fen, Fen),
        rules: &str,
        hand: Hand,
    ) -> Result<(Self, Entry), Refusal> {
        let amount = dues + gifts;
        if amount == Fen::NONE {
            return Err(illegal("目前没有应上缴的党费", "there is nothing to send up now"));
        }
        let (id, rules) = (RemittanceId::new(hand.at), rules.to_owned());
        let about = (organization, EntryKind::Sent, id.to_string());
        let (to_account, from) =
            ([(Account::OnTheWay, dues), (Account::GiftOnTheWay, gifts)], [(Account::Cash, amount)]);
        let entry = Entry::new(about, &to_account, &from, (Some(hand.by), hand.at))?;
        let (sent_by, sent_at) = (hand.by, hand.at);
        Ok((Self { id, organization, to, amount, gifts, sent_by, sent_at, rules, decision: None, version: 1 }, entry))
    }

    /// The same after the organisation above said whether it came, and the entries: in one book when it did not, in both when
    /// it did.
    pub(crate) fn decided(
        &self,
        received: bool,
        reason: Option<Line<500>>,
        hand: Hand,
    ) -> Result<(Self, Vec<Entry>), Refusal> {
        if self.decision.is_some() {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        if self.sent_by == hand.by {
            return Err(ErrorCode::OwnCase.into());
        }
        let (dues, all) = (self.amount.less(self.gifts), [(Account::Cash, self.amount)]);
        let parts = |of_dues, of_gifts| [(of_dues, dues), (of_gifts, self.gifts)];
        let under_way = parts(Account::OnTheWay, Account::GiftOnTheWay);
        let entry = |organization, kind, to: &[(Account, Fen)], from: &[(Account, Fen)]| {
            Entry::new((organization, kind, self.id.to_string()), to, from, (Some(hand.by), hand.at))
        };
        let entries = if received {
            let gone = parts(Account::Remitted, Account::Gift);
            let come = parts(Account::FromBelow, Account::Gift);
            vec![
                entry(self.organization, EntryKind::Received, &gone, &under_way)?,
                entry(self.to, EntryKind::Received, &all, &come)?,
            ]
        } else {
            vec![entry(self.organization, EntryKind::Returned, &all, &under_way)?]
        };
        let decision = Some(Decision { received, reason, by: hand.by, at: hand.at });
        Ok((Self { decision, version: self.version + 1, ..self.clone() }, entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::hand;
    use dues_records::Balances;

    #[test]
    fn what_was_sent_is_above_or_back_when_somebody_else_has_said_so_once() {
        let (below, above) = (OrgId::from_bytes(1, [1; 10]), OrgId::from_bytes(2, [2; 10]));
        let (sent, entry) = Remittance::sent((below, above), (Fen(800), Fen(100_000)), "2026-11-30", hand(1)).unwrap();
        assert_eq!(sent.decided(true, None, hand(1)).unwrap_err().code, ErrorCode::OwnCase);
        for (received, cash) in [(true, [-100_800, 100_800]), (false, [0, 0])] {
            let (decided, entries) = sent.decided(received, None, hand(2)).unwrap();
            let decision = Some(Decision { received, reason: None, by: hand(2).by, at: hand(2).at });
            assert_eq!(decided, Remittance { decision, version: 2, ..sent.clone() });
            assert_eq!(decided.decided(received, None, hand(2)).unwrap_err().code, ErrorCode::AlreadyDecided);
            let books = [below, above].map(|organization| {
                let of_it = entries.iter().chain([&entry]).filter(|entry| entry.organization == organization);
                of_it.fold(Balances::default(), Balances::with)
            });
            assert_eq!(books.each_ref().map(|book| book.of(Account::Cash)), cash, "{received}");
            let under_way = [Account::OnTheWay, Account::GiftOnTheWay].map(|account| books[0].of(account));
            assert_eq!(under_way, [0, 0], "{received}");
        }
    }
}
