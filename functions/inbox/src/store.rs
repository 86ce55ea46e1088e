//! Where notices are read, and what belongs to them.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a page of notices, latest first | `Query` of the notices, `Query` of the marks beside them, consistent | 0.5 and 1 per 4 KB |
//! | a page of unread ones | `Query` of marks, consistent, `BatchGetItem` | 1 per 4 KB, 1 per notice |
//! | how many are unread, up to 99 | `Query` of at most a hundred marks, consistent | 1 per 4 KB: 1 to 3 |
//! | read one | `GetItem`, `TransactWriteItems` | 0.5, 2 |
//! | read all up to one, 90 at a time | `Query` of marks, `TransactWriteItems` | 1 per 4 KB, 2 for each |
//! | settings | `GetItem` | 1 |
//! | an e-mail address | `GetItem`, consistent; named with its message in one `TransactWriteItems` | 1; 2 per row and index |
//! | robots of an organisation | `Query` | 0.5 |
//! | messages that failed, by path | `Query` index `dead` | 0.5 per 4 KB |

use cloud::{Environment, StartError};
use dynamo::{Change, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use kernel::{DeliveryId, ErrorCode, MemberId, NoticeId, OrgId, OrgPath, Refusal};
use notices::{
    DeliveryRow, MailboxRow, MarkRow, Notice, NoticeRow, Notices, Recipient, RobotRow, RobotService, SettingsRow,
};
use std::collections::BTreeSet;

/// The table of notices.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    table: Table,
    pub(crate) ledger: Ledger,
}

/// Which notices are asked for: those after a sort key, and how many.
pub(crate) type Wanted<'a> = (Option<&'a str>, u16);

