//! Rows as they are stored, beside those of `dues-records`.

use crate::domain::{Heard, Payment, Provider, Remittance};
use dues_records::{Balances, EntryRow, Fen, Waiting};
use dynamo::{Key, Stretch};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PaymentId, PersonName, RemittanceId, shanghai_day};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use utoipa::ToSchema;
use vault::Sealed;

/// Where a payment or a remittance is, and in which lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    /// `PAY#<payment>`, `RMT#<remittance>`
    pk: String,
    /// `PAY`, `RMT`
    sk: String,
    /// Index `branch`, under `organization`: the same as `pk`, so by time.
    branch_key: String,
    /// Index `open`, while somebody has to do something about it: the organisation where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    waits_at: Option<OrgId>,
    /// Index `open`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    waits_key: Option<String>,
}

impl Keys {
    /// Those of the record `id` of the kind `mark`, of which `waits` says what has to be done, and where.
    fn new(mark: &str, id: &dyn Display, waits: Option<(Waiting, OrgId)>) -> Self {
        let Key { pk, sk } = Self::at(mark, id);
        let (waits_at, waits_key) = waits.map(|(kind, at)| (at, kind.key(&id.to_string()))).unzip();
        Self { branch_key: pk.clone(), pk, sk, waits_at, waits_key }
    }

    fn at(mark: &str, id: &dyn Display) -> Key {
        Key::new(format!("{mark}#{id}"), mark)
    }

    /// Index `branch`: records of the kind `mark` of an organisation, latest first.
    fn list(mark: &str, organization: OrgId) -> Stretch {
        let all = Stretch::beginning(organization.to_string(), &format!("{mark}#"));
        all.of_index("branch", "organization", "branchKey").descending()
    }
}

/// A payment as it is stored. It waits while a reversal of it does, or money of it is unclarified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentRow {
    #[serde(flatten)]
    keys: Keys,
    #[serde(flatten)]
    pub(crate) payment: Payment,
}

impl PaymentRow {
    const MARK: &str = "PAY";

    pub(crate) fn new(payment: Payment) -> Self {
        let asked = payment.reversal.as_ref().is_some_and(|reversal| reversal.confirmed.is_none());
        let waits = match () {
            () if asked => Some(Waiting::Reversal),
            () if payment.unclarified > Fen::NONE => Some(Waiting::Difference),
            () => None,
        };
        let keys = Keys::new(Self::MARK, &payment.id, waits.map(|kind| (kind, payment.organization)));
        Self { keys, payment }
    }

    pub(crate) fn key(id: PaymentId) -> Key {
        Keys::at(Self::MARK, &id)
    }

    /// Payments to a branch, latest first.
    pub(crate) fn of_branch(branch: OrgId) -> Stretch {
        Keys::list(Self::MARK, branch)
    }
}

/// A remittance as it is stored. It waits with the organisation above until it is decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RemittanceRow {
    #[serde(flatten)]
    keys: Keys,
    #[serde(flatten)]
    pub(crate) remittance: Remittance,
}

impl RemittanceRow {
    const MARK: &str = "RMT";

    pub(crate) fn new(remittance: Remittance) -> Self {
        let waits = remittance.decision.is_none().then_some((Waiting::Remittance, remittance.to));
        let keys = Keys::new(Self::MARK, &remittance.id, waits);
        Self { keys, remittance }
    }

    pub(crate) fn key(id: RemittanceId) -> Key {
        Keys::at(Self::MARK, &id)
    }

    /// What an organisation sent up, latest first.
    pub(crate) fn of(organization: OrgId) -> Stretch {
        Keys::list(Self::MARK, organization)
    }
}

/// Something that waits, of whatever kind, as index `open` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WaitingRow {
    pub(crate) waits_key: String,
    pub(crate) organization: OrgId,
    #[serde(default)]
    pub(crate) id: Option<String>,
    #[serde(default)]
    pub(crate) member: Option<MemberId>,
    #[serde(default)]
    pub(crate) name: Option<PersonName>,
    #[serde(default)]
    pub(crate) year: Option<i16>,
    /// Of a remittance.
    #[serde(default)]
    pub(crate) amount: Option<Fen>,
    /// Of a payment.
    #[serde(default)]
    pub(crate) unclarified: Option<Fen>,
}

