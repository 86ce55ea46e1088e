//! A larger sum that a member gave once, as the member is shown it.

use crate::{Fen, Month};
use dynamo::Stretch;
use kernel::{MemberId, OrgId, PaymentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A larger sum that a member gave once, of free will (党费规定 §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DuesGift)]
pub struct Gift {
    /// The payment.
    pub payment: PaymentId,
    /// The branch that took it.
    pub organization: OrgId,
    /// In fen.
    pub amount: Fen,
    /// The month in which it was given.
    pub month: Month,
    /// Whether it was taken back.
    pub reversed: bool,
}

/// A gift as it is stored under the member: a copy of what the payment says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GiftRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `GIFT#<payment>`, so by time.
    pub sk: String,
    /// The gift.
    #[serde(flatten)]
    pub gift: Gift,
}

impl GiftRow {
    const START: &str = "GIFT#";

    /// The row of a `gift` of `member`.
    #[must_use]
    pub fn new(member: MemberId, gift: Gift) -> Self {
        Self { pk: Self::partition(member), sk: format!("{}{}", Self::START, gift.payment), gift }
    }

    fn partition(member: MemberId) -> String {
        format!("MBR#{member}")
    }

    /// What `member` gave, the earliest first.
    #[must_use]
    pub fn of_member(member: MemberId) -> Stretch {
        Stretch::beginning(Self::partition(member), Self::START).consistent()
    }
}
