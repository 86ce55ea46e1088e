//! Attempts: answers until the limit, and what they come to.

use super::{Given, Paper, Piece, Question, QuestionKind, illegal};
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, ErrorCode, Line, MemberId, OrgId, OrgPath, PaperId, PersonName, Refusal, shanghai_day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use study::{Entry, Rules, Source};
use utoipa::ToSchema;

/// A question of an attempt, as far as an answer has to fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slot {
    /// Which question of the paper, from 1.
    pub(crate) question: u16,
    pub(crate) kind: QuestionKind,
    /// How many options or blanks it has.
    pub(crate) size: usize,
    pub(crate) points: u16,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AttemptResult)]
pub(crate) struct Closed {
    /// When it was handed in, or when its time was over.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Whether its time was over before it was handed in.
    pub(crate) by_limit: bool,
    pub(crate) score: u32,
    pub(crate) total: u32,
    pub(crate) passed: bool,
    /// Which questions of the paper were asked, from 1.
    pub(crate) asked: Vec<u16>,
    /// Which of those were answered rightly.
    pub(crate) right: Vec<u16>,
}

/// One person's try at a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    pub(crate) id: AttemptId,
    pub(crate) paper: PaperId,
    /// Which try it is, from 1.
    pub(crate) number: u16,
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    /// Where the person belonged when they began.
    pub(crate) organization: OrgId,
    pub(crate) path: OrgPath,
    /// What the draw follows from.
    pub(crate) seed: u32,
    pub(crate) slots: Vec<Slot>,
    pub(crate) started_at: Timestamp,
    pub(crate) deadline: Timestamp,
    /// An answer for each slot, as far as there is one.
    pub(crate) answers: Vec<Option<Given>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) closed: Option<Closed>,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
}

/// Who begins an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    /// Where they belong.
    pub(crate) organization: OrgId,
    pub(crate) path: OrgPath,
}

/// The questions of an attempt with their keys: written when it begins, and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sheet {
    pub(crate) title: Line<100>,
    pub(crate) questions: Vec<Question>,
    pub(crate) pass_percent: u8,
    pub(crate) credit_minutes: u32,
    /// When the paper closes: before that nobody sees a key.
    pub(crate) closes_at: Timestamp,
}

impl Sheet {
    /// Whether keys may be shown at `now`: when the paper is closed, and no answer to it is taken any more.
    pub(crate) fn shows_keys(&self, now: Timestamp, rules: &Rules) -> bool {
        is_past(self.closes_at, now, rules)
    }
}

/// Whether `limit` is past at `now` with its grace: what was sent in time may take a moment.
fn is_past(limit: Timestamp, now: Timestamp, rules: &Rules) -> bool {
    now > limit + SignedDuration::from_secs(rules.attempt.grace_seconds.into())
}

/// Whether `score` of `total` passes: closed below.
pub(crate) const fn passes(score: u32, total: u32, percent: u8) -> bool {
    score as u64 * 100 >= total as u64 * percent as u64
}

impl Attempt {
    /// The attempt with this number at `paper` with its `questions`, drawn by this seed.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when the paper is not open.
    pub(crate) fn begun(
        (paper, questions): (&Piece<Paper>, &[Question]),
        learner: Learner,
        (number, seed): (u16, u32),
        now: Timestamp,
    ) -> Result<(Self, Sheet), Refusal> {
        let content = &paper.content;
        if now < content.opens_at {
            return Err(illegal("答题尚未开始", "the paper is not open yet"));
        }
        if now >= content.closes_at {
            return Err(illegal("答题已经结束", "the paper is closed"));
        }
        let slots = content.draw(questions, seed);
        let drawn = slots.iter().filter_map(|slot| questions.get(usize::from(slot.question).checked_sub(1)?).cloned());
        let sheet = Sheet {
            title: paper.head.title.clone(),
            questions: drawn.collect(),
            pass_percent: content.pass_percent,
            credit_minutes: content.credit_minutes,
            closes_at: content.closes_at,
        };
        if slots.is_empty() {
            return Err(ErrorCode::Internal.into());
        }
        let attempt = Self {
            id: AttemptId::new(now),
            paper: paper.id,
            number,
            member: learner.member,
            name: learner.name,
            organization: learner.organization,
            path: learner.path,
            seed,
            answers: vec![None; slots.len()],
            slots,
            started_at: now,
            deadline: content.deadline(now),
            closed: None,
            version: 1,
            updated_at: now,
        };
        Ok((attempt, sheet))
    }

