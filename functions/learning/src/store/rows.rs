//! Rows as they are stored.

use crate::domain::{Attempt, Certificate, Closed, Content, Of, Piece, Question, QuestionSet, Sheet, Training};
use dynamo::Key;
use jiff::{Timestamp, civil::Date};
use kernel::{
    AttemptId, CourseId, MediaId, MeetingId, MemberId, OrgId, PaperId, PersonName, QuestionSetId, TrainingId,
};
use serde::{Deserialize, Serialize};
use study::{Credit, Entry};

/// A course, a topic or a paper as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "C: Content"))]
pub(crate) struct PieceRow<C: Content> {
    /// `CRS#<id>`, `TOP#<id>`, `PAP#<id>`
    pub(crate) pk: String,
    /// `CRS`, `TOP`, `PAP`
    pub(crate) sk: String,
    /// Index `owned`: the organisation.
    pub(crate) owner: OrgId,
    /// Index `owned`: the same as `pk`.
    pub(crate) owner_key: String,
    #[serde(flatten)]
    pub(crate) piece: Piece<C>,
}

impl<C: Content> PieceRow<C> {
    pub(crate) fn new(piece: Piece<C>) -> Self {
        let Key { pk, sk } = Self::key(piece.id);
        Self { owner: piece.organization, owner_key: pk.clone(), pk, sk, piece }
    }

    pub(crate) fn key(id: C::Id) -> Key {
        Key::new(format!("{}#{id}", C::MARK), C::MARK)
    }
}

/// That something is shown to those at and below an organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ShownRow {
    /// `ORG#<organisation>`
    pub(crate) pk: String,
    /// `CRS#<id>`, `TOP#<id>`, `PAP#<id>`
    pub(crate) sk: String,
}

impl ShownRow {
    pub(crate) fn of<C: Content>(piece: &Piece<C>) -> impl Iterator<Item = Self> + '_ {
        let sk = format!("{}#{}", C::MARK, piece.id);
        piece.head.audience.iter().map(move |target| Self { pk: Self::partition(*target), sk: sk.clone() })
    }

    pub(crate) fn partition(target: OrgId) -> String {
        format!("ORG#{target}")
    }
}

/// A set of questions as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetRow {
    /// `QST#<id>`
    pub(crate) pk: String,
    /// `QST`
    pub(crate) sk: String,
    /// Index `owned`: the organisation.
    pub(crate) owner: OrgId,
    /// Index `owned`: the same as `pk`.
    pub(crate) owner_key: String,
    #[serde(flatten)]
    pub(crate) set: QuestionSet,
}

impl SetRow {
    pub(crate) fn new(set: QuestionSet) -> Self {
        let Key { pk, sk } = Self::key(set.id);
        Self { owner: set.organization, owner_key: pk.clone(), pk, sk, set }
    }

    pub(crate) fn key(id: QuestionSetId) -> Key {
        Key::new(format!("QST#{id}"), "QST")
    }
}

/// Fifty questions of a set or a paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PartRow {
    /// `QST#<id>`, `PAP#<id>`
    pub(crate) pk: String,
    /// `PART#<two digits>`
    pub(crate) sk: String,
    pub(crate) questions: Vec<Question>,
}

impl PartRow {
    pub(crate) const START: &str = "PART#";

    pub(crate) fn of<'a>(pk: &'a str, questions: &'a [Question]) -> impl Iterator<Item = Self> + 'a {
        let parts = questions.chunks(Question::PER_PART).enumerate();
        parts.map(move |(n, part)| Self { pk: pk.to_owned(), sk: Self::sort_key(n), questions: part.to_vec() })
    }

    pub(crate) fn sort_key(n: usize) -> String {
        format!("{}{n:02}", Self::START)
    }
}

/// The partition of what a person did.
pub(crate) fn person(member: MemberId) -> String {
    format!("MBR#{member}")
}

/// An attempt as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `ATT#<paper>#<number>`
    pub(crate) sk: String,
    /// Index `results`, under `paper`: where the person belonged, the person, the number.
    pub(crate) result_key: String,
    #[serde(flatten)]
    pub(crate) attempt: Attempt,
}

impl AttemptRow {
    pub(crate) fn new(attempt: Attempt) -> Self {
        let Key { pk, sk } = Self::key(attempt.member, attempt.paper, attempt.number);
        let Attempt { path, member, number, .. } = &attempt;
        Self { pk, sk, result_key: format!("{path}{member}#{number:02}"), attempt }
    }

