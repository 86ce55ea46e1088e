//! Questions, and whether an answer is right.

use super::field;
use kernel::{Line, Refusal};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Options of a question, at most.
pub(crate) const OPTIONS: usize = 8;
/// Blanks of a question, at most, and texts that are right for one of them.
const BLANKS: usize = 4;
const TEXTS: usize = 5;

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum QuestionKind {
    /// 单选: one of several.
    Single,
    /// 多选: those of several.
    Multiple,
    /// 判断: right or wrong.
    TrueFalse,
    /// 填空: what belongs into the blanks.
    FillIn,
}

impl QuestionKind {
    pub(crate) const ALL: [Self; 4] = [Self::Single, Self::Multiple, Self::TrueFalse, Self::FillIn];

    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Single => "单选",
            Self::Multiple => "多选",
            Self::TrueFalse => "判断",
            Self::FillIn => "填空",
        }
    }
}

/// An option by its letter, `A` to `H`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Letter(u8);

impl Letter {
    /// Of the option at this place, the first being 0.
    pub(crate) fn at(place: usize) -> Option<Self> {
        u8::try_from(place).ok().filter(|place| usize::from(*place) < OPTIONS).map(Self)
    }

    const fn place(self) -> usize {
        self.0 as usize
    }

    /// Read from a letter of either case and width.
    pub(crate) fn read(c: char) -> Option<Self> {
        let c = narrow(c).to_ascii_uppercase();
        Self::at((c as usize).checked_sub('A' as usize)?)
    }
}

impl TryFrom<String> for Letter {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(c @ 'A'..='H'), None) => Self::read(c).ok_or_else(|| "应为 A 至 H\u{1f}must be A to H".into()),
            _ => Err("应为 A 至 H\u{1f}must be A to H".into()),
        }
    }
}

impl From<Letter> for String {
    fn from(letter: Letter) -> Self {
        char::from(b'A' + letter.0).to_string()
    }
}

impl PartialSchema for Letter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-H]$")).into()
    }
}

impl ToSchema for Letter {}

/// What is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnswerKey)]
pub(crate) enum Key {
    /// This option.
    Choice(Letter),
    /// These options, all of them and no other.
    Choices(BTreeSet<Letter>),
    /// Whether the sentence is right.
    Truth(bool),
    /// For each blank the texts that are right.
    #[schema(value_type = Vec<Vec<String>>)]
    Blanks(Vec<Vec<Line<60>>>),
}

/// An answer as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GivenAnswer)]
pub(crate) enum Given {
    /// This option.
    Choice(Letter),
    /// These options.
    Choices(BTreeSet<Letter>),
    /// Whether the sentence is right.
    Truth(bool),
    /// A text for each blank.
    #[schema(value_type = Vec<String>)]
    Texts(Vec<Line<60>>),
}

/// A question with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Question {
    #[schema(value_type = String)]
    pub(crate) text: Line<500>,
    /// Two to eight, of a question with a choice.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(value_type = Vec<String>)]
    pub(crate) options: Vec<Line<100>>,
    pub(crate) key: Key,
    /// Why that is right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) note: Option<Line<300>>,
}

impl Question {
    /// Questions that are kept in one item.
    pub(crate) const PER_PART: usize = 50;

    pub(crate) const fn kind(&self) -> QuestionKind {
        match self.key {
            Key::Choice(_) => QuestionKind::Single,
            Key::Choices(_) => QuestionKind::Multiple,
            Key::Truth(_) => QuestionKind::TrueFalse,
            Key::Blanks(_) => QuestionKind::FillIn,
        }
    }

    /// How many options or blanks it has.
    pub(crate) fn size(&self) -> usize {
        match &self.key {
            Key::Blanks(blanks) => blanks.len(),
            _ => self.options.len(),
        }
    }

    /// Whether it can be asked.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let options = self.options.len();
        let distinct: BTreeSet<_> = self.options.iter().collect();
        let chooses = matches!(self.key, Key::Choice(_) | Key::Choices(_));
        if chooses && (!(2..=OPTIONS).contains(&options) || distinct.len() < options) {
            let zh = format!("应有 2 至 {OPTIONS} 个不同的选项");
            return Err(field("/options", zh, format!("must be 2 to {OPTIONS} different ones")));
        }
        if !chooses && options > 0 {
            return Err(field("/options", "判断题和填空题没有选项", "belong to a question with a choice"));
        }
        match &self.key {
            Key::Choice(letter) if letter.place() >= options => {
                Err(field("/key", "答案不在选项中", "is none of the options"))
            }
            Key::Choices(letters) if letters.iter().any(|letter| letter.place() >= options) => {
                Err(field("/key", "答案不在选项中", "is none of the options"))
            }
            Key::Choices(letters) if letters.len() < 2 => {
                Err(field("/key", "多选题至少有两个答案", "must be at least two options"))
            }
            Key::Blanks(blanks)
                if !(1..=BLANKS).contains(&blanks.len())
                    || blanks.iter().any(|texts| !(1..=TEXTS).contains(&texts.len()))
                    || blanks.iter().flatten().any(|text| normal(text).is_empty()) =>
            {
                let zh = format!("应有 1 至 {BLANKS} 个空，每空 1 至 {TEXTS} 个答案");
                Err(field("/key", zh, format!("must be 1 to {BLANKS} blanks with 1 to {TEXTS} texts each")))
            }
            _ => Ok(()),
        }
    }

    /// Whether `given` is right. Choices are right when they are exactly those of the key, blanks when each of them is.
    pub(crate) fn is_right(&self, given: &Given) -> bool {
        match (&self.key, given) {
            (Key::Choice(key), Given::Choice(given)) => key == given,
            (Key::Choices(key), Given::Choices(given)) => key == given,
            (Key::Truth(key), Given::Truth(given)) => key == given,
            (Key::Blanks(key), Given::Texts(given)) => {
                key.len() == given.len()
                    && key.iter().zip(given).all(|(texts, given)| {
                        let given = normal(given);
                        texts.iter().any(|text| normal(text) == given)
                    })
            }
            _ => false,
        }
    }
}

impl Given {
    /// Whether it can be the answer to a question of `kind` with so many options or blanks.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn fits(&self, kind: QuestionKind, size: usize) -> Result<(), Refusal> {
        let fits = match (kind, self) {
            (QuestionKind::Single, Self::Choice(letter)) => letter.place() < size,
            (QuestionKind::Multiple, Self::Choices(letters)) => letters.iter().all(|letter| letter.place() < size),
            (QuestionKind::TrueFalse, Self::Truth(_)) => true,
            (QuestionKind::FillIn, Self::Texts(texts)) => texts.len() == size,
            _ => false,
        };
        if fits { Ok(()) } else { Err(field("/answer", "与题型不符", "does not fit the question")) }
    }
}

/// A full-width character as its half-width one.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        c => c,
    }
}

/// A text as answers are compared: width, case, blanks and a full stop at the end make no difference.
pub(crate) fn normal(text: &str) -> String {
    let narrow = text.chars().map(narrow).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
    let narrow: String = narrow.collect();
    narrow.trim_end_matches(['.', '。']).to_owned()
}

/// The letter of the option at this place, the first being 0.
pub(crate) fn letter(place: usize) -> Option<Letter> {
    Letter::at(place)
}
