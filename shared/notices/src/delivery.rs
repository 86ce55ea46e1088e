//! Messages on their way.

use crate::{CauseRow, Recipient, RobotService, due_key, shard, ttl};
use dynamo::Key;
use jiff::{SignedDuration, Timestamp};
use kernel::{DeliveryId, OrgId, OrgPath};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a message goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A text message to a person's phone.
    Sms,
    /// E-mail to the address that a person has named and confirmed.
    Email,
    /// A robot in a group chat of 企业微信.
    Wecom,
    /// A robot in a group chat of 钉钉.
    Dingtalk,
    /// A robot in a group chat of 飞书.
    Feishu,
}

impl Channel {
    /// The service of its robot; none for what goes to a person.
    #[must_use]
    pub const fn robot(self) -> Option<RobotService> {
        match self {
            Self::Sms | Self::Email => None,
            Self::Wecom => Some(RobotService::Wecom),
            Self::Dingtalk => Some(RobotService::Dingtalk),
            Self::Feishu => Some(RobotService::Feishu),
        }
    }
}

impl From<RobotService> for Channel {
    fn from(service: RobotService) -> Self {
        match service {
            RobotService::Wecom => Self::Wecom,
            RobotService::Dingtalk => Self::Dingtalk,
            RobotService::Feishu => Self::Feishu,
        }
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It is sent when it is due.
    Waiting,
    /// The channel has taken it.
    Sent,
    /// It was tried as often as allowed; somebody has to look.
    Dead,
    /// There was nobody to send it to any more: the person left, the channel was taken away.
    Dropped,
}

/// One message over one channel, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRow {
    /// `DLV#<id>`
    pub pk: String,
    /// `DLV`
    pub sk: String,
    /// Its id, which is also the key by which a receiver recognises a repetition.
    pub id: DeliveryId,
    /// Who hears it.
    pub recipient: Recipient,
    /// The organisation in whose matters it is: the person's own, or the one that is told.
    pub organization: OrgId,
    /// Where that stood when the message was made.
    pub path: OrgPath,
    /// What it goes over.
    pub channel: Channel,
    /// Its words.
    pub text: String,
    /// Whether the recipient waits for it just now, whatever the hour.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub asked_for: bool,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Counts changes of this row.
    pub version: u64,
    /// Index `due`: the part, while it waits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_shard: Option<String>,
    /// Index `due`: when, and which row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_key: Option<String>,
    /// Index `dead`, when it failed for good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dead: Option<String>,
    /// Index `dead`: the path and the id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dead_key: Option<String>,
    /// When it may go, in seconds since 1970.
    pub ttl: i64,
}

impl DeliveryRow {
    /// The partition of index `dead`. There are few, so that one is enough.
    pub const DEAD: &str = "DEAD";

    /// A message that is due at `at`.
    #[must_use]
    pub fn new(
        id: DeliveryId,
        recipient: Recipient,
        (organization, path): (OrgId, OrgPath),
        channel: Channel,
        text: String,
        at: Timestamp,
    ) -> Self {
        let Key { pk, sk } = Self::key(id);
        let row = Self {
            pk,
            sk,
            id,
            recipient,
            organization,
            path,
            channel,
            text,
            asked_for: false,
            state: DeliveryState::Waiting,
            tries: 0,
            reason: None,
            made_at: at,
            version: 0,
            due_shard: None,
            due_key: None,
            dead: None,
            dead_key: None,
            ttl: ttl(at),
        };
        row.due(at)
    }

    /// Where a message is.
    #[must_use]
    pub fn key(id: DeliveryId) -> Key {
        Key::new(format!("DLV#{id}"), "DLV")
    }

    /// The next version of it, due at `next`. Messages to one recipient are in one part of the index.
    #[must_use]
    pub fn due(&self, next: Timestamp) -> Self {
        let shard = shard(&self.recipient.partition());
        let key = due_key(next, &self.pk, &self.sk);
        Self { due_shard: Some(shard), due_key: Some(key), version: self.version + 1, ..self.clone() }
    }

    /// The next version of it, taken by somebody who has until `lease` to send it: it comes back by itself then.
    #[must_use]
    pub fn taken(&self, lease: Timestamp) -> Self {
        Self { tries: self.tries + 1, ..self.due(lease) }
    }

