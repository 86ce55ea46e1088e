//! The rules of channels.

use kernel::{ErrorCode, Refusal, Text};
use notices::{DeliveryRow, DeliveryState, NoticeSettings, Robot, RobotService, Token, WantedChannel};

/// The robot that an organisation sets. Messages are signed where the service can check it: without, whoever learns the
/// address could speak in the organisation's name.
///
/// # Errors
/// [`ErrorCode::InvalidField`] when a secret is missing, or given where there is none.
pub(crate) fn robot(service: RobotService, token: Token, secret: Option<Token>) -> Result<Robot, Refusal> {
    let text = match (service, &secret) {
        (RobotService::Wecom, Some(_)) => Text::of("企业微信机器人没有加签密钥", "WeCom robots have no signing secret"),
        (RobotService::Dingtalk | RobotService::Feishu, None) => {
            Text::of("请在机器人安全设置中选择“加签”并填写密钥", "Turn on signing and give the secret")
        }
        _ => return Ok(Robot { service, token, secret }),
    };
    Err(Refusal::field("/secret", text))
}

/// Settings as a person gave them, who has `confirmed` an e-mail address or not.
///
/// # Errors
/// [`ErrorCode::InvalidField`] when a channel is named twice, or is e-mail without an address.
pub(crate) fn settings(given: NoticeSettings, confirmed: bool) -> Result<NoticeSettings, Refusal> {
    let repeated = given
        .channels
        .iter()
        .enumerate()
        .any(|(at, channel)| given.channels.iter().skip(at + 1).any(|other| other == channel));
    if repeated {
        return Err(Refusal::field("/channels", Text::of("渠道重复", "a channel is named twice")));
    }
    if given.channels.contains(&WantedChannel::Email) && !confirmed {
        let text = Text::of("请先填写邮箱并用收到的验证码确认", "name an e-mail address and confirm it first");
        return Err(Refusal::field("/channels", text));
    }
    Ok(given)
}

/// A message that is to be tried again has failed for good.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when it has not.
pub(crate) fn is_dead(delivery: &DeliveryRow) -> Result<(), Refusal> {
    if delivery.state == DeliveryState::Dead { Ok(()) } else { Err(ErrorCode::IllegalTransition.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Token {
        Token::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn robots_sign_where_their_service_checks_it() {
        let (key, secret) = (token("token-0001"), token("SEC-00000001"));
        for (service, with, without) in [
            (RobotService::Wecom, false, true),
            (RobotService::Dingtalk, true, false),
            (RobotService::Feishu, true, false),
        ] {
            assert_eq!(robot(service, key.clone(), Some(secret.clone())).is_ok(), with, "{service:?}");
            assert_eq!(robot(service, key.clone(), None).is_ok(), without, "{service:?}");
        }
    }

    #[test]
    fn a_channel_is_named_once() {
        let of = |channels| NoticeSettings { channels, ..NoticeSettings::default() };
        assert!(settings(of(vec![WantedChannel::Sms]), false).is_ok());
        assert!(settings(of(vec![WantedChannel::Email]), true).is_ok());
        let unconfirmed = settings(of(vec![WantedChannel::Email]), false).unwrap_err();
        assert_eq!(unconfirmed.code, ErrorCode::InvalidField);
        let refusal = settings(of(vec![WantedChannel::Sms, WantedChannel::Sms]), false).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidField);
    }
}
