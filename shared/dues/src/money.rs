//! Money: whole fen inside, yuan with two decimals where people type it. No fraction of a fen and no float anywhere.

use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, ops::Add, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An amount in fen, 1/100 yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub u64);

impl Fen {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// A share of it in basis points, half a fen rounded up.
    #[must_use]
    pub const fn share(self, basis_points: u64) -> Self {
        // Amounts are below 2^50 and shares below 2^14.
        Self(self.0.saturating_mul(basis_points).saturating_add(5_000) / 10_000)
    }

    /// What is left after `other` is taken away; nothing when that is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// As a number that can be negative, for the books.
    #[must_use]
    pub fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// What a balance that should not be negative comes to.
    #[must_use]
    pub fn of(balance: i64) -> Self {
        Self(u64::try_from(balance).unwrap_or(0))
    }
}

impl Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::NONE, Self::add)
    }
}

impl PartialSchema for Fen {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some("Fen, 1/100 yuan")).into()
    }
}

impl ToSchema for Fen {}

/// A text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("金额应为元，最多两位小数，如 3000.01\u{1f}an amount is in yuan with at most two decimals, such as 3000.01")]
pub struct InvalidYuan;

/// An amount as people write it: yuan, at most two decimals, at most nine digits before them. Written with two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Yuan(pub Fen);

impl FromStr for Yuan {
    type Err = InvalidYuan;

    fn from_str(text: &str) -> Result<Self, InvalidYuan> {
        let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let led = whole.len() > 1 && whole.starts_with('0');
        if led || !(1..=9).contains(&whole.len()) || !digits(whole) {
            return Err(InvalidYuan);
        }
        let whole: u64 = whole.parse().map_err(|_| InvalidYuan)?;
        let part: u64 = match part {
            None => 0,
            Some(part) if digits(part) && part.len() == 1 => part.parse::<u64>().map_err(|_| InvalidYuan)? * 10,
            Some(part) if digits(part) && part.len() == 2 => part.parse().map_err(|_| InvalidYuan)?,
            Some(_) => return Err(InvalidYuan),
        };
        Ok(Self(Fen(whole * 100 + part)))
    }
}

impl TryFrom<String> for Yuan {
    type Error = InvalidYuan;

    fn try_from(text: String) -> Result<Self, InvalidYuan> {
        text.parse()
    }
}

impl From<Yuan> for String {
    fn from(amount: Yuan) -> Self {
        amount.to_string()
    }
}

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Fen(fen)) = self;
        write!(f, "{}.{:02}", fen / 100, fen % 100)
    }
}

impl PartialSchema for Yuan {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,2})?$"))
            .examples(["3000.01"])
            .into()
    }
}

impl ToSchema for Yuan {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_amount_reads_back_as_it_was_written(fen in 0_u64..100_000_000_000) {
            let amount = Yuan(Fen(fen));
            prop_assert_eq!(amount.to_string().parse::<Yuan>(), Ok(amount));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,20}") {
            let _ = text.parse::<Yuan>();
        }

        #[test]
        fn shares_of_two_parts_make_up_the_whole_but_for_a_fen(fen in 0_u64..1_000_000_000, share in 0_u64..=10_000) {
            let (one, other) = (Fen(fen).share(share), Fen(fen).share(10_000 - share));
            prop_assert!((fen..=fen + 1).contains(&(one + other).0));
        }
    }

    #[test]
    fn amounts_are_yuan_with_two_decimals() {
        for (text, fen) in
            [("0", 0), ("0.2", 20), ("3000", 300_000), ("3000.01", 300_001), ("999999999.99", 99_999_999_999)]
        {
            assert_eq!(text.parse::<Yuan>(), Ok(Yuan(Fen(fen))), "{text}");
        }
        for text in ["", ".5", "1.", "1.234", "-1", "+1", "1e3", "01", "1,000", "１", "1000000000", " 1", "NaN"] {
            assert_eq!(text.parse::<Yuan>(), Err(InvalidYuan), "{text}");
        }
        assert_eq!(Yuan(Fen(120_000)).to_string(), "1200.00");
    }
}
