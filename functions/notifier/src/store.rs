//! Every call to the store.

use crate::channels::Reason;
use cloud::{Environment, StartError};
use dynamo::{Activity, Change, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::Timestamp;
use kernel::{ErrorCode, MemberId, OrgId, OrgPath};
use notices::{
    CauseRow, DeliveryRow, DeliveryState, DueRow, MailboxRow, NoticeSettings, Notices, Recipient, Robot, RobotRow,
    RobotService, SettingsRow, due_until,
};
use register::{Member, Organizations, People};
use std::sync::Arc;
use vault::{OpenError, Vault};

/// Tries of writing down what became of a message: it has been sent, so that this must not be lost easily.
const TRIES: usize = 8;

/// What was opened of a record, or why it could not be; `None` when there is no such record any more.
pub(crate) type Opened<T> = Option<Result<T, Reason>>;

/// What was sealed cannot be read: somebody has to look.
fn sealed(_: OpenError) -> Reason {
    "what was sealed cannot be opened".to_owned()
}

/// The tables, and what opens secrets.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    table: Table,
    ledger: Ledger,
    people: People,
    organizations: Organizations,
    vault: Arc<Vault>,
}

impl Store {
    pub(crate) async fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            table: Notices::open(env)?.table().clone(),
            ledger: Ledger::of_job(env)?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            vault: Arc::new(Vault::open(env).await?),
        })
    }

    /// What is due at `now` in one part of the index, a page of at most `most` rows. It may be behind.
    pub(crate) async fn due(
        &self,
        part: u8,
        now: Timestamp,
        (after, most): (Option<&str>, u16),
    ) -> Result<Found<DueRow>, StoreError> {
        let mut due = Stretch::whole(format!("DUE#{part}")).of_index("due", "dueShard", "dueKey");
        due.until = due_until(now);
        self.table.page(&due, after, most).await
    }

    /// How a person wants to hear.
    pub(crate) async fn settings(&self, member: MemberId) -> Result<NoticeSettings, StoreError> {
        let key = Key::new(Recipient::Member(member).partition(), SettingsRow::KEY);
        let row: Option<SettingsRow> = self.table.get(key, Read::Consistent).await?;
        Ok(row.map(|row| row.settings).unwrap_or_default())
    }

    /// The services at which an organisation has a robot.
    pub(crate) async fn robots(&self, organization: OrgId) -> Result<Vec<RobotService>, StoreError> {
        let all = Stretch::beginning(Recipient::Organization(organization).partition(), RobotRow::START).consistent();
        let found: Found<RobotRow> = self.table.first(&all, 10).await?;
        Ok(found.items.into_iter().map(|row| row.service).collect())
    }

    /// The robot of an organisation with its secrets; `None` when it was taken away.
    pub(crate) async fn robot(&self, id: OrgId, service: RobotService) -> Result<Opened<Robot>, StoreError> {
        let row: Option<RobotRow> = self.table.get(RobotRow::key(id, service), Read::Consistent).await?;
        Ok(row.map(|row| row.open(&self.vault).map_err(sealed)))
    }

    /// The record of a person who is on the rolls.
    pub(crate) async fn current(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        match self.people.person(id, Read::Eventual).await {
            Ok(member) => Ok(Some(member).filter(|member| member.state.is_current())),
            Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The phone number of a person who is on the rolls.
    pub(crate) async fn phone(&self, id: MemberId) -> Result<Opened<String>, StoreError> {
        Ok(self.current(id).await?.map(|member| member.open_phone(&self.vault).map_err(sealed)))
    }

    /// The e-mail address that a person who is on the rolls named; as long as they have not confirmed it, only for the
    /// message that `asks` them to.
    pub(crate) async fn mailbox(&self, id: MemberId, asks: bool) -> Result<Opened<String>, StoreError> {
        if self.current(id).await?.is_none() {
            return Ok(None);
        }
        let row: Option<MailboxRow> = self.table.get(MailboxRow::key(id), Read::Consistent).await?;
        let row = row.filter(|row| row.is_confirmed() || (asks && row.is_named()));
        Ok(row.and_then(|row| row.open(&self.vault).map_err(sealed).transpose()))
    }

    /// Where an organisation stands; `None` when there is none.
    pub(crate) async fn path(&self, id: OrgId) -> Result<Option<OrgPath>, StoreError> {
        Ok(self.organizations.row(id, Read::Eventual).await?.map(|row| row.node.path))
    }

    /// Turns causes into what they are next and adds messages, all or nothing; `false` when somebody else was faster, or
    /// the index was behind.
    pub(crate) async fn pack(
        &self,
        causes: &[(&CauseRow, CauseRow)],
        messages: &[DeliveryRow],
    ) -> Result<bool, StoreError> {
        let change =
            causes.iter().fold(Change::new(), |change, (old, new)| change.replace(&self.table, new, old.version));
        let change =
            messages.iter().fold(change, |change, message| change.insert(&self.table, message, ErrorCode::Conflict));
        self.commit(change, None).await
    }

    /// Turns the message `old` into `new`; `false` when somebody else did something with it before.
    pub(crate) async fn advance(
        &self,
        old: &DeliveryRow,
        new: &DeliveryRow,
        told: Option<Activity>,
    ) -> Result<bool, StoreError> {
        self.commit(Change::new().replace(&self.table, new, old.version), told).await
    }

    /// Writes down what became of a message that was taken.
    ///
    /// # Errors
    /// When the store does not take it however often it is tried: it comes back when its lease is over.
    pub(crate) async fn settle(
        &self,
        old: &DeliveryRow,
        new: &DeliveryRow,
        told: Option<&Activity>,
    ) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            match self.advance(old, new, told.cloned()).await {
                Ok(true) => return Ok(()),
                // An earlier try did it and its answer was lost, or the lease was over.
                Ok(false) => {
                    let row: Option<DeliveryRow> = self.table.get(DeliveryRow::key(old.id), Read::Consistent).await?;
                    let done = row.is_some_and(|row| row.version == new.version || row.state == DeliveryState::Sent);
                    if !done {
                        tracing::error!(delivery = %old.id, "somebody else took a message whose lease was over");
                    }
                    return Ok(());
                }
                Err(StoreError::Busy(_)) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn commit(&self, change: Change, told: Option<Activity>) -> Result<bool, StoreError> {
        self.ledger.attempt(change, told).await
    }
}