/// That the provider paid something out: its reference is used once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PayoutRow {
    /// `BOOK#<organization>`
    pub(crate) pk: String,
    /// `PAYOUT#<reference>`
    pub(crate) sk: String,
    pub(crate) amount: Fen,
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
}

impl PayoutRow {
    pub(crate) fn new(organization: OrgId, reference: &str, amount: Fen, (by, at): (MemberId, Timestamp)) -> Self {
        Self { pk: EntryRow::book(organization), sk: format!("PAYOUT#{reference}"), amount, by, at }
    }
}

/// Which payment a transaction of a provider is of: one, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionRow {
    /// `TXN#<provider>/<transaction>`
    pub(crate) pk: String,
    /// `TXN`
    pub(crate) sk: String,
    /// Index `branch`, under `organization`: the provider, the day on which it was heard of, and what it is called.
    pub(crate) branch_key: String,
    #[serde(flatten)]
    pub(crate) heard: Heard,
}

impl TransactionRow {
    pub(crate) fn new(provider: &Provider, heard: Heard) -> Self {
        let Key { pk, sk } = Self::key(provider, &heard.transaction);
        let branch_key = format!("{}{}", Self::day(provider, shanghai_day(heard.at)), heard.transaction);
        Self { pk, sk, branch_key, heard }
    }

    fn day(provider: &Provider, day: Date) -> String {
        format!("TXN#{}#{day}#", provider.as_str())
    }

    /// What was heard of a provider for an organisation on days from `from` to `until`.
    pub(crate) fn of(organization: OrgId, provider: &Provider, (from, until): (Date, Date)) -> Stretch {
        let last = Stretch::beginning(organization.to_string(), &Self::day(provider, until));
        Stretch { from: Self::day(provider, from), ..last }.of_index("branch", "organization", "branchKey")
    }

    pub(crate) fn key(provider: &Provider, transaction: &Line<64>) -> Key {
        Key::new(format!("TXN#{}/{transaction}", provider.as_str()), "TXN")
    }
}

/// What a branch tells its members about a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesPublication)]
pub(crate) struct Publication {
    pub(crate) organization: OrgId,
    pub(crate) year: i16,
    /// Members who had a bill.
    pub(crate) members: u32,
    /// Bills, those with nothing to pay included.
    pub(crate) bills: u32,
    /// What they came to.
    pub(crate) billed: Fen,
    /// Bills that are paid.
    pub(crate) paid_bills: u32,
    /// What they came to.
    pub(crate) paid: Fen,
    /// Bills of which nothing was to be paid.
    pub(crate) exempt_bills: u32,
    /// The book at the end of the year, or when it was published before that.
    #[schema(value_type = Object)]
    pub(crate) balances: Balances,
    pub(crate) by: MemberId,
    /// When it was published as it is.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// When something was published about the year first, by which it is judged whether that was in time.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) first_at: Timestamp,
    /// The article.
    pub(crate) article: String,
    pub(crate) version: u64,
}

/// A publication as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PublicationRow {
    /// `BOOK#<organization>`
    pub(crate) pk: String,
    /// `PUBLISHED#<year>`
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) publication: Publication,
}

impl PublicationRow {
    pub(crate) fn new(publication: Publication) -> Self {
        let Key { pk, sk } = Self::key(publication.organization, publication.year);
        Self { pk, sk, publication }
    }

    pub(crate) fn key(organization: OrgId, year: i16) -> Key {
        Key::new(EntryRow::book(organization), format!("PUBLISHED#{year:04}"))
    }
}

/// A payment provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderRow {
    /// `PROVIDER#<name>`
    pub(crate) pk: String,
    /// `PROVIDER`
    pub(crate) sk: String,
    pub(crate) secret: Sealed,
    pub(crate) set_by: MemberId,
    pub(crate) set_at: Timestamp,
    pub(crate) version: u64,
}

impl ProviderRow {
    pub(crate) fn key(provider: &Provider) -> Key {
        Key::new(format!("PROVIDER#{}", provider.as_str()), "PROVIDER")
    }
}
