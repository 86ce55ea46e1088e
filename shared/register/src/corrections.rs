//! Where open requests for correction are listed: with whoever decides them. What is asked is known to `members` alone.

use crate::{Member, MemberRow, People};
use dynamo::{Change, Filter, Found, Key, Read, StoreError, Stretch};
use jiff::{Timestamp, civil::Date};
use kernel::{CorrectionId, MemberId, OrgId, OrgPath};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An open request as it is stored: its place, and whatever else there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenCorrection {
    id: CorrectionId,
    organization: OrgId,
    open_area: String,
    open_key: String,
    due_on: Date,
    version: u64,
    updated_at: Timestamp,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl OpenCorrection {
    /// The sort key of index `open`: path, last day and id.
    #[must_use]
    pub fn key(path: &OrgPath, due_on: Date, id: CorrectionId) -> String {
        format!("{path}{due_on}#{id}")
    }

    /// The same request where `member` belongs now.
    fn following(&self, member: &Member) -> Self {
        Self {
            organization: member.organization,
            open_area: MemberRow::area(&member.path, true),
            open_key: Self::key(&member.path, self.due_on, self.id),
            version: self.version + 1,
            updated_at: member.updated_at,
            ..self.clone()
        }
    }
}

/// The open requests of a person, and how far the counter of what they asked stood before they were read.
#[derive(Debug)]
pub struct OpenCorrections {
    open: Vec<OpenCorrection>,
    counted: u64,
}

impl People {
    /// More than there can be: one for each field.
    const OPEN: u16 = 100;

    /// Where it is counted what `member` asks, and where it is followed.
    fn asked(member: MemberId) -> Key {
        Key::new(MemberRow::partition(member), "ASKED")
    }

    /// Counts one more request of `member`, so that they do not come to belong elsewhere without it.
    #[must_use]
    pub fn count_asked(&self, change: Change, member: MemberId) -> Change {
        change.count(self.table(), Self::asked(member))
    }

    /// The open requests of `member`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn open_corrections(&self, member: MemberId) -> Result<OpenCorrections, StoreError> {
        #[derive(Deserialize)]
        struct Counter {
            version: u64,
        }
        let counter: Option<Counter> = self.table().get(Self::asked(member), Read::Consistent).await?;
        let asked = Stretch::beginning(MemberRow::partition(member), "cor_").consistent();
        let found: Found<OpenCorrection> =
            self.table().first(&asked.only(Filter::default().equals("status", "open")), Self::OPEN).await?;
        Ok(OpenCorrections { open: found.items, counted: counter.map_or(0, |counter| counter.version) })
    }

    /// Takes the open requests of `member` along to where they belong from now on, if there is no other since `requests`
    /// were read.
    #[must_use]
    pub fn take_along(&self, change: Change, member: &Member, requests: &OpenCorrections) -> Change {
        let change = change.advance(self.table(), Self::asked(member.id), requests.counted);
        let replaced =
            |change: Change, old: &OpenCorrection| change.replace(self.table(), &old.following(member), old.version);
        requests.open.iter().fold(change, replaced)
    }
}