    /// Whether no answer is taken any more at `now`.
    pub(crate) fn is_over(&self, now: Timestamp, rules: &Rules) -> bool {
        is_past(self.deadline, now, rules)
    }

    /// The same with `given` as the answer to question `n`, from 1; `None` when that is its answer already.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it is closed or its time is over, [`ErrorCode::NotFound`] when it has no such
    /// question, [`ErrorCode::InvalidField`] when the answer does not fit.
    pub(crate) fn answered(
        &self,
        n: u16,
        given: Given,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Option<Self>, Refusal> {
        if self.closed.is_some() || self.is_over(now, rules) {
            return Err(illegal("答题时间已到或已交卷", "it is handed in, or its time is over"));
        }
        let place = usize::from(n).checked_sub(1).ok_or(ErrorCode::NotFound)?;
        let (slot, old) = self.slots.get(place).zip(self.answers.get(place)).ok_or(ErrorCode::NotFound)?;
        given.fits(slot.kind, slot.size)?;
        if old.as_ref() == Some(&given) {
            return Ok(None);
        }
        let mut next = Self { version: self.version + 1, updated_at: now, ..self.clone() };
        *next.answers.get_mut(place).ok_or(ErrorCode::NotFound)? = Some(given);
        Ok(Some(next))
    }

    /// The same, marked by what was saved; `None` when it is already.
    pub(crate) fn marked(&self, sheet: &Sheet, now: Timestamp) -> Option<Self> {
        if self.closed.is_some() {
            return None;
        }
        let (mut score, mut total, mut right) = (0, 0, Vec::new());
        for ((slot, answer), question) in self.slots.iter().zip(&self.answers).zip(&sheet.questions) {
            total += u32::from(slot.points);
            if answer.as_ref().is_some_and(|given| question.is_right(given)) {
                score += u32::from(slot.points);
                right.push(slot.question);
            }
        }
        let closed = Closed {
            at: now.min(self.deadline),
            by_limit: now > self.deadline,
            score,
            total,
            passed: passes(score, total, sheet.pass_percent),
            asked: self.slots.iter().map(|slot| slot.question).collect(),
            right,
        };
        Some(Self { closed: Some(closed), version: self.version + 1, updated_at: now, ..self.clone() })
    }

    /// Whether it was passed.
    pub(crate) fn passed(&self) -> bool {
        self.closed.as_ref().is_some_and(|closed| closed.passed)
    }

    /// What it counts when it was passed.
    pub(crate) fn credit(&self, sheet: &Sheet, rules: &Rules) -> Option<Entry> {
        let closed = self.closed.as_ref().filter(|closed| closed.passed && sheet.credit_minutes > 0)?;
        Some(Entry {
            source: Source::Paper,
            id: self.paper.to_string(),
            title: sheet.title.clone(),
            on: shanghai_day(closed.at),
            from: None,
            minutes: sheet.credit_minutes,
            kinds: BTreeSet::new(),
            rules: rules.version.clone(),
        })
    }
}

/// The attempt that somebody begins, or goes on with, who has these `attempts` at `paper`.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when they passed it or have no try left.
pub(crate) fn next_try(paper: &Piece<Paper>, attempts: &[Attempt]) -> Result<u16, Refusal> {
    if attempts.iter().any(Attempt::passed) {
        return Err(illegal("您已合格，无需再答", "you have passed it"));
    }
    let used = u16::try_from(attempts.len()).unwrap_or(u16::MAX);
    if used >= paper.content.attempts {
        return Err(illegal("答题次数已用完", "no try is left"));
    }
    Ok(used + 1)
}
