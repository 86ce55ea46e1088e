//! Offices, and the table of what each may do.

use crate::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $slug:literal $zh:literal),+ $(,)?) => {
        /// An office that a person can be appointed to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum Role { $($(#[$doc])* #[serde(rename = $slug)] $name),+ }

        impl Role {
            /// Every office.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in the API and in the trace.
            #[must_use]
            pub const fn slug(self) -> &'static str { match self { $(Self::$name => $slug),+ } }

            /// Its Chinese name.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$name => $zh),+ } }
        }
    };
}

roles! {
    /// Secretary of the organisation.
    Secretary = "secretary" "书记",
    /// Deputy secretary.
    DeputySecretary = "deputy-secretary" "副书记",
    /// Committee member for organisation work.
    OrganizationOfficer = "organization-officer" "组织委员",
    /// Committee member for publicity.
    PublicityOfficer = "publicity-officer" "宣传委员",
    /// Committee member for discipline.
    DisciplineOfficer = "discipline-officer" "纪检委员",
    /// Committee member without a portfolio.
    CommitteeMember = "committee-member" "委员",
    /// Leader of a group.
    GroupLeader = "group-leader" "党小组组长",
    /// Collects the dues.
    DuesOfficer = "dues-officer" "党费管理员",
    /// Desk officer of a superior committee.
    PartyAffairsOfficer = "party-affairs-officer" "党务干部",
    /// Officer of the organisation department.
    OrganizationDepartment = "organization-department" "组织部门干部",
    /// Writes and publishes.
    Editor = "editor" "编辑",
    /// Inspects; reads and does not change.
    Inspector = "inspector" "督查员",
    /// Administers the system; sees no personal record.
    SystemAdministrator = "system-administrator" "系统管理员",
    /// Administers accounts and security.
    SecurityAdministrator = "security-administrator" "安全管理员",
    /// Reads the trace.
    Auditor = "auditor" "审计管理员",
}

/// How far from the organisation of the appointment an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nowhere.
    Never,
    /// The organisation itself.
    Own,
    /// The organisation and all below it.
    Subtree,
    /// What lies below it, the organisation itself excepted: what a superior decides.
    Below,
}

impl Role {
    /// The three kinds of administrators (三员), who exclude each other (GB/T 22239 8.1.4.2).
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdministrator | Self::SecurityAdministrator | Self::Auditor)
    }

    /// Offices of an elected committee, whose number the size of the branch limits (支部条例 §20).
    #[must_use]
    pub const fn is_committee(self) -> bool {
        matches!(
            self,
            Self::Secretary
                | Self::DeputySecretary
                | Self::OrganizationOfficer
                | Self::PublicityOfficer
                | Self::DisciplineOfficer
                | Self::CommitteeMember
        )
    }

    /// Offices that only one person holds at a time.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(
            self,
            Self::Secretary
                | Self::GroupLeader
                | Self::OrganizationOfficer
                | Self::PublicityOfficer
                | Self::DisciplineOfficer
        )
    }

    /// Offices whose authority counts only in a session with a second factor (GB/T 22239 8.1.4.1).
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        !matches!(self, Self::GroupLeader | Self::CommitteeMember)
    }
}

