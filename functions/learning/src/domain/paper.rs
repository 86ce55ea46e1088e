//! Papers: which questions, how long, what passes; and which of them somebody draws.

use super::{Content, Head, Question, QuestionKind, Slot, field};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use kernel::{Line, OrgId, PaperId, QuestionSetId, Refusal};
use serde::{Deserialize, Serialize};
use study::Rules;
use utoipa::ToSchema;

/// Questions that one attempt has, at most.
const ASKED: usize = 100;
/// Sets that a paper draws from, at most.
const SETS: usize = 5;
/// How long a paper can be open.
const OPEN: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A number for each kind of question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PerKind)]
pub(crate) struct Counts {
    #[serde(default)]
    pub(crate) single: u16,
    #[serde(default)]
    pub(crate) multiple: u16,
    #[serde(default)]
    pub(crate) true_false: u16,
    #[serde(default)]
    pub(crate) fill_in: u16,
}

impl Counts {
    /// How many of each kind there are.
    pub(crate) fn of(questions: &[Question]) -> Self {
        questions.iter().fold(Self::default(), |mut counts, question| {
            *counts.at(question.kind()) += 1;
            counts
        })
    }

    const fn at(&mut self, kind: QuestionKind) -> &mut u16 {
        match kind {
            QuestionKind::Single => &mut self.single,
            QuestionKind::Multiple => &mut self.multiple,
            QuestionKind::TrueFalse => &mut self.true_false,
            QuestionKind::FillIn => &mut self.fill_in,
        }
    }

    pub(crate) const fn get(self, kind: QuestionKind) -> u16 {
        match kind {
            QuestionKind::Single => self.single,
            QuestionKind::Multiple => self.multiple,
            QuestionKind::TrueFalse => self.true_false,
            QuestionKind::FillIn => self.fill_in,
        }
    }

    fn sum(self) -> usize {
        QuestionKind::ALL.iter().map(|kind| usize::from(self.get(*kind))).sum()
    }
}

/// One question of a set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Chosen {
    /// The set.
    pub(crate) set: QuestionSetId,
    /// Which question of it, from 1.
    pub(crate) number: u16,
}

/// Which questions a paper has.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Questions {
    /// These, at most a hundred, for everybody in this order.
    Fixed(Vec<Chosen>),
    /// So many of each kind, for each attempt drawn anew.
    Drawn(Drawn),
}

/// A draw.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Drawn {
    /// One to five sets to draw from.
    pub(crate) sets: Vec<QuestionSetId>,
    /// How many of each kind, a hundred together at most.
    draw: Counts,
}

/// A paper as it is set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPaper {
    /// Whose paper it is.
    pub(crate) organization: OrgId,
    #[schema(value_type = String)]
    title: Line<100>,
    #[schema(value_type = Option<String>)]
    text: Option<Line<2000>>,
    /// One to twenty organisations at or below `organization`: those at and below them may sit it.
    audience: Vec<OrgId>,
    pub(crate) questions: Questions,
    /// What a question of each kind is worth; one, where nothing is said.
    points: Option<Counts>,
    /// How long an attempt lasts, 1 to 240.
    minutes: u16,
    /// From how much of all points on it is passed, 1 to 100.
    pass_percent: u8,
    /// How often somebody may try, 1 to 10.
    attempts: u16,
    #[schema(value_type = String, format = DateTime)]
    opens_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    closes_at: Timestamp,
    /// What it counts, in minutes, for who passes it.
    #[serde(default)]
    credit_minutes: u32,
}

/// What a paper is. Its questions are kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaperContent)]
pub(crate) struct Paper {
    /// How many questions of each kind an attempt has.
    pub(crate) asked: Counts,
    /// How many questions of each kind it draws from; the same where all are asked.
    pub(crate) pool: Counts,
    /// Whether each attempt draws anew.
    pub(crate) drawn: bool,
    /// What a question of each kind is worth.
    pub(crate) points: Counts,
    pub(crate) minutes: u16,
    pub(crate) pass_percent: u8,
    pub(crate) attempts: u16,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opens_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) closes_at: Timestamp,
    /// What it counts, in minutes, for who passes it.
    pub(crate) credit_minutes: u32,
}

