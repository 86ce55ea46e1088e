//! Group chats of organisations, reached through robots.

use crate::Recipient;
use dynamo::Key;
use jiff::Timestamp;
use kernel::{MemberId, OrgId};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use vault::{OpenError, Place, SealError, Sealed, Vault};

/// A service whose group chats take messages by a robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RobotService {
    /// 企业微信
    Wecom,
    /// 钉钉
    Dingtalk,
    /// 飞书
    Feishu,
}

impl RobotService {
    /// Its name in the API and in keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
        }
    }
}

/// What identifies a robot to its service: letters, digits, `-` and `_`, 8 to 128 of them. It can name no other host.
/// `Debug` shows the end of it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Token(String);

impl Token {
    /// The text itself, for whoever seals or sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its last four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("****{}", self.0.get(self.0.len() - 4..).unwrap_or_default())
    }
}

impl TryFrom<String> for Token {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (8..=128).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Ok(Self(text));
        }
        Err(
            "应为 8 至 128 个字母、数字、- 或 _，只填地址中的密钥部分\u{1f}8 to 128 letters, digits, - or _: the key, not the address",
        )
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl PartialSchema for Token {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{8,128}$")).into()
    }
}

impl ToSchema for Token {}

/// A robot as its service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Robot {
    /// The service.
    pub service: RobotService,
    /// What is in the address of its webhook.
    pub token: Token,
    /// What its messages are signed with; `WeCom` has none.
    pub secret: Option<Token>,
}

/// A robot of an organisation as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RobotRow {
    /// `ORG#<organisation>`
    pub pk: String,
    /// `ROBOT#<service>`
    pub sk: String,
    /// Whose it is.
    pub organization: OrgId,
    /// The service.
    pub service: RobotService,
    /// The end of its token, to recognise it by.
    pub masked: String,
    token: Sealed,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    secret: Option<Sealed>,
    /// Counts changes.
    pub version: u64,
    /// Who set it.
    pub set_by: MemberId,
    /// When.
    pub set_at: Timestamp,
}

impl RobotRow {
    /// What sort keys of robots begin with.
    pub const START: &str = "ROBOT#";

    /// Where the robot of an organisation is.
    #[must_use]
    pub fn key(organization: OrgId, service: RobotService) -> Key {
        let pk = Recipient::Organization(organization).partition();
        Key::new(pk, format!("{}{}", Self::START, service.slug()))
    }

    /// Seals `robot` for `organization`, as set by `set_by`.
    ///
    /// # Errors
    /// When the key is not usable.
    pub fn sealed(
        vault: &Vault,
        organization: OrgId,
        robot: &Robot,
        version: u64,
        (set_by, set_at): (MemberId, Timestamp),
    ) -> Result<Self, SealError> {
        let Robot { service, token, secret } = robot;
        let Key { pk, sk } = Self::key(organization, *service);
        let record = organization.to_string();
        let place = |field| Place { table: "robots", record: &record, field };
        let sealed = vault.seal(&place(token_field(*service)), token.reveal())?;
        let secret =
            secret.as_ref().map(|text| vault.seal(&place(secret_field(*service)), text.reveal())).transpose()?;
        let (masked, service) = (token.masked(), *service);
        Ok(Self { pk, sk, organization, service, masked, token: sealed, secret, version, set_by, set_at })
    }

    /// The robot with its secrets.
    ///
    /// # Errors
    /// When they were sealed for something else, or the key is gone.
    pub fn open(&self, vault: &Vault) -> Result<Robot, OpenError> {
        let record = self.organization.to_string();
        let place = |field| Place { table: "robots", record: &record, field };
        let token = Token(vault.unseal(&place(token_field(self.service)), &self.token)?);
        let secret = self.secret.as_ref().map(|text| vault.unseal(&place(secret_field(self.service)), text));
        Ok(Robot { service: self.service, token, secret: secret.transpose()?.map(Token) })
    }

    /// Whether its messages are signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.secret.is_some()
    }
}

const fn token_field(service: RobotService) -> &'static str {
    match service {
        RobotService::Wecom => "wecom.token",
        RobotService::Dingtalk => "dingtalk.token",
        RobotService::Feishu => "feishu.token",
    }
}

const fn secret_field(service: RobotService) -> &'static str {
    match service {
        RobotService::Wecom => "wecom.secret",
        RobotService::Dingtalk => "dingtalk.secret",
        RobotService::Feishu => "feishu.secret",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_name_no_host_and_shows_its_end_only() {
        for text in
            ["", "short", "https://10.0.0.1/hook", "abcdefgh@evil", "abcd/../efgh", "abcdefgh?x=1", "密钥密钥密钥密钥"]
        {
            assert!(Token::try_from(text.to_owned()).is_err(), "{text}");
        }
        let token = Token::try_from("693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa".to_owned()).unwrap();
        assert_eq!(format!("{token:?}"), "****5aaa");
    }
}