    pub(crate) fn start(paper: PaperId) -> String {
        format!("ATT#{paper}#")
    }

    pub(crate) fn key(member: MemberId, paper: PaperId, number: u16) -> Key {
        Key::new(person(member), format!("{}{number:02}", Self::start(paper)))
    }
}

/// The questions of an attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SheetRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `SHT#<paper>#<number>`
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) sheet: Sheet,
}

impl SheetRow {
    pub(crate) fn new(attempt: &Attempt, sheet: Sheet) -> Self {
        let Key { pk, sk } = Self::key(attempt.member, attempt.paper, attempt.number);
        Self { pk, sk, sheet }
    }

    pub(crate) fn key(member: MemberId, paper: PaperId, number: u16) -> Key {
        Key::new(person(member), format!("SHT#{paper}#{number:02}"))
    }
}

/// An attempt as index `results` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) id: AttemptId,
    pub(crate) number: u16,
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    pub(crate) organization: OrgId,
    pub(crate) started_at: Timestamp,
    pub(crate) deadline: Timestamp,
    #[serde(default)]
    pub(crate) closed: Option<Closed>,
}

/// How far somebody played or read a lesson.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PositionRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `POS#<course>#<lesson>`
    pub(crate) sk: String,
    pub(crate) lesson: MediaId,
    /// Seconds from its beginning; pages of a document.
    pub(crate) position: u32,
    pub(crate) at: Timestamp,
}

impl PositionRow {
    pub(crate) fn new(member: MemberId, course: CourseId, (lesson, position): (MediaId, u32), at: Timestamp) -> Self {
        Self { pk: person(member), sk: format!("{}{lesson}", Self::start(course)), lesson, position, at }
    }

    pub(crate) fn start(course: CourseId) -> String {
        format!("POS#{course}#")
    }
}

/// What counts for somebody, from a paper or a training.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EntryRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// `HRS#<day>#<id>`
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

impl EntryRow {
    pub(crate) fn new(member: MemberId, entry: Entry) -> Self {
        Self { pk: person(member), sk: format!("{}#{}", Self::day(entry.on), entry.id), entry }
    }

    pub(crate) fn day(day: Date) -> String {
        format!("HRS#{day}")
    }
}

/// A row of a meeting as its index `person` has it (`meetings` writes them).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttendedRow {
    /// The day in Shanghai and the meeting.
    pub(crate) person_key: String,
    pub(crate) meeting: MeetingId,
    #[serde(default)]
    pub(crate) credit: Option<Credit>,
}

/// A training as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrainingRow {
    /// `TRN#<id>`
    pub(crate) pk: String,
    /// `TRN`
    pub(crate) sk: String,
    /// Index `owned`: the organisation.
    pub(crate) owner: OrgId,
    /// Index `owned`: the same as `pk`.
    pub(crate) owner_key: String,
    #[serde(flatten)]
    pub(crate) training: Training,
}

impl TrainingRow {
    pub(crate) fn new(training: Training) -> Self {
        let Key { pk, sk } = Self::key(training.id);
        Self { owner: training.organization, owner_key: pk.clone(), pk, sk, training }
    }

    pub(crate) fn key(id: TrainingId) -> Key {
        Key::new(format!("TRN#{id}"), "TRN")
    }
}

/// A certificate as it is stored: once under its person, one for each thing, and once under its code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CertificateRow {
    /// `MBR#<member>`, `CRT#<code>`
    pub(crate) pk: String,
    /// `CRT#<paper or year>`, `CRT`
    pub(crate) sk: String,
    #[serde(flatten)]
    pub(crate) certificate: Certificate,
}

impl CertificateRow {
    pub(crate) const START: &str = "CRT#";

    pub(crate) fn of_person(certificate: Certificate) -> Self {
        let Key { pk, sk } = Self::of(certificate.member, certificate.of);
        Self { pk, sk, certificate }
    }

    pub(crate) fn by_code(certificate: Certificate) -> Self {
        let Key { pk, sk } = Self::at(&certificate.code);
        Self { pk, sk, certificate }
    }

    pub(crate) fn of(member: MemberId, of: Of) -> Key {
        let of = match of {
            Of::Paper(paper) => paper.to_string(),
            Of::Year(year) => year.to_string(),
        };
        Key::new(person(member), format!("{}{of}", Self::START))
    }

    pub(crate) fn at(code: &str) -> Key {
        Key::new(format!("{}{code}", Self::START), "CRT")
    }
}
