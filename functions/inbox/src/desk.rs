//! Where the records are read that somebody has to do something about: few requests, side by side, each of one bounded page.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | tasks that await a person, or their decision | `Query` indexes `person` and `review` of tasks | 0.5 per 4 KB |
//! | meetings that a person is to write down | `Query` index `person` of meetings, `BatchGetItem` of those that count nothing yet | 0.5 per 4 KB, 0.5 each |
//! | what they owe of dues | `Query` `MBR#id`, `BILL#…` of dues, consistent | 1 per 4 KB |
//! | the organisations in which they hold an office | `BatchGetItem` | 0.5 each |
//! | of a branch or group, who signs for it: its meetings since the beginning of the year | `Query` index `held` | 0.5 per 4 KB |
//! | of a branch: its offices, its groups, also those that are closed, and what each of these held | `Query` each | 0.5 per 4 KB |
//! | who keeps its dues: what waits, of whom nothing is set | `Query` index `open`; `Query` index `place` of the register and `branch` of dues | 0.5 per 4 KB |
//! | transfers, corrections, exports, trainings | `Query` each (`register::WaitingRecords`) | 0.5 per 4 KB |
//! | star reviews: drafts of a branch, what a committee reviews, what the department of the root does | `Query` (`register::StarReviews`); `GetItem` of who has them, where something waits | 0.5 per 4 KB; 0.5 |
//! | what the committee at the root reviews | `Query` index `children`, and one of the above for each branch and general branch directly below | 0.5 per 4 KB each |

use crate::duties::{self, Todos};
use authz::{Action, Caller, Reach, Role, reach};
use cloud::{Environment, StartError};
use dues_records::{DuesTable, Month};
use dynamo::{Found, Key, Ledger, Read, StoreError, Stretch, Table};
use futures_util::future::{try_join, try_join_all};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{MeetingId, MemberId, OrgId, OrgPath, shanghai_day};
use org_life::MeetingRecord;
use register::{
    MemberRow, Node, NodeRow, NodeStatus, OpenStar, OrgKind, Organizations, People, StarReviews, StarState,
    WaitingRecords, WaitingTransfer,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    pin::Pin,
};
use task_records::{Listed, Tasks};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    tasks: Tasks,
    meetings: Table,
    dues: DuesTable,
    records: WaitingRecords,
    stars: StarReviews,
    people: People,
    organizations: Organizations,
}

/// What somebody may do at an organisation by the offices that they hold in it.
struct Office<'a> {
    node: Node,
    roles: &'a [Role],
    /// All the offices that they hold.
    held: &'a BTreeMap<OrgId, Vec<Role>>,
    member: MemberId,
}

impl Office<'_> {
    /// Whether it lets them do `action` there, or below it.
    fn may(&self, action: Action) -> bool {
        self.roles.iter().any(|role| reach(*role, action) != Reach::Never)
    }

    /// Whether it is a branch for good: what the regulation asks of branches is asked of it.
    fn is_branch(&self) -> bool {
        self.node.kind == OrgKind::Branch && !self.node.temporary
    }

    /// Whether it is a committee, which decides about the branches below it.
    fn is_committee(&self) -> bool {
        self.node.kind < OrgKind::GeneralBranch
    }

    /// Whether all below it is in one list: above the districts lists are kept apart.
    fn is_in_one_list(&self) -> bool {
        self.node.path.depth() >= MemberRow::AREA_DEPTH
    }
}

/// Where somebody belongs, by their record.
#[derive(Deserialize)]
struct Home {
    path: OrgPath,
}

/// A meeting as its index `person` has it (`meetings` writes them); what it counts is there once it is signed.
#[derive(Deserialize)]
struct Attended {
    meeting: MeetingId,
    credit: Option<serde_json::Value>,
}

/// What `read` finds, where it is asked for at all. Boxed: several of them are read at once.
fn when<T>(
    wanted: bool,
    read: impl Future<Output = Result<T, StoreError>>,
) -> Pin<Box<impl Future<Output = Result<Option<T>, StoreError>>>> {
    Box::pin(async move { if wanted { read.await.map(Some) } else { Ok(None) } })
}

