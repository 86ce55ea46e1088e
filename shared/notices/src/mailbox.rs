//! Where a person wants their e-mail.

use crate::{DeliveryRow, Recipient};
use dynamo::Key;
use jiff::{SignedDuration, Timestamp};
use kernel::{DeliveryId, MemberId, OrgId, OrgPath, SixDigits};
use serde::{Deserialize, Serialize};
use std::{error::Error, fmt};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use vault::{OpenError, Place, Sealed, Vault};

/// An e-mail address: ASCII, at most 254 characters, a name, `@` and a host with a dot in it. `Debug` shows the host.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MailAddress(String);

impl MailAddress {
    /// The address itself, for whoever seals it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its first character and its host.
    #[must_use]
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{host}", name.get(..1).unwrap_or_default())
    }
}

impl TryFrom<String> for MailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = |name: &str| {
            let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+');
            (1..=64).contains(&name.len()) && name.bytes().all(known) && name.split('.').all(|part| !part.is_empty())
        };
        let label = |label: &str| {
            let known = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            (1..=63).contains(&label.len()) && known && !label.starts_with('-') && !label.ends_with('-')
        };
        let host = |host: &str| host.contains('.') && host.split('.').all(label);
        let fits = text.len() <= 254 && text.split_once('@').is_some_and(|(one, other)| name(one) && host(other));
        if fits { Ok(Self(text)) } else { Err("应为完整的邮箱地址\u{1f}must be a whole e-mail address") }
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl PartialSchema for MailAddress {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(254)).examples(["name@example.cn"]).into()
    }
}

impl ToSchema for MailAddress {}

/// A code that was sent to an address, to see whether it is read there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailCode {
    hash: String,
    /// When it stops being good.
    pub until: Timestamp,
    /// How often somebody tried.
    pub tries: u32,
}

/// The e-mail address of a person as it is stored. It is used once its owner has typed the code that was sent to it. When
/// they take it back the row stays, so that the next one is not the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `MAILBOX`
    pub sk: String,
    /// Whose it is.
    pub member: MemberId,
    /// What is shown of it.
    pub masked: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    address: Option<Sealed>,
    /// The code that is awaited; none when it was typed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<MailCode>,
    /// When addresses were named, in the day before the last one: each is a message to who knows whom.
    pub named: Vec<Timestamp>,
    /// Counts changes.
    pub version: u64,
}

impl MailboxRow {
    /// The sort key.
    pub const KEY: &str = "MAILBOX";
    /// How long a code is good.
    pub const LASTING: SignedDuration = SignedDuration::from_mins(30);
    /// Tries that a code allows.
    const TRIES: u32 = 5;
    /// Addresses that somebody names in a day.
    const A_DAY: usize = 5;
    /// From one address to the next.
    const PAUSE: SignedDuration = SignedDuration::from_mins(1);

    /// Where the address of `member` is.
    #[must_use]
    pub fn key(member: MemberId) -> Key {
        Key::new(Recipient::Member(member).partition(), Self::KEY)
    }

