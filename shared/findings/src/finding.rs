//! A finding, and what becomes of it.

use crate::Cause;
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, FindingId, Line, MemberId, OrgId, Refusal, shanghai_day};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a finding ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FindingClosure)]
pub struct Closure {
    /// Who closed it; absent where its cause is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<MemberId>,
    /// Why; absent where its cause is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Line<500>>,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Something that a rule found in the records of an organisation. It decides nothing about anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its id: the same for the same rule, subject and period.
    pub id: FindingId,
    /// The rule.
    pub rule: String,
    /// Its version when this was found.
    pub rule_version: u32,
    /// Its Chinese name.
    pub name: String,
    /// The organisation that looks into it.
    pub organization: OrgId,
    /// Whom it is about; absent where it is about the organisation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<MemberId>,
    /// The period or the day that it is about: `2026-11`, `2026-Q4`, `2026`, `2026-11-24`.
    pub period: String,
    /// What is the matter.
    pub says: String,
    /// Ids of the records that say so.
    pub records: Vec<String>,
    /// What was looked for and is not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub looked_for: Option<String>,
    /// Where the rule is written.
    pub article: String,
    /// The day on which it was found.
    #[schema(value_type = String, format = Date)]
    pub found_on: Date,
    /// How it ended; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Closure>,
    /// Counts its changes.
    pub version: u64,
    /// When it was last changed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It was found.
    Opened,
    /// Its cause was gone and came back.
    Reopened,
    /// Another organisation looks into it now.
    Moved,
    /// It is over.
    Closed,
}

impl Turn {
    /// What the trace calls it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Opened => "finding.opened",
            Self::Reopened => "finding.reopened",
            Self::Moved => "finding.moved",
            Self::Closed => "finding.closed",
        }
    }
}

impl Finding {
    /// The finding of `cause`, found at `now`.
    #[must_use]
    pub fn found(cause: &Cause<'_>, now: Timestamp) -> Self {
        Self {
            id: cause.id(),
            rule: cause.rule.id.clone(),
            rule_version: cause.rule.version,
            name: cause.rule.name.clone(),
            organization: cause.organization,
            member: cause.member,
            period: cause.period.clone(),
            says: cause.says.clone(),
            records: cause.records.clone(),
            looked_for: cause.looked_for.clone(),
            article: cause.rule.article.clone(),
            found_on: shanghai_day(now),
            closed: None,
            version: 1,
            updated_at: now,
        }
    }

    /// What becomes of it when its `cause` is found again at `now`: what ended by itself is open again, what a person closed stays
    /// closed; of whoever moved, the organisation looks into it where the cause is. `None` where nothing changes.
    #[must_use]
    pub fn again(&self, cause: &Cause<'_>, now: Timestamp) -> Option<(Self, Turn)> {
        let version = self.version + 1;
        match &self.closed {
            Some(Closure { by: Some(_), .. }) => None,
            Some(_) => Some((Self { version, ..Self::found(cause, now) }, Turn::Reopened)),
            None if self.organization == cause.organization => None,
            None => {
                let organization = cause.organization;
                Some((Self { organization, version, updated_at: now, ..self.clone() }, Turn::Moved))
            }
        }
    }

    /// Whether a person closed it in `year`, by the days of Shanghai.
    #[must_use]
    pub fn is_settled_in(&self, year: i16) -> bool {
        let closed = self.closed.as_ref().filter(|closure| closure.by.is_some());
        closed.is_some_and(|closure| shanghai_day(closure.at).year() == year)
    }

    fn ended(&self, closure: Closure) -> Self {
        Self { version: self.version + 1, updated_at: closure.at, closed: Some(closure), ..self.clone() }
    }

    /// The same whose cause is gone at `now`.
    #[must_use]
    pub fn gone(&self, now: Timestamp) -> Self {
        self.ended(Closure { by: None, reason: None, at: now })
    }

    /// The same closed by a person with a reason.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when it is over already.
    pub fn closed_by(&self, by: MemberId, reason: Line<500>, now: Timestamp) -> Result<Self, Refusal> {
        if self.closed.is_some() {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        Ok(self.ended(Closure { by: Some(by), reason: Some(reason), at: now }))
    }
}

#[cfg(test)]
mod tests;