impl Desk {
    /// Organisations in which somebody holds an office that are looked at.
    const OFFICES: usize = 8;
    /// Tasks of one person that are looked at.
    const TASKS: u16 = 500;
    /// Days that a meeting stays with who is to write it down.
    const DAYS: i32 = 60;
    /// Months of dues of one person that are looked at, this one beside them.
    const MONTHS: i32 = 24;
    /// Meetings of one organisation, or of one person, that are looked at.
    const MEETINGS: u16 = 1_000;
    /// Groups of a branch whose meetings are read together, and branches whose applications are.
    const AT_ONCE: usize = 5;

    pub(crate) fn open(env: &Environment, ledger: Ledger) -> Result<Self, StartError> {
        Ok(Self {
            tasks: Tasks::open(env, ledger)?,
            meetings: Table::open(env, "MEETINGS_TABLE")?,
            dues: DuesTable::open(env)?,
            records: WaitingRecords::open(env)?,
            stars: StarReviews::open(env)?,
            people: People::open(env)?,
            organizations: Organizations::open(env)?,
        })
    }

    /// What `caller` has to do at `now`: in their own person, and in each of their offices.
    pub(crate) async fn todos(&self, caller: &Caller, now: Timestamp) -> Result<Todos, StoreError> {
        // Boxed: each has calls of several tables in it.
        let own = Box::pin(self.own(caller.member, now));
        let (own, offices) = try_join(own, Box::pin(self.offices(caller, now))).await?;
        Ok(own.and(offices).ordered())
    }

    async fn own(&self, member: MemberId, now: Timestamp) -> Result<Todos, StoreError> {
        let this = Month::at(now);
        let (tasks, reviews, meetings, bills) = tokio::try_join!(
            self.tasks.open_of(member, Self::TASKS),
            self.tasks.to_review(member, Self::TASKS),
            self.unsigned(member, shanghai_day(now)),
            self.dues.bills(member, (this.after(-Self::MONTHS), this)),
        )?;
        let all = |found: &[Listed]| found.len() >= usize::from(Self::TASKS);
        let mut todos = Todos { items: Vec::new(), more: all(&tasks) || all(&reviews) };
        todos.items.extend(tasks.iter().filter_map(duties::task).chain(reviews.iter().filter_map(duties::review)));
        todos.take(Some(meetings), |meeting| duties::minutes(meeting, member, now));
        todos.items.extend(duties::bills(bills.iter().map(|row| &row.bill), member));
        Ok(todos)
    }

    /// Meetings of the last days that `member` should have attended and that count nothing for them yet.
    async fn unsigned(&self, member: MemberId, today: Date) -> Result<Found<MeetingRecord>, StoreError> {
        let mut mine = Stretch::whole(member.to_string()).of_index("person", "member", "personKey");
        mine.from = today.saturating_sub(Self::DAYS.days()).to_string();
        mine.until = format!("{today}~");
        let found: Found<Attended> = self.meetings.page(&mine, None, Self::MEETINGS).await?;
        let open = found.items.into_iter().filter(|row| row.credit.is_none());
        let keys = open.map(|row| Key::new(format!("MTG#{}", row.meeting), "MTG")).collect();
        Ok(Found { items: self.meetings.get_all(keys, Read::Eventual).await?, after: found.after })
    }

    async fn offices(&self, caller: &Caller, now: Timestamp) -> Result<Todos, StoreError> {
        let mut held = BTreeMap::<OrgId, Vec<Role>>::new();
        for grant in &caller.grants {
            held.entry(grant.org).or_default().push(grant.role);
        }
        let keys = held.keys().take(Self::OFFICES).map(|id| Key::new(NodeRow::partition(*id), "ORG"));
        let rows: Vec<NodeRow> = self.organizations.table().get_all(keys.collect(), Read::Eventual).await?;
        let nodes = rows.into_iter().map(|row| row.node).filter(|node| node.status == NodeStatus::Active);
        let offices = nodes.filter_map(|node| {
            let roles = held.get(&node.id)?;
            Some(Office { node, roles, held: &held, member: caller.member })
        });
        let each = offices.map(|office| Box::pin(self.office(office, now)));
        let todos = Todos { items: Vec::new(), more: held.len() > Self::OFFICES };
        Ok(try_join_all(each).await?.into_iter().fold(todos, Todos::and))
    }

