//! Where meetings are kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a meeting with who should attend | `Query` `MTG#id`, consistent | 1 per 4 KB: 90 persons are about 7 |
//! | the meeting alone | `GetItem`, consistent | 1 |
//! | meetings of an organisation by the day they are held | `Query` index `held` | 0.5 per 4 KB |
//! | a person's | `Query` index `person`, `BatchGetItem` | 0.5 per 4 KB, 0.5 each |
//! | who should attend | `Query` index `place` of the register; of a committee its appointments, `BatchGetItem` | 0.5 per 4 KB |
//! | what a branch owes | `Query` of its appointments, index `tree` for its groups, index `held` of each; `GetItem` of its book | 0.5 per 4 KB each |
//! | what is to be told of it next | one row of the same transaction | 2, and 2 for index `tell` |
//! | planned, changed, cancelled, signed | one `TransactWriteItems`: the meeting and each person | 2 per row and KB, 1 per index |
//! | attendance | one `TransactWriteItems`: who changed | 2 per row, 1 per index |
//! | a code that was typed | `GetItem`, one `TransactWriteItems` of one's own row | 1, 4 |
//! | a calendar | `GetItem` of its address and of whose it is, `Query` index `person`, `BatchGetItem` | 1.5, 0.5 per 4 KB, 0.5 each |

mod life;
mod rows;

pub(crate) use rows::{CalendarRow, CodeRow, MeetingRow, PersonRow, SHARDS, TellRow};

use crate::domain::{MOST_PEOPLE, Meeting, Outlook, Person};
use cloud::{Environment, StartError};
use dynamo::{Change, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::civil::Date;
use kernel::{ErrorCode, MediaId, MeetingId, MemberId, OrgId, Refusal};
use org_life::Kind;
use register::{Appointment, Media, MediaRecords, Member, MemberRow, MemberState, Node, Organizations, People};
use serde::Deserialize;
use std::collections::BTreeSet;
use task_records::{Task, TaskRow, Tasks};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    table: Table,
    people: People,
    organizations: Organizations,
    media: MediaRecords,
    tasks: Tasks,
    dues: Table,
    pub(crate) ledger: Ledger,
}

/// A row under a meeting.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Person(Box<PersonRow>),
    Meeting(Box<MeetingRow>),
    Tell(Box<TellRow>),
    Code(#[expect(dead_code, reason = "so that what is none of these is an error")] CodeRow),
}

/// A meeting with who should attend it, as they are now, and what is to be told of it.
pub(crate) async fn parts(table: &Table, id: MeetingId) -> Result<(Meeting, Vec<Person>, Option<TellRow>), StoreError> {
    /// Rows of one meeting, at most.
    const ROWS: u16 = 200;
    let all = Stretch::whole(MeetingRow::partition(id)).consistent();
    let found: Found<Row> = table.first(&all, ROWS).await?;
    let (mut meeting, mut people, mut tell) = (None, Vec::new(), None);
    for row in found.items {
        match row {
            Row::Meeting(row) => meeting = Some(row.meeting),
            Row::Person(row) => people.push(row.person),
            Row::Tell(row) => tell = Some(*row),
            Row::Code(_) => {}
        }
    }
    Ok((meeting.ok_or_else(absent)?, people, tell))
}

/// The key of a meeting in index `person`.
#[derive(Deserialize)]
struct Mine {
    meeting: MeetingId,
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

impl Store {
    /// Persons on the rolls of one branch that are looked at.
    const ROLLS: u16 = 500;
    /// Meetings of one organisation in a year, at most, for what it owes.
    const A_YEAR: u16 = 2_000;

    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let ledger = Ledger::open(env)?;
        Ok(Self {
            table: Table::open(env, "MEETINGS_TABLE")?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
            media: MediaRecords::open(env)?,
            tasks: Tasks::open(env, ledger.clone())?,
            dues: Table::open(env, "DUES_TABLE")?,
            ledger,
        })
    }

    /// Opens the connection to the store.
    pub(crate) async fn prime(&self) {
        self.table.prime().await;
    }

    /// An organisation.
    pub(crate) async fn node(&self, id: OrgId) -> Result<Node, StoreError> {
        self.organizations.node(id).await
    }

    /// A meeting, as it is now.
    pub(crate) async fn meeting(&self, id: MeetingId) -> Result<Meeting, StoreError> {
        let row: Option<MeetingRow> = self.table.get(MeetingRow::key(id), Read::Consistent).await?;
        row.map(|row| row.meeting).ok_or_else(absent)
    }