impl Inbox {
    /// Unread notices that are counted; more are "more".
    pub(crate) const COUNTED: u16 = 99;
    /// Notices that one request reads at most, so that it is one transaction.
    const READ_AT_ONCE: u16 = 90;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { table: Notices::open(env)?.table().clone(), ledger: Ledger::open(env)? })
    }

    pub(crate) async fn prime(&self) {
        self.table.prime().await;
    }

    fn marks(member: MemberId) -> Stretch {
        Stretch::beginning(Recipient::Member(member).partition(), MarkRow::START).consistent()
    }

    /// A page of the notices of `member`, latest first, each with whether it is unread.
    pub(crate) async fn notices(
        &self,
        member: MemberId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<(Notice, bool)>, StoreError> {
        let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").descending();
        let found: Found<NoticeRow> = self.table.page(&all, after, limit).await?;
        let (Some(newest), Some(oldest)) = (found.items.first(), found.items.last()) else {
            return Ok(Found { items: Vec::new(), after: found.after });
        };
        let (mut beside, start) = (Self::marks(member), MarkRow::START);
        (beside.from, beside.until) = (format!("{start}{}", oldest.sk), format!("{start}{}", newest.sk));
        let marks: Found<MarkRow> = self.table.first(&beside, limit).await?;
        let unread: BTreeSet<NoticeId> = marks.items.iter().filter_map(MarkRow::notice).collect();
        let items = found.items.into_iter().map(|row| {
            let is_unread = unread.contains(&row.notice.id());
            (row.notice, is_unread)
        });
        Ok(Found { items: items.collect(), after: found.after })
    }

    /// A page of the unread notices of `member`, latest first.
    pub(crate) async fn unread(
        &self,
        member: MemberId,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<(Notice, bool)>, StoreError> {
        let after = after.map(|id| format!("{}{id}", MarkRow::START));
        let found: Found<MarkRow> = self.table.page(&Self::marks(member).descending(), after.as_deref(), limit).await?;
        let keys: Vec<Key> =
            found.items.iter().filter_map(MarkRow::notice).map(|id| NoticeRow::key(member, id)).collect();
        let mut rows: Vec<NoticeRow> = self.table.get_all(keys, Read::Consistent).await?;
        rows.sort_unstable_by(|one, other| other.sk.cmp(&one.sk));
        let after = found.after.and_then(|sk| sk.strip_prefix(MarkRow::START).map(str::to_owned));
        Ok(Found { items: rows.into_iter().map(|row| (row.notice, true)).collect(), after })
    }

    /// How many notices of `member` are unread, one more than [`Self::COUNTED`] at most.
    pub(crate) async fn count_unread(&self, member: MemberId) -> Result<usize, StoreError> {
        let found: Found<MarkRow> = self.table.first(&Self::marks(member), Self::COUNTED + 1).await?;
        Ok(found.items.len())
    }

    /// That `member` has read the notice `id`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is no such notice of theirs.
    pub(crate) async fn read(&self, member: MemberId, id: NoticeId) -> Result<Change, StoreError> {
        let row: Option<NoticeRow> = self.table.get(NoticeRow::key(member, id), Read::Consistent).await?;
        row.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
        Ok(Change::new().discard(&self.table, MarkRow::key(member, id)))
    }

    /// That `member` has read their unread notices up to `id`, the oldest first; and whether there are more than one
    /// request reads.
    pub(crate) async fn read_up_to(&self, member: MemberId, id: NoticeId) -> Result<(Change, bool), StoreError> {
        let mut stretch = Self::marks(member);
        stretch.until = format!("{}{id}", MarkRow::START);
        let found: Found<MarkRow> = self.table.first(&stretch, Self::READ_AT_ONCE).await?;
        let change = found
            .items
            .into_iter()
            .fold(Change::new(), |change, mark| change.discard(&self.table, Key::new(mark.pk, mark.sk)));
        Ok((change, found.after.is_some()))
    }

    /// The settings of `member`; the defaults at version 0 when there are none.
    pub(crate) async fn settings(&self, member: MemberId) -> Result<SettingsRow, StoreError> {
        let key = Key::new(Recipient::Member(member).partition(), SettingsRow::KEY);
        let row = self.table.get(key, Read::Consistent).await?;
        Ok(row.unwrap_or_else(|| SettingsRow::new(member, notices::NoticeSettings::default(), 0)))
    }

    /// Keeps `row`, whose version before was one less.
    pub(crate) fn keep_settings(&self, row: &SettingsRow) -> Change {
        match row.version {
            1 => Change::new().insert(&self.table, row, ErrorCode::Conflict),
            version => Change::new().replace(&self.table, row, version - 1),
        }
    }

    /// What is known of the e-mail address of `member`, if they ever named one.
    pub(crate) async fn mailbox(&self, member: MemberId) -> Result<Option<MailboxRow>, StoreError> {
        self.table.get(MailboxRow::key(member), Read::Consistent).await
    }

    /// Keeps `row`, whose version before was one less, with the message that asks to confirm it, if there is one.
    pub(crate) fn keep_mailbox(&self, row: &MailboxRow, asks: Option<&DeliveryRow>) -> Change {
        let change = match row.version {
            1 => Change::new().insert(&self.table, row, ErrorCode::Conflict),
            version => Change::new().replace(&self.table, row, version - 1),
        };
        match asks {
            Some(message) => change.insert(&self.table, message, ErrorCode::Conflict),
            None => change,
        }
    }

    /// The robots of an organisation.
    pub(crate) async fn robots(&self, organization: OrgId) -> Result<Vec<RobotRow>, StoreError> {
        let all = Stretch::beginning(Recipient::Organization(organization).partition(), RobotRow::START);
        let found: Found<RobotRow> = self.table.first(&all, 10).await?;
        Ok(found.items)
    }

    /// The robot of an organisation at a service, if it has one.
    pub(crate) async fn robot(
        &self,
        organization: OrgId,
        service: RobotService,
    ) -> Result<Option<RobotRow>, StoreError> {
        self.table.get(RobotRow::key(organization, service), Read::Consistent).await
    }

    /// Keeps `row`, whose version before was one less.
    pub(crate) fn keep_robot(&self, row: &RobotRow) -> Change {
        match row.version {
            1 => Change::new().insert(&self.table, row, ErrorCode::Conflict),
            version => Change::new().replace(&self.table, row, version - 1),
        }
    }

    /// Takes away `row`, if nobody changed it.
    pub(crate) fn drop_robot(&self, row: &RobotRow) -> Change {
        Change::new().remove_unchanged(&self.table, RobotRow::key(row.organization, row.service), row.version)
    }

    /// Messages to the organisation at `place`, those below it and their members that failed for good.
    pub(crate) async fn dead(
        &self,
        place: &OrgPath,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<DeliveryRow>, StoreError> {
        let dead = Stretch::beginning(DeliveryRow::DEAD, place.as_str()).of_index("dead", "dead", "deadKey");
        self.table.page(&dead, after, limit).await
    }

    /// The message `id`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none.
    pub(crate) async fn delivery(&self, id: DeliveryId) -> Result<DeliveryRow, StoreError> {
        let row: Option<DeliveryRow> = self.table.get(DeliveryRow::key(id), Read::Consistent).await?;
        row.ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// Turns `old` into `new`, if nobody did anything with it.
    pub(crate) fn advance(&self, old: &DeliveryRow, new: &DeliveryRow) -> Change {
        Change::new().replace(&self.table, new, old.version)
    }
}
