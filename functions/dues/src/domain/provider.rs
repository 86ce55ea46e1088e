//! Payment providers, and what they say.

use aws_lc_rs::hmac;
use dues_records::Fen;
use jiff::Timestamp;
use kernel::{Line, PaymentId, hex};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// How far the time of a callback may be from ours, in seconds.
const WINDOW: u64 = 300;

/// The name of a provider: 2 to 20 small letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Provider(String);

impl Provider {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Provider {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if plain && (2..=20).contains(&text.len()) {
            return Ok(Self(text));
        }
        Err("应为 2 至 20 个小写字母、数字或 -\u{1f}2 to 20 small letters, digits or hyphens")
    }
}

impl From<Provider> for String {
    fn from(provider: Provider) -> Self {
        provider.0
    }
}

impl PartialSchema for Provider {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[a-z0-9-]{2,20}$")).into()
    }
}

impl ToSchema for Provider {}

/// What callbacks are signed with: 32 to 128 visible characters. It does not print itself.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if (32..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(text));
        }
        Err("应为 32 至 128 个可见字符\u{1f}32 to 128 visible characters")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(32)).max_length(Some(128)).into()
    }
}

impl ToSchema for Secret {}

/// What became of a payment at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DuesCallbackStatus)]
pub(crate) enum Status {
    /// Somebody paid.
    Paid,
    /// Nobody did, and nobody can any more.
    Closed,
}

/// What a provider says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DuesCallback)]
pub(crate) struct Callback {
    pub(crate) payment: PaymentId,
    pub(crate) status: Status,
    /// What the provider calls the transaction: the same for the same money. Absent when nobody paid.
    #[schema(value_type = Option<String>)]
    pub(crate) transaction: Option<Line<64>>,
    /// Fen that were paid.
    #[serde(default)]
    pub(crate) amount: Fen,
}

/// Whether `signature` is the HMAC-SHA-256 (hexadecimal) of `<timestamp>.<body>` under `secret`, and its time, in seconds
/// since 1970, within five minutes of `now`.
pub(crate) fn is_signed(secret: &str, (timestamp, signature): (&str, &str), body: &[u8], now: Timestamp) -> bool {
    let near = timestamp.parse::<i64>().is_ok_and(|at| at.abs_diff(now.as_second()) <= WINDOW);
    let mut said = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
    for part in [timestamp.as_bytes(), b".", body] {
        said.update(part);
    }
    let expected = hex(said.sign().as_ref());
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).is_ok();
    near && same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_its_time_and_body_and_of_nothing_else() {
        let now = Timestamp::from_second(1_795_485_600).unwrap();
        let secret = "0123456789abcdef0123456789abcdef";
        let sign = |secret: &str, text: &str| {
            hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes()).as_ref())
        };
        let good = sign(secret, "1795485600.{}");
        assert!(is_signed(secret, ("1795485600", &good), b"{}", now));
        for (timestamp, signature, body) in [
            ("1795485600", good.clone(), "{ }"),
            ("1795485601", good.clone(), "{}"),
            ("1795485600", good.to_uppercase(), "{}"),
            ("1795485600", sign("another", "1795485600.{}"), "{}"),
            ("1795485600", String::new(), "{}"),
            ("1795485299", sign(secret, "1795485299.{}"), "{}"),
            ("1795485901", sign(secret, "1795485901.{}"), "{}"),
            ("now", sign(secret, "now.{}"), "{}"),
        ] {
            assert!(!is_signed(secret, (timestamp, &signature), body.as_bytes(), now), "{timestamp}");
        }
        assert!(is_signed(secret, ("1795485300", &sign(secret, "1795485300.{}")), b"{}", now));
    }

    #[test]
    fn names_and_secrets_are_plain_and_secrets_do_not_print() {
        for text in ["", "a", "WeChat", "we chat", "微信", &"a".repeat(21)] {
            assert!(Provider::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["short", &"x".repeat(129), &"密".repeat(32)] {
            assert!(Secret::try_from(text.to_owned()).is_err());
        }
        assert_eq!(format!("{:?}", Secret::try_from("x".repeat(32)).unwrap()), "Secret(****)");
    }
}
