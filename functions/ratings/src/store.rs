//! Where the star review is kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | the sheet of a year | `GetItem` `SHT#committee`/`year`, consistent | 1 per 4 KB |
//! | an application | `GetItem` `STA#id`/`STA`, consistent | 1 per 4 KB |
//! | those of an organisation and those below it | `Query` index `place` of each district | 0.5 per 4 KB of summaries |
//! | all that are public in a year, by id | `Query` index `shown` | 0.5 per 4 KB of summaries |
//! | the report of a root | the same, those that are awarded | the same |
//! | the report of others | `Query` index `place`, awarded ones of all years | the same |
//! | objections to one, all or one's own | `Query` `STA#id`/`sto_…`, consistent | 1 per 4 KB of all |
//! | whether one of them is open | the same | the same |
//! | how often somebody objected | `GetItem` `STA#id`/`OBJECTIONS`, consistent | 1 |
//! | a branch applies | one `TransactWriteItems`: the application, that it applied, the count, that the branch is as it was | 2 per row, KB and index |
//! | a step | one `TransactWriteItems`: the application, a notice of three rows or an announcement of one | the same |
//! | somebody objects | one `TransactWriteItems`: the objection, that they did, the count, that the application is as it was | 2 per row |
//! | the star is awarded | the same as a step, unless somebody objected meanwhile | the same |
//! | an activity that is linked | `Query` of the trace by its id, consistent | 1 |
//! | a branch's year of the trace | `Query` | 0.5 per 4 KB |
//! | who is secretary | `Query` of the organisation's appointments | 0.5 per 4 KB |

mod rows;

pub(crate) use rows::{ApplicationRow, AppliedRow, Listed, ObjectionRow, RaisedRow, SheetRow};

use crate::domain::{StarApplication, StarObjection, StarSheet, StarState};
use authz::Role;
use cloud::{Environment, StartError};
use dynamo::{Activity, Change, Filter, Found, Key, Ledger, Read, StoreError, Stretch, Table, Trace};
use jiff::civil::Date;
use kernel::{ActivityId, ErrorCode, MemberId, OrgId, OrgPath, Refusal, StarApplicationId, StarObjectionId, Text};
use notices::Notices;
use register::{MemberRow, Node, OrgKind, Organizations, People, Readings, StarReviews, walk};
use rows::Counted;
use serde::Deserialize;

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    table: Table,
    organizations: Organizations,
    people: People,
    trace: Trace,
    pub(crate) readings: Readings,
    pub(crate) notices: Notices,
    pub(crate) ledger: Ledger,
}

/// Where a page begins and how much is on it.
pub(crate) type Wanted<'a> = (Option<&'a str>, u16);

/// Rows of the report in one request.
const ROWS: u16 = 1_000;

/// Where somebody belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    /// The branch or group whose record has them.
    pub(crate) organization: OrgId,
    /// Whether they are on its rolls.
    pub(crate) is_current: bool,
    /// Their branch, be it by one of its groups.
    pub(crate) branch: OrgId,
    /// The committee at the root of its tree.
    pub(crate) committee: OrgId,
}

/// A counter of changes.
#[derive(Deserialize)]
struct Counter {
    version: u64,
}

fn absent() -> StoreError {
    Refusal::new(ErrorCode::NotFound).into()
}

fn taken(code: ErrorCode, zh: &'static str, en: &'static str) -> Refusal {
    Refusal::new(code).because(Text::of(zh, en))
}

/// What everybody may know of in a year.
fn shown(committee: OrgId, year: i16) -> Stretch {
    Stretch::whole(ApplicationRow::shown(committee, year)).of_index("shown", "shown", "id")
}

/// Objections to an application that `filter` leaves.
fn raised(id: StarApplicationId, filter: Filter) -> Stretch {
    let Key { pk, .. } = ApplicationRow::key(id);
    Stretch::beginning(pk, &format!("{}_", StarObjectionId::PREFIX)).consistent().only(filter)
}

impl Store {
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            table: Table::open(env, "RATINGS_TABLE")?,
            organizations: Organizations::open(env)?,
            people: People::open(env)?,
            trace: Trace::open(env)?,
            readings: Readings::open(env)?,
            notices: Notices::open(env)?,
            ledger: Ledger::open(env)?,
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

