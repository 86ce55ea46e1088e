//! Codes that people type.

use serde::Deserialize;
use std::fmt;
use utoipa::ToSchema;

/// Six digits that somebody typed or is to be sent. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9]{6}$", example = "123456")]
pub struct SixDigits(String);

impl SixDigits {
    /// How many there are.
    pub const ALL: u32 = 1_000_000;

    /// The digits of `number`, of which the last six count.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self(format!("{:06}", number % Self::ALL))
    }

    /// The digits. What they are passed to must not log them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SixDigits {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text)) } else { Err("应为 6 位数字\u{1f}must be six digits") }
    }
}

impl fmt::Debug for SixDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SixDigits(******)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_and_nothing_shows_them() {
        for (number, shown) in [(0, "000000"), (42, "000042"), (999_999, "999999"), (1_000_001, "000001")] {
            let code = SixDigits::of(number);
            assert_eq!((code.reveal(), format!("{code:?}")), (shown, "SixDigits(******)".to_owned()));
            assert_eq!(SixDigits::try_from(shown.to_owned()).unwrap(), code);
        }
        for text in ["", "12345", "1234567", "12345a", "+12345", "１２３４５６", "12 456"] {
            assert!(SixDigits::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