    async fn office(&self, office: Office<'_>, now: Timestamp) -> Result<Todos, StoreError> {
        let (meetings, dues, papers, stars) = tokio::try_join!(
            Box::pin(self.meetings_of(&office, now)),
            Box::pin(self.dues_of(&office, now)),
            Box::pin(self.papers_of(&office, now)),
            Box::pin(self.stars_of(&office, now)),
        )?;
        let mut todos = meetings.and(dues).and(papers).and(stars);
        if office.roles.iter().any(|role| matches!(role, Role::Secretary | Role::DeputySecretary)) {
            todos.items.extend(duties::election(&office.node, shanghai_day(now)));
        }
        Ok(todos)
    }

    /// What was written down and is to be signed, and what a branch holds by the regulation.
    async fn meetings_of(&self, office: &Office<'_>, now: Timestamp) -> Result<Todos, StoreError> {
        let (node, today) = (&office.node, shanghai_day(now));
        let signs = office.may(Action::SignMinutes) && node.kind.has_members();
        let owes = signs && office.is_branch();
        let (held, offices, groups) = tokio::try_join!(
            when(signs, self.held(node.id, today)),
            when(owes, self.organizations.officers(node.id)),
            when(owes, self.organizations.groups(node, duties::since(today))),
        )?;
        let mut todos = Todos::default();
        if let (Some(held), Some(offices), Some(groups)) = (&held, offices, groups) {
            let counted =
                |found: &Found<MeetingRecord>| found.items.iter().filter_map(MeetingRecord::counts).collect::<Vec<_>>();
            let mut bodies = Vec::with_capacity(groups.len());
            for some in groups.chunks(Self::AT_ONCE) {
                let each = some.iter().map(|group| Box::pin(self.held(group.id, today)));
                let held = try_join_all(each).await?;
                bodies.extend(some.iter().zip(&held).map(|(group, held)| group.body(counted(held))));
            }
            let obliged = node.obliged(counted(held), &offices, bodies);
            todos.items.extend(duties::org_life(node.id, &obliged, today)?);
        }
        todos.take(held, duties::signature);
        Ok(todos)
    }

    /// Meetings of an organisation from the beginning of the year in which the first period lies that is looked at, until today.
    async fn held(&self, organization: OrgId, today: Date) -> Result<Found<MeetingRecord>, StoreError> {
        let mut held = Stretch::whole(organization.to_string()).of_index("held", "organization", "heldKey");
        held.from = format!("{:04}-01-01", duties::since(today).year());
        held.until = format!("{today}~");
        self.meetings.first(&held, Self::MEETINGS).await
    }

    async fn dues_of(&self, office: &Office<'_>, now: Timestamp) -> Result<Todos, StoreError> {
        let (node, month) = (&office.node, Month::at(now));
        let (keeps, decides) = (office.may(Action::ManageDues), office.may(Action::ApproveDuesRelief));
        let (waiting, without) = try_join(
            when(keeps || decides, self.dues.waiting(node.id, WaitingRecords::MOST)),
            when(keeps && office.is_branch(), self.dues.without_standard(&self.people, node, month)),
        )
        .await?;
        let mut todos = Todos::default();
        todos.take(waiting, |matter| duties::dues(matter, office.member, (keeps, decides)));
        todos.items.extend(without.and_then(|without| duties::standards(node.id, without, month)));
        Ok(todos)
    }

    /// Transfers, corrections, exports and trainings.
    async fn papers_of(&self, office: &Office<'_>, now: Timestamp) -> Result<Todos, StoreError> {
        let (node, member, today, records) = (&office.node, office.member, shanghai_day(now), &self.records);
        let (path, rolls) = (&node.path, node.kind.has_members());
        let approves = office.is_committee() && office.is_in_one_list() && office.may(Action::ApproveTransfer);
        let (leaving, coming, gone, asked, exports, trainings) = tokio::try_join!(
            when(approves, self.transfers_at(path)),
            when(rolls && office.may(Action::ReceiveTransfer), records.coming(path)),
            when(rolls && office.may(Action::SendTransfer), records.unacknowledged(path)),
            when(rolls && office.may(Action::DecideCorrection), records.corrections(path)),
            when(office.may(Action::ApproveExport), records.exports(node.id, now)),
            when(office.may(Action::ConfirmTraining), records.trainings(node.id, now)),
        )?;
        let mut todos = Todos::default();
        todos.take(leaving, |one| duties::transfer(one, member));
        todos.take(coming, |one| duties::reception(one, member, today));
        todos.take(gone, |one| duties::receipt(one, member));
        todos.take(asked, |one| duties::correction(one, member));
        todos.take(exports, |one| duties::export(one, member));
        todos.take(trainings, |one| duties::training(one, member));
        Ok(todos)
    }

