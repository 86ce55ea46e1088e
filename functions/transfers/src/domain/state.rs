//! How far a transfer is, and what can be done from there: the one table of legal steps.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TransferState)]
pub(crate) enum State {
    /// 待审批: the committee above has not decided yet.
    Draft,
    /// 已审批: without a letter yet.
    Approved,
    /// 在途: a letter is on its way; the old organisation is responsible.
    Issued,
    /// 逾期: the letter has lapsed and nobody received the member.
    Overdue,
    /// 已接收
    Received,
    /// 退回: by the committee above or the receiving side, with a reason.
    Returned,
    /// 撤回: by the sending side.
    Withdrawn,
}

/// What was done to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TransferStepDone)]
pub(crate) enum Done {
    /// 拟办
    Drafted,
    /// 审批
    Approved,
    /// 审批退回
    Declined,
    /// 开具介绍信
    Issued,
    /// 重新开具介绍信
    Reissued,
    /// 接收
    Received,
    /// 回执证明外部已接收
    Arrived,
    /// 收到回执
    Acknowledged,
    /// 退回
    Returned,
    /// 撤回
    Withdrawn,
}

impl State {
    /// Every state.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] =
        [Self::Draft, Self::Approved, Self::Issued, Self::Overdue, Self::Received, Self::Returned, Self::Withdrawn];

    /// What it is after a step; `None` where the step cannot be done.
    pub(crate) const fn after(self, done: Done) -> Option<Self> {
        use Done as D;
        use State as S;
        match (self, done) {
            (S::Draft, D::Approved) => Some(S::Approved),
            (S::Draft, D::Declined) | (S::Issued | S::Overdue, D::Returned) => Some(S::Returned),
            (S::Approved, D::Issued) | (S::Overdue, D::Reissued) => Some(S::Issued),
            // The receipt of a member who was received outside in time may come back late.
            (S::Issued, D::Received | D::Arrived) | (S::Overdue, D::Arrived) | (S::Received, D::Acknowledged) => {
                Some(S::Received)
            }
            (S::Draft | S::Approved | S::Issued | S::Overdue, D::Withdrawn) => Some(S::Withdrawn),
            _ => None,
        }
    }

    /// What it is on the day `today`, where its letter is valid until `valid_until`.
    pub(crate) fn on(self, valid_until: Option<Date>, today: Date) -> Self {
        match (self, valid_until) {
            (Self::Issued, Some(until)) if until < today => Self::Overdue,
            _ => self,
        }
    }

    /// Whether somebody still has to do something before the member is where they belong.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Approved | Self::Issued | Self::Overdue)
    }

    /// Its Chinese name.
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Draft => "待审批",
            Self::Approved => "已审批",
            Self::Issued => "在途",
            Self::Overdue => "逾期",
            Self::Received => "已接收",
            Self::Returned => "已退回",
            Self::Withdrawn => "已撤回",
        }
    }

    /// As the API has it.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::Overdue => "overdue",
            Self::Received => "received",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Done {
    /// Every step.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::Drafted,
        Self::Approved,
        Self::Declined,
        Self::Issued,
        Self::Reissued,
        Self::Received,
        Self::Arrived,
        Self::Acknowledged,
        Self::Returned,
        Self::Withdrawn,
    ];

    /// Its Chinese name, as a verb.
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Drafted => "拟办",
            Self::Approved => "审批",
            Self::Declined => "审批退回",
            Self::Issued => "开具介绍信",
            Self::Reissued => "重新开具介绍信",
            Self::Received => "接收",
            Self::Arrived | Self::Acknowledged => "登记回执",
            Self::Returned => "退回",
            Self::Withdrawn => "撤回",
        }
    }

    /// As the API and the trace have it.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Issued => "issued",
            Self::Reissued => "reissued",
            Self::Received => "received",
            Self::Arrived => "arrived",
            Self::Acknowledged => "acknowledged",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }
}
