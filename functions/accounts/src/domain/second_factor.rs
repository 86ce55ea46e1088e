//! The second factor: time-based one-time passwords (RFC 6238) out of an authenticator app.

use aws_lc_rs::{error::Unspecified, rand};
use jiff::Timestamp;
use kernel::SixDigits;
use serde::{Deserialize, Serialize};
use std::fmt;
use totp_rs::{Builder, Secret, Totp, TotpError};
use vault::Sealed;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 section 4).
const BYTES: usize = 20;
/// What authenticator apps show above the code.
const ISSUER: &str = "支部";

/// A second factor as the account keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecondFactor {
    /// The secret, encrypted.
    pub(crate) secret: Sealed,
    /// Whether a code of it was shown yet; before that it counts for nothing.
    pub(crate) confirmed: bool,
    /// The last time step whose code was accepted: neither it nor an earlier one is accepted again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) last_step: Option<u64>,
}

/// A secret, in the clear. `Debug` shows nothing of it.
pub(crate) struct NewSecret(Totp);

impl NewSecret {
    /// A new one; `label` is what the app shows for the account.
    pub(crate) fn generate(label: &str) -> Result<Self, SecretError> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes)?;
        Self::of(Secret::from(bytes), label)
    }

    /// The one that [`Self::base32`] wrote.
    pub(crate) fn read(base32: &str) -> Result<Self, SecretError> {
        Self::of(Secret::try_from_base32(base32).map_err(|_| SecretError::Unreadable)?, "-")
    }

    fn of(secret: Secret, label: &str) -> Result<Self, SecretError> {
        // The crate's defaults, which every app knows: SHA-1, six digits, thirty seconds; one step either way.
        let totp = Builder::new().with_secret(secret).with_skew(1).with_account_name(label).with_issuer(Some(ISSUER));
        Ok(Self(totp.build()?))
    }

    /// For typing it into an app.
    pub(crate) fn base32(&self) -> String {
        self.0.secret().to_base32()
    }

    /// For showing it as a QR code: `otpauth://totp/…`.
    pub(crate) fn uri(&self) -> Result<String, SecretError> {
        Ok(self.0.to_url()?)
    }

    /// The time step whose code this is: the present one or one of its neighbours, later than `after`.
    pub(crate) fn step_of(&self, code: &SixDigits, after: Option<u64>, now: Timestamp) -> Option<u64> {
        let now = u64::try_from(now.as_second()).ok()?;
        self.0.check(code.reveal(), now).filter(|step| after.is_none_or(|after| after < *step))
    }
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSecret")
    }
}

/// A secret could not be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    #[error("the machine gives no random numbers")]
    Random(#[from] Unspecified),
    #[error("the stored secret is not base32")]
    Unreadable,
    #[error("not a usable secret")]
    Unusable(#[from] TotpError),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn code(text: &str) -> SixDigits {
        text.to_owned().try_into().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = NewSecret::read(RFC).unwrap();
        for (second, text) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let step = u64::try_from(second / 30).unwrap();
            assert_eq!(secret.step_of(&code(text), None, at(second)), Some(step));
        }
    }

    #[test]
    fn one_step_either_way_and_none_twice() {
        let secret = NewSecret::read(RFC).unwrap();
        let (text, step) = (code("081804"), 37_037_036);
        let start = 30 * 37_037_036;
        for (second, good) in
            [(start - 31, false), (start - 30, true), (start, true), (start + 59, true), (start + 60, false)]
        {
            assert_eq!(secret.step_of(&text, None, at(second)).is_some(), good, "{}", second - start);
        }
        assert_eq!(secret.step_of(&text, Some(step - 1), at(start)), Some(step));
        assert_eq!(secret.step_of(&text, Some(step), at(start)), None, "used already");
        assert_eq!(secret.step_of(&text, Some(step + 1), at(start)), None, "a later one was used");
    }

    #[test]
    fn a_secret_reads_back_and_its_link_names_us() {
        let secret = NewSecret::generate("138****1234").unwrap();
        let base32 = secret.base32();
        assert_eq!(base32.len(), 32);
        assert_eq!(NewSecret::read(&base32).unwrap().base32(), base32);
        let uri = secret.uri().unwrap();
        assert!(
            uri.starts_with("otpauth://totp/%E6%94%AF%E9%83%A8:138") && uri.contains(&format!("secret={base32}")),
            "{uri}"
        );
        assert_eq!(format!("{secret:?}"), "NewSecret");
    }
}
