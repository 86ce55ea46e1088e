//! One-time codes by text message.

use aws_lc_rs::{constant_time::verify_slices_are_equal, error::Unspecified, rand};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What a code is good for; one that was sent for one thing does not do for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = CodePurpose)]
pub(crate) enum Purpose {
    /// To sign in.
    #[default]
    SignIn,
    /// To set a password.
    Password,
}

impl Purpose {
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Password => "password",
        }
    }
}

/// Six digits that somebody typed or is to be sent. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9]{6}$", example = "123456")]
pub(crate) struct SixDigits(String);

impl SixDigits {
    /// Six digits, each set of them as likely as any other.
    pub(crate) fn random() -> Result<Self, Unspecified> {
        const ALL: u32 = 1_000_000;
        // The largest multiple of a million: above it the first codes would be likelier than the last.
        const FAIR: u32 = u32::MAX - u32::MAX % ALL;
        loop {
            let mut bytes = [0; 4];
            rand::fill(&mut bytes)?;
            let number = u32::from_be_bytes(bytes);
            if number < FAIR {
                return Ok(Self(format!("{:06}", number % ALL)));
            }
        }
    }

    /// The digits. What they are passed to must not log them.
    pub(crate) fn reveal(&self) -> &str {
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

/// A code that was sent, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Code {
    /// Its own name, no two alike.
    pub(crate) serial: String,
    /// Keyed hash of name and digits.
    pub(crate) hash: String,
    /// When it stops being good, in UTC.
    pub(crate) expires_at: Timestamp,
    /// How often somebody tried, this time included.
    pub(crate) count: u64,
}

impl Code {
    /// Seconds that a code is good.
    pub(crate) const SECONDS: i64 = 300;
    /// Tries that a code allows.
    const TRIES: u64 = 5;

    /// Whether a try with this hash, already counted, is right at `now`.
    pub(crate) fn is(&self, hash: &str, now: Timestamp) -> bool {
        let equal = verify_slices_are_equal(self.hash.as_bytes(), hash.as_bytes()).is_ok();
        equal && self.count <= Self::TRIES && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_and_nothing_shows_them() {
        for _ in 0..2_000 {
            let code = SixDigits::random().unwrap();
            assert_eq!(SixDigits::try_from(code.reveal().to_owned()).unwrap(), code);
            assert_eq!(format!("{code:?}"), "SixDigits(******)");
        }
        for text in ["", "12345", "1234567", "12345a", "+12345", "１２３４５６", "12 456"] {
            assert!(SixDigits::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_code_is_good_for_five_tries_and_five_minutes() {
        let expires_at = Timestamp::from_second(1_000).unwrap();
        let code = |count| Code { serial: "s".to_owned(), hash: "right".to_owned(), expires_at, count };
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(code(1).is("right", at(999)) && code(5).is("right", at(999)));
        assert!(!code(6).is("right", at(999)), "the sixth try");
        assert!(!code(1).is("right", at(1_000)), "too late");
        assert!(!code(1).is("wrong", at(999)));
    }
}
