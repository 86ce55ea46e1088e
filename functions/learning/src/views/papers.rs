//! Attempts and results as clients see them.

use crate::{
    domain::{Attempt, Closed, Given, Key, QuestionKind, Sheet},
    store::Listed,
};
use jiff::Timestamp;
use kernel::{AttemptId, Line, MemberId, OrgId, PaperId, PersonName};
use serde::Serialize;
use study::Rules;
use utoipa::ToSchema;

/// A question of an attempt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AskedQuestion {
    /// Its number in the attempt, from 1.
    number: usize,
    kind: QuestionKind,
    #[schema(value_type = String)]
    text: Line<500>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    options: Vec<Line<100>>,
    /// How many texts belong into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    blanks: Option<usize>,
    points: u16,
    /// What was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Given>,
    /// Whether that is right, once its key is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<bool>,
    /// What is right, once the attempt is marked, the paper closed, and no answer on its way taken any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    /// Why that is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    note: Option<Line<300>>,
}

/// What an attempt came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AttemptOutcome)]
struct Outcome {
    /// When it was handed in, or when its time was over.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether its time was over before it was handed in.
    by_limit: bool,
    score: u32,
    total: u32,
    passed: bool,
}

impl From<&Closed> for Outcome {
    fn from(closed: &Closed) -> Self {
        let Closed { at, by_limit, score, total, passed, .. } = *closed;
        Self { at, by_limit, score, total, passed }
    }
}

/// One's own attempt at a paper.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub(crate) struct AttemptView {
    id: AttemptId,
    paper: PaperId,
    /// Which try it is, from 1.
    number: u16,
    #[schema(value_type = String)]
    title: Line<100>,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// After this no answer counts, whatever the phone's clock says.
    #[schema(value_type = String, format = DateTime)]
    deadline: Timestamp,
    /// What the server's clock says now.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    questions: Vec<AskedQuestion>,
    /// What it came to, once it is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
}

impl AttemptView {
    pub(crate) fn of(attempt: &Attempt, sheet: &Sheet, (now, rules): (Timestamp, &Rules)) -> Self {
        let closed = attempt.closed.as_ref();
        // Of two options a wrong one names the other: until keys are shown there is only what it came to.
        let open = closed.filter(|_| sheet.shows_keys(now, rules));
        let each = attempt.slots.iter().zip(&attempt.answers).zip(&sheet.questions).zip(1..);
        let questions = each.map(|(((slot, answer), question), number)| AskedQuestion {
            number,
            kind: slot.kind,
            text: question.text.clone(),
            options: question.options.clone(),
            blanks: (slot.kind == QuestionKind::FillIn).then_some(slot.size),
            points: slot.points,
            answer: answer.clone(),
            right: open.map(|closed| closed.right.contains(&slot.question)),
            key: open.map(|_| question.key.clone()),
            note: question.note.clone().filter(|_| open.is_some()),
        });
        Self {
            id: attempt.id,
            paper: attempt.paper,
            number: attempt.number,
            title: sheet.title.clone(),
            started_at: attempt.started_at,
            deadline: attempt.deadline,
            now,
            questions: questions.collect(),
            result: closed.map(Outcome::from),
        }
    }
}

/// That an answer is saved.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SavedAnswer)]
pub(crate) struct Saved {
    /// Which question.
    number: u16,
    /// What is saved for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Given>,
    /// How many questions have an answer.
    answered: usize,
    #[schema(value_type = String, format = DateTime)]
    deadline: Timestamp,
}

impl Saved {
    pub(crate) fn of(attempt: &Attempt, number: u16) -> Self {
        let answer = usize::from(number).checked_sub(1).and_then(|at| attempt.answers.get(at).cloned().flatten());
        let answered = attempt.answers.iter().flatten().count();
        Self { number, answer, answered, deadline: attempt.deadline }
    }
}

/// Somebody's attempt, as officers see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaperResult)]
pub(crate) struct ResultView {
    id: AttemptId,
    member: MemberId,
    name: PersonName,
    /// Where they belonged when they began.
    organization: OrgId,
    number: u16,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// What it came to, once it is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
}

impl From<Listed> for ResultView {
    fn from(listed: Listed) -> Self {
        let Listed { id, number, member, name, organization, started_at, closed, .. } = listed;
        Self { id, member, name, organization, number, started_at, result: closed.as_ref().map(Outcome::from) }
    }
}

/// How a question came out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QuestionStatistics)]
pub(crate) struct QuestionCount {
    /// Its number in the paper, from 1.
    number: u16,
    /// What it asks: once the paper is closed, and before that for who writes papers of its organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    text: Option<Line<500>>,
    /// How often it was asked.
    asked: u32,
    /// How often it was answered rightly.
    right: u32,
}

impl QuestionCount {
    pub(crate) const fn new(number: u16, text: Option<Line<500>>) -> Self {
        Self { number, text, asked: 0, right: 0 }
    }

    pub(crate) const fn count(&mut self, right: bool) {
        if right { self.right += 1 } else { self.asked += 1 }
    }
}

/// How a paper came out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaperStatistics)]
pub(crate) struct Statistics {
    /// Attempts that are marked.
    pub(crate) marked: u32,
    /// Of those, passed.
    pub(crate) passed: u32,
    /// Attempts under way.
    pub(crate) open: u32,
    /// Whether there are more attempts than were counted.
    pub(crate) more: bool,
    pub(crate) questions: Vec<QuestionCount>,
}