    /// Where a person belongs.
    pub(crate) async fn home(&self, member: MemberId) -> Result<Home, StoreError> {
        let person = self.people.person(member, Read::Eventual).await?;
        let node = self.node(person.organization).await?;
        let committee = node.path.root_id().unwrap_or(node.id);
        let branch = node.path.parent().filter(|_| node.kind == OrgKind::Group).unwrap_or(node.id);
        Ok(Home { organization: node.id, is_current: person.state.is_current(), branch, committee })
    }

    /// The committee over a branch, and what it stands above on the way to the branch; `None` when there is none.
    pub(crate) async fn over(&self, branch: &Node) -> Result<Option<(OrgPath, OrgId)>, StoreError> {
        let found = self.organizations.committee_over(&branch.path).await?;
        Ok(found.map(|(seat, committee)| (seat, committee.id)))
    }

    /// Who is secretary of the organisation `id` on `day`.
    pub(crate) async fn secretaries(&self, id: OrgId, day: Date) -> Result<Vec<MemberId>, StoreError> {
        let held = self.organizations.officers(id).await?.into_iter();
        Ok(held.filter(|held| held.role == Role::Secretary && held.holds_on(day)).map(|held| held.holder).collect())
    }

    /// The activity `id` in the matters of `organization`.
    pub(crate) async fn activity(&self, organization: OrgId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        self.trace.one(&Activity::partition(organization), id).await
    }

