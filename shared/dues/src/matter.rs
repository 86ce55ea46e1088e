//! Something that waits at an organisation, of whatever kind, as index `open` has it: what has to be known to say who is to do
//! what about it until when.

use crate::Waiting;
use jiff::{Timestamp, civil::Date};
use kernel::MemberId;
use serde::Deserialize;

/// Who asked for a payment to be taken back, and when.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    requested_by: MemberId,
    requested_at: Timestamp,
}

/// Who proposed a relief, and when.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proposed {
    proposed_by: MemberId,
    proposed_at: Timestamp,
}

/// A case, payment, remittance, or a year of a member with a relief.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matter {
    waits_key: String,
    /// Whose dues it is about; of a remittance nobody's.
    pub member: Option<MemberId>,
    /// Of a case: the day on which it was opened.
    opened_on: Option<Date>,
    /// Of a remittance: who sent it.
    sent_by: Option<MemberId>,
    /// When it was sent.
    sent_at: Option<Timestamp>,
    /// Of a payment: when it last changed.
    updated_at: Option<Timestamp>,
    reversal: Option<Asked>,
    #[serde(default)]
    reliefs: Vec<Proposed>,
}

impl Matter {
    /// What it is, and what it is found by: the id of the case, payment or remittance; of a relief the member and the year, with
    /// a `#` between them.
    #[must_use]
    pub fn what(&self) -> Option<(Waiting, &str)> {
        let (slug, record) = self.waits_key.split_once('#')?;
        Waiting::ALL.into_iter().find(|kind| kind.slug() == slug).map(|kind| (kind, record))
    }

    /// Who began it, and therefore does not decide about it.
    #[must_use]
    pub fn begun_by(&self) -> Option<MemberId> {
        match self.what()?.0 {
            Waiting::Relief => self.reliefs.last().map(|relief| relief.proposed_by),
            Waiting::Reversal => self.reversal.as_ref().map(|asked| asked.requested_by),
            Waiting::Remittance => self.sent_by,
            Waiting::Case | Waiting::Difference => None,
        }
    }

    /// The day in Shanghai since which it waits.
    #[must_use]
    pub fn since(&self) -> Option<Date> {
        let at = match self.what()?.0 {
            Waiting::Case => return self.opened_on,
            Waiting::Difference => self.updated_at,
            Waiting::Relief => self.reliefs.last().map(|relief| relief.proposed_at),
            Waiting::Remittance => self.sent_at,
            Waiting::Reversal => self.reversal.as_ref().map(|asked| asked.requested_at),
        };
        at.map(kernel::shanghai_day)
    }
}