impl NewPaper {
    /// Its organisation, what it has in common with others, what it is, and the questions it keeps, out of the sets that
    /// it names.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn parts(
        self,
        sets: &[(QuestionSetId, Vec<Question>)],
        rules: &Rules,
    ) -> Result<(OrgId, Head, Paper, Vec<Question>), Refusal> {
        let within = |pointer: &str, value: u64, most: u64| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            Err(field(pointer, format!("应为 1 至 {most}"), format!("must be 1 to {most}")))
        };
        within("/minutes", self.minutes.into(), 240)?;
        within("/passPercent", self.pass_percent.into(), 100)?;
        within("/attempts", self.attempts.into(), 10)?;
        if self.closes_at <= self.opens_at || self.closes_at.duration_since(self.opens_at) > OPEN {
            return Err(field(
                "/closesAt",
                "应晚于开放时间，且不超过 400 天",
                "must be after it opens, by 400 days at most",
            ));
        }
        if self.credit_minutes > rules.paper.most_minutes {
            let most = rules.paper.most_minutes;
            return Err(field("/creditMinutes", format!("最多 {most} 分钟"), format!("at most {most}")));
        }
        let points = self.points.unwrap_or(Counts { single: 1, multiple: 1, true_false: 1, fill_in: 1 });
        let (questions, asked, drawn) = match self.questions {
            Questions::Fixed(chosen) => {
                let questions = fixed(&chosen, sets)?;
                let asked = Counts::of(&questions);
                (questions, asked, false)
            }
            Questions::Drawn(Drawn { sets: named, draw }) => (pool(&named, draw, sets)?, draw, true),
        };
        for kind in QuestionKind::ALL {
            if asked.get(kind) > 0 && !(1..=100).contains(&points.get(kind)) {
                let zh = format!("{}题的分值应为 1 至 100", kind.zh());
                return Err(field("/points", zh, "must be 1 to 100 for each kind that is asked"));
            }
        }
        let paper = Paper {
            asked,
            pool: Counts::of(&questions),
            drawn,
            points,
            minutes: self.minutes,
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            credit_minutes: self.credit_minutes,
        };
        let head = Head { title: self.title, text: self.text, audience: self.audience };
        Ok((self.organization, head, paper, questions))
    }

    /// The sets that it names, each once.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`] when there are none or too many.
    pub(crate) fn sets(&self) -> Result<Vec<QuestionSetId>, Refusal> {
        let (mut named, pointer): (Vec<_>, _) = match &self.questions {
            Questions::Fixed(chosen) => (chosen.iter().map(|one| one.set).collect(), "/questions/fixed"),
            Questions::Drawn(drawn) => (drawn.sets.clone(), "/questions/drawn/sets"),
        };
        named.sort_unstable();
        named.dedup();
        if named.is_empty() || named.len() > SETS {
            let zh = format!("应使用 1 至 {SETS} 个题库");
            return Err(field(pointer, zh, format!("must be of 1 to {SETS} sets")));
        }
        Ok(named)
    }
}

fn fixed(chosen: &[Chosen], sets: &[(QuestionSetId, Vec<Question>)]) -> Result<Vec<Question>, Refusal> {
    if chosen.len() > ASKED {
        return Err(field("/questions/fixed", format!("最多 {ASKED} 题"), format!("at most {ASKED}")));
    }
    let find = |(n, Chosen { set, number }): (usize, &Chosen)| {
        let (_, questions) = sets.iter().find(|(id, _)| id == set)?;
        let question = questions.get(usize::from(*number).checked_sub(1)?)?;
        let again = chosen.iter().take(n).any(|other| (other.set, other.number) == (*set, *number));
        (!again).then(|| question.clone())
    };
    let each = chosen.iter().enumerate().map(|(n, one)| {
        let pointer = format!("/questions/fixed/{n}");
        find((n, one))
            .ok_or_else(|| field(pointer, "题库中没有此题，或重复", "is no question of the set, or comes twice"))
    });
    each.collect()
}

/// The questions to draw from, those of a kind together.
fn pool(
    named: &[QuestionSetId],
    draw: Counts,
    sets: &[(QuestionSetId, Vec<Question>)],
) -> Result<Vec<Question>, Refusal> {
    if !(1..=ASKED).contains(&draw.sum()) {
        return Err(field("/questions/drawn/draw", format!("应抽 1 至 {ASKED} 题"), format!("must be 1 to {ASKED}")));
    }
    let all = sets.iter().filter(|(id, _)| named.contains(id)).flat_map(|(_, questions)| questions);
    let mut pool: Vec<_> = all.filter(|question| draw.get(question.kind()) > 0).cloned().collect();
    pool.sort_by_key(Question::kind);
    pool.dedup();
    if pool.len() > super::SET {
        let most = super::SET;
        return Err(field("/questions/drawn/sets", format!("合计最多 {most} 题"), format!("at most {most} questions")));
    }
    let there = Counts::of(&pool);
    for kind in QuestionKind::ALL {
        if draw.get(kind) > there.get(kind) {
            let zh = format!("{}题只有 {} 道", kind.zh(), there.get(kind));
            return Err(field("/questions/drawn/draw", zh, "is more than the sets have of a kind"));
        }
    }
    Ok(pool)
}

impl Paper {
    /// Which of the paper's `questions` an attempt has, from this seed: always the same.
    pub(crate) fn draw(&self, questions: &[Question], seed: u32) -> Vec<Slot> {
        let mut dice = Rng::with_seed(seed.into());
        let all = (1_u16..).zip(questions);
        let slot = |(question, asked): (u16, &Question)| Slot {
            question,
            kind: asked.kind(),
            size: asked.size(),
            points: self.points.get(asked.kind()),
        };
        if !self.drawn {
            return all.map(slot).collect();
        }
        let mut slots = Vec::with_capacity(self.asked.sum());
        for kind in QuestionKind::ALL {
            let of_kind = all.clone().filter(|(_, question)| question.kind() == kind);
            slots.extend(dice.choose_multiple(of_kind, self.asked.get(kind).into()).into_iter().map(slot));
        }
        slots
    }

    /// When an attempt ends that begins at `now`.
    pub(crate) fn deadline(&self, now: Timestamp) -> Timestamp {
        (now + SignedDuration::from_mins(self.minutes.into())).min(self.closes_at)
    }
}

impl Content for Paper {
    type Id = PaperId;
    const NAME: &'static str = "paper";
    const PATH: &'static str = "papers";
    const MARK: &'static str = "PAP";
    const CHANGES: bool = false;

    fn id(now: Timestamp) -> PaperId {
        PaperId::new(now)
    }
}
