//! What is published for chosen organisations: its life, the same for courses, topics and papers.

use super::{field, illegal};
use jiff::Timestamp;
use kernel::{CourseId, Line, MediaId, OrgId, PaperId, Refusal, TopicId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Display, str::FromStr};
use utoipa::ToSchema;

/// Organisations that something is for, at most.
pub(crate) const AUDIENCE: usize = 20;
/// Lessons of a course, courses of a topic, papers of a topic, at most.
pub(crate) const PARTS: usize = 20;

/// How far a course, a topic or a paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PublicationState)]
pub(crate) enum State {
    /// Nobody sees it who does not write it.
    Draft,
    /// Those see it whom it is for.
    Published,
    /// It was published and is no longer. What learners did stays.
    Withdrawn,
}

/// What a course, a topic or a paper is, beside what they have in common.
pub(crate) trait Content: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its id.
    type Id: Copy
        + Display
        + FromStr
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + PartialEq
        + std::fmt::Debug
        + 'static;
    /// Its name in activities.
    const NAME: &'static str;
    /// Its collection.
    const PATH: &'static str;
    /// What its keys begin with.
    const MARK: &'static str;
    /// Whether it may be changed after it was published once.
    const CHANGES: bool;

    /// A new id.
    fn id(now: Timestamp) -> Self::Id;
}

/// What courses, topics and papers have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub(crate) title: Line<100>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) text: Option<Line<2000>>,
    /// Those at and below these see it.
    pub(crate) audience: Vec<OrgId>,
}

/// A course, a topic or a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "C: Content"))]
pub(crate) struct Piece<C: Content> {
    pub(crate) id: C::Id,
    /// Whose it is.
    pub(crate) organization: OrgId,
    #[serde(flatten)]
    pub(crate) head: Head,
    #[serde(flatten)]
    pub(crate) content: C,
    pub(crate) state: State,
    /// When it was published last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) published_at: Option<Timestamp>,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
}

impl Head {
    fn checked(self) -> Result<Self, Refusal> {
        let distinct: BTreeSet<_> = self.audience.iter().collect();
        if self.audience.is_empty() || self.audience.len() > AUDIENCE || distinct.len() < self.audience.len() {
            let zh = format!("应选择 1 至 {AUDIENCE} 个不同的组织");
            return Err(field("/audience", zh, format!("must be 1 to {AUDIENCE} different organisations")));
        }
        Ok(self)
    }
}

impl<C: Content> Piece<C> {
    /// A draft.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn drafted(organization: OrgId, head: Head, content: C, now: Timestamp) -> Result<Self, Refusal> {
        let head = head.checked()?;
        let (id, state) = (C::id(now), State::Draft);
        Ok(Self { id, organization, head, content, state, published_at: None, version: 1, updated_at: now })
    }

    fn next(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// The same with other words and parts.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::IllegalTransition`] while it is published, [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn edited(&self, organization: OrgId, head: Head, content: C, now: Timestamp) -> Result<Self, Refusal> {
        if self.state == State::Published || (self.published_at.is_some() && !C::CHANGES) {
            return Err(illegal("已发布，请先撤回再修改", "it is published: withdraw it first"));
        }
        if organization != self.organization {
            return Err(field("/organization", "不能更换所属组织", "stays the same"));
        }
        Ok(Self { head: head.checked()?, content, ..self.next(now) })
    }

    /// The same, published.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::IllegalTransition`] when it is.
    pub(crate) fn published(&self, now: Timestamp) -> Result<Self, Refusal> {
        if self.state == State::Published {
            return Err(illegal("已经发布", "it is published already"));
        }
        Ok(Self { state: State::Published, published_at: Some(now), ..self.next(now) })
    }

    /// The same, withdrawn.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::IllegalTransition`] when it is not published.
    pub(crate) fn withdrawn(&self, now: Timestamp) -> Result<Self, Refusal> {
        if self.state != State::Published {
            return Err(illegal("尚未发布", "it is not published"));
        }
        Ok(Self { state: State::Withdrawn, ..self.next(now) })
    }
}

