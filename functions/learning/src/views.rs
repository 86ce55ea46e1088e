//! Study as clients see it.

mod papers;

pub(crate) use papers::{AttemptView, QuestionCount, ResultView, Saved, Statistics};

use crate::{
    domain::{Certificate, Counts, Course, Of, Paper, Piece, Question, QuestionSet, State, Topic, masked},
    store::PositionRow,
};
use jiff::{Timestamp, civil::Date};
use kernel::{CourseId, Line, MediaId, MemberId, OrgId, PaperId, PersonName, QuestionSetId, TopicId};
use register::{MediaType, Member};
use serde::Serialize;
use study::{Who, Year};
use utoipa::ToSchema;

macro_rules! piece_views {
    ($($(#[$doc:meta])* $view:ident = $schema:ident $content:ty, $id:ty);+ $(;)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema)]
        pub(crate) struct $view {
            id: $id,
            organization: OrgId,
            #[schema(value_type = String)]
            title: Line<100>,
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>)]
            text: Option<Line<2000>>,
            /// Those at and below these see it once it is published.
            audience: Vec<OrgId>,
            #[serde(flatten)]
            content: $content,
            state: State,
            /// When it was published last.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, format = DateTime)]
            published_at: Option<Timestamp>,
            version: u64,
            #[schema(value_type = String, format = DateTime)]
            updated_at: Timestamp,
        }

        impl From<Piece<$content>> for $view {
            fn from(piece: Piece<$content>) -> Self {
                let Piece { id, organization, head, content, state, published_at, version, updated_at } = piece;
                let (title, text, audience) = (head.title, head.text, head.audience);
                Self { id, organization, title, text, audience, content, state, published_at, version, updated_at }
            }
        }
    )+ };
}

piece_views! {
    /// A course.
    CourseView = Course Course, CourseId;
    /// A topic of study.
    TopicView = StudyTopic Topic, TopicId;
    /// A paper, without its questions.
    PaperView = Paper Paper, PaperId;
}

/// How far one is in a lesson.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LessonPosition)]
pub(crate) struct Reached {
    lesson: MediaId,
    /// Seconds from its beginning; pages of a document.
    position: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<PositionRow> for Reached {
    fn from(PositionRow { lesson, position, at, .. }: PositionRow) -> Self {
        Self { lesson, position, at }
    }
}

/// A course, and how far one is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyCourse {
    #[serde(flatten)]
    pub(crate) course: CourseView,
    /// One's own; a lesson that one did not begin is not in it.
    pub(crate) positions: Vec<Reached>,
}

/// A link to a lesson.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LessonLink {
    /// Get the file here, or parts of it, without a token.
    pub(crate) url: String,
    pub(crate) media_type: MediaType,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
}

/// A set of questions, without them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QuestionSetSummary)]
pub(crate) struct SetView {
    id: QuestionSetId,
    organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    /// How many of each kind it has.
    counts: Counts,
    #[schema(value_type = String, format = DateTime)]
    entered_at: Timestamp,
    version: u64,
}

impl From<&QuestionSet> for SetView {
    fn from(set: &QuestionSet) -> Self {
        let QuestionSet { id, organization, title, counts, entered_at, version, .. } = set.clone();
        Self { id, organization, title, counts, entered_at, version }
    }
}

/// A set of questions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuestionSet)]
pub(crate) struct QuestionSetView {
    #[serde(flatten)]
    pub(crate) set: SetView,
    pub(crate) questions: Vec<Question>,
}

/// How a year stands for one of several members.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberHours {
    member: MemberId,
    name: PersonName,
    organization: OrgId,
    who: Who,
    /// Whether nobody asks it of them (教管条例 §23).
    exempt: bool,
    /// What is owed, in minutes.
    owed_minutes: u32,
    /// What was counted, in minutes.
    counted_minutes: u32,
    /// How many organised trainings (集中培训) are owed among that.
    owed_trainings: u32,
    /// How many were counted.
    trainings: u32,
    /// Whether hours and trainings are both enough.
    reached: bool,
}

impl MemberHours {
    pub(crate) fn of(member: &Member, year: &Year) -> Self {
        Self {
            member: member.id,
            name: member.name.clone(),
            organization: member.organization,
            who: year.who,
            exempt: year.exempt,
            owed_minutes: year.owed_minutes,
            counted_minutes: year.counted_minutes,
            owed_trainings: year.owed_trainings,
            trainings: year.trainings,
            reached: year.reached,
        }
    }
}

/// How a year stands in all for those of a page who belong to one branch or group; who is exempt is left out.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationHours {
    organization: OrgId,
    /// Members who owe hours.
    members: u32,
    /// Of these, those whose hours and trainings are both enough.
    reached: u32,
    /// What they owe together, in minutes.
    owed_minutes: u32,
    /// What was counted for them together, in minutes.
    counted_minutes: u32,
}

impl OrganizationHours {
    /// In the order in which they first appear among `members`.
    pub(crate) fn of(members: &[MemberHours]) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for one in members.iter().filter(|one| !one.exempt) {
            let organization = one.organization;
            let new = Self {
                organization,
                members: 1,
                reached: u32::from(one.reached),
                owed_minutes: one.owed_minutes,
                counted_minutes: one.counted_minutes,
            };
            match found.iter_mut().find(|sum| sum.organization == organization) {
                Some(sum) => {
                    sum.members += 1;
                    sum.reached += new.reached;
                    sum.owed_minutes += new.owed_minutes;
                    sum.counted_minutes += new.counted_minutes;
                }
                None => found.push(new),
            }
        }
        found
    }
}

/// A page of how a year stands for several members.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberHoursPage)]
pub(crate) struct HoursPage {
    pub(crate) items: Vec<MemberHours>,
    /// The same in all for each branch and group of this page; what several pages say of one is added.
    pub(crate) organizations: Vec<OrganizationHours>,
    /// Hand this back as `cursor` for the page after; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// One's own certificate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Certificate)]
pub(crate) struct CertificateView {
    /// Anybody who has it can ask whether the certificate is real.
    code: String,
    of: Of,
    name: PersonName,
    #[schema(value_type = String)]
    title: Line<200>,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
}

impl From<Certificate> for CertificateView {
    fn from(certificate: Certificate) -> Self {
        let Certificate { code, of, name, title, issued_on, .. } = certificate;
        Self { code, of, name, title, issued_on }
    }
}

/// What anybody learns of a certificate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerifiedCertificate)]
pub(crate) struct Verified {
    /// Always: where there is none there is no answer.
    valid: bool,
    #[schema(value_type = String)]
    title: Line<200>,
    /// The first character of the name.
    masked_name: String,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
}

impl From<Certificate> for Verified {
    fn from(certificate: Certificate) -> Self {
        let masked_name = masked(&certificate.name);
        Self { valid: true, title: certificate.title, masked_name, issued_on: certificate.issued_on }
    }
}