    /// In how many seconds from `now` the owner of `old` may name another address; `None` when they may now.
    #[must_use]
    pub fn wait(old: Option<&Self>, now: Timestamp) -> Option<u32> {
        let day = SignedDuration::from_hours(24);
        let named = old.map_or(&[][..], |old| &old.named);
        let last = named.last().map(|last| *last + Self::PAUSE);
        let first = named.len().checked_sub(Self::A_DAY).and_then(|at| named.get(at)).map(|first| *first + day);
        let until = last.max(first).filter(|until| *until > now)?;
        Some(u32::try_from(until.duration_since(now).as_secs()).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Seals `address` for `member` in the place of `old`, awaiting `digits`.
    ///
    /// # Errors
    /// When the key is not usable.
    pub fn named(
        vault: &Vault,
        member: MemberId,
        (address, digits): (&MailAddress, &SixDigits),
        old: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let Key { pk, sk } = Self::key(member);
        let version = old.map_or(1, |old| old.version + 1);
        let sealed = vault.seal(&place_of(&member.to_string()), address.reveal())?;
        let day = SignedDuration::from_hours(24);
        let before = old.map_or(&[][..], |old| &old.named).iter().copied();
        let named = before.filter(|at| *at + day > now).chain([now]).collect();
        let hash = Self::hash(vault, member, version, digits);
        let code = Some(MailCode { hash, until: now + Self::LASTING, tries: 0 });
        Ok(Self { pk, sk, member, masked: address.masked(), address: Some(sealed), code, named, version })
    }

    /// The message that carries `digits` to the address: it is asked for, so that no hour is too late for it.
    #[must_use]
    pub fn message(&self, digits: &SixDigits, place: (OrgId, OrgPath), now: Timestamp) -> DeliveryRow {
        let minutes = Self::LASTING.as_mins();
        let text =
            format!("【支部】邮箱验证码：{}，{minutes}分钟内有效。如非本人操作，请忽略本邮件。", digits.reveal());
        let recipient = Recipient::Member(self.member);
        let row = DeliveryRow::new(DeliveryId::new(now), recipient, place, crate::Channel::Email, text, now);
        DeliveryRow { asked_for: true, ..row }
    }

    /// What it is after `digits` were typed at `now`: confirmed, or one try less; `None` when no code is good any more.
    #[must_use]
    pub fn typed(&self, vault: &Vault, digits: &SixDigits, now: Timestamp) -> Option<Self> {
        let code = self.code.as_ref().filter(|code| code.tries < Self::TRIES && now < code.until)?;
        // Of a row that was tried before, the code is still that of the version that named the address.
        let made = self.version - u64::from(code.tries);
        let right = code.hash == Self::hash(vault, self.member, made, digits);
        let code = (!right).then(|| MailCode { tries: code.tries + 1, ..code.clone() });
        Some(Self { code, version: self.version + 1, ..self.clone() })
    }

    /// The same without an address.
    #[must_use]
    pub fn taken_back(&self) -> Self {
        Self { masked: String::new(), address: None, code: None, version: self.version + 1, ..self.clone() }
    }

    /// Whether there is an address.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.address.is_some()
    }

    /// Whether there is an address and its owner has typed the code.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.is_named() && self.code.is_none()
    }

    /// The address, if there is one.
    ///
    /// # Errors
    /// When it was not sealed for this person, or the key is gone.
    pub fn open(&self, vault: &Vault) -> Result<Option<String>, OpenError> {
        let record = self.member.to_string();
        self.address.as_ref().map(|address| vault.unseal(&place_of(&record), address)).transpose()
    }

    fn hash(vault: &Vault, member: MemberId, version: u64, digits: &SixDigits) -> String {
        vault.index("mail-code", &format!("{member}/{version}/{}", digits.reveal()))
    }
}

fn place_of(member: &str) -> Place<'_> {
    Place { table: "mailboxes", record: member, field: "address" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<MailAddress, &'static str> {
        MailAddress::try_from(text.to_owned())
    }

    #[test]
    fn an_address_is_whole_and_one() {
        for good in ["a@b.cn", "li.si+zhibu@mail.example.gov.cn", "x_y-z@163.com"] {
            assert_eq!(address(good).unwrap().reveal(), good);
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.cn",
            "a@",
            "a@b.cn,c@d.cn",
            "a b@c.cn",
            "a@b.cn\r\nBcc: c@d.cn",
            "a..b@c.cn",
            ".a@c.cn",
            "a@-b.cn",
            "a@b..cn",
            "a@b@c.cn",
            "\"a\"@b.cn",
            "<a@b.cn>",
            "李@b.cn",
            "a@b.cn.",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert!(address(&format!("{}@b.cn", "a".repeat(65))).is_err());
        assert_eq!(format!("{:?}", address("zhang@example.cn").unwrap()), "z***@example.cn");
    }

    #[test]
    fn addresses_are_named_five_times_a_day_and_once_a_minute() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let row = |named: &[i64]| MailboxRow {
            pk: String::new(),
            sk: String::new(),
            member: MemberId::from_bytes(1, [1; 10]),
            masked: String::new(),
            address: None,
            code: None,
            named: named.iter().map(|second| at(*second)).collect(),
            version: 1,
        };
        assert_eq!(MailboxRow::wait(None, at(0)), None);
        for (named, now, expected) in [
            (&[0][..], 59, Some(2)),
            (&[0], 60, None),
            (&[0, 60, 120, 180, 240], 300, Some(86_101)),
            (&[0, 60, 120, 180, 240], 86_399, Some(2)),
            (&[0, 60, 120, 180, 240], 86_400, None),
            (&[0, 60, 120, 180], 300, None),
        ] {
            assert_eq!(MailboxRow::wait(Some(&row(named)), at(now)), expected, "{named:?} at {now}");
        }
    }
}