    /// A page of what was done in the matters of `organization` since the day `from`, latest first.
    pub(crate) async fn done(
        &self,
        organization: OrgId,
        from: Option<Date>,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Activity>, StoreError> {
        self.trace.of_organization(organization, (from, None), after, limit).await
    }

    /// The sheet of a year.
    pub(crate) async fn sheet(&self, committee: OrgId, year: i16) -> Result<Option<StarSheet>, StoreError> {
        let row: Option<SheetRow> = self.table.get(SheetRow::key(committee, year), Read::Consistent).await?;
        Ok(row.map(|row| row.sheet))
    }

    /// The sheet that an application is scored by.
    pub(crate) async fn sheet_of(&self, application: &StarApplication) -> Result<StarSheet, StoreError> {
        self.sheet(application.committee, application.year).await?.ok_or_else(absent)
    }

    /// Adds the sheet of a year.
    pub(crate) fn draw(&self, sheet: &StarSheet) -> Change {
        let taken = taken(
            ErrorCode::AlreadyDecided,
            "该年度已有评分表，请修改原表",
            "the year has a sheet already: edit that one",
        );
        Change::new().insert(&self.table, &SheetRow::new(sheet.clone()), taken)
    }

    /// Puts `sheet` in the place of its version `version`.
    pub(crate) fn redraw(&self, sheet: &StarSheet, version: u64) -> Change {
        Change::new().replace(&self.table, &SheetRow::new(sheet.clone()), version)
    }

    /// An application.
    pub(crate) async fn application(&self, id: StarApplicationId) -> Result<StarApplication, StoreError> {
        let row: Option<ApplicationRow> = self.table.get(ApplicationRow::key(id), Read::Consistent).await?;
        row.map(|row| row.application).ok_or_else(absent)
    }

    /// A page of applications of branches at and below `place`, open ones or those that were awarded.
    pub(crate) async fn list(
        &self,
        place: &OrgPath,
        open: bool,
        filter: Filter,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Listed>, StoreError> {
        let areas = self.organizations.areas(place).await?;
        walk(&self.table, &areas, after, limit, |part| MemberRow::among(part, place, open).only(filter.clone())).await
    }

    /// Where branches at and below `place` stand that were awarded in a year, and with how many stars. Those of a root are read by
    /// their year; below it that would read the whole tree.
    pub(crate) async fn awarded(&self, place: &OrgPath, year: i16) -> Result<Vec<(OrgPath, u8)>, StoreError> {
        let root = place.root_id().filter(|_| place.depth() == 1);
        let awarded = Filter::default().equals("state", StarState::Awarded.slug());
        let of_root = root.map(|root| shown(root, year).only(awarded.clone()));
        let areas = if of_root.is_some() { Vec::new() } else { self.organizations.areas(place).await? };
        let of_year = awarded.equals("period", &year.to_string());
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let part = |part: &OrgPath| MemberRow::among(part, place, false).only(of_year.clone());
            let found: Found<Counted> = match &of_root {
                Some(of_root) => self.table.page(of_root, after.as_deref(), ROWS).await?,
                None => walk(&self.table, &areas, after.as_deref(), ROWS, part).await?,
            };
            all.extend(found.items.into_iter().filter_map(|row| Some((row.path, row.star?))));
            after = found.after;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// A page of what everybody may know of in a year, by id.
    pub(crate) async fn shown(
        &self,
        committee: OrgId,
        year: i16,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<Listed>, StoreError> {
        self.table.page(&shown(committee, year), after, limit).await
    }

    /// Adds the application of `branch`, if it has none of the year and is as it was read. It is counted, so that the branch is not
    /// closed over it.
    pub(crate) fn file(&self, application: &StarApplication, branch: &Node) -> Change {
        let taken = taken(ErrorCode::AlreadyOpen, "本支部该年度已申报", "the branch applied in this year already");
        let row = ApplicationRow::new(application.clone(), branch.path.clone());
        let change = Change::new()
            .insert(&self.table, &AppliedRow::of(application), taken)
            .insert(&self.table, &row, ErrorCode::Conflict)
            .count(&self.table, StarReviews::filed(branch.id));
        self.organizations.while_unchanged(change, branch)
    }

    /// Puts the application of the branch at `path` in the place of its version `version`.
    pub(crate) fn step(&self, application: &StarApplication, path: &OrgPath, version: u64) -> Change {
        let row = ApplicationRow::new(application.clone(), path.clone());
        Change::new().replace(&self.table, &row, version)
    }

    /// An objection.
    pub(crate) async fn objection(
        &self,
        application: StarApplicationId,
        id: StarObjectionId,
    ) -> Result<StarObjection, StoreError> {
        let found: Option<StarObjection> = self.table.get(ObjectionRow::key(application, id), Read::Consistent).await?;
        found.ok_or_else(absent)
    }

    /// How often somebody objected to an application, and whether an objection is open, in this order.
    pub(crate) async fn disputed(&self, id: StarApplicationId) -> Result<(u64, bool), StoreError> {
        let counter: Option<Counter> = self.table.get(ApplicationRow::counter(id), Read::Consistent).await?;
        let open = raised(id, Filter::default().equals("state", "open"));
        let found: Found<StarObjection> = self.table.first(&open, 1).await?;
        Ok((counter.map_or(0, |counter| counter.version), !found.items.is_empty()))
    }

    /// A page of objections to an application, those of `member` alone where there is one, earlier ones first.
    pub(crate) async fn objections(
        &self,
        id: StarApplicationId,
        member: Option<MemberId>,
        (after, limit): Wanted<'_>,
    ) -> Result<Found<StarObjection>, StoreError> {
        let own = |member: MemberId| Filter::default().equals("raisedBy", &member.to_string());
        self.table.page(&raised(id, member.map_or_else(Filter::default, own)), after, limit).await
    }

    /// Adds an objection, as long as `application` is what it is against and its author raised none.
    pub(crate) fn object(&self, objection: &StarObjection, application: &StarApplication) -> Change {
        let taken = taken(ErrorCode::AlreadyOpen, "您已提出过异议", "you objected already");
        Change::new()
            .insert(&self.table, &RaisedRow::of(objection), taken)
            .insert(&self.table, &ObjectionRow::new(objection.clone(), application), ErrorCode::Conflict)
            .count(&self.table, ApplicationRow::counter(application.id))
            .unchanged(&self.table, ApplicationRow::key(application.id), application.version)
    }

    /// Adds to `change` that an objection to `application` of version `version` is `objection` now.
    pub(crate) fn answer(
        &self,
        change: Change,
        objection: &StarObjection,
        (application, version): (&StarApplication, u64),
    ) -> Change {
        change.replace(&self.table, &ObjectionRow::new(objection.clone(), application), version)
    }

    /// Lets `change` happen only as long as nobody objects once more.
    pub(crate) fn while_undisputed(&self, change: Change, id: StarApplicationId, counted: u64) -> Change {
        change.advance(&self.table, ApplicationRow::counter(id), counted)
    }
}
