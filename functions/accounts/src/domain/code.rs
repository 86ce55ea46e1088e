//! One-time codes by text message.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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
