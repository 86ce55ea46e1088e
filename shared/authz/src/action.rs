//! What can be done.

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Something a route does, as the policy sees it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Action { $($(#[$doc])* $name),+ }

        impl Action {
            /// Every action, for the printed policy.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

actions! {
    /// See an organisation, its officers and the organisations below it.
    ReadOrganization,
    /// Found an organisation below the one named.
    FoundOrganization,
    /// Change name, kind and particulars.
    EditOrganization,
    /// Move, merge or dissolve: the organisation itself must lie below the appointment.
    RestructureOrganization,
    /// Record an election or shift its date.
    ManageTerm,
    /// Appoint and dismiss officers of an organisation, and read what they did in office.
    AppointOfficer,
    /// Appoint administrators and desk officers, whom nobody elects.
    AppointAdministrator,
    /// See the register: masked lists and records.
    ReadMember,
    /// Add a person to the register.
    RegisterMember,
    /// Change a person's record.
    EditMember,
    /// Take a person from one state to another.
    ChangeMemberState,
    /// See a person's numbers in full, for a stated purpose.
    DiscloseMember,
    /// Decide a request for correction.
    DecideCorrection,
    /// Bring in a file of persons or organisations, and undo that.
    ImportRecords,
    /// Take out a file of persons with their numbers, for a stated purpose.
    ExportRecords,
    /// Agree to the export of many persons that somebody else asked for.
    ApproveExport,
    /// See transfers of affiliation that leave an organisation or come to it.
    ReadTransfer,
    /// Draft a transfer of a member, withdraw it, and note the receipt that comes back.
    SendTransfer,
    /// Decide a transfer and issue its letter: the committee above does.
    ApproveTransfer,
    /// Receive a member whose transfer was issued, or send the transfer back.
    ReceiveTransfer,
    /// See tasks of an organisation, their progress and their boards, and comment on them.
    ReadTask,
    /// Issue a task to an organisation, split and withdraw what it issued.
    CreateTask,
    /// Accept a task that was submitted, or send it back.
    DecideTask,
    /// Call a department by a whistle task, and rate what came of it.
    CallWhistle,
    /// Turn the ranking of a board on and off, and see it.
    ShowRanking,
    /// See meetings of an organisation, their minutes, and what it owes.
    ReadMeeting,
    /// Plan and cancel meetings of an organisation, enter attendance and minutes.
    ManageMeeting,
    /// Sign minutes: the secretary of the organisation itself does.
    SignMinutes,
    /// See courses, topics and papers of an organisation, drafts included.
    ReadLearning,
    /// Write, publish and withdraw courses, topics, question sets and papers of an organisation.
    AuthorLearning,
    /// See what members learned: results of papers, trainings, hours.
    ReadStudyRecords,
    /// Enter a training with who took part.
    EnterTraining,
    /// Confirm a training that somebody else entered.
    ConfirmTraining,
    /// See dues of an organisation: bills, payments, books, cases.
    ReadDues,
    /// Keep dues of an organisation: set what members owe, enter and take back payments, remit, close cases, publish.
    ManageDues,
    /// Grant or refuse a reduction of dues that a branch below proposes.
    ApproveDuesRelief,
    /// Set what payment providers sign with.
    ManageDuesProviders,
    /// See what members and branches were scored, with every reason.
    ReadScores,
    /// Confirm the rating of a member's year.
    ConfirmRating,
    /// File merits and faults of members, and see what was filed.
    FileConduct,
    /// Confirm a merit or fault that somebody else filed, after its member could answer.
    ConfirmConduct,
    /// Decide appeals against scores: the committee above the branch does.
    DecideAppeal,
    /// See what rules find in the records of an organisation and its members.
    ReadFinding,
    /// Close a finding with a reason.
    CloseFinding,
    /// See applications of branches in the star review, with their scores, and how stars are shared.
    ReadStars,
    /// Apply for stars, score one's own branch and hand it in: the branch itself does.
    ApplyForStars,
    /// Score again what a branch below handed in: the committee above does.
    ReviewStars,
    /// Draw up the year's score sheet, give stars, answer objections: the department of the committee at the root does.
    GiveStars,
    /// Read the trace.
    ReadAudit,
    /// Read what was done to people's accounts: when they signed in, suspensions.
    ReadAccountTrace,
    /// Suspend accounts and reset second factors.
    ManageAccount,
    /// See and download the media of an organisation.
    ReadMedia,
    /// Upload media for an organisation, and remove one's own.
    UploadMedia,
    /// Remove what others uploaded.
    RemoveMedia,
    /// See the scheduled jobs of the installation and what became of them.
    ReadJobs,
    /// Set the robots of an organisation's group chats.
    ManageRobots,
    /// See messages that could not be sent, and send them again.
    ManageOutbox,
}

impl Action {
    /// Whether nobody may do it in their own case.
    #[must_use]
    pub const fn needs_another_person(self) -> bool {
        matches!(
            self,
            Self::ChangeMemberState
                | Self::DecideCorrection
                | Self::ApproveTransfer
                | Self::ReceiveTransfer
                | Self::ApproveExport
                | Self::DecideTask
                | Self::ApproveDuesRelief
                | Self::ConfirmTraining
                | Self::ConfirmRating
                | Self::FileConduct
                | Self::ConfirmConduct
                | Self::DecideAppeal
                | Self::CloseFinding
                | Self::ManageAccount
                | Self::AppointAdministrator
        )
    }
}
