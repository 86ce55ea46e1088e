//! Rows as they are stored.

use crate::domain::{Meeting, Outlook, Person, Stage};
use dynamo::{Key, Stretch};
use jiff::Timestamp;
use kernel::{MeetingId, MemberId, instant_key};
use serde::{Deserialize, Serialize};

/// A meeting as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeetingRow {
    /// `MTG#<id>`
    pub(crate) pk: String,
    /// `MTG`
    pub(crate) sk: String,
    /// Index `held`, under `organization`: the day in Shanghai and the id.
    pub(crate) held_key: String,
    #[serde(flatten)]
    pub(crate) meeting: Meeting,
}

impl MeetingRow {
    pub(crate) fn new(meeting: Meeting) -> Self {
        let Key { pk, sk } = Self::key(meeting.id);
        Self { pk, sk, held_key: format!("{}#{}", meeting.day(), meeting.id), meeting }
    }

    pub(crate) fn key(id: MeetingId) -> Key {
        Key::new(Self::partition(id), "MTG")
    }

    pub(crate) fn partition(id: MeetingId) -> String {
        format!("MTG#{id}")
    }
}

/// One who should attend, as they are stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonRow {
    /// `MTG#<meeting>`
    pub(crate) pk: String,
    /// `PER#<member>`
    pub(crate) sk: String,
    /// Index `person`, under `member`: the day in Shanghai and the meeting.
    pub(crate) person_key: String,
    #[serde(flatten)]
    pub(crate) person: Person,
}

impl PersonRow {
    pub(crate) fn new(person: Person, meeting: &Meeting) -> Self {
        let Key { pk, sk } = Self::key(meeting.id, person.member);
        Self { pk, sk, person_key: format!("{}#{}", meeting.day(), meeting.id), person }
    }

    pub(crate) fn key(meeting: MeetingId, member: MemberId) -> Key {
        Key::new(MeetingRow::partition(meeting), format!("PER#{member}"))
    }
}

/// The code that is shown at a meeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CodeRow {
    /// `MTG#<meeting>`
    pub(crate) pk: String,
    /// `CODE`
    pub(crate) sk: String,
    /// Keyed hash of meeting and digits.
    pub(crate) hash: String,
    /// Until when it is good.
    pub(crate) until: Timestamp,
}

impl CodeRow {
    pub(crate) fn new(meeting: MeetingId, hash: String, until: Timestamp) -> Self {
        let Key { pk, sk } = Self::key(meeting);
        Self { pk, sk, hash, until }
    }

    pub(crate) fn key(meeting: MeetingId) -> Key {
        Key::new(MeetingRow::partition(meeting), "CODE")
    }
}

/// The private address of a person's calendar: a row under the person, which says that there is one, and one under the keyed
/// hash of its secret, by which it is found. The secret itself is kept nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CalendarRow {
    /// `MBR#<member>`, `CAL#<hash>`
    pub(crate) pk: String,
    /// `CAL`
    pub(crate) sk: String,
    pub(crate) member: MemberId,
    pub(crate) hash: String,
    pub(crate) at: Timestamp,
}

impl CalendarRow {
    /// The row under the person.
    pub(crate) fn new(member: MemberId, hash: String, at: Timestamp) -> Self {
        let Key { pk, sk } = Self::of_member(member);
        Self { pk, sk, member, hash, at }
    }

    pub(crate) fn of_member(member: MemberId) -> Key {
        Key::new(format!("MBR#{member}"), "CAL")
    }

    pub(crate) fn at(hash: &str) -> Key {
        Key::new(format!("CAL#{hash}"), "CAL")
    }
}

/// That something is to be told of a meeting. A request that changes the meeting writes it anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TellRow {
    /// `MTG#<meeting>`
    pub(crate) pk: String,
    /// `TELL`
    pub(crate) sk: String,
    pub(crate) meeting: MeetingId,
    /// What is told.
    pub(crate) stage: Stage,
    /// The version of the meeting that made it: a run that has seen an earlier one takes nothing away.
    pub(crate) version: u64,
    /// Index `tell`: the part.
    pub(crate) tell_shard: String,
    /// Index `tell`: when, and of which meeting.
    pub(crate) tell_key: String,
}

/// Parts of the index `tell`.
pub(crate) const SHARDS: u8 = 8;

impl TellRow {
    pub(crate) fn new(meeting: &Meeting, Outlook { stage, due }: Outlook) -> Self {
        let Key { pk, sk } = Self::key(meeting.id);
        let sum = meeting.id.to_string().bytes().fold(0_u8, u8::wrapping_add);
        let (tell_shard, tell_key) = (part(sum % SHARDS), format!("{}#{}", instant_key(due), meeting.id));
        Self { pk, sk, meeting: meeting.id, stage, version: meeting.version, tell_shard, tell_key }
    }

    pub(crate) fn key(meeting: MeetingId) -> Key {
        Key::new(MeetingRow::partition(meeting), "TELL")
    }

    /// Index `tell`: what is due in `shard` at `now`, earliest first.
    pub(crate) fn due(shard: u8, now: Timestamp) -> Stretch {
        let mut due = Stretch::whole(part(shard)).of_index("tell", "tellShard", "tellKey");
        due.until = format!("{}~", instant_key(now));
        due
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.tell_key.get(..20).is_some_and(|due| due <= instant_key(now).as_str())
    }
}

fn part(shard: u8) -> String {
    format!("TELL#{shard}")
}