    /// A meeting with who should attend it, as they are now.
    pub(crate) async fn whole(&self, id: MeetingId) -> Result<(Meeting, Vec<Person>), StoreError> {
        parts(&self.table, id).await.map(|(meeting, people, _)| (meeting, people))
    }

    /// The row of one who should attend.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when they should not.
    pub(crate) async fn person(&self, id: MeetingId, member: MemberId) -> Result<Person, StoreError> {
        let row: Option<PersonRow> = self.table.get(PersonRow::key(id, member), Read::Consistent).await?;
        row.map(|row| row.person).ok_or_else(absent)
    }

    /// The code that is shown at a meeting, if there is one.
    pub(crate) async fn code(&self, id: MeetingId) -> Result<Option<CodeRow>, StoreError> {
        self.table.get(CodeRow::key(id), Read::Consistent).await
    }

    /// A person's record.
    pub(crate) async fn register(&self, id: MemberId, read: Read) -> Result<Member, StoreError> {
        self.people.person(id, read).await
    }

    /// Persons of the register by their ids, as far as there are such.
    pub(crate) async fn members(&self, ids: BTreeSet<MemberId>) -> Result<Vec<Member>, StoreError> {
        let keys = ids.into_iter().map(|id| Key::new(MemberRow::partition(id), "MBR")).collect();
        let rows: Vec<MemberRow> = self.people.table().get_all(keys, Read::Eventual).await?;
        Ok(rows.into_iter().map(|row| row.member).collect())
    }

    /// Who holds an office of the committee of `node` on `day`.
    async fn committee(&self, node: &Node, day: Date) -> Result<BTreeSet<MemberId>, StoreError> {
        let all = self.organizations.officers(node.id).await?;
        let holds = |office: &Appointment| office.role.is_committee() && office.holds_on(day);
        Ok(all.into_iter().filter(holds).map(|office| office.holder).collect())
    }

    /// Who should attend a meeting of these kinds of the organisation `node`, by their names: its committee, where it is
    /// nothing but of the committee; otherwise everybody on its rolls and on those of its groups whose membership is not
    /// suspended. One more than a meeting may have, at most.
    pub(crate) async fn expected(
        &self,
        node: &Node,
        kinds: &BTreeSet<Kind>,
        day: Date,
    ) -> Result<Vec<Member>, StoreError> {
        let mut members = if kinds.iter().all(|kind| kind.is_of_committee()) {
            self.members(self.committee(node, day).await?).await?
        } else {
            let below = MemberRow::below(&node.path, true);
            let found: Found<Listed> = self.people.table().first(&below, Self::ROLLS).await?;
            let part = found.items.into_iter().filter(|listed| listed.state.takes_part());
            self.members(part.map(|listed| listed.id).take(MOST_PEOPLE + 1).collect()).await?
        };
        members.retain(|member| member.state.takes_part());
        members.sort_by_key(|member| (member.name.key().pinyin, member.id));
        Ok(members)
    }

    /// A media record, if there is one.
    pub(crate) async fn media(&self, id: MediaId) -> Result<Option<Media>, StoreError> {
        self.media.find(id, Read::Eventual).await
    }

    /// Adds a meeting with who should attend it.
    pub(crate) fn plan(&self, meeting: &Meeting, people: &[Person]) -> Change {
        let change = Change::new().insert(&self.table, &MeetingRow::new(meeting.clone()), ErrorCode::Conflict);
        people.iter().fold(change, |change, person| {
            change.insert(&self.table, &PersonRow::new(person.clone(), meeting), ErrorCode::Conflict)
        })
    }

    /// Notes what is to be told of `meeting` next, if anything is.
    pub(crate) fn tell(&self, change: Change, meeting: &Meeting, outlook: Option<Outlook>) -> Change {
        match outlook {
            Some(outlook) => change.overwrite(&self.table, &TellRow::new(meeting, outlook)),
            None => change,
        }
    }

    /// Turns `old` into `new`, if nobody changed it since it was read.
    pub(crate) fn change(&self, change: Change, old: &Meeting, new: &Meeting) -> Change {
        change.replace(&self.table, &MeetingRow::new(new.clone()), old.version)
    }

    /// Writes the rows of `people` of `meeting` again, whose versions were those of `old` when they were read.
    pub(crate) fn people(&self, change: Change, meeting: &Meeting, old: &[Person], new: &[Person]) -> Change {
        new.iter().fold(change, |change, person| {
            let version = old.iter().find(|old| old.member == person.member).map_or(0, |old| old.version);
            change.replace(&self.table, &PersonRow::new(person.clone(), meeting), version)
        })
    }

