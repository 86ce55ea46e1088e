//! What is said, and to whom.

use crate::{due_key, hash, shard, ttl};
use aws_lc_rs::digest::{SHA256, digest};
use dynamo::Key;
use jiff::Timestamp;
use kernel::{MemberId, NoticeId, OrgId};
use serde::{Deserialize, Serialize};

/// Something that a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Whom.
    pub member: MemberId,
    /// The name of its cause, unique for the person: capability or job, rule, subject, period.
    pub cause: String,
    /// What it is about, as `<record>.<past participle>`: `transfer.received`.
    pub kind: String,
    /// One line, in Chinese. It also goes over the person's channels, so it names nobody.
    pub title: String,
    /// A few sentences, in Chinese; they are read in the app only.
    pub body: String,
    /// The record it is about: its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// The article of the rule that it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub article: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Notice {
    /// A notice to `member` at `at`; `kind` and `cause` as in the fields of these names.
    #[must_use]
    pub fn new(at: Timestamp, member: MemberId, kind: &str, cause: &str) -> Self {
        let (cause, kind) = (cause.to_owned(), kind.to_owned());
        Self { member, cause, kind, title: String::new(), body: String::new(), subject: None, article: None, at }
    }

    /// The same with its words.
    #[must_use]
    pub fn saying(self, title: &str, body: impl Into<String>) -> Self {
        Self { title: title.to_owned(), body: body.into(), ..self }
    }

    /// The same about the record with this id.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// The same with the article that it comes from.
    #[must_use]
    pub fn by(self, article: &str) -> Self {
        Self { article: Some(article.to_owned()), ..self }
    }

    /// Its id: of its instant, and the same for the same cause.
    #[must_use]
    pub fn id(&self) -> NoticeId {
        let mut random = [0; 10];
        let hash = digest(&SHA256, format!("{}#{}", self.member, self.cause).as_bytes());
        random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        NoticeId::of_instant(self.at, random)
    }
}

/// Something that an organisation is told in its group chats. It names no person and says nothing that the whole chat
/// may not know: that something waits, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Which organisation.
    pub organization: OrgId,
    /// The name of its cause, unique for the organisation.
    pub cause: String,
    /// What it is about, as [`Notice::kind`].
    pub kind: String,
    /// One line, in Chinese.
    pub title: String,
    /// When.
    pub at: Timestamp,
}

/// Who hears something over channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// A person.
    Member(MemberId),
    /// The group chats of an organisation.
    Organization(OrgId),
}

impl Recipient {
    /// The partition of what belongs to them.
    #[must_use]
    pub fn partition(self) -> String {
        match self {
            Self::Member(id) => format!("MBR#{id}"),
            Self::Organization(id) => format!("ORG#{id}"),
        }
    }
}

/// A notice as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeRow {
    /// `MBR#<member>`
    pub pk: String,
    /// The id.
    pub sk: String,
    /// When it may go, in seconds since 1970.
    pub ttl: i64,
    /// The notice.
    #[serde(flatten)]
    pub notice: Notice,
}

impl NoticeRow {
    /// The row of `notice`.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        let Key { pk, sk } = Self::key(notice.member, notice.id());
        Self { pk, sk, ttl: ttl(notice.at), notice: notice.clone() }
    }

    /// Where a notice is.
    #[must_use]
    pub fn key(member: MemberId, id: NoticeId) -> Key {
        Key::new(Recipient::Member(member).partition(), id.to_string())
    }
}

/// Says that a notice is unread, by being there. So the number of unread ones is that of a set: reading twice takes away
/// once, and no counter can be wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MarkRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `UNREAD#<id>`
    pub sk: String,
    /// When it may go, in seconds since 1970.
    pub ttl: i64,
}

impl MarkRow {
    /// What sort keys of marks begin with.
    pub const START: &str = "UNREAD#";

    /// The mark of `notice`.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        let Key { pk, sk } = Self::key(notice.member, notice.id());
        Self { pk, sk, ttl: ttl(notice.at) }
    }

    /// Where the mark of a notice is.
    #[must_use]
    pub fn key(member: MemberId, id: NoticeId) -> Key {
        Key::new(Recipient::Member(member).partition(), format!("{}{id}", Self::START))
    }

    /// The notice that it marks.
    #[must_use]
    pub fn notice(&self) -> Option<NoticeId> {
        self.sk.strip_prefix(Self::START)?.parse().ok()
    }
}

/// That a cause was told, and until it is on its way, that it is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseRow {
    /// The recipient's partition.
    pub pk: String,
    /// `CAUSE#<hash of the cause>`
    pub sk: String,
    /// Who hears it.
    pub recipient: Recipient,
    /// What it is about.
    pub kind: String,
    /// The line that goes over channels.
    pub title: String,
    /// When it happened.
    pub at: Timestamp,
    /// Counts changes of this row.
    pub version: u64,
    /// Index `due`: the part, while it is to be delivered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_shard: Option<String>,
    /// Index `due`: when, and which row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_key: Option<String>,
    /// When it may go, in seconds since 1970.
    pub ttl: i64,
}

impl CauseRow {
    fn new(recipient: Recipient, cause: &str, kind: &str, title: &str, at: Timestamp) -> Self {
        let row = Self {
            pk: recipient.partition(),
            sk: Self::sort_key(cause),
            recipient,
            kind: kind.to_owned(),
            title: title.to_owned(),
            at,
            version: 0,
            due_shard: None,
            due_key: None,
            ttl: ttl(at),
        };
        row.due(at)
    }

    /// The sort key of the row of `cause`.
    pub(crate) fn sort_key(cause: &str) -> String {
        format!("CAUSE#{}", hash(cause))
    }

    /// The row of the cause of `notice`, due at once.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        Self::new(Recipient::Member(notice.member), &notice.cause, &notice.kind, &notice.title, notice.at)
    }

    /// The row of the cause of `announcement`, due at once.
    #[must_use]
    pub fn of_announcement(announcement: &Announcement) -> Self {
        let Announcement { organization, cause, kind, title, at } = announcement;
        Self::new(Recipient::Organization(*organization), cause, kind, title, *at)
    }

    /// The next version of it, due at `next`.
    #[must_use]
    pub fn due(&self, next: Timestamp) -> Self {
        let (shard, key) = (shard(&self.pk), due_key(next, &self.pk, &self.sk));
        Self { due_shard: Some(shard), due_key: Some(key), version: self.version + 1, ..self.clone() }
    }

    /// The next version of it, of which nothing has to be delivered any more.
    #[must_use]
    pub fn done(&self) -> Self {
        Self { due_shard: None, due_key: None, version: self.version + 1, ..self.clone() }
    }
}
