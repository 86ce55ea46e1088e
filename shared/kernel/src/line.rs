//! One line of text that a person typed.

use crate::{ErrorCode, Refusal};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, ops::Deref};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A text of 1 to `MAX` characters without control or direction-changing characters, trimmed.
///
/// Line breaks are allowed when `MAX` is over 200: those are paragraphs (reasons, remarks), not names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Line<const MAX: usize>(String);

/// Characters that make a text look like another one: bidirectional controls, zero-width and other invisible ones.
pub(crate) fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

impl<const MAX: usize> Line<MAX> {
    /// A text that we wrote ourselves, of generated data.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when it does not fit.
    pub fn ours(text: &str) -> Result<Self, Refusal> {
        Self::try_from(text).map_err(|_| ErrorCode::Internal.into())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let trimmed = text.trim();
        let paragraphs = MAX > 200;
        if trimmed.chars().any(|c| is_deceptive(c) || (c.is_control() && !(paragraphs && c == '\n'))) {
            return Err("含有不允许的控制字符\u{1f}contains control or invisible characters".into());
        }
        match trimmed.chars().count() {
            0 => Err("不能为空\u{1f}must not be empty".into()),
            n if n > MAX => Err(format!("最多 {MAX} 个字\u{1f}must be at most {MAX} characters").into()),
            _ if trimmed.len() == text.len() => Ok(Self(text)),
            _ => Ok(Self(trimmed.to_owned())),
        }
    }
}

impl<const MAX: usize> TryFrom<&str> for Line<MAX> {
    type Error = Cow<'static, str>;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.to_owned().try_into()
    }
}

impl<const MAX: usize> From<Line<MAX>> for String {
    fn from(line: Line<MAX>) -> Self {
        line.0
    }
}

impl<const MAX: usize> Deref for Line<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_accepted_is_short_trimmed_and_plain(text in "\\PC{0,30}") {
            if let Ok(line) = Line::<20>::try_from(text.as_str()) {
                prop_assert!((1..=20).contains(&line.chars().count()));
                prop_assert_eq!(line.trim(), line.as_str());
                prop_assert!(!line.chars().any(|c| c.is_control() || is_deceptive(c)));
            } else {
                let rest = text.trim();
                prop_assert!(rest.is_empty() || rest.chars().count() > 20 || rest.chars().any(is_deceptive));
            }
        }
    }

    #[test]
    fn invisible_characters_are_refused() {
        for text in ["a\0b", "a\u{202e}b", "\u{feff}ab", "a\nb", "a\u{200b}b"] {
            assert!(Line::<20>::try_from(text).is_err(), "{text:?}");
        }
        assert!(Line::<500>::try_from("first\nsecond").is_ok());
        assert!(Line::<500>::try_from("first\rsecond").is_err());
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Line::<4>::try_from("福州市委").is_ok());
        assert!(Line::<4>::try_from("福州市委会").is_err());
    }
}