/// A lesson: a file to be played or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lesson {
    /// A completed upload of the organisation; it names the lesson within its course.
    pub(crate) media: MediaId,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
}

/// What a course is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CourseContent)]
pub(crate) struct Course {
    /// One to twenty.
    pub(crate) lessons: Vec<Lesson>,
}

/// A course as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewCourse {
    /// Whose course it is; it stays when it is changed.
    organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    #[schema(value_type = Option<String>)]
    text: Option<Line<2000>>,
    /// One to twenty organisations at or below `organization`: those at and below them see it.
    audience: Vec<OrgId>,
    /// One to twenty.
    lessons: Vec<NewLesson>,
}

/// A lesson as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewLesson {
    /// A completed upload of the organisation.
    media: MediaId,
    #[schema(value_type = String)]
    title: Line<100>,
}

impl NewCourse {
    /// Its organisation, what it has in common with others, and its lessons.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn parts(self) -> Result<(OrgId, Head, Course), Refusal> {
        let Self { organization, title, text, audience, lessons } = self;
        let media: BTreeSet<_> = lessons.iter().map(|lesson| lesson.media).collect();
        if lessons.is_empty() || lessons.len() > PARTS || media.len() < lessons.len() {
            let zh = format!("应有 1 至 {PARTS} 课，每课一个不同的文件");
            return Err(field("/lessons", zh, format!("must be 1 to {PARTS}, each of another file")));
        }
        let lessons = lessons.into_iter().map(|NewLesson { media, title }| Lesson { media, title }).collect();
        Ok((organization, Head { title, text, audience }, Course { lessons }))
    }
}

impl Content for Course {
    type Id = CourseId;
    const NAME: &'static str = "course";
    const PATH: &'static str = "courses";
    const MARK: &'static str = "CRS";
    const CHANGES: bool = true;

    fn id(now: Timestamp) -> CourseId {
        CourseId::new(now)
    }
}

/// What a topic of study is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TopicContent)]
pub(crate) struct Topic {
    /// At most twenty.
    pub(crate) courses: Vec<CourseId>,
    /// At most twenty.
    pub(crate) papers: Vec<PaperId>,
}

/// A topic of study as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTopic {
    /// Whose topic it is; it stays when it is changed.
    organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    #[schema(value_type = Option<String>)]
    text: Option<Line<2000>>,
    /// One to twenty organisations at or below `organization`: those at and below them see it.
    audience: Vec<OrgId>,
    /// At most twenty courses, of the organisation or of one above it.
    #[serde(default)]
    courses: Vec<CourseId>,
    /// At most twenty papers, of the organisation or of one above it.
    #[serde(default)]
    papers: Vec<PaperId>,
}

impl NewTopic {
    /// Its organisation, what it has in common with others, and its parts.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn parts(self) -> Result<(OrgId, Head, Topic), Refusal> {
        let Self { organization, title, text, audience, courses, papers } = self;
        let distinct = (courses.iter().collect::<BTreeSet<_>>().len(), papers.iter().collect::<BTreeSet<_>>().len());
        for (pointer, len, distinct) in [("/courses", courses.len(), distinct.0), ("/papers", papers.len(), distinct.1)]
        {
            if len > PARTS || distinct < len {
                let zh = format!("最多 {PARTS} 个，且不重复");
                return Err(field(pointer, zh, format!("at most {PARTS}, each once")));
            }
        }
        Ok((organization, Head { title, text, audience }, Topic { courses, papers }))
    }
}

impl Content for Topic {
    type Id = TopicId;
    const NAME: &'static str = "study-topic";
    const PATH: &'static str = "study-topics";
    const MARK: &'static str = "TOP";
    const CHANGES: bool = true;

    fn id(now: Timestamp) -> TopicId {
        TopicId::new(now)
    }
}
