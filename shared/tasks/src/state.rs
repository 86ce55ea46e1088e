//! How far a task is, and what can be done from there: the one table of legal steps.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of task it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// 重点任务, or a part of one.
    Key,
    /// 吹哨报到: an organisation calls a department, which arrives; the caller rates what came of it.
    Whistle,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// 待签收; of a whistle task: 待报到
    AwaitingSign,
    /// 办理中
    InProgress,
    /// 待审核; of a whistle task: 待评价
    InReview,
    /// 办结
    Done,
    /// 退回: for quality; the owner takes it up again.
    Returned,
    /// 撤销
    Withdrawn,
}

/// What was done to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TaskStepDone)]
pub enum Done {
    /// 下达
    Issued,
    /// 签收; of a whistle task: 报到
    Signed,
    /// 上报进度
    Reported,
    /// 细化下达
    Split,
    /// 提交审核; of a whistle task: 办结
    Submitted,
    /// 审核通过
    Accepted,
    /// 退回
    Returned,
    /// 评价
    Rated,
    /// 撤销
    Withdrawn,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::AwaitingSign, Self::InProgress, Self::InReview, Self::Done, Self::Returned, Self::Withdrawn];

    /// What a task of `kind` is after a step; `None` where the step cannot be done.
    #[must_use]
    pub const fn after(self, kind: TaskKind, done: Done) -> Option<Self> {
        use Done as D;
        use TaskKind::{Key, Whistle};
        use TaskState as S;
        match (kind, self, done) {
            (_, S::AwaitingSign, D::Signed)
            | (Key, S::Returned, D::Signed)
            | (Key, S::InProgress | S::Returned, D::Reported) => Some(S::InProgress),
            (Key, S::AwaitingSign | S::InProgress, D::Split) => Some(self),
            (_, S::InProgress, D::Submitted) => Some(S::InReview),
            (Key, S::InReview, D::Accepted) | (Whistle, S::InReview, D::Rated) => Some(S::Done),
            (Key, S::InReview, D::Returned) => Some(S::Returned),
            (_, S::AwaitingSign | S::InProgress | S::InReview, D::Withdrawn) | (Key, S::Returned, D::Withdrawn) => {
                Some(S::Withdrawn)
            }
            _ => None,
        }
    }

    /// Whether somebody still has to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Withdrawn)
    }

    /// Whether it is the owner's turn.
    #[must_use]
    pub const fn awaits_owner(self) -> bool {
        matches!(self, Self::AwaitingSign | Self::InProgress | Self::Returned)
    }

    /// Whether somebody hears of it when a task comes to be like this.
    #[must_use]
    pub const fn is_heard_of(self) -> bool {
        !matches!(self, Self::InProgress)
    }

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::AwaitingSign => "待签收",
            Self::InProgress => "办理中",
            Self::InReview => "待审核",
            Self::Done => "办结",
            Self::Returned => "退回",
            Self::Withdrawn => "撤销",
        }
    }

    /// As the API has it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::AwaitingSign => "awaiting-sign",
            Self::InProgress => "in-progress",
            Self::InReview => "in-review",
            Self::Done => "done",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Done {
    /// Every step.
    pub const ALL: [Self; 9] = [
        Self::Issued,
        Self::Signed,
        Self::Reported,
        Self::Split,
        Self::Submitted,
        Self::Accepted,
        Self::Returned,
        Self::Rated,
        Self::Withdrawn,
    ];

    /// Its Chinese name, as a verb.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Issued => "下达",
            Self::Signed => "签收",
            Self::Reported => "上报进度",
            Self::Split => "细化下达",
            Self::Submitted => "提交审核",
            Self::Accepted => "审核通过",
            Self::Returned => "退回",
            Self::Rated => "评价",
            Self::Withdrawn => "撤销",
        }
    }

    /// As the API and the trace have it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Signed => "signed",
            Self::Reported => "reported",
            Self::Split => "split",
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Returned => "returned",
            Self::Rated => "rated",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_says_whose_turn_it_is_and_whether_somebody_hears_of_it() {
        use TaskState as S;
        for (state, open, awaits_owner, heard_of) in [
            (S::AwaitingSign, true, true, true),
            (S::InProgress, true, true, false),
            (S::InReview, true, false, true),
            (S::Done, false, false, true),
            (S::Returned, true, true, true),
            (S::Withdrawn, false, false, true),
        ] {
            let says = (state.is_open(), state.awaits_owner(), state.is_heard_of());
            assert_eq!(says, (open, awaits_owner, heard_of), "{state:?}");
        }
    }

    #[test]
    fn these_steps_and_no_others() {
        use Done as D;
        use TaskState as S;
        let key = [
            (S::AwaitingSign, D::Signed, S::InProgress),
            (S::AwaitingSign, D::Split, S::AwaitingSign),
            (S::AwaitingSign, D::Withdrawn, S::Withdrawn),
            (S::InProgress, D::Reported, S::InProgress),
            (S::InProgress, D::Split, S::InProgress),
            (S::InProgress, D::Submitted, S::InReview),
            (S::InProgress, D::Withdrawn, S::Withdrawn),
            (S::InReview, D::Accepted, S::Done),
            (S::InReview, D::Returned, S::Returned),
            (S::InReview, D::Withdrawn, S::Withdrawn),
            (S::Returned, D::Signed, S::InProgress),
            (S::Returned, D::Reported, S::InProgress),
            (S::Returned, D::Withdrawn, S::Withdrawn),
        ];
        let whistle = [
            (S::AwaitingSign, D::Signed, S::InProgress),
            (S::AwaitingSign, D::Withdrawn, S::Withdrawn),
            (S::InProgress, D::Submitted, S::InReview),
            (S::InProgress, D::Withdrawn, S::Withdrawn),
            (S::InReview, D::Rated, S::Done),
            (S::InReview, D::Withdrawn, S::Withdrawn),
        ];
        for (kind, legal) in [(TaskKind::Key, &key[..]), (TaskKind::Whistle, &whistle)] {
            for state in TaskState::ALL {
                for done in Done::ALL {
                    let known = legal.iter().find(|(from, step, _)| (*from, *step) == (state, done));
                    assert_eq!(state.after(kind, done), known.map(|known| known.2), "{kind:?} {state:?} {done:?}");
                }
            }
        }
    }
}
