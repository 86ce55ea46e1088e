//! Sending one-time codes.

use cloud::{Environment, StartError};
use kernel::{Phone, SixDigits};
use sms::{SendError, Sms};
use std::{fmt, time::Duration};

/// How codes are sent; the setting `CODE_SENDER` says which.
#[derive(Clone)]
pub(crate) enum Sender {
    /// `log`: into the function's log, where whoever runs it on one machine can read them. Refused in production.
    Log,
    /// `sns`: as text messages.
    Sns(Sms),
    /// `none`: not at all; people sign in by password.
    Nobody,
}

impl Sender {
    /// # Errors
    /// When the setting is missing, not one of the three, or `log` in production.
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let refused =
            |why: &str| StartError::Unavailable { what: "the sender of codes (CODE_SENDER)", source: why.into() };
        match (env.settings.get("CODE_SENDER")?, env.settings.get("STAGE")?) {
            ("log", "prod") => Err(refused("production does not write codes into the log")),
            ("log", _) => Ok(Self::Log),
            ("sns", _) => Ok(Self::Sns(Sms::open(env))),
            ("none", _) => Ok(Self::Nobody),
            _ => Err(refused("it is log, sns or none")),
        }
    }

    /// How long an answer takes at least where a code may have been sent, so that its time does not tell whether one was.
    pub(crate) fn at_least(&self) -> Duration {
        match self {
            Self::Sns(_) => Duration::from_millis(1_500),
            Self::Log | Self::Nobody => Duration::ZERO,
        }
    }

    /// Sends `code` to `phone`.
    ///
    /// # Errors
    /// When the message is not taken.
    pub(crate) async fn send(&self, phone: &Phone, code: &SixDigits) -> Result<(), SendError> {
        match self {
            Self::Log => tracing::info!(phone = phone.masked(), code = code.reveal(), "sign-in code"),
            Self::Sns(sms) => sms.send(phone.reveal(), &message(code)).await?,
            Self::Nobody => {}
        }
        Ok(())
    }
}

/// One text message long.
fn message(code: &SixDigits) -> String {
    format!("【支部】验证码 {}，5 分钟内有效。工作人员不会向您索要，请勿告诉他人。", code.reveal())
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "Log",
            Self::Sns(_) => "Sns",
            Self::Nobody => "Nobody",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_text_message() {
        let text = message(&SixDigits::try_from("123456".to_owned()).unwrap());
        assert!(text.contains("123456") && text.chars().count() <= 70, "{}", text.chars().count());
    }
}