/// The policy: how far `role` reaches when it does `action`.
#[must_use]
#[expect(clippy::match_same_arms, clippy::too_many_lines, reason = "one table, read by office and not by reach")]
pub const fn reach(role: Role, action: Action) -> Reach {
    use Action as A;
    use Reach::{Below, Never, Own, Subtree};
    use Role as R;
    match (role, action) {
        (
            R::SystemAdministrator,
            A::ReadOrganization | A::AppointAdministrator | A::ReadJobs | A::ManageOutbox | A::ManageDuesProviders,
        ) => Subtree,
        (R::SecurityAdministrator, A::ReadOrganization | A::ManageAccount | A::ReadAccountTrace) => Subtree,
        (R::Auditor, A::ReadOrganization | A::ReadAudit | A::ReadAccountTrace) => Subtree,
        (R::SystemAdministrator | R::SecurityAdministrator | R::Auditor, _) => Never,

        (_, A::AppointAdministrator | A::ManageAccount | A::ReadAccountTrace | A::ManageOutbox) => Never,

        (
            R::OrganizationDepartment | R::PartyAffairsOfficer,
            A::ReadOrganization
            | A::FoundOrganization
            | A::EditOrganization
            | A::ReadMember
            | A::RegisterMember
            | A::EditMember
            | A::DiscloseMember
            | A::DecideCorrection
            | A::ReadAudit,
        ) => Subtree,
        (
            R::OrganizationDepartment | R::PartyAffairsOfficer,
            A::RestructureOrganization | A::ManageTerm | A::AppointOfficer | A::ChangeMemberState,
        ) => Below,

        (
            R::Secretary | R::DeputySecretary,
            A::ReadOrganization
            | A::ReadMember
            | A::RegisterMember
            | A::EditMember
            | A::ChangeMemberState
            | A::DecideCorrection
            | A::DiscloseMember
            | A::ReadAudit,
        ) => Subtree,
        (R::Secretary | R::DeputySecretary, A::FoundOrganization | A::EditOrganization) => Subtree,
        (R::Secretary | R::DeputySecretary, A::ManageTerm | A::AppointOfficer | A::RestructureOrganization) => Below,

        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary | R::Editor,
            A::ReadMedia | A::UploadMedia | A::RemoveMedia,
        ) => Subtree,
        (R::OrganizationOfficer, A::ReadMedia | A::UploadMedia) => Subtree,
        (R::DisciplineOfficer | R::Inspector, A::ReadMedia) => Subtree,
        (R::PublicityOfficer, A::ReadMedia | A::UploadMedia | A::RemoveMedia) => Own,
        (R::CommitteeMember | R::GroupLeader | R::DuesOfficer, A::ReadMedia | A::UploadMedia) => Own,

        (R::OrganizationDepartment | R::PartyAffairsOfficer | R::Inspector, A::ReadMeeting) => Subtree,
        (
            R::Secretary | R::DeputySecretary | R::OrganizationOfficer | R::PublicityOfficer | R::DisciplineOfficer,
            A::ReadMeeting,
        ) => Subtree,
        (R::Secretary | R::DeputySecretary | R::OrganizationOfficer, A::ManageMeeting) => Subtree,
        (R::CommitteeMember, A::ReadMeeting) => Own,
        (R::GroupLeader, A::ReadMeeting | A::ManageMeeting | A::SignMinutes) => Own,
        (R::Secretary | R::DeputySecretary, A::SignMinutes) => Own,

        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ReadLearning | A::AuthorLearning | A::ReadStudyRecords | A::EnterTraining | A::ConfirmTraining,
        ) => Subtree,
        (R::Editor, A::ReadLearning | A::AuthorLearning) => Subtree,
        (R::OrganizationOfficer, A::ReadLearning | A::ReadStudyRecords | A::EnterTraining) => Subtree,
        (R::DisciplineOfficer | R::Inspector, A::ReadLearning | A::ReadStudyRecords) => Subtree,
        (R::PublicityOfficer, A::ReadLearning | A::AuthorLearning | A::ReadStudyRecords) => Own,
        (R::CommitteeMember | R::GroupLeader, A::ReadLearning | A::ReadStudyRecords) => Own,

        (R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary, A::ManageRobots) => {
            Subtree
        }

        (
            R::OrganizationDepartment
            | R::PartyAffairsOfficer
            | R::Inspector
            | R::DisciplineOfficer
            | R::Secretary
            | R::DeputySecretary
            | R::OrganizationOfficer,
            A::ReadDues,
        ) => Subtree,
        (R::DuesOfficer, A::ReadDues | A::ManageDues) => Own,
        // Each organisation keeps its own book; the one above decides and receives.
        (
            R::OrganizationDepartment
            | R::PartyAffairsOfficer
            | R::Secretary
            | R::DeputySecretary
            | R::OrganizationOfficer,
            A::ManageDues,
        ) => Own,
        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ApproveDuesRelief,
        ) => Below,

        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ReadScores | A::ConfirmRating | A::FileConduct | A::ConfirmConduct | A::ReadFinding | A::CloseFinding,
        ) => Subtree,
        // The branch enters what it is scored by: somebody else decides whether that was right.
        (R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary, A::DecideAppeal) => {
            Below
        }
        (R::OrganizationOfficer | R::DisciplineOfficer, A::ReadScores | A::FileConduct | A::ReadFinding) => Subtree,
        (R::Inspector, A::ReadScores | A::ReadFinding) => Subtree,

        // The branch scores itself, the committee above scores again, the department of the root gives the star.
        (
            R::OrganizationDepartment
            | R::PartyAffairsOfficer
            | R::Inspector
            | R::DisciplineOfficer
            | R::Secretary
            | R::DeputySecretary
            | R::OrganizationOfficer,
            A::ReadStars,
        ) => Subtree,
        (R::PublicityOfficer | R::CommitteeMember, A::ReadStars) => Own,
        (R::Secretary | R::DeputySecretary, A::ApplyForStars) => Own,
        (R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary, A::ReviewStars) => {
            Below
        }
        (R::OrganizationDepartment, A::GiveStars) => Own,

        // Who imports may register one by one, who exports may see numbers one by one.
        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ImportRecords | A::ExportRecords | A::ApproveExport,
        ) => Subtree,

        (
            R::OrganizationDepartment
            | R::PartyAffairsOfficer
            | R::Secretary
            | R::DeputySecretary
            | R::OrganizationOfficer,
            A::ReadTransfer | A::SendTransfer | A::ReceiveTransfer,
        ) => Subtree,
        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ApproveTransfer,
        ) => Below,
        (R::DisciplineOfficer | R::Inspector, A::ReadTransfer) => Subtree,

        (
            R::OrganizationDepartment | R::PartyAffairsOfficer | R::Secretary | R::DeputySecretary,
            A::ReadTask | A::CreateTask | A::DecideTask | A::CallWhistle | A::ShowRanking,
        ) => Subtree,
        (R::OrganizationOfficer | R::DisciplineOfficer | R::Inspector, A::ReadTask) => Subtree,
        (R::PublicityOfficer | R::CommitteeMember | R::GroupLeader, A::ReadTask) => Own,

        (R::OrganizationOfficer, A::ReadOrganization | A::ReadMember | A::RegisterMember | A::EditMember) => Subtree,
        (R::DisciplineOfficer | R::Inspector, A::ReadOrganization | A::ReadMember | A::ReadAudit) => Subtree,
        (
            R::PublicityOfficer | R::CommitteeMember | R::GroupLeader | R::DuesOfficer,
            A::ReadOrganization | A::ReadMember,
        ) => Own,
        (R::Editor, A::ReadOrganization) => Subtree,

        (_, _) => Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn the_whole_policy() {
        let mut table = String::from("role: what it is; then action → reach (what is not listed is never)\n");
        for role in Role::ALL {
            let kinds = [
                ("administrator", role.is_administrator()),
                ("committee", role.is_committee()),
                ("single", role.is_single()),
                ("second factor", role.needs_second_factor()),
            ];
            let kinds: Vec<_> = kinds.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect();
            writeln!(table, "{}: {}", serde_json::to_value(role).unwrap().as_str().unwrap(), kinds.join(", ")).unwrap();
            for action in Action::ALL {
                let reach = reach(*role, *action);
                if reach != Reach::Never {
                    let name = |value: serde_json::Value| value.as_str().unwrap().to_owned();
                    let (action, reach) =
                        (name(serde_json::to_value(action).unwrap()), name(serde_json::to_value(reach).unwrap()));
                    writeln!(table, "    {action:26}{reach}").unwrap();
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn nobody_who_reads_the_trace_as_auditor_can_change_a_record() {
        for action in Action::ALL {
            let reads = matches!(action, Action::ReadOrganization | Action::ReadAudit | Action::ReadAccountTrace);
            assert_eq!(reach(Role::Auditor, *action) != Reach::Never, reads, "{action:?}");
        }
    }

    #[test]
    fn when_somebody_signs_in_is_for_auditors_and_security_administrators() {
        for role in Role::ALL {
            let reads = matches!(role, Role::Auditor | Role::SecurityAdministrator);
            assert_eq!(reach(*role, Action::ReadAccountTrace) != Reach::Never, reads, "{role:?}");
        }
    }

    #[test]
    fn officers_are_appointed_and_transfers_approved_from_above() {
        for role in Role::ALL {
            assert!(matches!(reach(*role, Action::AppointOfficer), Reach::Never | Reach::Below), "{role:?}");
            assert!(matches!(reach(*role, Action::RestructureOrganization), Reach::Never | Reach::Below), "{role:?}");
            assert!(matches!(reach(*role, Action::ApproveTransfer), Reach::Never | Reach::Below), "{role:?}");
            assert!(matches!(reach(*role, Action::DecideAppeal), Reach::Never | Reach::Below), "{role:?}");
            assert!(matches!(reach(*role, Action::ReviewStars), Reach::Never | Reach::Below), "{role:?}");
        }
    }
}