    /// The next version of it, sent. The words of one that was asked for are a code, which is not kept.
    #[must_use]
    pub fn sent(&self) -> Self {
        let (state, text) = (DeliveryState::Sent, if self.asked_for { String::new() } else { self.text.clone() });
        Self { state, text, reason: None, due_shard: None, due_key: None, version: self.version + 1, ..self.clone() }
    }

    /// The next version of it, that is not sent because of `reason`, which is nobody's fault.
    #[must_use]
    pub fn dropped(&self, reason: &str) -> Self {
        Self { state: DeliveryState::Dropped, reason: Some(reason.to_owned()), ..self.sent() }
    }

    /// The next version of it, that was not sent because of `reason`: due again at `next`, or dead without.
    #[must_use]
    pub fn failed(&self, reason: &str, next: Option<Timestamp>) -> Self {
        let reason = Some(reason.to_owned());
        match next {
            Some(next) => Self { reason, ..self.due(next) },
            None => Self {
                reason,
                state: DeliveryState::Dead,
                due_shard: None,
                due_key: None,
                dead: Some(Self::DEAD.to_owned()),
                dead_key: Some(format!("{}{}", self.path, self.id)),
                version: self.version + 1,
                ..self.clone()
            },
        }
    }

    /// The next version of a dead one, due at `now` with all its tries before it.
    #[must_use]
    pub fn revived(&self, now: Timestamp) -> Self {
        Self { state: DeliveryState::Waiting, tries: 0, dead: None, dead_key: None, ..self.due(now) }
    }

    /// When to try again after `now`: a minute after the first try, twice as long after each, two hours at most, and up
    /// to half of that more, by chance but always the same for this message and try, so that those that failed together
    /// do not come back together.
    #[must_use]
    pub fn backoff(&self, now: Timestamp) -> Timestamp {
        let base = (60_i64 << self.tries.saturating_sub(1).min(12)).min(2 * 3_600);
        let seed = crate::hash(&format!("{}#{}", self.id, self.tries));
        let share = u32::from_str_radix(seed.get(..4).unwrap_or_default(), 16).unwrap_or(0);
        now + SignedDuration::from_secs(base + base * i64::from(share) / 2 / 0xffff)
    }
}

/// What is due: something to be turned into messages, or a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum DueRow {
    /// A message. It comes first, because it has everything that makes one.
    Delivery(Box<DeliveryRow>),
    /// Something that was told.
    Cause(Box<CauseRow>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::MemberId;

    fn row(n: u8) -> DeliveryRow {
        let org = OrgId::from_bytes(1, [1; 10]);
        let recipient = Recipient::Member(MemberId::from_bytes(1, [1; 10]));
        let id = DeliveryId::from_bytes(1, [n; 10]);
        DeliveryRow::new(id, recipient, (org, OrgPath::root(org)), Channel::Sms, String::new(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn each_pause_is_twice_the_one_before_and_ends_at_two_hours() {
        let now: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
        for (tries, minutes) in [(1, 1), (2, 2), (3, 4), (7, 64), (8, 120), (9, 120), (60, 120)] {
            let waits: Vec<_> =
                (0..50).map(|n| DeliveryRow { tries, ..row(n) }.backoff(now).duration_since(now).as_secs()).collect();
            let (least, most) = (minutes * 60, minutes * 90);
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{tries}: {waits:?}");
            assert!(waits.iter().max() > waits.iter().min(), "{tries}: all at once");
            let again = DeliveryRow { tries, ..row(0) }.backoff(now).duration_since(now).as_secs();
            assert_eq!(Some(&again), waits.first(), "the same message waits the same time");
        }
    }

    #[test]
    fn what_is_done_with_is_in_no_index_of_what_is_due() {
        let taken = row(1).taken("2026-11-24T02:02:00Z".parse().unwrap());
        assert!(taken.due_key.as_ref().unwrap().starts_with("2026-11-24T02:02:00Z#DLV#dlv_"));
        assert_eq!((taken.tries, taken.version), (1, 2));
        let dead = taken.failed("refused", None);
        for done in [taken.sent(), taken.dropped("the person left"), dead.clone()] {
            assert_eq!((done.due_shard, done.due_key, done.version), (None, None, 3));
        }
        let revived = dead.revived("2026-11-24T03:00:00Z".parse().unwrap());
        assert_eq!((revived.tries, revived.dead, revived.dead_key, revived.version), (0, None, None, 4));
        assert_eq!(revived.due_shard, taken.due_shard);
    }
}
