//! What the robots of group chats take, by the public documents of their services.
//!
//! | service | address | signed | taken |
//! |--|--|--|--|
//! | 企业微信 | `/cgi-bin/webhook/send?key=` | no: the key is the secret | `errcode` 0 |
//! | 钉钉 | `/robot/send?access_token=` | `timestamp` (ms) and `sign` in the query: HMAC-SHA256 of `timestamp\nsecret` under the secret, base64 | `errcode` 0 |
//! | 飞书 | `/open-apis/bot/v2/hook/` | `timestamp` (s) and `sign` in the body: HMAC-SHA256 of nothing under `timestamp\nsecret`, base64 | `code` 0 |

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use notices::{Robot, RobotService};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Where a service takes messages. There are these and no others: nobody can make the job call another host.
pub(crate) const fn host(service: RobotService) -> &'static str {
    match service {
        RobotService::Wecom => "https://qyapi.weixin.qq.com",
        RobotService::Dingtalk => "https://oapi.dingtalk.com",
        RobotService::Feishu => "https://open.feishu.cn",
    }
}

/// The path with its query and the body that make `robot` say `text` at `now`.
pub(crate) fn request(robot: &Robot, text: &str, now: Timestamp) -> (String, Value) {
    let token = robot.token.reveal();
    let secret = robot.secret.as_ref().map(notices::Token::reveal);
    let words = json!({ "msgtype": "text", "text": { "content": text } });
    match robot.service {
        RobotService::Wecom => (format!("/cgi-bin/webhook/send?key={token}"), words),
        RobotService::Dingtalk => {
            let mut path = format!("/robot/send?access_token={token}");
            if let Some(secret) = secret {
                let at = now.as_millisecond();
                let sign = sign(secret, &format!("{at}\n{secret}"));
                let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
                path = format!("{path}&timestamp={at}&sign={sign}");
            }
            (path, words)
        }
        RobotService::Feishu => {
            let mut body = json!({ "msg_type": "text", "content": { "text": text } });
            if let (Some(secret), Some(fields)) = (secret, body.as_object_mut()) {
                let at = now.as_second();
                fields.insert("timestamp".to_owned(), json!(at.to_string()));
                fields.insert("sign".to_owned(), json!(sign(&format!("{at}\n{secret}"), "")));
            }
            (format!("/open-apis/bot/v2/hook/{token}"), body)
        }
    }
}

fn sign(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// Whether `answer` says that the message was taken; otherwise the code that it gives.
pub(crate) fn taken(answer: &Value) -> Result<(), String> {
    let code = ["errcode", "code", "StatusCode"].iter().find_map(|name| answer.get(name)?.as_i64());
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(format!("refused with code {code}")),
        None => Err("answered in another shape".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notices::Token;

    fn robot(service: RobotService, secret: Option<&str>) -> Robot {
        let token = |text: &str| Token::try_from(text.to_owned()).unwrap();
        Robot { service, token: token("0123456789abcdef"), secret: secret.map(token) }
    }

    /// Signatures that Python's `hmac` gives for what the documents of the services say.
    #[test]
    fn messages_are_signed_as_the_services_document_it() {
        let now = Timestamp::from_millisecond(1_795_485_600_123).unwrap();
        let (path, body) = request(&robot(RobotService::Dingtalk, Some("SEC0123456789")), "甲", now);
        let signed = "/robot/send?access_token=0123456789abcdef&timestamp=1795485600123&sign=%2BH0c75z5JbbyuW842uAp6BksglFqTxq%2FUj5nJAQuqec%3D";
        assert_eq!(path, signed);
        assert_eq!(body, json!({ "msgtype": "text", "text": { "content": "甲" } }));

        let (path, body) = request(&robot(RobotService::Feishu, Some("SEC0123456789")), "甲", now);
        assert_eq!(path, "/open-apis/bot/v2/hook/0123456789abcdef");
        let sign = "EG16lffpEAsPvul3rpD693TVGpLUzFiv7+OpYNqM7rs=";
        let expected =
            json!({ "timestamp": "1795485600", "sign": sign, "msg_type": "text", "content": { "text": "甲" } });
        assert_eq!(body, expected);

        let (path, _) = request(&robot(RobotService::Wecom, None), "甲", now);
        assert_eq!(path, "/cgi-bin/webhook/send?key=0123456789abcdef");
    }

    #[test]
    fn only_a_zero_means_that_a_message_was_taken() {
        assert_eq!(taken(&json!({ "errcode": 0, "errmsg": "ok" })), Ok(()));
        assert_eq!(taken(&json!({ "code": 0, "msg": "success", "data": {} })), Ok(()));
        assert!(taken(&json!({ "errcode": 45009, "errmsg": "api freq out of limit" })).unwrap_err().contains("45009"));
        assert!(taken(&json!({ "errmsg": "ok" })).is_err());
        assert!(taken(&Value::Null).is_err());
    }
}
