//! What a meeting counts as.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a meeting counts as. One event may be several: a theme day with a lecture is typed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MeetingKind)]
pub enum Kind {
    /// 支部党员大会 (支部条例 §11)
    BranchMeeting,
    /// 支部委员会会议 (支部条例 §12)
    CommitteeMeeting,
    /// 党小组会 (支部条例 §13)
    GroupMeeting,
    /// 党课 (支部条例 §16)
    PartyLecture,
    /// 主题党日 (支部条例 §16)
    ThemeDay,
    /// 组织生活会 (支部条例 §17)
    OrgLifeMeeting,
    /// 民主评议党员 (支部条例 §18)
    MemberAppraisal,
    /// 谈心谈话 of members of the committee with each other (支部条例 §19)
    TalkAmongCommittee,
    /// 谈心谈话 of members of the committee with members (支部条例 §19)
    TalkWithMembers,
    /// 谈心谈话 of members with each other (支部条例 §19)
    TalkAmongMembers,
    /// 支部书记述职 (支部条例 §27)
    SecretaryAccount,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::BranchMeeting,
        Self::CommitteeMeeting,
        Self::GroupMeeting,
        Self::PartyLecture,
        Self::ThemeDay,
        Self::OrgLifeMeeting,
        Self::MemberAppraisal,
        Self::TalkAmongCommittee,
        Self::TalkWithMembers,
        Self::TalkAmongMembers,
        Self::SecretaryAccount,
    ];

    /// Whether it is of the committee alone: nobody else should attend it.
    #[must_use]
    pub const fn is_of_committee(self) -> bool {
        matches!(self, Self::CommitteeMeeting | Self::TalkAmongCommittee)
    }

    /// Whether it is a talk (支部条例 §19): of one it is recorded that it was held and who was there, never what was said.
    #[must_use]
    pub const fn is_talk(self) -> bool {
        matches!(self, Self::TalkAmongCommittee | Self::TalkWithMembers | Self::TalkAmongMembers)
    }

    /// Whether groups may hold it each for itself instead of their branch. 支部党员大会 is one of all members (支部条例 §11), of whom
    /// some stand on the roll of the branch and in no group; so is what the secretary accounts for.
    #[must_use]
    pub const fn is_held_by_groups(self) -> bool {
        matches!(
            self,
            Self::PartyLecture
                | Self::ThemeDay
                | Self::OrgLifeMeeting
                | Self::MemberAppraisal
                | Self::TalkWithMembers
                | Self::TalkAmongMembers
        )
    }

    /// As it is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::BranchMeeting => "branch-meeting",
            Self::CommitteeMeeting => "committee-meeting",
            Self::GroupMeeting => "group-meeting",
            Self::PartyLecture => "party-lecture",
            Self::ThemeDay => "theme-day",
            Self::OrgLifeMeeting => "org-life-meeting",
            Self::MemberAppraisal => "member-appraisal",
            Self::TalkAmongCommittee => "talk-among-committee",
            Self::TalkWithMembers => "talk-with-members",
            Self::TalkAmongMembers => "talk-among-members",
            Self::SecretaryAccount => "secretary-account",
        }
    }

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::BranchMeeting => "支部党员大会",
            Self::CommitteeMeeting => "支部委员会会议",
            Self::GroupMeeting => "党小组会",
            Self::PartyLecture => "党课",
            Self::ThemeDay => "主题党日",
            Self::OrgLifeMeeting => "组织生活会",
            Self::MemberAppraisal => "民主评议党员",
            Self::TalkAmongCommittee => "支委之间谈心谈话",
            Self::TalkWithMembers => "支委与党员谈心谈话",
            Self::TalkAmongMembers => "党员之间谈心谈话",
            Self::SecretaryAccount => "支部书记述职",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn a_kind_is_stored_as_its_slug() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.slug());
        }
    }
}
