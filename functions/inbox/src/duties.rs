//! What somebody has to do, as records say it. Pure: what is read and what time it is are arguments.
//!
//! No duty is stored. It is there as long as the record is as it is, and gone with the step that does it, whoever does it.

mod bills;
mod meetings;
mod office;
mod rules;
mod stars;
mod tasks;

pub(crate) use self::bills::bills;
pub(crate) use self::meetings::{minutes, org_life, signature, since};
pub(crate) use self::stars::{star_review, star_self_score, star_step};
pub(crate) use self::tasks::{review, task};
pub(crate) use office::{correction, dues, election, export, receipt, reception, standards, training, transfer};

use dynamo::Found;
use jiff::{ToSpan, civil::Date};
use rules::Rules;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What kind of duty it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TodoKind)]
pub(crate) enum Kind {
    /// A task that awaits its owner.
    Task,
    /// A task that waits for a decision or a rating.
    Review,
    /// A meeting that is over and not written down.
    Minutes,
    /// Minutes that are not signed.
    Signature,
    /// Something that a branch holds by the regulation and has not held.
    OrgLife,
    /// Dues that one owes.
    Dues,
    /// Members of whom it is not set what they owe.
    DuesStandards,
    /// Long arrears.
    DuesCase,
    /// Money of which it is not known what it is for.
    DuesDifference,
    /// A relief that was proposed.
    DuesRelief,
    /// A remittance on its way up.
    DuesRemittance,
    /// A payment that is to be taken back.
    DuesReversal,
    /// A transfer that the committee decides.
    TransferDecision,
    /// A transfer without a letter.
    TransferLetter,
    /// A member who comes.
    TransferReception,
    /// A receipt that has not come back.
    TransferReceipt,
    /// A request for correction.
    Correction,
    /// An export that a second person decides.
    Export,
    /// A training that a second person confirms.
    Training,
    /// The end of a term.
    Election,
    /// What a branch gives itself in the star review and has not handed in.
    StarSelfScore,
    /// A self-score that the committee above reviews.
    StarReview,
    /// A review that the department decides about.
    StarDecision,
    /// An objection to a star.
    StarObjection,
    /// A star whose notice is over.
    StarAward,
}

impl Kind {
    const fn slug(self) -> &'static str {
        match self {
            // One key for a task, whoever's turn it is.
            Self::Task | Self::Review => "task",
            Self::Minutes => "minutes",
            Self::Signature => "signature",
            Self::OrgLife => "org-life",
            Self::Dues => "dues",
            Self::DuesStandards => "dues-standards",
            Self::DuesCase => "dues-case",
            Self::DuesDifference => "dues-difference",
            Self::DuesRelief => "dues-relief",
            Self::DuesRemittance => "dues-remittance",
            Self::DuesReversal => "dues-reversal",
            Self::TransferDecision => "transfer-decision",
            Self::TransferLetter => "transfer-letter",
            Self::TransferReception => "transfer-reception",
            Self::TransferReceipt => "transfer-receipt",
            Self::Correction => "correction",
            Self::Export => "export",
            Self::Training => "training",
            Self::Election => "election",
            Self::StarSelfScore => "star-self-score",
            Self::StarReview => "star-review",
            Self::StarDecision => "star-decision",
            Self::StarObjection => "star-objection",
            Self::StarAward => "star-award",
        }
    }
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Todo)]
pub(crate) struct Duty {
    /// Tells duties of one person apart.
    pub(crate) key: String,
    /// What kind of duty it is.
    pub(crate) kind: Kind,
    /// One line, in Chinese.
    pub(crate) title: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub(crate) due_on: Date,
    /// The article that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) article: Option<String>,
    /// The record it is about: its id.
    pub(crate) subject: String,
    /// The route by which it is done, `POST /v1/…`.
    pub(crate) act: String,
}

impl Duty {
    /// A duty of `kind` about `subject`, done by `act` until `due_on`, with the article of the rules.
    fn new(kind: Kind, subject: impl fmt::Display, title: impl Into<String>, due_on: Date, act: String) -> Self {
        let article = Rules::get().and_then(|rules| rules.article(kind));
        let (key, title, subject) = (format!("{}/{subject}", kind.slug()), title.into(), subject.to_string());
        Self { key, kind, title, due_on, article, subject, act }
    }
}

/// The last day of a duty of `kind` that came up on the day `since`, where no regulation names one.
fn within(kind: Kind, since: Date) -> Date {
    since.saturating_add(Rules::get().map_or(0, |rules| rules.days(kind)).days())
}

/// What somebody has to do.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Todos {
    /// The duty that is due first at the top, each once.
    pub(crate) items: Vec<Duty>,
    /// Whether there is more than is looked at: the lists of the capabilities have all of it.
    pub(crate) more: bool,
}

impl Todos {
    /// Duties that are shown.
    const MOST: usize = 500;

    /// Adds what `duty` makes of what was `found`, where anything was looked for.
    pub(crate) fn take<T>(&mut self, found: Option<Found<T>>, duty: impl Fn(&T) -> Option<Duty>) {
        let Some(found) = found else { return };
        self.more |= found.after.is_some();
        self.items.extend(found.items.iter().filter_map(duty));
    }

    /// Adds another part.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        self.more |= other.more;
        self
    }

    /// The same in order, each duty once: somebody may hold two offices that it falls to.
    #[must_use]
    pub(crate) fn ordered(mut self) -> Self {
        self.items.sort_by(|one, other| (one.due_on, &one.key).cmp(&(other.due_on, &other.key)));
        self.items.dedup_by(|one, other| one.key == other.key);
        self.more |= self.items.len() > Self::MOST;
        self.items.truncate(Self::MOST);
        self
    }
}