    /// Lets `change` happen only as long as the meeting is as it was read.
    pub(crate) fn while_unchanged(&self, change: Change, meeting: &Meeting) -> Change {
        change.unchanged(&self.table, MeetingRow::key(meeting.id), meeting.version)
    }

    /// Shows another code.
    pub(crate) fn show(&self, change: Change, code: &CodeRow) -> Change {
        change.overwrite(&self.table, code)
    }

    /// Adds a task that follows from a resolution.
    pub(crate) fn follow_up(&self, change: Change, task: &Task, node: &Node) -> Change {
        let row = TaskRow::new(task.clone(), node.path.clone(), 0, task.updated_at, false);
        self.tasks.enter(change, &row)
    }

    /// Meetings of an organisation that are held from `from` until `until`, latest first.
    pub(crate) async fn list(
        &self,
        organization: OrgId,
        (from, until): (Option<Date>, Option<Date>),
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Meeting>, StoreError> {
        let found: Found<MeetingRow> =
            self.table.page(&held(organization, from, until).descending(), after, limit).await?;
        Ok(Found { items: found.items.into_iter().map(|row| row.meeting).collect(), after: found.after })
    }

    /// All meetings of an organisation that are held from `from` until `until`.
    pub(crate) async fn all(
        &self,
        organization: OrgId,
        (from, until): (Date, Date),
    ) -> Result<Vec<Meeting>, StoreError> {
        let found: Found<MeetingRow> =
            self.table.first(&held(organization, Some(from), Some(until)), Self::A_YEAR).await?;
        Ok(found.items.into_iter().map(|row| row.meeting).collect())
    }

    /// Meetings that a person should attend, from the day `from` on where it is given, earliest first; otherwise latest first.
    pub(crate) async fn of_person(
        &self,
        member: MemberId,
        from: Option<Date>,
        (after, limit): (Option<&str>, u16),
    ) -> Result<Found<Meeting>, StoreError> {
        let mut mine = Stretch::whole(member.to_string()).of_index("person", "member", "personKey");
        match from {
            Some(day) => mine.from = day.to_string(),
            None => mine = mine.descending(),
        }
        let found: Found<Mine> = self.table.page(&mine, after, limit).await?;
        let ids: Vec<_> = found.items.iter().map(|mine| mine.meeting).collect();
        let rows: Vec<MeetingRow> =
            self.table.get_all(ids.iter().map(|id| MeetingRow::key(*id)).collect(), Read::Eventual).await?;
        let mut meetings: Vec<_> = rows.into_iter().map(|row| row.meeting).collect();
        meetings.sort_by_key(|meeting| ids.iter().position(|id| *id == meeting.id));
        Ok(Found { items: meetings, after: found.after })
    }

    /// The address of a person's calendar, if they have one.
    pub(crate) async fn calendar_of(&self, member: MemberId) -> Result<Option<CalendarRow>, StoreError> {
        self.table.get(CalendarRow::of_member(member), Read::Consistent).await
    }

    /// Whose calendar is at an address.
    pub(crate) async fn calendar_at(&self, hash: &str) -> Result<MemberId, StoreError> {
        let row: Option<CalendarRow> = self.table.get(CalendarRow::at(hash), Read::Consistent).await?;
        row.map(|row| row.member).ok_or_else(absent)
    }

    /// Gives a person's calendar another address, or none.
    pub(crate) fn readdress(&self, old: Option<&CalendarRow>, new: Option<&CalendarRow>) -> Change {
        let mut change = Change::new();
        if let Some(old) = old {
            change = change.discard(&self.table, CalendarRow::at(&old.hash));
        }
        match (old, new) {
            (_, Some(new)) => {
                let Key { pk, sk } = CalendarRow::at(&new.hash);
                let found = CalendarRow { pk, sk, ..new.clone() };
                change.overwrite(&self.table, new).insert(&self.table, &found, ErrorCode::Conflict)
            }
            (Some(old), None) => change.discard(&self.table, CalendarRow::of_member(old.member)),
            (None, None) => change,
        }
    }
}

/// A person as index `place` of the register has them.
#[derive(Deserialize)]
struct Listed {
    id: MemberId,
    state: MemberState,
}

/// Index `held`: meetings of an organisation by the day they are held.
fn held(organization: OrgId, from: Option<Date>, until: Option<Date>) -> Stretch {
    let mut stretch = Stretch::whole(organization.to_string()).of_index("held", "organization", "heldKey");
    if let Some(from) = from {
        stretch.from = from.to_string();
    }
    if let Some(until) = until {
        stretch.until = format!("{until}~");
    }
    stretch
}
