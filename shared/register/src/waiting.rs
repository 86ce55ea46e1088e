//! What waits for somebody in the tables of other functions, as their indexes have it. The functions that own the records write
//! them; here is as much of each as whoever lists duties needs.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | transfers out of an organisation that are under way, those into it, those received without a receipt | `Query` indexes `leaving`, `coming` of transfers | 0.5 per 4 KB of summaries |
//! | requests for correction | `Query` index `open` of members | 0.5 per 4 KB |
//! | exports of the last week that somebody else decides | `Query` index `listed` of imports | 0.5 per 4 KB |
//! | trainings of the last year that somebody else confirms | `Query` index `owned` of learning | 0.5 per 4 KB |

use crate::{MemberRow, People};
use cloud::Environment;
use dynamo::{Filter, Found, StoreError, Stretch, Table};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CorrectionId, ExportId, MemberId, MissingSetting, OrgId, OrgPath, TrainingId, TransferId};
use serde::Deserialize;

/// How far a transfer is for which somebody has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferStage {
    /// The committee above has not decided.
    Draft,
    /// It agreed; no letter is issued.
    Approved,
    /// A letter is on its way.
    Issued,
    /// The member was received; the receipt may be missing.
    Received,
}

/// A transfer, as its indexes have it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingTransfer {
    /// Its id.
    pub id: TransferId,
    /// Who goes.
    pub member: MemberId,
    /// How far it is.
    pub state: TransferStage,
    /// The organisation that they leave.
    pub from_path: OrgPath,
    /// The last valid day of its letter.
    pub valid_until: Option<Date>,
    /// The last day for the receipt.
    pub receipt_due_on: Option<Date>,
    /// When its last step was done, in UTC.
    pub updated_at: Timestamp,
}

/// A request for correction that is open.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingCorrection {
    /// Its id.
    pub id: CorrectionId,
    /// Whose record it is about, who asked.
    pub member: MemberId,
    /// The last day on which it is decided in time.
    pub due_on: Date,
}

/// An export that somebody else than who asked for it decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingExport {
    /// Its id.
    pub id: ExportId,
    /// Who asked for it.
    pub asked_by: MemberId,
    /// When, in UTC.
    pub asked_at: Timestamp,
}

impl WaitingExport {
    /// How long somebody else can agree (ours).
    pub const VALID: SignedDuration = SignedDuration::from_hours(7 * 24);
}

/// A training that somebody else than who entered it confirms.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingTraining {
    /// Its id.
    pub id: TrainingId,
    /// Who entered it.
    pub entered_by: MemberId,
    /// When, in UTC.
    pub updated_at: Timestamp,
}

/// The tables in which something waits.
#[derive(Debug, Clone)]
pub struct WaitingRecords {
    transfers: Table,
    imports: Table,
    learning: Table,
    people: People,
}

impl WaitingRecords {
    /// Records of one kind at one organisation that are looked at.
    pub const MOST: u16 = 200;
    /// How far back trainings are looked for.
    const TRAININGS: SignedDuration = SignedDuration::from_hours(366 * 24);

    /// Over the tables that `TRANSFERS_TABLE`, `IMPORTS_TABLE`, `LEARNING_TABLE` and `MEMBERS_TABLE` name.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self {
            transfers: Table::open(env, "TRANSFERS_TABLE")?,
            imports: Table::open(env, "IMPORTS_TABLE")?,
            learning: Table::open(env, "LEARNING_TABLE")?,
            people: People::open(env)?,
        })
    }

    /// Transfers out of the organisation at `place`, which is a district or lies in one, and out of those below it, that are
    /// under way.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn leaving(&self, place: &OrgPath) -> Result<Found<WaitingTransfer>, StoreError> {
        self.transfers.page(&leaving(place, true), None, Self::MOST).await
    }

    /// Transfers into the organisation at `place` and those below it whose letter is on its way.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn coming(&self, place: &OrgPath) -> Result<Found<WaitingTransfer>, StoreError> {
        let coming = Stretch::beginning(MemberRow::area(place, true), place.as_str());
        let issued = Filter::default().equals("state", "issued");
        self.transfers.page(&coming.of_index("coming", "comingArea", "comingKey").only(issued), None, Self::MOST).await
    }

    /// Transfers out of the organisation at `place` and those below it that were received and whose receipt is missing: the
    /// index carries what they wait for.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn unacknowledged(&self, place: &OrgPath) -> Result<Found<WaitingTransfer>, StoreError> {
        let missing = Filter::default().begins("dueArea", "RECEIPT");
        self.transfers.page(&leaving(place, false).only(missing), None, Self::MOST).await
    }

    /// Open requests for correction of those who belong to the organisation at `place` and those below it.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn corrections(&self, place: &OrgPath) -> Result<Found<WaitingCorrection>, StoreError> {
        let open = Stretch::beginning(MemberRow::area(place, true), place.as_str());
        self.people.table().page(&open.of_index("open", "openArea", "openKey"), None, Self::MOST).await
    }

    /// Exports of `organization` about which somebody can still decide at `now`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn exports(&self, organization: OrgId, now: Timestamp) -> Result<Found<WaitingExport>, StoreError> {
        let first = ExportId::of_instant(now - WaitingExport::VALID, [0; 10]);
        let mut asked = Stretch::beginning(format!("EXP#{organization}"), "exp_").of_index("listed", "listed", "id");
        asked.from = first.to_string();
        let waiting = Filter::default().equals("state", "awaiting-approval");
        self.imports.page(&asked.only(waiting), None, Self::MOST).await
    }

    /// Trainings of `organization` that nobody confirmed or refused at `now`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn trainings(&self, organization: OrgId, now: Timestamp) -> Result<Found<WaitingTraining>, StoreError> {
        let first = TrainingId::of_instant(now - Self::TRAININGS, [0; 10]);
        let mut entered = Stretch::beginning(organization.to_string(), "TRN#").of_index("owned", "owner", "ownerKey");
        entered.from = format!("TRN#{first}");
        let waiting = Filter::default().equals("state", "entered");
        self.learning.page(&entered.only(waiting), None, Self::MOST).await
    }
}

/// Index `leaving`: transfers out of the organisation at `place` and those below it, open ones or those that are done with.
fn leaving(place: &OrgPath, open: bool) -> Stretch {
    let stretch = Stretch::beginning(MemberRow::area(place, open), place.as_str());
    stretch.of_index("leaving", "leavingArea", "leavingKey")
}
