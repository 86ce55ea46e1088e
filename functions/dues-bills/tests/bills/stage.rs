//! Where the tests play: a branch with a secretary, a treasurer and members of whom it is known what they owe.

use authz::Role;
use dues_records::{Bill, BillRow, CaseRow, Class, DuesTable, Fen, Month, NewStandard, YearRow, Years};
use dynamo::{Found, Stretch};
use jiff::Timestamp;
use kernel::{AppointmentId, MemberId, OrgId};
use notices::{NoticeRow, Notices, Recipient};
use register::{Appointment, AppointmentRow, Member, Node, NodeRow, Organizations};
use serde_json::{Value, json};
use testkit::{Bench, Town};

pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) town: Town,
    pub(crate) secretary: Member,
    pub(crate) treasurer: Member,
    pub(crate) member: Member,
    pub(crate) other: Member,
    pub(crate) table: DuesTable,
    pub(crate) job: dues_bills::App,
    notices: Notices,
}

pub(crate) async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let secretary = town.person(1, "林书", &town.branch).await;
    let treasurer = town.person(2, "吴会", &town.branch).await;
    let member = town.person(3, "陈员", &town.branch).await;
    let other = town.person(4, "何员", &town.group).await;
    let organizations = Organizations::open(&bench.env).unwrap();
    for (n, role, holder) in [(1, Role::Secretary, &secretary), (2, Role::DuesOfficer, &treasurer)] {
        let appointment = Appointment {
            id: AppointmentId::from_bytes(1, [n; 10]),
            organization: town.branch.id,
            role,
            holder: holder.id,
            holder_name: holder.name.reveal().try_into().unwrap(),
            from: "2026-01-01".parse().unwrap(),
            until: None,
            decision: "任命".try_into().unwrap(),
            version: 1,
        };
        organizations.table().put(&AppointmentRow::of_organization(appointment)).await.unwrap();
    }
    let table = DuesTable::open(&bench.env).unwrap();
    let notices = Notices::open(&bench.env).unwrap();
    let job = dues_bills::App::connect(&bench.env).await.unwrap();
    let stage = Stage { bench, town, secretary, treasurer, member, other, table, job, notices };
    let _ = stage.bench.wire.take();
    stage
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

impl Stage {
    /// Moves the clock to an instant, in the time of Shanghai.
    pub(crate) fn at(&self, text: &str) {
        let at: Timestamp = format!("{text}+08:00").parse().unwrap();
        self.bench.pass(at.duration_since(self.bench.now()));
    }

    /// The event of `job` that is due now.
    pub(crate) fn event(&self, job: &str) -> Value {
        let at = Timestamp::from_second(self.bench.now().as_second()).unwrap();
        json!({ "time": at, "detail": { "job": job, "attempt": "1" } })
    }

    /// One run of the job that makes bills.
    pub(crate) async fn run(&self) -> Value {
        dues_bills::run(&self.job, self.event("dues-bills")).await.unwrap()
    }

    /// One run of the job that tells of arrears.
    pub(crate) async fn arrears(&self) -> Value {
        dues_bills::run(&self.job, self.event("dues-bills.arrears")).await.unwrap()
    }

    /// Sets 15 yuan a month for a member from `from` on.
    pub(crate) async fn set(&self, member: &Member, branch: OrgId, from: &str) {
        let from = month(from);
        let new = NewStandard {
            class: Class::Wage,
            base: Some(Fen(300_000)),
            amount: None,
            from,
            quarterly: false,
            reason: None,
        };
        let years =
            Years::of(member, branch, from.year()).set(new, None, (self.treasurer.id, self.bench.now())).unwrap();
        self.table.table().put(&YearRow::new(years, None)).await.unwrap();
    }

    /// Open bills of a member for months, each made in its month.
    pub(crate) async fn owes(&self, member: &Member, months: &[&str]) {
        for text in months {
            self.billed(member, text, kernel::start_of_shanghai_day(month(text).last_day())).await;
        }
    }

    /// An open bill of a member that was made at `at`.
    pub(crate) async fn billed(&self, member: &Member, text: &str, at: Timestamp) {
        let who = (member.id, member.name.clone());
        let bill = Bill::new(who, self.town.branch.id, month(text), Fen(1_500), at);
        self.table.table().put(&BillRow::new(bill, 3)).await.unwrap();
    }

    /// Pays a bill.
    pub(crate) async fn pays(&self, member: &Member, text: &str) {
        let rows = self.table.bills(member.id, (month(text), month(text))).await.unwrap();
        let payment = kernel::PaymentId::from_bytes(1, [1; 10]);
        let paid = rows[0].bill.paid(payment, self.bench.now()).unwrap();
        self.table.table().put(&rows[0].changed(paid, 3)).await.unwrap();
    }

    /// Bills of a member for a month.
    pub(crate) async fn bills(&self, member: &Member, text: &str) -> Vec<Bill> {
        let rows = self.table.bills(member.id, (month(text), month(text))).await.unwrap();
        rows.into_iter().map(|row| row.bill).collect()
    }

    /// The kinds of what a person was told, in order.
    pub(crate) async fn told(&self, member: MemberId) -> Vec<String> {
        let all = Stretch::beginning(Recipient::Member(member).partition(), "ntc_").consistent();
        let found: Found<NoticeRow> = self.notices.table().first(&all, 100).await.unwrap();
        found.items.into_iter().map(|row| row.notice.kind).collect()
    }

    /// The open case of a member.
    pub(crate) async fn case(&self, member: &Member) -> Option<CaseRow> {
        self.table.open_case(member.id).await.unwrap()
    }

    /// Makes somebody the secretary of a branch.
    pub(crate) async fn appoint(&self, n: u8, branch: &Node, holder: &Member) {
        let appointment = Appointment {
            id: AppointmentId::from_bytes(1, [n; 10]),
            organization: branch.id,
            role: Role::Secretary,
            holder: holder.id,
            holder_name: holder.name.reveal().try_into().unwrap(),
            from: "2026-01-01".parse().unwrap(),
            until: None,
            decision: "任命".try_into().unwrap(),
            version: 1,
        };
        let organizations = Organizations::open(&self.bench.env).unwrap();
        organizations.table().put(&AppointmentRow::of_organization(appointment)).await.unwrap();
    }

    /// Another branch of the sub-district.
    pub(crate) async fn branch(&self, n: u8) -> Node {
        let id = OrgId::from_bytes(u64::from(n), [n; 10]);
        let path = self.town.street.path.child(id).unwrap();
        let name = format!("第{n}党支部").as_str().try_into().unwrap();
        let node = Node { id, path, name, ..self.town.branch.clone() };
        let organizations = Organizations::open(&self.bench.env).unwrap();
        organizations.table().put(&NodeRow::new(node.clone())).await.unwrap();
        node
    }
}