    /// Star reviews: what a branch hands in, the committee above reviews, and the department of the committee at the root does. Nobody
    /// is shown what is about a branch of theirs.
    async fn stars_of(&self, office: &Office<'_>, now: Timestamp) -> Result<Todos, StoreError> {
        let (path, member, today) = (&office.node.path, office.member, shanghai_day(now));
        let department = path.depth() == 1 && office.may(Action::GiveStars);
        let (drafts, submitted, waiting) = tokio::try_join!(
            when(office.is_branch() && office.may(Action::ApplyForStars), self.stars.so_far(path, StarState::Draft)),
            when(office.is_committee() && office.may(Action::ReviewStars), self.stars_at(office)),
            when(department, self.stars.waiting(office.node.id)),
        )?;
        let any = submitted.as_ref().is_some_and(|found| !found.items.is_empty())
            || waiting.as_ref().is_some_and(|found| !found.items.is_empty());
        let home = if any { self.home(member).await? } else { None };
        let own = |branch: OrgId| {
            office.held.contains_key(&branch) || home.as_ref().is_some_and(|home| home.path.passes(branch))
        };
        let objections = waiting.iter().flat_map(|found| &found.items).filter_map(|one| one.application);
        let disputed: BTreeSet<String> = objections.map(String::from).collect();
        let mut todos = Todos::default();
        todos.take(drafts, |draft| duties::star_self_score(draft, today));
        todos.take(submitted, |star| duties::star_review(star, member).filter(|_| !own(star.organization)));
        todos.take(waiting, |one| duties::star_step(one, member, &disputed, today).filter(|_| !own(one.organization)));
        Ok(todos)
    }

    /// Where `member` belongs; `None` for somebody of whom there is no record.
    async fn home(&self, member: MemberId) -> Result<Option<Home>, StoreError> {
        self.people.table().get(Key::new(MemberRow::partition(member), "MBR"), Read::Eventual).await
    }

    /// Transfers that the committee at `path` decides.
    async fn transfers_at(&self, path: &OrgPath) -> Result<Found<WaitingTransfer>, StoreError> {
        let found = self.records.leaving(path).await?;
        self.decided_at(path, found, |transfer| &transfer.from_path).await
    }

    /// Applications for stars that the committee of `office` reviews. Above the districts each branch and general branch directly
    /// below it has a list of its own.
    async fn stars_at(&self, office: &Office<'_>) -> Result<Found<OpenStar>, StoreError> {
        let path = &office.node.path;
        let (parts, more) = if office.is_in_one_list() {
            (vec![path.clone()], None)
        } else {
            let below = self.organizations.branches_below(office.node.id).await?;
            (below.items.into_iter().map(|branch| branch.path).collect(), below.after)
        };
        let mut all = Found { items: Vec::new(), after: more };
        for some in parts.chunks(Self::AT_ONCE) {
            let each = some.iter().map(|part| Box::pin(self.stars.so_far(part, StarState::Submitted)));
            for found in try_join_all(each).await? {
                all.items.extend(found.items);
                all.after = all.after.or(found.after);
            }
        }
        self.decided_at(path, all, |star| &star.path).await
    }

    /// What of `found` the committee at `path` decides: no other committee stands between it and the branch, whose path `branch` says.
    async fn decided_at<T>(
        &self,
        path: &OrgPath,
        mut found: Found<T>,
        branch: fn(&T) -> &OrgPath,
    ) -> Result<Found<T>, StoreError> {
        let between = |one: &T| -> Vec<OrgId> {
            let mut below: Vec<_> = branch(one).ids().skip(path.depth()).collect();
            below.pop();
            below
        };
        let ids: BTreeSet<OrgId> = found.items.iter().flat_map(between).collect();
        let keys = ids.into_iter().map(|id| Key::new(NodeRow::partition(id), "ORG")).collect();
        let nodes: Vec<NodeRow> = self.organizations.table().get_all(keys, Read::Eventual).await?;
        let committees = nodes.into_iter().filter(|row| row.node.kind < OrgKind::GeneralBranch);
        let committees: HashSet<OrgId> = committees.map(|row| row.node.id).collect();
        found.items.retain(|one| between(one).iter().all(|id| !committees.contains(id)));
        Ok(found)
    }
}
